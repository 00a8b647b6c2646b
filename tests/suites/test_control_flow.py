"""suites/usearazzo-runs: 64 runs of control flow with canned answers, through our runner.

Each run becomes data under that library's names, and each of its 235 assertions is evaluated on
it. An assertion that SEMANTICS decides otherwise is a test of its own that has to fail, with the
number of the decision; the other assertions of its case still have to hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import Fault, LinkError
from arazzo_runner.execution import Interrupted, RunResult
from arazzo_runner.interpreter import StepFinished, WorkflowFinished, WorkflowStarted
from arazzo_runner.testing import CannedResponses, FakeClock
from tests.support.paths import SHARED, require

SUITE = require(SHARED / "suites" / "usearazzo-runs")
CASES: list[dict[str, Any]] = json.loads((SUITE / "run-cases.json").read_text())["cases"]

UNDEFINED = object()
DEFAULT_ANSWERS = [{"status": 200, "body": {"id": 7, "name": "Rex"}}]

A_10 = "A-10: without successCriteria a 500 is a failure"
A_19 = "A-19: a step's actions are merged with the workflow's by name, not put in their place"
A_23 = "A-23: ending through a success action is completed; only a failure action gives 'ended'"
A_28 = "A-28: a transferred run has its target's outputs"
LINK = "A-55/ACT-05/ACT-07: link, then run: a wrong target is found before the first request"
THEIRS = "A-55: an AbortSignal is an object of that library; here Ctrl-C and Stop stop a run"

# (number of the case, number of the assertion in it)
DECIDED_OTHERWISE: dict[tuple[int, int], str] = {
    (7, 0): A_23,
    (12, 0): A_10,
    (13, 0): A_23,
    (14, 1): A_19,
    (14, 2): A_19,
    (14, 3): A_19,
    (32, 1): THEIRS,
    (37, 0): THEIRS,
    (38, 1): THEIRS,
    (41, 0): THEIRS,
    (44, 2): A_28,
    (48, 2): LINK,
    (50, 0): LINK,
    (50, 1): LINK,
    (53, 0): A_10,
    (53, 1): A_10,
    (53, 4): A_10,
    (60, 4): LINK,
}

# When that library's test aborts: before the n-th request leaves, while the n-th is under way,
# or in the first wait.
ABORTS: dict[int, tuple[str, int]] = {
    32: ("before", 1),
    33: ("before", 2),
    34: ("wait", 1),
    35: ("during", 2),
    36: ("during", 1),
    37: ("before", 1),
    39: ("before", 2),
    50: ("during", 1),
    52: ("during", 1),
    59: ("wait", 1),
}

# What our faults and failures are called there.
REASONS = {
    "aborted": "interrupted",
    "ambiguous-target": "action-target-exclusive",
    "workflow-not-found": "action-workflow-exists",
    "retry-target-not-found": "action-step-exists",
    "step-budget": "steps",
    "malformed-actions": "field-type",
}

# Their wording to ours: both have to name the same thing.
WORDING = {
    '/goto target step "nonexistent"/': "goto target step 'nonexistent'",
    "/budget of 5 step attempts/": "budget of 5 step attempts",
    "/budget of 2 step attempts/": "budget of 2 step attempts",
    "/has neither stepId nor workflowId/": "has neither stepId nor workflowId",
    '/has unsupported type "teleport"/': "has the unknown type 'teleport'",
    '/non-list "steps"/': "'steps' must be a list",
    "/not found/": "not found|there is no workflow 'noSuchWorkflow'",
    r"/unknown option\(s\) status/": "there is no setting 'status'",
    '/names source description "petstoreAPI" at .+, which is not an Arazzo document/': (
        "names source description 'petstoreAPI' at .+, which is not an Arazzo document"
    ),
    "/mutually exclusive/": "mutually exclusive",
    '/retry reference step "nonexistent" not found/': "retry target step 'nonexistent' is not",
    "/declares both a stepId and a workflowId/": "names both a stepId and a workflowId",
    '/run aborted before workflow "linear"/': "run aborted before workflow 'linear'",
    "{}": "'onSuccess' must be a list",  # the suite's export lost this pattern
}


@dataclass
class Played:
    """One case after its run: the data its assertions read, and the error if there was one."""

    data: dict[str, Any]
    message: str | None = None
    error: BaseException | None = None
    sent: int = 0


@dataclass
class Watcher:
    """Collects the records of a run as that library's nested results."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    references: list[dict[str, Any]] = field(default_factory=list)
    path: list[str] = field(default_factory=list)

    def __call__(self, record: arazzo.Record) -> None:
        if isinstance(record, WorkflowStarted):
            del self.path[record.depth :]
            self.path.append(record.workflow_id)
            if record.depth == 0:
                self.runs.append({"workflowId": record.workflow_id, "steps": []})
            elif record.depth == 1 and record.reason == "retry":
                self.references.append({"kind": "workflow", "id": record.workflow_id})
        elif isinstance(record, WorkflowFinished) and record.depth == 1 and self.references:
            sub = {"workflowId": record.workflow_id, "status": record.status}
            if self.references[-1]["id"] == record.workflow_id:
                self.references[-1].update(successful=record.status == "completed", subWorkflow=sub)
        elif isinstance(record, StepFinished) and record.depth == 0:
            self._step(record)

    def _step(self, record: StepFinished) -> None:
        successful = record.status == "success"
        if record.reference:
            self.references.append({"kind": "step", "id": record.step_id, "successful": successful})
            return
        step = {
            "stepId": record.step_id,
            "attempts": record.attempts,
            "successful": successful,
            "durationMs": round(record.duration_ms, 3),
        }
        if self.references:
            step["retryReferences"] = self.references
            self.references = []
        self.runs[-1]["steps"].append(step)


