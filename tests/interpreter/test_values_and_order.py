"""What steps send and read: expressions of every kind, absent values, reusable objects, order."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

import pytest

from tests.support.machines import HEAD, answer, play, program


def listing(value: str, where: str = "must") -> str:
    other = "" if where == "must" else "- {name: must, in: query, value: m}\n      "
    return f"""
- workflowId: main
  inputs: {{type: object, properties: {{given: {{}}, gone: {{}}}}}}
  steps:
  - stepId: s
    operationId: list
    parameters:
      {other}- {{name: {where}, in: query, value: {value}}}
"""


@pytest.mark.requirement("A-12", "PAR-18", "SEMANTICS-absent")
def test_optional_absent_values_are_left_out() -> None:
    assert play(listing("$inputs.gone", "q")).urls == ["/list?must=m"]


@pytest.mark.requirement("A-12", "PAR-18", "SEMANTICS-absent")
@pytest.mark.parametrize(
    ("where", "value", "reason"),
    [
        ("must", "$inputs.gone", "parameter 'must': input 'gone' was not given"),
        ("q", "'Bearer {$inputs.gone}'", "parameter 'q': input 'gone' was not given"),
        ("q", "[1, $inputs.gone]", "parameter 'q' /1: input 'gone' was not given"),
        ("q", "[[$inputs.gone]]", "parameter 'q' /0/0: input 'gone' was not given"),
        ("must", "$steps.s.outputs.x", "step 's' has not run"),
        ("must", "$inputs.given#/a/b", "nothing at '/a/b'"),
    ],
)
def test_what_must_be_there_fails_before_sending(where: str, value: str, reason: str) -> None:
    run = play(listing(value, where), inputs={"given": {"a": 1}})
    assert run.requests == []
    assert run.end.failure is not None
    assert run.end.failure.kind == "absent-value"
    assert reason in run.end.failure.message
    assert run.steps[0].attempts == 1


CREATE = """
- workflowId: main
  steps:
  - stepId: s
    operationId: create
    requestBody: {payload: PAYLOAD}
"""


@pytest.mark.requirement("RB-02", "RB-03", "RB-04", "A-12")
@pytest.mark.parametrize(
    ("payload", "body"),
    [
        ("{name: $inputs.n, size: $inputs.gone}", b'{"name":"N"}'),
        ("{name: $inputs.n, deep: {a: $inputs.gone, b: [1, {c: $inputs.gone}]}}",
         b'{"name":"N","deep":{"b":[1,{}]}}'),
        ("$inputs.all", b'{"k":null}'),
        ("{name: 'x {$inputs.n} {literal} {$}'}", b'{"name":"x N {literal} {$}"}'),
        ("{name: $100, deep: [true, null, 1.5]}", b'{"name":"$100","deep":[true,null,1.5]}'),
        ("{name: {context: $inputs.all, selector: /k, type: jsonpointer}}", b'{"name":null}'),
    ],
)  # fmt: skip
def test_payloads(payload: str, body: bytes) -> None:
    run = play(CREATE.replace("PAYLOAD", payload), inputs={"n": "N", "all": {"k": None}})
    assert [request.body for request in run.requests] == [body]


@pytest.mark.requirement("A-12", "RB-09")
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("{name: $inputs.gone}", "payload /name: input 'gone' was not given"),
        ("$inputs.gone", "payload: input 'gone' was not given"),
        ("{name: {context: $inputs.all, selector: /no, type: jsonpointer}}",
         "payload /name: the selector found nothing"),
    ],
)  # fmt: skip
def test_required_parts_of_a_payload(payload: str, reason: str) -> None:
    run = play(CREATE.replace("PAYLOAD", payload), inputs={"all": {}})
    assert run.requests == []
    assert run.end.failure is not None
    assert run.end.failure.message == reason


@pytest.mark.requirement("REP-05", "REP-06", "A-25")
def test_replacements_in_order_and_their_failure() -> None:
    text = CREATE.replace(
        "PAYLOAD}",
        "{name: a}, replacements: "
        "[{target: /name, value: $inputs.n}, {target: /name, value: '{$inputs.n}!'}]}",
    )
    assert play(text, inputs={"n": 1}).requests[0].body == b'{"name":"1!"}'
    run = play(text)
    assert run.requests == []
    assert run.end.failure is not None
    assert run.end.failure.message.startswith("replacement '/name': input 'n' was not given")
    text = CREATE.replace("PAYLOAD}", "{name: a}, replacements: [{target: /x/y, value: 1}]}")
    run = play(text)
    assert run.requests == []
    assert run.end.status == "failed"


@pytest.mark.requirement("EXR-06", "EXR-07", "A-53", "A-54", "EXR-09", "EXR-10")
def test_everything_about_the_request_can_be_read() -> None:
    text = """
