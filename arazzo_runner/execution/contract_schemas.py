"""Schema Objects of OpenAPI 2.0 to 3.2 as JSON Schema 2020-12, compiled when they are met.

References become keys of a table; what they lead to is read when an instance comes that far, so a
description with a thousand recursive schemas costs what an answer touches of it. The work for one
answer is bounded, whatever the schema and the answer are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT202012

from arazzo_runner.criteria.regex import compile_regex
from arazzo_runner.errors import ArazzoError
from arazzo_runner.openapi import Description
from arazzo_runner.openapi.references import Node
from arazzo_runner.reading import Document
from arazzo_runner.values import Json

__all__ = ["Schemas"]

_BUDGET: Final = 200_000  # keywords looked at for one answer: two to four seconds
_KEY: Final = "arazzo:"
_SCHEMAS: Final = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
    | {"unevaluatedItems", "unevaluatedProperties"}
)
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS: Final = frozenset({"dependentSchemas", "patternProperties", "properties"})
_LEFT_OUT: Final = frozenset(
    {"$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema"}
    | {"default", "deprecated", "description", "discriminator", "example", "examples"}
    | {"externalDocs", "nullable", "readOnly", "title", "writeOnly", "x-nullable", "xml"}
)

Error = tuple[str, str, tuple[str, ...]]
"""JSONPath in the instance, what is wrong, the same place as pointer tokens."""


class _Unfinished(Exception):
    """The budget of one answer is used up."""


class Schemas:
    """The schemas of one description. ``unchecked`` says what of the last answer was not."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._old = description.version in ("2.0", "3.0")
        self._targets: dict[str, Node] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._translated: dict[str, Json] = {}
        self._validators: dict[int, tuple[Json, Any]] = {}
        self._left = 0
        self.unchecked: str | None = None
        self._class = _validator_class(self._spend, self._target)
        self._registry: Registry[Json] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]

    def errors(self, node: Node, value: Json) -> Iterator[Error]:
        """What does not fit, in the order of the schema's keywords."""
        self._left = _BUDGET
        self.unchecked = None
        try:
            for error in self._validator(node).iter_errors(value):
                worst = best_match([error]) or error
                path = tuple(str(token) for token in worst.absolute_path)
                yield worst.json_path, _message(worst), path
        except _Unfinished:
            self.unchecked = "the answer is too much to be checked to its end"
        except RecursionError:
            self.unchecked = "the answer or its schema is nested too deep to be checked to its end"
        except Exception as error:  # noqa: BLE001 - what jsonschema makes of a broken schema
            what = " ".join(str(error).split())[:200]
            self.unchecked = f"the schema of the answer cannot be used: {what}"

    def typed(self, text: str, node: Node) -> Json:
        """A header's text as the type its schema gives (style ``simple``); else the text."""
        schema = self._translate(self._followed(node))
        kinds = schema.get("type") if isinstance(schema, dict) else None
        for kind in [kinds] if isinstance(kinds, str) else kinds or ():
            if kind == "boolean" and text in ("true", "false"):
                return text == "true"
            if kind in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", text):
                return float(text) if "." in text else int(text)
            if kind == "array":
                items = schema.get("items", {})
                return [self._item(part.strip(), items) for part in text.split(",")]
        return text

    @staticmethod
    def _item(text: str, items: Json) -> Json:
        kind = items.get("type") if isinstance(items, dict) else None
        return int(text) if kind == "integer" and re.fullmatch(r"-?\d{1,300}", text) else text

    # -- compiling ---------------------------------------------------------------------------

    def _validator(self, node: Node) -> Any:
        key = id(node.value)
        if key not in self._validators:
            schema = self._translate(node)
            made = self._class(schema, registry=self._registry, format_checker=_FORMATS)
            self._validators[key] = (node.value, made)  # kept, so that its id stays its own
        return self._validators[key][1]

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _Unfinished

    def _retrieve(self, uri: str) -> Resource[Json]:
        """Our own table in place of anything that fetches."""
        if uri not in self._targets:
            raise NoSuchResource(uri)
        return DRAFT202012.create_resource(self._target(uri))

    def _target(self, key: str) -> Json:
        """The schema that a reference leads to; one that leads nowhere accepts everything."""
        if key not in self._translated:
            holder = self._targets[key]
            try:
                target = self._description.target(holder.value["$ref"], holder)
            except ArazzoError:
                target = Node(True, holder.document)
            self._translated[key] = self._translate(target)
        return self._translated[key]

    def _followed(self, node: Node) -> Node:
        try:
            return self._description.follow(node.value, node.document)
        except ArazzoError:
            return Node(True, node.document)

    def _translate(self, node: Node) -> Json:
        schema, document = node
        if not isinstance(schema, dict):
            return schema if isinstance(schema, bool) else True
        reference = schema.get("$ref")
        own: dict[str, Json] = {}
        if isinstance(reference, str):
            own["$ref"] = self._key(reference, document)
            if self._old:
                return own  # what stands beside a reference does not count
        for name, value in schema.items():
            if name not in _LEFT_OUT:
                own[name] = self._keyword(name, value, document)
        if isinstance(own.get("required"), list):
            own["required"] = _without_write_only(own["required"], schema.get("properties"))
        return _old_keywords(own, schema) if self._old else own

    def _keyword(self, name: str, value: Json, document: Document) -> Json:
        if name in _SCHEMAS:
            if isinstance(value, list):  # ``items`` of an older draft
                return [self._translate(Node(item, document)) for item in value]
            return self._translate(Node(value, document))
        if name in _LISTS and isinstance(value, list):
            return [self._translate(Node(item, document)) for item in value]
        if name in _MAPS and isinstance(value, dict):
            return {key: self._translate(Node(item, document)) for key, item in value.items()}
        return value

    def _key(self, reference: str, document: Document) -> str:
        where = (document.uri, reference)
        if where not in self._keys:
            key = self._keys[where] = f"{_KEY}{len(self._keys)}"
            self._targets[key] = Node({"$ref": reference}, document)
        return self._keys[where]


