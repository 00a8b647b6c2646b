"""``arazzo validate`` and ``arazzo rules`` as commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from arazzo_runner.cli.main import main
from arazzo_runner.validation.examples import PETSTORE, whole_document
from tests.support.command import Command, Golden

GOOD = whole_document("""
info: {title: Pets, version: 1.0.0, summary: Pets, description: All pets.}
summary: Pets
description: List all pets.
steps:
- stepId: list
  description: Ask for them.
  operationId: listPets
  successCriteria: [{condition: $statusCode == 200}]
""")
BAD = GOOD.replace("operationId:", "operationID:").replace("$statusCode ==", "$statusCode =")
WARNS = GOOD.replace("stepId: list", "stepId: list all")
FIXABLE = GOOD.replace("1.0.0, s", "1.0, s").replace("operationId:", "operationID:")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "project"
    place.mkdir()
    (place / ".git").mkdir()
    for name, text in {
        "good.yaml": GOOD,
        "bad.yaml": BAD,
        "warns.yaml": WARNS,
        "fixable.yaml": FIXABLE,
        "petstore.yaml": PETSTORE,
    }.items():
        (place / name).write_text(text)
    monkeypatch.chdir(place)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return place


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["good.yaml"], 0),
        (["bad.yaml"], 1),
        (["warns.yaml"], 0),
        (["warns.yaml", "--fail-on", "warning"], 1),
        (["good.yaml", "--fail-on", "hint"], 0),
        (["bad.yaml", "--ignore", "unknown-field,criterion-*"], 0),
        (["bad.yaml", "--select", "step-*"], 0),
        (["good.yaml", "missing.yaml"], 3),
        (["bad.yaml", "missing.yaml"], 3),
        (["petstore.yaml"], 1),
        (["."], 1),
        (["nothing/*.yaml"], 3),
        ([], 2),
        (["good.yaml", "--select", "no-such-rule"], 2),
        (["good.yaml", "--ignore", ","], 2),
        (["good.yaml", "--format", "xml"], 2),
        (["good.yaml", "--fail-on", "never"], 2),
        (["good.yaml", "--no-sources", "--full-sources"], 2),
        (["good.yaml", "--baseline", "missing.json"], 3),
        (["good.yaml", "--jobs", "0"], 2),
    ],
)
def test_exit_codes(folder: Path, words: list[str], code: int) -> None:
    assert main(["validate", *words]) == code


def test_json_of_many_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", ".", "--format", "json", "--jobs", "2"])
    data = json.loads(capsys.readouterr().out)
    assert data["files"] == 4
    assert data["errors"] == 4
    assert [f["file"] for f in data["findings"]] == sorted(f["file"] for f in data["findings"])


def test_several_processes_find_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b", "c"):
        (folder / name).mkdir()
        (folder / name / "bad.yaml").write_text(BAD)
    outputs = []
    for jobs in ("1", "3"):
        main(["validate", ".", "--format", "json", "--no-sources", "--jobs", jobs])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


def test_fix_writes_the_file_and_keeps_its_mode(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "fixable.yaml"
    file.chmod(0o640)
    assert main(["validate", "fixable.yaml", "--fix"]) == 0
    assert file.read_text() == GOOD.replace("1.0.0, s", "'1.0', s")
    assert file.stat().st_mode & 0o777 == 0o640
    assert "2 fixed" in capsys.readouterr().out
    assert sorted(entry.name for entry in folder.iterdir() if "part" in entry.name) == []


def test_fix_follows_a_link(folder: Path) -> None:
    (folder / "link.yaml").symlink_to("fixable.yaml")
    assert main(["validate", "link.yaml", "--fix"]) == 0
    assert (folder / "link.yaml").is_symlink()
    assert "operationId" in (folder / "fixable.yaml").read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_fix_where_nothing_can_be_written(folder: Path) -> None:
    folder.chmod(0o500)
    try:
        assert main(["validate", "fixable.yaml", "--fix"]) == 3
    finally:
        folder.chmod(0o700)


def test_a_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "bad.yaml", "--write-baseline", "known.json"]) == 0
    capsys.readouterr()
    assert main(["validate", "bad.yaml", "--baseline", "known.json"]) == 0
    assert "2 known from the baseline" in capsys.readouterr().out
    (folder / "bad.yaml").write_text("# moved\n" + BAD.replace("stepId:", "stepid:"))
    assert main(["validate", "bad.yaml", "--baseline", "known.json"]) == 1
    out = capsys.readouterr().out
    assert "stepid" in out
    assert "operationID" not in out.replace("operationID: listPets", "")


def test_the_configuration_counts_and_options_overrule(folder: Path) -> None:
    (folder / "arazzo.toml").write_text(
        '[validate]\nfail-on = "warning"\nignore = ["step-id-pattern"]\nexclude = ["bad*"]\n'
    )
    assert main(["validate", "warns.yaml"]) == 0
    assert main(["validate", "warns.yaml", "--ignore", "info-*"]) == 1
    assert main(["validate", "warns.yaml", "--ignore", "info-*", "--fail-on", "error"]) == 0
    (folder / "fixable.yaml").unlink()
    assert main(["validate", "."]) == 0
    (folder / "arazzo.toml").write_text('[validate]\nfailon = "warning"\n')
    assert main(["validate", "good.yaml"]) == 2


def test_standard_input(folder: Path) -> None:
    for text, code in ((GOOD, 0), (BAD, 1)):
        done = subprocess.run(
            [sys.executable, "-m", "arazzo_runner", "validate", "-", "--no-cache"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert done.returncode == code, done.stderr
        assert ("<stdin>:12:5: error[unknown-field]" in done.stdout) == (code == 1)


def test_what_people_see(folder: Path, tmp_path: Path) -> None:
    command = Command(tmp_path, folder)
    golden = Golden(Path(__file__).parent / "goldens" / "validate.txt", {str(tmp_path): "TMP"})
    golden.check(command("validate", "bad.yaml"))


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    assert "  required-field " in capsys.readouterr().out
    assert main(["rules", "required-field"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("required-field  error\n\nA required field is missing.\n")
    assert main(["rules", "requird-field"]) == 2
    assert "did you mean 'required-field'?" in capsys.readouterr().err


def test_rules_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--json"]) == 0
    rules = json.loads(capsys.readouterr().out)
    assert main(["rules", "unknown-field", "--json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert one in rules
    assert (one["severity"], one["fixable"]) == ("error", True)


def test_rules_of_a_package(tmp_path: Path) -> None:
    """A package with an entry point adds its rules, and a broken one says so."""
    info = tmp_path / "pets-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pets\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[arazzo_runner.rules]\npets = pets:rules\n")
    (tmp_path / "pets.py").write_text("""
from arazzo_runner import rule

@rule("pets-only", on="Info", severity="warning", summary="Not about pets.",
      explanation="Pets.", wrong="", right="")
def pets_only(info):
    if "Pets" not in (info.text("title") or ""):
        yield info.problem("the title has no pets", "title")

rules = [pets_only]
""")
    (tmp_path / "flow.yaml").write_text(GOOD.replace("title: Pets", "title: Cats"))
    environment = {**os.environ, "PYTHONPATH": f"{Path(__file__).parents[2]}:{tmp_path}"}

    def arazzo(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "arazzo_runner", *words],
            capture_output=True, text=True, check=False, env=environment, cwd=tmp_path,
        )  # fmt: skip

    done = arazzo("validate", "flow.yaml", "--no-sources", "--fail-on", "warning")
    assert "warning[pets-only]: the title has no pets" in done.stdout
    assert done.returncode == 1
    assert "pets-only" in arazzo("rules").stdout
    (info / "entry_points.txt").write_text("[arazzo_runner.rules]\npets = pets:missing\n")
    broken = arazzo("validate", "flow.yaml")
    assert broken.returncode == 2
    assert "the rules of 'pets:missing' cannot be loaded" in broken.stderr
