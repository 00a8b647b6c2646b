"""The one table of tolerances (SEMANTICS §1).

``validate`` is strict: what the specification forbids is an error. ``run`` is tolerant: what real
documents do wrong but mean clearly is executed, and each use is a warning that names the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from arazzo_runner.named_tuples import NamedTuple

__all__ = ["TOLERANCES", "Tolerance"]


class Tolerance(NamedTuple):
    """One tolerance.

    Attributes:
        rule: its stable id, in warnings and in the documentation.
        accepts: what is written, in words.
        reads_as: how it is read.
        example: something that is written so.
        rewrite: the conforming spelling of the example.
        certain: false when the text itself conforms and only may need the tolerance, depending on
            the data. Such a use is never an error in strict mode.
    """

    rule: str
    accepts: str
    reads_as: str
    example: str
    rewrite: str
    certain: bool = True


_TABLE: Final = (
    Tolerance(
        "jsonpath-comparison",
        "a criterion of type jsonpath that compares values instead of being a query",
        "one logical expression over absolute queries, evaluated once on the context; a side that "
        "is not there is Nothing (RFC 9535), .length measures, 'empty true' asks for nothing in it",
        """type: jsonpath, condition: $.status == "InProgress" && $.jobs.length > 0""",
        "type: simple, condition: $response.body.status == 'InProgress' && "
        "$response.body.jobs[0] != null",
    ),
    Tolerance(
        "jsonpath-root-filter",
        "a filter on the top of a document that is an object",
        "when the filter selects nothing, the object itself is tested too",
        "type: jsonpath, condition: $[?count(@.pets) > 0]",
        "type: jsonpath, condition: $.pets[0]",
        certain=False,
    ),
    Tolerance(
        "simple-unquoted-string",
        "a string without quotes in a simple condition",
        "the rest of the operand is a string; media types compare without their parameters",
        "$response.header.Content-Type == application/json",
        "$response.header.Content-Type == 'application/json'",
    ),
    Tolerance(
        "simple-double-quotes",
        "a string in double quotes in a simple condition",
        "a string in single quotes",
        '$response.body#/status == "ok"',
        "$response.body#/status == 'ok'",
    ),
    Tolerance(
        "simple-braced",
        "braces around a simple condition or an expression in it",
        "the same without braces",
        "{$statusCode == 401}",
        "$statusCode == 401",
    ),
    Tolerance(
        "simple-length",
        ".length after an array, a string or an object in a simple condition",
        "its length, when it has no member of that name",
        "$response.body.items.length > 0",
        "$response.body.items[0] != null",
        certain=False,
    ),
    Tolerance(
        "simple-context-literal",
        "a criterion with a context whose condition is only a literal",
        "the context equals that literal",
        "context: $response.body#/count, condition: 5",
        "condition: $response.body#/count == 5",
    ),
    Tolerance(
        "expression-dots",
        "dots into a value outside of simple conditions",
        "the declared name when one is spelt so, else a JSON Pointer",
        "$response.body.data.id",
        "$response.body#/data/id",
    ),
    Tolerance(
        "expression-index",
        "an index in brackets outside of simple conditions",
        "a JSON Pointer; [*] gives the whole array",
        "$steps.list.outputs.items[0].id",
        "$steps.list.outputs.items#/0/id",
    ),
    Tolerance(
        "list-of-one",
        "a name read from a list that has exactly one item",
        "a list has no names: that of its only item is read",
        "$steps.list.outputs.items#/id, items is [{id: 7}]",
        "$steps.list.outputs.items#/0/id",
        certain=False,
    ),
    Tolerance(
        "expression-headers-plural",
        "headers instead of header",
        "header",
        "$response.headers.Location",
        "$response.header.Location",
    ),
    Tolerance(
        "pointer-slash",
        "a JSON Pointer without its first slash",
        "the pointer with the slash",
        "$response.body#name",
        "$response.body#/name",
    ),
    Tolerance(
        "steps-without-outputs",
        "a step's output without .outputs",
        "that output",
        "$steps.login.token",
        "$steps.login.outputs.token",
    ),
    Tolerance(
        "name-outside-grammar",
        "a declared name with characters that expressions do not allow",
        "what is declared with that very name",
        "$inputs.odd name[]",
        "$inputs.odd_name, declared so",
    ),
    Tolerance(
        "operation-path-form",
        "an operationPath in another form",
        "the operation with that path and method",
        "petstore#/paths/~1pets/get",
        "{$sourceDescriptions.petstore.url}#/paths/~1pets/get",
    ),
    Tolerance(
        "operation-id-form",
        "an operationId with the name of its source in front",
        "the operation of that source",
        "petstore.getPet",
        "$sourceDescriptions.petstore.getPet",
    ),
    Tolerance(
        "operation-id-case",
        "an operationId that matches one operation only when case is ignored",
        "that operation",
        "getpet",
        "getPet",
    ),
    Tolerance(
        "parameter-in-required",
        "a parameter of an operation that does not say where it goes",
        "the only place that the operation declares for that name",
        "{name: petId, value: 1}",
        "{name: petId, in: path, value: 1}",
    ),
    Tolerance(
        "parameter-name-form",
        "a path parameter spelt with other case, underscores or hyphens than the operation's",
        "the only path parameter of that name that has no value",
        "{name: pet_id, in: path, value: 1}",
        "{name: petId, in: path, value: 1}",
    ),
    Tolerance(
        "workflow-id-form",
        "a workflowId with workflows. in front",
        "the workflow of that name",
        "$sourceDescriptions.tickets.workflows.buy",
        "$sourceDescriptions.tickets.buy",
    ),
    Tolerance(
        "source-relative-to-root",
        "the url of a source relative to a parent folder of the document",
        "the file there",
        "apis/petstore.yaml",
        "../../apis/petstore.yaml",
    ),
    Tolerance(
        "template-unbraced",
        "an expression inside a text without braces",
        "the expression embedded",
        "Bearer $steps.login.outputs.token",
        "Bearer {$steps.login.outputs.token}",
    ),
    Tolerance(
        "xml-by-pointer",
        "a JSON Pointer or JSONPath into an XML body",
        "a look into the body's mapping to JSON (arazzo_runner.values.xml_mapping)",
        "$response.body#/reservationSet/0/reservationId",
        "{context: $response.body, selector: //*:reservationId, type: xpath}",
        certain=False,
    ),
    Tolerance(
        "on-success-retry",
        "a success action of type retry",
        "a paced goto to the same step, retryLimit times at most",
        "onSuccess: [{name: again, type: retry, retryLimit: 5}]",
        "onSuccess: [{name: again, type: goto, stepId: thisStep}]",
    ),
    Tolerance(
        "regex-slashes",
        "a regular expression between slashes",
        "the pattern with its flags",
        "/^ok$/i",
        "^[oO][kK]$",
    ),
    Tolerance(
        "regex-inline-flags",
        "a regular expression that begins with its flags in parentheses",
        "the pattern with these flags",
        "(?i)^ok$",
        "^[oO][kK]$",
    ),
)

TOLERANCES: Final[Mapping[str, Tolerance]] = MappingProxyType({row.rule: row for row in _TABLE})
"""All tolerances by rule id."""
