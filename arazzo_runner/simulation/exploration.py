"""Every distinguishable path of a workflow: a model checker for one document.

A state of the interpreter is a small value, so the search is over pairs of a state and an answer
that matters there (see ``choices``). Equal states are met once; the paths with the fewest
deviations from the natural course come first, until the budget is used up.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

from arazzo_runner.criteria import Criterion
from arazzo_runner.errors import InputError
from arazzo_runner.expressions import Scope
from arazzo_runner.interpreter import (
    Finish,
    RunFinished,
    RunSettings,
    SendRequest,
    State,
    StepFinished,
    Transition,
    WaitOver,
    advance,
    start,
)
from arazzo_runner.linking import Program, prepare_inputs
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.simulation.answers import AnswerMaker
from arazzo_runner.simulation.choices import Choice, Chooser, Moment
from arazzo_runner.simulation.findings import Finding
from arazzo_runner.simulation.inputs import InputMaker
from arazzo_runner.simulation.requests import RequestChecker
from arazzo_runner.simulation.simulation import BEGINNING, received, send, signature
from arazzo_runner.simulation.states import StateKeys
from arazzo_runner.simulation.turns import Turn
from arazzo_runner.values import EMPTY, Json, Response

__all__ = ["BUDGET", "Exploration", "Path", "Search", "explore"]

BUDGET: Final = 2_000
"""Answers given in one exploration, unless more or fewer are asked for."""
_CHECKED: Final = 3  # requests of one step that are checked against the description


class Path(NamedTuple):
    """One way through the workflow, from its inputs to an end.

    ``number`` names it, ``turn`` is its last turn. ``deviations`` counts the answers that are not
    the natural ones.
    """

    number: int
    inputs: Mapping[str, Json]
    turn: Turn
    end: RunFinished
    deviations: int

    @property
    def answers(self) -> list[Choice]:
        """The answers along it."""
        return [turn.choice for turn in self.turn.path() if turn.choice is not None]

    @property
    def outcome(self) -> tuple[str, str, str]:
        """Status, step that decided it, kind of failure: what tells ends apart."""
        failure = self.end.failure
        where = (failure and failure.step_id) or ""
        return self.end.status, where, failure.kind if failure else ""


class Exploration(NamedTuple):
    """What an exploration found. ``complete`` says that the budget was enough."""

    workflow_id: str
    found: tuple[Path, ...]
    findings: tuple[Finding, ...]
    states: int
    complete: bool

    @property
    def paths(self) -> int:
        """How many paths were driven to their end."""
        return len(self.found)

    @property
    def shortest(self) -> dict[tuple[str, str, str], Path]:
        """The shortest example of each outcome, completed ones first."""
        best: dict[tuple[str, str, str], Path] = {}
        for path in self.found:
            known = best.get(path.outcome)
            if known is None or len(path.answers) < len(known.answers):
                best[path.outcome] = path
        order = ("completed", "ended", "failed")
        return dict(
            sorted(best.items(), key=lambda item: (order.index(item[0][0]), item[1].number))
        )

    @property
    def ok(self) -> bool:
        """True when no finding is an error."""
        return not any(one.severity == "error" for one in self.findings)


def explore(
    program: Program,
    workflow_id: str,
    given: Mapping[str, Json] = EMPTY,
    *,
    seed: int = 0,
    settings: RunSettings | None = None,
    budget: int = BUDGET,
) -> Exploration:
    """Drive every distinguishable path of a workflow.

    Args:
        program: the linked document.
        workflow_id: a workflow of it.
        given: inputs that are not to be varied.
        seed: another seed gives other values.
        settings: of the runs.
        budget: how many answers are given at most.

    Raises:
        InputError: a given input does not fit.
        KeyError: there is no such workflow.
    """
    from arazzo_runner.simulation.faults import faults_of

    search = Search(program, workflow_id, seed, settings or RunSettings())
    search.run(given, budget)
    return Exploration(
        workflow_id,
        tuple(search.paths),
        tuple(faults_of(search)),
        len(search.graph),
        search.complete,
    )


class Edge(NamedTuple):
    """One answer in a state: where it led (None: the end), whether all was well with it."""

    target: int | None
    good: bool


class Search:
    """The search and all it saw.

    ``graph`` lists the edges of each state, ``steps`` where it waits. ``visited``, ``asked`` and
    ``succeeded`` are the (workflow key, stepId) that were executed, sent, and did well; ``taken``
    the (workflow key, stepId, action); ``verdicts`` maps criteria to the verdicts they had.
    """

    def __init__(
        self, program: Program, workflow_id: str, seed: int, settings: RunSettings
    ) -> None:
        self.program = program
        self.workflow_id = workflow_id
        self.key = program.entries[workflow_id]
        self.settings = settings
        self.chooser = Chooser(program, AnswerMaker(seed), fresh=False)
        self.inputs = InputMaker(program, self.key, self.chooser.needs, seed)
        self.paths: list[Path] = []
        self.graph: dict[int, list[Edge]] = {}
        self.steps: dict[int, tuple[str, str]] = {}
        self.taken: set[tuple[str, str, str]] = set()
        self.visited: dict[tuple[str, str], None] = {}
        self.asked: set[tuple[str, str]] = set()
        self.succeeded: set[tuple[str, str]] = set()
        self.verdicts: dict[int, tuple[Criterion, set[bool]]] = {}
        self.requests: list[Finding] = []
        self.doubts: dict[tuple[str, str, str], tuple[Moment, str, str]] = {}
        self.complete = True
        self._numbers: dict[object, int] = {}
        self._keys = StateKeys(program)
        self._checker = RequestChecker()
        self._checked: dict[tuple[str, str], int] = {}
        self._left = 0
        self._queue: list[tuple[int, int, int, _Node]] = []
        self._order = count()

    def run(self, given: Mapping[str, Json], budget: int) -> None:
        """Search until everything is seen or the budget is used up."""
        self._left = budget
        for number, inputs in enumerate(self.inputs.sets(given)):
            values = self._prepared(inputs.values, given)
            transition = start(self.program, self.workflow_id, values, BEGINNING, self.settings)
            first = Turn(None, None, transition, None)
            self._reached(first, values, min(number, 1), None, good=True)
        while self._queue and self._left > 0:
            _, _, _, node = heapq.heappop(self._queue)
            self._expand(node)
        self.complete = not self._queue

    def _prepared(self, values: Mapping[str, Json], given: Mapping[str, Json]) -> dict[str, Json]:
        workflow = self.program.workflows[self.key]
        root = self.program.documents[workflow.document].document.data
        try:
            return prepare_inputs(
                workflow.inputs_schema,
                values,
                workflow_id=workflow.workflow_id,
                definitions=root,
            )[0]
        except InputError as error:
            if any(f"'{name}" in problem for problem in error.problems for name in given):
                raise
            return dict(values)

    # -- the graph ---------------------------------------------------------------------------------

    def _reached(
        self,
        turn: Turn,
        inputs: Mapping[str, Json],
        deviations: int,
        source: int | None,
        *,
        good: bool,
    ) -> None:
        """Waits pass; a state that is new is put into the queue."""
        self._note(turn)
        while True:
            effect = turn.transition.effects[0]
            if isinstance(effect, Finish | SendRequest):
                break
            at = turn.transition.records[-1].at + effect.seconds
            later = advance(self.program, turn.transition.state, WaitOver(at))
            turn = Turn(None, None, later, turn)
            self._note(turn)
        if isinstance(effect, Finish):
            ends = [r for r in turn.transition.records if isinstance(r, RunFinished)]
            self.paths.append(Path(len(self.paths) + 1, inputs, turn, ends[-1], deviations))
            if source is not None:
                self.graph[source].append(Edge(None, good))
            return
        key = self._keys.of(turn.transition.state)
        new = key not in self._numbers
        number = self._numbers.setdefault(key, len(self._numbers))
        if source is not None:
            self.graph[source].append(Edge(number, good))
        if new:
            self.graph[number] = []
            self.steps[number] = (turn.transition.state.frames[-1].workflow, effect.step_id)
            depth = len(turn.path())
            node = _Node(number, turn, effect, inputs, deviations)
            heapq.heappush(self._queue, (deviations, depth, next(self._order), node))

    def _expand(self, node: _Node) -> None:
        state = node.turn.transition.state
        moment = self.chooser.moment(state, node.effect)
        self.asked.add((moment.workflow.key, moment.step.step_id))
        self._check(moment)
        at = node.turn.transition.records[-1].at
        seen: set[object] = set()
        natural = True
        for choice in self.chooser.thorough(moment):
            if choice.answer.forbidden:
                continue
            self._left -= 1
            response = received(choice, moment)
            transition = send(self.program, node.turn.transition, choice, response, at)
            self._judge(moment, response, transition, state)
            key = self._keys.of(transition.state) if transition.state.frames else None
            sign = (signature(transition), key)
            if sign in seen:
                continue
            seen.add(sign)
            if natural:  # other answers are tried, not asked for
                self._doubt(moment, choice)
            good = choice.answer.lost is None and choice.answer.status < 400
            cost = 0 if natural or self._repeats(node, choice) else 1
            natural = False
            turn = Turn(choice, moment, transition, node.turn)
            self._reached(turn, node.inputs, node.deviations + cost, node.number, good=good)

    @staticmethod
    def _repeats(node: _Node, choice: Choice) -> bool:
        """The same answer again, as for a retry: no further deviation."""
        above: Turn | None = node.turn
        while above is not None and above.choice is None:
            above = above.above
        before = None if above is None else above.choice
        return before is not None and before.reason == choice.reason

    # -- what was seen -----------------------------------------------------------------------------

    def _note(self, turn: Turn) -> None:
        for record in turn.transition.records:
            if isinstance(record, StepFinished):
                key = self._workflow_key(record.workflow_id)
                self.visited[key, record.step_id] = None
                if record.status == "success":
                    self.succeeded.add((key, record.step_id))
                if record.action is not None:
                    self.taken.add((key, record.step_id, record.action.name))

    def _workflow_key(self, workflow_id: str) -> str:
        for key, workflow in self.program.workflows.items():
            if workflow.workflow_id == workflow_id:
                return key
        return workflow_id

    def _judge(
        self,
        moment: Moment,
        response: Response | None,
        transition: Transition,
        before: State,
    ) -> None:
        """Remember the verdict of every criterion that was asked."""
        step, key = moment.step, moment.workflow.key
        own = next((r for r in transition.records if isinstance(r, StepFinished)), None)
        failed: bool | None = None
        if own is not None and own.step_id == step.step_id:
            failed = own.status == "failure"
            for criterion, checked in zip(step.success_criteria, own.criteria, strict=False):
                self._verdict(criterion, passed=checked.verdict.passed)
        else:
            self.visited[key, step.step_id] = None
            self._retried(moment, transition, before)
        if response is None:
            return
        scope = moment.scope
        previous = scope.steps
        scope.response = response
        if own is not None and failed is not None:
            scope.steps = {**previous, step.step_id: own.outputs}
        for action in step.on_failure if failed in (True, None) else step.on_success:
            if not self._asked(action.criteria, scope):
                continue
            break
        scope.response, scope.steps = None, previous

    def _asked(self, criteria: Sequence[Criterion], scope: Scope) -> bool:
        for criterion in criteria:
            passed = criterion.evaluate(scope).passed
            self._verdict(criterion, passed=passed)
            if not passed:
                return False
        return True

    def _verdict(self, criterion: Criterion, *, passed: bool) -> None:
        self.verdicts.setdefault(id(criterion), (criterion, set()))[1].add(passed)

    def _retried(self, moment: Moment, transition: Transition, before: State) -> None:
        """A retry leaves no finished step: the counters tell which action it was."""
        if not transition.state.frames:
            return
        for frame in transition.state.frames:
            now = frame.suspended.retries if frame.suspended else frame.retries
            was = before.frames[-1].retries
            for index, number in now.items():
                if number > was.get(index, 0):
                    for actions in (moment.step.on_success, moment.step.on_failure):
                        if int(index) < len(actions) and actions[int(index)].type == "retry":
                            name = actions[int(index)].name
                            self.taken.add((moment.workflow.key, moment.step.step_id, name))

    def _check(self, moment: Moment) -> None:
        key = (moment.workflow.key, moment.step.step_id)
        self._checked[key] = self._checked.get(key, 0) + 1
        if self._checked[key] <= _CHECKED:
            self.requests += self._checker.check(moment)

    def _doubt(self, moment: Moment, choice: Choice) -> None:
        for doubt in choice.answer.doubts:
            key = (moment.workflow.key, moment.step.step_id, doubt.message)
            self.doubts.setdefault(key, (moment, doubt.rule, doubt.message))


class _Node(NamedTuple):
    """A state that waits for an answer and is still to be looked at."""

    number: int
    turn: Turn
    effect: SendRequest
    inputs: Mapping[str, Json]
    deviations: int
