"""JUnit XML: a workflow is a suite, a step is a case, for the test reports of CI systems.

A step that ran several times is one case with the time of all of them. A failure that an action
took care of (a retry, a goto elsewhere) is no failed case: it is told in the case's output. Steps
that were never reached are skipped cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from arazzo_runner.errors import ArazzoError
from arazzo_runner.interpreter.records import FailureReason
from arazzo_runner.reporting.json_data import timestamp
from arazzo_runner.reporting.recording import Recording, StepRun, WorkflowRun
from arazzo_runner.reporting.text import duration_text, one_line
from arazzo_runner.reporting.verbose import criterion_text
from arazzo_runner.reporting.xml_text import XML_DECLARATION, xml_attribute, xml_content
from arazzo_runner.values import Redactor

__all__ = ["junit_error_text", "junit_text"]

_FAILURES: Final = frozenset({"criteria", "depends-on", "ended", "workflow"})
"""Kinds of failures that the workflow foresees; everything else is an error."""


def junit_text(recording: Recording, redactor: Redactor) -> str:
    """The report of a run."""
    suites = [_Suite(workflow, recording, redactor) for workflow in recording.workflows()]
    end = recording.end
    name = end.workflow_id if end else "arazzo"
    time = end.at - end.started_at if end else 0.0
    return _document(redactor.text(name), suites, time)


def junit_error_text(error: ArazzoError, workflow_id: str | None, redactor: Redactor) -> str:
    """The report of a run that could not begin: one case, which is an error."""
    name = redactor.text(workflow_id or "arazzo")
    suite = _Suite(None, None, redactor, name)
    reason = FailureReason(error.kind, str(error), location=error.location, hint=error.hint)
    suite.add_run_failure(reason)
    return _document(name, [suite], 0.0)


def _document(name: str, suites: list[_Suite], time: float) -> str:
    counts = [sum(suite.counts[n] for suite in suites) for n in range(3)]  # no place for skipped
    head = f"<testsuites name={xml_attribute(name)} {_counts(counts)} time={_time(time)}>"
    lines = [XML_DECLARATION, head]
    for suite in suites:
        lines += suite.lines()
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _counts(counts: list[int]) -> str:
    names = ("tests", "failures", "errors", "skipped")
    return " ".join(f'{name}="{n}"' for name, n in zip(names, counts, strict=False))


def _time(seconds: float) -> str:
    return f'"{max(0.0, seconds):.3f}"'


class _Suite:
    """The cases of one execution of a workflow; ``counts`` are tests, failures, errors, skipped."""

    def __init__(
        self,
        workflow: WorkflowRun | None,
        recording: Recording | None,
        redactor: Redactor,
        name: str = "",
    ) -> None:
        self.counts = [0, 0, 0, 0]
        self._cases: list[str] = []
        self._redactor = redactor
        self._workflow = workflow
        self._name = redactor.text(workflow.workflow_id) if workflow else name
        if workflow is None or recording is None:
            return
        grouped: dict[str, list[StepRun]] = {}
        for step in workflow.steps:
            grouped.setdefault(step.step_id, []).append(step)
        failure = workflow.finished.failure if workflow.finished else None
        blamed = False
        for runs in grouped.values():
            blamed = self._add_step(runs, failure) or blamed
        linked = recording.linked(workflow.workflow_id)
        for planned in linked.steps if linked else ():
            if planned.step_id not in grouped:
                self._add(planned.step_id, 0.0, '<skipped message="not reached"/>', 3)
        if failure is not None and not blamed:
            self.add_run_failure(failure)

    def lines(self) -> Iterator[str]:
        """The suite as XML."""
        began = ""
        time = 0.0
        if self._workflow is not None:
            started = self._workflow.started.at
            began = f" timestamp={xml_attribute(timestamp(started).removesuffix('Z'))}"
            time = self._workflow.finished.at - started if self._workflow.finished else 0.0
        head = f"name={xml_attribute(self._name)} {_counts(self.counts)} time={_time(time)}"
        yield f"  <testsuite {head}{began}>"
        yield from self._cases
        yield "  </testsuite>"

    def add_run_failure(self, failure: FailureReason) -> None:
        """What failed outside of the steps."""
        self._add("(run)", 0.0, *self._verdict(failure, []))

    def _add_step(self, runs: list[StepRun], failure: FailureReason | None) -> bool:
        """One case for all executions of a step; True when it is what the workflow failed at."""
        last = runs[-1]
        blamed = failure is not None and failure.step_id == last.step_id
        handled = last.finished is not None and _handled(last)
        time = sum(map(_seconds, runs))
        output = list(self._output(runs))
        why = last.finished.failure if last.finished else None
        if last.status == "success" or (handled and not blamed):
            self._add(last.step_id, time, "", None, output)
        elif last.status == "unfinished" and not blamed:
            self._add(last.step_id, time, '<skipped message="not finished"/>', 3, output)
        else:
            why = why or failure or FailureReason("ended", "a failure action ended the workflow")
            self._add(last.step_id, time, *self._verdict(why, runs), output)
        return blamed

    def _verdict(self, failure: FailureReason, runs: list[StepRun]) -> tuple[str, int]:
        """The element that says what is wrong, and which count it belongs to."""
        kind = "failure" if failure.kind in _FAILURES else "error"
        details = [f"{failure.location}: {failure.message}" if failure.location else ""]
        finished = runs[-1].finished if runs else None
        if finished is not None:
            failed = [c for c in finished.criteria if not c.verdict.passed]
            details += [criterion_text(checked, self._redactor) for checked in failed]
        if failure.hint:
            details.append(f"help: {failure.hint}")
        body = xml_content(self._redactor.text("\n".join(filter(None, details))))
        message = xml_attribute(one_line(self._redactor.text(failure.message), 300))
        element = f"<{kind} type={xml_attribute(failure.kind)} message={message}>{body}</{kind}>"
        return element, 1 if kind == "failure" else 2

    def _output(self, runs: list[StepRun]) -> Iterator[str]:
        """The requests, and failures that were taken care of."""
        for step in runs:
            for attempt in step.attempts:
                request = attempt.sent.request
                answer = f"no answer ({attempt.lost.kind})" if attempt.lost else "no answer"
                if attempt.answer is not None:
                    answer = str(attempt.answer.response.status)
                took = duration_text(attempt.duration_ms / 1000)
                yield f"{request.method} {one_line(request.url, 300)} {answer} {took}"
            finished = step.finished
            if finished is not None and finished.status == "failure" and _handled(step):
                action = finished.action
                target = (action and (action.step_id or action.workflow_id)) or ""
                yield f"failed, and action '{action and action.name}' went on: {target}".rstrip(
                    ": "
                )

    def _add(
        self,
        name: str,
        time: float,
        verdict: str,
        count: int | None,
        output: list[str] | None = None,
    ) -> None:
        self.counts[0] += 1
        if count is not None:
            self.counts[count] += 1
        case = (
            f"name={xml_attribute(self._redactor.text(name))} classname={xml_attribute(self._name)}"
        )
        self._cases.append(f"    <testcase {case} time={_time(time)}>")
        if verdict:
            self._cases.append(f"      {verdict}")
        if output:
            text = xml_content(self._redactor.text("\n".join(output)))
            self._cases.append(f"      <system-out>{text}</system-out>")
        self._cases.append("    </testcase>")


def _seconds(step: StepRun) -> float:
    """How long an execution took, with the wait after it when it is part of a poll."""
    after = sum(wait.seconds for wait in step.waits if wait.at >= step.ended_at)
    return step.ended_at - step.started.at + after


def _handled(step: StepRun) -> bool:
    """True when an action went on after the step failed."""
    action = step.finished.action if step.finished else None
    return action is not None and action.type in ("goto", "retry")
