from __future__ import annotations

import pytest

from arazzo_runner.openapi.path_templates import Hole, parse_path, query_pairs


def shape(path: str) -> str:
    """The path and its query with ``<text>`` for holes."""
    template = parse_path(path)

    def text(parts: tuple[str | Hole, ...]) -> str:
        return "".join(p if isinstance(p, str) else f"<{p.text}>" for p in parts)

    query = [f"{name}:{text(parts)}" for name, parts in template.query]
    return "?".join([text(template.parts), *query])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/{b}/c.{d}", "/a/<b>/c.<d>"),
        ("{a}{b}", "<a><b>"),
        ("/#CreateTrainingJob", "/"),
        ("/a#x?y=1", "/a"),
        ("/?Action=X&Version=1", "/?Action:Action=X?Version:Version=1"),
        ("/a?x&&y={z}-1#f", "/a?x:x?y:y=<z>-1"),
        ("/a{?x,y}", "/a"),
        ("/a?b=1{&x}", "/a?b:b=1"),
        ("/{a#b}/{c?d}", "/<a#b>/<c?d>"),
        ("/a b/ü|[x]%20%", "/a%20b/%C3%BC%7C%5Bx%5D%20%25"),
        ("/a:b/@c;d=e,f/$g!'()*+&h", "/a:b/@c;d=e,f/$g!'()*+&h"),
        ("/}a{", "/%7Da%7B"),
        ("", ""),
    ],
)
def test_parts(path: str, expected: str) -> None:
    assert shape(path) == expected


@pytest.mark.parametrize(
    ("text", "names", "greedy"),
    [
        ("id", {"id"}, False),
        (" id ", {" id ", "id"}, False),
        ("Key+", {"Key+", "Key"}, True),
        ("+parent", {"+parent", "parent"}, True),
        ("rest*", {"rest*", "rest"}, True),
        ("a|b", {"a|b", "a", "b"}, False),
        ("id:[0-9]+", {"id:[0-9]+", "id"}, False),
    ],
)
def test_holes(text: str, names: set[str], greedy: bool) -> None:
    (hole,) = parse_path(f"/{{{text}}}").holes
    assert (set(hole.names), hole.greedy) == (names, greedy)
    assert hole.filled_by({"none"}) is None
    assert hole.filled_by(names) == text


def test_all_holes() -> None:
    template = parse_path("/{a}?b={c}")
    assert [hole.text for hole in template.holes] == ["a"]
    assert [hole.text for hole in template.all_holes] == ["a", "c"]


def test_query_pairs() -> None:
    assert query_pairs("a=1&&b c=ü&d") == (("a", "a=1"), ("b c", "b%20c=%C3%BC"), ("d", "d"))
    assert query_pairs("") == ()
