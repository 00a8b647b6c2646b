"""Findings kept between processes: when they count, and when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from arazzo_runner.validation import kept as module
from arazzo_runner.validation.batch import BatchSettings, Outcome, validate_files
from arazzo_runner.validation.examples import PETSTORE, whole_document
from arazzo_runner.validation.settings import ValidationSettings

FLOW = whole_document("""
steps:
- {stepId: a, operationId: listPetz}
- {stepId: b, operationId: listPets, owner: 1}  # arazzo-ignore: unknown-field
""")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "flow.yaml").write_text(FLOW)
    (tmp_path / "petstore.yaml").write_text(PETSTORE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validate(folder: Path, **settings: object) -> Outcome:
    validation = ValidationSettings(**settings)  # type: ignore[arg-type]
    (outcome,) = validate_files(["flow.yaml"], BatchSettings(validation, folder / "cache"))
    return outcome


def entries(folder: Path) -> int:
    return len(list((folder / "cache" / "findings").glob("*.json")))


def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are validated from now on, not only looked up."""
    from arazzo_runner.validation.validator import Validator

    done: list[str] = []
    original = Validator.validate

    def counted(self: Validator, file: str) -> object:
        done.append(file)
        return original(self, file)

    monkeypatch.setattr(Validator, "validate", counted)
    return done


def shown(outcome: Outcome) -> list[tuple[object, ...]]:
    """What people see of the findings."""
    return [(*f[:6], f.fix and f.fix.description) for f in outcome.findings]


def test_the_second_time_nothing_is_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = work(monkeypatch)
    first, second = validate(folder), validate(folder)
    assert done == ["flow.yaml"]
    assert shown(first) == shown(second)
    assert (first.ignored, second.ignored) == (1, 1)
    assert {f.rule for f in first.findings} >= {"step-operation-id-exists"}
    mode = next((folder / "cache" / "findings").glob("*.json")).stat().st_mode
    assert mode & 0o777 == 0o600


@pytest.mark.parametrize("file", ["flow.yaml", "petstore.yaml"])
def test_what_has_changed_is_validated(
    folder: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    validate(folder)
    done = work(monkeypatch)
    text = (folder / file).read_text().replace("listPetz", "getPet").replace("listPets", "listPetz")
    (folder / file).write_text(text)
    changed = validate(folder)
    assert done == ["flow.yaml"]
    assert changed.findings


def test_a_source_that_appears(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "petstore.yaml").unlink()
    assert "source-load" in {f.rule for f in validate(folder).findings}
    (folder / "petstore.yaml").write_text(PETSTORE)
    assert "source-load" not in {f.rule for f in validate(folder).findings}


def test_other_settings_are_other_findings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    validate(folder)
    assert {f.rule for f in validate(folder, select=("info-*",)).findings} == {
        "info-description", "info-summary",
    }  # fmt: skip
    found = validate(folder, severities={"step-operation-id-exists": "hint"}).findings
    assert "error" not in {f.severity for f in found}


def test_another_engine_starts_afresh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    validate(folder)
    monkeypatch.setattr(module, "_engine", lambda: "another one")
    done = work(monkeypatch)
    validate(folder)
    assert done == ["flow.yaml"]


def test_what_came_over_the_network_is_not_kept(folder: Path) -> None:
    text = FLOW.replace("url: petstore.yaml", "url: https://example.com/petstore.yaml")
    (folder / "flow.yaml").write_text(text)
    assert "source-load" in {f.rule for f in validate(folder, offline=True).findings}
    assert not (folder / "cache" / "findings").exists()


def test_a_damaged_entry_is_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = validate(folder)
    (entry,) = (folder / "cache" / "findings").glob("*.json")
    for text in ("", "[]", '{"read": 1}', '{"read": {}, "findings": [1], "ignored": 0}'):
        entry.write_text(text)
        assert shown(validate(folder)) == shown(first)


def test_the_folder_does_not_grow_forever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 4)
    for number in range(6):
        (folder / "flow.yaml").write_text(f"{FLOW}# {number}\n")
        validate(folder)
    assert entries(folder) <= 4


def test_nothing_is_kept_where_nothing_can_be_written(folder: Path) -> None:
    (folder / "cache").write_text("a file")
    assert validate(folder).findings
