"""Requirements proved end to end: documents in a folder, canned answers, the public runner."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.testing import CannedResponses, FakeClock

OPENAPI = """\
openapi: 3.0.3
info: {title: T, version: '1'}
servers: [{url: http://api.test/v1}]
paths:
  /a/{id}:
    get:
      operationId: getA
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: ok}}
  /b:
    post:
      operationId: postB
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: ok}}
"""


def document(steps: str, *, more: str = "", head: str = "", version: str = "1.1.0") -> str:
    return f"""\
arazzo: {version}
{head}
info: {{title: T, version: '1'}}
sourceDescriptions: [{{name: api, url: api.yaml, type: openapi}}]
workflows:
- workflowId: w
{more}
  steps:
{steps}
"""


GET = "  - {stepId: s, operationId: getA, parameters: [{name: id, in: path, value: x}]%s}"
POST = "  - {stepId: s, operationId: postB, requestBody: {payload: %s}%s}"


class Folder:
    """A folder of documents and what a run of one of them did."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("api.yaml", OPENAPI)
        self.answers = CannedResponses([(200, {"n": 1, "list": [1, 2]})])

    def write(self, name: str, text: str) -> str:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return str(file)

    def run(self, text: str, *, name: str = "w.yaml", **settings: Any) -> arazzo.RunResult:
        inputs = settings.pop("inputs", None)
        answers = settings.pop("answers", None)
        if answers is not None:
            self.answers = CannedResponses(answers)
        runner = arazzo.Runner(transport=self.answers, clock=FakeClock(), **settings)
        return runner.run(self.write(name, text), "w", inputs=inputs)

    @property
    def sent(self) -> list[Any]:
        return self.answers.requests


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# -- documents and sources -----------------------------------------------------------------------


@pytest.mark.requirement("DOC-13", "SRC-09", "CMP-03", "URI-01")
def test_workflows_of_other_documents_even_in_a_circle(folder: Folder) -> None:
    head = "components: {parameters: {p: {name: id, in: path, value: %s}}}"
    use = "  - {stepId: s, operationId: getA, parameters: [{reference: $components.parameters.p}]}"
    other = document(use, head=head % "theirs").replace("workflowId: w", "workflowId: other")
    back = "[{name: api, url: api.yaml, type: openapi}, {name: first, url: w.yaml, type: arazzo}]"
    folder.write("other.yaml", other.replace("[{name: api, url: api.yaml, type: openapi}]", back))
    text = document(
        "  - {stepId: c, workflowId: $sourceDescriptions.second.other}\n" + use,
        head=head % "ours",
    ).replace("type: openapi}]", "type: openapi}, {name: second, url: other.yaml, type: arazzo}]")
    assert folder.run(text).ok
    assert [str(r.url) for r in folder.sent] == [
        "http://api.test/v1/a/theirs",
        "http://api.test/v1/a/ours",
    ]


@pytest.mark.requirement("DOC-19", "SRC-08", "URI-02")
def test_what_cannot_be_read_stops_before_the_first_request(folder: Folder) -> None:
    text = document(GET % "").replace("api.yaml", "gone.yaml")
    with pytest.raises(arazzo.LinkError, match=r"gone\.yaml") as caught:
        folder.run(text)
    assert caught.value.faults[0].rule == "source-load"
    assert folder.sent == []


@pytest.mark.requirement("URI-08", "URI-09", "URI-16")
def test_given_documents_are_found_by_their_self(folder: Folder) -> None:
    given = document(GET % "", head="$self: https://flows.test/other.yaml")
    path = folder.write("anywhere.yaml", given.replace("workflowId: w", "workflowId: other"))
    text = document("  - {stepId: c, workflowId: $sourceDescriptions.o.other}").replace(
        "type: openapi}]", "type: openapi}, {name: o, url: 'https://flows.test/other.yaml'}]"
    )
    # The given document's own source is relative to its $self: that is given as well.
    api = folder.write("elsewhere.yaml", "$self: https://flows.test/api.yaml\n" + OPENAPI)
    assert folder.run(text, documents=(path, api)).ok
    assert len(folder.sent) == 1


