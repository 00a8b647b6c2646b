"""Rules about sources that need folders or a network: more than their examples can show."""

from __future__ import annotations

from pathlib import Path

import pytest

import arazzo_runner as arazzo
from arazzo_runner.validation.examples import FILES, whole_document


def findings(file: Path) -> dict[str, arazzo.Finding]:
    return {finding.rule: finding for finding in arazzo.validate(str(file))}


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def document(url: str) -> str:
    return whole_document(
        f"sourceDescriptions:\n- {{name: petstore, url: '{url}', type: openapi}}\n"
        "steps: [{stepId: list, operationId: listPets}]"
    )


def test_relative_to_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, "apis/petstore.yaml", FILES["petstore.yaml"])
    found = findings(write(tmp_path, "flows/deep/flow.yaml", document("apis/petstore.yaml")))
    assert found["source-relative-to-root"].severity == "error"
    assert found["source-relative-to-root"].location.line == 4
    assert "source-load" not in found
    right = findings(write(tmp_path, "flows/deep/flow.yaml", document("../../apis/petstore.yaml")))
    assert "source-relative-to-root" not in right


def test_out_of_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    write(tmp_path, "petstore.yaml", FILES["petstore.yaml"])
    outside = findings(write(project, "flow.yaml", document("../petstore.yaml")))
    assert outside["source-outside-root"].severity == "warning"
    inside = findings(write(project, "flows/flow.yaml", document("../petstore.yaml")))
    assert "source-outside-root" not in inside
    absolute = findings(write(project, "flow.yaml", document(f"{tmp_path}/petstore.yaml")))
    assert "absolute path" in absolute["source-outside-root"].message


def test_a_network_that_cannot_be_reached_is_no_fault_of_the_document(tmp_path: Path) -> None:
    file = write(tmp_path, "flow.yaml", document("http://127.0.0.1:9/petstore.yaml"))
    found = findings(file)
    assert found["source-unreachable"].severity == "warning"
    assert not [f for f in found.values() if f.severity == "error"]
    with pytest.raises(arazzo.LinkError) as caught:
        arazzo.run(str(file))
    assert [fault.rule for fault in caught.value.faults] == ["source-unreachable"]
