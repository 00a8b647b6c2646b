"""What linking reports: rule, place, message, hint; and the tolerances of linking."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

from pathlib import Path

import pytest

from arazzo_runner.errors import NotArazzoError
from arazzo_runner.linking import LinkSettings, OperationCall, link
from arazzo_runner.reading import Loader, parse_document
from tests.support.machines import API, BASE, HEAD, link_text, linked, memory_loader

TWO = """\
arazzo: 1.1.0
info: {title: Test, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml}, {name: second, url: second.yaml}, {name: flows, url: flows.yaml}]
"""
FILES = {
    "second.yaml": API.replace("operationId: b", "operationId: only"),
    "flows.yaml": HEAD + "workflows: [{workflowId: foreign, steps: [{stepId: f, operationId: a}]}]",
}


def step(fields: str) -> str:
    return f"- workflowId: main\n  steps:\n  - {{stepId: s, {fields}}}\n"


S = "/workflows/0/steps/0"

CASES = [
    # targets
    (step("description: d"), "step-target-present", S, "has no operationId", None),
    (step("operationId: a, workflowId: main"), "step-target-exclusive", f"{S}/workflowId", "both operationId and workflowId", "leave one of them out"),
    (step("channelPath: x"), "asyncapi-unsupported", f"{S}/channelPath", "AsyncAPI step", None),
    (step("operationId: a, action: send"), "asyncapi-unsupported", f"{S}/action", "AsyncAPI step", None),
    # operationId
    (step("operationId: creat"), "step-operation-id-exists", f"{S}/operationId", "operationId 'creat' is not in api", "did you mean 'create'?"),
    (step("operationId: $sourceDescriptions.apj.a"), "source-ref-unknown", f"{S}/operationId", "no source description 'apj'", "did you mean 'api'?"),
    (step("operationId: $sourceDescriptions.api.nope"), "step-operation-id-exists", f"{S}/operationId", "operationId 'nope' is not in api", None),
    # operationPath
    (step("operationPath: nonsense"), "step-operation-path-syntax", f"{S}/operationPath", "does not name an operation", "write '{$sourceDescriptions"),
    (step("operationPath: '{$sourceDescriptions.api.url}#/paths/~1z/get'"), "step-operation-path-exists", f"{S}/operationPath", "is not an operation of source description 'api'", None),
    (step("operationPath: '{$sourceDescriptions.api.url}#/paths/~1item/get'"), "step-operation-path-exists", f"{S}/operationPath", "is not an operation", "did you mean '/items'?"),
    (step("operationPath: '{$sourceDescriptions.nope.url}#/paths/~1a/get'"), "source-ref-unknown", f"{S}/operationPath", "no source description 'nope'", None),
    (step("operationPath: '{$sourceDescriptions.api.url}#/paths/~2a/get'"), "step-operation-path-syntax", f"{S}/operationPath", "", None),
    # workflows
    (step("workflowId: mian"), "step-workflow-exists", f"{S}/workflowId", "workflow 'mian' is not found", "did you mean 'main'?"),
    (step("workflowId: $sourceDescriptions.api.x"), "step-workflow-exists", f"{S}/workflowId", "names source description 'api'", None),
    (step("workflowId: $sourceDescriptions.nope.x"), "source-ref-unknown", f"{S}/workflowId", "", None),
    # parameters
    (step("operationId: a, parameters: [{name: x, value: 1}]"), "parameter-in-required", f"{S}/parameters/0", "does not say where it goes", "add 'in: query'"),
    (step("operationId: item"), "parameter-path-template", S, "gives no 'id' (path)", "in: path"),
    (step("operationId: a, parameters: [{reference: $components.inputs.x}]"), "reusable-reference", f"{S}/parameters/0/reference", "does not refer to parameters", "write $components.parameters.<name>"),
    (step("operationId: a, parameters: [{reference: $components.parameters.x}]"), "reusable-exists", f"{S}/parameters/0/reference", "components.parameters has no 'x'", None),
    # criteria
    (step("operationId: a, successCriteria: [{condition: '$statusCode =='}]"), "criterion-simple-syntax", f"{S}/successCriteria/0/condition", "", None),
    (step("operationId: a, successCriteria: [{condition: '(', type: regex, context: $response.body}]"), "criterion-regex", f"{S}/successCriteria/0/condition", "", None),
    (step("operationId: a, successCriteria: [{condition: '$.a[', type: jsonpath, context: $response.body}]"), "criterion-jsonpath", f"{S}/successCriteria/0/condition", "", None),
    (step("operationId: a, successCriteria: [{condition: x, type: nope}]"), "criterion-type", f"{S}/successCriteria/0/type", "'nope' is not a type", None),
    # actions
    (step("operationId: a, onSuccess: [{name: x, type: edn}]"), "action-type", f"{S}/onSuccess/0/type", "unknown type 'edn'", "did you mean 'end'?"),
    (step("operationId: a, onSuccess: [{name: x, type: goto}]"), "action-goto-target", f"{S}/onSuccess/0", "neither stepId nor workflowId", "say where to go"),
    (step("operationId: a, onSuccess: [{name: x, type: goto, stepId: s, workflowId: main}]"), "action-target-exclusive", f"{S}/onSuccess/0", "mutually exclusive", None),
    (step("operationId: a, onFailure: [{name: x, type: retry, stepId: z}]"), "action-step-exists", f"{S}/onFailure/0/stepId", "retry target step 'z' is not a step", None),
    (step("operationId: a, onFailure: [{name: x, type: goto, workflowId: z}]"), "action-workflow-exists", f"{S}/onFailure/0/workflowId", "workflow 'z' is not found", None),
    (step("operationId: a, onFailure: [{reference: $components.successActions.x}]"), "reusable-reference", f"{S}/onFailure/0/reference", "does not refer to failureActions", None),
    # order, time, bodies
    (step("operationId: a, dependsOn: [nope]"), "step-depends-on-exists", f"{S}/dependsOn", "depends on step 'nope'", None),
    (step("operationId: a, timeout: -1"), "timeout-range", f"{S}/timeout", "must not be negative", None),
    (step("operationId: create, requestBody: {replacements: [{target: /a, value: 1}]}"), "replacement-without-payload", f"{S}/requestBody/replacements", "", "add a payload"),
    (step("operationId: create, requestBody: {payload: {}, replacements: [{target: a, value: 1}]}"), "replacement-target", f"{S}/requestBody/replacements/0/target", "", None),
    (step("operationId: a, outputs: {o: {context: $response.body, selector: '$[', type: jsonpath}}"), "selector-syntax", f"{S}/outputs/o/selector", "", None),
    ("- {workflowId: main, steps: [], dependsOn: [nope]}", "workflow-depends-on-exists", "/workflows/0/dependsOn/0", "workflow 'nope' is not found", None),
]  # fmt: skip


@pytest.mark.requirement(
    "ST-03", "ST-04", "ST-06", "ST-08", "ST-11", "ACT-02", "ACT-05", "ACT-06", "ACT-07", "CMP-04",
    "PAR-04", "PAR-08", "CR-01", "CR-02", "DEP-01", "ST-27", "A-26", "WF-07",
)  # fmt: skip
@pytest.mark.parametrize(("text", "rule", "pointer", "message", "hint"), CASES)
def test_faults(text: str, rule: str, pointer: str, message: str, hint: str | None) -> None:
    found = link_text(text)
    errors = found.errors
    assert [(f.rule, f.pointer) for f in errors] == [(rule, pointer)], [str(f) for f in errors]
    (fault,) = errors
    assert message in fault.message
    assert fault.location is not None
    assert fault.location.file == "main.yaml"
    if hint is not None:
        assert hint in (fault.hint or "")


@pytest.mark.requirement("DEP-08", "WF-09")
def test_cycles() -> None:
    text = "- {stepId: a, operationId: a, dependsOn: [b]}\n- {stepId: b, operationId: b, dependsOn: [a]}\n"
    (fault,) = link_text(text).errors
    assert (fault.rule, fault.message) == ("step-depends-on-cycle", "steps need each other: a → b")
    text = "- {workflowId: x, dependsOn: [y], steps: []}\n- {workflowId: y, dependsOn: [x], steps: []}\n"
    found = link_text(text).errors
    assert {f.rule for f in found} == {"workflow-depends-on-cycle"}
    assert len(found) == 2


def test_all_faults_at_once_errors_first() -> None:
    text = step(
        "operationId: A, parameters: [{name: p, in: query, value: $response.headers.X}], onSuccess: [{name: x, type: goto, stepId: z}], successCriteria: [{condition: '=='}]"
    )
    found = link_text(text)
    assert [f.severity for f in found.faults] == sorted(f.severity for f in found.faults)
    assert len(found.errors) == 2
    assert {"operation-id-case", "expression-headers-plural"} <= {f.rule for f in found.faults}
    assert found.program.warnings == tuple(f for f in found.faults if f.severity == "warning")


def test_another_kind_of_document() -> None:
    with pytest.raises(NotArazzoError):
        link(parse_document(API.encode(), uri=BASE + "api.yaml"), memory_loader())


@pytest.mark.requirement("WF-18", "SRC-08")
def test_only_what_the_entry_workflow_reaches_is_linked() -> None:
    text = """
