"""Runs without the API: they complete, they are consistent, and they say what is wrong."""

from __future__ import annotations

import pytest

from arazzo_runner.errors import InputError
from arazzo_runner.interpreter import RequestSent, Waiting
from arazzo_runner.simulation.simulation import BEGINNING
from arazzo_runner.simulation.simulation import simulate as simulate_program
from tests.simulation.support import CREATE, POLL, program, rules, simulate, step


def test_a_poll_waits_twice_and_then_ends() -> None:
    done = simulate(POLL)
    assert done.ok
    statuses = [choice.answer.body["status"] for _, choice in done.exchanges]
    assert statuses == ["RUNNING", "RUNNING", "DONE"]
    assert done.result.outputs["status"] == "DONE"


def test_no_time_passes_but_what_waits_say() -> None:
    done = simulate(POLL)
    waited = sum(record.seconds for record in done.records if isinstance(record, Waiting))
    assert waited > 0
    assert done.result.started_at == BEGINNING
    assert done.result.duration_ms == waited * 1000


def test_what_was_created_is_read_again() -> None:
    done = simulate(CREATE, given={"name": "Tom", "kind": "dog"})
    assert done.ok
    made, read = (choice.answer.body for _, choice in done.exchanges)
    assert made["name"] == read["name"] == "Tom"
    assert made["id"] == read["id"]
    assert read["kind"] == "dog"
    assert done.result.outputs == {"id": made["id"], "name": "Tom"}


def test_what_was_created_is_listed() -> None:
    flow = CREATE.replace(
        "    outputs: {id: $steps.read",
        """
      - stepId: list
        operationId: listPets
        outputs: {first: '$response.body#/pets/0/name'}
    outputs: {first: $steps.list.outputs.first, id: $steps.read""".lstrip("\n"),
    )
    done = simulate(flow, given={"name": "Tom"})
    assert done.result.outputs["first"] == "Tom"


def test_the_same_seed_gives_the_same_run() -> None:
    first, again, other = (simulate(CREATE, seed=n) for n in (3, 3, 4))
    assert first.result == again.result
    assert first.inputs == again.inputs
    assert first.inputs != other.inputs


def test_inputs_fit_where_they_are_sent() -> None:
    assert simulate(CREATE).inputs["kind"] in ("cat", "dog")


def test_given_inputs_are_checked() -> None:
    with pytest.raises(InputError):
        simulate(CREATE, given={"name": 5})


def test_inputs_that_nobody_declared_are_made_and_told() -> None:
    flow = step(more="outputs: {x: $inputs.extra}").replace("j1", "$inputs.extra")
    done = simulate(flow)
    assert done.inputs["extra"]
    assert "input-undeclared" in rules(done)


def test_an_input_that_nothing_fits_is_told() -> None:
    flow = CREATE.replace("kind: {type: string}", "kind: {type: boolean}")
    assert "input-conflict" in rules(simulate(flow))


def test_a_number_as_text_where_the_input_is_text() -> None:
    flow = """
    workflows:
      - workflowId: w
        inputs: {type: object, properties: {id: {type: string}, limit: {type: string}}}
        steps:
          - stepId: s
            operationId: getPet
            parameters: [{name: petId, in: path, value: $inputs.id}]
    """
    done = simulate(flow)
    assert done.inputs["id"].isdecimal()
    assert not done.findings


def test_a_text_that_goes_to_a_list_and_to_a_number_as_well() -> None:
    uses = """
    /a/{n}:
      get:
        operationId: getOne
        parameters:
          - {name: n, in: path, required: true, schema: {type: integer}}
          - {name: ids, in: query, schema: {type: array, items: {type: integer, minimum: 10}}}
        responses: {'200': {description: ok}}
"""
    api = "openapi: 3.0.0\ninfo: {title: T, version: '1'}\npaths:" + uses
    flow = """
    workflows:
      - workflowId: w
        inputs: {type: object, properties: {id: {type: string}}}
        steps:
          - stepId: s
            operationId: getOne
            parameters:
              - {name: n, in: path, value: $inputs.id}
              - {name: ids, in: query, value: $inputs.id}
    """
    done = simulate(flow, api=api)
    assert int(done.inputs["id"]) >= 10
    assert not done.findings


