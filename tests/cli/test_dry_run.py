"""``arazzo run --dry-run``: shows everything, sends nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arazzo_runner.cli.main import main
from tests.cli.flows import API, write_flow
from tests.support.endpoint import Endpoint
from tests.support.goldens import check_golden

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    return write_flow(tmp_path)


def test_for_people(flow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Endpoint([]) as end:
        words = ["run", flow, "--dry-run", "--server", f"jobs={end.url}", "-i", "key=s3cret-key"]
        code = main([*words, "--header", "X-Api-Key: hush-hush"])
    out, err = capsys.readouterr()
    assert not end.requests
    assert code == 0
    text = (out + "--- standard error\n" + err).replace(str(tmp_path), "FOLDER")
    assert "s3cret" not in text
    assert "hush" not in text
    check_golden(GOLDENS / "dry-run.txt", text.replace(end.url, "http://HOST"))


def test_for_programs(flow: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", flow, "--dry-run", "--json", "--offline", "-q", "-i", "size=7"]) == 0
    out, err = capsys.readouterr()
    data = json.loads(out)
    assert (data["dryRun"], data["madeUpInputs"], err) == (True, ["name", "mode"], "")
    first, second = data["steps"]
    assert first["request"]["method"] == "POST"
    assert json.loads(first["request"]["body"])["name"] == data["inputs"]["name"]
    assert first["request"]["curl"].startswith("curl https://jobs.example.com/v1/jobs ")
    assert second["request"]["body"] is None
    assert first["credentials"] == ["key", "login", "token"]
    assert first["line"]


def test_what_cannot_be_sent(flow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path(flow).read_text()
    Path(flow).write_text(text.replace("$inputs.name", "$inputs.nmae"))
    (tmp_path / "api.yaml").write_text(API)
    assert main(["run", flow, "--dry-run"]) in (1, 3)
    assert main(["run", flow, "--dry-run", "--json"]) in (1, 3)
    assert main(["run", flow, "--dry-run", "-i", "size=1"]) in (2, 3)
    assert main(["run", flow, "--dry-run", "--events", "x"]) == 2
    assert "--dry-run and --events contradict" in capsys.readouterr().err
