"""Appendix B: base URIs, ``$self`` as base and as identity, given documents without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import DocumentNotFound
from arazzo_runner.execution import fetching
from arazzo_runner.linking import link
from arazzo_runner.reading import Loader, parse_document
from tests.specification.support import API, document, run
from tests.support.answers import Answer
from tests.support.endpoint import Endpoint

GET = {"operationId": "getPet", "parameters": [{"name": "id", "in": "path", "value": "1"}]}


def flow(url: str, self_uri: str | None = None, *steps: dict[str, Any], **source: str) -> dict:
    top: dict[str, Any] = {"sourceDescriptions": [{"name": "api", "url": url, **source}]}
    if self_uri is not None:
        top["$self"] = self_uri
    return document(*(steps or (GET,)), top=top)


def asked_for(retrieved_from: str, text: dict[str, Any]) -> str:
    """The URI that the only source of a document retrieved from there is fetched from first."""
    asked: list[str] = []

    def fetch(uri: str) -> bytes:
        asked.append(uri)
        return json.dumps(API).encode()

    entry = parse_document(json.dumps(text).encode(), uri=retrieved_from)
    linked = link(entry, Loader(fetch))
    assert not linked.errors
    assert len(asked) == 1
    return asked[0]


@pytest.mark.requirement("URI-05", "URI-06", "URI-07", "URI-17")
@pytest.mark.parametrize(
    ("retrieved_from", "self_uri", "url", "source"),
    [
        pytest.param(
            "file:///Users/dev/projects/workflows/purchase.arazzo.yaml",
            "https://api.example.com/workflows/purchase.arazzo.yaml",
            "../specs/petstore.yaml",
            "https://api.example.com/specs/petstore.yaml",
            id="within the content",
        ),
        pytest.param(
            "file:///Users/dev/projects/workflows/purchase.arazzo.yaml",
            None,
            "../specs/petstore.yaml",
            "file:///Users/dev/projects/specs/petstore.yaml",
            id="from where it was retrieved",
        ),
        pytest.param(  # the part's Content-Location is the URI that the document is parsed with
            "https://api.example.com/workflows/purchase.arazzo.json",
            None,
            "../specs/petstore.json",
            "https://api.example.com/specs/petstore.json",
            id="from the encapsulating entity",
        ),
        pytest.param(
            "https://workflows.example.com/a7b3c4d5",
            None,
            "specs/petstore.yaml",
            "https://workflows.example.com/specs/petstore.yaml",
            id="from the application",
        ),
        pytest.param(
            "https://api.example.com/v2/api-description.yaml",
            "workflows/purchase.arazzo.yaml",
            "../specs/petstore.yaml",
            "https://api.example.com/v2/specs/petstore.yaml",
            id="a relative $self",
        ),
    ],
)
def test_appendix_b(retrieved_from: str, self_uri: str | None, url: str, source: str) -> None:
    assert asked_for(retrieved_from, flow(url, self_uri)) == source


@pytest.mark.requirement("URI-05", "EXR-10")
@pytest.mark.parametrize(
    "retrieved_from",
    ["https://cdn.example.com/cache/abc123.yaml", "file:///local/dev/purchase.arazzo.yaml"],
)
def test_one_identity_wherever_it_was_retrieved(retrieved_from: str) -> None:
    identity = "https://workflows.example.com/canonical/purchase.arazzo.yaml"
    text = flow("petstore.yaml", identity)
    assert asked_for(retrieved_from, text) == (
        "https://workflows.example.com/canonical/petstore.yaml"
    )
    entry = parse_document(json.dumps(text).encode(), uri=retrieved_from)
    linked = link(entry, Loader(lambda _: json.dumps(API).encode()))
    assert linked.program.workflows["0:main"].self_uri == identity


# -- a collection without a network --------------------------------------------------------------


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No network: the URLs that something asked for."""
    asked: list[str] = []

    def refuse(uri: str, settings: object) -> bytes:
        asked.append(uri)
        raise DocumentNotFound(f"{uri} cannot be fetched")

    monkeypatch.setattr(fetching, "fetch_url", refuse)
    return asked


def write(folder: Path, name: str, data: dict[str, Any]) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


@pytest.mark.requirement("URI-09", "URI-16", "URI-02")
@pytest.mark.parametrize(
    "url", ["https://specs.example.com/v1/petstore.json", "../specs/../v1/petstore.json"]
)
def test_given_documents_are_found_by_self(tmp_path: Path, fetched: list[str], url: str) -> None:
    given = {**API, "$self": "https://specs.example.com/v1/petstore.json"}
    path = write(tmp_path, "collection/any-name.json", given)
    text = flow(url, "https://specs.example.com/flows/main.json")
    ran = run(tmp_path, text, documents=(path,))
    assert ran.urls == ["/pets/1"]
    assert fetched == []


