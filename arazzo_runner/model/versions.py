"""What differs between the versions of the specification, in one table (DOC-02, DOC-03)."""

from __future__ import annotations

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["VERSIONS", "Version", "find_version"]


class Version(NamedTuple):
    """Fields and values that only this version and later ones know."""

    name: str
    step_fields: frozenset[str]
    document_fields: frozenset[str]
    source_types: frozenset[str]
    parameter_locations: frozenset[str]
    selectors: bool
    action_parameters: bool
    orders_steps: bool


_V1_0 = Version(
    name="1.0",
    step_fields=frozenset(),
    document_fields=frozenset(),
    source_types=frozenset({"openapi", "arazzo"}),
    parameter_locations=frozenset({"path", "query", "header", "cookie"}),
    selectors=False,
    action_parameters=False,
    orders_steps=False,
)
_V1_1 = Version(
    name="1.1",
    step_fields=frozenset({"channelPath", "action", "correlationId", "dependsOn", "timeout"}),
    document_fields=frozenset({"$self"}),
    source_types=frozenset({"openapi", "arazzo", "asyncapi"}),
    parameter_locations=frozenset({"path", "query", "header", "cookie", "querystring", "channel"}),
    selectors=True,
    action_parameters=True,
    orders_steps=True,
)
VERSIONS = {version.name: version for version in (_V1_0, _V1_1)}

_PATTERN = lazy_pattern(r"(1\.[01])(?:\.\d+(?:-.+)?)?")


def find_version(text: str) -> Version | None:
    """The version that a document's ``arazzo`` field names; the patch number does not matter.

    None when this engine does not know it.
    """
    match = _PATTERN.fullmatch(text.strip())
    return VERSIONS[match[1]] if match else None
