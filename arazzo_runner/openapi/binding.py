"""From an operation and a step's values to a request; what is known before is worked out once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from arazzo_runner.openapi.bodies import BodyWriter, body_writer, choose_content_type
from arazzo_runner.openapi.objects import MediaType, Operation, Parameter
from arazzo_runner.openapi.schemas import requires
from arazzo_runner.openapi.styles import BindingError, encode, scalar, serialize
from arazzo_runner.values import ABSENT, Request, Value, json_text
from arazzo_runner.values.media_types import essence, is_json

__all__ = ["Binding", "bind"]

_TEMPLATE: Final = re.compile(r"\{([^{}]*)\}")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_IN_HEADER: Final = re.compile(r"[\r\n\0]")

_Write = Callable[[Value], str]


class Binding:
    """An operation bound to a server and to the parameters a step gives.

    ``content_type`` is what the body is sent as, None without one. ``notes`` are things to warn
    about. ``missing`` are required parameters that the step does not give.
    """

    __slots__ = (
        "_accept",
        "_base",
        "_body",
        "_cookies",
        "_fixed_query",
        "_headers",
        "_media",
        "_method",
        "_operation",
        "_path",
        "_query",
        "_required",
        "content_type",
        "missing",
        "notes",
    )

    def __init__(
        self,
        operation: Operation,
        base_url: str,
        parameters: Sequence[tuple[str, str]],
        content_type: str | None,
        *,
        has_body: bool,
    ) -> None:
        notes: list[str] = []
        declared = {_key(p.name, p.location): p for p in operation.parameters}
        path, _, _ = operation.path.partition("#")  # only tells operations apart (SEMANTICS §5)
        path, _, self._fixed_query = path.partition("?")
        self._operation = operation
        self._method = operation.method
        self._base = base_url.rstrip("/")
        places: dict[str, tuple[int, _Write]] = {}
        self._query: list[tuple[int, _Write]] = []
        self._headers: list[tuple[int, str, _Write]] = []
        self._cookies: list[tuple[int, _Write]] = []
        self._required: list[bool] = []
        for index, (name, location) in enumerate(parameters):
            parameter = declared.get(_key(name, location))
            if parameter is None:
                notes.extend(_undeclared(operation, name, location))
                parameter = _default_parameter(name, location)
            self._required.append(parameter.required)
            write = _writer(parameter)
            if location == "path":
                places[name] = (index, write)
            elif location in ("query", "querystring"):
                self._query.append((index, write))
            elif location == "header":
                _check_name(name)
                self._headers.append((index, name, write))
            elif location == "cookie":
                self._cookies.append((index, write))
            else:
                raise BindingError(
                    f"parameter '{name}' cannot go to '{location}'",
                    hint="'in' is path, query, header, cookie or querystring",
                )
        self._path = _path_parts(path, places)
        given = {_key(name, location) for name, location in parameters}
        self.missing = self._find_missing(operation, given, path, places)
        self._media: MediaType | None = None
        self._body: BodyWriter | None = None
        self.content_type: str | None = None
        self._prepare_body(operation, content_type, notes, has_body=has_body)
        self._accept = _accept(operation, given)
        self.notes = tuple(notes)

    def _find_missing(
        self,
        operation: Operation,
        given: set[tuple[str, str]],
        path: str,
        places: Mapping[str, object],
    ) -> tuple[Parameter, ...]:
        missing = [
            parameter
            for parameter in operation.parameters
            if parameter.required
            and parameter.location != "path"
            and _key(parameter.name, parameter.location) not in given
            and parameter.name.lower() not in ("accept", "content-type", "authorization")
        ]
        holes = [name for name in _TEMPLATE.findall(path) if _place(name, places) is None]
        missing.extend(Parameter(name, "path", required=True) for name in holes)
        return tuple(missing)

    def _prepare_body(
        self, operation: Operation, content_type: str | None, notes: list[str], *, has_body: bool
    ) -> None:
        if not has_body:
            return
        offered = operation.request_body.content if operation.request_body else {}
        chosen, note = choose_content_type(content_type, offered)
        if note:
            notes.append(note)
        self.content_type = chosen
        wanted = essence(chosen)
        self._media = next((m for name, m in offered.items() if essence(name) == wanted), None)
        if self._media is None and is_json(chosen):
            self._media = next((m for name, m in offered.items() if is_json(name)), None)
        self._body = body_writer(chosen, self._media)

    def required(self, index: int) -> bool:
        """Whether the request cannot be sent without the value of parameter ``index``."""
        return self._required[index]

    def body_requires(self, pointer: tuple[str, ...]) -> bool:
        """Whether the body's schema requires the property at a pointer."""
        if self._media is None:
            return False
        return requires(self._media.schema, pointer, self._operation.source.follow)

    def request(self, values: Sequence[Value], body: Value = ABSENT) -> Request:
        """The request for the values of the parameters, in their order. ABSENT ones are left out.

        Raises:
            BindingError: a value cannot be sent.
        """
        url = self._base + self._url_path(values)
        query = [self._fixed_query] if self._fixed_query else []
        for index, write in self._query:
            value = values[index]
            if value is not ABSENT:
                query.append(write(value))
        text = "&".join([part for part in query if part])
        if text:
            url = f"{url}?{text}"
        headers = self._header_fields(values)
        content = b""
        if self._body is not None and body is not ABSENT:
            content, content_type = self._body(body)
            if not _has(headers, "content-type"):
                headers.append(("Content-Type", content_type))
        if self._accept is not None:
            headers.append(("Accept", self._accept))
        return Request(self._method, url, tuple(headers), content)

    def _url_path(self, values: Sequence[Value]) -> str:
        parts = []
        for part in self._path:
            if isinstance(part, str):
                parts.append(part)
                continue
            index, write, name = part
            value = values[index]
            text = "" if value is ABSENT else write(value)
            if not text or text in (".", ".."):
                # An empty or dot segment would be another resource.
                raise BindingError(f"path parameter '{name}' must not be {text!r}")
            parts.append(text)
        return "".join(parts)

    def _header_fields(self, values: Sequence[Value]) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = []
        for index, name, write in self._headers:
            value = values[index]
            if value is ABSENT:
                continue
            text = write(value)
            if _BAD_IN_HEADER.search(text):
                raise BindingError(f"header '{name}' must not hold line breaks")
            headers.append((name, text.strip(" \t")))
        cookies = [write(values[i]) for i, write in self._cookies if values[i] is not ABSENT]
        if cookies:
            text = "; ".join(cookies)
            if _BAD_IN_HEADER.search(text):
                raise BindingError("a cookie must not hold line breaks")
            headers.append(("Cookie", text))
        return headers


