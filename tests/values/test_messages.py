"""HTTP messages as values."""

from __future__ import annotations

import pytest

from arazzo_runner.values import ABSENT, Request, Response, header

HEADERS = (("X-A", "1"), ("x-a", "2"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("E", ""))


@pytest.mark.requirement("A-52", "EX-06")
@pytest.mark.parametrize(
    ("name", "expected"),
    [("X-a", "1, 2"), ("SET-COOKIE", "a=1"), ("e", ""), ("x", None)],
)
def test_header(name, expected):
    assert header(HEADERS, name) == expected
    assert Response(200, HEADERS).header(name) == expected
    assert Response(204, HEADERS).status_code == 204


def test_defaults():
    assert Response(204).body is ABSENT
    assert Request("GET", "https://x.test/") == Request("GET", "https://x.test/", (), b"")
