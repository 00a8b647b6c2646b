"""What a schema says about a place in a value, and about a value that is partly known.

Only for warnings: what a schema leaves open is never called wrong. References, ``allOf``,
``oneOf``, ``anyOf`` and ``additionalProperties`` are followed, to a depth and a number of schemas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import ArazzoError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi.objects import MediaType
from arazzo_runner.openapi.references import Node
from arazzo_runner.openapi.schemas import branches
from arazzo_runner.values import Json, type_name

if TYPE_CHECKING:
    from arazzo_runner.openapi.description import Description
    from arazzo_runner.reading import Document

__all__ = ["Lookup", "Misfit", "look_up", "misfits"]

_DEEPEST: Final = 30
_MOST: Final = 2_000

THERE: Final = 0
UNDECLARED: Final = 1
IMPOSSIBLE: Final = 2


class Lookup(NamedTuple):
    """What a schema says about a pointer.

    Attributes:
        level: 0 when the value can be there or nothing is known, 1 when the schema declares
            members and not this one, 2 when nothing can be there.
        at: how many tokens lead somewhere.
        known: the members that are declared where the first wrong token is.
    """

    level: int
    at: int
    known: tuple[str, ...] = ()


class Misfit(NamedTuple):
    """What of a value a schema does not allow: where in the value, and a sentence.

    ``kind`` is ``missing``, ``unknown``, ``undeclared`` (allowed, and not declared), ``type`` or
    ``value``.
    """

    path: tuple[str | int, ...]
    message: str
    kind: str
    known: tuple[str, ...] = ()


def look_up(media: MediaType, tokens: Sequence[str], source: Description) -> Lookup:
    """Whether a value of the media type's schema can have something at a JSON Pointer."""
    node = Node(media.schema, media.document or source.document)
    found = _Schemas(source).look(node, tuple(tokens), 0, 0)
    return found or Lookup(THERE, len(tokens))


def misfits(
    schema: Json,
    document: Document | None,
    value: Json,
    source: Description,
    is_open: Callable[[Json], bool],
) -> list[Misfit]:
    """What of a literal value does not fit a schema.

    ``document`` is where the schema stands, None for the description itself. ``is_open`` says of a
    part that its value is only known in a run: nothing is said about it.
    """
    node = Node(schema, document or source.document)
    found = []
    for one in dict.fromkeys(_Schemas(source).misfits(node, value, (), is_open, 0)):
        if one.kind in ("unknown", "undeclared"):
            # Another part of an allOf may declare it.
            said = _Schemas(source).look(node, tuple(map(str, one.path)), 0, 0)
            if said is None or said.level == THERE:
                continue
        found.append(one)
    return found


