"""A journal in memory: the smallest thing that keeps runs."""

from __future__ import annotations

from arazzo_runner.errors import RunBusy, RunNotFound
from arazzo_runner.execution.journal import Entry, KeptDocument, NewRun, StoredRun

__all__ = ["MemoryJournal"]


class MemoryJournal:
    """Keeps entries in lists; the last of each kind wins."""

    def __init__(self) -> None:
        self.entries: dict[str, list[Entry]] = {}
        self.claimed: set[str] = set()
        self.cancelled: set[str] = set()
        self.commits = 0

    def commit(self, entry: Entry) -> bool:
        self.commits += 1
        if entry.after is not None:
            self.commit(entry.after)
        if entry.began is not None:
            self.claimed.add(entry.run_id)
        elif entry.run_id not in self.claimed:
            raise RunBusy("somebody else has it")
        self.entries.setdefault(entry.run_id, []).append(entry)
        if entry.release:
            self.claimed.discard(entry.run_id)
        return entry.run_id in self.cancelled

    async def commit_async(self, entry: Entry) -> bool:
        return self.commit(entry)

    def claim(self, run_id: str) -> None:
        if run_id in self.claimed:
            raise RunBusy(f"run {run_id} is carried out")
        if run_id not in self.entries:
            raise RunNotFound(f"no run {run_id}")
        self.claimed.add(run_id)

    def release(self, run_id: str) -> None:
        self.claimed.discard(run_id)

    def beat(self) -> list[str]:
        return sorted(self.cancelled)

    def close(self) -> None:
        self.claimed.clear()

    def load(self, run_id: str) -> StoredRun:
        import json

        if run_id not in self.entries:
            raise RunNotFound(f"no run {run_id}")
        entries = self.entries[run_id]
        new = entries[0].began
        assert isinstance(new, NewRun)
        rows = {event.number: event for entry in entries for event in entry.events}
        last = entries[-1]
        doubts = [entry.in_doubt for entry in entries if entry.in_doubt is not None]
        states = [entry.state for entry in entries if entry.state is not None]
        return StoredRun(
            run_id, new.workflow_id, new.uri, new.name, last.status, bool(doubts[-1]), new.settings,
            new.secret_inputs, tuple(KeptDocument(d.uri, d.name, d.text) for d in new.documents),
            states[-1], last.answer, new.state_version, new.started_at, last.at,
            None if last.result is None else json.loads(last.result),
            tuple(rows[number].records for number in sorted(rows)), max(rows, default=0),
            run_id in self.cancelled, new.teardown_of, self._teardown(run_id),
        )  # fmt: skip

    def _teardown(self, run_id: str) -> str | None:
        begun = {name: found[0].began for name, found in self.entries.items()}
        later = [name for name, new in begun.items() if new and new.teardown_of == run_id]
        return later[-1] if later else None
