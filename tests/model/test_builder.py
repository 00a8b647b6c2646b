"""Plain data to Arazzo objects: every structural fault, with rule and place; all at once."""

from __future__ import annotations

import pytest

from arazzo_runner.errors import Fault, NotArazzoError
from arazzo_runner.model import ArazzoDocument, Reusable, build_document, find_version
from arazzo_runner.reading import parse_document

GOOD = """\
arazzo: 1.1.0
info: {title: T, version: '1', summary: S, description: D}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: w
    steps: [{stepId: s, operationId: a}]
"""


def build(text: str) -> tuple[ArazzoDocument, tuple[Fault, ...]]:
    return build_document(parse_document(text.encode(), uri="file:///d.yaml", name="d.yaml"))


def step(fields: str) -> str:
    return GOOD.replace("operationId: a}", "operationId: a, " + fields + "}")


def workflow(fields: str) -> str:
    return GOOD + "    " + fields + "\n"


def test_a_whole_document() -> None:
    arazzo, faults = build(GOOD)
    assert faults == ()
    assert (arazzo.info.title, arazzo.info.summary, arazzo.info.description) == ("T", "S", "D")
    assert arazzo.self_uri is None
    found = arazzo.workflow("w")
    assert found is not None
    assert found.steps[0].pointer == ("workflows", 0, "steps", 0)
    assert arazzo.workflow("x") is None


