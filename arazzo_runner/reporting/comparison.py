"""What changed between two traces, or between the flows of two documents.

Times, durations and names of runs are different in every run and are not compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.flow import Flow, FlowStep
from arazzo_runner.reporting.html_steps import visits
from arazzo_runner.values import Json

__all__ = ["Difference", "compare_documents", "compare_traces"]


class Difference(NamedTuple):
    """One change. ``kind`` is flow, request, response, outputs, inputs, criteria, action or result;
    ``before`` is absent (``None`` in ``has_before``) for what is new, ``after`` for what is gone.
    """

    kind: str
    where: str
    before: Json
    after: Json
    has_before: bool = True
    has_after: bool = True


_VOLATILE: Final = frozenset({"date", "x-amzn-requestid", "x-request-id", "age", "content-length"})
_Entry: TypeAlias = tuple[str, Json]


def compare_traces(before: Json, after: Json) -> list[Difference]:
    """The differences of two traces, in the order of the run."""
    found = list(_values("result", "status", before["status"], after["status"]))
    found += _values("inputs", "inputs", before["inputs"], after["inputs"])
    old, new = list(_entries(before["workflows"])), list(_entries(after["workflows"]))
    matcher = SequenceMatcher(a=[e[0] for e in old], b=[e[0] for e in new], autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            for (where, one), (_, other) in zip(
                old[start:end], new[other_start:other_end], strict=True
            ):
                found += _step(where, one, other)
            continue
        for where, step in old[start:end]:
            found.append(Difference("flow", where, step["status"], None, has_after=False))
        for where, step in new[other_start:other_end]:
            found.append(Difference("flow", where, None, step["status"], has_before=False))
    found += _values("outputs", "outputs", before["outputs"], after["outputs"])
    error = ({}, {}) if before["error"] == after["error"] else (before["error"], after["error"])
    found += _values("result", "error", _reason(error[0]), _reason(error[1]))
    return found


def _reason(error: Json) -> Json:
    return {"kind": error["kind"], "message": error["message"]} if error else None


def _entries(workflows: Sequence[Json], above: str = "") -> Iterator[_Entry]:
    """The steps of a run, each with its place; the visits of a poll are one entry, its last."""
    for workflow in workflows:
        place = f"{above}{workflow['workflowId']}"
        for group in visits(workflow["items"]):
            if group[0]["kind"] == "workflow":
                yield from _entries(group, f"{place} > ")
                continue
            where = f"{place}: {group[0]['stepId']}"
            yield where, {**group[-1], "visits": len(group)}
            for step in group:
                yield from _entries(step["workflows"], f"{where} > ")


def _step(where: str, old: Json, new: Json) -> Iterator[Difference]:
    for name in ("status", "visits"):
        yield from _values("flow", f"{where}: {name}", old[name], new[name])
    attempts = len(old["attempts"]), len(new["attempts"])
    yield from _values("flow", f"{where}: attempts", *attempts)
    if all(attempts):
        one, other = old["attempts"][-1], new["attempts"][-1]
        for kind in ("request", "response"):
            yield from _values(kind, f"{where}: {kind}", _message(one[kind]), _message(other[kind]))
        yield from _values("response", f"{where}: lost", one["lost"], other["lost"])
    held = [{c["condition"]: c["passed"] for c in step["criteria"]} for step in (old, new)]
    yield from _values("criteria", f"{where}: criteria", *held)
    yield from _values("action", f"{where}: action", old["action"], new["action"])
    yield from _values("outputs", f"{where}: outputs", old["outputs"], new["outputs"])


def _message(message: Json) -> Json:
    """A message as data to compare: headers by name, without those that always change."""
    if message is None:
        return None
    data = {k: v for k, v in message.items() if k not in ("headers", "size")}
    headers = {name.lower(): value for name, value in message.get("headers", ())}
    data["headers"] = {n: v for n, v in headers.items() if n not in _VOLATILE}
    body = data.get("body")
    if isinstance(body, str) and body.startswith(("{", "[")):
        try:
            data["body"] = json.loads(body)
        except (ValueError, RecursionError):
            return data
    return data


def _values(kind: str, where: str, before: Json, after: Json) -> Iterator[Difference]:
    """The smallest parts of two values that differ."""
    if before == after and type(before) is type(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            place = f"{where}.{name}"
            if name not in after:
                yield Difference(kind, place, before[name], None, has_after=False)
            elif name not in before:
                yield Difference(kind, place, None, after[name], has_before=False)
            else:
                yield from _values(kind, place, before[name], after[name])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _values(kind, f"{where}[{number}]", one, other)
    else:
        yield Difference(kind, where, before, after)


# -- documents ---------------------------------------------------------------------------------


def compare_documents(
    before: Sequence[tuple[Flow, Json, Sequence[str]]],
    after: Sequence[tuple[Flow, Json, Sequence[str]]],
) -> list[Difference]:
    """The differences of two documents: workflows (each with its inputs' schema and the names of
    its outputs), their steps, what they call, expect and do next.
    """
    found: list[Difference] = []
    old = {flow.workflow_id: (flow, inputs, outputs) for flow, inputs, outputs in before}
    new = {flow.workflow_id: (flow, inputs, outputs) for flow, inputs, outputs in after}
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            found.append(Difference("flow", name, "workflow", None, has_after=False))
        elif name not in old:
            found.append(Difference("flow", name, None, "workflow", has_before=False))
        else:
            found += _workflow(name, old[name], new[name])
    return found


def _workflow(
    name: str, old: tuple[Flow, Json, Sequence[str]], new: tuple[Flow, Json, Sequence[str]]
) -> Iterator[Difference]:
    yield from _values("inputs", f"{name}: inputs", old[1], new[1])
    yield from _values("outputs", f"{name}: outputs", _set(old[2]), _set(new[2]))
    steps = [{step.step_id: step for step in flow.steps} for flow in (old[0], new[0])]
    order = [[step for step in one if step in other] for one, other in (steps, steps[::-1])]
    yield from _values("flow", f"{name}: order of steps", ", ".join(order[0]), ", ".join(order[1]))
    for step in dict.fromkeys([*steps[0], *steps[1]]):
        where = f"{name}: {step}"
        if step not in steps[1]:
            yield Difference("flow", where, steps[0][step].calls, None, has_after=False)
        elif step not in steps[0]:
            yield Difference("flow", where, None, steps[1][step].calls, has_before=False)
        else:
            one, other = _plain(steps[0][step]), _plain(steps[1][step])
            for kind in one:
                label = {"request": "calls", "criteria": "succeeds when"}.get(kind, kind)
                yield from _values(kind, f"{where}: {label}", one[kind], other[kind])


def _plain(step: FlowStep) -> dict[str, Json]:
    return {
        "request": step.calls,
        "criteria": _set(step.criteria),
        "action": {
            f"on {a.on} {a.name}": a.summary + "".join(f" if {c}" for c in a.conditions)
            for a in step.actions
        },
        "outputs": _set(step.outputs),
    }


def _set(names: Sequence[str]) -> dict[str, Json]:
    """Names whose order means nothing: each comes or goes by itself."""
    return dict.fromkeys(names, True)
