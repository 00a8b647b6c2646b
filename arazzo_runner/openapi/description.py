"""An OpenAPI description, indexed lazily: an operation costs nothing until it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from arazzo_runner.openapi.swagger import (
    security_scheme,
    swagger_body,
    swagger_parameter,
    swagger_servers,
)
from arazzo_runner.reading import Document, KeptObject, Loader
from arazzo_runner.values import EMPTY, Json

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
_STYLES: Final = {
    "path": ("simple", "label", "matrix"),
    "header": ("simple",),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "cookie": ("form", "cookie"),
    "querystring": ("form",),
}
"""The styles of each place, the default first (OpenAPI §Style Values)."""


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
        return (_text(info.get("title")) or "") if isinstance(info, dict) else ""

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
        places = self._places(operation_id)
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
        """Path key, method as written and raw Operation Object of every operation."""
        for path in self.paths:
            if not path.startswith("x-"):
                for at, raw in self._raw_operations(self._path_item(path)):
                    yield path, at[-1], raw

    @cached_property
    def _index(self) -> dict[str, list[tuple[str, str]]]:
        return self._indexed(self.paths)

    def _places(self, operation_id: str) -> Sequence[tuple[str, str]]:
        """Path keys and methods of the operations with that id."""
        paths = self.paths
        if not isinstance(paths, KeptObject) or "_index" in self.__dict__:
            return self._index.get(operation_id, ())
        written = json.dumps(operation_id, ensure_ascii=False)
        some = paths.mentioning(f'"operationId":{written}')
        return self._indexed(some).get(operation_id, ())

    def _indexed(self, paths: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
        index: dict[str, list[tuple[str, str]]] = {}
        for path in paths:
            item = self.paths[path]
            found: Iterable[tuple[str, Json]]
            if not isinstance(item, dict) or "$ref" in item or "additionalOperations" in item:
                found = [(at[-1], raw) for at, raw in self._raw_operations(self._path_item(path))]
            else:  # nearly all of them: big descriptions have thousands
                found = [(key, item[key]) for key in METHODS if key in item]
            for method, raw in found if not path.startswith("x-") else ():
                operation_id = raw.get("operationId") if isinstance(raw, dict) else None
                if isinstance(operation_id, str):
                    index.setdefault(operation_id, []).append((path, method))
        return index

    def _path_item(self, path: str) -> Node:
        """Path Item Object; fields beside its ``$ref`` win. Broken ones are empty."""
        written = self.paths.get(path)
        try:
            node = self.follow(written)
        except ArazzoError:
            node = Node({}, self.document)
        item = node.value if isinstance(node.value, dict) else {}
        if node.value is not written and isinstance(written, dict):
            item = item | {key: value for key, value in written.items() if key != "$ref"}
        return Node(item, node.document)

    @staticmethod
    def _raw_operations(item: Node) -> Iterator[tuple[tuple[str, ...], dict[str, Json]]]:
        """Where below the path item, and raw Operation Object."""
        for method in METHODS:
            raw = item.value.get(method)
            if isinstance(raw, dict):
                yield (method,), raw
        more = item.value.get("additionalOperations")
        for method, raw in more.items() if isinstance(more, dict) else ():
            if isinstance(raw, dict):
                yield ("additionalOperations", str(method)), raw

    def _build(self, path: str, method: str) -> Operation | None:
        if path not in self.paths:
            return None
        item = self._path_item(path)
        found = {at[-1].lower(): (at, raw) for at, raw in self._raw_operations(item)}
        if method not in found:
            return None
        at, written = found[method]
        node = self.follow(written, item.document)
        raw = node.value if isinstance(node.value, dict) else {}
        notes: list[str] = []
        nodes = self._raw_parameters([item, Node(raw, node.document)], notes)
        responses = raw.get("responses")
        responses = responses if isinstance(responses, dict) else {}
        return Operation(
            method=method.upper(),
            path=path,
            operation_id=_text(raw.get("operationId")),
            pointer=("paths", path, *at),
            parameters=self._parameters(nodes),
            request_body=self._body(raw, node, nodes, notes),
            servers=self._servers(raw, item.value),
            security=_alternatives(raw.get("security", self._data.get("security"))),
            responses={str(status): answer for status, answer in responses.items()},
            produces=self._produces(raw, node, responses),
            deprecated=raw.get("deprecated") is True,
            summary=_text(raw.get("summary")),
            source=self,
            notes=tuple(notes),
        )

    # -- parts of an operation ---------------------------------------------------------------

    def _raw_parameters(self, holders: Iterable[Node], notes: list[str]) -> list[Node]:
        """Parameter Objects of path item and operation; the operation's replace by name and in.
        One whose reference leads nowhere is left out, with a note.
        """
        merged: dict[tuple[Json, Json], Node] = {}
        for holder in holders:
            listed = holder.value.get("parameters")
            for entry in listed if isinstance(listed, list) else ():
                try:
                    node = self.follow(entry, holder.document)
                except ArazzoError as error:
                    notes.append(f"a parameter is left out: {error}")
                    continue
                name = node.value.get("name") if isinstance(node.value, dict) else None
                if isinstance(name, str) and name:
                    merged[name, _text(node.value.get("in"))] = node
        return list(merged.values())

    def _parameters(self, nodes: Iterable[Node]) -> tuple[Parameter, ...]:
        build = swagger_parameter if self.version == "2.0" else self._parameter
        return tuple(build(node) for node in nodes if _text(node.value.get("in")) in _STYLES)

    def _parameter(self, node: Node) -> Parameter:
        raw = node.value
        location = raw["in"]
        styles = _STYLES[location]
        style = raw.get("style") if raw.get("style") in styles else styles[0]
        schema = raw.get("schema")
        content_type = None
        content = raw.get("content")
        encoding: Json = None
        if isinstance(content, dict) and content:
            content_type, media = next(iter(content.items()))
            media = media if isinstance(media, dict) else {}
            schema, encoding = media.get("schema"), media.get("encoding")
        explode = raw.get("explode")
        return Parameter(
            name=raw["name"],
            location=location,
            required=raw.get("required") is True or location == "path",
            style=style,
            explode=explode if isinstance(explode, bool) else style in ("form", "cookie"),
            allow_reserved=raw.get("allowReserved") is True,
            content_type=None if content_type is None else str(content_type),
            schema=schema,
            description=_text(raw.get("description")),
            encoding=encoding if isinstance(encoding, dict) else EMPTY,
        )

    def _body(
        self, raw: Mapping[str, Json], holder: Node, parameters: list[Node], notes: list[str]
    ) -> RequestBody | None:
        if self.version == "2.0":
            return swagger_body(parameters, raw.get("consumes", self._data.get("consumes")))
        try:
            body = self.follow(raw.get("requestBody"), holder.document)
        except ArazzoError as error:
            notes.append(f"the request body is left out: {error}")
            return None
        if not isinstance(body.value, dict):
            return None
        content = body.value.get("content")
        media = {}
        for name, entry in content.items() if isinstance(content, dict) else ():
            try:
                node = self.follow(entry, body.document)
            except ArazzoError:
                node = Node({}, body.document)
            media[str(name)] = _media_type(node)
        return RequestBody(body.value.get("required") is True, media)

    def _servers(self, raw: Mapping[str, Json], item: Mapping[str, Json]) -> tuple[Server, ...]:
        """Operation before path item before document before the description's own URL."""
        if self.version == "2.0":
            return swagger_servers(self._data, raw, self.document.uri)
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

    def _produces(
        self, raw: Mapping[str, Json], holder: Node, responses: Mapping[str, Json]
    ) -> tuple[str, ...]:
        if self.version == "2.0":
            listed = raw.get("produces", self._data.get("produces"))
            return tuple(map(str, listed)) if isinstance(listed, list) else ()
        found: dict[str, None] = {}
        for answer in responses.values():
            try:
                value = self.follow(answer, holder.document).value
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
        if self.version == "2.0":
            holder = self._data.get("securityDefinitions")
        schemes = {}
        for name, entry in holder.items() if isinstance(holder, dict) else ():
            try:
                raw = self.follow(entry).value
            except ArazzoError:
                continue
            if isinstance(raw, dict):
                schemes[str(name)] = security_scheme(str(name), raw)
        return schemes

    def follow(self, value: Json, document: Document | None = None) -> Node:
        """The value, or what its ``$ref`` leads to, and the document where that stands.

        ``document`` is where the value stands; None is the description itself.

        Raises:
            ArazzoError: it leads nowhere.
        """
        return self._references.follow(value, document)

    def target(self, reference: str, holder: Node) -> Node:
        """What one reference of ``holder`` leads to, not what that leads to.

        Raises:
            ArazzoError: it leads nowhere.
        """
        return self._references.target(reference, holder)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _media_type(node: Node) -> MediaType:
    raw = node.value if isinstance(node.value, dict) else {}
    encoding, prefix = raw.get("encoding"), raw.get("prefixEncoding")
    return MediaType(
        schema=raw.get("schema"),
        encoding=encoding if isinstance(encoding, dict) else {},
        example=raw.get("example"),
        document=node.document,
        prefix_encoding=prefix if isinstance(prefix, list) else (),
        item_encoding=raw.get("itemEncoding"),
    )


def _server(raw: Mapping[str, Json], base: str) -> Server:
    listed = raw.get("variables")
    variables = {}
    for name, variable in listed.items() if isinstance(listed, dict) else ():
        if isinstance(variable, dict):
            default, enum = variable.get("default"), variable.get("enum")
            variables[str(name)] = ServerVariable(
                None if default is None else str(default),
                tuple(map(str, enum)) if isinstance(enum, list) else (),
                _text(variable.get("description")),
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
