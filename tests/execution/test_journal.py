"""The journal's file: opened or refused clearly, written whole or not, shared by processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.errors import JournalError, RunBusy, RunNotFound
from arazzo_runner.execution import journal_queries as queries
from arazzo_runner.execution import journal_schema, process
from arazzo_runner.execution.journal import Entry, EventRow, NewRun, StoredRun
from arazzo_runner.execution.journal_file import open_journal
from arazzo_runner.execution.journal_place import default_journal
from arazzo_runner.execution.journal_records import records_from_text
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from arazzo_runner.execution.process import Owner, read_owner, this_process
from arazzo_runner.reading import Document
from tests.support.paths import REPOSITORY

TEXT = Document(
    uri="file:///flow.yaml", name="flow.yaml", data={}, text=b"arazzo: 1" * 99, is_json=False
)


def new(name: str = "main", at: float = 100.0, **more: Any) -> NewRun:
    return NewRun(name, TEXT.uri, TEXT.name, (TEXT,), {"strict": False}, ("key",), at, 1, **more)


def entry(run_id: str = "r1", status: str = "running", **more: Any) -> Entry:
    event = EventRow(1, 100.0, "Started", "s", 1, None, "[]")
    values = {"state": '{"n": 1}', "step_id": "s", "events": (event,), **more}
    return Entry(run_id, 100.0, status, **values)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def journal(path: Path) -> Any:
    found = SqliteJournal(path)
    yield found
    found.close()


# -- opening -------------------------------------------------------------------------------------


def test_a_new_journal_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "runs.db"
    with_log = SqliteJournal(path)
    with_log.commit(entry(began=new()))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    mode = with_log.connection.execute("PRAGMA journal_mode").fetchone()
    assert mode == ("wal",)
    assert with_log.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    with_log.close()


def test_it_can_be_read_with_sqlite(journal: SqliteJournal, path: Path) -> None:
    journal.commit(entry(began=new()))
    reader = sqlite3.connect(path)
    assert reader.execute("SELECT id, workflow_id, status FROM runs").fetchall() == [
        ("r1", "main", "running")
    ]
    assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    reader.close()


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (a)")
    connection.close()


def newer(path: Path) -> None:
    SqliteJournal(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def damaged(path: Path) -> None:
    journal = SqliteJournal(path)
    for number in range(40):
        journal.commit(entry(f"r{number}", state="x" * 3000, began=new()))
    journal.close()
    with path.open("r+b") as file:
        file.seek(9000)
        file.write(b"\xff" * 40_000)


def cut(path: Path) -> None:
    SqliteJournal(path).close()
    path.write_bytes(path.read_bytes()[:6000])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("name,size\n1,2\n"), "is not a journal of runs"),
        (foreign, "is a database of another program"),
        (newer, "was written by a newer version of this program"),
        (damaged, "is damaged"),
        (cut, "is damaged"),
        (lambda path: path.mkdir(), "cannot be opened: Is a directory"),
    ],
    ids=["text", "foreign", "newer", "damaged", "cut", "folder"],
)
def test_a_file_that_is_no_journal_is_refused_and_left_alone(
    make: Any, words: str, path: Path
) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else None
    for _ in range(2):
        with pytest.raises(JournalError, match=words) as caught:
            SqliteJournal(path)
        assert caught.value.hint
        assert caught.value.exit_code == 2
    if before is not None:
        assert path.read_bytes() == before


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(JournalError, match="cannot be opened"):
        SqliteJournal("a\0b")


def test_damage_that_shows_later_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged(path)
    monkeypatch.setattr("arazzo_runner.execution.journal_file._CHECKED", 0)
    journal = SqliteJournal(path)
    with pytest.raises(JournalError, match="is damaged"):
        [journal.load(f"r{number}") for number in range(40)]


def test_reading_needs_a_journal_that_is_there(path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal"):
        open_journal(path, read_only=True)
    assert not path.exists()


def test_reading_where_nothing_can_be_written(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit(entry(began=new()))
    journal.close()
    reader = open_journal(path, read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM runs")
    assert len(queries.list_runs(reader)) == 1
    reader.close()


NEXT = journal_schema.VERSION + 1


def test_an_older_journal_becomes_a_newer_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = SqliteJournal(path)
    journal.commit(entry(began=new()))
    journal.close()
    steps = (*journal_schema.MIGRATIONS, "ALTER TABLE runs ADD COLUMN label TEXT;")
    monkeypatch.setattr(journal_schema, "MIGRATIONS", steps)
    monkeypatch.setattr(journal_schema, "VERSION", NEXT)
    monkeypatch.setattr("arazzo_runner.execution.journal_file.VERSION", NEXT)
    again = SqliteJournal(path)
    assert again.connection.execute("SELECT id, label FROM runs").fetchall() == [("r1", None)]
    assert again.connection.execute("PRAGMA user_version").fetchone() == (NEXT,)
    again.close()


def test_a_migration_that_fails_leaves_the_journal_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqliteJournal(path).close()
    steps = (*journal_schema.MIGRATIONS, "ALTER TABLE runs ADD COLUMN label TEXT; NONSENSE;")
    with monkeypatch.context() as patch:
        patch.setattr(journal_schema, "MIGRATIONS", steps)
        patch.setattr(journal_schema, "VERSION", NEXT)
        patch.setattr("arazzo_runner.execution.journal_file.VERSION", NEXT)
        with pytest.raises(JournalError, match="cannot be used"):
            SqliteJournal(path)
    again = SqliteJournal(path)
    columns = [row[1] for row in again.connection.execute("PRAGMA table_info(runs)")]
    assert "label" not in columns
    again.close()


def test_where_a_user_s_runs_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARAZZO_JOURNAL", "/x/y.db")
    assert default_journal() == Path("/x/y.db")
    monkeypatch.delenv("ARAZZO_JOURNAL")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_journal() == tmp_path / "arazzo" / "runs.db"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_journal() == tmp_path / ".local" / "state" / "arazzo" / "runs.db"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_journal() == tmp_path / "Library/Application Support/arazzo/runs.db"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert default_journal() == tmp_path / "arazzo" / "runs.db"
    monkeypatch.delenv("LOCALAPPDATA")
    monkeypatch.setattr(Path, "home", _no_home)
    assert default_journal() is None


def _no_home() -> Path:
    raise RuntimeError("no home")


# -- writing -------------------------------------------------------------------------------------


def test_an_entry_is_whole_or_not_there(journal: SqliteJournal) -> None:
    journal.commit(entry(began=new()))
    bad = entry(state='{"n": 2}')._replace(events=(EventRow(2, 1.0, None, "s", 1, None, "[]"),))  # type: ignore[arg-type]
    with pytest.raises(JournalError):
        journal.commit(bad)
    assert journal.load("r1").state == '{"n": 1}'
    assert journal.commit(entry(state='{"n": 3}')) is False
    assert journal.load("r1").state == '{"n": 3}'


def test_documents_are_kept_once_and_go_with_their_last_run(journal: SqliteJournal) -> None:
    journal.commit(entry("r1", began=new()))
    journal.commit(entry("r2", began=new()))
    count = "SELECT count(*) FROM documents"
    assert journal.connection.execute(count).fetchone() == (1,)
    assert journal.load("r2").documents[0].text == TEXT.text
    queries.remove(journal.connection, ["r1"])
    assert journal.connection.execute(count).fetchone() == (1,)
    queries.remove(journal.connection, ["r2"])
    assert journal.connection.execute(count).fetchone() == (0,)
    assert journal.connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
    journal.commit(entry("r3", began=new()))  # the text is written again
    assert journal.load("r3").documents[0].text == TEXT.text


def test_runs_that_are_long_over_are_forgotten(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit(entry("old", "completed", began=new(), release=True))
    journal.commit(entry("stopped", began=new(), release=True))
    journal.close()
    again = SqliteJournal(path)
    again.commit(entry("fresh", began=new()))
    assert {row.run_id for row in queries.list_runs(again.connection)} == {"stopped", "fresh"}
    again.close()
    keeping = SqliteJournal(path, kept_days=None)
    keeping.connection.execute("UPDATE runs SET status = 'failed'")
    keeping.commit(entry("newest", began=new()))
    assert len(queries.list_runs(keeping.connection)) == 3
    keeping.close()


def test_a_state_goes_when_its_run_is_completed(journal: SqliteJournal) -> None:
    journal.commit(entry(began=new()))
    journal.commit(Entry("r1", 101.0, "failed", release=True))
    assert journal.load("r1").state is not None, "a failed run can be tried again"
    journal.commit(entry("r2", began=new()))
    journal.commit(Entry("r2", 101.0, "completed", release=True))
    assert journal.load("r2").state is None


def test_entries_of_many_runs_go_into_few_transactions(journal: SqliteJournal) -> None:
    statements: list[str] = []

    async def go() -> list[bool]:
        for number in range(50):
            await journal.commit_async(entry(f"r{number}", began=new()))
        journal.connection.set_trace_callback(statements.append)
        return await asyncio.gather(*(journal.commit_async(entry(f"r{n}")) for n in range(50)))

    assert asyncio.run(go()) == [False] * 50
    assert statements.count("COMMIT") <= 3


def test_one_entry_that_does_not_belong_here_does_not_disturb_the_others(
    journal: SqliteJournal,
) -> None:
    async def go() -> list[Any]:
        await journal.commit_async(entry("r1", began=new()))
        entries = [entry("r1"), entry("stranger"), entry("r1", state='{"n": 9}')]
        return await asyncio.gather(*map(journal.commit_async, entries), return_exceptions=True)

    first, second, third = asyncio.run(go())
    assert (first, third) == (False, False)
    assert isinstance(second, RunBusy)
    assert journal.load("r1").state == '{"n": 9}'


def test_an_entry_whose_run_is_cancelled_says_so(journal: SqliteJournal) -> None:
    journal.commit(entry(began=new()))
    assert queries.cancel(journal.connection, "r1") == "cancelling"
    assert journal.beat() == ["r1"]
    assert journal.commit(entry()) is True


def test_a_waiting_coroutine_that_is_gone_is_no_error(journal: SqliteJournal) -> None:
    async def go() -> None:
        task = asyncio.create_task(journal.commit_async(entry("r1", began=new())))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await journal.commit_async(entry("r2", began=new()))

    asyncio.run(go())
    assert len(queries.list_runs(journal.connection)) == 2


# -- whose run it is -----------------------------------------------------------------------------


def test_a_run_is_claimed_by_one_only(journal: SqliteJournal, path: Path) -> None:
    journal.commit(entry(began=new()))
    other = SqliteJournal(path)
    with pytest.raises(RunBusy, match=f"is carried out by process {os.getpid()}"):
        other.claim("r1")
    journal.release("r1")
    other.claim("r1")
    with pytest.raises(RunBusy):
        journal.commit(entry())
    other.commit(entry())
    other.close()
    journal.claim("r1")
    with pytest.raises(RunNotFound):
        journal.claim("r2")


def test_the_run_of_a_process_that_is_gone_is_free(journal: SqliteJournal) -> None:
    journal.commit(entry(began=new()))
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    for owner in (Owner(this_process().host, child.pid, ""), this_process()._replace(started="1")):
        journal.connection.execute("UPDATE runs SET owner = ?, instance = 'x'", (str(owner),))
        (row,) = queries.list_runs(journal.connection)
        assert (row.status, row.owner) == ("stopped", None)
        journal.claim("r1")


def test_a_zombie_is_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = Owner(this_process().host, child.pid, process._start_time(child.pid) or "")
    assert owner.is_here
    child.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while not owner.is_gone and time.monotonic() < deadline:
        time.sleep(0.01)
    assert owner.is_gone, "nobody has waited for it yet"
    child.communicate()
    assert owner.is_gone


def test_a_process_elsewhere_is_trusted_as_long_as_its_lease(journal: SqliteJournal) -> None:
    journal.commit(entry(began=new()))
    journal.connection.execute("UPDATE runs SET owner = 'elsewhere 7 1', instance = 'x'")
    with pytest.raises(RunBusy, match="by process 7 on elsewhere"):
        journal.claim("r1")
    assert queries.list_runs(journal.connection)[0].status == "running"
    journal.connection.execute("UPDATE runs SET lease_until = 5")
    assert queries.list_runs(journal.connection)[0].status == "stopped"
    journal.claim("r1")


def test_a_lease_is_renewed(journal: SqliteJournal) -> None:
    journal.commit(entry(began=new()))
    journal.connection.execute("UPDATE runs SET lease_until = 5")
    assert journal.beat() == []
    (until,) = journal.connection.execute("SELECT lease_until FROM runs").fetchone()
    assert until > time.time() + 100


def test_without_a_file_system_for_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_start_time", lambda _: None)
    host = socket.gethostname().replace(" ", "_")
    assert not Owner(host, os.getpid(), "5").is_gone
    assert Owner(host, 99_999_999, "5").is_gone
    assert not Owner("elsewhere", 99_999_999, "5").is_gone
    monkeypatch.setattr(os, "kill", _refused)
    assert not Owner(host, 1, "5").is_gone
    assert read_owner("h 7") == Owner("h", 7, "0")


def _refused(_pid: int, _signal: int) -> None:
    raise PermissionError


def test_a_heartbeat_that_cannot_be_written_is_no_error(journal: SqliteJournal) -> None:
    journal.connection.close()
    assert journal.beat() == []
    journal.release("r1")


# -- asking --------------------------------------------------------------------------------------


def test_runs_are_found_by_how_they_begin(journal: SqliteJournal) -> None:
    for number, run_id in enumerate(("abc1", "abc2", "a_c3")):
        journal.commit(entry(run_id, began=new(at=number)))
    find = queries.find_run
    assert find(journal.connection, "abc2") == "abc2"
    assert find(journal.connection, "a_") == "a_c3"
    assert find(journal.connection, "last") == "a_c3"
    with pytest.raises(RunNotFound, match="several runs begin with 'abc'") as caught:
        find(journal.connection, "abc")
    assert "abc1, abc2" in str(caught.value.hint)
    for name in ("", "x", "%"):
        with pytest.raises(RunNotFound, match="has no run"):
            find(journal.connection, name)
    for ask in (queries.row_of, queries.load, queries.owner_of):
        with pytest.raises(RunNotFound):
            ask(journal.connection, "x")


def test_lists_are_filtered(journal: SqliteJournal) -> None:
    journal.commit(entry("r1", began=new("a", 1.0)))
    journal.commit(entry("r2", "waiting", began=new("b", 2.0, batch="b1", row=1, row_key="k")))
    journal.commit(entry("r3", in_doubt=True, release=True, began=new("b", 3.0)))
    journal.commit(entry("r4", "interrupted", release=True, began=new("b", 4.0)))

    def ids(**options: Any) -> list[str]:
        return [row.run_id for row in queries.list_runs(journal.connection, **options)]

    assert ids() == ["r4", "r3", "r2", "r1"]
    assert ids(limit=2) == ["r4", "r3"]
    assert ids(workflow_id="a") == ["r1"]
    assert ids(statuses=["uncertain"]) == ["r3"]
    assert ids(statuses=["waiting", "interrupted"]) == ["r4", "r2"]
    assert ids(batch="b") == ["r2"]


def test_cancelling(journal: SqliteJournal) -> None:
    journal.commit(entry("r1", release=True, began=new()))
    assert queries.cancel(journal.connection, "r1") == "cancelled"
    assert queries.cancel(journal.connection, "r1") == "cancelled"
    journal.commit(entry("r2", "completed", release=True, began=new()))
    assert queries.cancel(journal.connection, "r2") == "completed"
    with pytest.raises(RunNotFound):
        queries.cancel(journal.connection, "r3")
    journal.connection.execute("BEGIN")  # nothing was left open
    journal.connection.execute("ROLLBACK")


def test_removing_what_cannot_be_removed(journal: SqliteJournal) -> None:
    with pytest.raises(sqlite3.Error):
        queries.remove(journal.connection, [[]])  # type: ignore[list-item]
    journal.connection.execute("BEGIN")
    journal.connection.execute("ROLLBACK")


@pytest.mark.parametrize("column", ["settings", "result"])
def test_a_run_that_cannot_be_read(journal: SqliteJournal, column: str) -> None:
    journal.commit(entry(began=new()))
    journal.connection.execute(f"UPDATE runs SET {column} = '{{'")
    with pytest.raises(JournalError, match="run r1 cannot be read"):
        journal.load("r1")


def test_batches_are_found(journal: SqliteJournal) -> None:
    for number, batch in enumerate(("ba1", "ba2")):
        more = {"batch": batch, "row": 1, "row_key": "k"}
        journal.commit(entry(f"r{number}", began=new("w", number, **more)))
    connection = journal.connection
    assert queries.find_batch(connection, "last", "w") == "ba2"
    assert queries.find_batch(connection, "ba1", "w") == "ba1"
    with pytest.raises(RunNotFound, match="several batches"):
        queries.find_batch(connection, "ba", "w")
    with pytest.raises(RunNotFound, match="no batch"):
        queries.find_batch(connection, "last", "other")
    assert queries.rows_of_batch(connection, "ba1") == {(1, "k"): ("r0", "running", None)}
    assert queries.batch_documents(connection, "ba1") == journal.hashes((TEXT,))


# -- disks that are full, files that may not be written ------------------------------------------


def child(code: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], cwd=REPOSITORY, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


FULL = """
import resource, sys
from arazzo_runner.errors import JournalError
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from tests.execution.test_journal import entry, new
journal = SqliteJournal(sys.argv[1])
journal.commit(entry(began=new()))
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
try:
    for number in range(10_000):
        journal.commit(entry(state='{"n": %d, "x": "%s"}' % (number, "x" * 5000)))
