"""Inputs made for a workflow: what its schema asks, and what the requests that use them ask."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from arazzo_runner.expressions import InputsExpression, parse_text
from arazzo_runner.linking.program import LinkedStep, LinkedWorkflow, OperationCall, Program
from arazzo_runner.model import Step
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi.bodies import find_media
from arazzo_runner.openapi.references import Node, References
from arazzo_runner.simulation.atoms import Atom
from arazzo_runner.simulation.bodies import part, with_part
from arazzo_runner.simulation.needs import Needs
from arazzo_runner.simulation.solving import choose, decidable
from arazzo_runner.simulation.values import NoValueError, ValueMaker
from arazzo_runner.values import ABSENT, EMPTY, Json, json_text

__all__ = ["InputMaker", "InputSet"]

_MOST: Final = 24  # input sets for one workflow


class InputSet(NamedTuple):
    """Inputs that may be given, and why they are worth giving."""

    values: dict[str, Json]
    reason: str


class InputMaker:
    """Makes the inputs of one workflow of a program."""

    def __init__(self, program: Program, key: str, needs: Needs, seed: int = 0) -> None:
        self._program = program
        self._workflow = program.workflows[key]
        self._needs = needs
        self._seed = seed
        self._document = program.documents[self._workflow.document].document
        description = next(iter(program.descriptions.values()), None)
        follow = description.follow if description else References(self._document, None).follow
        schema = self._workflow.inputs_schema
        self._maker = ValueMaker(follow, seed=seed, root=schema)
        self._bare = ValueMaker(follow, seed=seed, root=schema, optional=False)
        self._schema = Node({} if schema is None else schema, self._document)
        self._uses = _uses(self._workflow)
        self.undeclared: list[str] = []
        self.conflicts: list[str] = []

    def first(self, given: Mapping[str, Json] = EMPTY, *, optional: bool = True) -> dict[str, Json]:
        """What is given, and made values for all other inputs, or only for required ones."""
        maker = self._maker if optional else self._bare
        names = self._names(maker)
        values = {name: self._one(name, maker) for name in names if name not in given}
        return {**{n: v for n, v in values.items() if v is not ABSENT}, **given}

    def sets(self, given: Mapping[str, Json] = EMPTY) -> Iterator[InputSet]:
        """The first inputs, those on which a comparison depends, those without optional ones."""
        base = self.first(given)
        yield InputSet(base, "inputs")
        count = 1
        for path, atoms in self._compared():
            if path[0] in given:
                continue
            for value in self._values(base, path, atoms):
                count += 1
                if count > _MOST:
                    return
                changed = with_part(base, path, value)
                yield InputSet(changed, f"input {'.'.join(path)} = {value!r}")
        least = self.first(given, optional=False)
        if least != base:
            yield InputSet(least, "required inputs only")

    def _compared(self) -> Iterator[tuple[tuple[str, ...], Sequence[Atom]]]:
        for place, atoms in self._needs.atoms.items():
            if place.kind == "input" and place.step.workflow == self._workflow.key:
                yield place.path, atoms

    def _values(
        self, base: dict[str, Json], path: tuple[str, ...], atoms: Sequence[Atom]
    ) -> Iterator[Json]:
        nodes = [self._schema]
        for token in path:
            nodes = self._maker.inside(nodes, token)[0]
        current = part(base, path)
        seen = [current]
        for atom in atoms:
            for one in (atom, atom.negated()) if decidable(atom) else ():
                value, fits = choose(
                    [one], current, self._maker.listed(nodes), lambda v: self._maker.fits(nodes, v)
                )
                if fits and value is not ABSENT and value not in seen:
                    seen.append(value)
                    yield value

    # -- one input -------------------------------------------------------------------------------

    def _names(self, maker: ValueMaker) -> list[str]:
        """The declared inputs to make, and those that are read and not declared."""
        try:
            whole = maker.make(self._schema)
        except NoValueError:
            whole = {}
        names = list(whole) if isinstance(whole, dict) else []
        declared = self._workflow.input_names
        read = dict.fromkeys(
            e.name for e in _expressions(self._workflow) if isinstance(e, InputsExpression)
        )
        self.undeclared = [name for name in read if name not in declared and name not in names]
        return [*names, *self.undeclared]

    def _one(self, name: str, maker: ValueMaker) -> Json:
        nodes, _ = self._maker.inside([self._schema], name)
        uses = [node for node in self._uses.get(name, ()) if node.value is not None]
        wanted = self._wanted(name)
        place = f"/inputs/{name}"
        try:
            return maker.make([*nodes, *uses], name=name, place=place, wanted=wanted)
        except NoValueError:
            pass
        for wanted_by in (uses, *([use] for use in uses)):
            text = self._text(wanted_by, maker, name, place)
            if text is None or not self._maker.fits(nodes, text):
                continue
            if wanted_by is uses or all(self._takes(use, text) for use in uses):
                return text
        self.conflicts.append(name)
        try:
            return maker.make(nodes, name=name, place=place, wanted=wanted)
        except NoValueError:
            return ABSENT

    def _text(self, uses: list[Node], maker: ValueMaker, name: str, place: str) -> str | None:
        """A text that goes where something else belongs: digits for a number, one of a list."""
        try:
            value = maker.make(uses, name=name, place=place)
        except NoValueError:
            return None
        if isinstance(value, list) and value and isinstance(value[0], str | int | float):
            value = value[0]
        return value if isinstance(value, str) else json_text(value)

    def _takes(self, use: Node, text: str) -> bool:
        """Whether a text can be sent there: it is one, reads as what belongs there, or is one of
        a list."""
        readings: list[Json] = [text]
        with suppress(ValueError):
            readings.append(json.loads(text))
        return any(self._maker.fits([use], value) for one in readings for value in (one, [one]))

    def _wanted(self, name: str) -> dict[str, Json]:
        """The parts of an input that something reads."""
        trie: dict[str, Json] = {}
        for expression in _expressions(self._workflow):
            if isinstance(expression, InputsExpression) and expression.name == name:
                below = trie
                for token in expression.pointer or ():
                    below = below.setdefault(token, {})
        return trie


def _expressions(workflow: LinkedWorkflow) -> Iterator[object]:
    for step in workflow.steps:
        yield from (getattr(e, "expression", e) for e in step.expressions)
    for output in workflow.outputs:
        yield from (getattr(e, "expression", e) for e in output.expressions)


# -- where inputs go -------------------------------------------------------------------------------


def _uses(workflow: LinkedWorkflow) -> dict[str, list[Node]]:
    """The schemas of parameters and properties that an input is the whole value of."""
    found: dict[str, list[Node]] = {}
    written = {step.step_id: step for step in workflow.source.steps}
    for step in workflow.steps:
        source = written.get(step.step_id)
        if source is not None and isinstance(step.target, OperationCall):
            for name, node in _step_uses(step, source, step.target, workflow.input_names):
                found.setdefault(name, []).append(node)
    return found


def _step_uses(
    step: LinkedStep, written: Step, call: OperationCall, names: frozenset[str]
) -> Iterator[tuple[str, Node]]:
    operation = call.operation
    texts = {(p.name, p.location): p.text for p in step.parameters}
    for parameter in operation.parameters:
        name = _input_of(texts.get((parameter.name, parameter.location)), names)
        if name is not None and isinstance(parameter.schema, dict):
            yield name, Node(parameter.schema, operation.source.document)
    body = written.request_body
    if body is None or operation.request_body is None:
        return
    media = find_media(call.binding.content_type or "", operation.request_body.content)
    if media is not None and media.schema is not None:
        maker = ValueMaker(operation.source.follow)
        node = Node(media.schema, media.document or operation.source.document)
        yield from _payload_uses(body.payload, [node], maker, names)


def _payload_uses(
    payload: Json, nodes: list[Node], maker: ValueMaker, names: frozenset[str]
) -> Iterator[tuple[str, Node]]:
    if isinstance(payload, str):
        name = _input_of(payload, names)
        if name is not None:
            yield from ((name, node) for node in nodes)
    elif isinstance(payload, dict):
        for key, item in payload.items():
            yield from _payload_uses(item, maker.inside(nodes, key)[0], maker, names)
    elif isinstance(payload, list):
        for index, item in enumerate(payload):
            yield from _payload_uses(item, maker.inside(nodes, str(index))[0], maker, names)


def _input_of(text: Json, names: frozenset[str]) -> str | None:
    """The input that a text is the whole value of, by the grammar or by its declared name."""
    if not isinstance(text, str) or not text.startswith(("$inputs.", "{$inputs.")):
        return None
    parsed = parse_text(text)
    if isinstance(parsed, InputsExpression):
        return None if parsed.pointer else parsed.name
    name = text.strip("{}").removeprefix("$inputs.")
    return name if name in names else None
