"""The parts of an OpenAPI description that a call needs, the same for all versions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote, urljoin

from arazzo_runner.errors import ArazzoError
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import EMPTY, Json

if TYPE_CHECKING:
    from arazzo_runner.openapi.description import Description
    from arazzo_runner.reading import Document

__all__ = [
    "MediaType",
    "Note",
    "Operation",
    "Parameter",
    "RequestBody",
    "SecurityScheme",
    "Server",
    "ServerError",
    "ServerVariable",
]

_IN_URL: Final = "%:/?#[]@!$&'()*+,;=-._~"
_VARIABLE: Final = lazy_pattern(r"\{([^{}]*)\}")


class Note(str):
    """What to warn about when a step is bound to an operation: a sentence.

    ``rule`` names the problem; ``parameter`` is the position of the parameter that is meant, None
    when it is the body or the operation.
    """

    __slots__ = ("parameter", "rule")

    rule: str
    parameter: int | None

    def __new__(cls, text: str, rule: str, parameter: int | None = None) -> Self:
        """A note; see the class."""
        note = super().__new__(cls, text)
        note.rule = rule
        note.parameter = parameter
        return note


class ServerError(ArazzoError, ValueError):
    """A server URL that cannot be made: a variable has no value."""

    kind = "server"


class ServerVariable(NamedTuple):
    """Server Variable Object. ``default`` is None when the description forgot it."""

    default: str | None
    enum: tuple[str, ...] = ()
    description: str | None = None


class Server(NamedTuple):
    """Server Object; ``base`` is the URI of the description it stands in."""

    url: str
    variables: Mapping[str, ServerVariable]
    base: str

    def resolve(self, values: Mapping[str, str] | None = None) -> str:
        """The URL with its variables filled in, relative ones resolved against the description.

        Raises:
            ServerError: a variable has neither a value nor a default.
        """
        given = values or {}

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            variable = self.variables.get(name)
            value = given.get(name, variable.default if variable else None)
            if value is None:
                raise ServerError(
                    f"the server URL '{self.url}' has no value for '{{{name}}}'",
                    hint=f"give it with --server-var SOURCE.{name}=VALUE",
                )
            return value

        url = _VARIABLE.sub(fill, self.url)
        if "://" not in url:
            try:
                url = urljoin(self.base, url)
            except ValueError:
                raise ServerError(f"the server URL '{url}' is not a URL") from None
        return quote(url, safe=_IN_URL)


class Parameter(NamedTuple):
    """Parameter Object with the defaults of its place filled in.

    ``location`` is its ``in``; ``content_type`` is set when ``content`` describes it instead of a
    ``style``, and ``encoding`` is that of its Media Type Object. 2.0's ``collectionFormat`` is a
    style too; ``tsv`` is ``tabDelimited`` here.
    """

    name: str
    location: str
    required: bool = False
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    content_type: str | None = None
    schema: Json = None
    description: str | None = None
    encoding: Mapping[str, Json] = EMPTY


class MediaType(NamedTuple):
    """Media Type Object, as written: its schema and encodings are read when needed.

    ``document`` is where it stands, for the references in it; None is the description's own.
    ``prefix_encoding`` and ``item_encoding`` are those of parts by position (3.2).
    """

    schema: Json = None
    encoding: Mapping[str, Json] = EMPTY
    example: Json = None
    document: Document | None = None
    prefix_encoding: Sequence[Json] = ()
    item_encoding: Json = None


class RequestBody(NamedTuple):
    """Request Body Object."""

    required: bool
    content: Mapping[str, MediaType]


class SecurityScheme(NamedTuple):
    """Security Scheme Object.

    ``name`` is its key in the description; ``parameter`` is its ``name``, the header, query
    parameter or cookie of an API key; ``location`` is its ``in``; ``raw`` is all of it.
    """

    name: str
    type: str
    scheme: str | None
    location: str | None
    parameter: str | None
    raw: Mapping[str, Json]

    @property
    def flows(self) -> Mapping[str, Json]:
        """OAuth Flows Object, empty without one."""
        flows = self.raw.get("flows")
        return flows if isinstance(flows, dict) else {}

    @property
    def open_id_connect_url(self) -> str | None:
        """``openIdConnectUrl``."""
        url = self.raw.get("openIdConnectUrl")
        return url if isinstance(url, str) else None

    @property
    def is_sigv4(self) -> bool:
        """True when it asks for an AWS Signature Version 4."""
        hints = (
            self.raw.get("x-amazon-apigateway-authtype"),
            self.scheme,
            self.name,
            self.raw.get("description") if self.parameter == "Authorization" else None,
        )
        return any(
            isinstance(hint, str)
            and any(mark in hint.lower() for mark in ("sigv4", "aws4-hmac", "signature version 4"))
            for hint in hints
        )


class Operation(NamedTuple):
    """Operation Object, with what its path item and the document add to it.

    ``method`` is upper case; ``pointer`` is its place in the description's document. ``security``
    lists the alternatives, each scheme names to scopes; empty when none is needed. ``responses``
    maps status (``"200"``, ``"4XX"``, ``"default"``) to the Response Object as written.
    ``produces`` are the media types of the answers; ``notes`` say what of the operation cannot be
    read and was left out.
    """

    method: str
    path: str
    operation_id: str | None
    pointer: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    request_body: RequestBody | None
    servers: tuple[Server, ...]
    security: tuple[Mapping[str, tuple[str, ...]], ...]
    responses: Mapping[str, Json]
    produces: tuple[str, ...]
    deprecated: bool
    summary: str | None
    source: Description
    notes: tuple[str, ...] = ()
