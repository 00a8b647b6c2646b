"""The answer that a description promises, before there is one: the first success, made up."""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.errors import ArazzoError
from arazzo_runner.linking.program import OperationCall
from arazzo_runner.openapi.references import Node
from arazzo_runner.simulation.values import make_value
from arazzo_runner.values import ABSENT, Json, Response, Value
from arazzo_runner.values.media_types import is_json

__all__ = ["answer_ahead"]


def answer_ahead(call: OperationCall) -> Response:
    """A successful answer of the operation, its JSON body made from example or schema.

    Nothing is known of what the description does not say: ABSENT.
    """
    responses = call.operation.responses
    status = _success(responses)
    if status is None:
        return Response(200)
    number = int(status) if status.isdigit() else 200
    try:
        node = call.description.follow(responses[status])
    except ArazzoError:
        return Response(number)
    content_type, body = _body(node, call)
    headers = (("Content-Type", content_type),) if content_type else ()
    return Response(number, headers, body, content_type)


def _success(responses: Mapping[str, Json]) -> str | None:
    known = sorted(status for status in responses if status[:1] == "2")
    return known[0] if known else "default" if "default" in responses else None


def _body(node: Node, call: OperationCall) -> tuple[str, Value]:
    raw = node.value if isinstance(node.value, dict) else {}
    if call.description.version == "2.0":
        if "schema" not in raw:
            return "", ABSENT
        return "application/json", _made(raw["schema"], node, call)
    content = raw.get("content")
    for name, media in content.items() if isinstance(content, dict) else ():
        if not is_json(str(name)):
            continue
        try:
            found = call.description.follow(media, node.document)
        except ArazzoError:
            continue
        if isinstance(found.value, dict):
            if "example" in found.value:
                return str(name), found.value["example"]
            return str(name), _made(found.value.get("schema"), found, call)
    return "", ABSENT


def _made(schema: Json, node: Node, call: OperationCall) -> Value:
    if schema is None:
        return ABSENT
    follow = call.description.follow
    try:
        return make_value(schema, node.document, follow, purpose="response")
    except (ArazzoError, RecursionError):
        return ABSENT
