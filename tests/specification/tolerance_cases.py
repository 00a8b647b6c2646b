"""Examples of every tolerance: what it accepts (and how it is read), and what it must not touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.specification.support import Ran, document

Step = dict[str, Any]

GET: Step = {"operationId": "find"}


class Case(NamedTuple):
    """A document written as the rule describes (or nearly), and what its run must show.

    ``answer`` is the body of every answer, an empty object by default.
    """

    rule: str
    document: dict[str, Any]
    answer: Any = None
    inputs: dict[str, Any] | None = None
    headers: dict[str, str] | None = None
    then: Callable[[Ran], bool] = lambda ran: ran.result.ok


def judged(condition: str, **more: Any) -> dict[str, Any]:
    """A document with a step that has one criterion."""
    return document({**GET, "successCriteria": [{"condition": condition, **more}]})


def jsonpath(condition: str) -> dict[str, Any]:
    return judged(condition, context="$response.body", type="jsonpath")


def output(expression: str, *before: Step, **more: Any) -> dict[str, Any]:
    return document(*before, {**GET, "outputs": {"o": expression}}, **more)


def query(value: str, *before: Step, **more: Any) -> dict[str, Any]:
    return document(
        *before, {**GET, "parameters": [{"name": "q", "in": "query", "value": value}]}, **more
    )


def path(operation_path: str) -> dict[str, Any]:
    step = {"operationPath": operation_path, "parameters": [PET]}
    return document(step)


def calling(reference: str, workflow_id: str) -> dict[str, Any]:
    text = document({"workflowId": reference})
    text["workflows"].append({"workflowId": workflow_id, "steps": [{**GET, "stepId": "a"}]})
    return text


def gives(value: Any) -> Callable[[Ran], bool]:
    return lambda ran: ran.result.ok and ran.result.steps[-1].outputs == {"o": value}


def goes_to(*urls: str) -> Callable[[Ran], bool]:
    return lambda ran: ran.result.ok and ran.urls == list(urls)


def fails(ran: Ran) -> bool:
    return ran.result.status == "failed"


def has_none(ran: Ran) -> bool:
    return ran.result.ok and ran.result.steps[-1].missing_outputs == ("o",)


PET = {"name": "id", "in": "path", "value": "7"}
LOGIN: Step = {
    **GET,
    "stepId": "login",
    "outputs": {"t": "$response.body#/t", "l": "$response.body#/l"},
}
ODD = {
    "inputs": {
        "type": "object",
        "properties": {"odd name[]": {"type": "string"}, "a": {"type": "object"}},
    }
}
XML = "<r><set><item><id>5</id></item><item><id>6</id></item></set></r>"
XML_TYPE = {"content-type": "application/xml"}
AGAIN = {
    "name": "again",
    "type": "retry",
    "retryLimit": 2,
    "criteria": [{"condition": "$statusCode == 200"}],
}
TEXT = {"content-type": "text/plain"}

ACCEPTED = [
    Case("list-of-one", output("$response.body#/items/id"), {"items": [{"id": 4}]}, then=gives(4)),
    Case("list-of-one", output("$response.body#/b/c"), [{"b": [{"c": 4}]}], then=gives(4)),
    Case("list-of-one", judged("$response.body.items.id == 4"), {"items": [{"id": 4}]}),
    Case("jsonpath-comparison", jsonpath('$.s == "InProgress"'), {"s": "InProgress"}),
    Case("jsonpath-comparison", jsonpath("$.r.length > 0"), {"r": [1]}),
    Case("jsonpath-comparison", jsonpath("$.r.length > 0"), {"r": []}, then=fails),
    Case(
        "jsonpath-comparison", jsonpath("$.a[0].b != 'x' && $.n > 3"), {"a": [{"b": "y"}], "n": 4}
    ),
    Case(
        "jsonpath-comparison",
        jsonpath("$.a[0].b != 'x' && $.n > 3"),
        {"a": [{"b": "x"}], "n": 4},
        then=fails,
    ),
    Case("jsonpath-comparison", jsonpath("$[0].b == 1 || $[1].b == 1"), [{"b": 2}, {"b": 1}]),
    Case("jsonpath-comparison", jsonpath("$ > 3"), 4),
    Case("jsonpath-comparison", jsonpath("$.x == $.y"), {}),  # Nothing equals Nothing
    Case("jsonpath-comparison", jsonpath("$.a empty false"), {"a": [1]}),
    Case("jsonpath-comparison", jsonpath("$.a empty true"), {"a": []}),
    Case("jsonpath-root-filter", jsonpath("$[?@.status == 'x']"), {"status": "x"}),
    Case("jsonpath-root-filter", jsonpath("$[?count(@.pets) > 0]"), {"pets": [1]}),
    Case(
        "simple-unquoted-string", judged("$response.body#/s == in progress"), {"s": "In Progress"}
    ),
    Case(
        "simple-unquoted-string",
        judged("$response.header.Content-Type == application/json"),
        headers={"content-type": "application/json; charset=utf-8"},
    ),
    Case("simple-double-quotes", judged('$response.body#/s == "ok"'), {"s": "ok"}),
    Case("simple-double-quotes", judged('$response.body#/s == "ok"'), {"s": "no"}, then=fails),
    Case("simple-braced", judged("{$statusCode == 200}")),
    Case("simple-braced", judged("{$statusCode} == 200")),
    Case("simple-length", judged("$response.body.items.length > 1"), {"items": [1, 2]}),
    Case("simple-length", judged("$response.body.items.length > 1"), {"items": [1]}, then=fails),
    Case("simple-context-literal", judged("5", context="$response.body#/n"), {"n": 5}),
    Case("simple-context-literal", judged("5", context="$response.body#/n"), {"n": 6}, then=fails),
    Case(
        "simple-context-literal", judged("example", context="$response.body#/n"), {"n": "example"}
    ),
    Case("simple-context-literal", judged('{"a":1}', context="$response.body#/n"), {"n": {"a": 1}}),
    Case("expression-dots", output("$response.body.data.id"), {"data": {"id": 4}}, then=gives(4)),
    Case(
        "expression-dots",
        query("$inputs.a.b", **ODD),
        inputs={"a": {"b": "x"}},
        then=goes_to("/find?q=x"),
    ),
    Case(
        "expression-dots",
        query("$steps.login.outputs.t.v", LOGIN),
        {"t": {"v": "x"}},
        then=goes_to("/find", "/find?q=x"),
    ),
    Case("expression-index", output("$response.body[0].id"), [{"id": 4}], then=gives(4)),
    Case(
        "expression-index",
        query("$steps.login.outputs.l[1]", LOGIN),
        {"l": ["a", "b"]},
        then=goes_to("/find", "/find?q=b"),
    ),
    Case(
        "expression-index",
        output("$steps.login.outputs.l[*]", LOGIN),
        {"l": ["a"]},
        then=gives(["a"]),
    ),
    Case(
        "expression-headers-plural",
        output("$response.headers.X-Id"),
        headers={"x-id": "7"},
        then=gives("7"),
    ),
    Case("pointer-slash", output("$response.body#name"), {"name": "n"}, then=gives("n")),
    Case(
        "steps-without-outputs",
        query("$steps.login.t", LOGIN),
        {"t": "x"},
        then=goes_to("/find", "/find?q=x"),
    ),
    Case(
        "name-outside-grammar",
        query("$inputs.odd name[]", **ODD),
        inputs={"odd name[]": "x"},
        then=goes_to("/find?q=x"),
    ),
    Case(
        "operation-path-form",
        path("$sourceDescriptions.api.url#/paths/~1pets~1{id}/get"),
        then=goes_to("/pets/7"),
    ),
    Case(
        "operation-path-form",
        path("$sourceDescriptions.api#/paths/~1pets~1{id}/get"),
        then=goes_to("/pets/7"),
    ),
    Case(
        "operation-path-form",
        path("{$sourceDescriptions.api}#/paths/~1pets~1{id}/get"),
        then=goes_to("/pets/7"),
    ),
    Case("operation-path-form", path("api#/paths/~1pets~1{id}/get"), then=goes_to("/pets/7")),
    Case("operation-path-form", path("$sourceDescriptions.api.getPet"), then=goes_to("/pets/7")),
    Case("operation-path-form", path("GET /pets/{id}"), then=goes_to("/pets/7")),
    Case("operation-path-form", path("/pets/{id}"), then=goes_to("/pets/7")),
    Case(
        "operation-id-form",
        document({"operationId": "api.getPet", "parameters": [PET]}),
        then=goes_to("/pets/7"),
    ),
    Case(
        "operation-id-case",
        document({"operationId": "GETPET", "parameters": [PET]}),
        then=goes_to("/pets/7"),
    ),
    Case(
        "parameter-in-required",
        document({**GET, "parameters": [{"name": "q", "value": "1"}]}),
        then=goes_to("/find?q=1"),
    ),
    Case(
        "parameter-name-form",
        document({"operationId": "getPet", "parameters": [{**PET, "name": "I_d"}]}),
        then=goes_to("/pets/7"),
    ),
    Case(
        "workflow-id-form",
        calling("$workflows.other", "other"),
        then=goes_to("/find"),
    ),
    Case(
        "template-unbraced",
        query("Bearer $steps.login.outputs.t", LOGIN),
        {"t": "x"},
        then=goes_to("/find", "/find?q=Bearer%20x"),
    ),
    Case(
        "template-unbraced",
        query(
            "refs/heads/$inputs.b",
            inputs={"type": "object", "properties": {"b": {"type": "string"}}},
        ),
        inputs={"b": "m"},
        then=goes_to("/find?q=refs%2Fheads%2Fm"),
    ),
    Case(
        "xml-by-pointer", output("$response.body#/set/0/id"), XML, headers=XML_TYPE, then=gives("5")
    ),
    Case("xml-by-pointer", jsonpath("$.set[1].id == '6'"), XML, headers=XML_TYPE),
    Case(
        "on-success-retry",
        document({**GET, "onSuccess": [AGAIN]}),
        then=goes_to("/find", "/find", "/find"),
    ),
    Case(
        "regex-slashes",
        judged("/^OK$/i", context="$response.body", type="regex"),
        "ok",
        headers=TEXT,
    ),
    Case(
        "regex-slashes",
        judged("/^OK$/", context="$response.body", type="regex"),
        "ok",
        headers=TEXT,
        then=fails,
    ),
    Case(
        "regex-inline-flags",
        judged("(?i)^OK$", context="$response.body", type="regex"),
        "ok",
        headers=TEXT,
    ),
]

UNTOUCHED = [
    Case(
        "list-of-one", output("$response.body#/items/0/id"), {"items": [{"id": 4}]}, then=gives(4)
    ),
    Case(
        "list-of-one", output("$response.body#/items/id"), {"items": [{"id": 4}, {}]}, then=has_none
    ),
    Case("list-of-one", output("$response.body#/items/id"), {"items": []}, then=has_none),
    Case("list-of-one", output("$response.body#/items/1"), {"items": [{"1": 4}]}, then=has_none),
    Case(
        "list-of-one",
        judged("$response.body.items.id == 4"),
        {"items": [{}, {"id": 4}]},
        then=fails,
    ),
    Case("jsonpath-comparison", jsonpath("$.a[?@.b == 1]"), {"a": [{"b": 1}]}),
    Case("jsonpath-comparison", jsonpath("$['a == 1']"), {"a == 1": 0}),
    Case("jsonpath-root-filter", jsonpath("$[?@.status == 'x']"), [{"status": "x"}]),
    Case("jsonpath-root-filter", jsonpath("$[?@.status == 'x']"), {"k": {"status": "x"}}),
    Case("jsonpath-root-filter", jsonpath("$[?@.status == 'x']"), {"status": "y"}, then=fails),
    Case(
        "simple-unquoted-string", judged("$response.body#/s == 'in progress'"), {"s": "in progress"}
    ),
    Case("simple-unquoted-string", judged("$response.body#/s == null"), {"s": None}),
    Case("simple-unquoted-string", judged("$response.body#/s == true"), {"s": True}),
    Case("simple-double-quotes", judged("""$response.body#/s == '"ok"'"""), {"s": '"ok"'}),
    Case("simple-braced", judged("$response.body#/s == '{$statusCode}'"), {"s": "{$statusCode}"}),
    Case("simple-length", judged("$response.body.o.length == 7"), {"o": {"length": 7}}),
    Case(
        "simple-context-literal",
        judged("$statusCode == 200", context="$response.body#/n"),
        {"n": 5},
    ),
    Case(
        "expression-dots",
        query("$inputs.a.b", inputs={"type": "object", "properties": {"a.b": {"type": "string"}}}),
        inputs={"a.b": "x"},
        then=goes_to("/find?q=x"),
    ),
    Case("expression-dots", judged("$response.body.data.id == 4"), {"data": {"id": 4}}),
    Case("expression-index", judged("$response.body[0].id == 4"), [{"id": 4}]),
    Case(
        "expression-headers-plural",
        output("$response.header.headers"),
        headers={"headers": "7"},
        then=gives("7"),
    ),
    Case("pointer-slash", output("$response.body#/name"), {"name": "n"}, then=gives("n")),
    Case(
        "pointer-slash",
        output("$response.body#/fields/System.State"),
        {"fields": {"System.State": "n"}},
        then=gives("n"),
    ),
    Case(
        "steps-without-outputs",
        query("$steps.login.outputs.t", LOGIN),
        {"t": "x"},
        then=goes_to("/find", "/find?q=x"),
    ),
    Case(
        "name-outside-grammar",
        query("$inputs.a", inputs={"type": "object", "properties": {"a": {"type": "string"}}}),
        inputs={"a": "x"},
        then=goes_to("/find?q=x"),
    ),
    Case(
        "operation-path-form",
        path("{$sourceDescriptions.api.url}#/paths/~1pets~1{id}/get"),
        then=goes_to("/pets/7"),
    ),
    Case(
        "operation-id-form",
        document({"operationId": "$sourceDescriptions.api.getPet", "parameters": [PET]}),
        then=goes_to("/pets/7"),
    ),
    Case(
        "operation-id-case",
        document({"operationId": "getPet", "parameters": [PET]}),
        then=goes_to("/pets/7"),
    ),
    Case(
        "parameter-in-required",
        document({**GET, "parameters": [{"name": "q", "in": "query", "value": "1"}]}),
        then=goes_to("/find?q=1"),
    ),
    Case(
        "parameter-name-form",
        document({"operationId": "getPet", "parameters": [PET, {**PET, "name": "ID"}]}),
        then=goes_to("/pets/7"),
    ),
    Case(
        "parameter-name-form",
        document({**GET, "parameters": [{"name": "Q", "in": "query", "value": "1"}]}),
        then=goes_to("/find?Q=1"),
    ),
    Case(
        "workflow-id-form",
        calling("workflows.other", "workflows.other"),
        then=goes_to("/find"),
    ),
    Case(
        "template-unbraced",
        query("costs $100 or $HOME/x"),
        then=goes_to("/find?q=costs%20%24100%20or%20%24HOME%2Fx"),
    ),
    Case(
        "template-unbraced",
        query("see $steps.nowhere.outputs.t"),
        then=goes_to("/find?q=see%20%24steps.nowhere.outputs.t"),
    ),
    Case(
        "xml-by-pointer",
        output("$response.body#/set/0/id"),
        {"set": [{"id": "5"}]},
        then=gives("5"),
    ),
    Case("xml-by-pointer", output("$response.body"), XML, headers=XML_TYPE, then=gives(XML)),
    Case(
        "xml-by-pointer",
        output("$response.body#/set/0/id"),
        "<set> 5 < 6",
        headers=TEXT,
        then=has_none,
    ),
    Case("on-success-retry", document({**GET, "onFailure": [AGAIN]}), then=goes_to("/find")),
    Case(
        "regex-slashes",
        judged("^/a/$", context="$response.body", type="regex"),
        "/a/",
        headers=TEXT,
    ),
    Case(
        "regex-slashes",
        judged("/a/b", context="$response.body", type="regex"),
        "x/a/b",
        headers=TEXT,
    ),
    Case(
        "regex-inline-flags",
        judged("^(?:ok)$", context="$response.body", type="regex"),
        "ok",
        headers=TEXT,
    ),
]