@pytest.mark.requirement("DOC-01", "DOC-04", "DOC-07", "DOC-08")
@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[1]", "d.yaml is not an Arazzo document", None),
        ("text", "d.yaml is not an Arazzo document", None),
        ("openapi: 3.1.0", "is not an Arazzo document", "this is an openapi description"),
        ("swagger: '2.0'", "is not an Arazzo document", "this is an swagger description"),
        ("asyncapi: 3.0.0", "is not an Arazzo document", "this is an asyncapi description"),
        ("Arazzo: 1.0.0", "is not an Arazzo document", "write 'arazzo' instead of 'Arazzo'"),
        ("arazzo: 1.0", "'arazzo: 1.0' is a number", "write arazzo: '1.0.0'"),
        ("arazzo: 1.2.0", "version '1.2.0' is not supported", "1.0.x and 1.1.x"),
        ("arazzo: null", "version None is not supported", "1.0.x and 1.1.x"),
        ("arazzo: true", "version True is not supported", "1.0.x and 1.1.x"),
    ],
)
def test_what_is_no_arazzo_document(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(NotArazzoError) as caught:
        build(text)
    assert message in caught.value.message
    assert caught.value.location is not None
    assert (caught.value.hint is None) == (hint is None)
    assert (hint or "") in (caught.value.hint or "")


@pytest.mark.requirement("DOC-02", "DOC-03")
@pytest.mark.parametrize(
    ("text", "name"),
    [("1.0.0", "1.0"), ("1.0.7", "1.0"), ("1.1.3", "1.1"), ("1.1.0-rc1", "1.1"), ("1.1", "1.1"),
     (" 1.0.1 ", "1.0"), ("1.2.0", None), ("2.0.0", None), ("", None), ("1.0.x", None)],
)  # fmt: skip
def test_versions(text: str, name: str | None) -> None:
    found = find_version(text)
    assert (found.name if found else None) == name


CASES = [
    # (text, rule, pointer, message)
    (GOOD.replace("info:", "inf:"), "required-field", "", "'info' is missing"),
    (GOOD.replace("title: T, ", ""), "required-field", "/info", "'title' is missing"),
    (GOOD.replace("version: '1', ", ""), "required-field", "/info", "'version' is missing"),
    (GOOD.replace("workflows:", "workflow:"), "required-field", "", "'workflows' is missing"),
    (GOOD.replace("info: {title", "info: [1]\nx: {title"), "field-type", "/info",
     "'info' must be an object, not array"),
    (GOOD.replace("name: api, ", ""), "required-field", "/sourceDescriptions/0", "'name' is"),
    (GOOD.replace("url: api.yaml, ", ""), "required-field", "/sourceDescriptions/0", "'url' is"),
    (GOOD.replace("url: api.yaml", "url: 5"), "field-type", "/sourceDescriptions/0/url",
     "'url' must be a string, not integer"),
    (GOOD.replace("[{name: api", "[7, {name: api"), "field-type", "/sourceDescriptions/0",
     "'sourceDescriptions' lists objects, not integer"),
    (GOOD.replace("workflowId: w", "workflowID: w"), "required-field", "/workflows/0",
     "'workflowId' is missing"),
    (GOOD.replace("steps: [", "x-steps: ["), "required-field", "/workflows/0", "'steps' is"),
    (GOOD.replace("stepId: s, ", ""), "required-field", "/workflows/0/steps/0", "'stepId' is"),
    (step("stepId: null"), None, "", ""),
    (step("timeout: soon"), "field-type", "/workflows/0/steps/0/timeout",
     "'timeout' must be an integer or a number, not string"),
    (step("timeout: true"), "field-type", "/workflows/0/steps/0/timeout", "not boolean"),
    (step("dependsOn: [1]"), "field-type", "/workflows/0/steps/0/dependsOn/0",
     "'dependsOn' lists strings, not integer"),
    (step("outputs: []"), "field-type", "/workflows/0/steps/0/outputs", "must be an object"),
    (step("onSuccess: x"), "field-type", "/workflows/0/steps/0/onSuccess", "must be a list"),
    (step("parameters: [{name: p}]"), "required-field", "/workflows/0/steps/0/parameters/0",
     "'value' is missing"),
    (step("parameters: [{value: p}]"), "required-field", "/workflows/0/steps/0/parameters/0",
     "'name' is missing"),
    (step("parameters: [{reference: [1]}]"), "field-type",
     "/workflows/0/steps/0/parameters/0/reference", "must be a string"),
    (step("requestBody: {replacements: [{target: /a}]}"), "required-field",
     "/workflows/0/steps/0/requestBody/replacements/0", "'value' is missing"),
    (step("requestBody: {replacements: [{value: 1}]}"), "required-field",
     "/workflows/0/steps/0/requestBody/replacements/0", "'target' is missing"),
    (step("requestBody: x"), "field-type", "/workflows/0/steps/0/requestBody", "must be an object"),
    (step("successCriteria: [{context: x}]"), "required-field",
     "/workflows/0/steps/0/successCriteria/0", "'condition' is missing"),
    (step("successCriteria: [{condition: x, type: {type: xpath}}]"), "required-field",
     "/workflows/0/steps/0/successCriteria/0/type", "'version' is missing"),
    (step("onFailure: [{name: a}]"), "required-field", "/workflows/0/steps/0/onFailure/0",
     "'type' is missing"),
    (step("onFailure: [{type: end}]"), "required-field", "/workflows/0/steps/0/onFailure/0",
     "'name' is missing"),
    (step("onFailure: [{name: a, type: retry, retryAfter: -1}]"), "retry-after",
     "/workflows/0/steps/0/onFailure/0/retryAfter", "must not be negative"),
    (step("onFailure: [{name: a, type: retry, retryLimit: 1.5}]"), "field-type",
     "/workflows/0/steps/0/onFailure/0/retryLimit", "must be an integer"),
    (workflow("inputs: [1]"), "field-type", "/workflows/0/inputs", "must be an object"),
    (GOOD + "components: {parameters: {p: 1}}", "field-type", "/components/parameters/p",
     "'p' must be an object"),
    (GOOD + "components: {failureActions: {p: {name: n}}}", "required-field",
     "/components/failureActions/p", "'type' is missing"),
    (GOOD + "  - {workflowId: w, steps: []}", "workflow-id-unique", "/workflows/1/workflowId",
     "workflowId 'w' is used twice (first in line 5)"),
    (GOOD.replace("[{stepId: s,", "[{stepId: s, operationId: b}, {stepId: s,"), "step-id-unique",
     "/workflows/0/steps/1/stepId", "stepId 's' is used twice"),
    (GOOD.replace("type: openapi}", "type: openapi}, {name: api, url: b}"), "source-name-unique",
     "/sourceDescriptions/1/name", "name 'api' is used twice"),
]  # fmt: skip


@pytest.mark.requirement("DOC-01", "DOC-05", "DOC-06", "SRC-01", "WF-01", "ST-01", "ACT-16")
@pytest.mark.parametrize(
    ("text", "rule", "pointer", "message"), [case for case in CASES if case[1]]
)
def test_structural_faults(text: str, rule: str, pointer: str, message: str) -> None:
    _, faults = build(text)
    assert [(f.rule, f.pointer) for f in faults] == [(rule, pointer)]
    assert message in faults[0].message
    assert faults[0].location is not None
    assert faults[0].location.file == "d.yaml"
    assert faults[0].severity == "error"


def test_a_near_name_is_suggested() -> None:
    _, faults = build(GOOD.replace("workflowId: w", "workflowID: w"))
    assert faults[0].hint == "write 'workflowId' instead of 'workflowID'"


def test_one_fault_does_not_hide_the_next() -> None:
    text = step("timeout: x, dependsOn: 3, onSuccess: [{name: 1}, 5]").replace("title: T, ", "")
    _, faults = build(text)
    assert len(faults) == 6
    assert {f.rule for f in faults} == {"required-field", "field-type", "unquoted-scalar"}


@pytest.mark.requirement("DOC-17", "A-57")
def test_unquoted_scalars_are_taken_as_written() -> None:
    arazzo, faults = build(
        GOOD.replace("version: '1'", "version: 1.5").replace("stepId: s", "stepId: 7")
    )
    assert arazzo.info.version == "1.5"
    assert arazzo.workflows[0].steps[0].step_id == "7"
    assert [(f.rule, f.severity, f.hint) for f in faults] == [
        ("unquoted-scalar", "warning", 'write stepId: "7"'),
        ("unquoted-scalar", "warning", 'write version: "1.5"'),
    ]


def test_literal_conditions_are_text() -> None:
    arazzo, faults = build(
        step("successCriteria: [{condition: true}, {condition: false}, {condition: 5}]")
    )
    assert [c.condition for c in arazzo.workflows[0].steps[0].success_criteria] == [
        "true", "false", "5",
    ]  # fmt: skip
    assert [f.rule for f in faults] == ["unquoted-scalar"]


@pytest.mark.requirement("A-46", "PAR-02", "RB-10")
def test_null_and_nothing_differ() -> None:
    arazzo, faults = build(
        step(
            "parameters: [{name: p, in: query, value: null}, {reference: $components.parameters.q},"
            " {reference: $components.parameters.q, value: null}], requestBody: {payload: null}"
        )
    )
    assert faults == ()
    found = arazzo.workflows[0].steps[0]
    _, plain, override = found.parameters
    assert isinstance(plain, Reusable)
    assert isinstance(override, Reusable)
    assert (plain.has_value, override.has_value) == (False, True)
    assert found.request_body is not None
    assert found.request_body.has_payload
    without, _ = build(step("requestBody: {contentType: a/b}"))
    body = without.workflows[0].steps[0].request_body
    assert body is not None
    assert not body.has_payload


def test_everything_an_object_can_hold() -> None:
    arazzo, faults = build(
        GOOD.replace(
            "{stepId: s, operationId: a}",
            "{stepId: s, description: d, operationPath: p, workflowId: v, channelPath: c, "
            "timeout: 5, dependsOn: [x], action: send, correlationId: {a: 1}, outputs: {o: $url}, "
            "requestBody: {contentType: t, replacements: [{target: /a, value: 1, "
            "targetSelectorType: {type: jsonpath, version: rfc9535}}]}, "
            "successCriteria: [{condition: $.a, context: $response.body, "
            "type: {type: jsonpath, version: rfc9535}}], "
            "onFailure: [{name: n, type: retry, retryAfter: 1.5, retryLimit: 2, stepId: q, "
            "parameters: [{name: z, value: 1}]}, {reference: $components.failureActions.f}]}",
        )
        + "components: {inputs: {i: {}}, parameters: {p: {name: p, value: 1}}, "
        "successActions: {e: {name: e, type: end}}, failureActions: {f: {name: f, type: end}}}\n"
        "$self: https://x.test/a"
    )
    assert faults == ()
    assert arazzo.self_uri == "https://x.test/a"
    step_object = arazzo.workflows[0].steps[0]
    assert (step_object.timeout, step_object.depends_on) == (5, ("x",))
    assert step_object.success_criteria[0].version == "rfc9535"
    assert step_object.request_body is not None
    assert step_object.request_body.replacements[0].type == "jsonpath"
    assert set(arazzo.components.failure_actions) == {"f"}
