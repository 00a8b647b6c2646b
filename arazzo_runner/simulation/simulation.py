"""One run without the API: answers are tried until the run completes.

The interpreter is pure, so a step back costs nothing: a state that led to a bad end is left and
another answer is given. Time is what the waits say it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from arazzo_runner.errors import InputError
from arazzo_runner.execution.driver import Collector
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter import (
    Finish,
    Record,
    RequestFailed,
    ResponseArrived,
    RunFinished,
    RunSettings,
    SendRequest,
    StepFinished,
    Stop,
    Transition,
    WaitOver,
    advance,
    start,
)
from arazzo_runner.linking import Program, prepare_inputs
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi import Operation
from arazzo_runner.simulation.answers import AnswerMaker
from arazzo_runner.simulation.choices import Choice, Chooser, Moment
from arazzo_runner.simulation.findings import Finding
from arazzo_runner.simulation.inputs import InputMaker, InputSet
from arazzo_runner.simulation.observations import about_end, about_inputs, about_turns
from arazzo_runner.simulation.scenarios import Script
from arazzo_runner.simulation.states import StateKeys
from arazzo_runner.simulation.turns import Turn, made
from arazzo_runner.values import EMPTY, Json, Response

__all__ = ["BEGINNING", "Simulation", "received", "send", "simulate"]

BEGINNING: Final = 1_767_225_600.0
"""When every simulated run begins: 2026-01-01, seconds since the epoch."""

_TURNS: Final = 400  # answers tried for one run
_WAITING: Final = 2  # how often a poll gets a waiting answer
_NEVER: Final = 100


class Simulation(NamedTuple):
    """What a simulated run came to. ``exchanges`` are the operations that were
    asked and the answers that were given, in order."""

    result: RunResult
    inputs: Mapping[str, Json]
    findings: tuple[Finding, ...]
    exchanges: tuple[tuple[Operation, Choice], ...]
    records: tuple[Record, ...]

    @property
    def ok(self) -> bool:
        """Completed, by answers that the description allows, and no finding is an error."""
        return self.result.status == "completed" and not any(
            one.severity == "error" for one in self.findings
        )


def simulate(
    program: Program,
    workflow_id: str,
    given: Mapping[str, Json] = EMPTY,
    *,
    seed: int = 0,
    settings: RunSettings | None = None,
    script: Script | None = None,
    bare: bool = False,
) -> Simulation:
    """Run a workflow with answers made from its descriptions.

    Args:
        program: the linked document.
        workflow_id: a workflow of it.
        given: inputs; the others are made.
        seed: another seed gives other values.
        settings: of the run.
        script: answers that are given whatever they lead to.
        bare: make no inputs: those given are all there are.

    Raises:
        InputError: a given input does not fit.
        KeyError: there is no such workflow.
    """
    key = program.entries[workflow_id]
    chooser = Chooser(program, AnswerMaker(seed))
    script = script or Script()
    maker = InputMaker(program, key, chooser.needs, seed)
    best: _Run | None = None
    sets = [InputSet(dict(given), "inputs")] if bare else maker.sets(given)
    for count, inputs in enumerate(sets):
        values, _ = _prepared(program, key, inputs.values, given)
        run = _Run(chooser, values, settings or RunSettings(), script)
        run.search(workflow_id)
        if best is None or run.better_than(best):
            best = run
        if best.completed or count >= 8 or script.entries:
            break
    assert best is not None
    return best.simulation(workflow_id, program, key, maker)


def _prepared(
    program: Program, key: str, values: Mapping[str, Json], given: Mapping[str, Json]
) -> tuple[dict[str, Json], bool]:
    """The final inputs; made ones that do not fit are taken as they are."""
    workflow = program.workflows[key]
    root = program.documents[workflow.document].document.data
    schema, name = workflow.inputs_schema, workflow.workflow_id
    try:
        return prepare_inputs(schema, values, workflow_id=name, definitions=root)[0], True
    except InputError as error:
        if any(f"'{name}" in problem for problem in error.problems for name in given):
            raise
        return dict(values), False


class _Run:
    """The search for one run that completes with given inputs."""

    def __init__(
        self,
        chooser: Chooser,
        inputs: Mapping[str, Json],
        settings: RunSettings,
        script: Script,
    ) -> None:
        self._script = script
        self._keys = StateKeys(chooser.program)
        self._chooser = chooser
        self._program = chooser.program
        self._settings = settings
        self.inputs = inputs
        self.last: Turn | None = None
        self._score: tuple[int, int] = (-1, 0)

    @property
    def completed(self) -> bool:
        """Whether the best run completes by answers that the description allows."""
        return self._score[0] == 2

    def better_than(self, other: _Run) -> bool:
        """Whether this came to a better end."""
        return self._score > other._score

    def search(self, workflow_id: str) -> None:
        """Try answers that the description allows, then, if none helps, others."""
        for allowed_only in (True, False):
            transition = start(self._program, workflow_id, self.inputs, BEGINNING, self._settings)
            self._explore(Turn(None, None, transition, None), allowed_only=allowed_only)
            if self._score[0] > 0:
                return

    def _explore(self, first: Turn, *, allowed_only: bool) -> None:
        stack = [self._next(first, allowed_only=allowed_only)]
        left, deepest = _TURNS, first
        while stack and left > 0:
            turn = next(stack[-1], None)
            if turn is None:
                stack.pop()
                continue
            left -= 1
            deepest = turn
            stack.append(self._next(turn, allowed_only=allowed_only))
            if self.completed or (self._score[0] > 0 and not allowed_only):
                return

        if stack:
            next(stack[-1], None)  # the last answer may have ended the run
        if self.last is None:  # it went round and round
            message = f"{_TURNS} answers were given and the run did not end"
            at = deepest.transition.records[-1].at
            stop = Stop("steps", message, at)
            stopped = advance(self._program, deepest.transition.state, stop)
            self._ended(Turn(None, None, stopped, deepest))

    def _next(self, turn: Turn, *, allowed_only: bool) -> Iterator[Turn]:
        """The turns that may follow, the best first."""
        effect = turn.transition.effects[0]
        if isinstance(effect, Finish):
            self._ended(turn)
            return
        if not isinstance(effect, SendRequest):
            at = turn.transition.records[-1].at + effect.seconds
            later = advance(self._program, turn.transition.state, WaitOver(at))
            yield Turn(None, None, later, turn)
            return
        moment = self._chooser.moment(turn.transition.state, effect, made(turn))
        found: list[tuple[float, int, Turn]] = []
        seen: set[object] = set()
        at = turn.transition.records[-1].at
        for choice in self._choices(moment, turn):
            if allowed_only and choice.answer.forbidden:
                continue
            response = received(choice, moment)
            transition = send(self._program, turn.transition, choice, response, at)
            sign = signature(transition), self._keys.of(transition.state)
            if sign in seen:
                continue
            seen.add(sign)
            rank = _rank(moment, transition, choice)
            found.append((rank, len(found), Turn(choice, moment, transition, turn)))
        for _, _, one in sorted(found, key=lambda entry: entry[:2]):
            yield one

    def _choices(self, moment: Moment, turn: Turn) -> Iterator[Choice]:
        """The scripted answer, else those that may be worth giving."""
        if self._script.entries:
            asked = [
                (one.moment.call, one.moment.step.step_id)
                for one in turn.path()
                if one.choice is not None and one.moment is not None
            ]
            entry = self._script.find(moment.call, moment.step.step_id, asked)
            if entry is not None:
                base = self._chooser.usual(moment, entry.status)
                yield Choice(entry.answer(base), "scripted")
                return
        yield from self._chooser.likely(moment)
        yield from self._chooser.failing(moment)

    def _ended(self, turn: Turn) -> None:
        end = next(r for r in reversed(turn.transition.records) if isinstance(r, RunFinished))
        path = turn.path()
        allowed = not any(t.choice and t.choice.answer.forbidden for t in path)
        well = {
            (record.workflow_id, record.step_id)
            for one in path
            for record in one.transition.records
            if isinstance(record, StepFinished) and record.status == "success"
        }
        completed = end.status == "completed"
        score = (completed + (completed and allowed), len(well))
        if score > self._score:
            self._score, self.last = score, turn

    # -- the result --------------------------------------------------------------------------------

    def simulation(
        self, workflow_id: str, program: Program, key: str, maker: InputMaker
    ) -> Simulation:
        """The best run with everything found out about it."""
        assert self.last is not None
        records = self.last.records
        collector = Collector("simulated", program.warnings, None)
        for record in records:
            collector.record(record)
        result = collector.result()
        turns = self.last.path()
        found = [*about_inputs(program, key, maker, self.inputs), *about_turns(turns)]
        found += about_end(workflow_id, result)
        exchanges = tuple(
            (turn.moment.call.operation, turn.choice)
            for turn in turns
            if turn.choice is not None and turn.moment is not None
        )
        return Simulation(result, self.inputs, tuple(found), exchanges, tuple(records))


def received(choice: Choice, moment: Moment) -> Response | None:
    """The answer as the engine gets it; None when none comes."""
    if choice.answer.lost is not None:
        return None
    return choice.answer.response(f"{moment.call.operation.operation_id or ''}Response")


def send(
    program: Program, transition: Transition, choice: Choice, response: Response | None, at: float
) -> Transition:
    """Give an answer to a run that waits for one."""
    event: RequestFailed | ResponseArrived
    if response is None:
        event = RequestFailed(choice.answer.lost or "connect", "simulated: no answer came", at)
    else:
        event = ResponseArrived(response, at)
    return advance(program, transition.state, event)


def signature(transition: Transition) -> object:
    """What tells outcomes apart: the steps that ended, how, and what is absent."""
    return tuple(
        (
            record.step_id,
            record.status,
            record.action and record.action[:4],
            record.missing_outputs,
            tuple(c.verdict.passed for c in record.criteria),
            record.failure and record.failure.kind,
        )
        if isinstance(record, StepFinished)
        else (type(record).__name__, getattr(record, "status", None))
        for record in transition.records
    )


def _rank(moment: Moment, transition: Transition, choice: Choice) -> float:
    """How much a turn is worth trying: less is better."""
    step = moment.step
    own = next(
        (
            r
            for r in transition.records
            if isinstance(r, StepFinished) and r.step_id == step.step_id
        ),
        None,
    )
    end = next((r for r in transition.records if isinstance(r, RunFinished)), None)
    rank = 0.1 * len(choice.answer.doubts)
    ok = own is not None and own.status == "success"
    back = own is None or _goes_back(moment, own)
    error = choice.answer.lost is not None or choice.answer.status >= 400
    if back and not error:
        frames = transition.state.frames
        attempts = frames[-1].attempts if frames else 0
        rank += 0 if moment.visit + max(0, attempts - 1) <= _WAITING else 50
    elif ok and end is None:
        rank += 1
    elif end is not None and end.status == "completed":
        rank += 2
    elif back:
        rank += 60
    elif end is None:
        rank += 4
    else:
        rank += 70 if end.status == "ended" else 80
    return rank + (_NEVER if choice.answer.forbidden else 0)


def _goes_back(moment: Moment, own: StepFinished) -> bool:
    action = own.action
    if action is None or action.type != "goto" or action.step_id is None:
        return False
    places = {step.step_id: step.position for step in moment.workflow.steps}
    return places.get(action.step_id, 0) <= moment.step.position
