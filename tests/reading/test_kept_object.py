"""Objects whose values are parsed when they are asked for are dicts to everybody who reads them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.openapi import Description
from arazzo_runner.reading import Document, KeptObject, Loader
from arazzo_runner.reading.kept_object import join, split
from tests.support.paths import SHARED

ITEMS = {f"/things/{n}": {"get": {"operationId": f"get-{n}", "x": [n, "ü"]}} for n in range(20)}


def kept(paths: dict[str, Any] | None = None) -> KeptObject:
    data: Any = join(split({"openapi": "3.1.0", "paths": paths or ITEMS}))
    assert type(data["paths"]) is KeptObject
    return data["paths"]  # type: ignore[no-any-return]


def unread(value: KeptObject) -> int:
    return sum(type(dict.__getitem__(value, key)) is bytes for key in value)


@pytest.mark.parametrize(
    "read",
    [
        dict,
        lambda value: {**value},
        lambda value: dict(value.items()),
        lambda value: dict(zip(value, value.values(), strict=True)),
        lambda value: {key: value[key] for key in value},
        lambda value: {key: value.get(key) for key in value.keys()},  # noqa: SIM118
        lambda value: value.copy(),
        lambda value: value | {},
        lambda value: {} | value,
        lambda value: json.loads(json.dumps(value)),
        lambda value: json.loads(json.dumps(value, indent=1)),
        copy.copy,
        copy.deepcopy,
        lambda value: value,
    ],
)
def test_it_reads_as_the_dict_that_was_kept(read: Callable[[Any], Any]) -> None:
    got = read(kept())
    assert got == ITEMS
    assert (got != ITEMS) is False
    assert list(got) == list(ITEMS)


def test_only_what_is_asked_for_is_read() -> None:
    value = kept()
    assert unread(value) == 20
    assert "/things/3" in value
    assert len(value) == 20
    assert list(value) == list(ITEMS)
    assert unread(value) == 20
    assert value["/things/3"]["get"]["operationId"] == "get-3"
    assert value["/things/3"] is value["/things/3"]
    assert value.get("/things/4") == ITEMS["/things/4"]
    assert value.get("nothing") is None
    assert value.get("nothing", 1) == 1
    assert unread(value) == 18
    with pytest.raises(KeyError):
        value["nothing"]
    assert repr(value) == repr(ITEMS)
    with pytest.raises(TypeError):
        hash(value)


def test_values_that_mention_a_text() -> None:
    value = kept()
    assert list(value.mentioning('"operationId":"get-7"')) == ["/things/7"]
    value["/things/1"]
    assert list(value.mentioning('"operationId":"get-7"')) == ["/things/1", "/things/7"]
    assert list(kept().mentioning("ü")) == list(ITEMS)


def test_small_objects_and_odd_members_stay() -> None:
    few = {"paths": dict(list(ITEMS.items())[:15]), "components": [1]}
    assert type(join(split(few))["paths"]) is dict  # type: ignore[index,call-overload]
    odd: dict[str, Any] = {
        "a": {"$ref": "#/x"}, "b": {"additionalOperations": {}}, "c": None, **ITEMS,
    }  # fmt: skip
    value = kept(odd)
    assert unread(value) == 20
    assert list(value) == list(odd)
    assert value == odd


@pytest.mark.parametrize("data", [None, [], 1, "x", {}, {"paths": None}, {"components": {"a": 1}}])
def test_any_data_can_be_kept(data: Any) -> None:
    assert join(split(data)) == data


names = st.sampled_from(["paths", "schemas", "components", "definitions", "$ref", "a", ""])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(names | st.text(max_size=3), inner, max_size=4)
        | st.integers(0, 20).map(lambda n: {f"k{i}": {"i": i} for i in range(n)})
    ),
    max_leaves=12,
)


@given(st.dictionaries(names, values, max_size=4))
def test_what_is_taken_apart_fits_together(data: dict[str, Any]) -> None:
    again = join(b"before" + split(data), 6)
    assert again == data
    assert json.dumps(again) == json.dumps(data)


@given(st.data())
def test_a_damaged_entry_is_an_error_of_value(data: st.DataObject) -> None:
    body = bytearray(split({"paths": ITEMS}))
    head = body.find(b"\n")
    at = data.draw(st.integers(0, head))
    body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        whole = join(bytes(body))
    except ValueError:
        return
    assert isinstance(whole, dict | list | int | str | float | None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}\n",
        b'{"frame":1}\n',
        b'{"frame":{},"places":[[["paths"],["a"],[0]]]}\n',
        b'{"frame":{"paths":{}},"places":[[["paths"],["a"],[0]]]}\n',
        b'{"frame":{"paths":{}},"places":[[["paths"],["a"],[]]]}\n',
        b'{"frame":{"paths":{}},"places":[[[],["a"],[0]]]}\n',
        b'{"frame":{},"places":[]}\nmore',
    ],
)
def test_parts_that_do_not_fit_together(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        join(body)


# -- descriptions --------------------------------------------------------------------------------


def description(data: Any) -> Description:
    return Description(Document(uri="file:///d", name="d", data=data, text=b"", is_json=True))


def test_an_operation_is_found_without_reading_the_others() -> None:
    data: Any = {
        "openapi": "3.1.0",
        "paths": {**ITEMS, "/again": {"put": {"operationId": "get-1"}}},
    }
    found = description(join(split(data)))
    assert [(o.path, o.method) for o in found.by_id("get-1")] == [
        ("/things/1", "GET"), ("/again", "PUT"),
    ]  # fmt: skip
    assert found.by_id("get") == ()
    assert isinstance(found.paths, KeptObject)
    assert unread(found.paths) == 19
    assert len(found.operation_ids) == 20
    assert found.by_id("get-2")[0].path == "/things/2"


def test_an_operation_id_of_odd_characters() -> None:
    paths = {**ITEMS, "/odd": {"get": {"operationId": 'a"ü\n\\'}}}
    found = description(join(split({"openapi": "3.1.0", "paths": paths})))
    assert [o.path for o in found.by_id('a"ü\n\\')] == ["/odd"]


BIG = sorted(
    path
    for path in (SHARED / "corpus").rglob("*")
    if path.suffix in (".yaml", ".yml", ".json") and path.stat().st_size > 700_000
)[:6]


@pytest.mark.skipif(not BIG, reason="the shared corpus is not here")
@pytest.mark.parametrize("path", BIG, ids=lambda path: path.name)
def test_big_descriptions_of_the_corpus(path: Path) -> None:
    """Kept or read, a description has the same operations, and is the same."""
    data = Loader().load(str(path)).data
    plain, again = description(data), description(join(split(data)))
    for operation_id in plain.operation_ids[::25]:
        expected = [(o.path, o.method) for o in plain.by_id(operation_id)]
        assert [(o.path, o.method) for o in again.by_id(operation_id)] == expected
    assert again.operation_ids == plain.operation_ids
    assert again.document.data == data
