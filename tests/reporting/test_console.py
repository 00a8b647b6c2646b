"""The console: golden outputs without and on a terminal, and what must never happen."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.interpreter.records import Record, RunFinished, Waiting
from arazzo_runner.reporting.console import NORMAL, QUIET, VERBOSE, Console
from arazzo_runner.reporting.text import width_of
from arazzo_runner.values import Redactor
from tests.reporting.records import T0, WORKFLOW, call, happy, poll, response, rough, step
from tests.support.goldens import check_golden

GOLDENS = Path(__file__).parent / "goldens"


def shown(records: list[Record], **options: Any) -> str:
    stream = io.StringIO()
    console = Console(stream, **options)
    for record in records:
        console.record(record)
    console.close()
    return stream.getvalue()


@pytest.mark.parametrize("name", ["happy", "rough"])
@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("plain", {"verbosity": NORMAL}),
        ("verbose", {"verbosity": VERBOSE}),
        ("terminal", {"terminal": True, "color": True, "width": 80}),
    ],
)
def test_the_whole_output(name: str, mode: str, options: dict[str, Any]) -> None:
    records = {"happy": happy, "rough": rough}[name]()
    text = shown(records, **options).replace("\x1b", "ESC").replace("\r", "CR")
    check_golden(GOLDENS / f"console-{name}-{mode}.txt", text)


def test_quiet_is_silent() -> None:
    assert shown(happy() + rough(), verbosity=QUIET, terminal=True) == ""


def test_a_poll_writes_one_line_per_changed_state_not_per_visit() -> None:
    lines = shown(list(poll(["InProgress"] * 30 + ["Completed"]))).splitlines()
    assert len(lines) == 2
    assert "trainingJobStatus InProgress" in lines[0]
    assert "trainingJobStatus Completed" in lines[1]
    assert "31 times" in lines[1]


def waiting(**changes: Any) -> Waiting:
    fields: dict[str, Any] = {
        "step_id": "poll",
        "workflow_id": WORKFLOW,
        "reason": "poll",
        "seconds": 30.0,
        "visit": 7,
        "since": T0 - 65,
        "state": {"jobStatus": "InProgress"},
        "source": "pacing",
        "depth": 0,
        "at": T0,
    }
    return Waiting(**{**fields, **changes})


def live(console: Console, stream: io.StringIO, now: float) -> str:
    stream.truncate(0)
    stream.seek(0)
    console.tick(now)
    return stream.getvalue()


def test_the_live_line_counts_down_every_second() -> None:
    stream = io.StringIO()
    console = Console(stream, terminal=True, width=80)
    console.record(waiting())
    first = stream.getvalue()
    assert first == "… poll  jobStatus InProgress · 7 times · 1:05 · next in 30 s"
    assert live(console, stream, T0 + 1) == (
        "\r\x1b[K… poll  jobStatus InProgress · 7 times · 1:06 · next in 29 s"
    )
    assert live(console, stream, T0 + 1.01) == ""  # nothing changed: nothing written
    assert live(console, stream, T0 + 99).endswith("· next in 0 s")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_the_live_line_never_wraps(width: int) -> None:
    stream = io.StringIO()
    console = Console(stream, terminal=True, width=width)
    console.record(waiting(step_id="s" * 90, state={"status": "任" * 90}))
    assert 0 < width_of(stream.getvalue()) < width


def test_a_request_in_flight_is_shown_and_a_poll_keeps_its_state() -> None:
    stream = io.StringIO()
    console = Console(stream, terminal=True, width=80)
    for record in call("get", T0):
        console.record(record)
    assert stream.getvalue() == "… get  POST http://127.0.0.1:5000/"
    console.record(waiting(step_id="get"))
    for record in call("get", T0 + 30):
        console.record(record)
    last = stream.getvalue().rpartition("\r\x1b[K")[2]
    assert last == "… get  jobStatus InProgress · 7 times · 1 min 35 s · asking"


def test_no_control_character_of_a_server_reaches_the_terminal() -> None:
    evil = "\x1b[2J\x07\u202eInProgress"
    text = shown([waiting(state={"status": evil})], terminal=True, width=200)
    assert "\x1b[2J" not in text.replace("\r\x1b[K", "")
    assert "\\x1b[2J\\x07\\u202eInProgress" in text


@pytest.mark.parametrize("verbosity", [NORMAL, VERBOSE])
@pytest.mark.parametrize("terminal", [False, True])
def test_secrets_are_masked(verbosity: int, *, terminal: bool) -> None:
    secret = "s3cret-value"
    redactor = Redactor([secret])
    records = [
        *call("poll", T0, 1, response(200, {"token": secret})),
        step("poll", outputs={"status": secret}),
        waiting(state={"status": secret}),
        step(secret, outputs={secret: secret}),
    ]
    text = shown(records, verbosity=verbosity, terminal=terminal, width=200, redactor=redactor)
    assert secret not in text
    assert "•••" in text


def test_a_stream_that_fails_never_fails_the_run() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    console = Console(Broken())
    for record in happy():
        console.record(record)
    console = Console(None)
    for record in happy():
        console.record(record)


def test_an_ascii_terminal_gets_ascii_marks() -> None:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii")
    console = Console(stream)
    for record in happy():
        console.record(record)
    assert b"+ createTrainingJob" in buffer.getvalue()


def test_what_the_run_is_busy_with() -> None:
    console = Console(None)
    assert console.doing() == "starting"
    for record in call("create", T0)[:1]:
        console.record(record)
    assert console.doing() == "at step create"
    console.record(call("create", T0)[1])
    assert console.doing() == "waiting for the answer to create"
    console.record(waiting())
    assert console.doing() == "waiting for poll (jobStatus InProgress)"
    console.record(RunFinished(WORKFLOW, "failed", {}, (), None, None, T0, T0))
    assert console.doing() == "waiting for poll (jobStatus InProgress)"
    console.record(waiting(reason="retry"))
    assert console.doing() == "waiting to send poll again"


def test_a_transferred_run_says_where_it_ended() -> None:
    end = RunFinished(WORKFLOW, "completed", {}, (), None, "other", T0, T0 + 1)
    assert shown([end]) == "completed in other in 1 s\n"


def test_outputs_of_a_step_are_shown_under_it_on_a_terminal() -> None:
    outputs = {"a": "one", "b": [1, 2], "c": None, "d": "x" * 300, "e": 5}
    finished = step("s", outputs=outputs, depth=1)
    lines = shown([finished], terminal=True, width=60, redactor=Redactor(["one!"])).splitlines()
    assert lines[1:4] == ['      a = "one"', "      b = [1, 2]", "      c = null"]
    assert width_of(lines[4]) <= 59
    assert lines[4].endswith("…")
    assert lines[5] == "      and 1 more"
    assert len(shown([finished]).splitlines()) == 1
    secret = shown([step("s", outputs={"k": "hunter22"})], terminal=True, redactor=REDACTOR)
    assert "hunter22" not in secret


REDACTOR = Redactor(["hunter22"])


def test_the_live_line_stands_where_its_workflow_does() -> None:
    text = shown([waiting(depth=2)], terminal=True)
    assert "    … poll" in text
