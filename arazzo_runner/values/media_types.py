"""Media types: what a body is (RFC 9110 §8.3, RFC 6838)."""

from __future__ import annotations

from functools import lru_cache

from arazzo_runner.lazy import lazy_pattern

__all__ = ["charset", "essence", "is_form", "is_json", "is_multipart", "is_text", "is_xml"]

_TEXT_TYPES = frozenset(
    {
        "application/javascript",
        "application/graphql",
        "application/yaml",
        "application/x-yaml",
        "application/x-www-form-urlencoded",
        "application/sql",
        "application/toml",
        "application/x-ndjson",
        "application/jsonl",
    }
)
_PARAMETER = lazy_pattern(r';\s*([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_ESCAPED = lazy_pattern(r"\\(.)")


@lru_cache(maxsize=512)
def essence(content_type: str) -> str:
    """``type/subtype`` in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


@lru_cache(maxsize=512)
def charset(content_type: str) -> str | None:
    """The value of the ``charset`` parameter in lower case, or None."""
    for name, value in _PARAMETER.findall(content_type):
        if name.lower() == "charset":
            return _ESCAPED.sub(r"\1", value.strip('"')).strip().lower() or None
    return None


@lru_cache(maxsize=512)
def is_json(content_type: str) -> bool:
    """True for ``application/json``, ``text/json``, ``*/*+json``, ``application/x-amz-json-*``."""
    kind = essence(content_type)
    return (
        kind in ("application/json", "text/json")
        or kind.endswith("+json")
        or kind.startswith("application/x-amz-json")
    )


@lru_cache(maxsize=512)
def is_xml(content_type: str) -> bool:
    """True for ``application/xml``, ``text/xml`` and ``*/*+xml``."""
    kind = essence(content_type)
    return kind in ("application/xml", "text/xml") or kind.endswith("+xml")


def is_form(content_type: str) -> bool:
    """True for ``application/x-www-form-urlencoded``."""
    return essence(content_type) == "application/x-www-form-urlencoded"


def is_multipart(content_type: str) -> bool:
    """True for ``multipart/*``."""
    return essence(content_type).startswith("multipart/")


def is_text(content_type: str) -> bool:
    """True when the body is characters: ``text/*``, JSON, XML and a few known types."""
    kind = essence(content_type)
    return kind.startswith("text/") or kind in _TEXT_TYPES or is_json(kind) or is_xml(kind)
