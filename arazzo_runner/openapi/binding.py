"""From an operation and a step's values to a request; what is known before is worked out once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial

from arazzo_runner.openapi.action_queries import action_parameter_writer, is_action
from arazzo_runner.openapi.bodies import BodyWriter, body_writer, choose_content_type, find_media
from arazzo_runner.openapi.objects import MediaType, Note, Operation, Parameter
from arazzo_runner.openapi.parameter_writers import (
    check_header,
    default_parameter,
    header_name,
    parameter_writer,
    path_writer,
)
from arazzo_runner.openapi.path_templates import PathTemplate, parse_path, query_pairs
from arazzo_runner.openapi.queries import query_parts
from arazzo_runner.openapi.references import Node
from arazzo_runner.openapi.schemas import Properties, Schemas, requires
from arazzo_runner.openapi.styles import BindingError, Write
from arazzo_runner.values import (
    ABSENT,
    Body,
    File,
    Headers,
    Request,
    Stream,
    Value,
    header,
)
from arazzo_runner.values.media_types import essence, is_form, is_json, is_multipart, is_text

__all__ = ["Binding", "bind"]

_OWN_HEADERS = ("accept", "authorization", "content-type")


class Binding:
    """An operation bound to a server and to the parameters that a step gives.

    Attributes:
        content_type: what the body is sent as, None without a body.
        notes: what to warn about.
        missing: required parameters that the step does not give, but for headers that can only be
            sent in one way (``X-Amz-Target`` of an AWS description): these are sent. Those of the
            path come from the path itself, declared or not: a hole in it cannot be sent.
    """

    __slots__ = (
        "_body",
        "_body_headers",
        "_constants",
        "_cookies",
        "_fixed_headers",
        "_headers",
        "_media",
        "_operation",
        "_path",
        "_query",
        "_required",
        "_tail",
        "_type_is_open",
        "_writers",
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
        has_body: bool,
    ) -> None:
        template = parse_path(operation.path)
        notes = [Note(text, "operation-incomplete") for text in operation.notes]
        given = [
            _declared(operation, template, *named, index, notes)
            for index, named in enumerate(parameters)
        ]
        base, _, base_query = base_url.partition("#")[0].partition("?")
        self._operation = operation
        self._required = [parameter.required for parameter in given]
        self._bind_path(base.rstrip("/"), template, given, notes)
        writer = (
            partial(action_parameter_writer, operation=operation)
            if is_action(operation)
            else parameter_writer
        )
        self._query = query_parts(template, query_pairs(base_query), given, writer)
        self._headers = [
            (index, header_name(parameter.name), parameter_writer(parameter))
            for index, parameter in enumerate(given)
            if parameter.location == "header"
        ]
        self._cookies = [
            (index, parameter_writer(parameter))
            for index, parameter in enumerate(given)
            if parameter.location == "cookie"
        ]
        missing = _missing(operation, given)
        self._constants = [
            (header_name(parameter.name), value)
            for parameter in missing
            if (value := _constant(parameter, operation)) is not None
        ]
        known = {name for name, _ in self._constants}
        self.missing = (
            *(parameter for parameter in missing if parameter.name not in known),
            *_holes_left(operation, template, given),
        )
        self.content_type: str | None = None
        self._media: MediaType | None = None
        self._body: BodyWriter | None = None
        if has_body:
            self._bind_body(content_type, notes)
        self._bind_fixed_headers()
        self.notes = tuple(notes)

    def _bind_fixed_headers(self) -> None:
        """``_fixed_headers`` go with every request; ``_body_headers`` are all there are, when
        that is known before.
        """
        named = {name.lower() for _, name, _ in self._headers}
        accept = None if "accept" in named else _accept(self._operation)
        accepted: Headers = (("Accept", accept),) if accept else ()
        self._fixed_headers: Headers = (*self._constants, *accepted)
        self._body_headers: Headers | None = None
        if self.content_type is not None and not self._headers and not self._cookies:
            self._body_headers = (("Content-Type", self.content_type), *self._fixed_headers)

    def _bind_path(
        self, base: str, template: PathTemplate, given: Sequence[Parameter], notes: list[Note]
    ) -> None:
        """``_path`` is (literal before, index, write) of every value; ``_tail`` is the rest."""
        places = {p.name: index for index, p in enumerate(given) if p.location == "path"}
        self._path: list[tuple[str, int, Write]] = []
        literal = base if self._operation.path.startswith("/") else f"{base}/"
        for part in template.parts:
            if isinstance(part, str):
                literal += part
                continue
            name = part.filled_by(places)
            if name is not None:
                write = path_writer(given[places[name]], greedy=part.greedy)
                self._path.append((literal, places[name], write))
                literal = ""
        self._tail = literal
        notes.extend(
            Note(
                f"path parameter '{name}' has no place in {self._operation.path} and is not sent",
                "parameter-path-template",
                index,
            )
            for name, index in places.items()
            if not any(name in hole.names for hole in template.all_holes)
        )

    def _bind_body(self, content_type: str | None, notes: list[Note]) -> None:
        operation = self._operation
        offered = operation.request_body.content if operation.request_body else {}
        self._type_is_open = not content_type
        self._writers: dict[str, BodyWriter] = {}
        self.content_type, note = choose_content_type(content_type, offered)
        self._media = find_media(self.content_type, offered)
        self._body = body_writer(self.content_type, self._media, operation.source)
        rule = "request-body-content-type-open"
        if self._type_is_open and essence(self.content_type) not in map(essence, offered):
            self._body = _files_as_they_are(self._body)
        if operation.request_body is None:
            note = f"{operation.method} {operation.path} declares no request body"
            rule = "request-body-undeclared"
        elif content_type and offered and self._media is None:
            note = f"{operation.method} {operation.path} takes {', '.join(offered)}, not "
            note += self.content_type
            rule = "request-body-content-type-offered"
        if note:
            notes.append(Note(note, rule))

    def required(self, index: int) -> bool:
        """Whether the request cannot be sent without the value of parameter ``index``."""
        return self._required[index]

    def body_requires(self, pointer: tuple[str, ...]) -> bool:
        """Whether the body's schema requires the property at a pointer."""
        return self._media is not None and requires(self._media, pointer, self._operation.source)

    def takes_file(self, at: tuple[str, ...]) -> bool:
        """Whether the bytes of a file go there: to a member of the payload, or all of it."""
        if self.content_type is None or is_form(self.content_type):
            return False
        if is_multipart(self.content_type):
            properties = Properties(self._media, self._operation.source)
            return len(at) == 1 and properties.is_binary(at[0])
        return not at and not is_text(self.content_type)

    def request(self, values: Sequence[Value], body: Value = ABSENT) -> Request:
        """The request for the values of the parameters, in their order. ABSENT ones are left out.

        Raises:
            BindingError: a value cannot be sent.
        """
        url = self._url(values)
        method = self._operation.method
        if self._body is None or body is ABSENT:
            if not self._headers and not self._cookies:
                return Request(method, url, self._fixed_headers)
            return Request(method, url, self._fields(values) + self._fixed_headers)
        if self._body_headers is not None:
            content, content_type = self._body(body)
            if content_type is self.content_type:
                return Request(method, url, self._body_headers, content)
            return Request(
                method, url, (("Content-Type", content_type), *self._fixed_headers), content
            )
        fields = self._fields(values)
        content, content_type = self._writer(header(fields, "content-type"))(body)
        fields = _with_type(fields, content_type)
        return Request(method, url, fields + self._fixed_headers, content)

    def _url(self, values: Sequence[Value]) -> str:
        url = ""
        for literal, index, write in self._path:
            url += literal + write(values[index])
        url += self._tail
        if self._query:
            query = [text for part in self._query if (text := part(values))]
            if query:
                return f"{url}?{'&'.join(query)}"
        return url

    def _writer(self, own_type: str | None) -> BodyWriter:
        """The step's Content-Type header says what the body is, when nothing else of the step
        does.
        """
        assert self._body is not None
        if own_type is None or not self._type_is_open:
            return self._body
        if own_type not in self._writers:
            body = self._operation.request_body
            media = find_media(own_type, body.content if body else {})
            self._writers = {own_type: body_writer(own_type, media, self._operation.source)}
        return self._writers[own_type]

    def _fields(self, values: Sequence[Value]) -> Headers:
        fields = [
            (name, check_header(name, write(values[index])))
            for index, name, write in self._headers
            if values[index] is not ABSENT
        ]
        cookies = [write(values[i]) for i, write in self._cookies if values[i] is not ABSENT]
        text = "; ".join(filter(None, cookies))
        if text:
            fields.append(("Cookie", check_header("Cookie", text)))
        return tuple(fields)


