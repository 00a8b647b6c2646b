"""What the schema of a body says before there is a value: required, types, binary parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import ArazzoError
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.openapi.objects import MediaType
from arazzo_runner.openapi.references import Node
from arazzo_runner.values import Json
from arazzo_runner.values.media_types import essence

if TYPE_CHECKING:
    from arazzo_runner.openapi.description import Description

__all__ = [
    "Properties",
    "Schemas",
    "branches",
    "has_property",
    "is_binary_schema",
    "only_value",
    "requires",
    "schema_types",
]

_PLAIN: Final = "application/octet-stream"
_PART_FIELDS: Final = ("content-type", "content-disposition")
_TOKEN: Final = lazy_pattern(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DEEPEST: Final = 40
_MOST: Final = 5_000


class Schemas:
    """Questions to schemas. Broken references are schemas that say nothing; the number of
    schemas looked at is limited, because recursive ``oneOf`` multiply.
    """

    def __init__(self, source: Description) -> None:
        self._source = source
        self._left = _MOST

    def schema(self, node: Node) -> Node | None:
        """The schema that a node is or refers to; None when it is none."""
        self._left -= 1
        if self._left < 0:
            return None
        try:
            node = self._source.follow(node.value, node.document)
        except ArazzoError:
            return None
        return node if isinstance(node.value, dict) else None

    def requires(self, node: Node, pointer: tuple[str, ...], depth: int = 0) -> bool:
        """Whether it requires the property that a pointer leads to."""
        found = self.schema(node) if depth <= _DEEPEST else None
        if found is None:
            return False
        schema = found.value
        name, rest = pointer[0], pointer[1:]
        if not rest:
            required = schema.get("required")
            if isinstance(required, list) and name in required:
                return True
        elif self._inside(found, name, rest, depth):
            return True
        if any(self.requires(part, pointer, depth + 1) for part in branches(found, "allOf")):
            return True
        return any(
            parts and all(self.requires(part, pointer, depth + 1) for part in parts)
            for parts in (list(branches(found, "oneOf")), list(branches(found, "anyOf")))
        )

    def _inside(self, found: Node, name: str, rest: tuple[str, ...], depth: int) -> bool:
        schema = found.value
        properties = schema.get("properties")
        if isinstance(properties, dict) and name in properties:
            return self.requires(found._replace(value=properties[name]), rest, depth + 1)
        key = "items" if name.isdecimal() and "items" in schema else "additionalProperties"
        return self.requires(found._replace(value=schema.get(key)), rest, depth + 1)

    def types(self, node: Node, depth: int = 0) -> frozenset[str]:
        """The JSON types that it allows; empty when it does not say."""
        found = self.schema(node) if depth <= _DEEPEST else None
        if found is None:
            return frozenset()
        declared = found.value.get("type")
        if isinstance(declared, str):
            return frozenset({declared})
        if isinstance(declared, list):
            return frozenset(map(str, declared))
        if isinstance(found.value.get("properties"), dict):
            return frozenset({"object"})
        for part in branches(found, "allOf"):
            if types := self.types(part, depth + 1):
                return types
        for key in ("oneOf", "anyOf"):
            parts = [self.types(part, depth + 1) for part in branches(found, key)]
            if parts and all(parts):
                return frozenset[str]().union(*parts)
        return frozenset()

    def property(self, node: Node, name: str, depth: int = 0) -> Node | None:
        """The schema of a property, or of its items when it is an array."""
        found = self.schema(node) if depth <= _DEEPEST else None
        if found is None:
            return None
        properties = found.value.get("properties")
        if isinstance(properties, dict) and name in properties:
            inner = self.schema(found._replace(value=properties[name]))
            items = inner and inner.value.get("items")
            return inner._replace(value=items) if inner and isinstance(items, dict) else inner
        for key in ("allOf", "oneOf", "anyOf"):
            for part in branches(found, key):
                inside = self.property(part, name, depth + 1)
                if inside is not None:
                    return inside
        return None


def branches(node: Node, key: str) -> Iterator[Node]:
    """The schemas in ``allOf``, ``oneOf`` or ``anyOf`` of a schema."""
    listed = node.value.get(key)
    for part in listed if isinstance(listed, list) else ():
        yield node._replace(value=part)


def requires(media: MediaType, pointer: tuple[str, ...], source: Description) -> bool:
    """Whether a schema requires the property that a pointer leads to.

    Through ``$ref``, ``allOf``, ``properties``, ``additionalProperties`` and ``items``; through
    ``oneOf`` and ``anyOf`` only when every branch requires it. What is in doubt is not required.
    """
    return bool(pointer) and Schemas(source).requires(_root(media, source), pointer)


def schema_types(media: MediaType, source: Description) -> frozenset[str]:
    """The JSON types that a body may have; empty when the schema does not say."""
    return Schemas(source).types(_root(media, source))


def has_property(media: MediaType, name: str, source: Description) -> bool:
    """Whether the schema of a body knows a property."""
    return Schemas(source).property(_root(media, source), name) is not None


def only_value(schema: Json, source: Description) -> Json:
    """The value that a schema allows when it is the only one, else None."""
    found = Schemas(source).schema(Node(schema, source.document))
    if found is None:
        return None
    values = found.value.get("enum")
    if isinstance(values, list) and len(values) == 1:
        return values[0]
    return found.value.get("const")


def _root(media: MediaType, source: Description) -> Node:
    return Node(media.schema, media.document or source.document)


class Properties:
    """What is known of the properties of a form; each is looked up once."""

    def __init__(self, media: MediaType | None, source: Description) -> None:
        self.encoding: Mapping[str, Json] = media.encoding if media else {}
        self._media = media
        self._source = source
        self._binary: dict[str, bool] = {}
        self._schemas: dict[str, Mapping[str, Json]] = {}

    def content_type(self, name: str, own: str | None = None) -> str | None:
        """What a property is sent as: ``contentType`` of its Encoding Object, or for a file
        ``contentMediaType`` of its schema. Of several the one that fits ``own``, the type of the
        file, else the first; a range such as ``image/*`` that fits is ``own``.
        """
        rule = self.encoding.get(name)
        written = rule.get("contentType") if isinstance(rule, dict) else None
        if not isinstance(written, str):
            return None if own is None else self._media_type(name)
        listed = [one.strip() for one in written.split(",")]
        if own is not None and any(_covers(one, own) for one in listed):
            return own
        first = listed[0]
        usable = "*" not in first and first.isascii() and first.isprintable()
        return (first if usable else None) or None

    def style(self, name: str) -> tuple[str | None, bool | None]:
        """``style`` and ``explode`` of its Encoding Object, as far as they are written."""
        rule = self.encoding.get(name)
        rule = rule if isinstance(rule, dict) else {}
        style, explode = rule.get("style"), rule.get("explode")
        return (
            style if isinstance(style, str) else None,
            explode if isinstance(explode, bool) else None,
        )

    def item_type(self, index: int) -> str | None:
        """What an item of a multipart body without names is sent as (3.2): ``prefixEncoding`` by
        position, then ``itemEncoding``.
        """
        if self._media is None:
            return None
        prefix = self._media.prefix_encoding
        rule = prefix[index] if index < len(prefix) else self._media.item_encoding
        kind = rule.get("contentType") if isinstance(rule, dict) else None
        usable = isinstance(kind, str) and "*" not in kind and kind.isascii() and kind.isprintable()
        return kind.partition(",")[0].strip() if usable and kind else None

    def _media_type(self, name: str) -> str | None:
        written = self._schema(name).get("contentMediaType")
        if not isinstance(written, str) or not self.is_binary(name) or "*" in written:
            return None
        usable = written.isascii() and written.isprintable() and essence(written) != _PLAIN
        return written if usable and written else None

    def part_headers(self, name: str) -> Iterator[tuple[str, str]]:
        """The ``headers`` of the Encoding Object whose schema leaves one value."""
        rule = self.encoding.get(name)
        listed = rule.get("headers") if isinstance(rule, dict) else None
        for field, written in listed.items() if isinstance(listed, dict) else ():
            header = self._follow(written)
            schema = self._follow(header.get("schema"))
            values = [schema[key] for key in ("const", "default") if key in schema]
            options = schema.get("enum")
            if isinstance(options, list) and len(options) == 1:
                values.append(options[0])
            if values and field.lower() not in _PART_FIELDS and _TOKEN.fullmatch(field):
                text = str(values[0])
                if text.isascii() and text.isprintable():
                    yield field, text

    def _follow(self, value: Json) -> dict[str, Json]:
        try:
            found = self._source.follow(value, self._media.document if self._media else None).value
        except ArazzoError:
            return {}
        return found if isinstance(found, dict) else {}

    def is_binary(self, name: str) -> bool:
        """Whether the schema calls the property a file."""
        if name not in self._binary:
            self._binary[name] = is_binary_schema(self._schema(name))
        return self._binary[name]

    def _schema(self, name: str) -> Mapping[str, Json]:
        if name not in self._schemas:
            found = None
            if self._media is not None:
                walk = Schemas(self._source)
                found = walk.property(_root(self._media, self._source), name)
                found = walk.schema(found) if found else None
            self._schemas[name] = found.value if found else {}
        return self._schemas[name]


def is_binary_schema(schema: Mapping[str, Json]) -> bool:
    """Whether a schema means the bytes of a file: ``format: binary`` (3.0), ``type: file`` (2.0),
    ``contentMediaType`` without ``contentEncoding`` (3.1), but for text.
    """
    media = schema.get("contentMediaType")
    return (
        schema.get("format") == "binary"
        or schema.get("type") == "file"
        or (
            isinstance(media, str)
            and not media.startswith("text/")
            and "contentEncoding" not in schema
        )
    )


def _covers(written: str, kind: str) -> bool:
    """Whether ``image/*`` or ``image/png`` is said of a media type."""
    one, other = essence(written), essence(kind)
    return one in (other, "*/*") or (one.endswith("/*") and other.startswith(one[:-1]))
