"""Every place, style, explode, type and version, sent to a strict server: the exact bytes.

A cell is one operation with one parameter. All cells of a version are the steps of one workflow,
which is run over real sockets, once with each runner. What is expected is written down here from
the tables of OpenAPI and RFC 6570; nothing of it is computed by the engine.
"""

# ruff: noqa: E501
from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import arazzo_runner as arazzo
from tests.support.answers import Answer
from tests.support.endpoint import Endpoint, Received

VALUES: dict[str, Any] = {
    "string": "a/b c",
    "array": ["x,y", "é"],
    "object": {"R": "1 0", "G": "2&"},
    "integer": 5,
    "float": 1.0,
    "boolean": True,
    "empty": "",
    "null": None,
    "none": [],
    "bare": {},
    "nested": {"a": {"b": [1, {"c": "d e"}]}, "f": ["g"]},
}
# What each cell looks like: place style explode | string | array | object
STYLES = """
path   simple          no  | a%2Fb%20c          | x%2Cy,%C3%A9               | R,1%200,G,2%26
path   simple          yes | a%2Fb%20c          | x%2Cy,%C3%A9               | R=1%200,G=2%26
path   label           no  | .a%2Fb%20c         | .x%2Cy,%C3%A9              | .R,1%200,G,2%26
path   label           yes | .a%2Fb%20c         | .x%2Cy.%C3%A9              | .R=1%200.G=2%26
path   matrix          no  | ;p=a%2Fb%20c       | ;p=x%2Cy,%C3%A9            | ;p=R,1%200,G,2%26
path   matrix          yes | ;p=a%2Fb%20c       | ;p=x%2Cy;p=%C3%A9          | ;R=1%200;G=2%26
query  form            no  | p=a%2Fb%20c        | p=x%2Cy,%C3%A9             | p=R,1%200,G,2%26
query  form            yes | p=a%2Fb%20c        | p=x%2Cy&p=%C3%A9           | R=1%200&G=2%26
query  spaceDelimited  no  | p=a%2Fb%20c        | p=x%2Cy%20%C3%A9           | p=R%201%200%20G%202%26
query  spaceDelimited  yes | p=a%2Fb%20c        | p=x%2Cy&p=%C3%A9           | R=1%200&G=2%26
query  pipeDelimited   no  | p=a%2Fb%20c        | p=x%2Cy%7C%C3%A9           | p=R%7C1%200%7CG%7C2%26
query  pipeDelimited   yes | p=a%2Fb%20c        | p=x%2Cy&p=%C3%A9           | R=1%200&G=2%26
query  deepObject      yes | p=a%2Fb%20c        | p%5B0%5D=x%2Cy&p%5B1%5D=%C3%A9 | p%5BR%5D=1%200&p%5BG%5D=2%26
header simple          no  | a/b c              | x,y,é                      | R,1 0,G,2&
header simple          yes | a/b c              | x,y,é                      | R=1 0,G=2&
cookie form            no  | p=a/b%20c          | p=x%2Cy,%C3%A9             | p=R,1%200,G,2&
cookie form            yes | p=a/b%20c          | p=x%2Cy; p=%C3%A9          | R=1%200; G=2&
"""
COOKIES_OF_3_2 = """
cookie cookie          no  | p=a/b%20c          | p=x%2Cy,%C3%A9             | p=R,1%200,G,2&
cookie cookie          yes | p=a/b%20c          | p=x%2Cy; p=%C3%A9          | R=1%200; G=2&
"""
# place style explode kind | expected, "-" for nothing at all
ODD = """
query  form       yes integer | p=5
query  form       yes float   | p=1
query  form       yes boolean | p=true
query  form       yes empty   | p=
query  form       yes null    | p=
query  form       yes none    | -
query  form       yes bare    | -
query  form       no  none    | -
query  form       no  bare    | -
query  deepObject yes bare    | -
query  deepObject yes nested  | p%5Ba%5D%5Bb%5D%5B0%5D=1&p%5Ba%5D%5Bb%5D%5B1%5D%5Bc%5D=d%20e&p%5Bf%5D%5B0%5D=g
path   simple     no  integer | 5
path   simple     no  boolean | true
path   matrix     no  empty   | ;p
path   matrix     no  null    | ;p
header simple     no  integer | 5
header simple     no  empty   |
header simple     no  null    |
cookie form       yes boolean | p=true
cookie form       yes empty   | p=
cookie form       yes none    | -
"""
# 2.0: place type collectionFormat | expected
SWAGGER = """
path     array  csv   | x%2Cy,%C3%A9
path     array  -     | x%2Cy,%C3%A9
path     array  ssv   | x%2Cy%20%C3%A9
path     array  tsv   | x%2Cy%09%C3%A9
path     array  pipes | x%2Cy%7C%C3%A9
query    array  csv   | p=x%2Cy,%C3%A9
query    array  -     | p=x%2Cy,%C3%A9
query    array  ssv   | p=x%2Cy%20%C3%A9
query    array  tsv   | p=x%2Cy%09%C3%A9
query    array  pipes | p=x%2Cy%7C%C3%A9
query    array  multi | p=x%2Cy&p=%C3%A9
query    string -     | p=a%2Fb%20c
query    empty  -     | p=
header   array  csv   | x,y,é
header   array  pipes | x,y|é
formData array  csv   | p=x%2Cy,%C3%A9
formData array  -     | p=x%2Cy,%C3%A9
formData array  ssv   | p=x%2Cy%20%C3%A9
formData array  tsv   | p=x%2Cy%09%C3%A9
formData array  pipes | p=x%2Cy%7C%C3%A9
formData array  multi | p=x%2Cy&p=%C3%A9
formData string -     | p=a%2Fb%20c
formData integer -    | p=5
"""
Named = dict[str, Any]
CONTENT = [
    ("query", "application/json", {"a": [1, "é"]}, "p=%7B%22a%22%3A%5B1%2C%22%C3%A9%22%5D%7D"),
    ("query", "application/json", '"x y"', "p=%22x%20y%22"),
    ("query", "application/json", None, "p=null"),
    ("query", "application/json", 1.0, "p=1.0"),
    ("query", "text/plain", "x y", "p=x%20y"),
    ("header", "application/json", {"a": 1}, '{"a":1}'),
    ("cookie", "application/json", {"a": 1}, "p={%22a%22:1}"),
    ("path", "application/json", {"a": "/"}, "%7B%22a%22%3A%22%2F%22%7D"),
]
QUERYSTRINGS = [
    ("application/x-www-form-urlencoded", {"a": "b c", "d": [1, 2]}, "a=b%20c&d=1&d=2"),
    ("application/x-www-form-urlencoded", "a=b%20c&d", "a=b%20c&d"),
    ("application/json", {"a": "é"}, "%7B%22a%22%3A%22%C3%A9%22%7D"),
    ("application/jsonpath", "$.a[?(@.b)]", "$.a%5B?(@.b)%5D"),
]


