"""A dry run for people and for programs: every request that would be sent, and as ``curl``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from arazzo_runner.reporting.curl import curl_command
from arazzo_runner.reporting.json_data import fault_data, header_data, json_data
from arazzo_runner.reporting.text import (
    Style,
    one_line,
    printable,
    sent_text,
    size_text,
    value_text,
)
from arazzo_runner.simulation.dry_run import DryRun, PlannedStep
from arazzo_runner.values import Json, Redactor, Request, Stream, header
from arazzo_runner.values.media_types import is_json

__all__ = ["dry_run_lines", "dry_run_to_json"]


def dry_run_lines(planned: DryRun, style: Style, redactor: Redactor) -> Iterator[str]:
    """What would be sent, step by step."""
    yield style.strong(one_line(planned.workflow_id)) + style.faint("  dry run: nothing is sent")
    if planned.made_up:
        yield "inputs that were not given are made up from their schema:"
        for name in planned.made_up:
            yield f"  {one_line(name)} = {value_text(planned.inputs[name], redactor)}"
    for number, step in enumerate(planned.steps, 1):
        yield ""
        where = "" if step.workflow_id == planned.workflow_id else f" of {step.workflow_id}"
        yield style.strong(f"{number}. {one_line(step.step_id + where)}")
        yield from (f"  {line}".rstrip() for line in _step(step, style, redactor))


def _step(step: PlannedStep, style: Style, redactor: Redactor) -> Iterator[str]:
    if step.problem is not None or step.request is None:
        yield style.bad("cannot be sent: ") + one_line(redactor.text(step.problem or ""))
        return
    request = step.request
    yield f"{request.method} {printable(redactor.text(request.url))}"
    for name, value in request.headers:
        shown = redactor.header(name, value)
        yield f"{name}: {one_line(shown)}"
    if step.signing is not None:
        where = f"{step.signing.service} in {step.signing.region}"
        yield f"Authorization: {style.faint(f'(an AWS signature for {where})')}"
    if request.body:
        yield from ("", *_body(request, redactor))
    yield ""
    yield printable(_curl(step, request, redactor))
    for note in step.notes:
        yield style.warn("note: ") + one_line(redactor.text(note))
    if step.credentials:
        yield style.faint(f"credentials: {', '.join(map(one_line, step.credentials))}")
    if step.made_up:
        yield style.faint("made up, because there is no answer:")
        for name, value in step.made_up.items():
            yield style.faint(f"  {one_line(name)} = {value_text(value, redactor)}")


def _curl(step: PlannedStep, request: Request, redactor: Redactor) -> str:
    if step.signing is None:
        return curl_command(request, redactor)
    service, region = step.signing
    return curl_command(request, redactor, service=service, region=region)


def _body(request: Request, redactor: Redactor) -> Iterator[str]:
    if isinstance(request.body, Stream):
        yield from printable(redactor.text(sent_text(request.body))).splitlines()
        return
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        yield f"({size_text(len(request.body))})"
        return
    if is_json(header(request.headers, "content-type") or ""):
        with suppress(ValueError, RecursionError):  # else it is shown as it is
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    yield from printable(redactor.text(text)).splitlines()


def dry_run_to_json(planned: DryRun, redactor: Redactor) -> dict[str, Json]:
    """The same as JSON data."""
    return {
        "dryRun": True,
        "workflowId": planned.workflow_id,
        "inputs": json_data(planned.inputs, redactor),
        "madeUpInputs": list(planned.made_up),
        "steps": [_step_data(step, redactor) for step in planned.steps],
        "warnings": [fault_data(fault, redactor) for fault in planned.warnings],
    }


def _step_data(step: PlannedStep, redactor: Redactor) -> dict[str, Json]:
    request = step.request
    data: dict[str, Json] = {
        "stepId": step.step_id,
        "workflowId": step.workflow_id,
        "request": None,
        "problem": None if step.problem is None else redactor.text(step.problem),
        "file": step.location.file if step.location else None,
        "line": step.location.line if step.location else None,
    }
    if request is None:
        return data
    data["request"] = {
        "method": request.method,
        "url": redactor.text(request.url),
        "headers": header_data(request.headers, redactor),
        "body": _body_data(request, redactor),
        "curl": _curl(step, request, redactor),
    }
    signing = step.signing
    data["signing"] = signing and {"service": signing.service, "region": signing.region}
    data["credentials"] = list(step.credentials)
    data["madeUpOutputs"] = json_data(step.made_up, redactor)
    data["notes"] = [redactor.text(note) for note in step.notes]
    return data


def _body_data(request: Request, redactor: Redactor) -> Json:
    """Text as it is sent; bytes that are no text as ``{"base64": …}``; None without a body."""
    if not request.body:
        return None
    if isinstance(request.body, Stream):
        return redactor.text(sent_text(request.body))
    try:
        return redactor.text(request.body.decode())
    except UnicodeDecodeError:
        return json_data(request.body, redactor)
