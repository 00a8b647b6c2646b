"""OpenAPI 2.0, 3.0, 3.1 and 3.2: operations found lazily, requests built, answers decoded."""

from typing import TYPE_CHECKING

from arazzo_runner.lazy import lazy_names

if TYPE_CHECKING:
    from arazzo_runner.openapi.binding import Binding, bind
    from arazzo_runner.openapi.description import Description
    from arazzo_runner.openapi.objects import (
        MediaType,
        Operation,
        Parameter,
        RequestBody,
        SecurityScheme,
        Server,
        ServerError,
        ServerVariable,
    )
    from arazzo_runner.openapi.references import DanglingReference
    from arazzo_runner.openapi.responses import decode_response, is_binary_type
    from arazzo_runner.openapi.schemas import is_binary_schema
    from arazzo_runner.openapi.styles import BindingError, encode, serialize

__all__ = [
    "Binding",
    "BindingError",
    "DanglingReference",
    "Description",
    "MediaType",
    "Operation",
    "Parameter",
    "RequestBody",
    "SecurityScheme",
    "Server",
    "ServerError",
    "ServerVariable",
    "bind",
    "decode_response",
    "encode",
    "is_binary_schema",
    "is_binary_type",
    "serialize",
]

__getattr__ = lazy_names(
    __name__,
    {
        "binding": "Binding bind",
        "description": "Description",
        "objects": "MediaType Operation Parameter RequestBody SecurityScheme Server ServerError "
        "ServerVariable",
        "references": "DanglingReference",
        "responses": "decode_response is_binary_type",
        "schemas": "is_binary_schema",
        "styles": "BindingError encode serialize",
    },
)
