"""Rules about success and failure actions."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.errors import did_you_mean
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Fix, Problem, ReplaceValue
from arazzo_runner.validation.parts import Part, Subject
from arazzo_runner.validation.rules.parameters import equal, remove, resolved

ACTIONS = ("SuccessAction", "FailureAction")
LISTS = ("onSuccess", "onFailure", "successActions", "failureActions")


@rule(
    "action-type",
    on="Subject",
    severity="error",
    summary="An action has a type that does not exist.",
    explanation="""A success action is `end` or `goto`, a failure action `end`, `retry` or `goto`. A
    success action of type `retry` is reported by `on-success-retry`.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess: [{name: done, type: ends}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess: [{name: done, type: end}]
    """,
    requirement="ACT-02",
    fixable=True,
)
def action_type(subject: Subject) -> Iterator[Problem]:
    for action in subject.of(*ACTIONS):
        kind = action.text("type")
        allowed = ("end", "goto") if action.kind == "SuccessAction" else ("end", "retry", "goto")
        if kind is None or kind in (*allowed, "retry"):
            continue
        near = did_you_mean(kind, allowed)
        meant = near.split("'")[1] if near else None
        at = (*action.pointer, "type")
        yield action.problem(
            f"'{kind}' is not a type of {'success' if len(allowed) == 2 else 'failure'} action",
            "type",
            hint=near or f"one of {', '.join(allowed)}",
            fix=Fix(f"write {meant}", (ReplaceValue(at, meant),)) if meant else None,
        )


on_success_retry = Rule(
    "on-success-retry",
    "error",
    "A success action has the type retry.",
    """Only failure actions retry. To poll, go back to the step itself: `type: goto` with its own
    `stepId` and criteria. This engine runs such an action as a paced goto.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess: [{name: again, type: retry, criteria: [{condition: $statusCode == 202}]}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess:
      - {name: again, type: goto, stepId: list, criteria: [{condition: $statusCode == 202}]}
    """,
    requirement="ACT-02",
)


@rule(
    "action-name-unique",
    on="Subject",
    severity="error",
    summary="Two actions of a list have the same name.",
    explanation="""The name tells actions apart: a step overrides an action of the workflow by
    using its name. The same component twice is such a pair, too.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure:
      - {name: again, type: retry, criteria: [{condition: $statusCode == 503}]}
      - {name: again, type: end}
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure:
      - {name: again, type: retry, criteria: [{condition: $statusCode == 503}]}
      - {name: stop, type: end}
    """,
    requirement="ST-24, WF-12, A-34",
)
def action_name_unique(subject: Subject) -> Iterator[Problem]:
    for owner in subject.of("Workflow", "Step"):
        for field in LISTS:
            yield from _alike(owner, field)


def _alike(owner: Part, field: str) -> Iterator[Problem]:
    names: dict[str, int] = {}
    items = owner.items(field)
    for part in owner.parts(field):
        found = resolved(part)
        name = found.text("name") if found is not None else part.text("reference")
        if name is None:
            if any(equal(part.data, other) for other in items[: int(part.pointer[-1])]):
                yield part.problem("the same action is listed twice")
            continue
        line = part.subject.document.locate(part.pointer).line
        if name in names:
            yield part.problem(f"action '{name}' is listed twice (first in line {names[name]})")
        names.setdefault(name, line)


action_target_exclusive = Rule(
    "action-target-exclusive",
    "error",
    "An action names both a step and a workflow.",
    "`stepId` and `workflowId` of an action are mutually exclusive.",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess: [{name: on, type: goto, stepId: list, workflowId: main}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure:
      - {name: on, type: goto, stepId: list, criteria: [{condition: $statusCode == 503}]}
    """,
    requirement="ACT-05",
)

action_goto_target = Rule(
    "action-goto-target",
    "error",
    "A goto does not say where to go.",
    "An action of type `goto` has a `stepId` or a `workflowId`.",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: on, type: goto}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: on, type: goto, stepId: rest}]
    - {stepId: rest, operationId: listPets}
    """,
    requirement="ACT-05",
)


@rule(
    "action-end-target",
    on="Subject",
    severity="warning",
    summary="An action that ends the workflow names a step or workflow.",
    explanation="""`stepId` and `workflowId` are for `goto` and `retry`. On `end` they are ignored;
    perhaps `goto` is meant.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: done, type: end, stepId: list}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: done, type: end}]
    """,
    requirement="ACT-08",
)
def action_end_target(subject: Subject) -> Iterator[Problem]:
    for action in subject.of(*ACTIONS):
        for field in ("stepId", "workflowId"):
            if action.text("type") == "end" and field in action.data:
                yield action.problem(
                    f"'{field}' has no meaning for an action of type end",
                    field,
                    key=True,
                    hint="write type: goto, or remove it",
                )


action_step_exists = Rule(
    "action-step-exists",
    "error",
    "An action names a step that is not in its workflow.",
    "`stepId` of an action names a step of the workflow that the action is used in.",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: on, type: goto, stepId: rest}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: on, type: goto, stepId: rest}]
    - {stepId: rest, operationId: listPets}
    """,
    requirement="ACT-06",
)