class Cell(NamedTuple):
    """One operation: what it is called, its place, its parameter, the value, what is expected."""

    name: str
    place: str
    parameter: Named
    value: Any
    expected: str


def rows(text: str) -> list[tuple[list[str], list[str]]]:
    """Words before the first bar, cells after it."""
    found = []
    for line in filter(None, text.splitlines()):
        words, *cells = re.split(r"\s\|(?:\s|$)", line)
        found.append((words.split(), [cell.strip() for cell in cells]))
    return found


def described(place: str, style: str, explode: str) -> Named:
    return {"in": place, "style": style, "explode": explode == "yes", "schema": {}}


def styles(version: str) -> list[Cell]:
    cells = []
    text = STYLES + (COOKIES_OF_3_2 if version == "3.2.0" else "")
    for (place, style, explode), expected in rows(text):
        for kind, one in zip(("string", "array", "object"), expected, strict=True):
            name = f"{place}-{style}-{explode}-{kind}"
            parameter = described(place, style, explode)
            cells.append(Cell(name, place, parameter, VALUES[kind], one))
    for (place, style, explode, kind), (one,) in rows(ODD):
        name = f"{place}-{style}-{explode}-{kind}"
        cells.append(Cell(name, place, described(place, style, explode), VALUES[kind], one))
    for number, (place, media, value, one) in enumerate(CONTENT):
        content = {"in": place, "content": {media: {}}}
        cells.append(Cell(f"content-{number}", place, content, value, one))
    reserved = described("query", "form", "yes") | {"allowReserved": True}
    cells.append(
        Cell("reserved", "query", reserved, "a/b?c=d&e f%20%#[", "p=a/b?c=d&e%20f%20%25%23%5B")
    )
    if version == "3.2.0":
        for number, (media, value, one) in enumerate(QUERYSTRINGS):
            content = {"in": "querystring", "content": {media: {}}}
            cells.append(Cell(f"querystring-{number}", "querystring", content, value, one))
    return cells