@pytest.mark.parametrize(
    "criterion",
    [
        "$statusCode == 200",
        "$statusCode >= 200 && $statusCode < 300",
        "$statusCode == 200 || $statusCode == 201",
        "!($statusCode == 500)",
        "$response.body#/status == 'done'",
        "$response.body#/status != 'RUNNING' && $response.body#/percent > 40",
        "$response.body#/percent == 7",
        "7 < $response.body#/percent",
        "$response.body.result",
        "!$response.body.result",
        "$response.body#/result == 'yes'",
        "$response.body#/result == $inputs.wanted",
        "$response.body#/result != null",
        "$response.header.X-Left == 3",
        "$response.header.Content-Type == 'application/json'",
    ],
)
def test_simple_criteria_are_met(criterion: str) -> None:
    flow = step(f'[{{condition: "{criterion}"}}]')
    flow = flow.replace(
        "    steps:",
        "    inputs: {type: object, properties: {wanted: {type: string}}}\n    steps:",
        1,
    )
    done = simulate(flow)
    assert done.result.status == "completed"
    assert not [one for one in done.findings if one.severity == "error"]


@pytest.mark.parametrize(
    "condition",
    [
        "$.status == 'DONE'",
        "$.status != 'RUNNING' && $.percent >= 50",
        "$.result empty false",
        "!($.percent == 3)",
        "$.result.length > 3",
        "length($.result) == 2",
        "$.result",
        "search($.result, '^ok-[0-9]+$')",
        "$[?@.status == 'DONE']",
        "$[?@.percent > 3 && !(@.status == 'RUNNING')]",
        "'DONE' == $.status",
        "$..status",
    ],
)
def test_jsonpath_criteria_are_met(condition: str) -> None:
    flow = step(f'[{{context: $response.body, type: jsonpath, condition: "{condition}"}}]')
    done = simulate(flow)
    assert done.result.status == "completed", done.result.error
    assert done.ok


@pytest.mark.parametrize(
    "condition",
    [
        "$.pets.length > 2",
        "count($.pets[*]) == 3",
        "$.pets[1].name == 'Tom'",
        "$.pets[?@.name == 'Tom']",
        "$.pets[?(@.kind != 'cat')]",
        "$.pets[*].owner",
        "$.pets.length == 0",
        "$.pets empty true",
    ],
)
def test_jsonpath_criteria_on_lists_are_met(condition: str) -> None:
    criteria = f'[{{context: $response.body, type: jsonpath, condition: "{condition}"}}]'
    assert simulate(step(criteria, operation="listPets")).ok


def test_regex_criteria_are_met() -> None:
    criteria = "[{context: $response.body#/result, type: regex, condition: '^[a-c]{4}-x$'}]"
    assert simulate(step(criteria)).ok
    criteria = "[{context: $statusCode, type: regex, condition: '^200$'}]"
    assert simulate(step(criteria)).ok


def test_xml_answers_are_xml() -> None:
    criteria = (
        "[{context: $response.body, type: jsonpath, condition: \"$.things[0].state == 'up'\"}]"
    )
    more = "outputs: {state: $response.body#/things/0/state}"
    done = simulate(step(criteria, more, operation="getXml"))
    assert done.ok
    assert done.result.steps[0].outputs == {"state": "up"}
    assert str(done.result.steps[0].response.body).startswith("<?xml")  # type: ignore[union-attr]


def test_an_answer_that_the_description_rules_out_is_told() -> None:
    done = simulate(step("[{condition: \"$response.body#/status == 'GONE'\"}]"))
    assert done.result.status == "completed"
    assert not done.ok
    assert [(f.rule, f.severity) for f in done.findings] == [("value-forbidden", "error")]
    assert '"RUNNING", "DONE", "FAILED"' in done.findings[0].message


def test_what_the_description_does_not_speak_of_is_told() -> None:
    more = "outputs: {x: $response.body#/other/part, h: $response.header.X-Other}"
    done = simulate(step("[{condition: $statusCode == 202}]", more))
    assert rules(done) == {"status-undeclared", "part-undeclared", "header-undeclared"}
    assert done.ok  # the specification of OpenAPI lets an API answer so


def test_a_read_that_can_never_find_anything_is_told() -> None:
    done = simulate(step(more="outputs: {x: $response.body#/status/code}"))
    assert rules(done) == {"part-impossible"}
    assert not done.ok


def test_a_body_that_is_not_declared_is_made() -> None:
    done = simulate(step(more="outputs: {all: $response.body}", operation="open"))
    assert done.result.steps[0].outputs["all"]
    assert rules(done) == {"body-undeclared"}
    done = simulate(step(more="outputs: {a: $response.body#/a}", operation="open"))
    assert done.result.steps[0].outputs["a"]


def test_an_output_without_a_value_is_told() -> None:
    flow = step() + "    outputs: {x: $steps.only.outputs.nothing}\n"
    assert "output-absent" in rules(simulate(flow))


