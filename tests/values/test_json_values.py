"""Absent, JSON text, names of types."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.values import ABSENT, Absent, json_text, type_name

json_data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_absent_is_one_false_thing():
    assert not ABSENT
    assert Absent() is ABSENT
    assert repr(ABSENT) == "ABSENT"
    assert ABSENT is not None
    assert pickle.loads(pickle.dumps(ABSENT)) is ABSENT
    assert copy.deepcopy({"a": ABSENT})["a"] is ABSENT


@given(json_data)
def test_json_text_is_read_back(value):
    text = json_text(value)
    text.encode()
    assert json.loads(text) == value


@pytest.mark.requirement("EXR-02")
def test_json_text_is_compact_and_keeps_letters():
    assert json_text({"a": [1, None, True], "b": "é/"}) == '{"a":[1,null,true],"b":"é/"}'
    assert json_text("é\ud800") == '"é\\ud800"'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_json_has_no_such_number(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text(value)


@pytest.mark.parametrize("value", [b"x", {"a": ABSENT}])
def test_not_json(value):
    with pytest.raises(TypeError):
        json_text(value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (ABSENT, "nothing"),
        (True, "boolean"),
        (1, "integer"),
        (1.5, "number"),
        ("a", "string"),
        ([], "array"),
        ({}, "object"),
        (b"", "bytes"),
        ((), "tuple"),
    ],
)
def test_type_name(value, name):
    assert type_name(value) == name
