"""Test cases of workflows: inputs, scripted answers, and what has to come of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter import Record, RequestSent, StepStarted
from arazzo_runner.linking.program import Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.simulation.scenarios import Script, read_script
from arazzo_runner.simulation.simulation import Simulation, simulate
from arazzo_runner.simulation.turns import Turn
from arazzo_runner.values import ABSENT, Body, Json, Value, json_text

__all__ = [
    "Case",
    "CaseFile",
    "Outcome",
    "case_of_path",
    "differences",
    "observed",
    "read_cases",
    "request_body",
    "run_case",
]

_KEYS: Final = ("name", "workflow", "inputs", "seed", "scenario", "expect")
_EXPECTED: Final = ("status", "outputs", "steps", "requests", "error")
_FILE_KEYS: Final = ("document", "cases")


class Case(NamedTuple):
    """One test case. ``expect`` is as written; see :func:`run_case`."""

    name: str
    workflow: str
    inputs: dict[str, Json]
    seed: int
    script: Script
    expect: dict[str, Json]


class CaseFile(NamedTuple):
    """A file of test cases; ``document`` is relative to the file."""

    document: str
    cases: tuple[Case, ...]


class Outcome(NamedTuple):
    """How a case went: what differs from what it expects."""

    case: Case
    simulation: Simulation
    differences: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True when all is as expected."""
        return not self.differences


def read_cases(data: Json, where: str) -> CaseFile:
    """The test cases of a file's data.

    Raises:
        UsageError: something in it cannot be understood; the message says where.
    """
    if not isinstance(data, dict):
        raise UsageError(
            f"{where} is not a file of test cases", hint="it has 'document' and 'cases'"
        )
    _check_keys(data, _FILE_KEYS, where)
    document, cases = data.get("document"), data.get("cases")
    if not isinstance(document, str) or not document:
        raise UsageError(f"{where} does not name its document", hint="document: flow.arazzo.yaml")
    if not isinstance(cases, list) or not cases:
        raise UsageError(f"{where} has no cases")
    read = tuple(_case(case, f"{where}: case {number}") for number, case in enumerate(cases, 1))
    names = [case.name for case in read]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{where} has two cases called '{name}'")
    return CaseFile(document, read)


def _case(data: Json, where: str) -> Case:
    if not isinstance(data, dict):
        raise UsageError(f"{where} is not an object")
    _check_keys(data, _KEYS, where)
    name, workflow = data.get("name"), data.get("workflow")
    if not isinstance(workflow, str):
        raise UsageError(f"{where} does not name its workflow")
    inputs, expect = data.get("inputs") or {}, data.get("expect") or {}
    if not isinstance(inputs, dict) or not isinstance(expect, dict):
        raise UsageError(f"{where}: 'inputs' and 'expect' are objects")
    _check_keys(expect, _EXPECTED, f"{where}: expect")
    seed = data.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise UsageError(f"{where}: 'seed' is not a whole number")
    script = read_script(data.get("scenario") or [], where)
    return Case(str(name or workflow), workflow, inputs, seed, script, expect)


def _check_keys(data: Mapping[str, Json], known: Sequence[str], where: str) -> None:
    for key in data:
        if key not in known:
            raise UsageError(f"{where} has the unknown key '{key}'", hint=did_you_mean(key, known))


# -- running -------------------------------------------------------------------------------------


def run_case(program: Program, case: Case) -> Outcome:
    """Run a case. What it does not script is made from the descriptions.

    Of ``outputs`` and of each request the parts that are written have to be there; ``steps`` is
    the whole list of executions in order; ``error`` has to be found in the message.

    Raises:
        UsageError: the document has no such workflow, or no operation that the case scripts.
        InputError: the inputs do not fit.
    """
    if case.workflow not in program.entries:
        raise UsageError(
            f"case '{case.name}': the document has no workflow '{case.workflow}'",
            hint=did_you_mean(case.workflow, list(program.entries)),
        )
    done = simulate(program, case.workflow, case.inputs, seed=case.seed, script=case.script)
    return Outcome(case, done, tuple(differences(case.expect, done.result, done.records)))


def observed(done: Simulation) -> dict[str, Json]:
    """What a run came to, as a case would expect it."""
    found: dict[str, Json] = {"status": done.result.status, "steps": _visited(done.records)}
    if done.result.outputs:
        found["outputs"] = dict(done.result.outputs)
    if done.result.error is not None:
        found["error"] = done.result.error.message
    return found


