"""The tree of a runtime expression (Arazzo 1.1.0, Runtime Expressions; grammar.abnf)."""

from __future__ import annotations

import json
from enum import Enum
from typing import Final, TypeAlias

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.values import format_pointer
from arazzo_runner.values.node import Node

__all__ = [
    "LENGTH",
    "WILDCARD",
    "Accessed",
    "Accessor",
    "BodyReference",
    "ComponentsExpression",
    "Expression",
    "HeaderReference",
    "InputsExpression",
    "MessageExpression",
    "MethodExpression",
    "OutputsExpression",
    "PathReference",
    "PayloadReference",
    "Pointer",
    "QueryReference",
    "RequestExpression",
    "ResponseExpression",
    "SelfExpression",
    "Source",
    "SourceDescriptionsExpression",
    "Special",
    "StatusCodeExpression",
    "StepsExpression",
    "UrlExpression",
    "WorkflowsExpression",
]

Pointer: TypeAlias = tuple[str, ...] | None
"""The unescaped tokens after ``#``, or None when there is no ``#``."""


class _Node(Node):
    """A part of an expression. ``str()`` gives its canonical spelling."""

    @property
    def text(self) -> str:
        """The canonical spelling: it parses to an equal expression."""
        return str(self)


class HeaderReference(_Node):
    """``header.<token>``: a header field; names compare without case."""

    name: str

    def __str__(self) -> str:
        return f"header.{self.name}"


class QueryReference(_Node):
    """``query.<name>``: a query parameter."""

    name: str

    def __str__(self) -> str:
        return f"query.{_escape_name(self.name)}"


class PathReference(_Node):
    """``path.<name>``: a path parameter."""

    name: str

    def __str__(self) -> str:
        return f"path.{_escape_name(self.name)}"


class BodyReference(_Node):
    """``body[#pointer]``."""

    pointer: Pointer = None

    def __str__(self) -> str:
        return f"body{_pointer_text(self.pointer)}"


class PayloadReference(_Node):
    """``payload[#pointer]``."""

    pointer: Pointer = None

    def __str__(self) -> str:
        return f"payload{_pointer_text(self.pointer)}"


Source: TypeAlias = (
    HeaderReference | QueryReference | PathReference | BodyReference | PayloadReference
)


class UrlExpression(_Node):
    """``$url``: the requested URL, query included (A-54)."""

    def __str__(self) -> str:
        return "$url"


class MethodExpression(_Node):
    """``$method``: the HTTP method, upper case."""

    def __str__(self) -> str:
        return "$method"


class StatusCodeExpression(_Node):
    """``$statusCode``: an integer."""

    def __str__(self) -> str:
        return "$statusCode"


class SelfExpression(_Node):
    """``$self``: the canonical URI of the document."""

    def __str__(self) -> str:
        return "$self"


class RequestExpression(_Node):
    """``$request.<source>``."""

    source: Source

    def __str__(self) -> str:
        return f"$request.{self.source.text}"


class ResponseExpression(_Node):
    """``$response.<source>``."""

    source: Source

    def __str__(self) -> str:
        return f"$response.{self.source.text}"


class MessageExpression(_Node):
    """``$message.<source>``."""

    source: Source

    def __str__(self) -> str:
        return f"$message.{self.source.text}"


class InputsExpression(_Node):
    """``$inputs.<name>[#pointer]``."""

    name: str
    pointer: Pointer = None

    def __str__(self) -> str:
        return f"$inputs.{self.name}{_pointer_text(self.pointer)}"


class OutputsExpression(_Node):
    """``$outputs.<name>[#pointer]``."""

    name: str
    pointer: Pointer = None

    def __str__(self) -> str:
        return f"$outputs.{self.name}{_pointer_text(self.pointer)}"


class StepsExpression(_Node):
    """``$steps.<stepId>.outputs.<name>[#pointer]``."""

    step_id: str
    name: str
    pointer: Pointer = None

    def __str__(self) -> str:
        return f"$steps.{self.step_id}.outputs.{self.name}{_pointer_text(self.pointer)}"


class WorkflowsExpression(_Node):
    """``$workflows.<workflowId>.inputs|outputs.<name>[#pointer]``."""

    workflow_id: str
    field: str
    name: str
    pointer: Pointer = None

    def __str__(self) -> str:
        where = f"$workflows.{self.workflow_id}.{self.field}"
        return f"{where}.{self.name}{_pointer_text(self.pointer)}"


class SourceDescriptionsExpression(_Node):
    """``$sourceDescriptions.<name>.<reference>``: an operationId, a workflowId, or a field."""

    source_name: str
    reference: str

    def __str__(self) -> str:
        return f"$sourceDescriptions.{self.source_name}.{_escape_name(self.reference)}"


class ComponentsExpression(_Node):
    """``$components.<type>.<name>``."""

    component_type: str
    name: str

    def __str__(self) -> str:
        return f"$components.{self.component_type}.{self.name}"


class Special(Enum):
    """Accessors that no grammar has; tolerances use them."""

    EVERY = "[*]"
    LENGTH = ".length"


WILDCARD: Final = Special.EVERY
"""``[*]``: every element of an array, every member value of an object."""

LENGTH: Final = Special.LENGTH
"""``.length``: the member of that name when there is one, else the number of elements, members
or characters."""

Accessor: TypeAlias = str | int | Special
"""``.name`` or ``['name']`` (str), ``[n]`` (int), or a special one."""


class Accessed(_Node):
    """An expression with accessors: ``$response.body.items[0].id``.

    Simple conditions have it by the specification (A-01); elsewhere only a tolerance makes one.
    """

    expression: PlainExpression
    path: tuple[Accessor, ...]

    def __str__(self) -> str:
        return self.expression.text + "".join(map(_accessor_text, self.path))


PlainExpression: TypeAlias = (
    UrlExpression
    | MethodExpression
    | StatusCodeExpression
    | SelfExpression
    | RequestExpression
    | ResponseExpression
    | MessageExpression
    | InputsExpression
    | OutputsExpression
    | StepsExpression
    | WorkflowsExpression
    | SourceDescriptionsExpression
    | ComponentsExpression
)
"""An expression that the grammar of runtime expressions allows."""

Expression: TypeAlias = PlainExpression | Accessed

_BARE_MEMBER = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_-]*")
_UNSAFE_IN_NAME = lazy_pattern("[{}\ud800-\udfff]")


def _accessor_text(accessor: Accessor) -> str:
    if isinstance(accessor, Special):
        return accessor.value
    if isinstance(accessor, int):
        return f"[{accessor}]"
    if _BARE_MEMBER.fullmatch(accessor):
        return f".{accessor}"
    return "['" + accessor.replace("'", "''") + "']"


def _pointer_text(pointer: Pointer) -> str:
    return "" if pointer is None else f"#{format_pointer(pointer)}"


def _escape_name(name: str) -> str:
    """The name with the escapes of ``CHAR``; a brace has only a hexadecimal one."""
    return _UNSAFE_IN_NAME.sub(
        lambda found: f"\\u{ord(found.group()):04x}", json.dumps(name, ensure_ascii=False)[1:-1]
    )
