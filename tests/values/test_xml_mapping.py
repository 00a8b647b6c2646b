"""XML read as JSON."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.values import ABSENT
from arazzo_runner.values.xml_mapping import (
    looks_like_xml,
    resolve_in_xml,
    xml_to_json,
    xml_views,
)

EC2 = (
    '<?xml version="1.0"?><DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/">'
    "<reservationSet><item><instancesSet><item><instanceState><name>running</name>"
    "</instanceState></item></instancesSet></item></reservationSet></DescribeInstancesResponse>"
)
RDS = (
    "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>"
    "<DBInstanceStatus>available</DBInstanceStatus></DBInstance></DBInstances>"
    "</DescribeDBInstancesResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
    "</DescribeDBInstancesResponse>"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a/>", ""),
        ("<a> x </a>", " x "),
        ("<a><b>1</b><c/></a>", {"b": "1", "c": ""}),
        ("<a>x<b>1</b>y</a>", {"b": "1"}),
        ("<a><b>1</b><b>2</b></a>", {"b": ["1", "2"]}),
        ("<a><b><item>1</item></b></a>", {"b": ["1"]}),
        ("<a><b><member>1</member><member>2</member></b></a>", {"b": ["1", "2"]}),
        ("<a><b><item>1</item><x/></b></a>", {"b": {"item": "1", "x": ""}}),
        ("<a><b k='1'><item>1</item></b></a>", {"b": {"@k": "1", "item": "1"}}),
        ("<a k='v'>x</a>", {"@k": "v", "#text": "x"}),
        ("<a k='v'> </a>", {"@k": "v"}),
        ("<p:a xmlns:p='u' xmlns='w' p:k='v'><p:b>1</p:b></p:a>", {"@k": "v", "b": "1"}),
        ("<a><!-- c --><?pi x?><![CDATA[<b>]]>&lt;</a>", "<b><"),
        ("\ufeff\n<a>x</a>", "x"),
        ("<a><item>1</item></a>", ["1"]),
    ],
)
def test_mapping(text: str, expected: Any) -> None:
    assert xml_to_json(text) == expected


@pytest.mark.parametrize(
    ("text", "pointer", "expected"),
    [
        (EC2, "reservationSet/0/instancesSet/0/instanceState/name", "running"),
        (
            EC2,
            "DescribeInstancesResponse/reservationSet/0/instancesSet/0/instanceState/name",
            "running",
        ),
        (RDS, "DescribeDBInstancesResult/DBInstances/DBInstance/DBInstanceStatus", "available"),
        (RDS, "DescribeDBInstancesResult/DBInstances/0/DBInstanceStatus", "available"),
        (RDS, "DBInstances/0/DBInstanceStatus", "available"),
        (RDS, "dBInstances/0/dBInstanceStatus", "available"),
        (RDS, "ResponseMetadata/RequestId", "1"),
        (RDS, "nothing", ABSENT),
    ],
)
def test_pointers(text: str, pointer: str, expected: Any) -> None:
    assert resolve_in_xml(text, pointer.split("/")) == expected


def test_views_do_not_repeat_and_are_remembered() -> None:
    assert xml_views("<a>x</a>") == ("x", {"a": "x"})
    assert len(xml_views(RDS)) == 5
    assert xml_views(RDS) is xml_views(RDS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "well-formed"),
        ("x", "well-formed"),
        ("<a>", "well-formed"),
        ("<a></b>", "well-formed"),
        ("<a>\ud800</a>", "well-formed"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        ("<a>" * 300 + "</a>" * 300, "deeper than 200"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(SyntaxFault, match=message):
        xml_to_json(text)


def test_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.values.xml_mapping.MAX_CHARACTERS", 5)
    with pytest.raises(SyntaxFault, match="longer than 5"):
        xml_to_json("<abcdefgh/>")


def test_looks_like_xml() -> None:
    assert looks_like_xml("\ufeff \n<a/>")
    assert not looks_like_xml("a<b")
    assert not looks_like_xml(b"<a/>")
    assert not looks_like_xml(None)


@given(st.text(alphabet="<>/ab item=\"':&;!?-[]", max_size=30))
@settings(max_examples=200)
def test_any_text_is_mapped_or_refused(text: str) -> None:
    with suppress(SyntaxFault):
        assert xml_views.__wrapped__(text)


RUN = (
    "<RunInstancesResponse><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>"
    "<groupSet/></RunInstancesResponse>"
)
LIST = "<ListBucketResult><Contents><Key>a</Key></Contents><N>1</N></ListBucketResult>"


@pytest.mark.parametrize(
    ("text", "pointer", "expected"),
    [
        (RUN, ("instances", "0", "instanceId"), "i-1"),
        (RUN, ("instancesSet", "0", "instanceId"), "i-1"),
        (RUN, ("group",), ABSENT),
        (LIST, ("Contents", "0", "Key"), "a"),
        (LIST, ("Contents", "Key"), "a"),
        (LIST, ("ListBucketResult", "Contents", "0", "Key"), "a"),
        (LIST, ("Contents", "1", "Key"), ABSENT),
        (LIST, ("Contents", "0", "0", "Nothing"), ABSENT),
        (LIST, ("N", "0"), ABSENT),
    ],
)
def test_lists_of_one_and_of_ec2(text: str, pointer: tuple[str, ...], expected: Any) -> None:
    assert resolve_in_xml(text, pointer) == expected


def test_a_list_that_has_both_names() -> None:
    text = "<R><a>own</a><aSet><item>1</item></aSet></R>"
    assert resolve_in_xml(text, ("a",)) == "own"
