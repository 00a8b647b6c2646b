"""Selector Objects."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.criteria import EvaluationFault
from arazzo_runner.criteria.jsonpath import GOESSNER
from arazzo_runner.criteria.selectors import compile_selector
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import Scope
from arazzo_runner.values import ABSENT, Response

BODY: dict[str, Any] = {"items": [{"id": 1}, {"id": 2}], "one": [{"id": 3}], "null": None, "a/b": 4}
XML = "<Order><Line>1</Line><Line>2</Line><Id k='v'>7</Id></Order>"


def select(selector: str, type: str, body: Any = BODY, version: str | None = None) -> Any:  # noqa: A002
    compiled = compile_selector("$response.body", selector, type, version)
    return compiled.evaluate(Scope(response=Response(200, body=body)))


@pytest.mark.requirement("SEL-05", "SEL-09", "A-13")
@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("$.items[0].id", 1),
        ("$.items[9].id", ABSENT),
        ("$['null']", None),
        ("$", BODY),
        ("$.items", BODY["items"]),
        ("$.items[*].id", [1, 2]),
        ("$.one[*].id", [3]),
        ("$.one[?@.id == 9]", []),
        ("$..nothing", []),
    ],
)
def test_jsonpath(selector: str, expected: Any) -> None:
    assert select(selector, "jsonpath") == expected


def test_versions() -> None:
    assert select("$.items[?(@.id > 1)].id", "jsonpath", version=GOESSNER) == [2]
    assert select("/Order/Id", "xpath", XML, "xpath-10") == "7"
    assert select("/one/0/id", "jsonpointer", version="rfc6901") == 3


@pytest.mark.requirement("SEL-10", "A-14")
@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("/Order/Id", "7"),
        ("/Order/Id/@k", "v"),
        ("/Order/Line", ["1", "2"]),
        ("/Order/Nothing", ABSENT),
        ("count(/Order/Line)", 2),
        ("/Order/Id = 7", True),
    ],
)
def test_xpath(selector: str, expected: Any) -> None:
    assert select(selector, "xpath", XML) == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("/items/1/id", 2),
        ("", BODY),
        ("/a~1b", 4),
        ("#/a~1b", 4),
        ("/nothing", ABSENT),
        ("/null", None),
    ],
)
def test_json_pointer(selector: str, expected: Any) -> None:
    assert select(selector, "jsonpointer") == expected


def test_json_selectors_on_xml() -> None:
    assert select("/Order/Id/#text", "jsonpointer", XML) == "7"
    assert select("$.Line[1]", "jsonpath", XML) == "2"
    assert select("$.Order.Line[*]", "jsonpath", XML) == ["1", "2"]
    assert select("$.Nothing", "jsonpath", XML) is ABSENT


def test_an_absent_context() -> None:
    compiled = compile_selector("$response.body#/nothing", "$", "jsonpath")
    assert compiled.evaluate(Scope(response=Response(200, body={}))) is ABSENT


@pytest.mark.requirement("SEL-06")
def test_contexts_that_are_not_structured() -> None:
    with pytest.raises(EvaluationFault, match="bytes"):
        select("$", "jsonpath", b"x")
    with pytest.raises(EvaluationFault, match="not XML"):
        select("/a", "xpath", {"a": 1})


def test_too_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    def overflow(_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("arazzo_runner.criteria.selectors.json_views", overflow)
    with pytest.raises(EvaluationFault, match="nested too deeply"):
        select("$", "jsonpath")


@pytest.mark.requirement("SEL-02", "SEL-11", "A-15")
@pytest.mark.parametrize(
    ("selector", "type_", "version"),
    [
        ("$.a == 1", "jsonpath", None),
        ("$.{$inputs.a}", "jsonpath", None),
        ("a", "jsonpointer", None),
        ("/a", "jsonpointer", "rfc9535"),
        ("/a[", "xpath", None),
        ("$", "jsonpth", None),
        ("$", "css", None),
    ],
)
def test_refused(selector: str, type_: str, version: str | None) -> None:
    with pytest.raises(SyntaxFault):
        compile_selector("$response.body", selector, type_, version)


def test_what_is_kept() -> None:
    compiled = compile_selector("$response.body", "$.a", "jsonpath")
    assert (compiled.selector, compiled.type, compiled.tolerances) == ("$.a", "jsonpath", ())
    assert [expression.text for expression in compiled.expressions] == ["$response.body"]
    with pytest.raises(SyntaxFault, match="not a runtime expression"):
        compile_selector("body", "$.a", "jsonpath")
