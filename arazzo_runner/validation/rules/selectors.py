"""Rules about Selector Objects (Arazzo 1.1)."""

from __future__ import annotations

from arazzo_runner.validation.definition import Rule


def _output(text: str) -> str:
    return f"steps:\n- stepId: list\n  operationId: listPets\n  outputs:\n    found: {text}\n"


_RIGHT = _output("{context: $response.body, selector: '$[0].id', type: jsonpath}")

selector_type = Rule(
    "selector-type",
    "error",
    "The type or version of a Selector Object does not exist.",
    """A selector is `jsonpath`, `xpath` or `jsonpointer`, or an Expression Type Object with one of
    these and a version of it.""",
    wrong=_output("{context: $response.body, selector: '$[0].id', type: jsonpaht}"),
    right=_RIGHT,
    requirement="SEL-02",
)

selector_syntax = Rule(
    "selector-syntax",
    "error",
    "The selector of a Selector Object cannot be read.",
    "`selector` is a query in the language that `type` names.",
    wrong=_output("{context: $response.body, selector: '$[0', type: jsonpath}"),
    right=_RIGHT,
    requirement="SEL-11",
)

selector_context = Rule(
    "selector-context",
    "error",
    "The context of a Selector Object is not a runtime expression.",
    "`context` is a runtime expression whose value is structured data.",
    wrong=_output("{context: $respons.body, selector: '$[0].id', type: jsonpath}"),
    right=_RIGHT,
    requirement="SEL-06",
)

selector_near_miss = Rule(
    "selector-near-miss",
    "hint",
    "An object in a value looks like a Selector Object and is none.",
    """A Selector Object has exactly `context`, `selector` and `type`, and its context is a runtime
    expression. Any other object is sent as it stands.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      outputs: {pets: $response.body}
    - stepId: create
      operationId: createPet
      requestBody:
        payload: {name: {context: $steps.list.outputs.pets, selector: '$[0].name'}}
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      outputs: {pets: $response.body}
    - stepId: create
      operationId: createPet
      requestBody:
        payload: {name: {context: $steps.list.outputs.pets, selector: '$[0].name', type: jsonpath}}
    """,
    requirement="SEL-08, A-09",
)
