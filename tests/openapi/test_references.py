from __future__ import annotations

import pytest

from arazzo_runner.errors import ArazzoError
from arazzo_runner.openapi import DanglingReference
from tests.openapi.support import api, describe


def test_what_is_no_reference_is_itself() -> None:
    description = api({})
    for value in (None, 3, [], {}, {"$ref": 3}):
        assert description.follow(value).value is value


def test_pointers_are_unescaped_and_chains_followed() -> None:
    description = api({}, **{"a/b": [{"$ref": "#/c d"}], "c d": {"e~": 1}})
    assert description.follow({"$ref": "#/a~1b/0"}).value == {"e~": 1}
    assert description.follow({"$ref": "#/c%20d/e~0"}).value == 1
    assert description.follow({"$ref": "#"}).value is description.document.data


def test_a_reference_in_another_file_is_relative_to_that_file() -> None:
    files = {"b.json": {"x": {"$ref": "#/y"}, "y": {"$ref": "c.json"}}, "c.json": {"z": 1}}
    node = describe({}, files=files).follow({"$ref": "b.json#/x"})
    assert node.value == {"z": 1}
    assert node.document.uri.endswith("/c.json")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("#/nothing/here", "leads nowhere"),
        ("#anchor", "anchor"),
        ("none.json#/x", "cannot be followed"),
        ("b.json#/x", "leads nowhere"),
        ("#/a~2", "followed by 0 or 1"),
    ],
)
def test_dangling(reference: str, message: str) -> None:
    description = describe({}, files={"b.json": {}})
    with pytest.raises(ArazzoError, match=message):
        description.follow({"$ref": reference})


def test_the_place_of_the_reference_is_named() -> None:
    description = describe({"a": [{"b": {"$ref": "#/x"}}]})
    holder = description.document.data["a"][0]["b"]
    with pytest.raises(DanglingReference) as caught:
        description.follow(holder)
    assert str(caught.value.location).startswith("openapi.json:1:")
    assert caught.value.location is not None
    assert caught.value.location.column > 10
    with pytest.raises(DanglingReference) as caught:
        description.follow({"$ref": "#/x"})  # stands nowhere
    assert caught.value.location is None


def test_a_reference_to_itself_ends() -> None:
    description = describe({"a": {"$ref": "#/a"}})
    with pytest.raises(DanglingReference, match="circle"):
        description.follow({"$ref": "#/a"})