- workflowId: good
  steps: [{stepId: s, operationId: a, onSuccess: [{name: x, type: goto, workflowId: next}]}]
- workflowId: next
  dependsOn: [needed]
  steps: [{stepId: s, workflowId: called}]
- {workflowId: needed, steps: [{stepId: s, operationId: b, onFailure: [{name: r, type: retry, workflowId: fix}]}]}
- {workflowId: called, steps: []}
- {workflowId: fix, steps: []}
- {workflowId: bad, steps: [{stepId: s, operationId: nope, timeout: x}]}
"""
    found = link_text(text, workflow_id="good")
    assert not found.errors
    assert sorted(w.workflow_id for w in found.program.workflows.values()) == [
        "called",
        "fix",
        "good",
        "needed",
        "next",
    ]
    assert [(f.rule, f.severity) for f in found.faults] == [("field-type", "warning")]
    assert len(link_text(text).errors) == 2
    assert set(found.program.entries) >= {"good", "bad"}


# -- operations and their tolerances -------------------------------------------------------------


@pytest.mark.requirement("ST-05", "ST-06", "ST-07", "A-03")
@pytest.mark.parametrize(
    ("target", "rules", "url"),
    [
        ("operationId: $sourceDescriptions.api.a", [], "/a"),
        ("operationId: only", [], "/b"),
        ("operationPath: '{$sourceDescriptions.api.url}#/paths/~1a/get'", [], "/a"),
        ("operationPath: '{$sourceDescriptions.second.url}#/paths/~1b/get'", [], "/b"),
        ("operationPath: $sourceDescriptions.api.url#/paths/~1a/get", ["operation-path-form"], "/a"),
        ("operationPath: $sourceDescriptions.api#/paths/~1a/get", ["operation-path-form"], "/a"),
        ("operationPath: '{$sourceDescriptions.api}#/paths/~1a/get'", ["operation-path-form"], "/a"),
        ("operationPath: api#/paths/~1a/get", ["operation-path-form"], "/a"),
        ("operationPath: api.yaml#/paths/~1a/get", ["operation-path-form"], "/a"),
        ("operationPath: $sourceDescriptions.api.a", ["operation-path-form"], "/a"),
        ("operationPath: '{$sourceDescriptions.api.url}#/paths//a/get'", ["operation-path-form"], "/a"),
        ("operationId: api.a", ["operation-id-form"], "/a"),
        ("operationId: api#a", ["operation-id-form"], "/a"),
        ("operationId: ONLY", ["operation-id-case"], "/b"),
        ("operationId: $sourceDescriptions.api.A", ["operation-id-case"], "/a"),
    ],
)  # fmt: skip
def test_forms_of_operations(target: str, rules: list[str], url: str) -> None:
    found = linked(step(target), head=TWO, files=FILES)
    assert [f.rule for f in found.faults] == rules
    call = found.program.workflows["0:main"].steps[0].target
    assert isinstance(call, OperationCall)
    assert call.operation.path == url
    for fault in found.faults:
        assert fault.severity == "warning"
        assert fault.hint is not None
        assert fault.hint.startswith("write ")


@pytest.mark.parametrize(
    ("written", "path", "method"),
    [("POST /items", "/items", "POST"), ("/items", "/items", "POST"), ("get /a", "/a", "GET")],
)
def test_method_and_path(written: str, path: str, method: str) -> None:
    found = linked(
        step(
            f"operationPath: {written}"
            + (", requestBody: {payload: {name: x}}" if method == "POST" else "")
        )
    )
    call = found.program.workflows["0:main"].steps[0].target
    assert isinstance(call, OperationCall)
    assert (call.operation.path, call.operation.method) == (path, method)
    assert [f.rule for f in found.faults] == ["operation-path-form"]


@pytest.mark.requirement("ST-06")
@pytest.mark.parametrize(
    ("target", "rule", "words"),
    [
        ("operationId: a", "step-operation-id-ambiguous", "api: GET /a, second: GET /a"),
        ("operationPath: GET /a", "step-operation-path-syntax", "fits 2 operations"),
        ("operationPath: /zz", "step-operation-path-syntax", "does not name an operation"),
        ("operationId: $sourceDescriptions.flows.foreign", "step-operation-id-source-kind", "is arazzo"),
        ("operationPath: '{$sourceDescriptions.flows.url}#/paths/~1a/get'", "step-operation-path-source", "is arazzo"),
    ],
)  # fmt: skip
def test_operations_that_are_not_clear(target: str, rule: str, words: str) -> None:
    (fault,) = link_text(step(target), head=TWO, files=FILES).errors
    assert fault.rule == rule
    assert words in fault.message


def test_an_ambiguous_operation_id_is_qualified_by_the_hint() -> None:
    (fault,) = link_text(step("operationId: a"), head=TWO, files=FILES).errors
    assert fault.hint == "write $sourceDescriptions.api.a"
    double = API.replace("operationId: b", "operationId: a")
    (fault,) = link_text(step("operationId: a"), files={"api.yaml": double}).errors
    assert fault.rule == "step-operation-id-ambiguous"
    assert fault.hint is None


def test_a_place_left_out_is_the_declared_one() -> None:
    text = step("operationId: list, parameters: [{name: must, value: 1}]")
    assert [f.rule for f in linked(text).faults] == ["parameter-in-required"]


def test_other_tolerances_are_reported_where_they_are() -> None:
    text = """
