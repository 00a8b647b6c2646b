"""What documents write wrong and mean clearly: a run tolerates it, validation does not.

The forms are those of the table of tolerances (``criteria.tolerances``); the linker reports them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from arazzo_runner.expressions import LENGTH
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import Text


def _condition(text: str) -> str:
    return f"steps:\n- stepId: list\n  operationId: listPets\n  successCriteria:\n  - {text}\n"


def _output(text: str) -> str:
    return f"steps:\n- stepId: list\n  operationId: listPets\n  outputs:\n    found: {text}\n"


def _parameter(text: str) -> str:
    return (
        "inputs: {type: object, properties: {ids: {type: array}, status: {type: string}}}\n"
        "steps:\n- stepId: list\n  operationId: listPets\n  outputs: {pet: $response.body}\n"
        "- stepId: again\n  operationId: listPets\n  parameters:\n"
        f"  - {{name: status, in: query, value: {text}}}\n"
    )


_CONDITION: Final = "CR-05, CR-06, CR-12"

jsonpath_comparison = Rule(
    "jsonpath-comparison",
    "error",
    "A criterion of type jsonpath compares values instead of being a query.",
    """RFC 9535 has comparisons only inside of filters. `$[?<comparison>]` is such a filter: its
    paths begin with `$`, so it selects all members of the document, or none. That is what
    `--fix` writes. The two differ only when the document is empty. A simple condition on
    `$response.body` says the same more plainly.""",
    wrong=_condition(
        """{context: $response.body, type: jsonpath, condition: '$.status == "done"'}"""
    ),
    right=_condition(
        """{context: $response.body, type: jsonpath, condition: '$[?$.status == "done"]'}"""
    ),
    requirement="CR-15",
    fixable=True,
)

simple_unquoted_string = Rule(
    "simple-unquoted-string",
    "error",
    "A string in a simple condition has no quotes.",
    "Strings stand in single quotes. A run reads the rest of the operand as the string.",
    wrong=_condition("condition: $response.header.Server == petstore"),
    right=_condition("condition: $response.header.Server == 'petstore'"),
    requirement=_CONDITION,
    fixable=True,
)

simple_double_quotes = Rule(
    "simple-double-quotes",
    "error",
    "A string in a simple condition is in double quotes.",
    "Strings stand in single quotes; `''` stands for a quote in one.",
    wrong=_condition("""condition: '$response.header.Server == "petstore"'"""),
    right=_condition("condition: $response.header.Server == 'petstore'"),
    requirement="CR-05",
    fixable=True,
)

simple_braced = Rule(
    "simple-braced",
    "error",
    "A simple condition, or an expression in it, stands in braces.",
    """Braces embed expressions in texts. In a simple condition an expression stands for itself; an
    example of version 1.0.1 of the specification got it wrong.""",
    wrong=_condition("condition: '{$statusCode == 200}'"),
    right=_condition("condition: $statusCode == 200"),
    requirement="CR-17, CR-24",
    fixable=True,
)


@rule(
    "simple-length",
    on="Text",
    severity="warning",
    summary="A simple condition asks for the length of something.",
    explanation="""There is no `.length` in simple conditions: it reads a member of that name. A run
    gives the length of an array, a string or an object that has no such member. Ask for the first
    item instead, or use JSONPath.""",
    wrong=_condition("condition: $response.body.length > 0"),
    right=_condition("condition: $response.body[0] != null"),
    requirement="CR-11, A-01",
)
def simple_length(text: Text) -> Iterator[Problem]:
    for found in text.references:
        if found.accessors and found.accessors[-1] is LENGTH:
            written = text.data[found.offset : found.offset + found.length]
            yield text.inside(
                f"'{written}' reads a member called length, which an array does not have",
                found.offset,
                found.length,
                hint="ask for an item, such as [0] != null",
            )


simple_context_literal = Rule(
    "simple-context-literal",
    "error",
    "A criterion has a context and a literal as its condition.",
    """A simple condition is a comparison. A run compares the context with the literal; `--fix`
    writes that comparison.""",
    wrong=_condition("{context: $statusCode, condition: '200'}"),
    right=_condition("condition: $statusCode == 200"),
    requirement="CR-03, A-18",
    fixable=True,
)

regex_slashes = Rule(
    "regex-slashes",
    "error",
    "A regular expression stands between slashes.",
    "The condition is the pattern itself; slashes and flags are the notation of some languages.",
    wrong=_condition("{context: $response.body, type: regex, condition: /^ok$/i}"),
    right=_condition("{context: $response.body, type: regex, condition: '^[oO][kK]$'}"),
    requirement="CR-13, A-22",
)

regex_inline_flags = Rule(
    "regex-inline-flags",
    "error",
    "A regular expression begins with flags in parentheses.",
    "`(?i)` is not part of JavaScript's regular expressions.",
    wrong=_condition("{context: $response.body, type: regex, condition: '(?i)^ok$'}"),
    right=_condition("{context: $response.body, type: regex, condition: '^[oO][kK]$'}"),
    requirement="CR-13, A-22",
)

expression_dots = Rule(
    "expression-dots",
    "error",
    "An expression reads members with dots.",
    """Outside of simple conditions, members of a value are read with a JSON Pointer: `#/name` after
    the expression. With a dot, `$inputs.customer.name` is the input called `customer.name`.""",
    wrong=_output("$response.body.id"),
    right=_output("$response.body#/0/id"),
    requirement="EX-03, A-01, A-48",
    fixable=True,
)

expression_index = Rule(
    "expression-index",
    "error",
    "An expression reads items with brackets.",
    "Outside of simple conditions, items of an array are read with a JSON Pointer: `#/0`.",
    wrong=_output("'$response.body[0].id'"),
    right=_output("$response.body#/0/id"),
    requirement="EX-03, A-01",
    fixable=True,
)

expression_headers_plural = Rule(
    "expression-headers-plural",
    "error",
    "An expression says headers instead of header.",
    "A header is read with `$response.header.<name>`.",
    wrong=_output("$response.headers.X-Total"),
    right=_output("$response.header.X-Total"),
    requirement="EX-02",
    fixable=True,
)

pointer_slash = Rule(
    "pointer-slash",
    "error",
    "A JSON Pointer lacks its first slash.",
    "A JSON Pointer is empty or begins with `/`.",
    wrong=_output("$response.body#id"),
    right=_output("$response.body#/0/id"),
    requirement="EX-08",
    fixable=True,
)

steps_without_outputs = Rule(
    "steps-without-outputs",
    "error",
    "A reference to a step's output leaves out '.outputs'.",
    "The outputs of a step are read with `$steps.<stepId>.outputs.<name>`.",
    wrong=_parameter("$steps.list.pet"),
    right=_parameter("$steps.list.outputs.pet"),
    requirement="EX-01",
    fixable=True,
)

name_outside_grammar = Rule(
    "name-outside-grammar",
    "error",
    "A name has characters that expressions cannot spell.",
    """Names of inputs and outputs in expressions have letters, digits, `.`, `_` and `-`. A run
    finds what is declared with that very name; other engines do not.""",
    wrong="""
    inputs: {type: object, properties: {'pet status': {type: string}}}
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: status, in: query, value: $inputs.pet status}]
    """,
    right="""
    inputs: {type: object, properties: {pet-status: {type: string}}}
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: status, in: query, value: $inputs.pet-status}]
    """,
    requirement="EX-05, A-48",
)

template_unbraced = Rule(
    "template-unbraced",
    "error",
    "An expression in a text has no braces.",
    "Inside of a text an expression stands in braces: `{$inputs.status}`.",
    wrong=_parameter("is $inputs.status"),
    right=_parameter("'is {$inputs.status}'"),
    requirement="EX-07",
    fixable=True,
)


operation_path_form = Rule(
    "operation-path-form",
    "error",
    "An operationPath is written in another form than the specification gives.",
    """The form is `{$sourceDescriptions.<name>.url}#/paths/~1pets/get`: the URL of a source as
    an embedded expression, and a JSON Pointer in which slashes of the path are `~1`. A run
    understands the name of the source without braces, `.url` or `$sourceDescriptions`, and a
    method with a path.""",
    wrong="steps: [{stepId: list, operationPath: 'petstore#/paths/~1pets/get'}]",
    right="""
    steps:
    - {stepId: list, operationPath: '{$sourceDescriptions.petstore.url}#/paths/~1pets/get'}
    """,
    requirement="ST-07, A-03",
    fixable=True,
)

operation_id_form = Rule(
    "operation-id-form",
    "error",
    "An operationId has the name of its source in front.",
    """An operation of a named source is `$sourceDescriptions.<name>.<operationId>`.""",
    wrong="steps: [{stepId: list, operationId: petstore.listPets}]",
    right="steps: [{stepId: list, operationId: $sourceDescriptions.petstore.listPets}]",
    requirement="ST-05",
    fixable=True,
)

operation_id_case = Rule(
    "operation-id-case",
    "error",
    "An operationId is in another case than the description has it.",
    "An operationId is case-sensitive. A run takes the only one that differs in nothing else.",
    wrong="steps: [{stepId: list, operationId: listpets}]",
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="ST-04",
    fixable=True,
)


parameter_name_form = Rule(
    "parameter-name-form",
    "error",
    "A path parameter is spelt otherwise than in the description.",
    """Names of parameters are case-sensitive. A run takes the only path parameter without a value
    whose name differs in nothing but case, underscores and hyphens.""",
    wrong="""
    steps:
    - {stepId: get, operationId: getPet, parameters: [{name: pet_id, in: path, value: 1}]}
    """,
    right="""
    steps:
    - {stepId: get, operationId: getPet, parameters: [{name: petId, in: path, value: 1}]}
    """,
    requirement="PAR-01, PAR-08",
)

workflow_id_form = Rule(
    "workflow-id-form",
    "error",
    "A workflowId has 'workflows.' in front.",
    """A workflow of another document is `$sourceDescriptions.<name>.<workflowId>`, one of this
    document its workflowId alone.""",
    wrong="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: flows, url: flows.arazzo.yaml, type: arazzo}
    steps:
    - {stepId: list, operationId: $sourceDescriptions.petstore.listPets}
    - {stepId: in, workflowId: $sourceDescriptions.flows.workflows.log-in}
    """,
    right="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: flows, url: flows.arazzo.yaml, type: arazzo}
    steps:
    - {stepId: list, operationId: $sourceDescriptions.petstore.listPets}
    - {stepId: in, workflowId: $sourceDescriptions.flows.log-in}
    """,
    requirement="ST-10, ACT-07",
    fixable=True,
)