def test_a_run_that_cannot_complete_says_why() -> None:
    flow = step('[{condition: "$inputs.go == 1 && $inputs.go == 2"}]')
    done = simulate(flow)
    assert done.result.status == "failed"
    assert "run-failed" in rules(done)
    ends = step('[{condition: "1 == 2"}]', "onFailure: [{name: stop, type: end}]")
    assert "run-ended" in rules(simulate(ends))


def test_a_loop_without_end_ends_the_simulation() -> None:
    done = simulate(step(more="onSuccess: [{name: again, type: goto, stepId: only}]"))
    assert done.result.status == "failed"
    assert done.result.error is not None
    assert done.result.error.message == "400 answers were given and the run did not end"


def test_inputs_are_varied_until_the_run_completes() -> None:
    flow = step("[{condition: \"$inputs.action == 'purge'\"}]").replace(
        "    steps:",
        "    inputs: {type: object, properties: {action: {enum: [trash, purge]}}}\n    steps:",
        1,
    )
    done = simulate(flow)
    assert done.ok
    assert done.inputs == {"action": "purge"}


def test_a_later_comparison_is_kept_in_mind() -> None:
    flow = """
    workflows:
      - workflowId: w
        steps:
          - stepId: look
            operationId: getJob
            parameters: [{name: id, in: path, value: j}]
            outputs: {state: $response.body#/status}
          - stepId: go
            operationId: listPets
            successCriteria: [{condition: "$steps.look.outputs.state == 'FAILED'"}]
    """
    done = simulate(flow)
    assert done.ok
    assert done.exchanges[0][1].answer.body["status"] == "FAILED"


def test_waiting_may_be_a_retry() -> None:
    more = """
    onFailure: [{name: wait, type: retry, retryAfter: 5, retryLimit: 4}]
    """
    done = simulate(step("[{condition: \"$response.body#/status == 'DONE'\"}]", more))
    assert done.ok
    assert [c.answer.body["status"] for _, c in done.exchanges] == ["RUNNING", "RUNNING", "DONE"]


def test_workflows_that_call_workflows() -> None:
    flow = (
        POLL
        + """
  - workflowId: outer
    steps:
      - stepId: call
        workflowId: wait
        parameters: [{name: id, value: j1}]
        outputs: {s: $outputs.status}
    outputs: {s: $steps.call.outputs.s}
"""
    )
    done = simulate(flow, "outer")
    assert done.ok
    assert done.result.outputs == {"s": "DONE"}


def test_unknown_workflows_are_key_errors() -> None:
    with pytest.raises(KeyError):
        simulate_program(program(POLL), "nobody")


# -- requests ------------------------------------------------------------------------------------


def request_findings(flow: str, **options: object) -> list[str]:
    done = simulate(flow, **options)
    return [f"{f.rule}: {f.message}" for f in done.findings if f.rule.startswith("request")]


def test_requests_are_recorded_and_checked() -> None:
    done = simulate(CREATE)
    sent = [record.request for record in done.records if isinstance(record, RequestSent)]
    assert [request.method for request in sent] == ["POST", "GET"]
    assert not request_findings(CREATE)


def test_a_missing_property_is_an_error() -> None:
    flow = CREATE.replace("{name: $inputs.name, kind: $inputs.kind}", "{kind: cat}")
    assert request_findings(flow) == [
        "request-required: request body: the value lacks the required 'name'"
    ]


def test_a_property_too_many_and_wrong_constants_are_errors() -> None:
    flow = CREATE.replace("{name: $inputs.name, kind: $inputs.kind}", "{name: x, kind: cow, z: 1}")
    assert request_findings(flow) == [
        "request-constant: request body: the value has 'z', which the schema does not allow",
        'request-constant: request body: /kind is "cow", not one of "cat", "dog"',
    ]


def test_a_missing_body_is_an_error() -> None:
    flow = CREATE.replace(
        "        requestBody: {payload: {name: $inputs.name, kind: $inputs.kind}}\n", ""
    )
    assert request_findings(flow) == ["request-required: the required request body is not sent"]


def test_parameters_are_checked_as_what_they_read_as() -> None:
    flow = step(operation="listPets").replace(
        "operationId: listPets",
        "operationId: listPets\n        parameters: [{name: limit, in: query, value: '%s'}]",
    )
    assert not request_findings(flow % "7")
    assert request_findings(flow % "70") == [
        "request-value: query parameter 'limit': the value is 70: maximum is 9"
    ]
    assert request_findings(flow % "many") == [
        "request-constant: query parameter 'limit': the value is string, not integer"
    ]


def test_a_step_that_cannot_be_sent_ends_the_run_before_any_answer() -> None:
    never = step().replace("value: j1", "value: $steps.nobody.outputs.x")
    done = simulate(never)
    assert done.exchanges == ()
    assert done.result.error is not None
    assert done.result.error.kind == "absent-value"
