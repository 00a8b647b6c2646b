"""``arazzo runs`` and the options that keep runs, called as functions."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.cli.main import main
from arazzo_runner.cli.signals import interruptible
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from tests.cli.flows import write_flow
from tests.support.answers import Answer, json_answer
from tests.support.endpoint import Endpoint, Received

INPUTS = ("-i", "name=a", "-i", "size=7", "-i", "mode=fast", "-i", "key=marked-secret-9")
QUICK = ("--poll-interval", "0.02")
CREATED = json_answer({"id": "j"}, status=201)
RUNNING = json_answer({"status": "running"})
DONE = json_answer({"status": "done", "result": 5})


class Shell:
    """Commands against one endpoint and one journal."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.flow = write_flow(folder)
        self.journal = folder / "runs.db"
        self.capsys = capsys
        self.out = self.err = ""

    def __call__(self, *words: object) -> int:
        code = main([*map(str, words), "--journal", str(self.journal)])
        self.out, self.err = self.capsys.readouterr()
        assert "marked-secret-9" not in self.out + self.err
        return code

    def run(self, answers: Any, *words: str) -> int:
        with Endpoint(answers) as endpoint:
            server = ("--server", f"jobs={endpoint.url}")
            return self("run", self.flow, *INPUTS, *server, *QUICK, *words)

    def resume(self, answers: Any, *words: str, name: str = "resume") -> int:
        with Endpoint(answers) as endpoint:
            return self("runs", name, "last", "--server", f"jobs={endpoint.url}", *words)

    def killed(self, answers: Any, at: int) -> None:
        """A run whose process is gone when the journal gets its entry number ``at``."""
        real = SqliteJournal.commit
        count = 0

        def commit(journal: SqliteJournal, entry: Any) -> bool:
            nonlocal count
            count += 1
            done = real(journal, entry)
            if count == at:
                raise Gone
            return done

        SqliteJournal.commit = commit  # type: ignore[method-assign]
        try:
            with pytest.raises(Gone):
                self.run(answers)
        finally:
            SqliteJournal.commit = real  # type: ignore[method-assign]
        owner = f"{socket.gethostname().replace(' ', '_')} 99999999 1"
        self.sql("UPDATE runs SET owner = ?", owner)

    def sql(self, statement: str, *values: object) -> Any:
        connection = sqlite3.connect(self.journal, isolation_level=None)
        found = connection.execute(statement, values).fetchall()
        connection.close()
        return found

    def listed(self, *words: str) -> Any:
        assert self("runs", "list", "--json", *words) == 0
        return json.loads(self.out)


class Gone(BaseException):
    """The process is gone."""


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("ARAZZO_INPUT_KEY", raising=False)
    return Shell(tmp_path, capsys)


def test_a_run_is_listed_and_shown(shell: Shell) -> None:
    assert shell.run([CREATED, RUNNING, RUNNING, DONE]) == 0
    seen = shell.err
    assert shell("runs", "list") == 0
    assert "completed  run-job" in shell.out
    (row,) = shell.listed()
    assert (row["status"], row["requests"], row["error"]) == ("completed", 4, None)
    assert shell("runs", "show", row["runId"][:8]) == 0
    assert "result: 5" in shell.out
    assert [line.split("  ")[0] for line in shell.err.splitlines()] == [
        line.split("  ")[0] for line in seen.splitlines()
    ], "the same view as it was seen while it ran"
    assert shell("runs", "show", "last", "--json") == 0
    shown = json.loads(shell.out)
    assert (shown["status"], shown["outputs"]) == ("completed", {"status": "done", "result": 5})
    assert shown["steps"][0]["stepId"] == "create"
    assert shown["requests"] == 4
    assert shell("runs", "show", "last", "-v") == 0
    assert "POST http" in shell.err


def test_a_failed_run_is_shown_with_its_reason_and_retried(shell: Shell) -> None:
    assert shell.run([CREATED, json_answer({}, status=500)]) == 1
    assert shell.listed()[0]["error"].startswith("not satisfied: $statusCode == 200")
    assert shell("runs", "show", "last") == 0
    assert "error[criteria]" in shell.err
    assert shell.resume([], name="resume") == 2
    assert "is over: failed" in shell.err
    assert shell.resume([DONE], "-i", "key=marked-secret-9", "-i", "limit=7", name="retry") == 0
    assert shell.listed()[0]["status"] == "completed"
    assert shell.resume([], name="retry") == 2


