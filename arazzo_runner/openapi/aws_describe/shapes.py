"""Shapes of a service model as JSON Schemas (OpenAPI 3.1 §Schema Object), named like them.

Properties are named as they travel: in JSON by the name of the member there, in XML by the name of
the element or attribute, in a form by the name of the field. What XML and forms need beyond names
is in ``xml``: ``wrapped`` lists, the ``name`` of their items, attributes, namespaces.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

from arazzo_runner.openapi.aws_describe.service_model import ServiceModel

__all__ = ["Shapes", "hinted", "plain_text"]

Schema = dict[str, Any]

_SCALARS: Final[Mapping[str, Schema]] = {
    "string": {"type": "string"},
    "character": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int32"},
    "short": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "bigInteger": {"type": "integer"},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
    "bigDecimal": {"type": "number"},
    "blob": {"type": "string", "contentEncoding": "base64"},
}
_MOMENTS: Final[Mapping[str, Schema]] = {
    "unixTimestamp": {
        "type": "number",
        "description": "A moment, in seconds since 1970-01-01 UTC.",
    },
    "iso8601": {"type": "string", "format": "date-time"},
    "rfc822": {"type": "string", "description": "A moment as in HTTP's header Date."},
}
_BOUNDS: Final = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
    "blob": None,
    "timestamp": None,
}
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"  # the only prefix in the models
_NOT_IN_ECMA: Final = re.compile(r"\\[pPzZAQEh]|\\u[0-9A-Fa-f]{5}|\[\[:|\(\?[imsx>]|[*+?}]\+|&&")


class Shapes:
    """Collects the schemas of the shapes that are referred to.

    ``schemas`` are those so far. The words a shape is documented with are taken over when
    ``with_texts`` says so.
    """

    def __init__(self, model: ServiceModel, *, with_texts: bool = False) -> None:
        self.schemas: dict[str, Schema] = {}
        self._model = model
        self._with_texts = with_texts
        self._in_answers = model.reachable(
            each["output"]["shape"] for each in model.operations.values() if "output" in each
        )
        self._json = model.protocol.endswith("json")

    def reference(self, use: Mapping[str, Any], *, form: bool = False) -> Schema:
        """A reference to the schema of a shape. ``form`` is how a form's fields are named."""
        name = use["shape"]
        shape = self._model.shapes[name]
        form = form and shape["type"] in ("structure", "list", "map")
        flat = not self._json and bool(use.get("flattened") and not shape.get("flattened"))
        key = f"{name}.form" if form and name in self._in_answers else name
        key += ".flat" if flat else ""
        if key not in self.schemas:
            self.schemas[key] = {}  # first, so that a shape may contain itself
            self.schemas[key] = self._schema({**shape, "flattened": True} if flat else shape, form)
        found: Schema = {"$ref": f"#/components/schemas/{key}"}
        if not self._json:
            found = hinted(found, self._hints(use, shape, form=form))
        if self._with_texts and use.get("documentation"):
            found["description"] = plain_text(use["documentation"])
        return found

    def value(self, use: Mapping[str, Any], moment: str) -> Schema:
        """The schema of a parameter, header or payload: in place, moments in the given format."""
        shape = self._model.shapes[use["shape"]]
        if shape["type"] == "list":
            return {"type": "array", "items": self.value(shape["member"], moment)}
        if shape["type"] == "map":
            values = self.value(shape["value"], moment)
            return {"type": "object", "additionalProperties": values}
        if shape["type"] == "timestamp":
            return dict(_MOMENTS[shape.get("timestampFormat", moment)])
        return self._scalar(shape) if shape["type"] in _SCALARS else {}

    def property_name(self, member: str, use: Mapping[str, Any], *, form: bool = False) -> str:
        """What a member is called where it travels."""
        shape = self._model.shapes[use["shape"]]
        name: str = use.get("locationName", member)
        if self._json:
            return name
        if shape["type"] == "list" and _is_flat(use, shape):
            name = shape["member"].get("locationName", name)
        if not form or self._model.protocol == "query":
            return name.rpartition(":")[2]
        if "queryName" in use:  # EC2 spells its fields in capitals
            return str(use["queryName"])
        name = use.get("locationName", member)
        return name[0].upper() + name[1:]

    # -- kinds of shapes ------------------------------------------------------------------------

    def _schema(self, shape: Mapping[str, Any], form: bool) -> Schema:
        kind = shape["type"]
        if kind == "structure":
            schema = self.structure(shape, shape["members"], form=form)
        elif kind == "list":
            schema = self._list(shape, form=form)
        elif kind == "map":
            schema = self._map(shape, form=form)
        elif kind == "timestamp":
            usual = "unixTimestamp" if self._json else "iso8601"
            schema = dict(_MOMENTS[shape.get("timestampFormat", usual)])
        else:
            schema = self._scalar(shape)
        if self._with_texts and shape.get("documentation"):
            schema = {"description": plain_text(shape["documentation"]), **schema}
        return schema

    def structure(
        self, shape: Mapping[str, Any], members: Mapping[str, Any], *, form: bool = False
    ) -> Schema:
        """The schema of a structure with some of its members."""
        if shape.get("document"):
            return {}
        schema: Schema = {"type": "object"}
        required = [
            self.property_name(name, members[name], form=form)
            for name in shape.get("required", ())
            if name in members
        ]
        if required:
            schema["required"] = required
        if members:
            schema["properties"] = {
                self.property_name(name, use, form=form): self.reference(use, form=form)
                for name, use in members.items()
            }
        return schema

    def _list(self, shape: Mapping[str, Any], *, form: bool) -> Schema:
        items = self.reference(shape["member"], form=form)
        if self._json:
            return {"type": "array", "items": items, **_bounds(shape)}
        # EC2 takes flat lists only, and answers others.
        wrapped = not shape.get("flattened") and not (form and self._model.protocol == "ec2")
        if wrapped:
            items = hinted(items, {"name": shape["member"].get("locationName", "member")})
        return {"type": "array", "items": items, **_bounds(shape), "xml": {"wrapped": wrapped}}

    def _map(self, shape: Mapping[str, Any], *, form: bool) -> Schema:
        keys = self.reference(shape["key"], form=form)
        values = self.reference(shape["value"], form=form)
        names = [shape[part].get("locationName", part) for part in ("key", "value")]
        if self._json or form:
            schema: Schema = {
                "type": "object",
                "propertyNames": keys,
                "additionalProperties": values,
                **_bounds(shape),
            }
            if form:
                words = {} if shape.get("flattened") else {"entry": "entry"}
                schema["x-aws-map"] = {**words, "key": names[0], "value": names[1]}
            return schema
        pairs = {
            "type": "array",
            "items": {
                "type": "object",
                "properties": dict(zip(names, (keys, values), strict=True)),
            },
        }
        return (
            pairs if shape.get("flattened") else {"type": "object", "properties": {"entry": pairs}}
        )

    def _scalar(self, shape: Mapping[str, Any]) -> Schema:
        schema = dict(_SCALARS[shape["type"]]) | _bounds(shape)
        if "enum" in shape:
            schema["enum"] = list(shape["enum"])
        pattern = _pattern(shape.get("pattern"))
        if pattern is not None:
            schema["pattern"] = pattern
        if shape.get("sensitive") and shape["type"] == "string":
            schema["format"] = "password"
        return schema

    def _hints(self, use: Mapping[str, Any], shape: Mapping[str, Any], *, form: bool) -> Schema:
        hints: Schema = {}
        if use.get("xmlAttribute"):
            prefix, _, name = use["locationName"].rpartition(":")
            hints |= {"attribute": True, "name": name}
            hints |= {"prefix": prefix, "namespace": _XSI} if prefix else {}
        space = use.get("xmlNamespace") or shape.get("xmlNamespace") or {}
        if "prefix" not in space and not form:  # with one it is declared for the attributes
            hints |= {"namespace": space["uri"]} if space else {}
        return hints