- workflowId: main
  steps:
  - {stepId: one, operationId: a, outputs: {t: $response.body.t}}
  - stepId: two
    operationId: list
    parameters:
      - {name: must, in: query, value: Bearer $steps.one.outputs.t}
    successCriteria: [{condition: '$statusCode == 200', context: $statusCode}]
    onSuccess: [{name: x, type: retry}]
"""
    found = linked(text)
    assert {(f.rule, f.pointer) for f in found.faults} == {
        ("expression-dots", "/workflows/0/steps/0/outputs/t"),
        ("template-unbraced", "/workflows/0/steps/1/parameters/0/value"),
        ("on-success-retry", "/workflows/0/steps/1/onSuccess/0/type"),
    }


@pytest.mark.requirement("A-35", "A-43")
def test_parameters_of_workflow_steps() -> None:
    text = """
- workflowId: main
  steps:
  - stepId: s
    workflowId: other
    parameters: [{name: x, in: query, value: 1}]
    requestBody: {payload: ignored}
- {workflowId: other, steps: []}
"""
    found = linked(text)
    assert [(f.rule, f.severity) for f in found.faults] == [("parameter-in-workflow", "warning")]
    assert found.program.workflows["0:main"].steps[0].body is None


@pytest.mark.requirement("PAR-10", "A-37")
def test_missing_and_undeclared_parameters_are_warnings() -> None:
    found = linked(step("operationId: list, parameters: [{name: zzz, in: query, value: 1}]"))
    assert {f.rule for f in found.faults} == {"parameter-required-missing", "parameter-declared"}


# -- servers -------------------------------------------------------------------------------------


def call_of(text: str, **options: object) -> OperationCall:
    found = linked(text, **options)
    call = found.program.workflows["0:main"].steps[0].target
    assert isinstance(call, OperationCall)
    return call


@pytest.mark.requirement("URI-14", "URI-15", "SEMANTICS-servers")
@pytest.mark.parametrize(
    ("servers", "settings", "declared", "base"),
    [
        ("[{url: 'https://x.test/v1/'}]", {}, "https://x.test/v1/", "https://x.test/v1"),
        ("[{url: ../api}]", {}, "https://docs.test/api", "https://docs.test/api"),
        ("[{url: /root}]", {}, "https://docs.test/root", "https://docs.test/root"),
        ("[{url: 'https://{h}.test', variables: {h: {default: d}}}]", {}, "https://d.test", "https://d.test"),
        ("[{url: 'https://{h}.test', variables: {h: {default: d}}}]", {"server_variables": {"api.h": "v", "other.h": "w"}}, "https://v.test", "https://v.test"),
        ("[{url: 'https://x.test'}]", {"servers": {"api": "http://127.0.0.1:1/p/"}}, "https://x.test", "http://127.0.0.1:1/p"),
    ],
)  # fmt: skip
def test_servers(servers: str, settings: dict[str, object], declared: str, base: str) -> None:
    api = API.replace("[{url: 'http://api.test'}]", servers)
    call = call_of(step("operationId: a"), files={"api.yaml": api}, **settings)
    assert (call.declared_url, call.base_url) == (declared, base)


def test_a_server_that_cannot_be_used(tmp_path: Path) -> None:
    for servers, words in (
        ("[]", "is only '/'"),
        ("[{url: /v1}]", "is only '/v1'"),
        ("[{url: 'ws://x'}]", "is only 'ws://x'"),
    ):
        (tmp_path / "api.yaml").write_text(API.replace("[{url: 'http://api.test'}]", servers))
        file = tmp_path / "flow.yaml"
        file.write_text(HEAD + "workflows:\n" + step("operationId: a"))
        loader = Loader()
        (fault,) = link(loader.load(str(file)), loader).errors
        assert fault.rule == "server-missing"
        assert words in fault.message
        assert fault.hint == "give it with --server api=URL"
        allowed = link(loader.load(str(file)), loader, LinkSettings(any_server=True))
        assert not allowed.errors
        assert not link(
            loader.load(str(file)), loader, LinkSettings(servers={"api": "http://x.test"})
        ).errors


@pytest.mark.requirement("SEMANTICS-security")
def test_security_schemes_of_a_call() -> None:
    schemes = "components: {securitySchemes: {key: {type: apiKey, in: header, name: k}, v4: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}}}\n"
    for security, wants, names in (
        ("security: [{key: []}]\n", False, ("key",)),
        ("security: [{key: []}, {}]\n", False, ()),
        ("security: [{v4: []}]\n", True, ()),
        ("", False, ()),
    ):
        call = call_of(step("operationId: a"), files={"api.yaml": API + schemes + security})
        assert (call.wants_sigv4, call.schemes) == (wants, names)


@pytest.mark.requirement("A-09", "SEL-07")
def test_a_selector_object_or_a_literal() -> None:
    from tests.support.machines import play

    text = """
