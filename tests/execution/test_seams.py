"""The same program through two journals and two performers: the same results."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

import arazzo_runner as arazzo
from arazzo_runner.execution.journal import Journal
from arazzo_runner.execution.journal_records import records_from_text, records_to_text
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from arazzo_runner.execution.performing import AsyncPerformer, Performer
from arazzo_runner.interpreter import (
    Event,
    Record,
    RequestFailed,
    ResponseArrived,
    SendRequest,
    Wait,
    WaitOver,
)
from arazzo_runner.openapi import decode_response
from arazzo_runner.testing import CannedResponses, FakeClock
from arazzo_runner.values import Redactor
from tests.execution.durable import CREATED, DONE, RUNNING, Killed, Runs, gone
from tests.support.memory_journal import MemoryJournal


def result_of(result: arazzo.RunResult) -> Any:
    """A result without what differs from run to run."""
    steps = [(s.step_id, s.status, s.attempts, s.visit, s.outputs) for s in result.steps]
    return result.status, result.outputs, steps, result.warnings, result.duration_ms


ANSWERS = [CREATED, RUNNING, RUNNING, (503, {}), RUNNING, DONE]


@pytest.mark.parametrize("door", ["sync", "async"])
def test_two_journals(door: str, tmp_path: Path) -> None:
    runs = Runs(tmp_path, door)
    memory = MemoryJournal()
    journals: list[Journal] = [memory, runs.journal()]
    results = []
    for journal in journals:
        runs.clock = FakeClock()
        results.append(result_of(runs.run(ANSWERS, journal=journal)))
    assert results[0] == results[1]
    (run_id,) = memory.entries
    stored = memory.load(run_id)
    sqlite = runs.journal()
    found = sqlite.load(sqlite.connection.execute("SELECT id FROM runs").fetchone()[0])
    same = ("workflow_id", "uri", "status", "settings", "documents", "result", "last")
    assert [getattr(stored, n) for n in same] == [getattr(found, n) for n in same]
    assert stored.records == found.records


@pytest.mark.parametrize("door", ["sync", "async"])
def test_a_run_goes_on_from_either_journal(door: str, tmp_path: Path) -> None:
    results = []
    for journal in (MemoryJournal(), None):
        folder = tmp_path / type(journal).__name__
        folder.mkdir()
        runs = Runs(folder, door)
        kept: Any = journal or runs.journal()
        with pytest.raises(Killed):
            runs.run([CREATED, RUNNING, Killed], journal=kept)
        if journal is None:
            gone(runs.path)
            kept = runs.journal()
            run_id = kept.connection.execute("SELECT id FROM runs").fetchone()[0]
        else:
            journal.close()
            (run_id,) = journal.entries
        result = runs._with(
            lambda runner, run_id=run_id: runner.resume(run_id), [DONE], {"journal": kept}
        )
        results.append(result_of(result)[:2])
    assert results[0] == results[1]


# -- performers ----------------------------------------------------------------------------------


class Worker(threading.Thread):
    """Takes effects as JSON from a queue, as a worker of a distributed engine would."""

    def __init__(self, answers: Sequence[Any]) -> None:
        super().__init__(daemon=True)
        self.answers = iter(answers)
        self.work: queue.Queue[Any] = queue.Queue()
        self.done: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []

    def run(self) -> None:
        while (text := self.work.get()) is not None:
            effect = json.loads(text)
            self.seen.append(effect["kind"])
            if effect["kind"] == "wait":
                self.done.put(json.dumps({"kind": "over"}))
                continue
            answer = next(self.answers)
            if isinstance(answer, Exception):
                self.done.put(json.dumps({"kind": "failed", "message": str(answer)}))
                continue
            status, body = answer
            data = {"kind": "answer", "status": status, "body": json.dumps(body)}
            self.done.put(json.dumps(data))


class Distributed:
    """Performs effects on a worker; its clock moves as the waits say."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self.worker = Worker(answers)
        self.worker.start()
        self.clock = FakeClock()

    def perform(self, effect: SendRequest | Wait) -> Event:
        if isinstance(effect, Wait):
            self.worker.work.put(json.dumps({"kind": "wait", "seconds": effect.seconds}))
            self.worker.done.get(timeout=10)
            self.clock.advance(effect.seconds)
            return WaitOver(self.clock.now())
        request = effect.request
        data = {"kind": "send", "method": request.method, "url": request.url}
        self.worker.work.put(json.dumps(data))
        found = json.loads(self.worker.done.get(timeout=10))
        if found["kind"] == "failed":
            return RequestFailed("network", found["message"], self.clock.now())
        headers = (("Content-Type", "application/json"),)
        response = decode_response(found["status"], headers, found["body"].encode())
        return ResponseArrived(response, self.clock.now())