except JournalError as error:
    print(number, error)
"""


def test_a_disk_that_is_full_loses_only_what_it_says(path: Path) -> None:
    done = child(FULL, path)
    assert done.returncode == 0, done.stderr
    number, _, message = done.stdout.partition(" ")
    assert "cannot be written" in message
    journal = SqliteJournal(path)
    assert journal.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    state = json.loads(journal.load("r1").state or "")
    assert state["n"] == int(number) - 1, "every entry that was said to be written is there"
    journal.claim("r1")
    journal.commit(entry())
    journal.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_journal_that_may_not_be_written(path: Path) -> None:
    SqliteJournal(path).close()
    path.chmod(0o400)
    with pytest.raises(JournalError, match="read-only"):
        SqliteJournal(path)


def test_a_journal_that_is_read_only_says_so(path: Path) -> None:
    """As root may write everything, SQLite is told instead of the file system."""
    journal = SqliteJournal(path)
    journal.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalError, match="it is read-only"):
        journal.commit(entry(began=new()))
    journal.close()


def test_another_process_that_does_not_let_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.execution.journal_file._PATIENCE", 0.05)
    journal = SqliteJournal(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="was locked by another process"):
        journal.commit(entry(began=new()))
    other.execute("ROLLBACK")
    other.close()
    journal.commit(entry(began=new()))
    journal.close()


MANY = """
import sys
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from tests.execution.test_journal import entry, new
journal = SqliteJournal(sys.argv[1])
for number in range(50):
    journal.commit(entry(f"{sys.argv[2]}-{number}", began=new()))
