"""Rules about criteria: conditions, contexts, types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from arazzo_runner.errors import SyntaxFault, did_you_mean
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import Part, Subject, Text, criterion_type
from arazzo_runner.validation.rules.parameters import equal, remove


def _criteria(*criteria: str) -> str:
    """An example: a step with these criteria."""
    lines = "".join(f"\n  - {criterion}" for criterion in criteria)
    return f"steps:\n- stepId: list\n  operationId: listPets\n  successCriteria:{lines}\n"


_RIGHT: Final = _criteria("condition: $statusCode == 200")

criterion_type_known = Rule(
    "criterion-type",
    "error",
    "A criterion has a type that does not exist.",
    """A criterion is `simple` (which is meant when no type is given), `regex`, `jsonpath` or
    `xpath`; an Expression Type Object gives type and version of the latter two.""",
    wrong=_criteria("{context: $response.body, type: json, condition: $.pets}"),
    right=_criteria("{context: $response.body, type: jsonpath, condition: $.pets}"),
    requirement="CR-02",
)

criterion_expression_type = Rule(
    "criterion-expression-type",
    "error",
    "An Expression Type Object names a version that its type does not have.",
    """`jsonpath` has the versions `rfc9535` and `draft-goessner-dispatch-jsonpath-00`, `xpath` has
    `xpath-31`, `xpath-30`, `xpath-20` and `xpath-10`.""",
    wrong=_criteria(
        "{context: $response.body, type: {type: jsonpath, version: rfc9553}, condition: $.pets}"
    ),
    right=_criteria(
        "{context: $response.body, type: {type: jsonpath, version: rfc9535}, condition: $.pets}"
    ),
    requirement="SEL-01, SEL-02, A-45",
)

criterion_context = Rule(
    "criterion-context",
    "error",
    "A criterion has no context.",
    """A regular expression, JSONPath or XPath is applied to something: `context` says to what. Only
    simple conditions have none.""",
    wrong=_criteria("{type: jsonpath, condition: $.pets}"),
    right=_criteria("{context: $response.body, type: jsonpath, condition: $.pets}"),
    requirement="CR-03, A-18",
)

criterion_context_expression = Rule(
    "criterion-context-expression",
    "error",
    "The context of a criterion is not a runtime expression.",
    "`context` is one runtime expression, such as `$response.body`.",
    wrong=_criteria("{context: response body, type: regex, condition: ^ok$}"),
    right=_criteria("{context: $response.body, type: regex, condition: ^ok$}"),
    requirement="CR-04",
)


@rule(
    "criterion-context-ignored",
    on="Criterion",
    severity="hint",
    summary="A simple condition has a context, which is ignored.",
    explanation="""A simple condition names what it compares. `context` is for regular expressions,
    JSONPath and XPath; perhaps the type is missing.""",
    wrong=_criteria("{context: $response.body, condition: $statusCode == 200}"),
    right=_RIGHT,
    requirement="CR-03, A-18",
    fixable=True,
)
def criterion_context_ignored(criterion: Part) -> Iterator[Problem]:
    if (
        "context" in criterion.data
        and criterion_type(criterion.data) == "simple"
        and "$" in (criterion.text("condition") or "")
    ):
        yield criterion.problem(
            "a simple condition ignores its context",
            "context",
            key=True,
            hint="add a type, or remove the context",
            fix=remove(criterion, "context"),
        )


criterion_simple_syntax = Rule(
    "criterion-simple-syntax",
    "error",
    "A simple condition cannot be read.",
    """A simple condition compares literals and runtime expressions with `==`, `!=`, `<`, `<=`, `>`,
    `>=`, and joins comparisons with `&&`, `||`, `!` and parentheses. Strings stand in single
    quotes.""",
    wrong=_criteria("condition: $statusCode == 200 and $response.body != null"),
    right=_criteria("condition: $statusCode == 200 && $response.body != null"),
    requirement="CR-05, CR-06, CR-12",
)

criterion_regex = Rule(
    "criterion-regex",
    "error",
    "A regular expression cannot be read.",
    """The condition of a criterion of type `regex` is a regular expression as JavaScript knows
    them.""",
    wrong=_criteria("{context: $statusCode, type: regex, condition: '^2(0\\d$'}"),
    right=_criteria("{context: $statusCode, type: regex, condition: '^20\\d$'}"),
    requirement="CR-13, A-22",
)

_ODD: Final = (
    (lazy_pattern(r"\\[pP]\{"), "a Unicode property"),
    (lazy_pattern(r"\(\?P?<(?![=!])"), "a named group"),
    (lazy_pattern(r"\(\?P="), "a reference to a named group"),
    (lazy_pattern(r"\(\?<[=!]"), "a look behind"),
    (lazy_pattern(r"\\[AZzGKh]"), "an anchor or class of another dialect"),
    (lazy_pattern(r"\[\[:\^?\w+:\]"), "a POSIX class"),
    (lazy_pattern(r"\(\?>|(?<![\\(])[+*?}]\+"), "a possessive or atomic group"),
)


@rule(
    "criterion-regex-portable",
    on="Criterion",
    severity="warning",
    summary="A regular expression uses something that dialects write differently.",
    explanation="""The specification names no dialect, so engines use those of their languages.
    Keep to what all share: classes, quantifiers, groups, alternatives, anchors `^` and `$`.""",
    wrong=_criteria("{context: $statusCode, type: regex, condition: '^(?P<kind>2)\\d\\d$'}"),
    right=_criteria("{context: $statusCode, type: regex, condition: '^(2)\\d\\d$'}"),
    requirement="CR-13, A-22",
)
def criterion_regex_portable(criterion: Part) -> Iterator[Problem]:
    condition = criterion.text("condition")
    if condition is None or criterion_type(criterion.data) != "regex":
        return
    for pattern, what in _ODD:
        found = pattern.search(condition)
        if found:
            yield Problem(
                f"'{found[0]}', {what}, is not the same in all dialects of regular expressions",
                (*criterion.pointer, "condition"),
                offset=found.start(),
                length=len(found[0]),
            )


criterion_jsonpath = Rule(
    "criterion-jsonpath",
    "error",
    "A JSONPath condition cannot be read.",
    """The condition of a criterion of type `jsonpath` is a query of RFC 9535, or of the draft
    that the Expression Type Object names. It passes when it selects something.""",
    wrong=_criteria("{context: $response.body, type: jsonpath, condition: '$.pets[?'}"),
    right=_criteria("{context: $response.body, type: jsonpath, condition: '$.pets[?@.id > 1]'}"),
    requirement="CR-15",
)

criterion_xpath = Rule(
    "criterion-xpath",
    "error",
    "An XPath condition cannot be read.",
    """The condition of a criterion of type `xpath` is an XPath expression: of version 3.1, or of
    the version that the Expression Type Object names.""",
    wrong=_criteria("{context: $response.body, type: xpath, condition: '//pet['}"),
    right=_criteria("{context: $response.body, type: xpath, condition: //pet}"),
    requirement="CR-16, A-44",
)


@rule(
    "criterion-xpath-supported",
    on="Criterion",
    severity="hint",
    summary="A criterion uses XPath, which few engines support.",
    explanation="""Of the known engines most have no XPath, and those that have it differ in the
    versions. This engine has 1.0, 2.0, 3.0 and 3.1.""",
    wrong=_criteria("{context: $response.body, type: xpath, condition: //pet}"),
    right=_criteria("{context: $response.body, type: regex, condition: <pet>}"),
    requirement="CR-16, A-44",
)
def criterion_xpath_supported(criterion: Part) -> Iterator[Problem]:
    if criterion_type(criterion.data) == "xpath":
        yield criterion.problem("few engines support XPath", "type")


@rule(
    "criterion-unique",
    on="Subject",
    severity="error",
    summary="A list has the same criterion twice.",
    explanation="All criteria of a list have to pass, so a second copy changes nothing.",
    wrong=_criteria("condition: $statusCode == 200", "condition: $statusCode == 200"),
    right=_RIGHT,
    requirement="CR-22",
)
def criterion_unique(subject: Subject) -> Iterator[Problem]:
    for owner in subject.of("Step", "SuccessAction", "FailureAction"):
        field = "successCriteria" if owner.kind == "Step" else "criteria"
        items = owner.items(field)
        for index, item in enumerate(items):
            if any(equal(item, other) for other in items[:index]):
                yield owner.problem("the same criterion is listed twice", field, index)


@rule(
    "criterion-constant",
    on="Criterion",
    severity="warning",
    summary="A condition compares nothing of the run.",
    explanation="""Without a runtime expression the condition is always true or always false.
    Often the `$` is missing.""",
    wrong=_criteria("condition: 200 == 200"),
    right=_RIGHT,
    requirement="CR-23",
)
def criterion_constant(criterion: Part) -> Iterator[Problem]:
    condition = criterion.text("condition")
    if (
        condition is None
        or "$" in condition
        or "context" in criterion.data
        or criterion_type(criterion.data) != "simple"
    ):
        return
    from arazzo_runner.criteria.simple import parse_condition

    try:
        parse_condition(condition)
    except SyntaxFault:
        return
    yield criterion.problem(
        "the condition has no runtime expression: it is always the same", "condition"
    )


criterion_empty = Rule(
    "criterion-condition",
    "error",
    "A condition is empty.",
    "A criterion has a condition that can be true or false.",
    wrong=_criteria("condition: ''"),
    right=_RIGHT,
    requirement="CR-01",
)


success_criteria_not_empty = Rule(
    "success-criteria-not-empty",
    "error",
    "A list of success criteria is empty.",
    "`successCriteria`, when it is there, has at least one criterion.",
    wrong="steps: [{stepId: list, operationId: listPets, successCriteria: []}]",
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="ST-17",
)


@rule(
    "success-criteria-missing",
    on="Step",
    severity="hint",
    summary="A step does not say when it is successful.",
    explanation="""Without `successCriteria` engines differ: this one takes answers from 200 to
    399 for success, others take any answer.""",
    wrong="steps: [{stepId: list, operationId: listPets}]",
    right=_RIGHT,
    requirement="ST-19, A-10",
)
def success_criteria_missing(step: Part) -> Iterator[Problem]:
    calls = any(name in step.data for name in ("operationId", "operationPath"))
    misspelt = any(did_you_mean(key, ("successCriteria",)) for key in step.data)
    if calls and not misspelt and "successCriteria" not in step.data:
        name = step.text("stepId")
        yield step.problem(
            f"step '{name}' does not say when it is successful",
            hint="add successCriteria, such as $statusCode == 200",
        )


@rule(
    "criterion-root-filter",
    on="Text",
    severity="warning",
    summary="A JSONPath condition filters the top of a document.",
    explanation="""`$[?@.pets]` looks at the children of the document, one by one, not at the
    document itself: of `{"pets": [1]}` it asks whether `[1]` has a member `pets`. The
    specification has such an example; it finds nothing. This engine tests the object itself as
    well.""",
    wrong=_criteria(
        "{context: $response.body, type: jsonpath, condition: '$[?count(@.pets) > 0]'}"
    ),
    right=_criteria("{context: $response.body, type: jsonpath, condition: '$.pets[0]'}"),
    requirement="CR-15",
)
def criterion_root_filter(text: Text) -> Iterator[Problem]:
    if (
        text.role == "condition"
        and criterion_type(text.owner.data) == "jsonpath"
        and re.match(r"\$\s*\[\s*\?.*@", text.data)
        and not text.data.strip().startswith("$[?$")
    ):
        yield text.inside(
            "the filter is applied to the members of the document, not to the document",
            0,
            len(text.data),
            hint="write a path to what has to be there, such as $.pets[0]",
        )
