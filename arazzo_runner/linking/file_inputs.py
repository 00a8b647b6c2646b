"""Inputs that a workflow sends as files: ``-i NAME=@PATH`` gives the file then, not its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.linking.program import LinkedStep, LinkedWorkflow, OperationCall, Program
from arazzo_runner.values import Json

__all__ = ["file_inputs"]

_INPUT: Final = lazy_pattern(r"\$inputs\.([^#{}]+)")


def file_inputs(program: Program, key: str) -> frozenset[str]:
    """The inputs of a workflow that stand, alone, where an operation takes the bytes of a file:
    as a part of a multipart body that is binary, or as a whole body that is neither text nor
    JSON. Inputs that are handed on to another workflow are looked for there.
    """
    return frozenset(_found(program, program.workflows[key], set()))


def _found(program: Program, workflow: LinkedWorkflow, seen: set[str]) -> Iterator[str]:
    if workflow.key in seen:
        return
    seen.add(workflow.key)
    written = {step.step_id: step for step in workflow.source.steps}
    for step in workflow.steps:
        if isinstance(step.target, OperationCall):
            body = written[step.step_id].request_body
            if body is not None:
                yield from _in_payload(step.target, body.payload, ())
        elif step.target.key in program.workflows:
            inner = set(_found(program, program.workflows[step.target.key], seen))
            yield from _handed_on(step, inner)


def _in_payload(call: OperationCall, value: Json, at: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, str):
        match = _INPUT.fullmatch(value)
        if match and call.binding.takes_file(at):
            yield match[1]
    elif isinstance(value, dict) and not at:
        for name, item in value.items():
            yield from _in_payload(call, item, (name,))
    elif isinstance(value, list) and len(at) == 1:
        for item in value:
            yield from _in_payload(call, item, at)


def _handed_on(step: LinkedStep, inner: set[str]) -> Iterator[str]:
    for parameter in step.parameters:
        match = _INPUT.fullmatch(parameter.text)
        if match and parameter.name in inner:
            yield match[1]
