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
from arazzo_runner.values import Json

__all__ = ["body_of", "scheme_of", "servers_of", "swagger_parameter"]

_FORM: Final = "application/x-www-form-urlencoded"
_DELIMITERS: Final = {"ssv": " ", "tsv": "\t", "pipes": "|", "csv": ","}


def swagger_parameter(raw: Mapping[str, Json]) -> Parameter:
    """A 2.0 parameter of the path, query or header."""
    location = str(raw.get("in"))
    format_ = raw.get("collectionFormat")
    return Parameter(
        name=str(raw["name"]),
        location=location,
        required=raw.get("required") is True or location == "path",
        style="form" if location == "query" else "simple",
        explode=format_ == "multi",
        delimiter=_DELIMITERS.get(str(format_)),
        schema={key: value for key, value in raw.items() if key not in ("name", "in")},
        description=raw.get("description"),
    )


def servers_of(data: Mapping[str, Json], raw: Mapping[str, Json], base: str) -> tuple[Server, ...]:
    """``schemes``, ``host`` and ``basePath`` as a server; what is missing comes from the URI."""
    own = urlsplit(base)
    schemes = raw.get("schemes") or data.get("schemes")
    schemes = [str(s) for s in schemes] if isinstance(schemes, list) else []
    host = data.get("host")
    path = data.get("basePath")
    path = "/" + path.strip("/") if isinstance(path, str) and path.strip("/") else ""
    if not isinstance(host, str):
        return (Server(path or "/", {}, base),)
    fallback = own.scheme if own.scheme in ("http", "https") else "https"
    scheme = "https" if "https" in schemes or not schemes else schemes[0]
    scheme = scheme if schemes else fallback
    return (Server(f"{scheme}://{host}{path}", {}, base),)


def body_of(parameters: Sequence[Mapping[str, Json]], consumes: Json) -> RequestBody | None:
    """The ``body`` parameter, or the ``formData`` parameters, as a request body."""
    types = [str(t) for t in consumes] if isinstance(consumes, list) else []
    body = next((p for p in parameters if p.get("in") == "body"), None)
    if body is not None:
        media = MediaType(schema=body.get("schema"))
        required = body.get("required") is True
        return RequestBody(required, dict.fromkeys(types or ["application/json"], media))
    form = [p for p in parameters if p.get("in") == "formData"]
    if not form:
        return None
    properties = {
        str(p["name"]): {key: value for key, value in p.items() if key not in ("name", "in")}
        for p in form
    }
    required_names = [str(p["name"]) for p in form if p.get("required") is True]
    schema = {"type": "object", "properties": properties, "required": required_names}
    files = any(p.get("type") == "file" for p in form)
    default = "multipart/form-data" if files else _FORM
    kept = [t for t in types if t.startswith(("multipart/", _FORM))] or [default]
    encoding = {
        str(p["name"]): {"style": "form", "explode": p.get("collectionFormat") == "multi"}
        for p in form
        if p.get("type") == "array"
    }
    media = MediaType(schema=schema, encoding=encoding)
    return RequestBody(bool(required_names), dict.fromkeys(kept, media))


def scheme_of(name: str, raw: Mapping[str, Json]) -> SecurityScheme:
    """A security scheme of any version; 2.0's ``basic`` is 3.x's ``http`` with scheme basic."""

    def text(key: str) -> str | None:
        value = raw.get(key)
        return value if isinstance(value, str) else None

    kind = text("type") or ""
    if kind == "basic":
        return SecurityScheme(name, "http", "basic", None, None, raw)
    return SecurityScheme(name, kind, text("scheme"), text("in"), text("name"), raw)