def bind(
    operation: Operation,
    *,
    base_url: str,
    parameters: Sequence[tuple[str, str]],
    content_type: str | None = None,
    has_body: bool = False,
) -> Binding:
    """Bind an operation to a server and to the (name, in) of what a step gives, in order.

    ``base_url`` is percent-encoded; a query in it is sent with every request.

    Raises:
        BindingError: a parameter cannot go where it says.
    """
    for name, location in parameters:
        if location not in ("path", "query", "header", "cookie", "querystring"):
            raise BindingError(
                f"parameter '{name}' cannot go to '{location}'",
                hint="'in' is path, query, header, cookie or querystring"
                if location not in ("body", "formData")
                else "write it into the requestBody of the step",
            )
    return Binding(operation, base_url, parameters, content_type, has_body)


# -- parameters ----------------------------------------------------------------------------------


def _declared(
    operation: Operation,
    template: PathTemplate,
    name: str,
    location: str,
    index: int,
    notes: list[Note],
) -> Parameter:
    """The declared parameter of that name and place, under the name that the step writes.

    Header names compare without case; ``{key+}`` in a path and parameters ``key`` and ``key+``
    are one. One that is not declared has the default style and, but for headers that OpenAPI
    does not let an operation declare (A-38), a note (A-37).
    """
    names: Collection[str] = (name,)
    if location == "path":
        names = next((hole.names for hole in template.all_holes if name in hole.names), names)
    for parameter in operation.parameters:
        if parameter.location == location and (
            parameter.name in names
            or (location == "header" and parameter.name.lower() == name.lower())
        ):
            return parameter if parameter.name == name else parameter._replace(name=name)
    undeclared = default_parameter(name, location)
    if not _is_own_header(undeclared):
        text = f"{operation.method} {operation.path} declares no {location} parameter '{name}'"
        notes.append(Note(text, "parameter-declared", index))
    return undeclared