class _Schemas:
    """One question to a schema; the number of schemas looked at is limited."""

    def __init__(self, source: Description) -> None:
        self._source = source
        self._left = _MOST

    def schema(self, node: Node, depth: int) -> Node | None:
        """The Schema Object behind references; None when it says nothing or cannot be read."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return None
        try:
            node = self._source.follow(node.value, node.document)
        except ArazzoError:
            return None
        return node if isinstance(node.value, dict) and node.value else None

    # -- pointers ----------------------------------------------------------------------------

    def look(self, node: Node, tokens: tuple[str, ...], at: int, depth: int) -> Lookup | None:
        """What the schema says of the tokens from ``at`` on; None when it says nothing."""
        if at == len(tokens):
            return Lookup(THERE, at)
        found = self.schema(node, depth)
        if found is None:
            return None
        votes = [self._own(found, tokens, at, depth)]
        votes += [self.look(part, tokens, at, depth + 1) for part in branches(found, "allOf")]
        for key in ("oneOf", "anyOf"):
            choices = [self.look(part, tokens, at, depth + 1) for part in branches(found, key)]
            said = [choice for choice in choices if choice is not None]
            votes.append(_best(said) if said and len(said) == len(choices) else None)
        return _best([vote for vote in votes if vote is not None])

    def _own(self, node: Node, tokens: tuple[str, ...], at: int, depth: int) -> Lookup | None:
        schema, name = node.value, tokens[at]
        types = _types(schema)
        is_index = name.isdecimal()
        if types and not types & {"object", "array"}:
            return Lookup(IMPOSSIBLE, at)
        if is_index and ("items" in schema or types == {"array"}):
            items = schema.get("items")
            is_plain = isinstance(items, dict) and "prefixItems" not in schema
            return self.look(_inner(node, items), tokens, at + 1, depth + 1) if is_plain else None
        if types == {"array"}:
            return Lookup(IMPOSSIBLE, at)
        return self._member(node, tokens, at, depth)

    def _member(self, node: Node, tokens: tuple[str, ...], at: int, depth: int) -> Lookup | None:
        schema, name = node.value, tokens[at]
        properties = _mapping(schema.get("properties"))
        if name in properties:
            inner = self.look(_inner(node, properties[name]), tokens, at + 1, depth + 1)
            return inner or Lookup(THERE, len(tokens))
        others = schema.get("additionalProperties")
        if "patternProperties" in schema or others is True:
            return None
        if isinstance(others, dict):
            return self.look(_inner(node, others), tokens, at + 1, depth + 1) if others else None
        if others is False and properties:
            return Lookup(IMPOSSIBLE, at, tuple(properties))
        return Lookup(UNDECLARED, at, tuple(properties)) if properties else None

    # -- values ------------------------------------------------------------------------------

    def misfits(
        self,
        node: Node,
        value: Json,
        path: tuple[str | int, ...],
        is_open: Callable[[Json], bool],
        depth: int,
    ) -> Iterator[Misfit]:
        """What of a value does not fit."""
        if is_open(value):
            return
        found = self.schema(node, depth)
        if found is None:
            return
        schema = found.value
        wrong = _wrong_type(schema, value)
        if wrong:
            yield Misfit(path, f"is {type_name(value)}, not {wrong}", "type")
            return
        yield from _wrong_value(schema, value, path)
        if isinstance(value, dict):
            yield from self._members(found, value, path, is_open, depth)
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for index, item in enumerate(value):
                inner = _inner(found, schema["items"])
                yield from self.misfits(inner, item, (*path, index), is_open, depth + 1)
        for part in branches(found, "allOf"):
            yield from self.misfits(part, value, path, is_open, depth + 1)
        for key in ("oneOf", "anyOf"):
            yield from self._choices(list(branches(found, key)), value, path, is_open, depth)

    def _choices(
        self,
        choices: Sequence[Node],
        value: Json,
        path: tuple[str | int, ...],
        is_open: Callable[[Json], bool],
        depth: int,
    ) -> Iterator[Misfit]:
        """The problems of the nearest choice, when the value fits none."""
        tried = []
        for part in choices:
            found = [
                one
                for one in self.misfits(part, value, path, is_open, depth + 1)
                if one.kind != "undeclared"
            ]
            if not found:
                return
            tried.append(found)
        if tried:
            yield from min(tried, key=lambda found: (len(found), -len(found[0].path)))

    def _members(
        self,
        node: Node,
        value: Mapping[str, Json],
        path: tuple[str | int, ...],
        is_open: Callable[[Json], bool],
        depth: int,
    ) -> Iterator[Misfit]:
        schema = node.value
        properties = _mapping(schema.get("properties"))
        required = schema.get("required")
        for name in required if isinstance(required, list) else ():
            written = properties.get(name) if isinstance(name, str) else None
            read_only = isinstance(written, dict) and written.get("readOnly") is True
            if isinstance(name, str) and name not in value and not read_only:
                yield Misfit(path, f"has no '{name}', which is required", "missing", (name,))
        others = schema.get("additionalProperties")
        for name, item in value.items():
            if name in properties:
                inner = _inner(node, properties[name])
                yield from self.misfits(inner, item, (*path, name), is_open, depth + 1)
            elif "patternProperties" in schema or others is True or not properties:
                continue
            elif isinstance(others, dict):
                inner = _inner(node, others)
                yield from self.misfits(inner, item, (*path, name), is_open, depth + 1)
            else:
                kind = "unknown" if others is False else "undeclared"
                text = f"'{name}' is not declared"
                yield Misfit((*path, name), text, kind, tuple(properties))


def _best(votes: Sequence[Lookup]) -> Lookup | None:
    """The most lenient: several schemas describe one value together."""
    return min(votes, key=lambda vote: (vote.level, -vote.at)) if votes else None


def _inner(node: Node, schema: Json) -> Node:
    return node._replace(value=schema)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _types(schema: Mapping[str, Json]) -> set[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return {declared}
    return {str(kind) for kind in declared} if isinstance(declared, list) else set()


def _wrong_type(schema: Mapping[str, Json], value: Json) -> str | None:
    """The types that the schema asks for, when the value is of none of them."""
    types = _types(schema)
    if not types or (value is None and schema.get("nullable") is True):
        return None
    kind = type_name(value)
    fits = kind in types or (kind == "integer" and "number" in types)
    fits = fits or (kind == "number" and "integer" in types and float(value).is_integer())
    return None if fits or "file" in types else " or ".join(sorted(types))


def _wrong_value(
    schema: Mapping[str, Json], value: Json, path: tuple[str | int, ...]
) -> Iterator[Misfit]:
    allowed = schema.get("enum")
    if isinstance(allowed, list) and allowed and value not in allowed:
        shown = ", ".join(str(item) for item in allowed[:10])
        yield Misfit(path, f"is none of: {shown}", "value", tuple(map(str, allowed)))
    elif "const" in schema and schema["const"] != value:
        yield Misfit(path, f"is not '{schema['const']}'", "value")
