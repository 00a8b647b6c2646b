"""Sources: base URIs, ``$self``, other Arazzo documents, tolerances, what cannot be read."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

from pathlib import Path

import pytest

from arazzo_runner.linking import link
from arazzo_runner.linking.sources import kind_of
from arazzo_runner.reading import Loader, parse_document
from tests.support.machines import API, BASE, HEAD, document, link_text, linked, memory_loader, play

STEP = "- {workflowId: main, steps: [{stepId: s, operationId: a}]}"


def head(url: str, extra: str = "", kind: str = "") -> str:
    source = f"{{name: api, url: '{url}'{', type: ' + kind if kind else ''}}}"
    return (
        f"arazzo: 1.1.0\ninfo: {{title: T, version: '1'}}\n{extra}sourceDescriptions: [{source}]\n"
    )


@pytest.mark.requirement("URI-05", "URI-06", "URI-07", "URI-17", "SRC-03")
@pytest.mark.parametrize(
    ("self", "url", "expected"),
    [
        ("", "../specs/petstore.yaml", "https://docs.test/specs/petstore.yaml"),
        ("$self: https://ids.test/api/flows/w.yaml\n", "../specs/petstore.yaml", "https://ids.test/api/specs/petstore.yaml"),
        ("$self: /elsewhere/w.yaml\n", "../specs/petstore.yaml", "https://docs.test/specs/petstore.yaml"),
        ("$self: deep/er/w.yaml\n", "../specs/petstore.yaml", "https://docs.test/flows/deep/specs/petstore.yaml"),
        ("$self: https://ids.test/w.yaml\n", "https://abs.test/p.yaml", "https://abs.test/p.yaml"),
        ("", "specs/petstore.yaml#frag", "https://docs.test/flows/specs/petstore.yaml"),
    ],
)  # fmt: skip
def test_what_relative_urls_resolve_against(self: str, url: str, expected: str) -> None:
    found = linked(STEP, head=head(url, self), files={expected: API})
    assert found.program.descriptions["api"].document.uri == expected


@pytest.mark.requirement("URI-08", "URI-09", "URI-16", "A-56")
def test_a_provided_document_is_found_by_its_identity_before_its_place() -> None:
    provided = parse_document(
        (API + "$self: https://ids.test/petstore\n").encode(), uri="file:///somewhere.yaml"
    )
    found = linked(STEP, head=head("https://ids.test/petstore"), provided=[provided])
    assert found.program.descriptions["api"].document is provided


@pytest.mark.requirement("A-56", "URI-10")
def test_beside_the_document_when_its_identity_leads_nowhere() -> None:
    found = linked(STEP, head=head("api.yaml", "$self: https://ids.test/flows/w\n"))
    assert found.program.descriptions["api"].document.uri == BASE + "api.yaml"
    missing = link_text(STEP, head=head("none.yaml", "$self: https://ids.test/flows/w\n"))
    assert [f.rule for f in missing.errors] == ["source-load"]


@pytest.mark.requirement("SRC-04", "SRC-05", "SRC-06", "SRC-08")
@pytest.mark.parametrize(
    ("text", "kind", "rule", "severity"),
    [
        (None, "", "source-load", "error"),
        ("{", "", "source-load", "error"),
        ("a: 1", "", "source-load", "error"),
        ("[1]", "", "source-load", "error"),
        (API, "arazzo", "source-type-mismatch", "error"),
        (API, "asyncapi", "source-type-mismatch", "warning"),
        (API, "opanapi", "source-type-mismatch", "warning"),
    ],
)
def test_sources_that_are_something_else(
    text: str | None, kind: str, rule: str, severity: str
) -> None:
    files = {} if text is None else {"x.yaml": text}
    qualified = STEP.replace("operationId: a", "operationId: $sourceDescriptions.api.a")
    found = link_text(qualified, head=head("x.yaml", kind=kind), files=files)
    fault = next(f for f in found.faults if f.rule == rule)
    assert fault.severity == severity
    assert fault.pointer.startswith("/sourceDescriptions/0/")


@pytest.mark.parametrize(
    ("data", "kind"),
    [({"arazzo": 1}, "arazzo"), ({"openapi": 1}, "openapi"), ({"swagger": 1}, "openapi"),
     ({"asyncapi": 1}, "asyncapi"), ({}, None), ([], None), (None, None)],
)  # fmt: skip
def test_kinds(data: object, kind: str | None) -> None:
    assert kind_of(data) == kind


def test_a_source_that_nothing_needs_is_not_read() -> None:
    text = "- {workflowId: main, steps: [{stepId: s, operationId: $sourceDescriptions.api.a}]}"
    two = HEAD.replace("[{name: api", "[{name: lost, url: lost.yaml, type: openapi}, {name: api")
    assert set(linked(text, head=two).program.descriptions) == {"api"}


# -- other Arazzo documents ----------------------------------------------------------------------

OTHER = """\
arazzo: 1.0.1
info: {title: Other, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml}, {name: back, url: main.yaml, type: arazzo}]
workflows:
- workflowId: there
  inputs: {type: object, properties: {x: {}}}
  steps: [{stepId: t, operationId: list, parameters: [{name: must, in: query, value: $inputs.x}, {reference: $components.parameters.q}]}]
  outputs: {x: $inputs.x}