@pytest.mark.requirement("URI-10", "A-56")
def test_beside_the_document_when_its_self_leads_nowhere(folder: Folder) -> None:
    text = document(GET % "", head="$self: file:///nowhere/w.yaml")
    assert folder.run(text).ok


@pytest.mark.requirement("URI-11", "ST-08")
@pytest.mark.parametrize("pointer", ["#/paths/~1a~1{id}/get", "#/paths/~1a~1%7Bid%7D/get"])
def test_an_operation_path_is_a_json_pointer(folder: Folder, pointer: str) -> None:
    target = f"operationPath: '{{$sourceDescriptions.api.url}}{pointer}'"
    assert folder.run(document((GET % "").replace("operationId: getA", target))).ok
    assert str(folder.sent[0].url) == "http://api.test/v1/a/x"


@pytest.mark.requirement("URI-13")
def test_references_of_a_description_are_its_own(folder: Folder) -> None:
    parameter = "{name: id, in: path, required: true, schema: {type: string}}"
    api = OPENAPI.replace(f"[{parameter}]", "[{$ref: 'parts/p.yaml#/id'}]")
    folder.write("api.yaml", api)
    folder.write("parts/p.yaml", f"id: {parameter}")
    assert folder.run(document(GET % "")).ok


@pytest.mark.requirement("URI-14", "URI-15")
def test_the_server_is_the_descriptions(folder: Folder) -> None:
    text = document(GET % "", head="$self: https://flows.test/w.yaml")
    api = folder.write("given.yaml", "$self: https://flows.test/api.yaml\n" + OPENAPI)
    assert folder.run(text, documents=(api,)).ok
    assert str(folder.sent[0].url) == "http://api.test/v1/a/x"
    folder.write("api.yaml", OPENAPI.replace("http://api.test/v1", "/v1"))
    with pytest.raises(arazzo.LinkError, match="cannot be sent"):  # relative to a file
        folder.run(document(GET % ""))


@pytest.mark.requirement("SRC-05", "SRC-06")
def test_the_document_tells_its_type(folder: Folder) -> None:
    assert folder.run(document(GET % "").replace(", type: openapi", "")).ok
    with pytest.raises(arazzo.LinkError, match="is declared as arazzo and is openapi"):
        folder.run(document(GET % "").replace("type: openapi", "type: arazzo"))


@pytest.mark.requirement("SRC-11")
@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.1", "3.2.0"])
def test_versions_of_openapi(folder: Folder, version: str) -> None:
    api = OPENAPI.replace("openapi: 3.0.3", f"openapi: {version}")
    if version == "2.0":
        api = api.replace("openapi: 2.0", "swagger: '2.0'\nhost: api.test\nbasePath: /v1")
        api = api.replace("servers: [{url: http://api.test/v1}]", "schemes: [http]")
    folder.write("api.yaml", api)
    assert folder.run(document(GET % "")).ok
    assert str(folder.sent[0].url) == "http://api.test/v1/a/x"


@pytest.mark.requirement("EXT-04", "EXT-01")
def test_extensions_of_other_tools_do_no_harm(folder: Folder) -> None:
    extended = GET % ", x-security: [{scheme: {type: http}}], x-serverUrl: 'http://other.test'"
    assert folder.run(document(extended, head="x-tool: [1]")).ok
    assert folder.sent[0].url.host == "api.test"


# -- workflows and steps -------------------------------------------------------------------------