def _visited(records: Sequence[Record]) -> list[str]:
    return [record.step_id for record in records if isinstance(record, StepStarted)]


def differences(
    expect: Mapping[str, Json], result: RunResult, records: Sequence[Record]
) -> Iterator[str]:
    """What of a run is not as expected."""
    if "status" in expect and result.status != expect["status"]:
        why = f" ({result.error.message})" if result.error else ""
        yield f"status: expected {expect['status']}, got {result.status}{why}"
    if "error" in expect:
        message = result.error.message if result.error else ""
        if str(expect["error"]) not in message:
            yield f"error: expected {expect['error']!r} in {message!r}"
    if "steps" in expect:
        visited = _visited(records)
        if visited != expect["steps"]:
            yield f"steps: expected {_short(expect['steps'])}, got {_short(visited)}"
    yield from _part(expect.get("outputs", {}), dict(result.outputs), "outputs")
    yield from _requests(expect.get("requests", []), records)


def _part(expected: Json, got: Value, where: str) -> Iterator[str]:
    """What of an expected value is not there; objects may have more."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name, item in expected.items():
            if name not in got:
                yield f"{where}/{name}: expected {_short(item)}, got nothing"
            else:
                yield from _part(item, got[name], f"{where}/{name}")
    elif expected != got or isinstance(expected, bool) is not isinstance(got, bool):
        yield f"{where}: expected {_short(expected)}, got {_short(got)}"


def _requests(expected: Json, records: Sequence[Record]) -> Iterator[str]:
    sent = [record for record in records if isinstance(record, RequestSent)]
    rest = iter(sent)
    for number, wanted in enumerate(expected if isinstance(expected, list) else [], 1):
        where = f"request {number}"
        step = wanted.get("step") if isinstance(wanted, dict) else None
        record = next((r for r in rest if step is None or r.step_id == step), None)
        if record is None:
            yield f"{where}: expected {_short(wanted)}, got no further request"
            return
        request = record.request
        for key, got in (("method", request.method), ("url", request.url)):
            if key in wanted and wanted[key] != got:
                yield f"{where}/{key}: expected {wanted[key]}, got {got}"
        headers = {name.lower(): value for name, value in request.headers}
        for name, value in (wanted.get("headers") or {}).items():
            if headers.get(name.lower()) != str(value):
                yield f"{where}/headers/{name}: expected {value}, got {headers.get(name.lower())}"
        if "body" in wanted:
            yield from _part(wanted["body"], request_body(request.body), f"{where}/body")


def request_body(raw: Body) -> Value:
    """The body of a request as JSON where it is, else as text; of one with files its size."""
    import json

    if not isinstance(raw, bytes):
        return f"<{len(raw)} bytes>"
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


def _short(value: Value) -> str:
    if value is ABSENT:
        return "nothing"
    try:
        text = json_text(value)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 120 else text[:119] + "…"


# -- cases from paths ------------------------------------------------------------------------------


def case_of_path(
    name: str, workflow_id: str, inputs: Mapping[str, Json], turn: Turn
) -> dict[str, Json]:
    """A path of an exploration as the data of a test case: its answers, and its outcome."""
    from arazzo_runner.interpreter import RunFinished

    scenario = []
    for one in turn.path():
        if one.choice is None or one.moment is None:
            continue
        answer = one.choice.answer
        entry: dict[str, Json] = {"step": one.moment.step.step_id}
        if answer.lost is not None:
            entry["fail"] = answer.lost
        else:
            entry["status"] = answer.status
            if answer.headers:
                entry["headers"] = dict(answer.headers)
            if answer.body is not ABSENT:
                entry["contentType"] = answer.content_type
                entry["body"] = answer.body
        scenario.append(entry)
    records = turn.records
    end = next(r for r in reversed(records) if isinstance(r, RunFinished))
    expect: dict[str, Json] = {
        "status": end.status,
        "steps": [r.step_id for r in records if isinstance(r, StepStarted)],
    }
    if end.outputs and end.status == "completed":
        expect["outputs"] = dict(end.outputs)
    return {
        "name": name,
        "workflow": workflow_id,
        "inputs": dict(inputs),
        "scenario": scenario,
        "expect": expect,
    }
