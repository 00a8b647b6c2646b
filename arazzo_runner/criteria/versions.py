"""The versions of query languages that an Expression Type Object can name (SEL-02, A-45)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["VERSIONS"]

VERSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "jsonpath": ("rfc9535", "draft-goessner-dispatch-jsonpath-00"),
    "xpath": ("xpath-31", "xpath-30", "xpath-20", "xpath-10"),
    "jsonpointer": ("rfc6901",),
}
