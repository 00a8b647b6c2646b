"""Server Objects become URLs."""

from __future__ import annotations

import pytest

from arazzo_runner.openapi import Server, ServerError, ServerVariable

BASE = "https://docs.test/api/openapi.yaml"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.test/v1", "https://a.test/v1"),
        ("/v2", "https://docs.test/v2"),
        ("v2", "https://docs.test/api/v2"),
        (".", "https://docs.test/api/"),
        ("//b.test/v1", "https://b.test/v1"),
        ("https://a.test/a b/ü", "https://a.test/a%20b/%C3%BC"),
        ("https://[::1]:80/%20?q=1", "https://[::1]:80/%20?q=1"),
    ],
)
def test_urls_resolve_against_the_description(url: str, expected: str) -> None:
    assert Server(url, {}, BASE).resolve() == expected


def test_variables() -> None:
    variables = {"region": ServerVariable("eu"), "port": ServerVariable(None)}
    server = Server("https://{region}.test:{port}/{region}", variables, BASE)
    assert server.resolve({"port": "1"}) == "https://eu.test:1/eu"
    assert server.resolve({"port": "1", "region": "us"}) == "https://us.test:1/us"


@pytest.mark.parametrize("url", ["https://{nothing}.test", "https://{port}.test"])
def test_a_variable_without_a_value(url: str) -> None:
    with pytest.raises(ServerError, match="no value for") as caught:
        Server(url, {"port": ServerVariable(None)}, BASE).resolve()
    assert "--server-var" in (caught.value.hint or "")


def test_what_is_no_url_is_an_error() -> None:
    with pytest.raises(ServerError, match="is not a URL"):
        Server("//[x", {}, BASE).resolve()
