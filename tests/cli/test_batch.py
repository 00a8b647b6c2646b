"""``arazzo batch``: rows of every format, results, summaries, interruptions."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.cli.batch_rows import read_rows
from arazzo_runner.cli.main import main
from arazzo_runner.errors import UsageError
from arazzo_runner.reporting.batch_report import RowSummary, summary_text
from tests.cli.flows import write_flow
from tests.support.answers import Answer, json_answer
from tests.support.endpoint import Endpoint, Received
from tests.support.junit import check_junit
from tests.support.terminal import Terminal

CSV = "name,size,mode\r\na,5,fast\r\nb,6,slow\r\nc,7,fast\r\n"
SCHEMA = {
    "properties": {
        "name": {"type": "string"}, "size": {"type": "integer"}, "on": {"type": "boolean"},
    }
}  # fmt: skip


class Shell:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.flow = write_flow(folder)
        self.rows = folder / "rows.csv"
        self.rows.write_text(CSV)
        self.journal = folder / "runs.db"
        self.capsys = capsys
        self.out = self.err = ""
        self.received: list[Received] = []

    def __call__(self, decide: Callable[[Received], Answer], *words: object) -> int:
        with Endpoint(decide) as endpoint:
            code = main([
                "batch", self.flow, "--server", f"jobs={endpoint.url}", "--inputs", str(self.rows),
                "--journal", str(self.journal), "--poll-interval", "0.02", *map(str, words),
            ])  # fmt: skip
        self.received = endpoint.requests
        self.out, self.err = self.capsys.readouterr()
        return code

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def serve(request: Received) -> Answer:
    if request.method == "POST":
        name = json.loads(request.body)["name"]
        return json_answer({"id": name}, status=500 if name == "bad" else 201)
    return json_answer({"status": "done", "result": request.target})


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    return Shell(tmp_path, capsys)


def test_a_csv_file(shell: Shell) -> None:
    assert shell(serve) == 0
    assert [line["row"] for line in shell.lines] == [1, 2, 3]
    assert shell.lines[1]["outputs"] == {"status": "done", "result": "/jobs/b"}
    assert {json.loads(r.body)["size"] for r in shell.received if r.body} == {5, 6, 7}
    assert "3 rows: 3 completed in" in shell.err


def test_rows_that_fail_are_counted_and_explained(shell: Shell, tmp_path: Path) -> None:
    shell.rows.write_text(CSV + "bad,5,fast\nbad,5,fast\nx,y,fast\n")
    junit = tmp_path / "out.xml"
    output = tmp_path / "out.jsonl"
    assert shell(serve, "--junit", junit, "-o", output) == 1
    assert shell.out == ""
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert [line["status"] for line in lines] == ["completed"] * 3 + ["failed"] * 3
    assert lines[5]["error"]["message"] == f"{shell.rows}:7: size: 'y' is not an integer"
    assert "6 rows: 3 completed, 3 failed in" in shell.err
    assert "2 times, first in row" in shell.err
    suite = check_junit(junit.read_text())
    assert (suite.get("tests"), suite.get("failures")) == ("6", "3")
    assert [case.get("name") for case in suite] == [f"row {n}" for n in range(1, 7)]
    assert suite[3][0].tag == "failure"


def test_results_come_in_the_order_of_the_rows_or_as_they_end(shell: Shell) -> None:
    looks = 0

    def first_last(request: Received) -> Answer:
        nonlocal looks
        if request.target == "/jobs/a":
            looks += 1
            return json_answer({"status": "running" if looks < 9 else "done"})
        return serve(request)

    assert shell(first_last, "--order", "ended", "-q") == 0
    assert shell.lines[-1]["row"] == 1
    assert shell.err == ""
    looks = 0
    assert shell(first_last) == 0
    assert [line["row"] for line in shell.lines] == [1, 2, 3]


def test_a_batch_goes_on(shell: Shell) -> None:
    assert shell(serve, "--max-failures", "1", "--concurrency", "1") == 0
    shell.rows.write_text("name,size,mode\na,5,fast\nbad,6,slow\nc,7,fast\n")
    assert shell(serve, "--max-failures", "1", "--concurrency", "1") == 1
    assert len(shell.lines) == 2
    assert "2 of 3 rows: 1 completed, 1 failed" in shell.err
    assert "--resume" in shell.err
    assert shell(serve, "--resume", "last") == 1
    assert [line.get("earlier") for line in shell.lines] == [True, True, None]
    assert [json.loads(r.body)["name"] for r in shell.received if r.body] == ["c"]
    assert shell(serve, "--resume", "last", "--retry-failed") == 1
    assert [json.loads(r.body)["name"] for r in shell.received if r.body] == ["bad"]
    Path(shell.flow).write_text(Path(shell.flow).read_text() + "# changed\n")
    assert shell(serve, "--resume", "last") == 2
    assert "the documents have changed" in shell.err
    assert shell(serve, "--resume", "nope") == 2
    assert "no batch 'nope'" in shell.err


def test_a_batch_that_keeps_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with Endpoint(serve) as endpoint:
        words = ["batch", shell.flow, "--server", f"jobs={endpoint.url}", "--no-journal"]
        words += ["--inputs", str(shell.rows)]
        assert main(words) == 0
        assert main([*words, "--resume", "last"]) == 2
    assert "--resume needs a journal" in shell.capsys.readouterr().err


def test_a_batch_needs_rows(shell: Shell) -> None:
    assert main(["batch", shell.flow]) == 2
    assert "a batch needs rows: --inputs FILE" in shell.capsys.readouterr().err
    shell.rows.write_text("name,size,mode\n")
    assert shell(serve) == 0
    assert "0 rows: none in" in shell.err


def test_common_inputs_and_a_rate(shell: Shell) -> None:
    shell.rows.write_text("name,size,mode\na,5,\nb,6,slow\n")
    assert shell(serve, "-i", "mode=fast", "-i", "limit=9", "--rate", "1000/s") == 0
    assert shell(serve) == 1
    assert "row 1: workflow 'run-job': input 'mode' is required" in shell.err


def test_inputs_that_the_workflow_does_not_have_are_told_once(shell: Shell) -> None:
    shell.rows.write_text("name,size,mode,sise\na,5,fast,1\nb,6,fast,2\n")
    assert shell(serve) == 0
    assert shell.err.count("'sise' is no input of the workflow") == 1
    assert "did you mean 'size'?" in shell.err
    assert "'sise'" not in (shell(serve, "-q"), shell.err)[1]


def test_results_of_before_stay_when_the_batch_cannot_begin(shell: Shell, tmp_path: Path) -> None:
    output = tmp_path / "results.jsonl"
    output.write_text("precious\n")
    shell.rows.write_text("nmae\na\n")
    assert shell(serve, "--output", output) == 2
    assert output.read_text() == "precious\n"


def test_output_that_cannot_be_written(shell: Shell, tmp_path: Path) -> None:
    assert shell(serve, "-o", tmp_path) == 2
    assert "--output: cannot write" in shell.err
    assert shell.received == []
    assert shell(serve, "--junit", tmp_path) == 2
    assert "--junit: cannot write" in shell.err
    assert shell(serve, "-o", "/dev/full") == 2
    assert "--output: cannot write to '/dev/full'" in shell.err


def test_progress(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.cli.batch._SECONDS", {True: 0.01, False: 0.01})
    looks: dict[str, int] = {}

    def running(request: Received) -> Answer:
        looks[request.target] = looks.get(request.target, 0) + 1
        if request.method == "GET" and looks[request.target] < 4:
            return json_answer({"status": "running"})
        return serve(request)

    assert shell(running) == 0
    assert "/3 rows  " in shell.err
    assert "waiting" in shell.err
    monkeypatch.setattr("arazzo_runner.cli.screen.Screen.width", 30, raising=False)
    monkeypatch.setattr("arazzo_runner.cli.screen._is_terminal", lambda _: True)
    looks.clear()
    assert shell(running) == 0
    terminal = Terminal(100)
    terminal.write(shell.err)
    assert "\x1b[2K" in shell.err
    assert [line.partition(" in ")[0] for line in terminal.shown] == ["3 rows: 3 completed"]


@pytest.mark.parametrize("twice", [False, True])
def test_an_interruption(shell: Shell, twice: bool) -> None:
    def stopping(request: Received) -> Answer:
        if request.method == "GET":
            os.kill(os.getpid(), signal.SIGTERM)
            if twice:
                time.sleep(0.1)
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.3)
        return serve(request)

    code = shell(stopping, "--concurrency", "1")
    assert code == 130
    assert "finishing the requests in flight" in shell.err
    if not twice:
        assert "go on with the rest: the same command with --resume" in shell.err
    before = [json.loads(r.body)["name"] for r in shell.received if r.body]
    assert shell(serve, "--resume", "last") == 0
    after = [json.loads(r.body)["name"] for r in shell.received if r.body]
    assert sorted(before + after) == ["a", "b", "c"]


def test_a_login_for_all(shell: Shell) -> None:
    flow = Path(shell.flow)
    named = "- workflowId: run-job\n"
    text = flow.read_text().replace(named, f"{named}    dependsOn: [login]\n")
    flow.write_text(text + """\
  - workflowId: login
    steps:
      - {stepId: look, operationId: getJob, parameters: [{name: id, in: path, value: me}]}
