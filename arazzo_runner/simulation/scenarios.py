"""Scripted answers: which operation answers what, in order (YAML or JSON).

::

    scenario:
      - operation: DescribeTrainingJob    # or step: a stepId, or "POST /path"
        times: 3                          # 1 unless said; the last answer of an operation stays
        status: 200
        body: {TrainingJobStatus: InProgress}
      - operation: DescribeTrainingJob
        fail: timeout                     # no answer comes

A recorded cassette has the answers below ``response`` and reads the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.linking.program import OperationCall, Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi import Operation
from arazzo_runner.simulation.answers import Answer
from arazzo_runner.values import ABSENT, Json, Value

__all__ = ["Script", "ScriptEntry", "check_script", "read_script"]

_KEYS: Final = ("operation", "step", "times", "status", "headers", "body", "contentType", "fail")
_FAILURES: Final = ("connect", "dns", "tls", "timeout", "protocol", "reset")


class ScriptEntry(NamedTuple):
    """Answers to one operation or step: the same one ``times`` times."""

    operation: str | None
    step: str | None
    times: int
    status: int | None
    headers: tuple[tuple[str, str], ...]
    content_type: str | None
    body: Value
    fail: str | None

    def answer(self, base: Answer) -> Answer:
        """The answer; what the entry leaves open is as in ``base``."""
        if self.fail is not None:
            return Answer(0, lost=self.fail)
        body = base.body if self.body is ABSENT else self.body
        kind = self.content_type or base.content_type
        if body is not ABSENT and not kind:
            kind = "text/plain" if isinstance(body, str) else "application/json"
        return Answer(
            base.status if self.status is None else self.status,
            (*base.headers, *self.headers),
            kind,
            body,
        )


class Script:
    """Entries by operation, in order. The last answer of an operation stays."""

    def __init__(self, entries: Sequence[ScriptEntry] = ()) -> None:
        self.entries = tuple(entries)

    def find(
        self, call: OperationCall, step_id: str | None, asked: Sequence[tuple[OperationCall, str]]
    ) -> ScriptEntry | None:
        """The entry that answers a step's call, after the calls that were answered before; None
        when nothing is scripted for it.
        """
        own = [entry for entry in self.entries if _names(entry, call, step_id)]
        if not own:
            return None
        before = sum(_names(own[0], one, step) for one, step in asked)
        for entry in own:
            if before < entry.times:
                return entry
            before -= entry.times
        return own[-1]


def _names(entry: ScriptEntry, call: OperationCall, step_id: str | None) -> bool:
    if entry.step is not None and step_id is not None:
        return entry.step == step_id
    return _is(entry.operation, call.source_name, call.operation)


def _is(name: str | None, source: str, operation: Operation) -> bool:
    """``operationId``, ``source.operationId`` or ``METHOD /path``."""
    if name is None:
        return False
    if name in (operation.operation_id, f"{operation.method} {operation.path}"):
        return True
    return name == f"{source}.{operation.operation_id}"


def check_script(script: Script, program: Program, where: str) -> None:
    """Refuse a script that names an operation or step which the program does not have.

    Raises:
        UsageError: names it.
    """
    steps = {step.step_id for w in program.workflows.values() for step in w.steps}
    known: set[str] = set()
    for source, description in program.descriptions.items():
        for path, method, raw in description.operations():
            known.add(f"{method.upper()} {path}")
            name = raw.get("operationId")
            if isinstance(name, str):
                known |= {name, f"{source}.{name}"}
    for entry in script.entries:
        fits = entry.step in steps if entry.step is not None else entry.operation in known
        if not fits:
            name = str(entry.step or entry.operation)
            what = "step" if entry.step is not None else "operation"
            raise UsageError(
                f"{where} scripts the {what} '{name}', which the document does not have",
                hint=did_you_mean(name, sorted(steps if entry.step is not None else known)),
            )


def read_script(data: Json, where: str) -> Script:
    """The script of a list of entries, or of an object that has one.

    Raises:
        UsageError: something in it cannot be understood; the message says which entry.
    """
    if isinstance(data, dict):
        data = data.get("scenario", data.get("exchanges"))
    if not isinstance(data, list):
        raise UsageError(
            f"{where} has no scenario",
            hint="a scenario is a list of answers, each with 'operation' and 'status' or 'body'",
        )
    return Script([_entry(entry, f"{where}: answer {n}") for n, entry in enumerate(data, 1)])


def _entry(data: Json, where: str) -> ScriptEntry:
    if not isinstance(data, dict):
        raise UsageError(f"{where} is not an object")
    fields = dict(data)
    fields.pop("request", None)
    response = fields.pop("response", None)
    if isinstance(response, dict):
        fields |= response
    for key in fields:
        if key not in _KEYS:
            raise UsageError(f"{where} has the unknown key '{key}'", hint=did_you_mean(key, _KEYS))
    if not fields.get("operation") and not fields.get("step"):
        raise UsageError(f"{where} names neither an operation nor a step")
    headers = fields.get("headers") or {}
    fail = fields.get("fail")
    if fail is not None and fail not in _FAILURES:
        raise UsageError(
            f"{where}: '{fail}' is no way to fail", hint=f"one of {', '.join(_FAILURES)}"
        )
    if not isinstance(headers, Mapping):
        raise UsageError(f"{where}: 'headers' is not an object")
    return ScriptEntry(
        operation=_text(fields, "operation", where),
        step=_text(fields, "step", where),
        times=_whole(fields, "times", 1, where) or 1,
        status=_whole(fields, "status", 100, where),
        headers=tuple((str(name), str(value)) for name, value in headers.items()),
        content_type=_text(fields, "contentType", where),
        body=fields.get("body", ABSENT),
        fail=fail,
    )


def _text(fields: Mapping[str, Json], key: str, where: str) -> str | None:
    value = fields.get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{where}: '{key}' is not text")
    return value


def _whole(fields: Mapping[str, Json], key: str, least: int, where: str) -> int | None:
    value = fields.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UsageError(f"{where}: '{key}' is not a whole number from {least} on")
    return value
