"""What an exploration says about the document: unreached parts, endless loops, absent values."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.interpreter import StepFinished
from arazzo_runner.linking.program import LinkedAction, LinkedStep, LinkedWorkflow
from arazzo_runner.simulation.exploration import Path, Search
from arazzo_runner.simulation.findings import Finding, finding

__all__ = ["faults_of"]


def faults_of(search: Search) -> list[Finding]:
    """All findings, errors first."""
    found = [
        *_never_completes(search),
        *_endless(search),
        *_unreached_steps(search),
        *_unreached_actions(search),
        *_absent_values(search),
        *_absent_outputs(search),
        *_constant_conditions(search),
        *search.requests,
        *_doubts(search),
        *_budget(search),
    ]
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda one: one.severity != "error")


def _workflows(search: Search) -> list[LinkedWorkflow]:
    """The workflows that were entered."""
    entered = {key for key, _ in search.visited} | {search.key}
    return [
        search.program.workflows[key] for key in sorted(entered) if key in search.program.workflows
    ]


# -- ends ------------------------------------------------------------------------------------------


def _never_completes(search: Search) -> Iterator[Finding]:
    if any(path.end.status == "completed" for path in search.paths) or not search.paths:
        return
    best = max(search.paths, key=lambda p: (_steps_done(p), -p.deviations, -p.number))
    failure = best.end.failure
    message = failure.message if failure else f"the run is {best.end.status}"
    yield finding(
        "run-failed",
        f"no path completes; the furthest (path {best.number}) ends so: {message}",
        search.workflow_id,
        failure.step_id if failure else None,
        failure.location if failure else None,
    )


def _steps_done(path: Path) -> int:
    return sum(
        isinstance(record, StepFinished) and record.status == "success"
        for record in path.turn.records
    )


def _endless(search: Search) -> Iterator[Finding]:
    """Cycles that no successful answer leaves."""
    if not search.complete:
        return
    good = {
        state: [edge.target for edge in edges if edge.good] for state, edges in search.graph.items()
    }
    leaves = {state for state, targets in good.items() if None in targets or not targets}
    before: dict[int, list[int]] = {}
    for state, targets in good.items():
        for target in targets:
            if target is not None:
                before.setdefault(target, []).append(state)
    todo = list(leaves)
    while todo:
        for state in before.get(todo.pop(), ()):
            if state not in leaves:
                leaves.add(state)
                todo.append(state)
    steps: dict[tuple[str, str], None] = {}
    for state in good:
        if state not in leaves:
            steps[search.steps[state]] = None
    for key, step_id in steps:
        workflow = search.program.workflows[key]
        step = next(s for s in workflow.steps if s.step_id == step_id)
        yield finding(
            "loop-endless",
            "the run never gets away from here as long as the API answers well",
            workflow.workflow_id,
            step_id,
            step.location,
            "give the loop an exit: a success action whose criteria can hold",
        )


# -- what is never reached -------------------------------------------------------------------------


def _unreached_steps(search: Search) -> Iterator[Finding]:
    if not search.complete:
        return
    for workflow in _workflows(search):
        for step in workflow.steps:
            if (workflow.key, step.step_id) not in search.visited:
                yield finding(
                    "step-unreached",
                    f"no path leads to it: {_why_unreached(search, workflow, step)}",
                    workflow.workflow_id,
                    step.step_id,
                    step.location,
                )


def _why_unreached(search: Search, workflow: LinkedWorkflow, step: LinkedStep) -> str:
    if step.position == 0:
        return "the workflow ends before its first step"
    before = workflow.steps[step.position - 1]
    if (workflow.key, before.step_id) not in search.visited:
        return f"step '{before.step_id}' before it is not reached either"
    always = next((a for a in before.on_success if not a.criteria), None)
    if always is not None and (workflow.key, before.step_id) in search.succeeded:
        where = f" to '{always.step_id}'" if always.step_id else ""
        return (
            f"step '{before.step_id}' before it always leads elsewhere (action '{always.name}': "
            f"{always.type}{where})"
        )
    ends = [p.end.failure for p in search.paths if p.end.failure is not None]
    failed = next((f for f in ends if f.step_id == before.step_id), None)
    if failed is not None:
        return f"step '{before.step_id}' before it never succeeds: {failed.message}"
    return f"step '{before.step_id}' before it never goes on to it"


def _unreached_actions(search: Search) -> Iterator[Finding]:
    if not search.complete:
        return
    for workflow in _workflows(search):
        for step in workflow.steps:
            if (workflow.key, step.step_id) not in search.asked:
                continue  # never sent, or a workflow step: its actions follow from that
            for kind, actions in (("success", step.on_success), ("failure", step.on_failure)):
                for index, action in enumerate(actions):
                    if (workflow.key, step.step_id, action.name) not in search.taken:
                        yield _unreached_action(
                            search, workflow, step, kind, actions[:index], action
                        )


def _unreached_action(
    search: Search,
    workflow: LinkedWorkflow,
    step: LinkedStep,
    kind: str,
    before: tuple[LinkedAction, ...],
    action: LinkedAction,
) -> Finding:
    always = next((a for a in before if not a.criteria and a.type != "retry"), None)
    held = next((a for a in before if a.type != "retry" and _always_holds(search, a)), None)
    if always is not None:
        why = f"action '{always.name}' before it has no criteria and is always taken"
    elif held is not None:
        why = f"action '{held.name}' before it is always taken: its criteria always hold"
    else:
        never = next(
            (c for c in action.criteria if search.verdicts.get(id(c), (c, {False}))[1] == {False}),
            None,
        )
        if never is not None:
            why = f"'{never.condition}' never holds"
        elif action.type == "retry" and action.retry_limit == 0:
            why = "its retryLimit is 0"
        else:
            why = f"no answer that the description allows leads to it when the step is a {kind}"
    return finding(
        "action-unreached",
        f"{kind} action '{action.name}' is never taken: {why}",
        workflow.workflow_id,
        step.step_id,
        step.location,
    )


def _always_holds(search: Search, action: LinkedAction) -> bool:
    """Whether the criteria of an action were asked and always held."""
    return bool(action.criteria) and all(
        search.verdicts.get(id(criterion), (criterion, set()))[1] == {True}
        for criterion in action.criteria
    )


# -- what is absent --------------------------------------------------------------------------------


def _absent_values(search: Search) -> Iterator[Finding]:
    """Steps that cannot be sent because a value they need is not there."""
    told: set[tuple[str | None, str]] = set()
    for path in search.paths:
        for record in path.turn.records:
            if not isinstance(record, StepFinished) or record.failure is None:
                continue
            failure = record.failure
            if failure.kind not in ("absent-value", "binding", "depends-on"):
                continue
            key = (failure.step_id, failure.message)
            if key in told:
                continue
            told.add(key)
            reasons = [c.reason for c in path.answers if c.reason != "success"]
            after = f" after: {', '.join(reasons)}" if reasons else ""
            from_input = failure.message.rstrip("'").endswith("was not given")
            yield finding(
                "input-needed" if from_input else "value-absent",
                f"cannot be sent (path {path.number}{after}): {failure.message}",
                failure.workflow_id or search.workflow_id,
                failure.step_id,
                failure.location,
            )


def _absent_outputs(search: Search) -> Iterator[Finding]:
    """Outputs without a value although the run completed."""
    completed = [path for path in search.paths if path.end.status == "completed"]
    names = dict.fromkeys(name for path in completed for name in path.end.missing_outputs)
    for name in names:
        lacking = [path for path in completed if name in path.end.missing_outputs]
        how = (
            "on every path that completes"
            if len(lacking) == len(completed)
            else f"on {len(lacking)} of {len(completed)} paths that complete, such as path "
            f"{lacking[0].number}"
        )
        yield finding("output-absent", f"output '{name}' has no value {how}", search.workflow_id)


# -- conditions ------------------------------------------------------------------------------------


def _constant_conditions(search: Search) -> Iterator[Finding]:
    if not search.complete:
        return
    for workflow in _workflows(search):
        for step in workflow.steps:
            if (workflow.key, step.step_id) not in search.visited:
                continue
            for criterion in step.success_criteria:
                verdicts = search.verdicts.get(id(criterion), (criterion, set()))[1]
                if len(verdicts) == 1:
                    word = "true" if True in verdicts else "false"
                    yield finding(
                        "condition-constant",
                        f"the success criterion '{criterion.condition}' is always {word}",
                        workflow.workflow_id,
                        step.step_id,
                        step.location,
                    )


def _doubts(search: Search) -> Iterator[Finding]:
    for moment, rule, message in search.doubts.values():
        step = moment.step
        yield finding(rule, message, moment.workflow.workflow_id, step.step_id, step.location)


def _budget(search: Search) -> Iterator[Finding]:
    if not search.complete:
        yield finding(
            "budget",
            "not every path was driven: the budget is used up",
            search.workflow_id,
            hint="give it more with --budget",
        )
