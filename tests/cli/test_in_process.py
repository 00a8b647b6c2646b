"""The command called as a function: what the processes of ``test_commands`` show as a whole."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.cli.errors import diagnostics
from arazzo_runner.cli.event_sink import EventSink
from arazzo_runner.cli.main import entry_point, main
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.streams import write_all
from arazzo_runner.errors import Fault, LinkError, SyntaxFault
from tests.cli.flows import FLOW, write_flow
from tests.reporting.records import happy
from tests.support.answers import json_answer
from tests.support.endpoint import Endpoint

INPUTS = ("-i", "name=a", "-i", "size=7", "-i", "mode=fast")


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    return write_flow(tmp_path)


@pytest.mark.parametrize("words", [(), ("--json",), ("--events", "-"), ("-v",), ("-q",)])
def test_a_run(flow: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    script = [json_answer({"id": "j"}, status=201), json_answer({"status": "done"})]
    with Endpoint(script) as endpoint:
        code = main(["run", flow, *INPUTS, "--server", f"jobs={endpoint.url}", *words])
    out, err = capsys.readouterr()
    assert code == 0
    assert bool(err) is ("-q" not in words)
    assert "done" in out


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_runs_that_do_not_succeed(
    flow: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    with Endpoint([json_answer({}, status=500)]) as endpoint:
        assert main(["run", flow, *INPUTS, "--server", f"jobs={endpoint.url}", *words]) == 1
    assert "$statusCode is 500" in capsys.readouterr().err
    assert main(["run", flow, "-i", "size=1", *words]) == 2
    assert main(["run", flow, "nope", *words]) == 2
    capsys.readouterr()


@pytest.mark.parametrize("where", ["arazzo_runner.cli.run.Runner", "arazzo_runner.cli.run.run"])
def test_an_interruption_before_the_run(
    flow: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def interrupted(*_arguments: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(where, interrupted)
    assert main(["run", flow, *INPUTS]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_without_workflows(flow: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(flow).write_text(FLOW.partition("workflows:")[0] + "workflows: []\n")
    assert main(["run", flow]) == 3
    assert "no workflow" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["run", "-h"], ["help"], ["--version"]])
def test_pages(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out


def test_entry_point(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["arazzo"])
    with pytest.raises(SystemExit) as caught:
        entry_point()
    assert caught.value.code == 2
    assert main(["rum"]) == 2
    assert "did you mean 'run'?" in capsys.readouterr().err


@pytest.mark.parametrize("debug", ["0", "1"])
def test_a_defect(
    flow: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, debug: str
) -> None:
    def broken(*_arguments: Any) -> int:
        raise RuntimeError("x")

    monkeypatch.setenv("ARAZZO_DEBUG", debug)
    monkeypatch.setattr("arazzo_runner.cli.list.run", broken)
    assert main(["list", flow]) == 1
    assert ("Traceback" in capsys.readouterr().err) is (debug == "1")


class Failing(io.StringIO):
    """A stream that cannot be written."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


def test_streams_that_cannot_be_written() -> None:
    assert write_all(None, "x") is None
    assert write_all(Failing(BrokenPipeError()), "x") is None
    assert write_all(Failing(ValueError("closed")), "x") is None
    full = OSError(28, "full")
    assert write_all(Failing(full), "x") is full


def test_a_result_that_cannot_be_written_is_no_success(
    flow: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", Failing(OSError(28, "full")))
    assert main(["list", flow]) == 1
    assert "cannot write to standard output: full" in capsys.readouterr().err


def test_a_sink_that_fills_up_gives_up_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "events"
    with EventSink(str(file), Screen()) as sink:
        assert sink._stream is not None
        sink._stream.close()
        sink._stream = Failing(OSError(28, "full"))
        for record in happy():
            sink.record(record)
    assert capsys.readouterr().err.count("the run goes on") == 1
    with EventSink(None, Screen()) as sink:
        sink.record(happy()[0])


def test_many_warnings_of_one_rule_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    faults = [Fault("r", f"m{n}", severity="warning") for n in range(5)]
    Screen().warnings(faults)
    assert capsys.readouterr().err.splitlines()[-1] == "  and 2 more of r (-v shows them)"
    Screen().warnings(faults, verbose=True)
    assert "more of" not in capsys.readouterr().err


def test_errors_as_diagnostics() -> None:
    strict = diagnostics(LinkError([Fault("a", "x", severity="warning"), Fault("b", "y")]))
    assert [d.severity for d in strict] == ["error", "error"]
    (syntax,) = diagnostics(SyntaxFault("odd", text="$x..y", offset=3))
    assert syntax.details == ("$x..y", "   ^")


def test_json_is_indented_on_a_terminal(
    flow: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["list", flow, "--json"]) == 0
    assert stream.getvalue().startswith('{\n  "file"')
    assert json.loads(stream.getvalue())["title"] == "Jobs"
    assert Screen().width == 120
    capsys.readouterr()