- workflowId: main
  steps:
  - stepId: s
    operationId: create
    requestBody:
      payload:
        name: x
        yes: {context: $inputs.o, selector: '$.a', type: {type: jsonpath, version: rfc9535}}
        not1: {context: literal, selector: /a, type: jsonpointer}
        not2: {context: $inputs.o, selector: /a, type: jsonpointer, more: 1}
        not3: {context: $inputs.o, selector: 5, type: jsonpointer}
    outputs:
      t: {context: $response.body, selector: /k, type: jsonpointer}
      none: {context: $response.body, selector: /zz, type: jsonpointer}
      text: fixed
  outputs: {none: {context: $inputs.o, selector: /zz, type: jsonpointer}}
"""
    run = play(text, [(200, {"k": 4})], inputs={"o": {"a": 1}})
    assert run.requests[0].body == (
        b'{"name":"x","yes":1,"not1":{"context":"literal","selector":"/a","type":"jsonpointer"},'
        b'"not2":{"context":{"a":1},"selector":"/a","type":"jsonpointer","more":1},'
        b'"not3":{"context":{"a":1},"selector":5,"type":"jsonpointer"}}'
    )
    assert run.steps[0].outputs == {"t": 4, "text": "fixed"}
    assert [note.message for note in run.notes] == ["output 'none' has no value: nothing was found"]
    old = HEAD.replace("1.1.0", "1.0.1")
    found = linked(text, head=old)
    assert (
        b'"yes":{"context":{"a":1}' in play(found.program, inputs={"o": {"a": 1}}).requests[0].body
    )


def test_bytes_cannot_be_part_of_a_text() -> None:
    from tests.support.machines import answer, play

    text = """
- {stepId: one, operationId: a, outputs: {raw: $response.body}}
- {stepId: two, operationId: list, parameters: [{name: must, in: query, value: 'x{$steps.one.outputs.raw}'}]}
"""
    run = play(text, [answer(200, b"\x00")])
    assert run.end.failure is not None
    assert run.end.failure.kind == "absent-value"
    assert run.end.failure.message.startswith("parameter 'must': ")
    assert len(run.requests) == 1
