"""The answers that matter at one point of a run: those that could lead somewhere else.

They come from the criteria of the step and of its actions, from later comparisons of what the
answer holds, from enums and from declared status codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from arazzo_runner.criteria import Criterion
from arazzo_runner.expressions import Scope
from arazzo_runner.interpreter import SendRequest, State
from arazzo_runner.interpreter.work import Work
from arazzo_runner.linking.program import (
    LinkedAction,
    LinkedStep,
    LinkedWorkflow,
    OperationCall,
    Program,
)
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi import MediaType
from arazzo_runner.openapi.references import Node
from arazzo_runner.openapi.schemas import requires
from arazzo_runner.simulation.answers import Answer, AnswerMaker, Doubt, resource_of
from arazzo_runner.simulation.atoms import Atom, atoms_of
from arazzo_runner.simulation.bodies import part, places, with_part, without_part
from arazzo_runner.simulation.echo import Things, sent_names
from arazzo_runner.simulation.needs import Needs, StepKey, place_of
from arazzo_runner.simulation.solving import choose, decidable, holds
from arazzo_runner.simulation.values import ValueMaker
from arazzo_runner.values import ABSENT, EMPTY, Json, Value, format_pointer, json_text

__all__ = ["Choice", "Chooser", "Moment", "sent"]

_MOST_VALUES: Final = 8  # of an enum, at one place
_MOST_BASES: Final = 3  # answers that optional parts are taken away from, besides the first
_LOST: Final = "connect"


class Choice(NamedTuple):
    """An answer that may be given and why it is worth giving."""

    answer: Answer
    reason: str


class Moment(NamedTuple):
    """A run that waits for an answer: the step, what its expressions see, what it sent."""

    workflow: LinkedWorkflow
    step: LinkedStep
    call: OperationCall
    scope: Scope
    key: StepKey
    visit: int
    things: Things

    @property
    def actions(self) -> tuple[LinkedAction, ...]:
        """All actions of the step."""
        return (*self.step.on_success, *self.step.on_failure)


def sent(moment: Moment) -> dict[str, Json]:
    """The values of a request by name, as its answer may repeat them."""
    named: dict[str, dict[str, Value]] = {"path": {}, "query": {}}
    step, scope = moment.step, moment.scope
    for parameter in step.parameters:
        group = named.get(parameter.location or "")
        if group is not None:
            group[parameter.name] = parameter.produce(scope)
    body = ABSENT if step.body is None else step.body.produce(scope)
    return sent_names(moment.call.operation, named["path"], named["query"], body)


class Chooser:
    """Finds the choices of a program. ``maker`` makes the answers they start from."""

    def __init__(
        self,
        program: Program,
        maker: AnswerMaker,
        needs: Needs | None = None,
        *,
        fresh: bool = True,
    ) -> None:
        """``fresh`` makes what a step creates differ from one time to the next."""
        self.program = program
        self._fresh = fresh
        self.maker = maker
        self.needs = needs or Needs(program)

    def moment(self, state: State, effect: SendRequest, things: Things | None = None) -> Moment:
        """What there is to know about the answer that a state waits for; ``things`` are those that
        the run has made so far.
        """
        work = Work(self.program, state, 0.0)
        frame = work.frame
        workflow = work.workflow(frame)
        step = workflow.steps[frame.position]
        scope = work.scope(frame, workflow)
        key = StepKey(workflow.key, step.position)
        visit = frame.visits.get(step.step_id, 1)
        return Moment(workflow, step, effect.call, scope, key, visit, things or Things())

    # -- the choices -----------------------------------------------------------------------------

    def likely(self, moment: Moment) -> Iterator[Choice]:
        """Answers for a run that makes progress, the most natural first."""
        success, step = moment.step.success_criteria, moment.step
        yield Choice(self._solve(moment, success, ()), "success")
        for index, action in enumerate(step.on_success):
            before = [c for other in step.on_success[:index] for c in other.criteria]
            if action.criteria:
                answer = self._solve(moment, (*success, *action.criteria), before)
                yield Choice(answer, f"success, action '{action.name}'")
        selective = [c for action in step.on_success for c in action.criteria]
        if selective:
            yield Choice(self._solve(moment, success, selective), "success, no action")
        yield from self._later(moment)

    def failing(self, moment: Moment) -> Iterator[Choice]:
        """Answers that make the step fail, for each way it can be handled."""
        step = moment.step
        success = step.success_criteria
        yield Choice(self._solve(moment, (), success, failing=True), "failure")
        for index, action in enumerate(step.on_failure):
            if action.criteria:
                before = [c for other in step.on_failure[:index] for c in other.criteria]
                answer = self._solve(moment, action.criteria, (*success, *before), failing=True)
                yield Choice(answer, f"failure, action '{action.name}'")
        selective = [c for action in step.on_failure for c in action.criteria]
        if selective:
            yield Choice(
                self._solve(moment, (), (*success, *selective), failing=True), "failure, no action"
            )
        for index, criterion in enumerate(success):
            if len(success) > 1:
                others = (*success[:index], *success[index + 1 :])
                yield Choice(
                    self._solve(moment, others, (criterion,)), f"not: {criterion.condition}"
                )
        for status in self.maker.failures(moment.call.operation):
            yield Choice(self._base(moment, status), f"status {status}")

    def thorough(self, moment: Moment) -> Iterator[Choice]:
        """All answers that matter."""
        likely = list(self.likely(moment))
        yield from likely
        yield from self.failing(moment)
        yield Choice(Answer(0, lost=_LOST), "no answer")
        start = likely[0].answer
        yield from self._values(moment, start)
        for base in likely[: 1 + min(len(moment.step.on_success), _MOST_BASES)]:
            yield from self._absent(moment, base.answer)
        if moment.step.polls:
            yield Choice(self._base(moment, 429), "too many requests")

    def _later(self, moment: Moment) -> Iterator[Choice]:
        """Success, with a value on which something further on depends."""
        start: Answer | None = None
        for place, atoms in self.needs.atoms.items():
            if place.step != moment.key or place.kind != "body":
                continue
            if start is None:
                start = self._solve(moment, moment.step.success_criteria, ())
            for atom in atoms:
                if not decidable(atom):
                    continue
                for one in (atom, atom.negated()):
                    answer = self._assign(moment, start, {place.path: [one]})
                    where = format_pointer(place.path)
                    shown = "" if one.value is ABSENT else f" {json_text(one.value)}"
                    yield Choice(answer, f"{where} {one.operator}{shown}")

    def _values(self, moment: Moment, start: Answer) -> Iterator[Choice]:
        """Success, with each value of an enum that something depends on."""
        for place in self.needs.atoms:
            if place.step != moment.key or place.kind != "body" or start.lost:
                continue
            nodes, _ = self._schema_at(moment, start, place.path)
            for value in self.maker.maker(moment.call.operation).listed(nodes)[:_MOST_VALUES]:
                body = with_part(start.body, place.path, value)
                text = f"{format_pointer(place.path)} = {json_text(value)}"
                yield Choice(start._replace(body=body), text)

    def _absent(self, moment: Moment, start: Answer) -> Iterator[Choice]:
        """Success, without what something reads though the answer need not have it."""
        without = start
        for path in _leaves(self.needs.wanted.get(moment.key, EMPTY)):
            if path and not self._required(moment, start, path):
                body = without_part(start.body, path)
                if body is not start.body:
                    yield Choice(start._replace(body=body), f"without {format_pointer(path)}")
                    without = without._replace(body=without_part(without.body, path))
            for cut, token in enumerate(path):
                if token.isdecimal() and isinstance(part(start.body, path[:cut]), list):
                    body = with_part(start.body, path[:cut], [])
                    nodes, _ = self._schema_at(moment, start, path[:cut])
                    if self._allowed_empty(moment, nodes):
                        yield Choice(
                            start._replace(body=body), f"{format_pointer(path[:cut])} is empty"
                        )
        yield Choice(without, "without optional parts")

    def usual(self, moment: Moment, status: int | None = None) -> Answer:
        """The answer with that status, as the description has it; by default a successful one."""
        if status is None:
            return self._solve(moment, moment.step.success_criteria, ())
        return self._base(moment, status)

    # -- one answer ------------------------------------------------------------------------------

    def _base(self, moment: Moment, status: int) -> Answer:
        operation = moment.call.operation
        wanted = self.needs.wanted.get(moment.key, EMPTY) if status < 400 else EMPTY
        names = self.needs.headers.get(moment.key, ()) if status < 400 else ()
        again = self._fresh and operation.method == "POST" and moment.visit > 1
        salt = f"/{moment.visit}" if again else ""
        answer = self.maker.base(operation, status, wanted, names, salt)
        if answer.body is ABSENT and status < 300 and moment.key in self.needs.bodies:
            answer = _with_body(answer, resource_of(operation))
        if status >= 400 or answer.body is ABSENT:
            return answer
        return answer._replace(body=self._echoed(moment, answer))

    def _echoed(self, moment: Moment, answer: Answer) -> Value:
        maker = self.maker.maker(moment.call.operation)

        def fits(path: tuple[str, ...], value: Json) -> bool:
            return maker.fits(self._schema_at(moment, answer, path)[0], value)

        return moment.things.applied(moment.call.operation, sent(moment), answer.body, fits)

    def _solve(
        self,
        moment: Moment,
        true: Iterable[Criterion],
        false: Iterable[Criterion],
        *,
        failing: bool = False,
    ) -> Answer:
        """An answer for which the first criteria hold and the others do not."""
        atoms = self._placed(moment, true, negated=False)
        fixed = set(atoms)
        for place, found in self._placed(moment, false, negated=True).items():
            if place not in fixed:
                atoms[place] = found
        status = self._status(moment, atoms.pop(("status",), []), failing=failing)
        answer = self._base(moment, status)
        headers = {p[1]: a for p, a in atoms.items() if p[0] == "header"}
        bodies = {p[1:]: a for p, a in atoms.items() if p[0] == "body"}
        answer = self._with_headers(answer, headers)
        return self._assign(moment, answer, bodies)

    def _placed(
        self, moment: Moment, criteria: Iterable[Criterion], *, negated: bool
    ) -> dict[tuple[str, ...], list[Atom]]:
        """The comparisons that depend on this answer, by place in it."""
        found: dict[tuple[str, ...], list[Atom]] = {}
        for criterion in criteria:
            for atom in atoms_of(criterion, moment.scope):
                wanted = atom.negated() if negated else atom
                for place in self._own_places(moment, atom):
                    found.setdefault(place, []).append(wanted)
        return found

    def _own_places(self, moment: Moment, atom: Atom) -> Iterator[tuple[str, ...]]:
        found = place_of(self.program, moment.workflow, moment.step, atom.expression, atom.path)
        for place in found:
            if place.step == moment.key and place.kind != "input":
                yield (place.kind, *place.path)

    def _status(self, moment: Moment, atoms: Sequence[Atom], *, failing: bool) -> int:
        operation = moment.call.operation
        usual = self.maker.success(operation)
        declared = [one.status for one in self.maker.described(operation)]
        named = [int(a.value) for a in atoms if _is_status(a.value)]
        near = [n + d for n in named for d in (0, 1, -1)]
        order = [usual, *sorted(declared, key=lambda s: s >= 400), *near, 400, 500, 200]
        if failing and not any(holds(a, usual) for a in atoms):
            order = [*self.maker.failures(operation), *near, *order]
        useful = [atom for atom in atoms if decidable(atom)]
        valid = [status for status in order if 100 <= status <= 599]
        return max(valid, key=lambda s: sum(holds(atom, s) for atom in useful))

    @staticmethod
    def _with_headers(answer: Answer, wanted: Mapping[str, Sequence[Atom]]) -> Answer:
        for name, atoms in wanted.items():
            now = next((v for k, v in answer.headers if k.lower() == name.lower()), ABSENT)
            if name.lower() == "content-type":
                now = answer.content_type or ABSENT
            value, _ = choose(atoms, now, (), lambda _: True)
            kept = tuple((k, v) for k, v in answer.headers if k.lower() != name.lower())
            if name.lower() == "content-type":
                answer = answer._replace(content_type="" if value is ABSENT else str(value))
            elif value is not ABSENT and value is not None:
                answer = answer._replace(headers=(*kept, (name, str(value))))
            else:
                answer = answer._replace(headers=kept)
        return answer

    def _assign(
        self, moment: Moment, answer: Answer, wanted: Mapping[tuple[str, ...], Sequence[Atom]]
    ) -> Answer:
        """The answer with values in its body for which the comparisons hold."""
        body, doubts = answer.body, list(answer.doubts)
        for path, atoms in wanted.items():
            maker = self.maker.maker(moment.call.operation)
            current = part(body, path)
            nodes, declared = self._schema_at(moment, answer._replace(body=body), path)
            needed = self._required(moment, answer, path)

            allowed = partial(_allowed, maker, nodes, needed)
            value, fits = choose(atoms, current, maker.listed(nodes), allowed)
            if value is not current and not fits and declared:
                doubts.append(_forbidden(path, value, maker.listed(nodes)))
            if value is ABSENT:
                body = without_part(body, path)
            elif value is not current:
                body = with_part(body, path, value)
        if body is not answer.body and answer.body is ABSENT:
            answer = answer._replace(content_type=answer.content_type or "application/json")
        return answer._replace(body=body, doubts=tuple(dict.fromkeys(doubts)))

    # -- schemas ---------------------------------------------------------------------------------

    def _schema_at(
        self, moment: Moment, answer: Answer, path: tuple[str, ...]
    ) -> tuple[list[Node], bool]:
        """The schemas of a part of the answer's body, and whether anything declares it."""
        found = self.maker.describe(moment.call.operation, answer.status)
        if found.schema is None:
            return [], False
        maker = self.maker.maker(moment.call.operation)
        nodes = [found.schema]
        for token in places(answer.body, path):
            nodes, how = maker.inside(nodes, token)
            if how != "declared":
                return [], False
        return nodes, True

    def _required(self, moment: Moment, answer: Answer, path: tuple[str, ...]) -> bool:
        found = self.maker.describe(moment.call.operation, answer.status)
        if found.schema is None:
            return False
        media = MediaType(found.schema.value, document=found.schema.document)
        resolved = places(answer.body, path)
        source = moment.call.operation.source
        return all(
            requires(media, resolved[: cut + 1], source)
            for cut in range(len(resolved))
            if not resolved[cut].isdecimal()
        )

    def _allowed_empty(self, moment: Moment, nodes: list[Node]) -> bool:
        maker = self.maker.maker(moment.call.operation)
        return not nodes or not maker.at_least(nodes)


def _with_body(answer: Answer, name: str) -> Answer:
    """A text where a body is read and none is declared."""
    doubt = Doubt("body-undeclared", f"no body is declared for status {answer.status}")
    return answer._replace(
        content_type="text/plain", body=f"{name}-1", doubts=(*answer.doubts, doubt)
    )


def _allowed(maker: ValueMaker, nodes: list[Node], needed: bool, value: Value) -> bool:
    """Whether the description allows a value there; ABSENT is none."""
    return not needed if value is ABSENT else maker.fits(nodes, value)


def _forbidden(path: tuple[str, ...], value: Value, listed: Sequence[Json]) -> Doubt:
    shown = "nothing" if value is ABSENT else json_text(value)
    where = format_pointer(path) or "the whole body"
    known = f" (it lists {', '.join(json_text(one) for one in listed[:8])})" if listed else ""
    return Doubt(
        "value-forbidden", f"the schema of the answer does not allow {shown} at {where}{known}"
    )


def _is_status(value: Value) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return 100 <= value <= 599
    return isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) == 3


def _leaves(
    trie: Mapping[str, Mapping[str, object]], at: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    for token, below in trie.items():
        here = (*at, token)
        yield here
        if isinstance(below, dict):
            yield from _leaves(below, here)
