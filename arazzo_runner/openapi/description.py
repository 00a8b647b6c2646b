"""An OpenAPI description, indexed lazily: an operation costs nothing until it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from arazzo_runner.errors import ArazzoError
from arazzo_runner.openapi.objects import (
    MediaType,
    Operation,
    Parameter,
    RequestBody,
    SecurityScheme,
    Server,
    ServerVariable,
)
from arazzo_runner.openapi.references import Node, References
from arazzo_runner.openapi.swagger import body_of, scheme_of, servers_of, swagger_parameter
from arazzo_runner.reading import Document, Loader
from arazzo_runner.values import Json

__all__ = ["Description"]

METHODS: Final = (
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "query",
)
_STYLES: Final = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


class Description:
    """An OpenAPI 2.0, 3.0, 3.1 or 3.2 description.

    What is broken in it is only an error when something needs it, and then it is an ArazzoError.
    """

    def __init__(self, document: Document, loader: Loader | None = None) -> None:
        """``loader`` reads the other files that references name; None refuses them."""
        self.document = document
        self._references = References(document, loader)
        self._operations: dict[tuple[str, str], Operation | None] = {}
        self._data: Mapping[str, Json] = document.data if isinstance(document.data, dict) else {}

    @cached_property
    def version(self) -> str:
        """``2.0``, ``3.0``, ``3.1``, ``3.2``, as declared otherwise."""
        declared = str(self._data.get("openapi") or self._data.get("swagger") or "")
        return ".".join(declared.split(".")[:2])

    @property
    def title(self) -> str:
        """``info.title``, empty without one."""
        info = self._data.get("info")
        return str(info.get("title", "")) if isinstance(info, dict) else ""

    @cached_property
    def paths(self) -> Mapping[str, Json]:
        """Paths Object, as written."""
        paths = self._data.get("paths")
        return paths if isinstance(paths, dict) else {}

    # -- operations --------------------------------------------------------------------------

    @property
    def operation_ids(self) -> Sequence[str]:
        """Every operationId, in the order of the description."""
        return tuple(self._index)

    def by_id(self, operation_id: str) -> tuple[Operation, ...]:
        """The operations with that id; a correct description has at most one.

        Raises:
            ArazzoError: a part of it cannot be resolved.
        """
        places = self._index.get(operation_id, ())
        found = [self.at(path, method) for path, method in places]
        return tuple(operation for operation in found if operation is not None)

    def at(self, path: str, method: str) -> Operation | None:
        """The operation at a path key and method (any case), None when there is none.

        Raises:
            ArazzoError: a part of it cannot be resolved.
        """
        key = (path, method.lower())
        if key not in self._operations:
            self._operations[key] = self._build(*key)
        return self._operations[key]

    def operations(self) -> Iterator[tuple[str, str, Json]]:
        """Path key, method and raw Operation Object of every operation."""
        for path in self.paths:
            for method, raw in self._raw_operations(path):
                yield path, method, raw

    @cached_property
    def _index(self) -> dict[str, list[tuple[str, str]]]:
        index: dict[str, list[tuple[str, str]]] = {}
        for path, method, raw in self.operations():
            operation_id = raw.get("operationId")
            if isinstance(operation_id, str):
                index.setdefault(operation_id, []).append((path, method))
        return index

    def _raw_operations(self, path: str) -> Iterator[tuple[str, dict[str, Json]]]:
        try:
            item = self._references.follow(self.paths.get(path)).value
        except ArazzoError:
            return
        if not isinstance(item, dict):
            return
        for method in METHODS:
            raw = item.get(method)
            if isinstance(raw, dict):
                yield method, raw
        more = item.get("additionalOperations")
        for method, raw in more.items() if isinstance(more, dict) else ():
            if isinstance(raw, dict):
                yield str(method).lower(), raw

    def _build(self, path: str, method: str) -> Operation | None:
        if path not in self.paths:
            return None
        item = self._references.follow(self.paths[path])
        found = dict(self._raw_operations(path)).get(method)
        if found is None:
            return None
        raw = self._references.follow(found, item.document).value
        parameters = self._parameters(item, raw)
        operation_id = raw.get("operationId")
        security = raw.get("security", self._data.get("security"))
        responses = raw.get("responses")
        return Operation(
            method=method.upper(),
            path=path,
            operation_id=operation_id if isinstance(operation_id, str) else None,
            pointer=("paths", path, method),
            parameters=tuple(
                p for p in parameters if p.location in _STYLES or p.location == "querystring"
            ),
            request_body=self._body(raw, item),
            servers=self._servers(raw, item.value),
            security=_alternatives(security),
            responses=(
                {str(status): answer for status, answer in responses.items()}
                if isinstance(responses, dict)
                else {}
            ),
            produces=self._produces(raw, item, responses),
            deprecated=raw.get("deprecated") is True,
            summary=raw.get("summary") if isinstance(raw.get("summary"), str) else None,
            source=self,
        )

    # -- parts of an operation ---------------------------------------------------------------

    def _raw_parameters(self, item: Node, raw: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
        """Parameter Objects of path item and operation; the operation's replace by name and in."""
        merged: dict[tuple[Json, Json], Mapping[str, Json]] = {}
        for holder in (item.value, raw):
            listed = holder.get("parameters")
            for entry in listed if isinstance(listed, list) else ():
                parameter = self._references.follow(entry, item.document).value
                if isinstance(parameter, dict) and isinstance(parameter.get("name"), str):
                    merged[str(parameter["name"]), str(parameter.get("in"))] = parameter
        return iter(merged.values())

    def _parameters(self, item: Node, raw: Mapping[str, Json]) -> list[Parameter]:
        old = self.version == "2.0"
        build = swagger_parameter if old else self._parameter
        return [build(parameter) for parameter in self._raw_parameters(item, raw)]

    def _parameter(self, raw: Mapping[str, Json]) -> Parameter:
        location = str(raw.get("in"))
        content = raw.get("content")
        content_type = next(iter(content), None) if isinstance(content, dict) else None
        style = raw.get("style") or _STYLES.get(location, "form")
        explode = raw.get("explode")
        schema = raw.get("schema")
        if isinstance(content, dict) and isinstance(content.get(content_type), dict):
            schema = content[content_type].get("schema")
        return Parameter(
            name=str(raw["name"]),
            location=location,
            required=raw.get("required") is True or location == "path",
            style=str(style),
            explode=explode if isinstance(explode, bool) else style in ("form", "cookie"),
            allow_reserved=raw.get("allowReserved") is True,
            content_type=content_type,
            schema=schema,
            description=raw.get("description"),
        )

    def _body(self, raw: Mapping[str, Json], item: Node) -> RequestBody | None:
        if self.version == "2.0":
            consumes = raw.get("consumes", self._data.get("consumes"))
            return body_of(list(self._raw_parameters(item, raw)), consumes)
        body = self._references.follow(raw.get("requestBody"), item.document)
        if not isinstance(body.value, dict):
            return None
        content = body.value.get("content")
        media = {}
        for name, entry in content.items() if isinstance(content, dict) else ():
            media_type = self._references.follow(entry, body.document).value
            media_type = media_type if isinstance(media_type, dict) else {}
            encoding = media_type.get("encoding")
            media[str(name)] = MediaType(
                schema=media_type.get("schema"),
                encoding=encoding if isinstance(encoding, dict) else {},
                example=media_type.get("example"),
            )
        return RequestBody(body.value.get("required") is True, media)

    def _servers(self, raw: Mapping[str, Json], item: Mapping[str, Json]) -> tuple[Server, ...]:
        """Operation before path item before document before the description's own URL."""
        if self.version == "2.0":
            return servers_of(self._data, raw, self.document.uri)
        for holder in (raw, item, self._data):
            listed = holder.get("servers")
            servers = [
                _server(entry, self.document.uri)
                for entry in (listed if isinstance(listed, list) else ())
                if isinstance(entry, dict) and isinstance(entry.get("url"), str)
            ]
            if servers:
                return tuple(servers)
        return (Server("/", {}, self.document.uri),)

    def _produces(self, raw: Mapping[str, Json], item: Node, responses: Json) -> tuple[str, ...]:
        if self.version == "2.0":
            listed = raw.get("produces", self._data.get("produces"))
            return tuple(map(str, listed)) if isinstance(listed, list) else ()
        found: dict[str, None] = {}
        for answer in responses.values() if isinstance(responses, dict) else ():
            try:
                value = self._references.follow(answer, item.document).value
            except ArazzoError:
                continue
            content = value.get("content") if isinstance(value, dict) else None
            found.update(dict.fromkeys(map(str, content)) if isinstance(content, dict) else {})
        return tuple(found)

    # -- the rest ----------------------------------------------------------------------------

    @cached_property
    def security_schemes(self) -> Mapping[str, SecurityScheme]:
        """Security schemes by name; those that cannot be resolved are left out."""
        components = self._data.get("components")
        holder = components.get("securitySchemes") if isinstance(components, dict) else None
        holder = holder or self._data.get("securityDefinitions")
        schemes = {}
        for name, entry in holder.items() if isinstance(holder, dict) else ():
            try:
                raw = self._references.follow(entry).value
            except ArazzoError:
                continue
            if isinstance(raw, dict):
                schemes[str(name)] = scheme_of(str(name), raw)
        return schemes

    def follow(self, value: Json) -> Json:
        """The value, or what its ``$ref`` leads to.

        Raises:
            ArazzoError: it leads nowhere.
        """
        return self._references.follow(value).value


def _server(raw: Mapping[str, Json], base: str) -> Server:
    listed = raw.get("variables")
    variables = {}
    for name, variable in listed.items() if isinstance(listed, dict) else ():
        if isinstance(variable, dict):
            default, enum = variable.get("default"), variable.get("enum")
            variables[str(name)] = ServerVariable(
                None if default is None else str(default),
                tuple(map(str, enum)) if isinstance(enum, list) else (),
                variable.get("description"),
            )
    return Server(str(raw["url"]).strip(), variables, base)


def _alternatives(security: Json) -> tuple[Mapping[str, tuple[str, ...]], ...]:
    return tuple(
        {
            str(name): tuple(map(str, scopes)) if isinstance(scopes, list) else ()
            for name, scopes in alternative.items()
        }
        for alternative in (security if isinstance(security, list) else ())
        if isinstance(alternative, dict)
    )
