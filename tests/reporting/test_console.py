"""The console: golden outputs without and on a terminal, and what must never happen."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.interpreter.records import (
    Noted,
    Record,
    RequestLost,
    RequestSent,
    RunFinished,
    StepStarted,
    Waiting,
    WorkflowStarted,
)
from arazzo_runner.reporting.console import NORMAL, QUIET, VERBOSE, Console
from arazzo_runner.reporting.live_region import LiveRegion
from arazzo_runner.reporting.text import width_of
from arazzo_runner.values import Redactor
from tests.reporting.records import (
    POST,
    T0,
    WORKFLOW,
    call,
    happy,
    poll,
    response,
    rough,
    started,
    step,
)
from tests.support.goldens import check_golden
from tests.support.terminal import Terminal

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


def drawn(records: list[Record], now: float = T0, columns: int = 80, **options: Any) -> list[str]:
    """What stands on a terminal after the records, at a time."""
    terminal = Terminal(columns)
    console = Console(terminal, terminal=True, size=terminal.size, **options)
    for record in records:
        console.record(record)
    console.tick(now)
    return terminal.shown


def test_a_request_in_flight() -> None:
    records = call("get", T0)
    assert drawn(records) == ["⠋ get", "    POST http://127.0.0.1:5000/"]
    assert drawn(records, T0 + 2.35)[1:] == ["    POST http://127.0.0.1:5000/  2 s"]
    assert drawn(records, T0 + 65.0)[0][1:] == " get  1:05"


def test_a_poll_counts_down() -> None:
    records = [*call("poll", T0 - 1, 7, response()), waiting()]
    assert drawn(records) == [
        "… poll  1:05",
        "    POST http://127.0.0.1:5000/  200  12 ms",
        "    poll 7 · jobStatus InProgress · next in 30 s",
    ]
    assert drawn(records, T0 + 1)[2].endswith("· next in 29 s")
    assert drawn(records, T0 + 99)[2].endswith("· next in 0 s")


def test_a_poll_that_asks_keeps_its_state() -> None:
    records = [waiting(), *call("poll", T0 + 30, 8)]
    assert drawn(records, T0 + 30) == [
        "⠋ poll  1:35",
        "    POST http://127.0.0.1:5000/",
        "    poll 8 · jobStatus InProgress · asking",
    ]


def test_a_poll_without_outputs_says_how_it_was_answered() -> None:
    records = [*call("poll", T0 - 1, 1, response(202)), waiting(state={}, visit=1)]
    assert drawn(records)[-1] == "    poll 1 · 202 · next in 30 s"


def test_a_retry_counts_down_and_the_attempt_before_stays() -> None:
    wait = waiting(step_id="get", reason="retry", source="Retry-After", state={}, since=T0)
    records = [*call("get", T0, 1, response(503)), wait]
    assert drawn(records, T0 + 18) == [
        "! get  503, again in 30 s (Retry-After)",
        "… get  18 s",
        "    POST http://127.0.0.1:5000/  503  12 ms",
        "    retry · 503 · again in 12 s (Retry-After)",
    ]
    again = RequestSent("get", WORKFLOW, POST, 2, 0, T0 + 30)
    assert drawn([*records, again], T0 + 30)[2:] == [
        "    POST http://127.0.0.1:5000/  attempt 2",
        "    retry · 503 · sent again",
    ]


def test_called_workflows_are_inside_the_steps_that_run_them() -> None:
    records = [
        started(),
        StepStarted("outer", WORKFLOW, 1, 0, T0 - 3),
        WorkflowStarted("child", "step", {}, 1, T0 - 3),
        StepStarted("inner", "child", 1, 1, T0 - 2),
        RequestSent("inner", "child", POST, 1, 1, T0 - 2),
    ]
    assert drawn(records) == [
        "▸ train-and-poll-job",
        "  ▸ child (step)",
        "⠋ outer  runs child  3 s",
        "  ⠋ inner  2 s",
        "      POST http://127.0.0.1:5000/  2 s",
    ]
    assert drawn([*records, RequestLost("inner", "child", "timeout", "", 1, 1, T0)])[-1] == (
        "      POST http://127.0.0.1:5000/  no answer (timeout)"
    )


@pytest.mark.parametrize("columns", [10, 20, 40, 60, 80, 200])
def test_no_live_line_is_wider_than_the_terminal(columns: int) -> None:
    request = POST._replace(url="http://127.0.0.1/" + "任" * 200)
    records = [
        StepStarted("s" * 90, WORKFLOW, 1, 0, T0),
        RequestSent("s" * 90, WORKFLOW, request, 12, 0, T0),
        waiting(step_id="s" * 90, state={"status": "任" * 90}),
    ]
    for at in (T0, T0 + 4000):
        lines = drawn(records, at, columns)
        assert len(lines) == 3
        assert all(width_of(line) < columns for line in lines)


def test_more_open_steps_than_rows_show_the_innermost() -> None:
    terminal = Terminal(40, 5)
    console = Console(terminal, terminal=True, size=terminal.size)
    for depth in range(9):
        console.record(StepStarted(f"step{depth}", WORKFLOW, 1, depth, T0))
    for moment in range(3):
        console.tick(T0 + moment / 10)
    assert [line.split()[1] for line in terminal.everything] == ["step5", "step6", "step7", "step8"]


def test_a_frame_is_one_write_and_nothing_is_written_when_nothing_changes() -> None:
    terminal = Terminal()
    console = Console(terminal, terminal=True, size=terminal.size)
    for record in [*happy()[:-2], waiting()]:
        console.record(record)
    assert terminal.frames == []
    console.tick(T0)
    console.tick(T0 + 0.01)
    assert len(terminal.frames) == 1
    console.tick(T0 + 1)
    assert len(terminal.frames) == 2
    console.close()
    console.tick(T0 + 2)
    assert len(terminal.frames) == 3
    assert not any("poll 7" in line for line in terminal.shown)


def test_finished_steps_scroll_away_in_order() -> None:
    terminal = Terminal(60, 10)
    console = Console(terminal, terminal=True, size=terminal.size)
    for number in range(500):
        for record in call(f"step{number}", T0 + number, 1, response()):
            console.record(record)
        if number % 3 == 0:
            console.tick(T0 + number)
        console.record(step(f"step{number}"))
    console.close()
    assert [line.split()[:2] for line in terminal.everything] == [
        ["✓", f"step{number}"] for number in range(500)
    ]


def test_the_lines_of_a_narrow_terminal_are_folded_between_words() -> None:
    words = "the answer has none of the three fields that its schema requires"
    note = Noted("r", words, None, None, T0)
    assert drawn([note], columns=30) == [
        "! the answer has none of the",
        "    three fields that its",
        "    schema requires",
    ]
    assert shown([note]) == f"! {words}\n"


def test_a_terminal_that_becomes_narrower_is_drawn_anew() -> None:
    terminal = Terminal(80)
    console = Console(terminal, terminal=True, size=terminal.size, reflows=False)
    for record in [started(), *call("poll", T0 - 1, 7, response()), waiting()]:
        console.record(record)
    console.tick(T0)
    for columns in (40, 30, 70):
        terminal.resize(columns)
        console.tick(T0 + 1)
        assert [line[:10] for line in terminal.shown] == [
            "▸ train-an", "… poll  1:", "    POST h", "    poll 7"
        ]  # fmt: skip
    assert terminal.shown[-1] == "    poll 7 · jobStatus InProgress · next in 29 s"


def test_what_the_terminal_broke_anew_is_erased() -> None:
    region = LiveRegion()
    region.frame("", ["x" * 70, "y" * 20], 80)
    assert region.frame("", ["z"], 30).count("\x1b[A\x1b[2K") == 4
    assert LiveRegion(reflows=False).frame("", [], 30) == ""


def test_after_another_program_wrote_the_lines_are_drawn_below() -> None:
    terminal = Terminal()
    console = Console(terminal, terminal=True, size=terminal.size)
    console.record(waiting())
    console.tick(T0)
    terminal.write("[1]+  Stopped\n$ fg\n")
    console.forget()
    console.tick(T0 + 5)
    assert terminal.shown[2:5] == ["[1]+  Stopped", "$ fg", "… poll  1:10"]


def test_no_control_character_of_a_server_reaches_the_terminal() -> None:
    evil = "\x1b[2J\x07\u202eInProgress"
    terminal = Terminal(200)
    console = Console(terminal, terminal=True, size=terminal.size)
    console.record(waiting(state={"status": evil}))
    console.tick(T0)
    text = "".join(terminal.frames)
    assert "\x1b[2J" not in text
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
    text += "".join(drawn(records, columns=200, redactor=redactor))
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
