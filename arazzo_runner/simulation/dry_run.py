"""A dry run: the requests of a workflow's straight path, made but not sent.

The straight path is every step in order, each succeeding: actions that depend on an answer are not
taken, those without criteria are (a goto forward, an end, a transfer). What an answer would have
given is made up, visibly where that is possible: an output that is a text, or that nothing is
known of, is ``<steps.STEP.outputs.NAME>``; any other is a value of the type that the description
of the answer gives, and is listed as made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from arazzo_runner.auth.signing_plan import SigningPlan, plan_signing
from arazzo_runner.errors import ArazzoError, Fault, InputError, Location
from arazzo_runner.execution import Settings
from arazzo_runner.execution.beginning import with_known_inputs
from arazzo_runner.expressions import Scope, SentRequest, WorkflowValues
from arazzo_runner.interpreter.values import produce_all
from arazzo_runner.interpreter.workflows import evaluate_outputs
from arazzo_runner.linking import Program, prepare_inputs
from arazzo_runner.linking.inputs import apply_defaults
from arazzo_runner.linking.program import (
    LinkedOutput,
    LinkedParameter,
    LinkedStep,
    LinkedWorkflow,
    OperationCall,
    WorkflowCall,
)
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.simulation.answers_ahead import answer_ahead
from arazzo_runner.simulation.values import make_value
from arazzo_runner.simulation.wanted_parts import Parts, parts_read, with_parts
from arazzo_runner.values import ABSENT, Json, Request, Value

__all__ = ["DryRun", "PlannedStep", "dry_run"]

_DEEPEST: Final = 32  # workflows inside one another, as in a run
_MOST: Final = 1_000  # steps, as in a run


class PlannedStep(NamedTuple):
    """A step that would be reached: its request, or why there is none.

    ``signing`` says for which AWS service and region the request would be signed; ``credentials``
    names the security schemes it needs otherwise. ``made_up`` are the step's outputs, which no
    answer has given yet. ``notes`` say what else is not as it will be.
    """

    step_id: str
    workflow_id: str
    request: Request | None
    problem: str | None
    location: Location | None
    signing: SigningPlan | None = None
    credentials: tuple[str, ...] = ()
    made_up: Mapping[str, Value] = {}
    notes: tuple[str, ...] = ()


class DryRun(NamedTuple):
    """What a run would send. ``made_up`` are the inputs that the caller did not give."""

    workflow_id: str
    inputs: Mapping[str, Value]
    made_up: tuple[str, ...]
    steps: tuple[PlannedStep, ...]
    warnings: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """True when every step has a request."""
        return all(step.problem is None for step in self.steps)


def dry_run(
    program: Program, workflow_id: str, inputs: Mapping[str, Value], settings: Settings
) -> DryRun:
    """The requests that a workflow would send, in order. Nothing is sent.

    Inputs that are required and not given are made from the schema of the inputs; optional ones
    only when a request cannot be made without.

    Raises:
        InputError: an input that is given does not fit.
    """
    key = program.entries[workflow_id]
    inputs = with_known_inputs(program.workflows[key], settings.inputs, inputs)
    planned = _plan(program, key, inputs, settings, everything=False)
    if not planned.ok and set(planned.inputs) != program.workflows[key].input_names:
        fuller = _plan(program, key, inputs, settings, everything=True)
        if _problems(fuller) < _problems(planned):
            return fuller
    return planned


def _problems(planned: DryRun) -> int:
    return sum(step.problem is not None for step in planned.steps)


def _plan(
    program: Program,
    key: str,
    given: Mapping[str, Value],
    settings: Settings,
    *,
    everything: bool,
) -> DryRun:
    workflow = program.workflows[key]
    values, made_up, notes = _inputs(program, workflow, given, everything=everything)
    walk = _Walk(program, settings)
    walk.workflow(key, values, 0)
    return DryRun(
        workflow.workflow_id, values, made_up, tuple(walk.steps), (*program.warnings, *notes)
    )


# -- inputs --------------------------------------------------------------------------------------


def _inputs(
    program: Program, workflow: LinkedWorkflow, given: Mapping[str, Value], *, everything: bool
) -> tuple[dict[str, Value], tuple[str, ...], tuple[Fault, ...]]:
    """All inputs, the names of those that were made, and warnings."""
    document = program.documents[workflow.document].document
    schema = workflow.inputs_schema
    known = apply_defaults(schema, given, document.data)
    made: Json = {}
    if schema is not None:
        try:
            made = make_value(schema, document, optional=everything, name=workflow.workflow_id)
        except ArazzoError:
            made = {}
    made = made if isinstance(made, dict) else {}
    missing = {name: value for name, value in made.items() if name not in known}
    values = {**known, **missing}
    try:
        values, notes = prepare_inputs(
            schema, values, workflow_id=workflow.workflow_id, definitions=document.data
        )
    except InputError as error:
        # What we made and is not accepted is not the caller's fault.
        theirs = [p for p in error.problems if not any(f"'{name}" in p for name in missing)]
        if theirs and given:
            raise
        notes = tuple(Fault("made-up-input", p, severity="warning") for p in error.problems)
    return values, tuple(missing), notes


# -- the straight path ---------------------------------------------------------------------------


class _Walk:
    """Goes along the straight path and keeps the planned steps."""

    def __init__(self, program: Program, settings: Settings) -> None:
        self._program = program
        self._settings = settings
        self._finished: dict[int, dict[str, WorkflowValues]] = {}
        self._done: set[str] = set()
        self._parts: dict[str, Parts] = {}
        self.steps: list[PlannedStep] = []

    def workflow(self, key: str, inputs: Mapping[str, Value], depth: int) -> Mapping[str, Value]:
        """Walk along a workflow; its outputs."""
        workflow = self._program.workflows[key]
        if depth > _DEEPEST:
            return {}
        for needed in workflow.depends_on:
            if needed not in self._done:
                self._done.add(needed)
                other = self._program.workflows[needed]
                values, _, _ = _inputs(self._program, other, {}, everything=True)
                self.workflow(needed, values, depth + 1)
        finished = self._finished.setdefault(workflow.document, {})
        finished[workflow.workflow_id] = WorkflowValues(inputs, {})
        outputs: dict[str, Mapping[str, Value]] = {}
        ending = self._steps(workflow, inputs, outputs, depth)
        if ending is not None:  # a transfer
            return ending
        scope = self._scope(workflow, inputs, outputs)
        values = _made_up(workflow.outputs, scope, f"workflows.{workflow.workflow_id}", {})
        finished[workflow.workflow_id] = WorkflowValues(inputs, values)
        return values

    def _steps(
        self,
        workflow: LinkedWorkflow,
        inputs: Mapping[str, Value],
        outputs: dict[str, Mapping[str, Value]],
        depth: int,
    ) -> Mapping[str, Value] | None:
        """Plan the steps; the outputs of the workflow it is transferred to, or None."""
        position = 0
        while position < len(workflow.steps) and len(self.steps) < _MOST:
            step = workflow.steps[position]
            scope = self._scope(workflow, inputs, outputs)
            outputs[step.step_id] = self._step(workflow, step, scope, depth)
            position += 1
            action = next((a for a in step.on_success if not a.criteria), None)
            if action is None or action.type == "retry":
                continue
            if action.type == "end":
                break
            if action.workflow is not None:
                scope = self._scope(workflow, inputs, outputs)
                given = _tolerant(action.parameters, scope)
                return self._call(action.workflow, given, depth)
            if action.step is not None and action.step >= position:
                position = action.step
        return None

    def _step(
        self, workflow: LinkedWorkflow, step: LinkedStep, scope: Scope, depth: int
    ) -> Mapping[str, Value]:
        """Plan one step; its outputs."""
        target = step.target
        if workflow.key not in self._parts:
            self._parts[workflow.key] = parts_read(workflow)
        parts, place = self._parts[workflow.key], f"steps.{step.step_id}"
        if isinstance(target, WorkflowCall):
            try:
                given: Mapping[str, Value] = produce_all(step.parameters, scope)
            except ArazzoError as error:
                self._add(workflow, step, problem=error.message)
                given = _tolerant(step.parameters, scope)
            scope.outputs = self._call(target, given, depth)
            return _made_up(step.outputs, scope, place, parts, step.step_id)
        values: list[Value] = []
        body: Value = ABSENT
        request = problem = None
        try:
            values = [parameter.produce(scope) for parameter in step.parameters]
            body = ABSENT if step.body is None else step.body.produce(scope)
            request = target.binding.request(values, body)
        except ArazzoError as error:
            problem = error.message
        named = _named(step, values)
        if request is not None:
            scope.request = SentRequest(
                request.method, request.url, request.headers, named["query"], named["path"], body
            )
        scope.response = answer_ahead(target)
        made = _made_up(step.outputs, scope, place, parts, step.step_id)
        self._add(workflow, step, request, problem, made)
        return made

    def _call(
        self, call: WorkflowCall, given: Mapping[str, Value], depth: int
    ) -> Mapping[str, Value]:
        other = self._program.workflows[call.key]
        root = self._program.documents[other.document].document.data
        return self.workflow(call.key, apply_defaults(other.inputs_schema, given, root), depth + 1)

    def _add(
        self,
        workflow: LinkedWorkflow,
        step: LinkedStep,
        request: Request | None = None,
        problem: str | None = None,
        made: Mapping[str, Value] | None = None,
    ) -> None:
        call = step.target
        planned = PlannedStep(
            step.step_id, workflow.workflow_id, request, problem, step.location, made_up=made or {}
        )
        if isinstance(call, OperationCall) and request is not None:
            planned = _outgoing(planned, request, call, self._settings)
        self.steps.append(planned)

    def _scope(
        self,
        workflow: LinkedWorkflow,
        inputs: Mapping[str, Value],
        outputs: Mapping[str, Mapping[str, Value]],
    ) -> Scope:
        return Scope(
            inputs,
            outputs,
            self._finished.get(workflow.document, {}),
            sources=workflow.sources,
            self_uri=workflow.self_uri,
            components=workflow.components,
        )


def _named(step: LinkedStep, values: Sequence[Value]) -> dict[str, dict[str, Value]]:
    named: dict[str, dict[str, Value]] = {"query": {}, "path": {}}
    for parameter, value in zip(step.parameters, values, strict=False):
        if parameter.location in named and value is not ABSENT:
            named[parameter.location][parameter.name] = value
    return named


def _tolerant(parameters: Sequence[LinkedParameter], scope: Scope) -> dict[str, Value]:
    """The parameters of a workflow that have a value."""
    values: dict[str, Value] = {}
    for parameter in parameters:
        try:
            values.update(produce_all([parameter], scope))
        except ArazzoError:
            continue
    return values


def _made_up(
    outputs: Sequence[LinkedOutput], scope: Scope, place: str, parts: Parts, step_id: str = ""
) -> dict[str, Value]:
    """Outputs that no answer has given: texts and unknown ones by their name, others by type."""
    found, _ = evaluate_outputs(outputs, scope)
    made: dict[str, Value] = {}
    for output in outputs:
        name = f"{place}.outputs.{output.name}"
        value = found.get(output.name)
        if value is None or isinstance(value, str):
            value = f"<{name}>"
        made[output.name] = with_parts(value, name, parts.get((step_id, output.name), ()))
    return made


# -- what else goes out --------------------------------------------------------------------------


def _outgoing(
    planned: PlannedStep, request: Request, call: OperationCall, settings: Settings
) -> PlannedStep:
    """With the caller's headers, a server in any case, and what credentials it would carry."""
    given = {name.lower() for name, _ in request.headers}
    more = tuple(pair for pair in settings.headers if pair[0].lower() not in given)
    notes: list[str] = []
    url = request.url
    if not url.startswith(("http://", "https://")):
        url = _with_server(url, call.source_name)
        notes.append(
            f"source description '{call.source_name}' has no server: "
            f"--server {call.source_name}=URL"
        )
    signing = None
    try:
        signing = plan_signing(call.declared_url, call.wants_sigv4, settings.aws)
    except ArazzoError as error:
        notes.append(str(error))
    return planned._replace(
        request=request._replace(url=url, headers=(*request.headers, *more)),
        signing=signing,
        credentials=call.schemes,
        notes=tuple(notes),
    )


def _with_server(url: str, source_name: str) -> str:
    """The URL below a server that says whose it is (RFC 2606: ``.invalid`` is nobody's)."""
    parts = urlsplit(url)
    host = re.sub(r"[^a-z0-9]+", "-", source_name.lower()).strip("-") or "server"
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{host}.invalid{path}{query}"