def test_a_run_that_was_killed_goes_on(shell: Shell) -> None:
    shell.killed([CREATED, RUNNING], at=3)
    assert shell("runs", "list") == 0
    assert "stopped  run-job  at wait" in shell.out
    assert shell("runs", "show", "last") == 0
    seen = shell.err
    assert f"go on with: arazzo runs resume {shell.listed()[0]['runId'][:12]}" in seen
    assert shell.resume([]) == 2
    assert "input 'key' is secret" in shell.err
    assert shell.resume([RUNNING, DONE], "-i", "key=marked-secret-9", "--json") == 0
    assert json.loads(shell.out)["outputs"] == {"status": "done", "result": 5}
    for file in shell.journal.parent.glob("runs.db*"):
        assert b"marked-secret-9" not in file.read_bytes()


def test_a_run_goes_on_in_the_environment_that_it_began_in(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARAZZO_INPUT_KEY", "marked-secret-9")
    monkeypatch.setenv("THE_KEY", "from-the-environment")
    monkeypatch.setenv("THE_LIMIT", "limit-of-the-environment")
    flow = Path(shell.flow)
    flow.write_text(flow.read_text().replace("{type: integer, default: 3}", "{type: string}"))
    with Endpoint([CREATED, json_answer({}, status=500), DONE]) as endpoint:
        (tmp_path / "arazzo.toml").write_text(
            'inputs.tags = ["t"]\ndurable.idempotent = ["createJob"]\n'
            f'[environments.here]\nservers.jobs = "{endpoint.url}"\n'
            'credentials.key = "env:THE_KEY"\ninputs.limit = "env:THE_LIMIT"\n'
            '[environments.there]\nservers.jobs = "http://127.0.0.1:1"\n'
        )
        assert shell("run", shell.flow, *INPUTS, *QUICK, "--env", "here") == 1
        assert shell("runs", "retry", "last") == 0, shell.err
    assert "environment here" in shell.err
    assert [r.header("X-Api-Key") for r in endpoint.requests] == ["from-the-environment"] * 3
    for file in shell.journal.parent.glob("runs.db*"):
        assert b"of-the-environment" not in file.read_bytes()
        assert b"from-the-environment" not in file.read_bytes()


def test_a_run_in_doubt_asks(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARAZZO_INPUT_KEY", "marked-secret-9")
    shell.killed([], at=1)
    assert shell.listed("--status", "uncertain")[0]["status"] == "uncertain"
    assert shell.resume([]) == 1
    assert "did step 'create' do its work?" in shell.err
    assert "error[uncertain]" in shell.err
    assert "flow.yaml:" in shell.err
    assert shell.resume([], "--json") == 1
    assert json.loads(shell.out)["error"]["kind"] == "uncertain"
    assert shell.resume([CREATED, DONE], "--on-uncertain", "resend") == 0


def test_all_that_nobody_carries_out_goes_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARAZZO_INPUT_KEY", "marked-secret-9")
    assert shell("runs", "resume", "--all") == 2, "there is no journal"
    shell.killed([CREATED, RUNNING], at=3)
    shell.killed([], at=1)
    assert shell("runs", "resume") == 2
    assert shell("runs", "resume", "x", "--all") == 2
    with Endpoint([DONE]) as endpoint:
        assert shell("runs", "resume", "--all", "--server", f"jobs={endpoint.url}") == 1
    assert "did step 'create' do its work?" in shell.err
    assert sorted(row["status"] for row in shell.listed()) == ["completed", "uncertain"]
    shell.sql("DELETE FROM runs WHERE status != 'completed'")
    assert shell("runs", "resume", "--all") == 0
    assert "no run waits" in shell.err


def test_an_interruption_ends_all_of_them(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARAZZO_INPUT_KEY", "marked-secret-9")
    shell.killed([CREATED, RUNNING], at=3)
    monkeypatch.setattr("arazzo_runner.cli.runs_resume.carry_out", lambda *_: 130)
    assert shell("runs", "resume", "--all") == 130


def test_runs_are_cancelled_and_forgotten(shell: Shell) -> None:
    shell.killed([CREATED, RUNNING], at=3)
    assert shell("runs", "cancel", "last") == 0
    assert "is cancelled" in shell.err
    assert shell.listed()[0]["status"] == "cancelled"
    assert shell("runs", "rm") == 2
    assert shell("runs", "rm", "--older-than", "1h") == 0
    assert "0 runs forgotten" in shell.err
    assert shell("runs", "rm", "--older-than", "0") == 0
    assert "1 run forgotten" in shell.err
    assert shell("runs", "list") == 0
    assert shell.err == "no runs\n"
    assert shell("runs", "rm", "last") == 2
    assert shell.run([CREATED, DONE]) == 0
    assert shell("runs", "cancel", "last") == 2
    assert "is over: completed" in shell.err
    assert shell("runs", "rm", "last") == 0


def test_a_run_of_a_living_process(shell: Shell) -> None:
    shell.killed([CREATED, RUNNING], at=3)
    alive = SqliteJournal(shell.journal)
    run_id = shell.listed()[0]["runId"]
    alive.claim(run_id)
    (row,) = shell.listed()
    assert (row["status"], row["process"]["pid"]) == ("polling", os.getpid())
    assert shell("runs", "list") == 0
    assert f"process {os.getpid()}" in shell.out
    # How much of its wait is left depends on the machine: 20 ms at most.
    assert re.search(r"polling for (1?\d|20) ms more", shell.out)
    assert shell("runs", "show", "last") == 0
    assert "polling" in shell.err
    assert shell.resume([]) == 2
    assert "error[busy]" in shell.err
    assert shell("runs", "rm", "last") == 2
    assert "arazzo runs cancel" in shell.err
    assert shell("runs", "cancel", "last") == 0
    assert f"is cancelled by process {os.getpid()} shortly" in shell.err
    assert alive.beat() == [run_id]
    alive.close()


def test_a_run_is_followed_to_its_end(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.cli.runs_show._LOOK", 0.02)
    looks = 0

    def slowly(request: Received) -> Answer:
        nonlocal looks
        if request.method == "POST":
            return CREATED
        looks += 1
        time.sleep(0.05)
        return RUNNING if looks < 8 else DONE

    codes: list[int] = []
    with Endpoint(slowly) as endpoint:
        words = ["run", shell.flow, *INPUTS, "--server", f"jobs={endpoint.url}", *QUICK]
        words += ["--journal", str(shell.journal), "-q"]
        thread = threading.Thread(target=lambda: codes.append(main(words)))
        thread.start()
        while not shell.journal.exists() or not _rows(shell.journal):
            time.sleep(0.01)
        assert shell("runs", "show", "last", "-f") == 0
        thread.join()
    assert codes == [0]
    assert "completed in" in shell.err
    assert shell.err.count("create") == 1, "nothing is shown twice"
    assert "result: 5" in shell.out


def _rows(path: Path) -> bool:
    try:
        connection = sqlite3.connect(path)
        return bool(connection.execute("SELECT count(*) FROM runs").fetchone()[0])
    except sqlite3.Error:
        return False


def test_a_run_is_exported(shell: Shell, tmp_path: Path) -> None:
    shell.killed([CREATED, RUNNING], at=3)
    assert shell("runs", "export", "last") == 0
    data = json.loads(shell.out)
    assert data["secretInputs"] == ["key"]
    assert next(d["name"] for d in data["documents"]).endswith("flow.yaml")
    assert data["state"]["entry"] == "run-job"
    assert {"Noted", "WorkflowStarted"} <= {record["$"] for record in data["records"]}
    file = tmp_path / "run.json"
    assert shell("runs", "export", "last", "-o", file) == 0
    assert json.loads(file.read_text()) == data
    assert shell("runs", "export", "last", "-o", tmp_path) == 2
    assert "--output: cannot write" in shell.err


def test_a_journal_that_is_none(shell: Shell) -> None:
    shell.journal.write_text("no")
    for words in (("runs", "list"), ("runs", "cancel", "x"), ("run", shell.flow, *INPUTS)):
        assert shell(*words) == 2
        assert "error[journal]" in shell.err


def test_batches_in_the_list(shell: Shell) -> None:
    shell.killed([CREATED, RUNNING], at=3)
    shell.sql("UPDATE runs SET batch = 'b123', row = 7, owner = 'elsewhere 5 1', lease_until = 9e9")
    assert shell("runs", "list", "--batch", "b1") == 0
    assert "batch b123 row 7" in shell.out
    assert "process 5 elsewhere" in shell.out


def test_a_journal_of_the_user_s_own(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARAZZO_JOURNAL", str(tmp_path / "own.db"))
    with Endpoint([CREATED, RUNNING, DONE] * 2) as endpoint:
        words = ["run", shell.flow, *INPUTS, "--server", f"jobs={endpoint.url}", *QUICK]
        assert main([*words, "--no-journal"]) == 0
        assert not (tmp_path / "own.db").exists()
        assert main([*words, "--journal-after", "0"]) == 0
    assert main(["runs", "list"]) == 0
    assert "completed  run-job" in shell.capsys.readouterr().out
    monkeypatch.delenv("ARAZZO_JOURNAL")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", _no_home)
    assert main(["runs", "list"]) == 2
    assert "no home folder" in shell.capsys.readouterr().err
    assert main([*words, "--no-journal", "--journal", "x"]) == 2
    assert "contradict" in shell.capsys.readouterr().err


def _no_home() -> Path:
    raise RuntimeError("no home")


CLEAN = """\
  - workflowId: clean
    inputs: {type: object, properties: {id: {type: string}}}
    steps:
      - stepId: look
        operationId: getJob
        parameters: [{name: id, in: path, value: $inputs.id}]
"""


def with_last(shell: Shell, answers: Any, *words: str) -> int:
    flow = Path(shell.flow)
    if "clean" not in flow.read_text():
        flow.write_text(flow.read_text() + CLEAN)
    with Endpoint(answers) as endpoint:
        more = ("--server", f"jobs={endpoint.url}", "--finally", "clean", *QUICK, *words)
        code = shell("run", shell.flow, "run-job", *INPUTS, *more)
    assert [r.target for r in endpoint.requests][-1] == "/jobs/j"
    return code


FAILED = json_answer({}, status=500)


def test_the_last_workflow(shell: Shell) -> None:
    assert with_last(shell, [CREATED, FAILED, DONE]) == 1
    assert "clean" in shell.err
    clean, run = shell.listed()
    assert (clean["workflowId"], run["workflowId"]) == ("clean", "run-job")
    assert clean["teardownOf"] == run["runId"]
    assert shell("runs", "list") == 0
    assert f"cleans up after {run['runId'][:12]}" in shell.out
    assert shell("runs", "show", "last") == 0
    assert shell.err.index("run-job") < shell.err.index("clean")
    assert shell("runs", "show", "last", "--json") == 0
    assert json.loads(shell.out)["teardown"]["status"] == "completed"


def test_a_last_workflow_that_fails_is_told(shell: Shell) -> None:
    assert with_last(shell, [CREATED, DONE, FAILED], "--json") == 1
    found = json.loads(shell.out)
    assert (found["status"], found["teardown"]["status"]) == ("completed", "failed")
    assert "step 'look' failed" in shell.err


def test_a_last_workflow_that_was_killed_goes_on_with_its_run(shell: Shell) -> None:
    assert with_last(shell, [CREATED, DONE, DONE]) == 0
    owner = f"{socket.gethostname().replace(' ', '_')} {os.getpid()} "
    shell.sql(
        "UPDATE runs SET status = 'running', owner = ? WHERE teardown_of IS NOT NULL",
        owner,
    )
    assert shell("runs", "rm", "last") == 2
    assert f"carried out by process {os.getpid()}" in shell.err
    assert shell("runs", "cancel", "last") == 0
    assert f"cancelled by process {os.getpid()} shortly" in shell.err
    shell.sql("UPDATE runs SET owner = NULL, status = 'completed'")
    shell.sql("UPDATE runs SET updated_at = 1 WHERE teardown_of IS NULL")
    assert shell("runs", "rm", "--older-than", "1h") == 0
    assert "0 runs forgotten" in shell.err, "what comes last is not that old"
    assert shell("runs", "rm", "--older-than", "0") == 0
    assert "2 runs forgotten" in shell.err


def test_cancelling_a_stopped_run_leaves_its_last_workflow_to_be_run(shell: Shell) -> None:
    shell.killed([CREATED, RUNNING], at=3)
    shell.sql("UPDATE runs SET settings = json_set(settings, '$.teardown', 'clean')")
    assert shell("runs", "cancel", "last") == 0
    assert "ends when the workflow that comes last has run: arazzo runs resume" in shell.err
    assert shell.listed()[0]["status"] == "stopped"


def test_names_that_are_nearly_right(shell: Shell) -> None:
    assert shell.run([CREATED, DONE]) == 0
    (run,) = shell.listed()
    wrong = run["runId"][:7] + "x"
    assert shell("runs", "show", wrong) == 2
    assert f"did you mean '{run['runId'][:8]}'?" in shell.err
    assert shell("runs", "show", "lsat") == 2
    assert "did you mean 'last'?" in shell.err
    assert shell("runs", "list", "--workflow", "run-jbo") == 0
    assert "no run was of workflow 'run-jbo': did you mean 'run-job'?" in shell.err
    assert shell("runs", "list", "--workflow", "zzz") == 0
    assert "no run was of workflow 'zzz'\n" in shell.err


def test_before_anything_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARAZZO_JOURNAL", str(tmp_path / "none.db"))
    assert main(["runs", "list"]) == 0
    assert main(["runs", "list", "--json"]) == 0
    assert main(["runs", "resume", "--all"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("[]\n", "no runs\nno run waits to be gone on with\n")


def test_an_export_of_what_something_else_has_changed(shell: Shell) -> None:
    shell.killed([CREATED, RUNNING], at=3)
    shell.sql("UPDATE runs SET state = '{'")
    shell.sql("UPDATE events SET records = '5'")
    assert shell("runs", "export", "last") == 0
    found = json.loads(shell.out)
    assert (found["state"], set(found["records"])) == ("{", {5})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--on-uncertain", "x"), "is not ask, fail, resend or skip"),
        (("--probe", "x"), "is not STEP=OPERATION"),
        (("--idempotency-key", "a b"), "is not a header's name"),
    ],
)
def test_wrong_options_are_told(shell: Shell, words: tuple[str, ...], message: str) -> None:
    assert shell("run", shell.flow, *words) == 2
    assert message in shell.err
    assert shell("runs", "list", "--status", "x") == 2
    assert "is not one of running" in shell.err


def test_groups_of_commands(shell: Shell) -> None:
    assert main(["runs"]) == 2
    assert "there is: runs list" in shell.capsys.readouterr().err
    assert main(["runs", "lst"]) == 2
    assert "there is no command 'runs lst'" in shell.capsys.readouterr().err


# -- signals ---------------------------------------------------------------------------------------


def interrupted_by(
    number: signal.Signals,
    stop: Callable[[], bool],
    grace: float = 5.0,
    *,
    stopping: bool = True,
) -> Any:
    told: list[str] = []
    with interruptible(stop, lambda: stopping, told.append):
        os.kill(os.getpid(), number)
        time.sleep(grace)
    return told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_at_once_what_cannot_stop(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        interrupted_by(number, lambda: False)
    assert signal.getsignal(number) is before


def test_a_signal_lets_a_request_end() -> None:
    assert interrupted_by(signal.SIGTERM, lambda: True, 0.01) == [
        "finishing the request in flight; once more stops at once"
    ]


def test_the_grace_time_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.cli.signals.GRACE", 0.05)
    with pytest.raises(KeyboardInterrupt):
        interrupted_by(signal.SIGTERM, lambda: True)


def test_the_grace_time_is_for_the_request_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.cli.signals.GRACE", 0.01)
    assert interrupted_by(signal.SIGTERM, lambda: True, 0.05, stopping=False)


def test_the_second_signal_stops_at_once() -> None:
    def both() -> None:
        with interruptible(lambda: True, lambda: True, lambda _: None):
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        both()


def test_signals_of_another_thread_are_somebody_else_s() -> None:
    done: list[bool] = []

    def work() -> None:
        with interruptible(lambda: True, lambda: True, lambda _: None):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
