"""JSONPath queries: the direct walk equals the library, both dialects, limits."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.criteria import jsonpath as module
from arazzo_runner.criteria import limits
from arazzo_runner.criteria.jsonpath import GOESSNER, compile_jsonpath, singular_keys
from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.errors import SyntaxFault

NAMES = st.sampled_from(["a", "b", "é", "_x", "a1", "length"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
SEGMENT = st.one_of(
    NAMES.map(lambda name: f".{name}"),
    NAMES.map(lambda name: f"['{name}']"),
    NAMES.map(lambda name: f'["{name}"]'),
    st.integers(-3, 3).map(lambda index: f"[{index}]"),
    st.sampled_from(["['a b']", "['a.b']", '["it\'s"]', "[-0]", "[01]", ".1a", ".a-b", "[ 0 ]"]),
)


@given(st.lists(SEGMENT, max_size=4).map(lambda parts: "$" + "".join(parts)), JSON)
@settings(max_examples=150, deadline=None)
def test_the_direct_walk_equals_the_library(text: str, document: Any) -> None:
    if singular_keys(text) is None:
        return
    direct, library = compile_jsonpath(text), module._RfcQuery(text)
    assert direct.select(document) == library.select(document)
    assert len(direct.places(document)) == len(library.places(document))
    assert direct.exists(document) is library.exists(document)
    assert direct.is_singular is library.is_singular is True
    assert direct.is_root_filter is direct.satisfied_by(document) is False


@given(st.text(alphabet="$.[]'\"ab0-9\\ \n\x01é\ud800*:,", max_size=12))
@settings(max_examples=200, deadline=None)
def test_what_is_walked_directly_is_valid_for_the_library(tail: str) -> None:
    text = f"${tail}"
    if singular_keys(text) is not None:
        assert module._RfcQuery(text).is_singular


def test_a_simple_query_imports_no_library() -> None:
    code = (
        "import sys; from arazzo_runner.criteria.jsonpath import compile_jsonpath as c;"
        "assert c(\"$.a['b'][0]\").select({'a': {'b': [7]}}) == [7];"
        "assert not {'jsonpath', 'jsonpath_ng', 'regex', 'lxml', 'elementpath'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    ["", "a", "$.", "$[", "$[?", "$.a b", "$[?@.a ==]", "$[" + "(" * 2000, "$" + "[?@" * 900],
)
def test_what_is_no_query(text: str) -> None:
    with pytest.raises(SyntaxFault, match="query"):
        compile_jsonpath(text)


@pytest.mark.requirement("SEL-02", "A-45")
def test_a_query_too_deep_for_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    class Environment:
        def compile(self, text: str) -> None:
            raise RecursionError

    monkeypatch.setattr(module, "rfc_environment", Environment)
    with pytest.raises(SyntaxFault, match="nested too deeply"):
        module._RfcQuery("$[?@.a]")


def test_lone_surrogates() -> None:
    assert singular_keys("$['\ud800']") is None
    assert singular_keys("$['é']") == ("é",)


def test_an_unknown_version() -> None:
    with pytest.raises(SyntaxFault, match="not a JSONPath version") as caught:
        compile_jsonpath("$", "2.0")
    assert GOESSNER in str(caught.value.hint)


def test_a_text_document_is_a_scalar() -> None:
    assert compile_jsonpath("$..*").select("[1]") == []
    assert compile_jsonpath("$").select("[1]") == ["[1]"]


def test_places() -> None:
    document = {"a": [{"b": 1}, {"b": 2}]}
    assert compile_jsonpath("$.a[*].b").places(document) == [("a", 0, "b"), ("a", 1, "b")]
    assert compile_jsonpath("$.a[1].b").places(document) == [("a", 1, "b")]
    assert compile_jsonpath("$.a[9].b").places(document) == []


@pytest.mark.requirement("CR-15")
def test_root_filters() -> None:
    query = compile_jsonpath("$[?count(@.pets) > 0 && $.ok == true]")
    assert query.is_root_filter
    assert query.satisfied_by({"pets": [], "ok": True})
    assert not query.satisfied_by({"pets": [], "ok": False})
    assert not query.satisfied_by([{"pets": []}])
    assert not compile_jsonpath("$..[?@.a]").is_root_filter
    assert not compile_jsonpath("$[?@.a].b").is_root_filter
    assert not compile_jsonpath("$[?@.a].b").satisfied_by({"a": 1})


@pytest.mark.requirement("SEL-03")
class TestGoessner:
    def test_filters(self) -> None:
        query = compile_jsonpath("$.a[?(@.n > 1)]", GOESSNER)
        assert query.select({"a": [{"n": 1}, {"n": 2}]}) == [{"n": 2}]
        assert query.places({"a": [{"n": 1}, {"n": 2}]}) == [("a", 1)]
        assert query.exists({"a": [{"n": 2}]})
        assert not query.exists({"a": []})
        assert not query.is_singular

    def test_root_filter(self) -> None:
        query = compile_jsonpath("$[?@.status == 400]", GOESSNER)
        assert query.is_root_filter
        assert query.satisfied_by({"status": 400})
        assert not query.satisfied_by({"status": 401})
        assert not query.satisfied_by([])
        assert not compile_jsonpath("$.a[?(@.b)]", GOESSNER).satisfied_by({"a": 1})

    @pytest.mark.parametrize(
        "text", ["$.a == 1", "$[", "$.a[?(@.b =~ '(a|aa)+$')]", "$.a.`sub(/a/, b)`"]
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(SyntaxFault):
            compile_jsonpath(text, GOESSNER)

    def test_quoted_text_is_no_operator(self) -> None:
        assert compile_jsonpath("$[?(@.a == '=~')]", GOESSNER).select([{"a": "=~"}]) == [
            {"a": "=~"}
        ]

    def test_items_from_the_end(self) -> None:
        pets = {"pets": [{"a": 1}, {"a": 2}], "[(@.length-1)]": [3]}
        query = compile_jsonpath("$.pets[(@.length - 1)].a", GOESSNER)
        assert query.select(pets) == [2]
        assert query.places(pets) == [("pets", 1, "a")]
        assert not compile_jsonpath("$.pets[(@.length-3)]", GOESSNER).exists(pets)
        assert compile_jsonpath("$['[(@.length-1)]'][0]", GOESSNER).select(pets) == [3]
        with pytest.raises(SyntaxFault):
            compile_jsonpath("$.pets[(@.length+1)]", GOESSNER)

    def test_deep_documents(self) -> None:
        assert len(compile_jsonpath("$..a", GOESSNER).select(nested(2000))) == 2000

    def test_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "QUERY_SECONDS", 0.0)
        with pytest.raises(EvaluationFault, match="longer than"):
            compile_jsonpath("$..a..a", GOESSNER).select({"a": 1})

    def test_an_error_of_the_library(self) -> None:
        query = compile_jsonpath("$.a[*]", GOESSNER)
        assert isinstance(query, module._GoessnerQuery)

        class Broken:
            def find(self, document: Any) -> Any:
                raise RecursionError

        query = module._GoessnerQuery("$.a[*]")
        query._query = Broken()
        with pytest.raises(EvaluationFault, match="nested too deeply"):
            query.select({})


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


class TestLimits:
    def test_too_many_nodes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_NODES", 1000)
        query = compile_jsonpath("$" + "[*,*]" * 20)
        document: Any = 1
        for _ in range(20):
            document = [document]
        with pytest.raises(EvaluationFault, match="more than 1,000 nodes"):
            query.select(document)
        assert query.exists(document)

    def test_deep_documents(self) -> None:
        with pytest.raises(EvaluationFault, match=r"deep|recursion"):
            compile_jsonpath("$..b").select(nested(5000))
        assert compile_jsonpath("$..a").select(nested(150))

    def test_a_hanging_pattern(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "REGEX_SECONDS", 0.05)
        query = compile_jsonpath("$[?match(@.s, '(a|aa)+') || search(@.s, '(a|aa)+$')]")
        with pytest.raises(EvaluationFault, match="pattern"):
            query.select([{"s": "a" * 60 + "!"}])

    def test_match_and_search(self) -> None:
        document = ["ab", 1, "b"]
        assert compile_jsonpath("$[?match(@, 'a.')]").select(document) == ["ab"]
        assert compile_jsonpath("$[?search(@, 'b')]").select(document) == ["ab", "b"]
        assert compile_jsonpath("$[?search(@, '[')]").select(document) == []

    def test_time_of_a_query(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "QUERY_SECONDS", 0.05)
        seen: list[str] = []
        sys.setprofile(lambda *_: seen.append("x"))
        before = sys.getprofile()
        try:
            with pytest.raises(EvaluationFault, match=r"query took longer than 0\.05 s"):
                limits.run_limited("the query", lambda: all(len("x") for _ in count()))
            assert sys.getprofile() is before
        finally:
            sys.setprofile(None)

    def test_time_over_at_the_very_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "QUERY_SECONDS", -1.0)
        assert limits.run_limited("nothing", tuple) == ()

    def test_a_query_that_fails(self) -> None:
        with pytest.raises(EvaluationFault, match="fails"):
            module._guarded("$", lambda: int("x"))
