"""``arazzo.toml`` on the command line: found, named, overruled; mistakes told with their line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arazzo_runner.cli.main import main
from tests.cli.flows import write_flow
from tests.support.answers import Answer, json_answer
from tests.support.endpoint import Endpoint
from tests.support.goldens import check_golden

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("JOBS_KEY", "k-from-the-environment")
    return write_flow(tmp_path)


def configure(flow: str, text: str) -> Path:
    file = Path(flow).parent / "arazzo.toml"
    file.write_text(text)
    return file


def answers() -> list[Answer]:
    return [json_answer({"id": "j"}, status=201), json_answer({"status": "done"})]


CONFIGURATION = """
[headers]
X-Api-Key = "env:JOBS_KEY"
X-A = "1"
[inputs]
name = "n"
size = 7
mode = "fast"
[environments.local]
servers.jobs = "{url}"
timeouts.request = 5
"""


def test_a_run_with_an_environment(flow: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Endpoint(answers()) as end:
        file = configure(flow, CONFIGURATION.replace("{url}", end.url))
        words = ["--env", "local", "--header", "x-a: 2", "-i", "name=mine", "-v"]
        assert main(["run", flow, *words]) == 0
    out, err = capsys.readouterr()
    assert f"configuration: {file}, environment local" in err
    assert "k-from-the-environment" not in out + err
    first = end.requests[0]
    assert first.header("X-Api-Key") == "k-from-the-environment"
    assert first.header("X-A") == "2"
    assert json.loads(first.body) == {"name": "mine", "size": 7}


def test_quiet_named_and_none(flow: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Endpoint(answers()) as end:
        file = configure(flow, CONFIGURATION.replace("{url}", end.url))
        other = file.rename(file.with_name("other.toml"))
        assert main(["run", flow, "--config", str(other), "--env", "local", "-q"]) == 0
        configure(flow, "broken = [")
        inputs = ("-i", "name=a", "-i", "size=7", "-i", "mode=fast")
        assert main(["run", flow, "--no-config", "--dry-run", *inputs]) == 0
    assert "configuration" not in capsys.readouterr().err
    assert main(["run", flow, "--no-config", "--env", "x"]) == 2
    assert main(["run", flow, "--no-config", "--config", str(other)]) == 2
    assert main(["run", flow, "--config", "nowhere.toml"]) == 2
    assert main(["run", flow, "--config", str(other), "--env", "x"]) == 2
    assert "there is no environment 'x'" in capsys.readouterr().err


def test_a_mistake(flow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(flow, "# ours\n[environments.local]\nserver.jobs = 'http://127.0.0.1'\n")
    assert main(["run", flow]) == 2
    text = capsys.readouterr().err.replace(str(tmp_path), "FOLDER")
    check_golden(GOLDENS / "error-configuration.txt", text)


def test_show_and_dry_run_tell_it(flow: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(flow, "[environments.default]\nserver-variables.jobs.stage = 'v2'\n")
    assert main(["show", flow]) == 0
    out, err = capsys.readouterr()
    assert "environment default" in err
    assert "https://jobs.example.com/v2" in out
    assert main(["run", flow, "--dry-run", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "environment default" in err
    assert json.loads(out)["steps"][0]["request"]["url"] == "https://jobs.example.com/v2/jobs"


def test_plain_secrets_are_warned_of(flow: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(flow, "[headers]\nX-Api-Key = 'plain-and-simple'\n")
    assert main(["run", flow, "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert "plain-secret" in err
    assert "plain-and-simple" not in out + err


def test_pacing_of_the_file_and_of_options(flow: str) -> None:
    from arazzo_runner.cli.commands import COMMANDS
    from arazzo_runner.cli.parsing import parse_arguments
    from arazzo_runner.cli.settings import make_settings
    from arazzo_runner.values import Redactor

    configure(flow, "[pacing]\ninterval = 5\n[pacing.w]\nmax-interval = 90\ntimeout = 1\n")
    words = [flow, "--poll-interval", "40", "--poll-timeout", "7"]
    run = make_settings(parse_arguments(COMMANDS["run"], words), Redactor()).run
    assert (run.pacing.interval, run.pacing.max_interval, run.pacing.timeout) == (40, 40, 7)
    own = run.paces["w"]
    assert (own.interval, own.max_interval, own.timeout) == (40, 90, 7)


@pytest.mark.parametrize("mode", ["warn", "error"])
def test_contracts(flow: str, capsys: pytest.CaptureFixture[str], mode: str) -> None:
    inputs = ("-i", "name=a", "-i", "size=7", "-i", "mode=fast")
    wrong = [json_answer({"id": "j"}, status=200), json_answer({"status": "done"})]
    text = Path(flow).read_text().replace("$statusCode == 201", "$statusCode == 200")
    Path(flow).write_text(text)
    with Endpoint(wrong if mode == "warn" else wrong[:1]) as end:
        words = ["--server", f"jobs={end.url}", "--check-responses", mode, "--json"]
        code = main(["run", flow, *inputs, *words])
    out, err = capsys.readouterr()
    data = json.loads(out)
    rules = [warning["rule"] for warning in data["warnings"]]
    assert "response-status" in rules
    assert "POST /jobs answered 200; its description has 201" in err
    assert code == (0 if mode == "warn" else 1)
    if mode == "error":
        assert data["error"]["kind"] == "contract"
    assert main(["run", flow, "--check-responses", "maybe"]) == 2


def test_hosts_on_the_command_line(flow: str, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = ("-i", "name=a", "-i", "size=7", "-i", "mode=fast")
    with Endpoint(answers()) as end:
        server = ("--server", f"jobs={end.url}")
        assert main(["run", flow, *inputs, *server, "--deny-private"]) == 2
        assert main(["run", flow, *inputs, *server, "--allow-host", "*.example.com"]) == 2
        assert main(["run", flow, *inputs, *server, "--allow-host", "http://x"]) == 2
        assert main(["run", flow, "--allow-files-under", "nowhere"]) == 2
        folder = str(Path(flow).parent)
        allowed = ("--deny-private", "--allow-host", "127.0.0.1", "--allow-files-under", folder)
        assert main(["run", flow, *inputs, *server, *allowed]) == 0
    assert "which is not a public address" in capsys.readouterr().err