action_workflow_exists = Rule(
    "action-workflow-exists",
    "error",
    "An action names a workflow that does not exist.",
    """`workflowId` names a workflow of this document, or
    `$sourceDescriptions.<name>.<workflowId>` for one of a source of type arazzo.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: on, type: goto, workflowId: clean-up}]
    """,
    right="""
    workflows:
    - workflowId: main
      steps:
      - stepId: list
        operationId: listPets
        onFailure: [{name: on, type: goto, workflowId: clean-up}]
    - {workflowId: clean-up, steps: [{stepId: list, operationId: listPets}]}
    """,
    requirement="ACT-07",
)


@rule(
    "action-parameters",
    on="Subject",
    severity="error",
    summary="Parameters of an action go nowhere.",
    explanation="""The parameters of an action become inputs of the workflow that it names, by their
    names: without a `workflowId` they go nowhere, and `in` must not be there.""",
    wrong="""
    workflows:
    - workflowId: main
      steps:
      - stepId: list
        operationId: listPets
        onFailure:
        - name: on
          type: goto
          workflowId: other
          parameters: [{name: reason, in: query, value: $statusCode}]
    - workflowId: other
      inputs: {type: object, properties: {reason: {type: integer}}}
      steps: [{stepId: list, operationId: listPets}]
    """,
    right="""
    workflows:
    - workflowId: main
      steps:
      - stepId: list
        operationId: listPets
        onFailure:
        - name: on
          type: goto
          workflowId: other
          parameters: [{name: reason, value: $statusCode}]
    - workflowId: other
      inputs: {type: object, properties: {reason: {type: integer}}}
      steps: [{stepId: list, operationId: listPets}]
    """,
    requirement="ACT-11, PAR-17",
    fixable=True,
)
def action_parameters(subject: Subject) -> Iterator[Problem]:
    for action in subject.of(*ACTIONS):
        if "parameters" in action.data and "workflowId" not in action.data:
            yield action.problem(
                "parameters of an action go to a workflow, and it names none",
                "parameters",
                key=True,
                hint="add a workflowId, or remove them",
            )
            continue
        for part in action.parts("parameters"):
            if part.kind == "Parameter" and "in" in part.data:
                yield part.problem(
                    "'in' must not be there: a parameter of an action becomes an input",
                    "in",
                    key=True,
                    hint="remove it",
                    fix=remove(part, "in"),
                )


@rule(
    "action-criteria-empty",
    on="Subject",
    severity="warning",
    summary="An action has an empty list of criteria.",
    explanation="""No criteria mean that the action is always taken. An empty list says so by
    accident; the JSON Schema of the specification refuses it on success actions.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: done, type: end, criteria: []}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: done, type: end}]
    """,
    requirement="ACT-12",
    fixable=True,
)
def action_criteria_empty(subject: Subject) -> Iterator[Problem]:
    for action in subject.of(*ACTIONS):
        if action.data.get("criteria") == []:
            yield action.problem(
                "the list of criteria is empty: the action is always taken",
                "criteria",
                hint="remove it",
                fix=remove(action, "criteria"),
            )