def bind(
    operation: Operation,
    *,
    base_url: str,
    parameters: Sequence[tuple[str, str]],
    content_type: str | None = None,
    has_body: bool = False,
) -> Binding:
    """Bind an operation to a server and to the (name, in) of what a step gives, in order.

    Raises:
        BindingError: a parameter cannot go where it says, or the server is not a URL.
    """
    if "?" in base_url or "#" in base_url:
        raise BindingError(f"the server URL '{base_url}' must not have a query or fragment")
    urlsplit(base_url)
    return Binding(operation, base_url, parameters, content_type, has_body=has_body)


def _key(name: str, location: str) -> tuple[str, str]:
    return (name.lower() if location == "header" else name), location


def _default_parameter(name: str, location: str) -> Parameter:
    style = "form" if location in ("query", "cookie") else "simple"
    return Parameter(name, location, location == "path", style, style == "form")


def _undeclared(operation: Operation, name: str, location: str) -> list[str]:
    """Headers every HTTP request may carry need no declaration."""
    if location == "header" and name.lower() in ("authorization", "accept", "content-type"):
        return []
    return [f"{operation.method} {operation.path} declares no {location} parameter '{name}'"]


def _check_name(name: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise BindingError(f"'{name}' is not a header name")


def _writer(parameter: Parameter) -> _Write:
    name, location, style = parameter.name, parameter.location, parameter.style
    explode, reserved = parameter.explode, parameter.allow_reserved
    if location == "querystring":
        return _querystring
    if parameter.content_type is not None:
        return _content_writer(parameter)
    if parameter.delimiter is not None:
        return _delimited_writer(parameter)

    def structured(value: Value) -> str:
        return serialize(
            name, value, location=location, style=style, explode=explode, allow_reserved=reserved
        )

    if reserved or style not in ("simple", "form"):
        return structured
    prefix = f"{encode(name)}=" if location in ("query", "cookie") else ""
    plain = location == "header"

    def simple(value: Value) -> str:
        if isinstance(value, dict | list):
            return structured(value)
        text = scalar(value, name)
        return text if plain else prefix + encode(text)

    return simple


def _content_writer(parameter: Parameter) -> _Write:
    name, location = parameter.name, parameter.location
    as_json = is_json(parameter.content_type or "")

    def write(value: Value) -> str:
        text = json_text(value) if as_json and not isinstance(value, str) else scalar(value, name)
        if location == "header":
            return text
        return (f"{encode(name)}=" if location in ("query", "cookie") else "") + encode(text)

    return write


def _delimited_writer(parameter: Parameter) -> _Write:
    """2.0's collectionFormat: ssv, tsv, pipes, csv."""
    name, location = parameter.name, parameter.location
    delimiter = parameter.delimiter or ","
    joined = delimiter if location == "header" or delimiter == "," else encode(delimiter)
    prefix = f"{encode(name)}=" if location == "query" else ""

    def write(value: Value) -> str:
        items = value if isinstance(value, list) else [value]
        texts = [scalar(item, name) for item in items]
        if location != "header":
            texts = [encode(text) for text in texts]
        return prefix + joined.join(texts)

    return write


def _querystring(value: Value) -> str:
    """The complete query; only what a URL cannot hold is encoded (A-17)."""
    if isinstance(value, dict):
        return serialize("", value, style="form", explode=True)
    return encode(scalar(value, "querystring"), allow_reserved=True).replace("#", "%23")


def _path_parts(
    path: str, places: Mapping[str, tuple[int, _Write]]
) -> list[str | tuple[int, _Write, str]]:
    """The path as literal texts and places of values."""
    parts: list[str | tuple[int, _Write, str]] = []
    end = 0
    for match in _TEMPLATE.finditer(path):
        place = _place(match[1], places)
        if place is None:
            continue
        index, write = places[place]
        if match[1].endswith("+"):  # greedy: the value's slashes stay
            write = _greedy
        parts.extend((path[end : match.start()], (index, write, place)))
        end = match.end()
    parts.append(path[end:])
    return [encode(p, allow_reserved=True) if isinstance(p, str) else p for p in parts]


def _greedy(value: Value) -> str:
    return encode(scalar(value, "path"), safe="/")


def _place(template: str, places: Mapping[str, object]) -> str | None:
    """The parameter that fills a template: by name, ``{name+}``, or one of ``{a|b}``."""
    if template in places:
        return template
    if template.rstrip("+*") in places:
        return template.rstrip("+*")
    return next((name for name in template.split("|") if name in places), None)


def _accept(operation: Operation, given: set[tuple[str, str]]) -> str | None:
    """The media types the operation declares for its answers; the step's own header wins."""
    if ("accept", "header") in given:
        return None
    types = [name for name in operation.produces if _TOKEN.match(name) and "\n" not in name]
    if not types:
        return None
    types.sort(key=lambda name: not is_json(name))
    return ", ".join(types) + ("" if "*/*" in types else ", */*;q=0.5")


def _has(headers: Sequence[tuple[str, str]], name: str) -> bool:
    return any(key.lower() == name for key, _ in headers)
