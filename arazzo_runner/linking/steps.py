"""Linking the steps and actions of one workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from arazzo_runner.criteria import Criterion
from arazzo_runner.errors import SyntaxFault, did_you_mean
from arazzo_runner.expressions import (
    Expression,
    MethodExpression,
    RequestExpression,
    StepsExpression,
    UrlExpression,
)
from arazzo_runner.linking.actions import ActionLinker
from arazzo_runner.linking.calls import link_call
from arazzo_runner.linking.producers import ProducerCompiler
from arazzo_runner.linking.program import (
    LinkedAction,
    LinkedBody,
    LinkedOutput,
    LinkedParameter,
    LinkedReplacement,
    LinkedStep,
    OperationCall,
    WorkflowCall,
)
from arazzo_runner.model import (
    Action,
    Parameter,
    RequestBody,
    Reusable,
    Step,
    Workflow,
)
from arazzo_runner.values import Json, json_text

if TYPE_CHECKING:
    from arazzo_runner.linking.documents import DocumentLinker
    from arazzo_runner.linking.linker import Linker

__all__ = ["StepLinker", "request_values"]


class StepLinker:
    """Links the steps of one workflow."""

    def __init__(self, linker: Linker, document: DocumentLinker, workflow: Workflow) -> None:
        self.linker = linker
        self.document = document
        self.workflow = workflow
        self.sink = document.sink
        self.positions: dict[str, int] = {}
        self.expressions: list[Expression] = []
        self._parameters = self.document.parameters(workflow.parameters)

    def link(self) -> tuple[LinkedStep, ...]:
        """The steps in the order they run; those that cannot be linked are reported."""
        order = self._order()
        self.positions = {
            self.workflow.steps[index].step_id: place for place, index in enumerate(order)
        }
        linked = [
            self._step(self.workflow.steps[index], place) for place, index in enumerate(order)
        ]
        return tuple(step for step in linked if step is not None)

    # -- order -------------------------------------------------------------------------------

    def _order(self) -> list[int]:
        """The list's order, changed only where a step needs a later one (A-33).

        Without ``dependsOn``, a reference to a later step is only an order when no goto or retry
        can lead back: in a loop it reads what the last turn left.
        """
        steps = self.workflow.steps
        index = {step.step_id: number for number, step in enumerate(steps)}
        needs: dict[int, list[int]] = {}
        for number, step in enumerate(steps):
            for name in step.depends_on:
                needs.setdefault(number, []).extend(self._dependency(name, step, index))
        if self._leads_back(index):
            implicit: list[tuple[int, int]] = []
        else:
            implicit = [
                (number, index[used])
                for number, step in enumerate(steps)
                for used in _steps_read(step)
                if used in index
            ]
        for number, used in implicit:
            needs.setdefault(number, []).append(used)
        if not any(need > number for number, befores in needs.items() for need in befores):
            return list(range(len(steps)))
        from arazzo_runner.linking.order import order_steps

        order, cycle = order_steps(len(steps), needs)
        if cycle:
            names = " → ".join(steps[number].step_id for number in cycle)
            self.sink.add(
                "step-depends-on-cycle",
                f"steps need each other: {names}",
                steps[cycle[0]].pointer,
            )
        return order

    def _dependency(self, name: str, step: Step, index: dict[str, int]) -> list[int]:
        if name.startswith("$"):
            return []  # a step of another workflow: ordered by workflow dependsOn
        if name in index:
            return [index[name]]
        self.sink.add(
            "step-depends-on-exists",
            f"step '{step.step_id}' depends on step '{name}', which does not exist",
            (*step.pointer, "dependsOn"),
            hint=did_you_mean(name, index),
        )
        return []

    def _leads_back(self, index: dict[str, int]) -> bool:
        for number, step in enumerate(self.workflow.steps):
            own = self._actions(step.on_success, step.on_failure)
            if any(index.get(action.step_id or "", number + 1) <= number for action in own):
                return True
        general = self._actions(self.workflow.success_actions, self.workflow.failure_actions)
        return any(action.step_id is not None for action in general)

    def _actions(
        self, success: Iterable[Action | Reusable], failure: Iterable[Action | Reusable]
    ) -> list[Action]:
        found = [
            *(self.document.action(item, "successActions") for item in success),
            *(self.document.action(item, "failureActions") for item in failure),
        ]
        return [action for action in found if action is not None]

    # -- steps -------------------------------------------------------------------------------

    def _step(self, step: Step, position: int) -> LinkedStep | None:
        names = self.document.names(self.workflow, self.linker.child_outputs(self.document, step))
        compiler = ProducerCompiler(names, self.sink, selectors=self.document.version.selectors)
        given = self._effective(step)
        call = link_call(self.linker, self.document, step, given)
        if call is None:
            # Its values are still read, so that all faults of the document are known at once.
            self._values(step, compiler, [(parameter, False) for parameter, _ in given], None)
            self._judgement(step, compiler)
            self.expressions.extend(compiler.expressions)
            return None
        target, parameters = call
        linked, body = self._values(step, compiler, parameters, target)
        sent = len(compiler.expressions)
        success, on_success, on_failure, outputs = self._judgement(step, compiler)
        read = compiler.expressions[sent:]
        self.expressions.extend(compiler.expressions)
        return LinkedStep(
            step_id=step.step_id,
            position=position,
            target=target,
            parameters=linked,
            body=body,
            success_criteria=success,
            on_success=on_success,
            on_failure=on_failure,
            outputs=outputs,
            timeout=self._timeout(step),
            waits_for=tuple(
                self.positions[name] for name in step.depends_on if name in self.positions
            ),
            reads_request=any(isinstance(e, _REQUEST) for e in read),
            polls=any(a.type == "goto" and a.step == position for a in on_success),
            document=self.sink.document,
            pointer=step.pointer,
            description=step.description,
            expressions=tuple(compiler.expressions),
        )

    def _timeout(self, step: Step) -> float | None:
        """Seconds; the document writes milliseconds (ST-26)."""
        if step.timeout is None:
            return None
        if step.timeout < 0:
            self.sink.add(
                "timeout-range", "'timeout' must not be negative", (*step.pointer, "timeout")
            )
        return step.timeout / 1000

    def _effective(self, step: Step) -> list[tuple[Parameter, bool]]:
        """The step's parameters and whether each is its own, not the workflow's (ST-13, WF-14)."""
        own = self.document.parameters(step.parameters)
        keys = {_key(parameter) for parameter in own}
        inherited = [p for p in self._parameters if _key(p) not in keys]
        return [*((p, False) for p in inherited), *((p, True) for p in own)]

    def _values(
        self,
        step: Step,
        compiler: ProducerCompiler,
        parameters: Sequence[tuple[Parameter, bool]],
        target: OperationCall | WorkflowCall | None,
    ) -> tuple[tuple[LinkedParameter, ...], LinkedBody | None]:
        linked = tuple(
            LinkedParameter(
                parameter.name,
                None if isinstance(target, WorkflowCall) else parameter.location,
                compiler.value(
                    parameter.value,
                    (*parameter.pointer, "value"),
                    what=f"parameter '{parameter.name}'",
                    required=required,
                    written=_written(parameter, target),
                ),
                required,
                parameter.value if isinstance(parameter.value, str) else json_text(parameter.value),
            )
            for parameter, required in parameters
        )
        body = None
        if step.request_body is not None and not isinstance(target, WorkflowCall):
            body = self._body(step, compiler, target)
        return linked, body

    def _body(
        self, step: Step, compiler: ProducerCompiler, target: OperationCall | None
    ) -> LinkedBody | None:
        written = step.request_body
        assert written is not None
        at = (*written.pointer, "payload")
        content_type = written.content_type or (target and target.binding.content_type) or ""
        if not written.has_payload:
            if written.replacements:
                self.sink.add(
                    "replacement-without-payload",
                    f"step '{step.step_id}' replaces parts of a payload it does not have",
                    (*written.pointer, "replacements"),
                    hint="add a payload",
                )
            return None
        produce = compiler.payload(written.payload, at, _requires(target))
        replacements = self._replacements(written, compiler, content_type)
        return LinkedBody(produce, replacements)

    def _replacements(
        self, written: RequestBody, compiler: ProducerCompiler, content_type: str
    ) -> tuple[LinkedReplacement, ...]:
        replacements = []
        for replacement in written.replacements:
            from arazzo_runner.criteria.replacements import compile_target

            try:
                goal = compile_target(
                    replacement.target,
                    type=replacement.type,
                    version=replacement.version,
                    content_type=content_type,
                )
            except SyntaxFault as error:
                self.sink.syntax("replacement-target", error, (*replacement.pointer, "target"))
                continue
            value = compiler.value(
                replacement.value,
                (*replacement.pointer, "value"),
                what=f"replacement '{replacement.target}'",
                required=True,
            )
            replacements.append(LinkedReplacement(goal, value, replacement.target))
        return tuple(replacements)

    def _judgement(
        self, step: Step, compiler: ProducerCompiler
    ) -> tuple[
        tuple[Criterion, ...],
        tuple[LinkedAction, ...],
        tuple[LinkedAction, ...],
        tuple[LinkedOutput, ...],
    ]:
        success = compiler.criteria(step.success_criteria)
        actions = ActionLinker(
            self.linker, self.document, self.workflow.workflow_id, self.positions, compiler
        )
        on_success = actions.link(step.on_success, self.workflow.success_actions, "successActions")
        on_failure = actions.link(step.on_failure, self.workflow.failure_actions, "failureActions")
        outputs = tuple(
            compiler.output(name, value, (*step.pointer, "outputs", name))
            for name, value in step.outputs.items()
        )
        return success, on_success, on_failure, outputs


_REQUEST = (RequestExpression, UrlExpression, MethodExpression)


def _key(parameter: Parameter) -> tuple[str, str | None]:
    """What makes parameters the same: name and place, header names without case (PAR-07)."""
    name = parameter.name.lower() if parameter.location == "header" else parameter.name
    return name, parameter.location


def _written(
    parameter: Parameter, target: OperationCall | WorkflowCall | None
) -> Callable[[str], str] | None:
    """How a text is embedded in a parameter: percent-encoded in a query of pairs (A-17)."""
    if parameter.location != "querystring" or not isinstance(target, OperationCall):
        return None
    declared = next((p for p in target.operation.parameters if p.location == "querystring"), None)
    kind = declared.content_type if declared else None
    from arazzo_runner.openapi import encode
    from arazzo_runner.values.media_types import is_form

    return encode if kind is None or is_form(kind) else None


def _requires(target: OperationCall | None) -> Callable[[tuple[str, ...]], bool]:
    """Which parts of a payload must be there."""
    if target is None:
        return lambda _: False
    body = target.operation.request_body

    def requires(path: tuple[str, ...]) -> bool:
        if not path:
            return body is not None and body.required
        return target.binding.body_requires(path)

    return requires


def request_values(step: Step) -> Iterator[Json]:
    """All that a step writes into its request: every object, every array, all that is in them."""
    todo: list[Json] = [
        parameter.value for parameter in step.parameters if isinstance(parameter, Parameter)
    ]
    if step.request_body is not None:
        todo.append(step.request_body.payload)
        todo.extend(replacement.value for replacement in step.request_body.replacements)
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)
        yield value


def _steps_read(step: Step) -> Iterable[str]:
    """The stepIds whose outputs a step's request reads."""
    from arazzo_runner.expressions import Template, parse_text

    for value in request_values(step):
        if isinstance(value, str) and "$steps." in value:
            parsed = parse_text(value)
            parts = parsed.parts if isinstance(parsed, Template) else (parsed,)
            for part in parts:
                if isinstance(part, StepsExpression):
                    yield part.step_id