class AbortingClock(FakeClock):
    """A clock in whose n-th wait the run is interrupted."""

    def __init__(self, abort_in: int) -> None:
        super().__init__()
        self._abort_in = abort_in

    def sleep(self, seconds: float, on_tick: Callable[[float], None] | None = None) -> None:
        super().sleep(seconds, on_tick)
        if len(self.sleeps) == self._abort_in:
            raise KeyboardInterrupt


class Transport(CannedResponses):
    """Canned answers; an interrupt before or after the n-th request is counted."""

    def __init__(
        self,
        answers: list[tuple[Any, ...]],
        on_request: Callable[[httpx.Request], None],
        abort: tuple[str, int],
    ) -> None:
        super().__init__(answers, on_request)
        self._when, self._number = abort

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if (self._when, self._number) == ("before", len(self.requests) + 1):
            raise KeyboardInterrupt
        response = super().handle_request(request)
        if (self._when, self._number) == ("during", len(self.requests)):
            raise KeyboardInterrupt
        return response


def play(index: int) -> Played:
    """Run a case and give its outcome under that library's names."""
    case = CASES[index]
    options = case.get("options") or {}
    abort = ABORTS.get(index, ("never", 0))
    clock = AbortingClock(abort[1]) if abort[0] == "wait" else FakeClock()
    answers = [(a["status"], a["body"]) for a in case.get("responses") or DEFAULT_ANSWERS]
    transport = Transport(answers, lambda _: clock.advance(options.get("tickMs", 0) / 1000), abort)
    watcher = Watcher()
    settings: dict[str, Any] = {
        "servers": {"petstoreAPI": "http://petstore.test"},
        "transport": transport,
        "clock": clock,
        "on_record": watcher,
        "run": arazzo.RunSettings(
            pacing=arazzo.Pacing(interval=0), max_steps=options.get("maxSteps", 1000)
        ),
    }
    played = Played({})
    file = str(SUITE / case["document"])
    given = case.get("execute_options")
    try:
        if index == 31:  # an option that does not exist, beside those that do
            arazzo.run(file, case["workflowId"], status="available", **settings)
        # Options that hold an AbortSignal are kept as JavaScript text; what they say is this.
        inputs = given.get("inputs") if isinstance(given, dict) else None
        if isinstance(given, str) and case["workflowId"] == "linear":
            inputs = {"status": "available"}
        result = arazzo.Runner(**settings).run(file, case["workflowId"], inputs=inputs)
        _result(played, result, watcher)
    except Interrupted as interrupted:
        _result(played, interrupted.result, watcher)
    except arazzo.ArazzoError as error:
        played.error, played.message = error, str(error)
        if isinstance(error, LinkError):
            played.data["error"] = _fault(file, error.faults[0])
    played.sent = len(transport.requests)
    played.data["calls"] = [{"url": str(request.url)} for request in transport.requests]
    played.data["sleeps"] = [round(seconds * 1000, 3) for seconds in clock.sleeps]
    return played


def _result(played: Played, result: RunResult, watcher: Watcher) -> None:
    *transferred, last = watcher.runs
    last.update(status=result.status, settledStatus=result.status, outputs=result.outputs)
    following = last
    for run in reversed(transferred):
        run.update(status="transferred", settledStatus=result.status, transferredTo=following)
        run["outputs"] = result.outputs
        following = run
    assert (result.transferred_to == last["workflowId"]) == bool(transferred)
    following["durationMs"] = round(result.duration_ms, 3)
    played.data["result"] = following
    played.data["settledResult(result)"] = last
    played.data["target"] = following.get("transferredTo", UNDEFINED)
    first = following["steps"][0] if following["steps"] else {}
    played.data["reference"] = (first.get("retryReferences") or [UNDEFINED])[0]
    if result.error is not None:
        played.message = result.error.message
        stopped_in = result.steps[-1].step_id if result.steps else UNDEFINED
        played.data["error"] = {
            "reason": result.error.kind,
            "message": result.error.message,
            "workflowId": result.workflow_id,
            "stepId": stopped_in,
            "path": watcher.path,
        }


