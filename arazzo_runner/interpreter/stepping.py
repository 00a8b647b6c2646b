"""Steps: how one is sent, judged, and what its actions lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arazzo_runner.errors import ArazzoError
from arazzo_runner.expressions import Scope, SentRequest, WorkflowValues
from arazzo_runner.interpreter.messages import Effect, SendRequest, Wait
from arazzo_runner.interpreter.outcomes import OUTCOMES, check, select_action, taken
from arazzo_runner.interpreter.pacing import is_throttling, next_poll, retry_after
from arazzo_runner.interpreter.records import (
    ActionTaken,
    CriterionChecked,
    FailureReason,
    Noted,
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    StepFinished,
    StepStarted,
    Waiting,
)
from arazzo_runner.interpreter.state import Frame, PendingChild, Phase, State, Suspended
from arazzo_runner.linking.program import (
    LinkedAction,
    LinkedOutput,
    LinkedParameter,
    LinkedStep,
    LinkedWorkflow,
    OperationCall,
    Program,
    WorkflowCall,
)
from arazzo_runner.values import ABSENT, Response, Value

__all__ = ["Stepping"]

_TRAIL = 24  # steps remembered for the message of a guard


class Stepping:
    """A working copy of a state for one ``advance``; :meth:`freeze` makes the next state of it."""

    __slots__ = (
        "at",
        "dependencies",
        "effect",
        "entry",
        "finished",
        "frame",
        "frames",
        "paced",
        "program",
        "records",
        "settings",
        "started_at",
        "steps",
        "trail",
        "transferred_to",
    )

    def __init__(self, program: Program, state: State, at: float) -> None:
        self.program = program
        self.at = at
        self.settings = state.settings
        self.entry = state.entry
        self.started_at = state.started_at
        self.finished = state.finished
        self.dependencies = state.dependencies
        self.steps = state.steps
        self.paced = state.paced
        self.trail = state.trail
        self.transferred_to = state.transferred_to
        self.frames = list(state.frames)
        self.records: list[Record] = []
        self.effect: Effect | None = None
        self.frame: Frame
        if self.frames:
            self.own_top()

    def freeze(self) -> State:
        """The state after this advance."""
        return State(
            tuple(self.frames),
            self.settings,
            self.entry,
            self.started_at,
            self.finished,
            self.dependencies,
            self.steps,
            self.paced,
            self.trail,
            self.transferred_to,
        )

    def own_top(self) -> None:
        """Make the top frame ours to change: earlier states keep theirs."""
        self.frame = self.frames[-1] = self.frames[-1].copy()

    def pop(self) -> None:
        """Leave the top frame."""
        self.frames.pop()
        if self.frames:
            self.own_top()

    def remember(self, workflow: LinkedWorkflow, values: WorkflowValues) -> None:
        """Keep a workflow's inputs and outputs for ``$workflows``."""
        document = str(workflow.document)
        known = {**self.finished.get(document, {}), workflow.workflow_id: values}
        self.finished = {**self.finished, document: known}

    def scope(self, frame: Frame, workflow: LinkedWorkflow) -> Scope:
        """What the expressions of a workflow's steps see now."""
        document = str(workflow.document)
        workflows: Mapping[str, WorkflowValues] = self.finished.get(document, {})
        if workflow.reads_workflows:
            running = {
                linked.workflow_id: WorkflowValues(other.inputs, {})
                for other in self.frames
                if (linked := self.program.workflows[other.workflow]).document == workflow.document
            }
            workflows = {**running, **workflows}
        return Scope(
            frame.inputs,
            frame.outputs,
            workflows,
            sources=workflow.sources,
            self_uri=workflow.self_uri,
            components=workflow.components,
        )

    # -- sending -----------------------------------------------------------------------------

    def execute(self, frame: Frame) -> None:
        """Attempt the step at the frame's position, or what has to run before it."""
        if frame.pending is not None:
            pending, frame.pending = frame.pending, None
            if self._charge(frame, f"({pending.key})"):
                frame.phase = Phase.CHILD
                self.enter(pending.key, "retry", pending.inputs, deadline=frame.deadline)
            return
        workflow = self.program.workflows[frame.workflow]
        if frame.position >= len(workflow.steps):
            self.end_workflow("completed", None)
            return
        step = workflow.steps[frame.position]
        if not self._charge(frame, step.step_id):
            return
        if frame.attempts == 0:
            self._start_step(frame, step, workflow)
        frame.attempts += 1
        frame.request = None
        scope = self.scope(frame, workflow)
        for position in step.waits_for:
            before = workflow.steps[position].step_id
            if before not in frame.outputs:
                message = f"step '{before}', which this step depends on, has not run"
                self._not_sent(frame, step, scope, "depends-on", message)
                return
        try:
            if isinstance(step.target, WorkflowCall):
                self._call_workflow(frame, step, step.target, scope)
            else:
                self._send(frame, step, step.target, workflow, scope)
        except ArazzoError as error:
            self._not_sent(frame, step, scope, error.kind, error.message)

    def _start_step(self, frame: Frame, step: LinkedStep, workflow: LinkedWorkflow) -> None:
        visit = frame.visits.get(step.step_id, 0) + 1
        frame.visits = {**frame.visits, step.step_id: visit}
        frame.step_started_at = self.at
        self.records.append(
            StepStarted(step.step_id, workflow.workflow_id, visit, len(self.frames) - 1, self.at)
        )

    def _send(
        self,
        frame: Frame,
        step: LinkedStep,
        call: OperationCall,
        workflow: LinkedWorkflow,
        scope: Scope,
    ) -> None:
        values = [parameter.produce(scope) for parameter in step.parameters]
        body = ABSENT if step.body is None else step.body.produce(scope)
        request = call.binding.request(values, body)
        frame.request = request
        frame.phase = Phase.SENT
        frame.last_request = frame.position
        frame.sent_at = self.at
        timeout = step.timeout
        if frame.deadline is not None:
            left = max(0.001, frame.deadline - self.at)
            timeout = left if timeout is None else min(timeout, left)
        self.records.append(
            RequestSent(
                step.step_id,
                workflow.workflow_id,
                request,
                frame.attempts,
                len(self.frames) - 1,
                self.at,
            )
        )
        self.effect = SendRequest(
            request, call, step.step_id, workflow.workflow_id, frame.attempts, timeout
        )

    def _call_workflow(
        self, frame: Frame, step: LinkedStep, call: WorkflowCall, scope: Scope
    ) -> None:
        inputs = _produce_all(step.parameters, scope)
        frame.phase = Phase.CHILD
        deadline = frame.deadline
        if step.timeout is not None:
            own = self.at + step.timeout
            deadline = own if deadline is None else min(own, deadline)
        self.enter(call.key, "step", inputs, deadline=deadline)

    def _charge(self, frame: Frame, name: str) -> bool:
        """Count an attempt; False when a guard stopped the run."""
        self.trail = (*self.trail[1 - _TRAIL :], name)
        if frame.poll is not None:
            self.paced += 1
            spent, limit = self.paced, self.settings.max_paced_steps
        else:
            self.steps += 1
            spent, limit = self.steps, self.settings.max_steps
        if spent <= limit:
            return True
        self.abort(
            FailureReason(
                "steps",
                f"the budget of {limit} step attempts is used up; the run went {_loop(self.trail)}",
                step_id=name,
                workflow_id=self.program.workflows[frame.workflow].workflow_id,
                hint="the loop has no exit, or give it more with --max-steps",
            )
        )
        return False

    # -- judging -----------------------------------------------------------------------------

    def answered(self, frame: Frame, response: Response) -> None:
        """Judge a step by its answer: criteria, outputs, actions."""
        workflow = self.program.workflows[frame.workflow]
        step = workflow.steps[frame.position]
        self.records.append(
            ResponseReceived(
                step.step_id,
                workflow.workflow_id,
                response,
                frame.attempts,
                len(self.frames) - 1,
                self.at,
                (self.at - frame.sent_at) * 1000,
            )
        )
        scope = self.scope(frame, workflow)
        if step.reads_request:
            scope.request = self._sent(frame, step, scope)
        scope.response = response
        checked = check(step.success_criteria, scope)
        failure = None
        if checked:
            failed = [c for c in checked if not c.verdict.passed]
            if failed:
                failure = FailureReason("criteria", _why(failed, response))
        elif response.status >= 400:
            failure = FailureReason("criteria", f"the answer was {response.status}")
        self._judge(frame, step, scope, checked, failure, response)

    def lost(self, frame: Frame, kind: str, message: str) -> None:
        """Judge a step whose request got no answer: it failed, ``$statusCode`` is absent."""
        workflow = self.program.workflows[frame.workflow]
        step = workflow.steps[frame.position]
        self.records.append(
            RequestLost(
                step.step_id,
                workflow.workflow_id,
                kind,
                message,
                frame.attempts,
                len(self.frames) - 1,
                self.at,
            )
        )
        failure = FailureReason(kind, message)
        if kind == "size":
            self.abort(self._placed(failure, step, workflow))
            return
        scope = self.scope(frame, workflow)
        if step.reads_request:
            scope.request = self._sent(frame, step, scope)
        self._judge(frame, step, scope, (), failure, None)

    def child_ended(
        self,
        frame: Frame,
        status: str,
        outputs: Mapping[str, Value],
        failure: FailureReason | None,
    ) -> None:
        """Judge a workflow step by its child (A-23, A-41)."""
        workflow = self.program.workflows[frame.workflow]
        step = workflow.steps[frame.position]
        frame.last_request = -1
        scope = self.scope(frame, workflow)
        scope.outputs = outputs
        checked: tuple[CriterionChecked, ...] = ()
        reason = None
        if status == "failed":
            reason = FailureReason(
                failure.kind if failure else "workflow",
                f"the workflow it runs failed: {failure.message if failure else status}",
                hint=failure.hint if failure else None,
            )
        elif step.success_criteria:
            checked = check(step.success_criteria, scope)
            failed = [c for c in checked if not c.verdict.passed]
            reason = FailureReason("criteria", _why(failed, None)) if failed else None
        elif status == "ended":
            reason = FailureReason(
                "workflow", "the workflow it runs ended through a failure action"
            )
        self._judge(frame, step, scope, checked, reason, None)

    def _not_sent(
        self, frame: Frame, step: LinkedStep, scope: Scope, kind: str, message: str
    ) -> None:
        """Judge a step that could not be sent."""
        self._judge(frame, step, scope, (), FailureReason(kind, message), None)

    def _judge(
        self,
        frame: Frame,
        step: LinkedStep,
        scope: Scope,
        checked: tuple[CriterionChecked, ...],
        failure: FailureReason | None,
        response: Response | None,
    ) -> None:
        """Outputs first (A-40), then the first matching action, then where it leads."""
        outputs, missing = self.evaluate_outputs(step.outputs, scope)
        before = frame.outputs.get(step.step_id)
        frame.outputs = {**frame.outputs, step.step_id: outputs}
        scope.steps = frame.outputs
        success = failure is None
        if failure is not None:
            failure = self._placed(failure, step, self.program.workflows[frame.workflow])

        def finish(action: ActionTaken | None, *, reference: bool = False) -> None:
            self._finish_step(
                frame,
                step,
                action,
                response,
                checked,
                outputs,
                missing,
                failure,
                reference=reference,
            )

        if frame.suspended is not None:
            finish(None, reference=True)
            suspended, frame.suspended = frame.suspended, None
            frame.position = suspended.position
            frame.attempts = suspended.attempts
            frame.retries = suspended.retries
            frame.step_started_at = suspended.started_at
            frame.phase = Phase.READY
            return
        actions = step.on_success if success else step.on_failure
        index, action = select_action(actions, frame.retries, scope)
        if not success and action is None and self._throttled(frame, step, response, outputs):
            return
        if action is not None and action.type == "retry":
            self._retry(frame, step, index, action, scope, response, outputs)
            return
        finish(taken(action) if action is not None else None)
        outcome = OUTCOMES[success, action.type if action is not None else None]
        if outcome == "next":
            frame.position += 1
            self._arrive(frame)
            frame.poll = None
        elif outcome == "goto" and action is not None:
            self._goto(frame, step, action, scope, response, fresh=before != outputs)
        else:
            status = {"fail": "failed", "complete": "completed", "end": "ended"}[outcome]
            self.end_workflow(status, failure)

    def evaluate_outputs(
        self, outputs: Sequence[LinkedOutput], scope: Scope
    ) -> tuple[dict[str, Value], tuple[str, ...]]:
        """The outputs that have a value, and the names of those that have none (A-12)."""
        values: dict[str, Value] = {}
        missing: tuple[str, ...] = ()
        for output in outputs:
            try:
                value = output.produce(scope)
            except ArazzoError:
                value = ABSENT
            if value is ABSENT:
                missing = (*missing, output.name)
            else:
                values[output.name] = value
        return values, missing

    def _finish_step(
        self,
        frame: Frame,
        step: LinkedStep,
        action: ActionTaken | None,
        response: Response | None,
        checked: tuple[CriterionChecked, ...],
        outputs: Mapping[str, Value],
        missing: tuple[str, ...],
        failure: FailureReason | None,
        *,
        reference: bool = False,
    ) -> None:
        self.records.append(
            StepFinished(
                step.step_id,
                self.program.workflows[frame.workflow].workflow_id,
                "success" if failure is None else "failure",
                frame.attempts,
                action,
                frame.request,
                response,
                checked,
                outputs,
                missing,
                failure,
                frame.visits.get(step.step_id, 0),
                len(self.frames) - 1,
                frame.step_started_at,
                self.at,
                reference,
            )
        )
        frame.request = None

    def close_step(self, failure: FailureReason) -> None:
        """Record the step that a stop interrupts, when one is under way."""
        frame = self.frame
        workflow = self.program.workflows[frame.workflow]
        if frame.attempts and frame.position < len(workflow.steps):
            step = workflow.steps[frame.position]
            placed = self._placed(failure, step, workflow)
            outputs = frame.outputs.get(step.step_id, {})
            self._finish_step(frame, step, None, None, (), outputs, (), placed)

    # -- where actions lead ------------------------------------------------------------------

    def _arrive(self, frame: Frame) -> None:
        """A new execution of the step at the position."""
        frame.attempts = 0
        frame.retries = {}
        frame.phase = Phase.READY

    def _goto(
        self,
        frame: Frame,
        step: LinkedStep,
        action: LinkedAction,
        scope: Scope,
        response: Response | None,
        *,
        fresh: bool,
    ) -> None:
        if action.workflow is not None:
            try:
                inputs = _produce_all(action.parameters, scope)
            except ArazzoError as error:
                failure = FailureReason(error.kind, error.message, step.step_id)
                self.end_workflow("failed", failure)
                return
            self.transfer(action.workflow.key, inputs)
            return
        target = step.position if action.step is None else action.step
        paced = target == frame.last_request and target <= frame.position
        frame.position = target
        self._arrive(frame)
        if not paced or self.settings.pacing.interval <= 0:
            frame.poll = None
            return
        self._poll(frame, step, "poll", response, fresh=fresh)

    def _poll(
        self,
        frame: Frame,
        step: LinkedStep,
        reason: str,
        response: Response | None,
        *,
        fresh: bool,
        throttled: int = 0,
    ) -> None:
        """Wait before the same request is sent again."""
        pacing = self.settings.pacing
        poll = next_poll(frame.poll, frame.position, self.at, pacing, fresh=fresh)
        frame.poll = type(poll)(poll.position, poll.delay, poll.since, poll.count, throttled)
        if pacing.timeout is not None and self.at - poll.since >= pacing.timeout:
            workflow = self.program.workflows[frame.workflow]
            reached = FailureReason(
                "poll-timeout",
                f"the poll of step '{step.step_id}' took longer than {pacing.timeout:g} s",
                hint="give it more time with --poll-timeout",
            )
            self.abort(self._placed(reached, step, workflow))
            return
        delay, source = self._asked(response, poll.delay, "pacing", step)
        self._wait(frame, step, reason, delay, source, poll.since)

    def _throttled(
        self,
        frame: Frame,
        step: LinkedStep,
        response: Response | None,
        outputs: Mapping[str, Value],
    ) -> bool:
        """Send a poll's request again when the answer was only "too often" (SEMANTICS §4)."""
        pacing = self.settings.pacing
        if response is None or pacing.interval <= 0 or not is_throttling(response):
            return False
        polling = frame.poll is not None and frame.poll.position == frame.position
        if not (polling or step.polls):
            return False
        count = frame.poll.throttled + 1 if frame.poll is not None and polling else 1
        if count > pacing.throttle_limit:
            return False
        self._poll(frame, step, "throttled", response, fresh=False, throttled=count)
        return True

    def _retry(
        self,
        frame: Frame,
        step: LinkedStep,
        index: int,
        action: LinkedAction,
        scope: Scope,
        response: Response | None,
        outputs: Mapping[str, Value],
    ) -> None:
        """Wait, run what the action names, then attempt the step again (A-29, A-30)."""
        key = str(index)
        frame.retries = {**frame.retries, key: frame.retries.get(key, 0) + 1}
        since = frame.step_started_at
        if action.step is not None:
            frame.suspended = Suspended(
                frame.position, frame.attempts, frame.retries, frame.step_started_at
            )
            frame.position = action.step
            self._arrive(frame)
        elif action.workflow is not None:
            try:
                inputs = _produce_all(action.parameters, scope)
            except ArazzoError as error:
                inputs = {}
                self._note("absent-value", error.message, step)
            frame.pending = PendingChild(action.workflow.key, inputs)
        delay, source = self._asked(response, action.retry_after, "retryAfter", step)
        self._wait(frame, step, "retry", delay, source, since)

    def _asked(
        self, response: Response | None, seconds: float, source: str, step: LinkedStep
    ) -> tuple[float, str]:
        """The wait that applies: ``Retry-After`` overrules, up to the cap (RET-02)."""
        asked = retry_after(response, self.at)
        if asked is None:
            return seconds, source
        cap = self.settings.retry_after_cap
        if asked > cap:
            self._note(
                "retry-after-cap",
                f"the server asks to wait {asked:g} s (Retry-After); waiting {cap:g} s, the cap",
                step,
            )
        return min(asked, cap), "Retry-After"

    def _wait(
        self,
        frame: Frame,
        step: LinkedStep,
        reason: str,
        seconds: float,
        source: str,
        since: float,
    ) -> None:
        if seconds <= 0:
            frame.phase = Phase.READY
            return
        frame.phase = Phase.WAITING
        workflow_id = self.program.workflows[frame.workflow].workflow_id
        self.records.append(
            Waiting(
                step.step_id,
                workflow_id,
                reason,
                seconds,
                frame.visits.get(step.step_id, 0),
                since,
                frame.outputs.get(step.step_id, {}),
                source,
                len(self.frames) - 1,
                self.at,
            )
        )
        if frame.deadline is not None:
            seconds = max(0.0, min(seconds, frame.deadline - self.at))
        self.effect = Wait(seconds, reason, step.step_id)

    # -- small things ------------------------------------------------------------------------

    def _note(self, rule: str, message: str, step: LinkedStep) -> None:
        workflow_id = self.program.workflows[self.frame.workflow].workflow_id
        self.records.append(Noted(rule, message, step.step_id, workflow_id, self.at, step.location))

    def _placed(
        self, failure: FailureReason, step: LinkedStep, workflow: LinkedWorkflow
    ) -> FailureReason:
        """The failure with the step it happened in."""
        return FailureReason(
            failure.kind,
            failure.message,
            step.step_id,
            workflow.workflow_id,
            step.location,
            failure.hint,
        )

    def _sent(self, frame: Frame, step: LinkedStep, scope: Scope) -> SentRequest | None:
        """What ``$request`` reads: the parameters by name, evaluated again (A-53)."""
        request = frame.request
        if request is None:
            return None
        query: dict[str, Value] = {}
        path: dict[str, Value] = {}
        for parameter in step.parameters:
            group = {"query": query, "path": path}.get(parameter.location or "")
            if group is not None:
                value = parameter.produce(scope)
                if value is not ABSENT:
                    group[parameter.name] = value
        body = ABSENT if step.body is None else step.body.produce(scope)
        return SentRequest(request.method, request.url, request.headers, query, path, body)

    # Given by the machine, which knows about frames.

    def enter(
        self,
        key: str,
        purpose: str,
        inputs: dict[str, Value],
        *,
        deadline: float | None = None,
        reason: str | None = None,
    ) -> None:
        """Put a workflow on top."""
        raise NotImplementedError

    def end_workflow(self, status: str, failure: FailureReason | None) -> None:
        """End the workflow on top."""
        raise NotImplementedError

    def transfer(self, key: str, inputs: dict[str, Value]) -> None:
        """Goto a workflow."""
        raise NotImplementedError

    def abort(self, failure: FailureReason) -> None:
        """Stop the run."""
        raise NotImplementedError


def _produce_all(parameters: Sequence[LinkedParameter], scope: Scope) -> dict[str, Value]:
    """The inputs of a workflow by name; absent ones are left out (A-35)."""
    values = {parameter.name: parameter.produce(scope) for parameter in parameters}
    return {name: value for name, value in values.items() if value is not ABSENT}


def _why(failed: Sequence[CriterionChecked], response: Response | None) -> str:
    """Which comparison failed, on what values."""
    parts = []
    for checked in failed:
        verdict = checked.verdict
        values = ", ".join(f"{o.text} = {_short(o.value)}" for o in verdict.operands)
        detail = verdict.error or values
        parts.append(f"{checked.condition}" + (f" ({detail})" if detail else ""))
    answer = f"; the answer was {response.status}" if response is not None else ""
    return "not satisfied: " + "; ".join(parts) + answer


def _short(value: Value) -> str:
    if value is ABSENT:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _loop(trail: Sequence[str]) -> str:
    """The shortest repeating end of the trail, written as a loop; else its end."""
    for period in range(1, len(trail) // 2 + 1):
        if trail[-period:] == trail[-2 * period : -period]:
            return "round and round: " + " → ".join((*trail[-period:], trail[-period]))
    return "… " + " → ".join(trail[-8:])