- workflowId: main
  steps:
  - stepId: s
    operationId: list
    parameters:
      - {name: must, in: query, value: 'a b'}
      - {name: q, in: query, value: $inputs.gone}
      - {name: X-Mine, in: header, value: h}
    successCriteria: [{condition: $request.query.must == 'A B'}, {condition: $method == 'GET'}]
    outputs:
      url: $url
      method: $method
      must: $request.query.must
      q: $request.query.q
      mine: $request.header.x-mine
      source: $sourceDescriptions.api.url
      self: $self
      component: $components.parameters.p
  - stepId: t
    operationId: create
    requestBody: {payload: {name: n}}
    outputs: {name: $request.body#/name, code: $statusCode, loc: $response.header.Location}
  - stepId: u
    operationId: item
    parameters: [{name: id, in: path, value: 7}]
    outputs: {id: $request.path.id}
"""
    head = (
        HEAD
        + "$self: https://ids.test/main\ncomponents: {parameters: {p: {name: p, in: query, value: 5}}}\n"
    )
    run = play(
        program(text, head=head, files={"https://ids.test/api.yaml": _api()}),
        [answer(201, Location="/x")],
    )
    assert run.end.status == "completed", run.end.failure
    assert run.steps[0].outputs == {
        "url": "http://api.test/list?must=a%20b",
        "method": "GET",
        "must": "a b",
        "mine": "h",
        "source": "api.yaml",
        "self": "https://ids.test/main",
        "component": 5,
    }
    assert run.steps[1].outputs == {"name": "n", "code": 201, "loc": "/x"}
    assert run.steps[2].outputs == {"id": 7}


def _api() -> str:
    from tests.support.machines import API

    return API


@pytest.mark.requirement("EXR-06")
def test_the_request_can_be_read_when_no_answer_came_and_when_nothing_was_sent() -> None:
    from tests.support.machines import Lost

    text = """
- workflowId: main
  steps:
  - stepId: s
    operationId: list
    parameters: [{name: must, in: query, value: $inputs.m}]
    outputs: {url: $url}
    onFailure: [{name: x, type: goto, stepId: t}]
  - stepId: t
    operationId: a
"""
    run = play(text, [Lost("reset"), 200], inputs={"m": 1})
    assert run.steps[0].outputs == {"url": "http://api.test/list?must=1"}
    run = play(text, [200])
    assert run.steps[0].outputs == {}
    assert run.steps[0].missing_outputs == ("url",)


@pytest.mark.requirement("CMP-06", "CMP-08", "A-46")
@pytest.mark.parametrize(
    ("override", "sent"),
    [("", "d"), (", value: 0", "0"), (", value: false", "false"), (", value: ''", ""),
     (", value: $inputs.x", "X")],
)  # fmt: skip
def test_reusable_parameters_with_overrides(override: str, sent: str) -> None:
    text = f"""
components:
  parameters: {{p: {{name: must, in: query, value: d}}}}
workflows:
- workflowId: main
  steps:
  - stepId: s
    operationId: list
    parameters: [{{reference: $components.parameters.p{override}}}]
"""
    assert play(text, inputs={"x": "X"}).urls == [f"/list?must={sent}"]


@pytest.mark.requirement("CMP-04", "CMP-08", "ACT-13")
def test_reusable_actions_are_read_in_the_step_that_uses_them() -> None:
    text = """
components:
  successActions:
    stop: {name: stop, type: end, criteria: [{condition: $response.body.done == true}]}
  failureActions:
    again: {name: again, type: retry, retryLimit: 2}
workflows:
- workflowId: main
  failureActions: [{reference: $components.failureActions.again}]
  steps:
  - {stepId: one, operationId: a, onSuccess: [{reference: $components.successActions.stop}]}
  - {stepId: two, operationId: b}
"""
    assert play(text, [500, 500, (200, {"done": True})]).urls == ["/a"] * 3
    assert play(text, [(200, {"done": False}), 200]).urls == ["/a", "/b"]


@pytest.mark.requirement("ST-13", "WF-14", "PAR-07", "PAR-19")
def test_workflow_parameters_reach_every_step_and_can_be_overridden() -> None:
    text = """
- workflowId: main
  parameters:
    - {name: must, in: query, value: $steps.one.outputs.n}
    - {name: X-Trace, in: header, value: w}
    - {name: id, in: path, value: 9}
  steps:
  - {stepId: one, operationId: list, parameters: [{name: must, in: query, value: own}],
     outputs: {n: $response.body#/n}}
  - {stepId: two, operationId: list, parameters: [{name: x-trace, in: header, value: s}]}
  - {stepId: three, operationId: item}
"""
    run = play(text, [(200, {"n": 4})])
    assert run.urls == ["/list?must=own", "/list?must=4", "/items/9?must=4"]
    traces = [[v for k, v in r.headers if k.lower() == "x-trace"] for r in run.requests]
    assert traces == [["w"], ["s"], ["w"]]


@pytest.mark.requirement("A-33", "DEP-04", "DEP-05", "DEP-06")
@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("""
- {stepId: one, operationId: a, dependsOn: [three]}
- {stepId: two, operationId: b}
- {stepId: three, operationId: c}
""", ["/b", "/c", "/a"]),
        ("""
- {stepId: one, operationId: list, parameters: [{name: must, in: query, value: $steps.two.outputs.x}]}
- {stepId: two, operationId: b, outputs: {x: $statusCode}}
""", ["/b", "/list?must=200"]),
        ("""
- {stepId: one, operationId: a, dependsOn: [two]}
- {stepId: two, operationId: b, dependsOn: [three]}
- {stepId: three, operationId: c}
""", ["/c", "/b", "/a"]),
        ("""
- {stepId: one, operationId: a}
- {stepId: two, operationId: b, dependsOn: [one]}
""", ["/a", "/b"]),
    ],
)  # fmt: skip
def test_dependencies_order_the_steps(text: str, order: list[str]) -> None:
    assert play(text).urls == order


@pytest.mark.requirement("A-33")
def test_in_a_loop_a_later_step_is_no_dependency() -> None:
    text = """
- stepId: one
  operationId: list
  parameters:
    - {name: must, in: query, value: m}
    - {name: q, in: query, value: $steps.two.outputs.next}
- stepId: two
  operationId: b
  outputs: {next: $response.body#/next}
  onSuccess: [{name: more, type: goto, stepId: one, criteria: [{condition: $response.body.next != null}]}]
"""
    run = play(text, [200, (200, {"next": "p2"}), 200, 200])
    assert run.urls == ["/list?must=m", "/b", "/list?must=m&q=p2", "/b"]


def test_a_value_that_cannot_be_sent_is_a_failed_step() -> None:
    text = """
- workflowId: main
  steps:
  - {stepId: s, operationId: a, parameters: [{name: X-H, in: header, value: $inputs.h}],
     onFailure: [{name: x, type: goto, stepId: t}]}
  - {stepId: t, operationId: b}
"""
    run = play(text, inputs={"h": "a\r\nEvil: 1"})
    assert run.urls == ["/b"]
    assert run.steps[0].failure is not None
    assert run.steps[0].failure.kind != "absent-value"


@pytest.mark.requirement("A-02", "A-16", "EXR-15")
def test_a_value_is_never_scanned_again() -> None:
    text = CREATE.replace("PAYLOAD", "{name: $inputs.n, t: 'v={$inputs.n}'}")
    run = play(text, inputs={"n": "{$inputs.secret} $inputs.secret", "secret": "S"})
    assert b"S" not in run.requests[0].body.replace(b"$inputs.secret", b"")


def test_the_step_of_the_answer_reads_what_came_before_it() -> None:
    text = """
- {stepId: one, operationId: a, outputs: {b: $response.body}}
- stepId: two
  operationId: b
  outputs: {same: $steps.one.outputs.b#/x/0, none: $steps.nope.outputs.b}
"""
    run = play(text, [(200, {"x": [5]}), 200])
    assert run.steps[1].outputs == {"same": 5}
    assert run.steps[1].missing_outputs == ("none",)
