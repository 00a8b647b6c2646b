"""Rules about the bodies that steps send, against what the operations take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from arazzo_runner.errors import ArazzoError, did_you_mean
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import LinkedStepPart, is_open

if TYPE_CHECKING:
    from arazzo_runner.openapi.schema_lookup import Misfit

request_body_content_type_offered = Rule(
    "request-body-content-type-offered",
    "warning",
    "The media type of a body is not one that the operation takes.",
    "The description lists the media types under `requestBody.content`.",
    wrong="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {contentType: text/csv, payload: name}
    """,
    right="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {contentType: application/json, payload: {name: Rex}}
    """,
    requirement="RB-08",
)

request_body_content_type_open = Rule(
    "request-body-content-type-open",
    "warning",
    "A body does not say which of several media types it is.",
    "The operation takes several, none of them JSON; the first is sent.",
    wrong=(
        "sourceDescriptions: [{name: texts, url: texts.yaml, type: openapi}]\n"
        "steps: [{stepId: put, operationId: put, requestBody: {payload: hello}}]"
    ),
    right=(
        "sourceDescriptions: [{name: texts, url: texts.yaml, type: openapi}]\n"
        "steps: [{stepId: put, operationId: put, requestBody: {contentType: text/plain,\n"
        "  payload: hello}}]"
    ),
    requirement="RB-01, A-39",
    files={
        "texts.yaml": (
            "openapi: 3.1.0\ninfo: {title: Texts, version: 1.0.0}\n"
            "servers: [{url: https://texts.example.com}]\n"
            "paths:\n  /text:\n    post:\n      operationId: put\n      requestBody:\n"
            "        content: {text/plain: {}, text/markdown: {}}\n      responses: {}\n"
        )
    },
)

request_body_undeclared = Rule(
    "request-body-undeclared",
    "warning",
    "A step sends a body to an operation that declares none.",
    "It is sent all the same. Either the step or the description is wrong.",
    wrong=(
        "sourceDescriptions: [{name: bell, url: bell.yaml, type: openapi}]\n"
        "steps: [{stepId: ring, operationId: ring, requestBody: {payload: {a: 1}}}]"
    ),
    right=(
        "sourceDescriptions: [{name: bell, url: bell.yaml, type: openapi}]\n"
        "steps: [{stepId: ring, operationId: ring}]"
    ),
    requirement="RB-09",
    files={
        "bell.yaml": (
            "openapi: 3.1.0\ninfo: {title: Bell, version: 1.0.0}\n"
            "servers: [{url: https://bell.example.com}]\n"
            "paths: {/bell: {post: {operationId: ring, responses: {}}}}\n"
        )
    },
)


@rule(
    "request-body-method",
    on="LinkedStep",
    severity="warning",
    summary="A step sends a body with GET, HEAD or DELETE.",
    explanation="HTTP gives such a body no meaning; servers and proxies may drop or refuse it.",
    wrong="steps: [{stepId: list, operationId: listPets, requestBody: {payload: {a: 1}}}]",
    right="""
    steps:
    - {stepId: create, operationId: createPet, requestBody: {payload: {name: Rex}}}
    """,
    requirement="ST-15",
)
def request_body_method(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.call
    if call and call.operation.method in ("GET", "HEAD", "DELETE") and step.step.body is not None:
        yield step.part.problem(f"{call.operation.method} has no use for a body", "requestBody")


@rule(
    "request-body-required",
    on="LinkedStep",
    severity="error",
    summary="A step gives no body to an operation that requires one.",
    explanation="The description says `requestBody.required: true`.",
    wrong="steps: [{stepId: create, operationId: createPet}]",
    right="""
    steps:
    - {stepId: create, operationId: createPet, requestBody: {payload: {name: Rex}}}
    """,
    requirement="RB-09",
)
def request_body_required(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.call
    body = call.operation.request_body if call else None
    written = step.part.data.get("requestBody")
    if isinstance(written, dict) and written.get("replacements"):
        return  # replacement-without-payload says it
    if call and body and body.required and step.step.body is None:
        field = "operationId" if "operationId" in step.part.data else "operationPath"
        if "requestBody" in step.part.data:
            field = "requestBody"
        yield step.part.problem(
            f"{call.operation.method} {call.operation.path} requires a body",
            field,
            hint="add a requestBody with a payload",
        )


@rule(
    "request-body-schema",
    on="LinkedStep",
    severity="warning",
    summary="A payload does not fit the schema of the operation's body.",
    explanation="""Only what is written as literals is compared: names, missing and unknown
    properties, types and enumerations. Values of expressions are known in a run.""",
    wrong="""
    steps:
    - {stepId: create, operationId: createPet, requestBody: {payload: {nmae: Rex}}}
    """,
    right="""
    steps:
    - {stepId: create, operationId: createPet, requestBody: {payload: {name: Rex}}}
    """,
    requirement="RB-09",
)
def request_body_schema(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.call
    body = step.part.data.get("requestBody")
    if (
        call is None
        or not isinstance(body, dict)
        or not isinstance(body.get("payload"), dict | list)
    ):
        return
    from arazzo_runner.openapi.bodies import find_media
    from arazzo_runner.openapi.schema_lookup import misfits

    offered = call.operation.request_body.content if call.operation.request_body else {}
    media = find_media(call.binding.content_type or "", offered)
    if media is None or body.get("replacements"):
        return
    found = misfits(media.schema, media.document, body["payload"], call.description, is_open)
    named = [one for one in found if one.kind in ("unknown", "undeclared")]
    for one in found:
        if one.kind == "missing" and any(_is_misspelt(one, other) for other in named):
            continue
        near = None
        if one.path and one.kind != "missing":
            near = did_you_mean(str(one.path[-1]), one.known)
        if one.kind == "undeclared" and near is None:
            continue  # allowed, and nothing like it is declared
        where = f"'{one.path[-1]}' {one.message}" if one.path else f"the payload {one.message}"
        text = one.message if one.kind in ("unknown", "undeclared") else where
        yield step.part.problem(
            text,
            "requestBody",
            "payload",
            *one.path,
            hint=near,
            key=one.kind in ("unknown", "undeclared"),
        )


def _is_misspelt(missing: Misfit, named: Misfit) -> bool:
    """Whether a name that is not declared is that of a property that is missing beside it."""
    beside = named.path[:-1] == missing.path
    return beside and did_you_mean(str(named.path[-1]), missing.known) is not None


_HOLE: Final = lazy_pattern(r"\{\$[^{}]*\}")


@rule(
    "request-body-template",
    on="LinkedStep",
    severity="warning",
    summary="A payload that is written as text is not well-formed.",
    explanation="With values in place of its expressions, the text has to be JSON or XML.",
    wrong="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {contentType: application/json, payload: '{"name": Rex}'}
    """,
    right="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {contentType: application/json, payload: '{"name": "Rex"}'}
    """,
    requirement="RB-05",
)
def request_body_template(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.call
    body = step.part.data.get("requestBody")
    payload = body.get("payload") if isinstance(body, dict) else None
    if call is None or not isinstance(payload, str) or payload.startswith("$"):
        return
    reason = _unreadable(payload, call.binding.content_type or "")
    if reason:
        yield step.part.problem(f"the payload is not {reason}", "requestBody", "payload")


def _unreadable(payload: str, content_type: str) -> str | None:
    """Why a text is not of its media type, whatever its expressions give."""
    from arazzo_runner.values.media_types import is_json, is_xml

    if is_json(content_type):
        import json

        # A value may be a number in one place and the inside of a string in another.
        reasons = []
        for filled in ("0", '"x"', "x"):
            try:
                json.loads(_HOLE.sub(filled, payload))
            except ValueError as error:
                reasons.append(str(error))
            else:
                return None
        return f"JSON: {reasons[0]}"
    if is_xml(content_type):
        from xml.parsers.expat import ExpatError, ParserCreate

        try:
            ParserCreate().Parse(_HOLE.sub("x", payload), True)
        except ExpatError as error:
            return f"XML: {error}"
    return None


@rule(
    "replacement-target-in-payload",
    on="LinkedStep",
    severity="warning",
    summary="A replacement changes something that its payload does not have.",
    explanation="""A JSON Pointer to a member that is not there adds it, when its parent is there.
    Nothing can be put below something that is missing.""",
    wrong="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody:
        payload: {name: Rex}
        replacements: [{target: /nmae, value: Fido}]
    """,
    right="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody:
        payload: {name: Rex}
        replacements: [{target: /name, value: Fido}]
    """,
    requirement="REP-06, A-25",
)
def replacement_target_in_payload(step: LinkedStepPart) -> Iterator[Problem]:
    from arazzo_runner.values import ABSENT, parse_pointer, resolve_pointer

    body = step.part.data.get("requestBody")
    payload = body.get("payload") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(payload, dict | list):
        return
    replacements: Any = body.get("replacements")
    done: list[tuple[str, ...]] = []
    for index, one in enumerate(replacements if isinstance(replacements, list) else ()):
        target = one.get("target") if isinstance(one, dict) else None
        kind = one.get("targetSelectorType", "jsonpointer") if isinstance(one, dict) else None
        if not isinstance(target, str) or kind != "jsonpointer" or not target.startswith("/"):
            continue
        try:
            tokens = parse_pointer(target)
        except ArazzoError:
            continue
        parents = [resolve_pointer(payload, tokens[:size]) for size in range(len(tokens))]
        if any(map(is_open, parents)) or any(tokens[: len(d)] == d for d in done):
            continue
        done.append(tokens)
        if resolve_pointer(payload, tokens) is ABSENT:
            parent = next((p for p in reversed(parents) if p is not ABSENT), None)
            known = parent.keys() if isinstance(parent, dict) else ()
            yield step.part.problem(
                f"the payload has nothing at '{target}'",
                "requestBody",
                "replacements",
                index,
                "target",
                hint=did_you_mean(tokens[-1], known),
            )
