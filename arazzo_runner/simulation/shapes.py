"""What several schemas that hold at once ask of a value: ``allOf`` merged, branches kept apart.

Reads the dialects of OpenAPI 2.0, 3.0 and 3.1 and JSON Schema 2020-12 alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from arazzo_runner.errors import ArazzoError
from arazzo_runner.openapi.references import Node
from arazzo_runner.reading import Document
from arazzo_runner.values import Json, type_name
from arazzo_runner.values.json_pointer import unescape_token

__all__ = ["Follow", "Resolver", "Shape", "kind_of", "same"]

Follow: TypeAlias = Callable[[Json, Document | None], Node]
"""What a ``$ref`` leads to; :meth:`Description.follow` and :meth:`References.follow` are two."""

_DEEPEST: Final = 40
_ALL_KINDS: Final = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_HINTS: Final = (
    ("object", ("properties", "additionalProperties", "patternProperties", "required")),
    ("array", ("items", "prefixItems", "minItems", "maxItems")),
    ("string", ("pattern", "minLength", "maxLength", "format", "contentEncoding")),
    ("number", ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum")),
)
_LOWER: Final = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
_UPPER: Final = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")


@dataclass(slots=True)
class Shape:
    """The merged keywords. ``kinds`` is None while nothing is said about the type.

    ``groups`` are the ``oneOf`` and ``anyOf`` lists: one branch of each has to hold as well.
    ``impossible`` says that no value can fit. ``references`` are the schemas that were reached
    through a ``$ref``, by identity: a nested value that reaches them again is a recursion.
    """

    kinds: frozenset[str] | None = None
    hinted: str | None = None
    nullable: bool = False
    enum: list[Json] | None = None
    samples: list[Json] = field(default_factory=list)
    defaults: list[Json] = field(default_factory=list)
    properties: dict[str, list[Node]] = field(default_factory=dict)
    required: dict[str, None] = field(default_factory=dict)
    additional: list[Node] = field(default_factory=list)
    named_patterns: list[tuple[str, Node]] = field(default_factory=list)
    names: list[Node] = field(default_factory=list)
    closed: bool = False
    items: list[Node] = field(default_factory=list)
    first_items: list[list[Node]] = field(default_factory=list)
    contains: list[Node] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    multiples: list[float] = field(default_factory=list)
    unique: bool = False
    patterns: list[str] = field(default_factory=list)
    format: str | None = None
    read_only: bool = False
    write_only: bool = False
    discriminator: tuple[str, dict[str, Json]] | None = None
    groups: list[list[Node]] = field(default_factory=list)
    references: dict[int, str] = field(default_factory=dict)
    impossible: bool = False

    @property
    def type(self) -> str | None:
        """The one type to make a value of; None when the schemas leave it open."""
        if self.kinds is None:
            return self.hinted
        for kind in ("object", "array", "string", "integer", "number", "boolean"):
            if kind in self.kinds:
                fits = self.hinted is None or self.hinted not in self.kinds
                return kind if fits else self.hinted
        return "null" if self.kinds else None

    def restrict(self, kinds: Iterable[str]) -> None:
        """Only these types; an integer is a number too."""
        wanted = frozenset(kinds) & _ALL_KINDS
        if "number" in wanted:
            wanted |= {"integer"}
        self.kinds = wanted if self.kinds is None else self.kinds & wanted
        if not self.kinds:
            self.impossible = True

    def allow(self, values: Sequence[Json]) -> None:
        """Only these values."""
        kept = list(values)
        if self.enum is not None:
            kept = [value for value in self.enum if any(same(value, other) for other in kept)]
        self.enum = kept
        if not kept:
            self.impossible = True


def same(left: Json, right: Json) -> bool:
    """Equality of JSON values: true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def kind_of(value: Json) -> str:
    """The JSON Schema type of a value; a number without fraction is an ``integer``."""
    if isinstance(value, float) and value.is_integer():
        return "integer"
    return type_name(value)


class Resolver:
    """Merges schemas to shapes. Broken references say nothing (another rule reports them)."""

    def __init__(self, follow: Follow, root: Json = None) -> None:
        """``root`` is the schema that ``#/$defs`` may mean where the document has none."""
        self._follow = follow
        self._root = root

    def shape(self, nodes: Iterable[Node]) -> Shape:
        """What all the schemas ask together."""
        shape = Shape()
        for node in nodes:
            self.absorb(shape, node)
        return shape

    def absorb(self, shape: Shape, node: Node, depth: int = 0) -> None:
        """Add what one more schema asks."""
        schema = node.value
        if schema is False:
            shape.impossible = True
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return
        if isinstance(schema.get("$ref"), str):
            target = self._target(node)
            if target is not None and isinstance(target.value, dict):
                shape.references[id(target.value)] = schema["$ref"]
            if target is not None:
                self.absorb(shape, target, depth + 1)
            schema = {key: value for key, value in schema.items() if key != "$ref"}
            if not schema:
                return
        _Reader(shape, schema, node.document).read()
        for part in _listed(schema, "allOf"):
            self.absorb(shape, Node(part, node.document), depth + 1)
        for key in ("oneOf", "anyOf"):
            branches = [Node(part, node.document) for part in _listed(schema, key)]
            if branches:
                shape.groups.append(branches)

    def _target(self, node: Node) -> Node | None:
        reference = {"$ref": node.value["$ref"]}
        try:
            return self._follow(reference, node.document)
        except ArazzoError:
            found = self._in_root(node.value["$ref"])
            return None if found is None else Node(found, node.document)

    def _in_root(self, reference: str) -> Json:
        found = self._root
        if not reference.startswith("#/"):
            return None
        for token in reference[2:].split("/"):
            name = unescape_token(token)
            found = found.get(name) if isinstance(found, dict) else None
        return found


