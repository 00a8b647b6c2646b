"""The whole command in processes of its own: exit codes, streams, messages."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from arazzo_runner._version import __version__
from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.help import command_help, main_help
from tests.cli.flows import FLOW, arazzo, environment, write_flow
from tests.support.answers import Answer, json_answer, slow
from tests.support.endpoint import Endpoint
from tests.support.goldens import check_golden
from tests.support.terminal import in_terminal

GOLDENS = Path(__file__).parent / "goldens"
KEY = ("--auth", "key=k3y-1")
INPUTS = ("-i", "name=a", "-i", "size=7", "-i", "mode=fast")
CREATED = json_answer({"id": "j1"}, status=201)


def job(status: str, **more: Any) -> Answer:
    return json_answer({"status": status, **more})


@pytest.fixture
def flow(tmp_path: Path) -> str:
    return write_flow(tmp_path)


# -- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_pages(name: str | None) -> None:
    page = main_help() if name is None else command_help(COMMANDS[name])
    check_golden(GOLDENS / f"help-{(name or 'arazzo').replace(' ', '-')}.txt", page)
    words = () if name is None else name.split()
    done = arazzo(*words, "--help")
    assert (done.returncode, done.stdout, done.stderr) == (0, page, "")


def test_other_ways_to_help_and_version() -> None:
    assert arazzo("help", "run").stdout == command_help(COMMANDS["run"])
    assert arazzo("help", "aws", "whoami").stdout == command_help(COMMANDS["aws whoami"])
    assert arazzo("-h").stdout == main_help()
    for words in (("runs", "--help"), ("help", "runs")):
        page = arazzo(*words).stdout
        assert page.startswith("Usage: arazzo runs COMMAND")
        assert "runs resume" in page
        assert "aws whoami" not in page
    assert arazzo("--version").stdout == f"arazzo {__version__}\n"
    alone = arazzo()
    assert (alone.returncode, alone.stdout, alone.stderr) == (2, "", main_help())


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from arazzo_runner.cli.main import main; main(['--help']); "
        "heavy = {'argparse', 'dataclasses', 'yaml', 'httpx', 'json', 'inspect'}; "
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# -- errors before the run -----------------------------------------------------------------------

WRONG: dict[str, tuple[tuple[str, ...], int]] = {
    "no-such-command": (("rum", "flow.yaml"), 2),
    "no-such-global-option": (("--verison",), 2),
    "no-file": (("run",), 2),
    "misspelt-option": (("run", "flow.yaml", "--tiemout", "5"), 2),
    "bad-duration": (("run", "flow.yaml", "--timeout", "soon"), 2),
    "json-and-events": (("run", "flow.yaml", "--json", "--events", "-"), 2),
    "events-nowhere": (("run", "flow.yaml", "--events", "no/such/folder/x"), 2),
    "misspelt-workflow": (("run", "two.yaml", "run-jib"), 2),
    "which-workflow": (("run", "two.yaml"), 2),
    "not-an-integer": (("run", "flow.yaml", "-i", "name=a", "-i", "size=big"), 2),
    "two-bad-inputs": (("run", "flow.yaml", "-i", "size=big", "-i", "tags=a,b"), 2),
    "missing-inputs": (("run", "flow.yaml", "-i", "name=a"), 2),
    "unknown-server": (("run", "flow.yaml", *INPUTS, "--server", "jbos=http://127.0.0.1:1"), 2),
    "unknown-server-var": (("run", "flow.yaml", *INPUTS, "--server-var", "jbos.a=b"), 2),
    "file-missing": (("run", "missing.yaml"), 3),
    "a-folder": (("list", "."), 3),
    "not-yaml": (("list", "broken.yaml"), 3),
    "not-arazzo": (("run", "api.yaml"), 3),
    "description-missing": (("run", "lonely.yaml", *INPUTS), 3),
    "operation-missing": (("run", "noop.yaml", *INPUTS), 3),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_before_the_run(tmp_path: Path, name: str) -> None:
    write_flow(tmp_path)
    second = FLOW.partition("workflows:\n")[2].replace("run-job", "other")
    (tmp_path / "two.yaml").write_text(FLOW + second)
    (tmp_path / "broken.yaml").write_text("arazzo: [1.0.1\ninfo: {")
    (tmp_path / "lonely.yaml").write_text(FLOW.replace("api.yaml", "nowhere.yaml"))
    (tmp_path / "noop.yaml").write_text(FLOW.replace("Id: getJob", "Id: getJobb"))
    words, code = WRONG[name]
    done = arazzo(*words, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    text = done.stderr.replace(str(tmp_path), "FOLDER")
    check_golden(GOLDENS / f"error-{name}.txt", text)
    assert (done.returncode, done.stdout) == (code, "")


def test_errors_before_the_run_as_json(flow: str) -> None:
    done = arazzo("run", flow, "-i", "size=x", "--json")
    data = json.loads(done.stdout)
    assert done.returncode == 2
    assert (data["status"], data["error"]["kind"]) == ("failed", "inputs")
    assert data["error"]["problems"] == ["-i size=x: 'x' is not an integer"]


def test_a_defect_is_one_line(flow: str) -> None:
    code = (
        "import sys, arazzo_runner.cli.list as m; from arazzo_runner.cli.main import main\n"
        "def broken(*_): raise RuntimeError('multi\\nline')\n"
        "m.run = broken; sys.exit(main(['list', 'x']))"
    )
    for debug in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment(ARAZZO_DEBUG=debug),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert ("Traceback" in done.stderr) is (debug == "1")
        assert done.stderr.splitlines()[-1].startswith(
            "internal error: RuntimeError: multi line; please report it"
        )


# -- runs ----------------------------------------------------------------------------------------


def run(flow: str, script: list[Answer], *words: str) -> subprocess.CompletedProcess[str]:
    with Endpoint(script) as endpoint:
        done = arazzo("run", flow, *INPUTS, "--server", f"jobs={endpoint.url}", *words)
    assert "Traceback" not in done.stderr
    return done


def test_a_run_for_people(flow: str) -> None:
    script = [CREATED, job("running"), job("done", result={"a": 1})]
    done = run(flow, script, "--poll-interval", "50ms", "--auth", "key=k3y-1")
    assert done.returncode == 0
    assert done.stdout == 'status: done\nresult:\n  {\n    "a": 1\n  }\n'
    lines = [re.sub(r"\d+(\.\d)? m?s$", "TIME", line) for line in done.stderr.splitlines()]
    assert lines == [
        "▸ run-job",
        "✓ create  201  TIME",
        "… wait  200  status running",
        "✓ wait  200  status done  2 times  TIME",
        "completed in TIME",
    ]


def test_a_run_for_scripts(flow: str) -> None:
    done = run(flow, [CREATED, job("done")], "--json", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert data["status"] == "completed"
    assert data["outputs"] == {"status": "done"}
    assert data["missingOutputs"] == ["result"]
    assert [step["stepId"] for step in data["steps"]] == ["create", "wait"]
    assert done.stdout.count("\n") == 1


def test_what_is_missing_is_said(flow: str) -> None:
    done = run(flow, [CREATED, job("done")])
    assert done.stdout == "status: done\n"
    assert "no value for: result" in done.stderr


def test_a_failed_run(flow: str) -> None:
    done = run(flow, [json_answer({"message": "the name is taken"}, status=409)])
    assert done.returncode == 1
    assert "'$statusCode == 201' is false: $statusCode is 409" in done.stderr
    assert '{"message": "the name is taken"}' in done.stderr
    assert f"{flow}:" in done.stderr


def test_a_guard(flow: str) -> None:
    done = run(flow, [CREATED, job("running")], "--timeout", "1.5", "--poll-interval", "5")
    assert done.returncode == 4
    assert "error[deadline]: stopped: " in done.stderr
    assert "--timeout" in done.stderr


def test_events_on_standard_output_and_in_a_file(flow: str, tmp_path: Path) -> None:
    done = run(flow, [CREATED, job("done")], "--events", "-", "--auth", "key=k3y-1")
    names = [json.loads(line)["record"] for line in done.stdout.splitlines()]
    assert names[0] == "WorkflowStarted"
    assert names[-1] == "RunFinished"
    file = tmp_path / "events.jsonl"
    done = run(flow, [CREATED, job("done")], "--events", str(file), "--auth", "key=k3y-1")
    assert [json.loads(line)["record"] for line in file.read_text().splitlines()] == names
    assert done.stdout == "status: done\n"


def test_verbose_shows_every_comparison(flow: str) -> None:
    done = run(flow, [CREATED, job("done")], "-v")
    assert "'$statusCode == 201' is true: $statusCode is 201" in done.stderr
    assert "> POST http://127.0.0.1:" in done.stderr


def test_a_secret_input_is_masked_everywhere(flow: str, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    words = ("-i", "key=s3cret-key", "-v", "--events", str(file), "--json")
    done = run(flow, [CREATED, job("s3cret-key")], *words)
    assert done.returncode == 0
    for text in (done.stdout, done.stderr, file.read_text()):
        assert "s3cret-key" not in text
        assert "•••" in text or "\\u2022" in text


def test_unknown_inputs_are_warnings(flow: str) -> None:
    done = run(flow, [CREATED, job("done")], "-i", "nmae=x")
    assert done.returncode == 0
    assert "declares no input 'nmae' (did you mean 'name'?)" in done.stderr


def test_inputs_from_standard_input(flow: str) -> None:
    with Endpoint([CREATED, job("done")]) as endpoint:
        inputs = json.dumps({"name": "a", "size": 7, "mode": "fast"})
        server = f"jobs={endpoint.url}"
        done = arazzo("run", flow, "--inputs", "-", "--server", server, stdin=inputs)
    assert done.returncode == 0
    assert json.loads(endpoint.requests[0].body) == {"name": "a", "size": 7}


def command(flow: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "arazzo_runner", "run", flow, *INPUTS, *words]


# -- interruptions and broken streams ------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_an_interruption_says_what_was_going_on(
    flow: str, number: signal.Signals, words: tuple[str, ...]
) -> None:
    with Endpoint([CREATED, job("running")]) as endpoint:
        process = subprocess.Popen(
            command(flow, *words, "--server", f"jobs={endpoint.url}", "--poll-interval", "20"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        deadline = time.monotonic() + 20
        while len(endpoint.requests) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted while waiting for wait (status running)" in err
    assert "Traceback" not in err
    if words:
        data = json.loads(out)
        assert data["error"]["kind"] == "interrupted"
        assert [step["stepId"] for step in data["steps"]] == ["create", "wait"]


def shell(line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = line.replace("ARAZZO", f"{sys.executable} -m arazzo_runner")
    return subprocess.run(
        ["/bin/bash", "-c", command],
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_closed_pipe_is_no_error(flow: str) -> None:
    done = shell(f"(sleep 0.5; ARAZZO list {flow}; echo code $? >&2) | true")
    assert done.stderr == "code 0\n"


@pytest.mark.parametrize("stream", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams_are_no_error(flow: str, stream: str) -> None:
    done = shell(f"ARAZZO list {flow} {stream}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is missing")
def test_a_full_disk_is_said(flow: str, tmp_path: Path) -> None:
    done = shell(f"ARAZZO list {flow} > /dev/full")
    assert done.returncode == 1
    assert done.stderr == (
        "error[output]: cannot write to standard output: No space left on device\n"
    )
    done = run(flow, [CREATED, job("done")], "--events", "/dev/full")
    assert done.returncode == 0
    assert "cannot write to '/dev/full' any more: No space left on device" in done.stderr


def test_an_encoding_that_knows_no_umlauts(tmp_path: Path) -> None:
    flow = write_flow(tmp_path, FLOW.replace("Create a job", "Größe ✓"))
    done = shell(f"ARAZZO list {flow}", PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert "Gr\\xf6\\xdfe \\u2713" in done.stdout
    done = shell(f"ARAZZO list {flow} --json", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert "Größe ✓" in json.loads(done.stdout)["workflows"][0]["summary"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_our_own_signs_in_encodings_without_them(flow: str, encoding: str) -> None:
    old = {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    script = [CREATED, job("running"), job("x" * 999)]
    words = ("-i", "key=hunter22", "--auth", "key=k3y-1", "-v", "--poll-interval", "50ms")
    with Endpoint(script) as endpoint:
        done = subprocess.run(
            command(flow, *words, "--server", f"jobs={endpoint.url}"),
            capture_output=True,
            env=environment(**old),
            check=False,
        )
    text = done.stderr.decode(encoding)
    assert done.returncode == 0
    assert "> run-job" in text
    assert "+ create" in text
    assert "\\u" not in text
    for page in ("--help", "run --help", "rules"):
        done = subprocess.run(
            [sys.executable, "-m", "arazzo_runner", *page.split()],
            capture_output=True,
            env=environment(**old),
            check=False,
        )
        assert done.returncode == 0
        assert len(done.stdout) > 1000
        assert b"\\u" not in done.stdout


def test_documents_on_standard_output_are_utf_8(tmp_path: Path) -> None:
    flow = write_flow(tmp_path, FLOW.replace("title: Jobs", "title: Größe ✓"))
    old = environment(PYTHONUTF8="0", PYTHONIOENCODING="cp1252", XDG_CACHE_HOME=str(tmp_path / "c"))
    for words, begins in (
        (["graph", flow, "--format", "svg"], b"<svg"),
        (["graph", flow, "--format", "html"], b"<!doctype html>"),
        (["validate", flow, "--no-sources", "--format", "junit"], b"<?xml"),
        (["validate", flow, "--no-sources", "--format", "sarif"], b"{"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "arazzo_runner", *words],
            capture_output=True,
            env=old,
            check=False,
        )
        assert done.stdout.lower().startswith(begins)
        text = done.stdout.decode("utf-8")
        assert ("Größe ✓" in text) is ("html" in words)


# -- terminals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "words", "colours", "rewrites"),
    [
        ({"TERM": "xterm"}, (), True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, (), False, True),
        ({"TERM": "xterm"}, ("--no-color",), False, True),
        ({"TERM": "dumb"}, (), False, False),
    ],
)
def test_a_terminal_gets_a_live_line(
    flow: str, environ: dict[str, str], words: tuple[str, ...], *, colours: bool, rewrites: bool
) -> None:
    words = command(flow, *words, *KEY, "--poll-interval", "1.5")
    with (
        Endpoint([CREATED, job("running"), job("done")]) as endpoint,
        in_terminal(
            [*words, "--server", f"jobs={endpoint.url}"], environment(**environ)
        ) as session,
    ):
        if rewrites:
            session.until(lambda lines: lines[-1:] == ["    poll 1 · status running · next in 1 s"])
        lines = session.end()
        text = "".join(session.terminal.frames)
    assert session.process.returncode == 0
    assert lines[-2:] == ["status: done", "no value for: result"]
    assert ("\x1b[32m" in text) is colours
    assert ("\x1b[A" in text) is rewrites
    assert not any("next in" in line for line in lines)


def test_a_terminal_of_forty_columns_that_becomes_narrower(flow: str) -> None:
    script = [slow(CREATED, 1.5), job("done")]
    environ = environment(TERM="xterm", XTERM_VERSION="XTerm(1)")
    with (
        Endpoint(script) as endpoint,
        in_terminal(
            command(flow, *KEY, "--server", f"jobs={endpoint.url}"), environ, columns=40
        ) as session,
    ):
        session.until(lambda lines: len(lines) == 3 and lines[-1].endswith("/jobs"))
        session.resize(30)
        session.until(
            lambda lines: len(lines) == 3 and lines[-1].endswith("…  1 s") and len(lines[-1]) < 30
        )
        lines = session.end()
    assert [line[:8].rstrip() for line in lines[:2]] == ["▸ run-jo", "✓ create"]
    assert sum("create" in line for line in lines) == 1
    assert lines[-2:] == ["status: done", "no value for: result"]
    assert all(len(line) <= 30 for line in lines)


def test_ctrl_c_leaves_a_terminal_in_order(flow: str) -> None:
    with (
        Endpoint([slow(CREATED, 9)]) as endpoint,
        in_terminal(
            command(flow, *KEY, "--server", f"jobs={endpoint.url}"), environment(TERM="xterm")
        ) as session,
    ):
        session.until(lambda lines: len(lines) == 3 and "1 s" in lines[1])
        session.type(b"\x03")
        lines = session.end()
    assert session.process.returncode == 130
    assert lines[0] == "▸ run-job"
    assert lines[1].startswith("✗ create  the run was interrupted")
    assert lines[2].startswith("interrupted in")
    assert not any("^C" in line or "⠋" in line for line in lines)
    assert "\x1b[?25l" not in "".join(session.terminal.frames)


def test_events_on_the_same_terminal_leave_no_room_for_live_lines(flow: str) -> None:
    with (
        Endpoint([slow(CREATED, 0.5), job("done")]) as endpoint,
        in_terminal(
            command(flow, "--server", f"jobs={endpoint.url}", "--events", "-"),
            environment(TERM="xterm"),
        ) as session,
    ):
        session.end()
    assert "\x1b[A" not in "".join(session.terminal.frames)


def test_consoles_of_windows_are_asked_to_understand_escapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from arazzo_runner.cli import screen

    asked = []
    colorama = ModuleType("colorama")
    colorama.just_fix_windows_console = lambda: asked.append(True)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "colorama", colorama)
    assert screen._understands_escapes()
    assert asked == []
    monkeypatch.setattr(screen.os, "name", "nt")
    assert screen._understands_escapes()
    monkeypatch.undo()
    assert asked == [True]