@pytest.mark.requirement("WF-05", "A-36")
def test_inputs_are_completed_and_checked_first(folder: Folder) -> None:
    inputs = (
        "  inputs: {type: object, required: [id], properties: {id: {type: string, minLength: 2}}}"
    )
    text = document((GET % "").replace("value: x", "value: $inputs.id"), more=inputs)
    with pytest.raises(arazzo.InputError):
        folder.run(text, inputs={"id": "x"})
    assert folder.sent == []
    defaulted = text.replace("required: [id], ", "").replace("minLength: 2", "default: given")
    assert folder.run(defaulted).ok
    assert folder.sent[0].url.path == "/v1/a/given"


@pytest.mark.requirement("WF-17", "ST-31", "A-24", "A-12")
def test_outputs_of_the_workflow_come_last(folder: Folder) -> None:
    more = "  outputs: {a: $steps.s.outputs.n, b: $steps.never.outputs.n}"
    steps = (GET % ", outputs: {n: $response.body#/n}, onSuccess: [{name: e, type: end}]") + (
        "\n  - {stepId: never, operationId: getA, parameters: [{name: id, in: path, value: x}],"
        " outputs: {n: $statusCode}}"
    )
    result = folder.run(document(steps, more=more))
    assert (result.outputs, result.missing_outputs) == ({"a": 1}, ("b",))


@pytest.mark.requirement("ST-23", "A-20")
@pytest.mark.parametrize(("status", "outcome"), [(200, "completed"), (500, "failed")])
def test_no_matching_action_is_none(folder: Folder, status: int, outcome: str) -> None:
    action = "[{name: e, type: end, criteria: [{condition: $statusCode == 418}]}]"
    text = document(GET % f", onSuccess: {action}, onFailure: {action}")
    assert folder.run(text, answers=[(status, {})]).status == outcome


@pytest.mark.requirement("ACT-09", "RET-04")
def test_retry_is_bounded(folder: Folder) -> None:
    text = document(GET % ", onFailure: [{name: r, type: retry, retryAfter: 2, retryLimit: 3}]")
    result = folder.run(text, answers=[(503, {})])
    assert (len(folder.sent), result.steps[0].attempts) == (4, 4)


@pytest.mark.requirement("CR-21")
def test_one_evaluator_for_all_criteria(folder: Folder) -> None:
    criterion = "{context: $response.body, condition: '$.list[?@ > 1]', type: jsonpath}"
    actions = f"[{{name: e, type: end, criteria: [{criterion}]}}]"
    text = document(GET % f", successCriteria: [{criterion}], onSuccess: {actions}")
    result = folder.run(text)
    assert result.steps[0].criteria[0].verdict.passed
    assert result.steps[0].action is not None
    failing = document(GET % f", successCriteria: [{{condition: 'false'}}], onFailure: {actions}")
    assert folder.run(failing).status == "ended"


# -- values --------------------------------------------------------------------------------------


@pytest.mark.requirement("PAR-16", "SEL-08", "A-09")
def test_kinds_of_values_in_a_payload(folder: Folder) -> None:
    payload = (
        "{constant: 5, expression: $inputs.i, template: 'n={$inputs.i}',"
        " selector: {context: $inputs.o, selector: $.k, type: jsonpath},"
        " literal: {context: plain, selector: $.k, type: jsonpath},"
        " near: {context: $inputs.o, selector: $.k}}"
    )
    assert folder.run(document(POST % (payload, "")), inputs={"i": 7, "o": {"k": True}}).ok
    assert json.loads(folder.sent[0].content) == {
        "constant": 5,
        "expression": 7,
        "template": "n=7",
        "selector": True,
        "literal": {"context": "plain", "selector": "$.k", "type": "jsonpath"},
        "near": {"context": {"k": True}, "selector": "$.k"},
    }


@pytest.mark.requirement("REP-10", "REP-05")
@pytest.mark.parametrize("value", ["10", "true", "null", "{a: [1]}", "text"])
def test_replacement_values_may_be_anything(folder: Folder, value: str) -> None:
    text = document(
        f"  - {{stepId: s, operationId: postB, requestBody: {{payload: {{k: 0}},"
        f" replacements: [{{target: /k, value: {value}}}]}}}}"
    )
    assert folder.run(text).ok
    wanted = {"{a: [1]}": {"a": [1]}, "text": "text"}.get(value)
    assert json.loads(folder.sent[0].content) == {
        "k": json.loads(value) if wanted is None else wanted
    }