def _listed(schema: Json, key: str) -> list[Json]:
    listed = schema.get(key)
    return listed if isinstance(listed, list) else []


class _Reader:
    """Reads the keywords of one Schema Object into a shape; those of wrong type say nothing."""

    def __init__(self, shape: Shape, schema: dict[str, Json], document: Document) -> None:
        self.shape = shape
        self.schema = schema
        self.document = document

    def read(self) -> None:
        """All keywords but ``$ref``, ``allOf``, ``oneOf`` and ``anyOf``."""
        self._types()
        self._values()
        self._objects()
        self._arrays()
        self._limits()
        self._rest()

    def _types(self) -> None:
        shape, schema = self.shape, self.schema
        declared = schema.get("type")
        nullable = schema.get("nullable") is True or schema.get("x-nullable") is True
        shape.nullable = shape.nullable or nullable
        if declared == "file":
            declared, shape.format = "string", "binary"
        kinds = [declared] if isinstance(declared, str) else declared
        if isinstance(kinds, list) and kinds:
            known = [kind for kind in kinds if kind in _ALL_KINDS]
            if known:
                shape.restrict([*known, "null"] if nullable else known)
        if shape.hinted is None:
            for kind, keys in _HINTS:
                if any(key in schema for key in keys):
                    shape.hinted = kind
                    break

    def _values(self) -> None:
        shape, schema = self.shape, self.schema
        if "const" in schema:
            shape.allow([schema["const"]])
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            shape.allow(schema["enum"])
        if "example" in schema:
            shape.samples.append(schema["example"])
        elif "x-example" in schema:
            shape.samples.append(schema["x-example"])
        shape.samples.extend(_listed(schema, "examples"))
        if "default" in schema:
            shape.defaults.append(schema["default"])

    def _objects(self) -> None:
        shape, schema = self.shape, self.schema
        properties = schema.get("properties")
        if isinstance(properties, dict):
            for name, part in properties.items():
                shape.properties.setdefault(str(name), []).append(self._node(part))
        for name in _listed(schema, "required"):
            if isinstance(name, str):
                shape.required[name] = None
        additional = schema.get("additionalProperties")
        if additional is False:
            shape.closed = True
        elif isinstance(additional, dict):
            shape.additional.append(self._node(additional))
        patterns = schema.get("patternProperties")
        if isinstance(patterns, dict):
            shape.named_patterns.extend((str(k), self._node(v)) for k, v in patterns.items())
        if isinstance(schema.get("propertyNames"), dict):
            shape.names.append(self._node(schema["propertyNames"]))
        found = schema.get("discriminator")
        if isinstance(found, str):
            found = {"propertyName": found}
        if isinstance(found, dict) and isinstance(found.get("propertyName"), str):
            mapping = found.get("mapping")
            shape.discriminator = (
                found["propertyName"],
                mapping if isinstance(mapping, dict) else {},
            )

    def _arrays(self) -> None:
        shape, schema = self.shape, self.schema
        first = schema.get("prefixItems")
        items = schema.get("items")
        if isinstance(items, list):  # before 2020-12
            first, items = items, schema.get("additionalItems")
        for index, part in enumerate(first if isinstance(first, list) else ()):
            if index == len(shape.first_items):
                shape.first_items.append([])
            shape.first_items[index].append(self._node(part))
        if isinstance(items, dict):
            shape.items.append(self._node(items))
        elif items is False and isinstance(first, list):
            self._upper("maxItems", len(first))
        if isinstance(schema.get("contains"), dict):
            shape.contains.append(self._node(schema["contains"]))
        shape.unique = shape.unique or schema.get("uniqueItems") is True

    def _limits(self) -> None:
        schema = self.schema
        for key in _LOWER:
            if (number := _number(schema.get(key))) is not None:
                before = self.shape.limits.get(key)
                self.shape.limits[key] = number if before is None else max(before, number)
        for key in _UPPER:
            if (number := _number(schema.get(key))) is not None:
                self._upper(key, number)
        for strict, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if schema.get(strict) is True and (number := _number(schema.get(plain))) is not None:
                self.shape.limits[strict] = number  # 2.0 and 3.0
        multiple = _number(schema.get("multipleOf"))
        if multiple is not None and multiple > 0:
            self.shape.multiples.append(multiple)

    def _upper(self, key: str, number: float) -> None:
        before = self.shape.limits.get(key)
        self.shape.limits[key] = number if before is None else min(before, number)

    def _rest(self) -> None:
        shape, schema = self.shape, self.schema
        if isinstance(schema.get("pattern"), str):
            shape.patterns.append(schema["pattern"])
        if isinstance(schema.get("format"), str) and shape.format is None:
            shape.format = schema["format"]
        shape.read_only = shape.read_only or schema.get("readOnly") is True
        shape.write_only = shape.write_only or schema.get("writeOnly") is True

    def _node(self, part: Json) -> Node:
        return Node(part, self.document)


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value