class DistributedAsync:
    def __init__(self, answers: Sequence[Any]) -> None:
        self.inner = Distributed(answers)

    async def perform(self, effect: SendRequest | Wait) -> Event:
        return await asyncio.to_thread(self.inner.perform, effect)


LOST = [CREATED, RUNNING, OSError("gone")]


@pytest.mark.parametrize("door", ["sync", "async"])
@pytest.mark.parametrize("answers", [ANSWERS, LOST], ids=["done", "lost"])
def test_two_performers(door: str, answers: list[Any], tmp_path: Path) -> None:
    runs = Runs(tmp_path, door)
    plain = runs.run(answers, journal=MemoryJournal())
    performer: Performer | AsyncPerformer
    if door == "sync":
        performer = distributed = Distributed(answers)
    else:
        performer = DistributedAsync(answers)
        distributed = performer.inner
    spread = runs.run([], performer=performer, clock=distributed.clock, journal=MemoryJournal())
    assert distributed.worker.seen[:3] == ["send", "send", "wait"]
    assert result_of(spread)[:3] == result_of(plain)[:3]
    assert spread.duration_ms == plain.duration_ms


def test_a_performer_is_all_that_a_runner_needs(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "sync")

    def refuse(_: httpx.Request) -> None:
        raise AssertionError("nothing goes over the network")

    transport: Callable[..., Any] = CannedResponses([DONE], refuse)
    performer = Distributed(ANSWERS)
    runner = arazzo.Runner(
        transport=transport, performer=performer, clock=performer.clock,
        journal=SqliteJournal(runs.path),
    )  # fmt: skip
    assert runner.run(str(runs.file), "main", inputs={"name": "n"}).ok


# -- records in the journal ----------------------------------------------------------------------


def test_records_of_a_run_come_back(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "sync")
    runs.run([CREATED, RUNNING, (500, {"a": [1, {"$": "x"}]})])
    text = records_to_text(runs.records, Redactor())
    again = records_from_text(text)
    assert [type(record) for record in again] == [type(record) for record in runs.records]
    for record, other in zip(runs.records, again, strict=True):
        for field in set(record._fields) - {"request", "response"}:
            assert getattr(other, field) == getattr(record, field), field
    assert records_to_text(again, Redactor()) == text


def test_what_records_cannot_hold_is_replaced() -> None:
    from arazzo_runner.interpreter import WorkflowStarted
    from arazzo_runner.values import ABSENT

    inputs = {"b": b"\x00\x01", "a": ABSENT, "$": {"$": "Nope"}, "n": None, "f": 1.5, "t": True}
    record: Record = WorkflowStarted("w", "run", inputs, 0, 1.0)
    (again,) = records_from_text(records_to_text([record], Redactor()))
    assert isinstance(again, WorkflowStarted)
    assert again.inputs == {
        "b": "(2 bytes)", "a": ABSENT, "$": {"$": "Nope"}, "n": None, "f": 1.5, "t": True,
    }  # fmt: skip


def test_what_a_newer_version_adds_is_left_out() -> None:
    known = {
        "$": "StepStarted",
        "step_id": "s",
        "workflow_id": "w",
        "visit": 1,
        "depth": 0,
        "at": 1,
    }
    text = json.dumps([{**known, "new": 5}, {"$": "Newer"}])
    found = records_from_text(text)
    assert len(found) == 2
    assert found[0].step_id == "s"  # type: ignore[union-attr]