- workflowId: around
  steps: [{stepId: u, workflowId: $sourceDescriptions.back.leaf}]
components: {parameters: {q: {name: q, in: query, value: theirs}}}
"""
MAIN = """\
arazzo: 1.1.0
info: {title: Main, version: '1'}
sourceDescriptions: [{name: other, url: other.yaml, type: arazzo}, {name: api, url: api.yaml}]
components: {parameters: {q: {name: q, in: query, value: ours}}}
"""


@pytest.mark.requirement("ST-10", "DOC-13", "CMP-03", "SRC-09", "WF-08", "DEP-02")
def test_workflows_of_other_documents() -> None:
    text = """
- workflowId: main
  dependsOn: [$sourceDescriptions.other.around]
  steps:
  - {stepId: s, workflowId: $sourceDescriptions.other.there, parameters: [{name: x, value: 5}], outputs: {x: $outputs.x}}
  - {stepId: e, operationId: a, onSuccess: [{name: g, type: goto, workflowId: $sourceDescriptions.other.around}]}
- {workflowId: leaf, steps: [{stepId: l, operationId: b}]}
"""
    main = document(text, head=MAIN)
    found = link(main, memory_loader({"other.yaml": OTHER}), provided=())
    assert not found.errors, [str(e) for e in found.errors]
    assert len(found.program.documents) == 2, "the way back leads to the same document"
    run = play(found.program, workflow="main")
    assert run.urls == ["/b", "/list?must=5&q=theirs", "/a", "/b"]
    assert [s.outputs for s in run.steps if s.step_id == "s"] == [{"x": 5}]


def test_a_workflow_that_the_other_document_does_not_have() -> None:
    text = "- {workflowId: main, steps: [{stepId: s, workflowId: $sourceDescriptions.other.their}]}"
    (fault,) = link_text(text, head=MAIN, files={"other.yaml": OTHER}).errors
    assert (fault.rule, fault.hint) == ("step-workflow-exists", "did you mean 'there'?")


def test_faults_of_another_document_name_that_document() -> None:
    text = "- {workflowId: main, steps: [{stepId: s, workflowId: $sourceDescriptions.other.there}]}"
    broken = OTHER.replace("operationId: list", "operationId: lost")
    (fault,) = link_text(text, head=MAIN, files={"other.yaml": broken}).errors
    assert fault.location is not None
    assert "other.yaml" in fault.location.file


# -- relative to a parent folder -----------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "apis").mkdir()
    (tmp_path / "apis" / "api.yaml").write_text(API)
    (tmp_path / "flows" / "deep").mkdir(parents=True)
    return tmp_path


def link_at(file: Path, url: str) -> list[tuple[str, str]]:
    file.write_text(head(url) + "workflows:\n" + STEP)
    loader = Loader()
    return [(f.rule, f.severity) for f in link(loader.load(str(file)), loader).faults]


@pytest.mark.requirement("source-relative-to-root")
def test_a_url_relative_to_a_parent_folder(tree: Path) -> None:
    file = tree / "flows" / "deep" / "flow.yaml"
    assert link_at(file, "apis/api.yaml") == [("source-relative-to-root", "warning")]
    assert link_at(file, "./apis/api.yaml") == [("source-relative-to-root", "warning")]
    assert link_at(file, "../../apis/api.yaml") == []
    assert link_at(file, "/apis/api.yaml") == [("source-load", "error")]


@pytest.mark.requirement("source-relative-to-root")
def test_not_above_the_repository(tree: Path) -> None:
    (tree / "flows" / ".git").mkdir()
    assert link_at(tree / "flows" / "deep" / "flow.yaml", "apis/api.yaml") == [
        ("source-load", "error")
    ]


@pytest.mark.requirement("source-relative-to-root")
def test_not_out_of_the_parent_folder(tree: Path) -> None:
    (tree.parent / "outside.yaml").write_text(API)
    link_name = tree / "apis" / "link.yaml"
    link_name.symlink_to(tree.parent / "outside.yaml")
    assert link_at(tree / "flows" / "deep" / "flow.yaml", "apis/link.yaml") == [
        ("source-load", "error")
    ]
