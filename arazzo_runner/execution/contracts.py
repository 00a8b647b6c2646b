"""Contracts: does an answer keep what its description promises? (``--check-responses``)

Status, headers and body are compared with the Responses Object of the operation. The schemas of all
versions are read as JSON Schema 2020-12, references are followed by the description itself: nothing
is ever fetched. Every deviation is a fault with the place in the answer. What a schema is turned
into is kept, so that a poll pays for it once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from arazzo_runner.errors import ArazzoError, Fault
from arazzo_runner.linking import OperationCall
from arazzo_runner.openapi.bodies import find_media
from arazzo_runner.openapi.objects import MediaType
from arazzo_runner.openapi.references import Node
from arazzo_runner.values import ABSENT, Json, Response, format_pointer
from arazzo_runner.values.media_types import is_json

if TYPE_CHECKING:
    from arazzo_runner.execution.contract_schemas import Schemas

__all__ = ["ResponseChecker"]

_MOST: Final = 20  # deviations told of one answer
_LONGEST: Final = 200  # characters of a message
_WITHOUT_BODY: Final = frozenset({204, 205, 304})


class ResponseChecker:
    """Checks answers against their descriptions. ``mode``: ``warn`` or ``error``."""

    def __init__(self, mode: str) -> None:
        self._severity = "error" if mode == "error" else "warning"
        self._schemas: dict[int, Schemas] = {}

    def check(self, call: OperationCall, response: Response) -> tuple[Fault, ...]:
        """The deviations of an answer, at most twenty. ``pointer`` is the place in the body."""
        found: list[Fault] = []
        for fault in self._deviations(call, response):
            found.append(fault)
            if len(found) == _MOST:
                break
        return tuple(found)

    def _fault(self, rule: str, message: str, pointer: str = "") -> Fault:
        return Fault(rule, message, severity=self._severity, pointer=pointer)

    def _deviations(self, call: OperationCall, response: Response) -> Iterator[Fault]:
        operation = call.operation
        name = f"{operation.method} {operation.path}"
        declared = _declared(operation.responses, response.status)
        if declared is None:
            known = ", ".join(operation.responses) or "no answer"
            message = f"{name} answered {response.status}; its description has {known}"
            yield self._fault("response-status", message)
            return
        try:
            node = call.description.follow(declared)
        except ArazzoError as error:
            yield _unchecked(f"the description of the answer cannot be read: {error.message}")
            return
        if not isinstance(node.value, dict):
            return
        yield from self._headers(call, node, response)
        if operation.method != "HEAD" and response.status not in _WITHOUT_BODY:
            yield from self._body(call, node, response)

    # -- headers -----------------------------------------------------------------------------

    def _headers(self, call: OperationCall, node: Node, response: Response) -> Iterator[Fault]:
        declared = node.value.get("headers")
        for name, written in declared.items() if isinstance(declared, dict) else ():
            if name.lower() in ("content-type", "set-cookie"):
                continue  # one has its own rule, the other is many
            try:
                found = call.description.follow(written, node.document)
            except ArazzoError:
                continue
            raw = found.value if isinstance(found.value, dict) else {}
            text = response.header(name)
            if text is None:
                if raw.get("required") is True:
                    yield self._fault("response-header", f"the answer has no header '{name}'")
                continue
            yield from self._header(call, Node(raw, found.document), name, text)

    def _header(self, call: OperationCall, node: Node, name: str, text: str) -> Iterator[Fault]:
        schemas = self._of(call)
        raw = node.value
        schema = raw if call.description.version == "2.0" else raw.get("schema")
        value: Json = text
        content = raw.get("content")
        if schema is None and isinstance(content, dict) and content:
            kind, media = next(iter(content.items()))
            schema = media.get("schema") if isinstance(media, dict) else None
            if is_json(str(kind)):
                try:
                    value = json.loads(text)
                except ValueError:
                    yield self._fault("response-header", f"header '{name}' is not JSON")
                    return
        elif schema is not None:
            value = schemas.typed(text, Node(schema, node.document))
        if schema is None:
            return
        for where, message, _ in schemas.errors(Node(schema, node.document), value):
            place = "" if where == "$" else f" at {where}"
            yield self._fault("response-header", f"header '{name}'{place}: {_short(message)}")

    # -- body --------------------------------------------------------------------------------

    def _body(self, call: OperationCall, node: Node, response: Response) -> Iterator[Fault]:
        media = _media_types(call, node)
        if not media:
            return
        types = ", ".join(media)
        if response.body is ABSENT:
            yield self._fault("response-body", f"the answer has no body; described is {types}")
            return
        declared = find_media(response.content_type, media) if response.content_type else None
        if declared is None:
            said = response.content_type or "nothing"
            message = f"the answer's Content-Type is {said}; described is {types}"
            yield self._fault("response-content-type", message)
            return
        if not is_json(response.content_type):
            return  # only JSON has a schema that can be held against it
        if response.note is not None:
            yield self._fault("response-body", response.note)
            return
        if declared.schema is None:
            return
        schemas = self._of(call)
        schema = Node(declared.schema, declared.document or node.document)
        for where, message, path in schemas.errors(schema, response.body):
            text = f"the body does not fit at {where}: {_short(message)}"
            yield self._fault("response-body", text, format_pointer(path))
        if schemas.unchecked:
            yield _unchecked(schemas.unchecked)

    def _of(self, call: OperationCall) -> Schemas:
        key = id(call.description)
        if key not in self._schemas:
            from arazzo_runner.execution.contract_schemas import Schemas

            self._schemas[key] = Schemas(call.description)
        return self._schemas[key]


def _unchecked(message: str) -> Fault:
    return Fault("response-unchecked", message, severity="warning")


def _short(message: str) -> str:
    return message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…"


def _declared(responses: Mapping[str, Json], status: int) -> Json:
    """The Response Object of a status: exact, its range (``4XX``), the default; None without."""
    for name in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if name in responses:
            return responses[name]
    return None


def _media_types(call: OperationCall, node: Node) -> dict[str, MediaType]:
    """The Media Type Objects of an answer; empty when the description says nothing of a body."""
    if call.description.version == "2.0":
        if "schema" not in node.value:
            return {}
        media = MediaType(node.value["schema"], document=node.document)
        return dict.fromkeys(call.operation.produces or ("*/*",), media)
    content = node.value.get("content")
    media_types = {}
    for name, written in content.items() if isinstance(content, dict) else ():
        try:
            found = call.description.follow(written, node.document)
        except ArazzoError:
            found = Node({}, node.document)
        raw: Any = found.value if isinstance(found.value, dict) else {}
        media_types[str(name)] = MediaType(raw.get("schema"), document=found.document)
    return media_types