""")  # fmt: skip
    with Endpoint(serve) as endpoint:
        words = ["batch", shell.flow, "run-job", "--server", f"jobs={endpoint.url}"]
        words += ["--inputs", str(shell.rows), "--no-journal", "--share-depends-on"]
        assert main(words) == 0
    assert [r.target for r in endpoint.requests].count("/jobs/me") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--rate", "0/s"), "is not a rate"),
        (("--rate", "fast"), "is not a rate"),
        (("--format", "xml"), "is not csv, jsonl or json"),
        (("--order", "x"), "is not rows or ended"),
    ],
)
def test_wrong_options(shell: Shell, words: tuple[str, ...], message: str) -> None:
    assert shell(serve, *words) == 2
    assert message in shell.err


# -- rows ----------------------------------------------------------------------------------------


def rows(tmp_path: Path, text: str, name: str = "rows.csv", kind: str | None = None) -> list[Any]:
    file = tmp_path / name
    file.write_bytes(text.encode())
    found = read_rows(str(file), kind, {"common": 1}, SCHEMA, None)
    assert [row.number for row in found] == list(range(1, len(found) + 1))
    return [
        row.error.message.replace(str(file), "F") if row.error else dict(row.inputs)
        for row in found
    ]


def test_cells_are_read_by_the_schema(tmp_path: Path) -> None:
    text = '\ufeffname, size ,on\n"a,\n""b""",5,true\nc,,\n\nd,x,maybe\ne\n'
    assert rows(tmp_path, text) == [
        {"common": 1, "name": 'a,\n"b"', "size": 5, "on": True},
        {"common": 1, "name": "c"},
        "F:6: size: 'x' is not an integer; F:6: on: 'maybe' is not a boolean: write true or false",
        "F:7: 1 cells under 3 columns",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_is_between_cells(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(f'\ufeffname{delimiter}size\r\n"a{delimiter} b"{delimiter}5\r\n')
    (row,) = read_rows(str(file), None, {}, SCHEMA, {})
    assert row.inputs == {"name": f"a{delimiter} b", "size": 5}


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.ndjson", "rows"])
def test_lines_of_json(tmp_path: Path, name: str) -> None:
    found = rows(tmp_path, '{"name": "a", "common": 2}\r\n\n[1]\n{x\n{"size": null}', name)
    assert found[0] == {"name": "a", "common": 2}
    assert found[1] == "F:3: array, not an object"
    assert found[2].startswith("F:4: not JSON")
    assert found[3] == {"common": 1, "size": None}


def test_an_array_of_objects(tmp_path: Path) -> None:
    for name in ("rows.json", "rows"):
        assert rows(tmp_path, '[{"a": 1}, 5]', name) == [
            {"common": 1, "a": 1}, "F: item 2: integer, not an object",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", "csv", "has no first line"),
        ("name,name\n", "csv", "has the column 'name' twice"),
        ("name,\n", "csv", "column 2 of .* has no name"),
        ("nmae\na\n", "csv", "no column of .* is an input"),
        ('name\n"a', "csv", "rows.csv:2: not CSV"),
        ("{", "json", "is not JSON"),
        ("{}", "json", "holds object, not an array"),
    ],
)
def test_files_that_are_not_what_they_say(
    tmp_path: Path, text: str, kind: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        rows(tmp_path, text, kind=kind)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "latin.csv").write_bytes(b"\xff")
    for name, message in (
        (tmp_path / "latin.csv", "is not UTF-8"),
        (tmp_path / "none.csv", "cannot read"),
        ("a\0", "cannot read"),
    ):
        with pytest.raises(UsageError, match=message):
            read_rows(str(name), None, {}, SCHEMA, None)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        read_rows("-", None, {}, SCHEMA, None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"name": "a"}')))
    (row,) = read_rows("-", None, {}, SCHEMA, None)
    assert row.inputs == {"name": "a"}


def test_summaries() -> None:
    found = [RowSummary(n, "failed", "r", "it said no", 1.0) for n in (1, 2)]
    assert summary_text(found, 2, 0.0).splitlines() == [
        "2 rows: 2 failed in 0 ms", "  2 times, first in row 1: it said no",
    ]  # fmt: skip
