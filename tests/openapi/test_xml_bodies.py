"""Objects as XML by the XML Object of their schema."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.openapi import BindingError, bind
from arazzo_runner.values.xml_mapping import xml_to_json
from tests.openapi.support import SERVER, api

TEXT = {"type": "string"}


def written(value: Any, schema: Any, content_type: str = "application/xml", **schemas: Any) -> str:
    paths = {
        "/a": {
            "post": {
                "requestBody": {"content": {content_type: {"schema": schema}}},
                "responses": {},
            }
        }
    }
    found = api(paths, "3.2.0", components={"schemas": schemas}).at("/a", "post")
    assert found is not None
    bound = bind(found, base_url=SERVER, parameters=[], has_body=True)
    body = bound.request([], value).body
    assert isinstance(body, bytes)
    return body.decode("utf-16" if "utf-16" in content_type else "utf-8")


def person(**xml: Any) -> Any:
    """One property with an XML Object."""
    return {"properties": {"name": {**TEXT, "xml": xml}}, "xml": {"name": "person"}}


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ({}, "<person><name>x</name></person>"),
        ({"name": "full"}, "<person><full>x</full></person>"),
        ({"attribute": True}, '<person name="x"/>'),
        ({"attribute": True, "name": "n"}, '<person n="x"/>'),
        ({"nodeType": "attribute"}, '<person name="x"/>'),
        ({"nodeType": "text"}, "<person>x</person>"),
        ({"nodeType": "cdata"}, "<person><![CDATA[x]]></person>"),
        ({"nodeType": "element"}, "<person><name>x</name></person>"),
        ({"prefix": "p"}, "<person><p:name>x</p:name></person>"),
        ({"namespace": "u:n"}, '<person><name xmlns="u:n">x</name></person>'),
        (
            {"prefix": "p", "namespace": "u:n"},
            '<person><p:name xmlns:p="u:n">x</p:name></person>',
        ),
        (
            {"prefix": "p", "namespace": "u:n", "attribute": True},
            '<person xmlns:p="u:n" p:name="x"/>',
        ),
    ],
)
def test_one_property(xml: Any, expected: str) -> None:
    assert written({"name": "x"}, person(**xml)) == expected


@pytest.mark.parametrize(
    ("items", "array", "expected"),
    [
        ({}, {}, "<animals>a</animals><animals>b</animals>"),
        ({"name": "animal"}, {}, "<animal>a</animal><animal>b</animal>"),
        ({}, {"name": "aliens"}, "<animals>a</animals><animals>b</animals>"),
        ({"name": "animal"}, {"name": "aliens"}, "<animal>a</animal><animal>b</animal>"),
        ({}, {"wrapped": True}, "<animals><animals>a</animals><animals>b</animals></animals>"),
        (
            {"name": "animal"},
            {"wrapped": True},
            "<animals><animal>a</animal><animal>b</animal></animals>",
        ),
        (
            {"name": "animal"},
            {"name": "aliens", "wrapped": True},
            "<aliens><animal>a</animal><animal>b</animal></aliens>",
        ),
        (
            {},
            {"name": "aliens", "wrapped": True},
            "<aliens><aliens>a</aliens><aliens>b</aliens></aliens>",
        ),
        (
            {"name": "animal"},
            {"nodeType": "element", "name": "aliens"},
            "<aliens><animal>a</animal><animal>b</animal></aliens>",
        ),
        ({"name": "animal"}, {"nodeType": "none"}, "<animal>a</animal><animal>b</animal>"),
    ],
)
def test_arrays(items: Any, array: Any, expected: str) -> None:
    """The examples of the specification (OpenAPI §XML Arrays)."""
    listed = {"type": "array", "items": {**TEXT, "xml": items}, "xml": array}
    schema = {"properties": {"animals": listed}, "xml": {"name": "zoo"}}
    assert written({"animals": ["a", "b"]}, schema) == f"<zoo>{expected}</zoo>"
    empty = written({"animals": []}, schema)
    assert empty in ("<zoo/>", "<zoo><animals/></zoo>", "<zoo><aliens/></zoo>")


def test_the_name_of_the_root() -> None:
    ref = {"$ref": "#/components/schemas/Pet"}
    pet = {"properties": {"id": {"type": "integer"}}}
    assert written({"id": 1}, ref, Pet=pet) == "<Pet><id>1</id></Pet>"
    assert written({"id": 1}, ref, Pet={**pet, "xml": {"name": "pet"}}) == "<pet><id>1</id></pet>"
    assert written({"pet": {"id": 1}}, {}) == "<pet><id>1</id></pet>"
    assert written({"Pet": {"id": 1}}, ref, Pet=pet) == "<Pet><id>1</id></Pet>", "not twice"
    assert written({"id": 1}, pet) == "<id>1</id>"
    inherited = {"allOf": [ref, {"properties": {"n": TEXT}}], "xml": {"name": "dog"}}
    assert written({"id": 1, "n": "x"}, inherited, Pet=pet) == "<dog><id>1</id><n>x</n></dog>"


def test_nested_and_referred_to() -> None:
    order = {
        "xml": {"name": "order", "namespace": "http://a.test/&", "prefix": "o"},
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True}},
            "lines": {
                "type": "array",
                "xml": {"wrapped": True},
                "items": {"$ref": "#/components/schemas/Line"},
            },
        },
    }
    line = {
        "xml": {"name": "line", "namespace": "http://a.test/&", "prefix": "o"},
        "properties": {"sku": TEXT, "next": {"$ref": "#/components/schemas/Line"}},
    }
    value = {"id": 7, "lines": [{"sku": "a<b", "next": {"sku": "c"}}, {"sku": 'q"&'}]}
    assert written(value, order, Line=line) == (
        '<o:order xmlns:o="http://a.test/&amp;" id="7"><lines>'
        "<o:line><sku>a&lt;b</sku><o:line><sku>c</sku></o:line></o:line>"
        '<o:line><sku>q"&amp;</sku></o:line></lines></o:order>'
    )


def test_a_schema_without_a_node_of_its_own() -> None:
    inner = {
        "xml": {"nodeType": "none"},
        "properties": {"a": TEXT, "b": {**TEXT, "xml": {"attribute": True}}},
    }
    schema = {"xml": {"name": "r"}, "properties": {"in": inner}}
    assert written({"in": {"a": "1", "b": "2"}}, schema) == '<r b="2"><a>1</a></r>'


def test_scalars_null_and_maps() -> None:
    schema = {
        "xml": {"name": "r"},
        "additionalProperties": TEXT,
        "properties": {"gone": {"xml": {"attribute": True}}},
    }
    value = {"yes": True, "n": 1.0, "deep": {"x": None}, "gone": None, "empty": ""}
    nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    assert written(value, schema) == (
        f"<r><yes>true</yes><n>1</n><deep><x {nil}/></deep><empty/></r>"
    )


def test_without_a_schema_as_answers_are_read() -> None:
    assert written({"r": {"@id": "1", "#text": "t"}}, {}) == '<r id="1">t</r>'


def test_text_and_charset() -> None:
    assert written("<a>as it is</a>", person()) == "<a>as it is</a>"
    utf16 = written({"r": "é"}, {}, "application/xml; charset=utf-16")
    assert utf16 == '<?xml version="1.0" encoding="utf-16"?><r>é</r>'
    assert written({"name": "]]>"}, person(nodeType="cdata")) == (
        "<person><![CDATA[]]]]><![CDATA[>]]></person>"
    )
    assert written({"name": 'a\n"\t'}, person(attribute=True)) == (
        '<person name="a&#10;&quot;&#9;"/>'
    )


@pytest.mark.parametrize(
    ("value", "schema", "message"),
    [
        ({"a": 1, "b": 2}, {}, "its root element has no name"),
        ([1], {}, "its root element has no name"),
        ({"a b": 1}, {}, "'a b' cannot be the name"),
        ({"r": {"<": 1}}, {}, "'<' cannot be the name"),
        ({"r": "\x00"}, {}, "control characters"),
        ({"r": "\ud800"}, {}, "control characters"),
        ({"name": "\x01"}, person(nodeType="cdata"), "control characters"),
    ],
)
def test_what_xml_cannot_hold(value: Any, schema: Any, message: str) -> None:
    with pytest.raises(BindingError, match=message):
        written(value, schema)


def test_schemas_that_lead_nowhere_or_to_themselves() -> None:
    ref = {"$ref": "#/components/schemas/A"}
    circular = {"allOf": [ref], "properties": {"n": TEXT}}
    assert written({"n": "x"}, ref, A=circular) == "<A><n>x</n></A>"
    broken = {"xml": {"name": "r"}, "allOf": [{"$ref": "#/none"}], "properties": {"n": True}}
    assert written({"n": ["x", ["y"]]}, broken) == "<r><n>x</n><n><n>y</n></n></r>"


def test_too_deep() -> None:
    value: Any = "x"
    for _ in range(300):
        value = {"a": value}
    with pytest.raises(BindingError, match="nested too deep"):
        written(value, {})


NAMES = st.sampled_from(["a", "b", "c"])
LEAVES = st.text("xyz<>&\"' é", min_size=1)
TREES = st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, min_size=1), max_leaves=20)


@given(TREES)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert xml_to_json(written({"root": value}, {})) == value