def _fault(file: str, fault: Fault) -> dict[str, Any]:
    """A fault of linking: where it is, by the ids of the objects around it."""
    from arazzo_runner.reading import Loader

    data: Any = Loader().load(file).data
    around: dict[str, Any] = {}
    for token in fault.pointer.split("/")[1:]:
        data = data[int(token)] if isinstance(data, list) else data.get(token)
        if isinstance(data, Mapping) and "type" in data and "name" in data:
            break
        if isinstance(data, Mapping):
            around.update({k: data[k] for k in ("workflowId", "stepId") if k in data})
    named = re.search(r"target step '(\w+)' is not", fault.message)
    if named:  # there, a step that is not found is the error's step
        around["stepId"] = named[1]
    return {"reason": fault.rule, "message": fault.message, **around}


def read(path: str, data: dict[str, Any]) -> Any:
    """The value of a JavaScript expression of the suite."""
    path = path.replace("?.", ".").replace("(caught as ResolverError)", "error")
    path = path.replace("(caught as Error)", "error")
    mapped = re.fullmatch(r"(.+)\.(map|every)\(\(step\) => step\.(\w+)\)", path)
    if mapped:
        values = [step[mapped[3]] for step in read(mapped[1], data)]
        return all(values) and bool(values) if mapped[2] == "every" else values
    if path in data:
        return data[path]
    value: Any = data
    if path.startswith("settledResult(result)"):
        value, path = data["settledResult(result)"], path.removeprefix("settledResult(result).")
    for name in re.findall(r"\w+", path):
        if value is UNDEFINED:
            return UNDEFINED
        if name == "length":
            value = len(value)
        elif name.isdigit():
            value = value[int(name)]
        else:
            value = value.get(name, UNDEFINED)
    return value


def check(assertion: dict[str, Any], played: Played) -> None:
    kind, expected = assertion["assert"], assertion.get("expected")
    if kind == "rejects":
        pattern = json.loads(assertion["message"])
        assert played.message is not None
        assert re.search(WORDING[pattern], played.message)
        return
    if kind == "instanceOf":
        assert isinstance(played.error, LinkError)
        return
    actual = read(assertion["actual"], played.data)
    if kind == "match":
        text = expected if isinstance(expected, str) else "{}"
        assert re.search(WORDING[text], actual)
        return
    if expected == "result":
        expected = played.data["result"]
    elif expected == "result.status":
        expected = played.data["result"]["status"]
    elif assertion.get("actual", "").endswith(".reason"):
        expected = REASONS[expected]
    COMPARE[kind](actual, expected)


def _equal(actual: Any, expected: Any) -> None:
    assert actual == expected


def _not_equal(actual: Any, expected: Any) -> None:
    assert actual != expected


def _include(actual: Any, expected: Any) -> None:
    assert expected in actual


def _not_include(actual: Any, expected: Any) -> None:
    assert expected not in actual


def _true(actual: Any, _: Any) -> None:
    assert actual is True


def _false(actual: Any, _: Any) -> None:
    assert actual is False


def _defined(actual: Any, _: Any) -> None:
    assert actual is not UNDEFINED


def _undefined(actual: Any, _: Any) -> None:
    assert actual is UNDEFINED


COMPARE: dict[str, Callable[[Any, Any], None]] = {
    "strictEqual": _equal,
    "deepEqual": _equal,
    "notStrictEqual": _not_equal,
    "include": _include,
    "notInclude": _not_include,
    "isTrue": _true,
    "isFalse": _false,
    "isDefined": _defined,
    "isUndefined": _undefined,
}


def name_of(index: int) -> str:
    words = re.findall(r"[a-z0-9]+", CASES[index]["title"].removeprefix("should ").lower())
    return f"{index}-" + "-".join(words)


def test_all_cases_are_here() -> None:
    assert len(CASES) == 64
    assert sum(len(case["assertions"]) for case in CASES) == 235


@pytest.mark.requirement("A-19", "A-20", "A-23", "A-24", "A-28", "A-29", "A-40", "A-55")
@pytest.mark.parametrize("index", range(len(CASES)), ids=name_of)
def test_case(index: int) -> None:
    assertions = [
        assertion
        for number, assertion in enumerate(CASES[index]["assertions"])
        if (index, number) not in DECIDED_OTHERWISE
    ]
    played = play(index)
    if isinstance(played.error, arazzo.ArazzoError):
        assert played.sent == 0, "an error of the document comes before the first request"
    for assertion in assertions:
        check(assertion, played)


@pytest.mark.parametrize(
    ("index", "number"),
    [
        pytest.param(
            *key,
            marks=pytest.mark.xfail(reason=reason, raises=AssertionError, strict=True),
            id=f"{name_of(key[0])}: {CASES[key[0]]['assertions'][key[1]]['actual']}",
        )
        for key, reason in DECIDED_OTHERWISE.items()
    ],
)
def test_decided_otherwise(index: int, number: int) -> None:
    check(CASES[index]["assertions"][number], play(index))