def swagger() -> list[Cell]:
    cells = []
    for (place, kind, form), (one,) in rows(SWAGGER):
        parameter: Named = {"in": place, "type": {"empty": "string"}.get(kind, kind)}
        if kind == "array":
            parameter["items"] = {"type": "string"}
        if form != "-":
            parameter["collectionFormat"] = form
        cells.append(Cell(f"{place}-{kind}-{form}", place, parameter, VALUES[kind], one))
    return cells


VERSIONS = {
    "2.0": swagger(),
    "3.0.4": styles("3.0.4"),
    "3.1.1": styles("3.1.1"),
    "3.2.0": styles("3.2.0"),
}


def write(folder: Path, version: str, cells: list[Cell]) -> Path:
    """The description with an operation per cell, and the workflow that calls all of them."""
    paths: Named = {}
    steps = []
    for number, cell in enumerate(cells):
        path = f"/{number}/{{p}}/end" if cell.place == "path" else f"/{number}"
        method = "post" if cell.place == "formData" else "get"
        name = "X-P" if cell.place == "header" else "p"
        required = {"required": True} if cell.place == "path" else {}
        operation = {
            "operationId": f"op{number}",
            "parameters": [{"name": name, **required, **cell.parameter}],
            "responses": {"200": {"description": "ok"}},
        }
        paths[path] = {method: operation}
        step: Named = {"stepId": f"s{number}", "operationId": f"op{number}"}
        value = f"$inputs.i{number}"
        if cell.place == "formData":
            step["requestBody"] = {"payload": {"p": value}}
        else:
            step["parameters"] = [{"name": name, "in": cell.place, "value": value}]
        steps.append(step)
    key = "swagger" if version == "2.0" else "openapi"
    return documents(folder, {key: version, "paths": paths}, steps)