@pytest.mark.requirement("URI-09")
def test_a_given_document_with_another_self_is_not_meant(
    tmp_path: Path, fetched: list[str]
) -> None:
    path = write(tmp_path, "c/p.json", {**API, "$self": "https://specs.example.com/v2/p.json"})
    with pytest.raises(arazzo.LinkError, match=r"https://specs\.example\.com/v1/p\.json"):
        run(tmp_path, flow("https://specs.example.com/v1/p.json"), documents=(path,))
    assert fetched == ["https://specs.example.com/v1/p.json"]


@pytest.mark.requirement("URI-10", "A-56")
def test_a_given_document_is_found_by_where_it_is_as_well(tmp_path: Path) -> None:
    path = write(tmp_path, "c/p.json", {**API, "$self": "https://specs.example.com/p.json"})
    assert run(tmp_path, flow("c/p.json"), documents=(path,)).urls == ["/pets/1"]


@pytest.mark.requirement("URI-08", "A-56", "DOC-13")
@pytest.mark.parametrize("order", [("near", "named"), ("named", "near")])
def test_a_loaded_document_is_known_by_its_self(
    tmp_path: Path, fetched: list[str], order: tuple[str, str]
) -> None:
    """Two sources, one by place and one by the identity that it has: they are one document."""
    child = flow("https://flows.example.com/api.json", "https://flows.example.com/child.json")
    child["workflows"][0]["workflowId"] = "child"
    write(tmp_path, "child.json", child)
    given = write(tmp_path, "x.json", {**API, "$self": "https://flows.example.com/api.json"})
    urls = {"near": "child.json", "named": "https://flows.example.com/child.json"}
    steps = [{"workflowId": f"$sourceDescriptions.{name}.child"} for name in order]
    text = document(*steps)
    text["sourceDescriptions"] = [
        {"name": name, "url": urls[name], "type": "arazzo"} for name in order
    ]
    ran = run(tmp_path, text, documents=(given,))
    assert ran.urls == ["/pets/1", "/pets/1"]
    assert "https://flows.example.com/api.json" not in fetched


@pytest.mark.requirement("SRC-09", "WF-10", "ST-10", "ACT-07")
def test_documents_that_list_each_other_by_self(tmp_path: Path, fetched: list[str]) -> None:
    base = "https://flows.example.com"
    sources = [
        {"name": "api", "url": f"{base}/api.json", "type": "openapi"},
        {"name": "a", "url": f"{base}/a.json", "type": "arazzo"},
        {"name": "b", "url": "b.json", "type": "arazzo"},
    ]

    def one(name: str, *workflows: dict[str, Any]) -> dict[str, Any]:
        text = document(GET, top={"$self": f"{base}/{name}.json", "sourceDescriptions": sources})
        text["workflows"] = list(workflows)
        return text

    other = one(
        "b",
        {"workflowId": "there", "steps": [{"stepId": "s", **GET}]},
        {
            "workflowId": "before",
            "steps": [{"stepId": "s", "workflowId": "$sourceDescriptions.a.back"}],
        },
    )
    away = {"name": "go", "type": "goto", "workflowId": "$sourceDescriptions.b.there"}
    entry = one(
        "a",
        {
            "workflowId": "main",
            "dependsOn": ["$sourceDescriptions.b.before"],
            "steps": [{"stepId": "s", **GET, "onSuccess": [away]}],
        },
        {"workflowId": "back", "steps": [{"stepId": "s", **GET}]},
    )
    given = [
        write(tmp_path, "given/1.json", other),
        write(tmp_path, "given/2.json", {**API, "$self": f"{base}/api.json"}),
    ]
    ran = run(tmp_path, entry, documents=tuple(given))
    assert ran.result.ok
    assert ran.urls == ["/pets/1"] * 3
    assert ran.result.transferred_to == "there"
    assert fetched == []


@pytest.mark.requirement("DOC-18", "A-58")
@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.oai.workflows;version=1.1.0",
        "application/vnd.oai.workflows+yaml",
        "application/vnd.oai.workflows+json",
        "application/vnd.oai.arazzo+json",
        "text/plain",
    ],
)
def test_a_document_is_known_by_its_text_whatever_media_type_it_is_served_as(
    media_type: str,
) -> None:
    served = [
        Answer(200, (("Content-Type", media_type),), json.dumps(body).encode())
        for body in (document({"operationId": "find"}), API)
    ]
    with Endpoint(served) as server, arazzo.Runner(cache=None) as runner:
        program = runner.load(f"{server.url}/flow")
    assert list(program.entries) == ["main"]
