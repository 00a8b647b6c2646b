"""OpenAPI 2.0 on the same model: host and basePath, body and formData, collectionFormat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from arazzo_runner.openapi.objects import (
    MediaType,
    Parameter,
    RequestBody,
    SecurityScheme,
    Server,
)
from arazzo_runner.openapi.references import Node
from arazzo_runner.values import Json
from arazzo_runner.values.media_types import is_form, is_multipart

__all__ = ["security_scheme", "swagger_body", "swagger_parameter", "swagger_servers"]

_FORM: Final = "application/x-www-form-urlencoded"
_FORMATS: Final = {"ssv": "spaceDelimited", "tsv": "tabDelimited", "pipes": "pipeDelimited"}


def swagger_parameter(node: Node) -> Parameter:
    """A 2.0 parameter of the path, query or header."""
    raw = node.value
    location = raw["in"]
    description = raw.get("description")
    return Parameter(
        name=raw["name"],
        location=location,
        required=raw.get("required") is True or location == "path",
        style=_style(raw, "form" if location in ("query", "cookie") else "simple"),
        explode=raw.get("collectionFormat") == "multi",
        schema=_schema(raw),
        description=description if isinstance(description, str) else None,
    )


def _style(raw: Mapping[str, Json], plain: str) -> str:
    written = raw.get("collectionFormat")
    return _FORMATS.get(written, plain) if isinstance(written, str) else plain


def _schema(raw: Mapping[str, Json]) -> dict[str, Json]:
    schema = {key: value for key, value in raw.items() if key not in ("name", "in", "required")}
    if schema.get("type") == "array":
        schema.setdefault("collectionFormat", "csv")
    return schema


def swagger_servers(
    data: Mapping[str, Json], raw: Mapping[str, Json], base: str
) -> tuple[Server, ...]:
    """``schemes``, ``host`` and ``basePath`` as a server; what is missing comes from the URI."""
    path = data.get("basePath")
    path = "/" + path.strip("/") if isinstance(path, str) and path.strip("/") else ""
    host = data.get("host")
    if not isinstance(host, str) or not host.strip():
        return (Server(path or "/", {}, base),)
    listed = raw.get("schemes") or data.get("schemes")
    schemes = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    if not schemes:
        own = urlsplit(base).scheme
        schemes = [own if own in ("http", "https") else "https"]
    scheme = "https" if "https" in schemes else schemes[0]
    return (Server(f"{scheme}://{host.strip().rpartition('://')[2].rstrip('/')}{path}", {}, base),)


def swagger_body(parameters: Sequence[Node], consumes: Json) -> RequestBody | None:
    """The ``body`` parameter, or the ``formData`` parameters, as a request body."""
    types = [one for one in consumes if isinstance(one, str)] if isinstance(consumes, list) else []
    for node in parameters:
        if node.value.get("in") == "body":
            media = MediaType(schema=node.value.get("schema"), document=node.document)
            required = node.value.get("required") is True
            return RequestBody(required, dict.fromkeys(types or ["application/json"], media))
    fields = [node for node in parameters if node.value.get("in") == "formData"]
    if not fields:
        return None
    return _form([node.value for node in fields], types, fields[0])


def _form(fields: Sequence[Mapping[str, Json]], types: Sequence[str], node: Node) -> RequestBody:
    required = [field["name"] for field in fields if field.get("required") is True]
    schema = {
        "type": "object",
        "properties": {field["name"]: _schema(field) for field in fields},
        "required": required,
    }
    encoding = {
        field["name"]: {
            "style": _style(field, "form"),
            "explode": field.get("collectionFormat") == "multi",
            "items": field.get("items"),
        }
        for field in fields
        if field.get("type") == "array"
    }
    files = any(field.get("type") == "file" for field in fields)
    kept = [one for one in types if is_multipart(one) or (is_form(one) and not files)]
    media = MediaType(schema=schema, encoding=encoding, document=node.document)
    kept = kept or ["multipart/form-data" if files else _FORM]
    return RequestBody(bool(required), dict.fromkeys(kept, media))


def security_scheme(name: str, raw: Mapping[str, Json]) -> SecurityScheme:
    """A security scheme of any version; 2.0's ``basic`` is 3.x's ``http`` with scheme basic."""

    def text(key: str) -> str | None:
        value = raw.get(key)
        return value if isinstance(value, str) else None

    kind = text("type") or ""
    if kind == "basic":
        return SecurityScheme(name, "http", "basic", None, None, raw)
    return SecurityScheme(name, kind, text("scheme"), text("in"), text("name"), raw)