def _without_write_only(required: list[Json], properties: Json) -> list[Json]:
    """An answer need not have what is only written (OpenAPI 3.0 §Schema Object)."""
    known = properties if isinstance(properties, dict) else {}

    def written(name: Json) -> bool:
        part = known.get(name) if isinstance(name, str) else None
        return isinstance(part, dict) and part.get("writeOnly") is True

    return [name for name in required if not written(name)]


def _old_keywords(own: dict[str, Json], schema: dict[str, Json]) -> Json:
    """Keywords of 2.0 and 3.0 that mean something else in 2020-12."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(own.get(exclusive), bool) and own.pop(exclusive) and limit in own:
            own[exclusive] = own.pop(limit)
    if own.get("type") == "file":
        return True
    if schema.get("nullable") is not True and schema.get("x-nullable") is not True:
        return own
    return {"anyOf": [{"type": "null"}, own]}


# -- keywords ------------------------------------------------------------------------------------


def _validator_class(spend: Callable[[], None], target: Callable[[str], Json]) -> Any:
    """2020-12 with our references, patterns under a time limit, and counted work."""

    def reference(validator: Any, ref: str, instance: Json, _schema: Json) -> Any:
        spend()
        yield from validator.descend(instance, target(ref))

    def counted(keyword: str) -> Any:
        plain = Draft202012Validator.VALIDATORS[keyword]

        def check(validator: Any, value: Json, instance: Json, schema: Json) -> Any:
            spend()
            return plain(validator, value, instance, schema)

        return check

    names = ("type", "enum", "const", "properties", "items", "allOf", "anyOf", "oneOf")
    own = {name: counted(name) for name in names}
    return extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {**own, "$ref": reference, "pattern": _pattern, "uniqueItems": _unique_items},
    )


def _pattern(_validator: Any, pattern: str, instance: Json, _schema: Json) -> Any:
    """An ECMA-262 pattern; one that cannot be read, or takes too long, says nothing."""
    if not isinstance(instance, str):
        return
    try:
        found = compile_regex(pattern)(instance)
    except ArazzoError:
        return
    if not found:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _unique_items(_validator: Any, wanted: bool, instance: Json, _schema: Json) -> Any:
    """As the library's, without its square of comparisons."""
    if not wanted or not isinstance(instance, list):
        return
    seen = {_frozen(item) for item in instance}
    if len(seen) != len(instance):
        yield ValidationError("the items of the array are not unique")


def _frozen(value: Json) -> Any:
    """Equal values are equal, true is not 1, 1 is 1.0."""
    if isinstance(value, dict):
        return ("object", frozenset((key, _frozen(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("array", tuple(_frozen(item) for item in value))
    return ("boolean", value) if isinstance(value, bool) else value


def _message(error: ValidationError) -> str:
    if error.validator == "type" and not isinstance(error.instance, dict | list):
        return str(error.message)
    if isinstance(error.instance, dict | list) and error.validator in ("type", "oneOf", "anyOf"):
        kind = "an object" if isinstance(error.instance, dict) else "an array"
        if error.validator == "type":
            return f"{kind} is not of type {error.validator_value!r}"
        return f"{kind} fits none of the alternatives, or more than the one it may"
    return str(error.message)


# -- formats -------------------------------------------------------------------------------------


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checkers = {
        name: check
        for name, check in Draft202012Validator.FORMAT_CHECKER.checkers.items()
        if name in ("date", "date-time", "time", "email", "ipv4", "ipv6", "uuid")
    }

    def whole(bits: int) -> Callable[[object], bool]:
        def fits(value: object) -> bool:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return not number or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)

        return fits

    checker.checkers["int32"] = (whole(32), ())
    checker.checkers["int64"] = (whole(64), ())
    return checker


_FORMATS: Final = _formats()