@pytest.mark.requirement("SEL-04")
def test_versions_that_are_meant_without_one(folder: Folder) -> None:
    outputs = (
        ", outputs: {rfc: {context: $response.body, selector: '$.list[?@ > 1]', type: jsonpath},"
        " pointer: {context: $response.body, selector: /list/0, type: jsonpointer}}"
    )
    result = folder.run(document(GET % outputs))
    assert result.steps[0].outputs == {"rfc": [2], "pointer": 1}


@pytest.mark.requirement("EXR-03", "A-51")
def test_braces_alone_make_text(folder: Folder) -> None:
    assert folder.run(document(POST % ("{a: '{$inputs.i}', b: $inputs.i}", "")), inputs={"i": 7}).ok
    assert json.loads(folder.sent[0].content) == {"a": "7", "b": 7}


@pytest.mark.requirement("EXR-04")
@pytest.mark.parametrize(
    ("content_type", "value"),
    [
        ("application/json", {"a": 1}),
        ("application/hal+json", {"a": 1}),
        ("text/plain", '{"a": 1}'),
    ],
)
def test_json_answers_are_data(folder: Folder, content_type: str, value: Any) -> None:
    text = document(GET % ", outputs: {b: $response.body}")
    answer = (200, b'{"a": 1}', {"Content-Type": content_type})
    assert folder.run(text, answers=[answer]).steps[0].outputs == {"b": value}


@pytest.mark.requirement("EXR-05", "EX-06", "A-52")
def test_a_header_has_one_value(folder: Folder) -> None:
    text = document(GET % ", outputs: {h: $response.header.X-THING}")
    answer = (200, {}, {"x-thing": "one, two"})
    assert folder.run(text, answers=[answer]).steps[0].outputs == {"h": "one, two"}


@pytest.mark.requirement("EXR-08", "EXR-09")
def test_operations_of_a_source_come_before_its_fields(folder: Folder) -> None:
    folder.write("api.yaml", OPENAPI.replace("operationId: getA", "operationId: url"))
    step = (GET % ", outputs: {u: $sourceDescriptions.api.url}").replace(
        "operationId: getA", "operationId: $sourceDescriptions.api.url"
    )
    assert folder.run(document(step)).steps[0].outputs == {"u": "api.yaml"}


@pytest.mark.requirement("EXR-11", "A-48")
def test_names_with_dots(folder: Folder) -> None:
    inputs = "  inputs: {properties: {a.b: {type: string}, c: {type: object}}}"
    text = document(POST % ("{exact: $inputs.a.b, nested: $inputs.c.d}", ""), more=inputs)
    result = folder.run(text, inputs={"a.b": "dotted", "c": {"d": "deep"}})
    assert json.loads(folder.sent[0].content) == {"exact": "dotted", "nested": "deep"}
    assert "expression-dots" in {warning.rule for warning in result.warnings}


@pytest.mark.requirement("URI-12", "CMP-05", "WF-04")
@pytest.mark.parametrize("reference", ["#/components/inputs/short", "#short"])
def test_inputs_refer_by_pointer_and_by_anchor(folder: Folder, reference: str) -> None:
    head = "components: {inputs: {short: {$anchor: short, type: string, maxLength: 3}}}"
    inputs = f"  inputs: {{type: object, properties: {{id: {{$ref: '{reference}'}}}}}}"
    text = document((GET % "").replace("value: x", "value: $inputs.id"), more=inputs, head=head)
    assert folder.run(text, inputs={"id": "abc"}).ok
    with pytest.raises(arazzo.InputError, match="too long"):
        folder.run(text, inputs={"id": "abcd"})