def _holes_left(
    operation: Operation, template: PathTemplate, given: Iterable[Parameter]
) -> Iterator[Parameter]:
    names = {parameter.name for parameter in given if parameter.location == "path"}
    declared = {p.name: p for p in operation.parameters if p.location == "path"}
    for hole in template.holes:
        if hole.filled_by(names) is None:
            known = hole.filled_by(declared)
            bare = Parameter(hole.text, "path", required=True, style="simple", explode=False)
            yield bare if known is None else declared[known]


def _missing(operation: Operation, given: Iterable[Parameter]) -> list[Parameter]:
    known = {_key(parameter) for parameter in given}
    return [
        parameter
        for parameter in operation.parameters
        if parameter.required
        and parameter.location != "path"
        and _key(parameter) not in known
        and not _is_own_header(parameter)
    ]


def _constant(parameter: Parameter, operation: Operation) -> str | None:
    """The text of a required header that its schema leaves no choice (``const``): it is sent."""
    if parameter.location != "header" or parameter.schema is None:
        return None
    found = Schemas(operation.source).schema(Node(parameter.schema, operation.source.document))
    value = None if found is None else found.value.get("const")
    return value if isinstance(value, str) else None


def _key(parameter: Parameter) -> tuple[str, str]:
    name = parameter.name
    return (name.lower() if parameter.location == "header" else name), parameter.location


def _is_own_header(parameter: Parameter) -> bool:
    """Headers that OpenAPI does not let an operation declare (A-38)."""
    return parameter.location == "header" and parameter.name.lower() in _OWN_HEADERS


# -- bodies --------------------------------------------------------------------------------------


def _files_as_they_are(write: BodyWriter) -> BodyWriter:
    """Where nobody says what the body is, a file says it itself."""

    def written(value: Value) -> tuple[Body, str]:
        if isinstance(value, File):
            return Stream([value]), value.media_type
        return write(value)

    return written


# -- headers -------------------------------------------------------------------------------------


def _accept(operation: Operation) -> str | None:
    """The JSON types of the declared answers, all types when none is JSON."""
    types = [name for name in operation.produces if name.isascii() and name.isprintable() and name]
    return ", ".join([name for name in types if is_json(name)] or types) or None


def _with_type(fields: Headers, content_type: str) -> Headers:
    """The step's own Content-Type wins, except that a multipart body needs its boundary."""
    own = header(fields, "content-type")
    if own is None:
        return (*fields, ("Content-Type", content_type))
    if is_multipart(own) and is_multipart(content_type) and "boundary=" not in own:
        return tuple(
            (name, content_type if name.lower() == "content-type" else value)
            for name, value in fields
        )
    return fields
