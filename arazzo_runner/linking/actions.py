"""Linking success and failure actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import did_you_mean
from arazzo_runner.linking.producers import ProducerCompiler
from arazzo_runner.linking.program import LinkedAction, LinkedParameter, WorkflowCall
from arazzo_runner.model import Action, Reusable

if TYPE_CHECKING:
    from arazzo_runner.linking.documents import DocumentLinker
    from arazzo_runner.linking.linker import Linker

__all__ = ["ActionLinker"]

_TYPES: Final = ("end", "goto", "retry")


class ActionLinker:
    """Links the actions of one step. ``positions`` maps the workflow's stepIds."""

    def __init__(
        self,
        linker: Linker,
        document: DocumentLinker,
        workflow_id: str,
        positions: Mapping[str, int],
        compiler: ProducerCompiler,
    ) -> None:
        self._linker = linker
        self._document = document
        self._sink = document.sink
        self._workflow_id = workflow_id
        self._positions = positions
        self._compiler = compiler

    def link(
        self,
        own: Sequence[Action | Reusable],
        workflow: Sequence[Action | Reusable],
        kind: str,
    ) -> tuple[LinkedAction, ...]:
        """The step's actions, then the workflow's whose name it does not redefine (A-19)."""
        resolved = [self._document.action(item, kind) for item in own]
        mine = [action for action in resolved if action is not None]
        names = {action.name for action in mine}
        inherited = [self._document.action(item, kind) for item in workflow]
        mine.extend(a for a in inherited if a is not None and a.name not in names)
        linked = [self._action(action, kind) for action in mine]
        return tuple(action for action in linked if action is not None)

    def _action(self, action: Action, kind: str) -> LinkedAction | None:
        if action.type not in _TYPES:
            self._sink.add(
                "action-type",
                f"action '{action.name}' has the unknown type '{action.type}'",
                (*action.pointer, "type"),
                hint=did_you_mean(action.type, _TYPES),
            )
            return None
        if kind == "successActions" and action.type == "retry":
            self._document.tolerance(
                "on-success-retry", "type: retry", "type: goto", (*action.pointer, "type")
            )
        criteria = self._compiler.criteria(action.criteria)
        position, call = None, None
        if action.type != "end":
            found = self._action_target(action)
            if found is None:
                return None
            position, call = found
        limit = 1 if action.retry_limit is None else action.retry_limit
        return LinkedAction(
            name=action.name,
            type=action.type,
            criteria=criteria,
            step=position,
            step_id=action.step_id if position is not None else None,
            workflow=call,
            parameters=self._action_parameters(action, call),
            retry_after=float(action.retry_after or 0),
            retry_limit=limit,
        )

    def _action_target(self, action: Action) -> tuple[int | None, WorkflowCall | None] | None:
        """The step or workflow that an action names; None after reporting."""
        at = action.pointer
        if action.step_id is not None and action.workflow_id is not None:
            self._sink.add(
                "action-target-exclusive",
                f"action '{action.name}' names both a stepId and a workflowId: they are mutually "
                "exclusive",
                at,
                hint="leave one of them out",
            )
            return None
        if action.step_id is not None:
            return self._action_step(action)
        if action.workflow_id is not None:
            call = self._linker.workflow_call(
                self._document, action.workflow_id, (*at, "workflowId"), "action-workflow-exists"
            )
            return None if call is None else (None, call)
        if action.type == "goto":
            self._sink.add(
                "action-goto-target",
                f"action '{action.name}' has neither stepId nor workflowId",
                at,
                hint="say where to go",
            )
            return None
        return None, None

    def _action_step(self, action: Action) -> tuple[int, None] | None:
        position = self._positions.get(action.step_id or "")
        if position is None:
            self._sink.add(
                "action-step-exists",
                f"{action.type} target step '{action.step_id}' is not a step of workflow "
                f"'{self._workflow_id}'",
                (*action.pointer, "stepId"),
                hint=did_you_mean(action.step_id or "", self._positions),
            )
            return None
        return position, None

    def _action_parameters(
        self, action: Action, call: WorkflowCall | None
    ) -> tuple[LinkedParameter, ...]:
        if call is None:
            return ()
        return tuple(
            LinkedParameter(
                parameter.name,
                None,
                self._compiler.value(
                    parameter.value,
                    (*parameter.pointer, "value"),
                    what=f"parameter '{parameter.name}'",
                    required=False,
                ),
                False,
                str(parameter.value),
            )
            for parameter in self._document.parameters(action.parameters)
        )
