"""Values: JSON, absent, pointers, media types, HTTP messages, redaction marks."""

from typing import TYPE_CHECKING

from arazzo_runner.lazy import lazy_names
from arazzo_runner.values.json_pointer import (
    format_pointer,
    parse_fragment,
    parse_pointer,
    resolve_pointer,
)
from arazzo_runner.values.json_values import (
    ABSENT,
    EMPTY,
    Absent,
    Json,
    Value,
    json_text,
    type_name,
)

if TYPE_CHECKING:
    from arazzo_runner.values.files import File, Stream
    from arazzo_runner.values.messages import Body, Headers, Hop, Request, Response, header
    from arazzo_runner.values.redaction import MASK, Redactor

__all__ = [
    "ABSENT",
    "EMPTY",
    "MASK",
    "Absent",
    "Body",
    "File",
    "Headers",
    "Hop",
    "Json",
    "Redactor",
    "Request",
    "Response",
    "Stream",
    "Value",
    "format_pointer",
    "header",
    "json_text",
    "parse_fragment",
    "parse_pointer",
    "resolve_pointer",
    "type_name",
]

__getattr__ = lazy_names(
    __name__,
    {
        "files": "File Stream",
        "messages": "Body Headers Hop Request Response header",
        "redaction": "MASK Redactor",
    },
)