def documents(folder: Path, api: Named, steps: list[Named]) -> Path:
    api["info"] = {"title": "M", "version": "1"}
    flow = {
        "arazzo": "1.1.0",
        "info": {"title": "M", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.json", "type": "openapi"}],
        "workflows": [{"workflowId": "all", "steps": steps}],
    }
    (folder / "api.json").write_text(json.dumps(api))
    (folder / "flow.json").write_text(json.dumps(flow))
    return folder / "flow.json"


def seen(request: Received, number: int, place: str) -> str:
    """What of a request the cell is about."""
    if place == "path":
        return request.target.removeprefix(f"/{number}/").removesuffix("/end")
    if place in ("query", "querystring"):
        path, mark, query = request.target.partition("?")
        assert path == f"/{number}"
        return query if mark else "-"
    if place == "formData":
        return request.body.decode()
    found = request.values("Cookie" if place == "cookie" else "X-P")
    assert len(found) <= 1
    return found[0].encode("latin-1").decode() if found else "-"


def run_all(door: str, flow: Path, inputs: Named) -> list[Received]:
    """Run a workflow with one of the runners; the requests that came."""

    async def run(url: str) -> arazzo.RunResult:
        async with arazzo.AsyncRunner(servers={"api": url}) as runner:
            return await runner.run(str(flow), inputs=inputs)

    with Endpoint(lambda _: Answer()) as end:
        if door == "sync":
            result = arazzo.run(str(flow), inputs=inputs, servers={"api": end.url})
        else:
            result = asyncio.run(run(end.url))
    assert result.error is None
    return end.requests


@pytest.mark.parametrize("door", ["sync", "async"])
@pytest.mark.parametrize("version", VERSIONS)
def test_matrix(version: str, door: str, tmp_path: Path) -> None:
    cells = VERSIONS[version]
    flow = write(tmp_path, version, cells)
    inputs = {f"i{number}": cell.value for number, cell in enumerate(cells)}

    requests = run_all(door, flow, inputs)
    assert len(requests) == len(cells)
    found = {
        cell.name: seen(request, number, cell.place)
        for number, (cell, request) in enumerate(zip(cells, requests, strict=True))
    }
    assert found == {cell.name: cell.expected for cell in cells}


@pytest.mark.requirement("PAR-13", "A-17")
@pytest.mark.parametrize(
    ("content", "value", "expected"),
    [
        (None, "a={$inputs.x}&b=1&c={$inputs.y}", "a=1%26b%3D2%23&b=1&c=5"),
        ("application/x-www-form-urlencoded", "a={$inputs.x}", "a=1%26b%3D2%23"),
        ("application/x-www-form-urlencoded", "$inputs.x", "1&b=2%23"),
        ("application/json", '["{$inputs.y}"]', "%5B%225%22%5D"),
        ("application/jsonpath", "$.a[{$inputs.y}]", "$.a%5B5%5D"),
    ],
)
def test_embedded_in_a_querystring(
    content: str | None, value: str, expected: str, tmp_path: Path
) -> None:
    """A value that is put into a query of pairs cannot add another pair."""
    parameters = [{"name": "q", "in": "querystring", "content": {content: {}}}] if content else []
    operation = {"operationId": "op", "parameters": parameters, "responses": {}}
    given = [{"name": "q", "in": "querystring", "value": value}]
    steps: list[Named] = [{"stepId": "s", "operationId": "op", "parameters": given}]
    flow = documents(tmp_path, {"openapi": "3.2.0", "paths": {"/a": {"get": operation}}}, steps)
    (request,) = run_all("sync", flow, {"x": "1&b=2#", "y": 5})
    assert request.target == f"/a?{expected}"


# -- bodies --------------------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"
DEEP = {"a": {"b": [1, {"c": "d e"}]}, "f": ["g", "h"], "n": None, "t": True}
PET = {
    "xml": {"name": "pet"},
    "properties": {
        "id": {"type": "integer", "xml": {"attribute": True}},
        "tags": {"type": "array", "xml": {"wrapped": True}, "items": {"xml": {"name": "tag"}}},
    },
}
MEMBERS = {"properties": {"file": {"type": "string", "format": "binary"}}}
# media type, Media Type Object, payload, Content-Type (the same when None), body
BODIES: list[tuple[str, Named, Any, str | None, str]] = [
    ("application/json", {}, {"a": [1, "é", None]}, None, '{"a":[1,"é",null]}'),
    ("application/json", {}, "text", None, '"text"'),
    ("application/json", {}, '{"is": "json"}', None, '{"is": "json"}'),
    ("application/json", {"schema": {"type": "string"}}, "{}", None, '"{}"'),
    ("application/json", {}, None, None, "null"),
    ("application/json; charset=utf-8", {}, [], None, "[]"),
    ("application/problem+json", {}, {"a": 1.5}, None, '{"a":1.5}'),
    ("application/vnd.github.v3+json", {}, True, None, "true"),
    ("application/x-amz-json-1.1", {}, {}, None, "{}"),
    (FORM, {}, {"a": "b c", "é": "&"}, None, "a=b%20c&%C3%A9=%26"),
    (FORM, {}, DEEP, None, "a%5Bb%5D%5B0%5D=1&a%5Bb%5D%5B1%5D%5Bc%5D=d%20e&f=g&f=h&n=&t=true"),
    (FORM, {}, {"a[b][]": "c"}, None, "a%5Bb%5D%5B%5D=c"),
    (FORM, {}, "a=b+c&d", None, "a=b+c&d"),
    (
        FORM,
        {"encoding": {"a": {"style": "spaceDelimited", "explode": False}}},
        {"a": [1, 2]},
        None,
        "a=1%202",
    ),
    (
        FORM,
        {"encoding": {"a": {"style": "deepObject"}}},
        {"a": {"b": 1}, "c": [2]},
        None,
        "a%5Bb%5D=1&c%5B0%5D=2",
    ),
    (
        FORM,
        {"encoding": {"a": {"contentType": "application/json"}}},
        {"a": {"b": 1}},
        None,
        "a=%7B%22b%22%3A1%7D",
    ),
    (
        FORM,
        {"encoding": {"a": {"style": "form", "explode": False, "allowReserved": True}}},
        {"a": ["b/c", "d"]},
        None,
        "a=b/c,d",
    ),
    ("text/plain", {}, "a\nb é", None, "a\nb é"),
    ("text/csv", {}, 5, None, "5"),
    ("application/xml", {}, "<a>b</a>", None, "<a>b</a>"),
    (
        "application/xml",
        {"schema": PET},
        {"id": 1, "tags": ["a", "b"]},
        None,
        '<pet id="1"><tags><tag>a</tag><tag>b</tag></tags></pet>',
    ),
    ("application/atom+xml", {"schema": PET}, {"tags": []}, None, "<pet><tags/></pet>"),
    ("application/octet-stream", {}, "text", None, "text"),
    ("*/*", {}, {"a": 1}, "application/json", '{"a":1}'),
    (
        "multipart/form-data",
        {"schema": MEMBERS, "encoding": {"meta": {"contentType": "application/json"}}},
        {"note": "é", "file": "text", "meta": {"a": 1}, "many": [1, 2]},
        "multipart/form-data; boundary=B",
        (
            '--B\r\nContent-Disposition: form-data; name="note"\r\n\r\né\r\n'
            '--B\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
            "Content-Type: application/octet-stream\r\n\r\ntext\r\n"
            '--B\r\nContent-Disposition: form-data; name="meta"\r\n'
            'Content-Type: application/json\r\n\r\n{"a":1}\r\n'
            '--B\r\nContent-Disposition: form-data; name="many"\r\n\r\n1\r\n'
            '--B\r\nContent-Disposition: form-data; name="many"\r\n\r\n2\r\n--B--\r\n'
        ),
    ),
]


@pytest.mark.parametrize("door", ["sync", "async"])
@pytest.mark.parametrize("version", ["3.0.4", "3.1.1", "3.2.0"])
def test_bodies(version: str, door: str, tmp_path: Path) -> None:
    paths: Named = {}
    steps = []
    for number, (media, described_as, *_) in enumerate(BODIES):
        body = {"content": {media: described_as}}
        operation = {"operationId": f"op{number}", "requestBody": body, "responses": {}}
        paths[f"/{number}"] = {"post": operation}
        payload = {"payload": f"$inputs.i{number}"}
        steps.append({"stepId": f"s{number}", "operationId": f"op{number}", "requestBody": payload})
    flow = documents(tmp_path, {"openapi": version, "paths": paths}, steps)
    inputs = {f"i{number}": payload for number, (_, _, payload, *_) in enumerate(BODIES)}
    requests = run_all(door, flow, inputs)
    assert len(requests) == len(BODIES)
    for (media, _, _, content_type, body), request in zip(BODIES, requests, strict=True):
        sent_as, found = request.header("Content-Type"), request.body.decode()
        boundary = sent_as.partition("boundary=")[2]
        if boundary:
            sent_as, found = sent_as.replace(boundary, "B"), found.replace(boundary, "B")
        assert (sent_as, found) == (content_type or media, body)


def test_the_matrix_is_whole() -> None:
    assert {version: len(cells) for version, cells in VERSIONS.items()} == {
        "2.0": 23,
        "3.0.4": 81,
        "3.1.1": 81,
        "3.2.0": 91,
    }
    for cells in VERSIONS.values():
        assert len({cell.name for cell in cells}) == len(cells)