def hinted(schema: Schema, hints: Schema) -> Schema:
    """The schema with hints about XML; beside a reference they would not be seen."""
    if not hints:
        return schema
    if "$ref" in schema:
        return {"allOf": [schema], "xml": hints}
    return {**schema, "xml": {**schema.get("xml", {}), **hints}}


def _is_flat(use: Mapping[str, Any], shape: Mapping[str, Any]) -> bool:
    return bool(use.get("flattened") or shape.get("flattened"))


def _bounds(shape: Mapping[str, Any]) -> Schema:
    names = _BOUNDS.get(shape["type"], ("minimum", "maximum"))
    if names is None:
        return {}
    return {
        name: shape[bound]
        for name, bound in zip(names, ("min", "max"), strict=True)
        if bound in shape
    }


def _pattern(pattern: str | None) -> str | None:
    """AWS's pattern, which describes the whole text and is Java's, for JSON Schema."""
    if pattern is None:
        return None
    pattern = pattern.replace("\\p{Alnum}", "A-Za-z0-9")
    if _NOT_IN_ECMA.search(pattern):
        return None
    anchored = f"^(?:{pattern})$"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(anchored)
        except (re.error, FutureWarning, RecursionError):
            return None
    return anchored


def plain_text(html: str) -> str:
    """The words of AWS's documentation without its mark-up."""
    from html import unescape

    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
