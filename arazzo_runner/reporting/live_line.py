"""The one line of a terminal that is rewritten while a run waits."""

from __future__ import annotations

from arazzo_runner.interpreter.records import RequestSent, Waiting
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.text import Style, clip, duration_text, one_line
from arazzo_runner.values import Redactor

__all__ = ["LiveLine"]


class _Wait(NamedTuple):
    record: Waiting
    state: str


class LiveLine:
    """Knows what the line says now and how to get from there to what it shall say.

    ``width`` 0 means that there is no terminal: every text is empty.
    """

    def __init__(self, redactor: Redactor, style: Style, mark: str, width: int) -> None:
        self._redactor = redactor
        self._style = style
        self._mark = mark
        self._width = width
        self._shown = ""
        self._wait: _Wait | None = None
        self._request: RequestSent | None = None
        self._poll: _Wait | None = None

    @property
    def enabled(self) -> bool:
        """Whether there is a terminal to draw on."""
        return self._width > 0

    def sending(self, record: RequestSent) -> None:
        """A request is on its way; a poll keeps showing its state meanwhile."""
        if self._wait is not None and self._wait.record.step_id == record.step_id:
            self._poll = self._wait
        else:
            self._poll = None
        self._wait = None
        self._request = record

    def polling(self, record: Waiting, state: str) -> None:
        """The run waits."""
        self._request = None
        self._wait = _Wait(record, state)

    def clear(self) -> None:
        """Nothing to show, until the next request or wait."""
        self._wait = self._request = None

    def text(self, now: float | None = None) -> str:
        """What the line says at ``now`` (seconds since the epoch); None: when it began."""
        if not self.enabled:
            return ""
        if self._wait is not None:
            line = self._waiting(self._wait, now)
        elif self._request is not None:
            line = self._sending(self._request)
        else:
            return ""
        return clip(line, self._width - 1)

    def _waiting(self, wait: _Wait, now: float | None) -> str:
        record = wait.record
        now = record.at if now is None else max(now, record.at)
        left = max(0.0, record.at + record.seconds - now)
        times = "once" if record.visit == 1 else f"{record.visit} times"
        tail = f" · {times} · {_clock(now - record.since)} · next in {_clock(left + 0.5)}"
        head = f"{'  ' * record.depth}{self._mark} {one_line(record.step_id, 40)}"
        room = self._width - 1 - len(head) - len(tail) - 2
        state = clip(wait.state, room) if room > 3 else ""
        return f"{head}  {state}{tail}" if state else f"{head}{tail}"

    def _sending(self, record: RequestSent) -> str:
        name = one_line(record.step_id, 40)
        lead = "  " * record.depth + self._mark
        if self._poll is not None:
            poll = self._poll
            times = "once" if poll.record.visit == 1 else f"{poll.record.visit} times"
            elapsed = duration_text(record.at - poll.record.since)
            return f"{lead} {name}  {poll.state} · {times} · {elapsed} · asking"
        url = one_line(self._redactor.text(record.request.url))
        return f"{lead} {name}  {record.request.method} {url}"

    def erase(self) -> str:
        """What clears the line, so that other text can be written."""
        if not self._shown:
            return ""
        self._shown = ""
        return "\r\x1b[K"

    def redraw(self, line: str) -> str:
        """What to write so that the terminal shows ``line`` instead of what it shows."""
        if line == self._shown:
            return ""
        change = f"{self.erase()}{self._style.faint(line)}"
        self._shown = line
        return change


def _clock(seconds: float) -> str:
    """``4 s`` below a minute, then ``1:05``, ``1:02:03``."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