journal.close()
"""


def test_several_processes_write_one_journal(path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", MANY, str(path), str(n)], cwd=REPOSITORY)
        for n in range(3)
    ]
    assert [each.wait(60) for each in children] == [0, 0, 0]
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM runs").fetchone() == (150,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


CLAIM = """
import sys, time
from arazzo_runner.errors import RunBusy
from arazzo_runner.execution.journal_sqlite import SqliteJournal
journal = SqliteJournal(sys.argv[1])
sys.stdin.readline()
try:
    journal.claim("r1")
except RunBusy as error:
    print("busy")
else:
    print("mine", flush=True)
    sys.stdin.readline()
"""


def test_of_several_processes_one_gets_the_run(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.commit(entry(release=True, began=new()))
    journal.close()
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, str(path)],
            cwd=REPOSITORY,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    for each in children:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    lines = []
    for each in children:
        assert each.stdout is not None
        lines.append(each.stdout.readline().strip())
    for each in children:
        each.communicate("\n")
    assert sorted(lines) == ["busy", "busy", "busy", "mine"]


# -- what another program put there ----------------------------------------------------------------

_COLUMNS = [
    *(("runs", name) for name in (
        "workflow_id", "uri", "name", "status", "step_id", "wake_at", "started_at", "updated_at",
        "state_version", "settings", "secret_inputs", "result", "owner", "lease_until", "batch",
        "row",
    )),
    *(("events", name) for name in ("count", "records")),
    ("documents", "text"),
    *(("run_documents", name) for name in ("uri", "name")),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), _COLUMNS, ids=".".join)
@pytest.mark.parametrize(
    "value", [b"\xff\x00", "{", "[1]", "zzz", -1, float("inf"), '[{"$":"StepFinished"}]'], ids=repr
)
def test_what_is_out_of_place_is_one_clear_error(
    journal: SqliteJournal, table: str, column: str, value: Any
) -> None:
    rows = (EventRow(1, 1.0, "Started", None, 0, None, "[]"),)
    journal.commit(entry(events=rows, began=new()))
    run = journal.connection.execute
    run("PRAGMA foreign_keys = OFF")
    run(f"UPDATE {table} SET {column} = ?", (value,))
    for ask in (queries.row_of, queries.load, queries.owner_of, queries.cancel):
        with contextlib.suppress(JournalError):
            found = ask(journal.connection, "r1")
            if isinstance(found, StoredRun):
                for text in found.records:
                    records_from_text(text)
    with contextlib.suppress(JournalError):
        queries.list_runs(journal.connection)
    run("BEGIN")  # nothing was left open
    run("ROLLBACK")
