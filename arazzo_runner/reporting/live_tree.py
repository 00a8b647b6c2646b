"""What is unfinished in a run, as a tree of few lines: open steps, the request, the wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from arazzo_runner.interpreter.records import (
    RequestLost,
    RequestSent,
    ResponseReceived,
    StepStarted,
    Waiting,
    WorkflowStarted,
)
from arazzo_runner.reporting.text import Style, clip, duration_text, one_line, width_of
from arazzo_runner.values import Redactor

__all__ = ["LiveTree"]

_TURNS: Final = 10  # of the spinner, per second


class _Open:
    """A step that has begun."""

    __slots__ = ("answer", "asking", "name", "request", "runs", "sent_at", "since", "state", "wait")

    def __init__(self, name: str, since: float) -> None:
        self.name = name
        self.since = since
        self.request: RequestSent | None = None
        self.sent_at = since
        self.asking = False  # a request is on its way
        self.answer = ""  # how the last request ended
        self.wait: Waiting | None = None
        self.state = ""
        self.runs = ""  # the workflow it runs


class LiveTree:
    """Follows the records of a run; ``lines`` says what is open at a time.

    Records of runs that do not fit each other cost a line too many, nothing else.
    """

    def __init__(self, redactor: Redactor, style: Style, spinner: str, mark: str) -> None:
        self._redactor = redactor
        self._style = style
        self._spinner = spinner
        self._mark = mark
        self._steps: dict[int, _Open] = {}  # by depth

    # -- what happens ------------------------------------------------------------------------

    def workflow_started(self, record: WorkflowStarted) -> None:
        """A workflow begins; the step above runs it."""
        self.over(record.depth)
        above = self._steps.get(record.depth - 1)
        if above is not None:
            above.runs = self._name(record.workflow_id)

    def step_started(self, record: StepStarted) -> None:
        """A step begins; a polled one goes on."""
        step = self._steps.get(record.depth)
        self.over(record.depth + 1)
        name = self._name(record.step_id)
        if step is None or step.name != name or step.wait is None:
            self._steps[record.depth] = _Open(name, record.at)

    def sent(self, record: RequestSent) -> None:
        """A request is on its way."""
        step = self._of(record.depth, record.step_id, record.at)
        step.request, step.sent_at, step.asking, step.answer = record, record.at, True, ""

    def answered(self, record: ResponseReceived) -> None:
        """Its answer is there."""
        took = duration_text(record.duration_ms / 1000)
        self._ended(record.depth, f"{record.response.status}  {took}")

    def lost(self, record: RequestLost) -> None:
        """No answer came."""
        self._ended(record.depth, f"no answer ({record.kind})")

    def waiting(self, record: Waiting, state: str) -> None:
        """The run waits; ``state`` is what the step is in, or how its last request ended."""
        step = self._of(record.depth, record.step_id, record.at)
        step.wait, step.state, step.since, step.asking = record, state, record.since, False

    def over(self, depth: int) -> None:
        """Nothing is open at that depth and below it any more."""
        for each in [each for each in self._steps if each >= depth]:
            del self._steps[each]

    def _of(self, depth: int, step_id: str, at: float) -> _Open:
        step = self._steps.get(depth)
        name = self._name(step_id)
        if step is None or step.name != name:
            step = self._steps[depth] = _Open(name, at)
        return step

    def _ended(self, depth: int, answer: str) -> None:
        step = self._steps.get(depth)
        if step is not None:
            step.answer, step.asking = answer, False

    def _name(self, name: str) -> str:
        return one_line(self._redactor.text(name), 60)

    # -- what is shown -----------------------------------------------------------------------

    def lines(self, now: float, columns: int, rows: int) -> list[str]:
        """The open steps at ``now`` (seconds since the epoch), each line within the columns.

        When there are more than ``rows`` the outer ones are left out.
        """
        lines: list[str] = []
        for depth in sorted(self._steps):
            lines.extend(self._step(self._steps[depth], "  " * min(depth, 8), now, columns))
        return lines[-rows:] if rows > 0 else []

    def _step(self, step: _Open, lead: str, now: float, columns: int) -> list[str]:
        style = self._style
        now = max(now, step.sent_at, step.wait.at if step.wait else 0.0)
        turn = int(now * _TURNS) % len(self._spinner)
        mark = self._mark if step.wait and not step.asking else self._spinner[turn]
        runs = f"  runs {step.runs}" if step.runs else ""
        elapsed = f"  {_clock(now - step.since)}" if now - step.since >= 1 else ""
        lines = [
            _painted(
                columns,
                (f"{lead}{mark} ", style.strong),
                (step.name, style.strong),
                (f"{runs}{elapsed}", style.faint),
            )
        ]
        if step.request is not None and not step.runs:
            lines.append(style.faint(self._request(step, step.request, lead, now, columns)))
        if step.wait is not None:
            lines.append(style.warn(self._wait(step, step.wait, lead, now, columns)))
        return lines

    def _request(self, step: _Open, sent: RequestSent, lead: str, now: float, columns: int) -> str:
        """``POST https://api.example.com/pets  201  12 ms``."""
        url = one_line(self._redactor.text(sent.request.url), 2 * columns)
        spent = now - step.sent_at
        again = f"  attempt {sent.attempt}" if sent.attempt > 1 else ""
        tail = again + (f"  {_clock(spent)}" if spent >= 1 else "")
        if not step.asking:
            tail = f"  {step.answer}"
        return _joined(f"{lead}    {sent.request.method} ", url, tail, columns)

    def _wait(self, step: _Open, wait: Waiting, lead: str, now: float, columns: int) -> str:
        """``poll 7 · jobStatus InProgress · next in 12 s``."""
        left = _clock(max(0.0, wait.at + wait.seconds - now) + 0.99)
        if wait.reason == "poll":
            head = f"{lead}    poll {wait.visit + step.asking} · "
            tail = " · asking" if step.asking else f" · next in {left}"
        else:
            head = f"{lead}    {wait.reason} · "
            why = " (Retry-After)" if wait.source == "Retry-After" else ""
            tail = " · sent again" if step.asking else f" · again in {left}{why}"
        if not step.state:
            return clip(head.removesuffix(" · ") + tail, columns)
        return _joined(head, step.state, tail, columns)


def _joined(head: str, middle: str, tail: str, columns: int) -> str:
    """The three in that many columns: the middle is cut, as it is the longest."""
    room = columns - width_of(head) - width_of(tail)
    return clip(head + clip(middle, max(room, 4)) + tail, columns)


def _painted(columns: int, *parts: tuple[str, Callable[[str], str]]) -> str:
    """The parts in their colours, cut to that many columns."""
    painted, left = "", columns
    for text, paint in parts:
        shown = clip(text, left)
        painted += paint(shown)
        left -= width_of(shown)
        if shown != text or left <= 0:
            break
    return painted


def _clock(seconds: float) -> str:
    """``4 s`` below a minute, then ``1:05``, ``1:02:03``."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
