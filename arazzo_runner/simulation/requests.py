"""Requests of a run against their descriptions: what is missing, what does not fit."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.errors import ArazzoError
from arazzo_runner.linking.program import LinkedStep
from arazzo_runner.linking.steps import request_values
from arazzo_runner.openapi.bodies import find_media
from arazzo_runner.openapi.references import Node
from arazzo_runner.simulation.choices import Moment
from arazzo_runner.simulation.conformity import Problem, problems
from arazzo_runner.simulation.findings import Finding, finding
from arazzo_runner.simulation.shapes import Resolver
from arazzo_runner.values import ABSENT, Json, Value, json_text
from arazzo_runner.values.media_types import is_form, is_json, is_multipart

__all__ = ["RequestChecker"]

_SENT_ANYWAY = frozenset({"user-agent", "host", "content-length", "accept-encoding"})
"""Header fields that every HTTP client sends."""
_STRUCTURE = frozenset({"required", "additionalProperties"})


class RequestChecker:
    """Checks the requests of one run. What is found once is not told again."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str]] = set()

    def check(self, moment: Moment) -> list[Finding]:
        """The findings about the request that a moment waits for an answer to."""
        written = _literals(moment)
        found = []
        for rule, message in _all(moment, written):
            key = (moment.workflow.key, moment.step.step_id, message)
            if key not in self._seen:
                self._seen.add(key)
                step = moment.step
                workflow_id = moment.workflow.workflow_id
                found.append(finding(rule, message, workflow_id, step.step_id, step.location))
        return found


def _all(moment: Moment, written: frozenset[str]) -> Iterator[tuple[str, str]]:
    step, call, scope = moment.step, moment.call, moment.scope
    operation = call.operation
    for parameter in call.binding.missing:
        if parameter.name.lower() in _SENT_ANYWAY:
            continue
        yield (
            "request-required",
            f"the required {parameter.location} parameter '{parameter.name}' is not sent",
        )
    values = {(p.name, p.location): p.produce(scope) for p in step.parameters}
    resolver = Resolver(operation.source.follow)
    for parameter in operation.parameters:
        value = values.get((parameter.name, parameter.location or ""), ABSENT)
        if value is ABSENT or not isinstance(parameter.schema, dict):
            continue
        node = Node(parameter.schema, operation.source.document)
        found = problems(_like(value, node, resolver), [node], resolver, purpose="request")
        for problem in found:
            what = f"{parameter.location} parameter '{parameter.name}': {problem.message}"
            yield _rule(problem, written), what
    yield from _body(step, moment, resolver, written)


def _body(
    step: LinkedStep, moment: Moment, resolver: Resolver, written: frozenset[str]
) -> Iterator[tuple[str, str]]:
    operation, binding = moment.call.operation, moment.call.binding
    offered = operation.request_body
    if offered is None:
        return
    body: Value = ABSENT if step.body is None else step.body.produce(moment.scope)
    if body is ABSENT:
        if offered.required:
            yield "request-required", "the required request body is not sent"
        return
    kind = binding.content_type or ""
    media = find_media(kind, offered.content)
    if media is None or media.schema is None or isinstance(body, bytes):
        return
    if not (is_json(kind) or isinstance(body, dict)):
        return
    loose = is_form(kind) or is_multipart(kind)
    node = Node(media.schema, media.document or operation.source.document)
    bracketed = {name.partition("[")[0] for name in body if "[" in name} if loose else set()
    if bracketed:  # line_items[0][price]: parts of a property, spelt out
        body = {name: item for name, item in body.items() if "[" not in name}
    for problem in problems(body, [node], resolver, purpose="request"):
        if loose and (problem.keyword == "type" or problem.path[:1] in {(b,) for b in bracketed}):
            continue  # all of a form is text
        yield _rule(problem, written), f"request body: {problem.message}"


def _rule(problem: Problem, written: frozenset[str]) -> str:
    """Structure is the document's doing, and so is a constant; other values were made."""
    if problem.keyword in _STRUCTURE:
        return "request-required" if problem.keyword == "required" else "request-constant"
    try:
        constant = json_text(problem.value) in written
    except (TypeError, ValueError):
        constant = False
    return "request-constant" if constant else "request-value"


def _like(value: Value, node: Node, resolver: Resolver) -> Value:
    """Parameters are text on the line: a text that reads as the wanted type is of that type."""
    if not isinstance(value, str):
        kinds = resolver.shape([node]).kinds
        if kinds == frozenset({"string"}) and isinstance(value, int | float | bool):
            return json_text(value)
        return value
    kinds = resolver.shape([node]).kinds or frozenset()
    if "string" in kinds:
        return value
    if kinds & {"integer", "number"}:
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() else number
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    if "array" in kinds:
        return [_like_item(item) for item in value.split(",")]
    return value


def _like_item(text: str) -> Json:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else text


def _literals(moment: Moment) -> frozenset[str]:
    """The constants that the document writes into the step's request, as JSON."""
    step = next((s for s in moment.workflow.source.steps if s.step_id == moment.step.step_id), None)
    if step is None:
        return frozenset()
    found: set[str] = set()
    for value in request_values(step):
        if isinstance(value, str) and "$" in value:
            continue
        try:
            found.add(json_text(value))
        except (TypeError, ValueError, ArazzoError):
            continue
    return frozenset(found)
