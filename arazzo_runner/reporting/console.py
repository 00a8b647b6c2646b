"""A run as people watch it: one line per finished step, and on a terminal what is unfinished.

Without a terminal a polled step writes a line each time its state changes. On a terminal finished
lines scroll away, and below them a few lines are drawn again at every tick: the open steps, their
request, their wait. Values that a server sent are shortened, masked and made safe.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Final, TextIO

from arazzo_runner.interpreter.records import (
    Noted,
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    RunFinished,
    StepFinished,
    StepStarted,
    Waiting,
    WorkflowFinished,
    WorkflowStarted,
)
from arazzo_runner.reporting.live_region import LiveRegion
from arazzo_runner.reporting.live_tree import LiveTree
from arazzo_runner.reporting.state import state_text
from arazzo_runner.reporting.text import (
    Style,
    clip,
    duration_text,
    fold,
    one_line,
    operand_text,
    printable,
    shown_width,
)
from arazzo_runner.reporting.verbose import verbose_lines
from arazzo_runner.values import Redactor

__all__ = ["DETAILED", "NORMAL", "QUIET", "VERBOSE", "Console"]

QUIET: Final = -1
NORMAL: Final = 0
VERBOSE: Final = 1
DETAILED: Final = 2

_OUTPUTS: Final = 4
"""So many outputs of a step are shown under it on a terminal."""

_MARKS: Final = {
    "success": "✓",
    "failure": "✗",
    "loop": "…",
    "note": "!",
    "enter": "▸",
    "start": "·",
    "spinner": "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
}
_ASCII: Final = {
    "success": "+",
    "failure": "x",
    "loop": ".",
    "note": "!",
    "enter": ">",
    "start": "-",
    "spinner": "|/-\\",
}


class Console:
    """Writes the progress of one run to a stream as its records arrive.

    Without a terminal each line is written at once. On a terminal everything waits for the next
    ``tick``, which writes it as one frame; records and ticks may come from different threads.

    Args:
        stream: where to; that it cannot be written (None: is closed) never fails the run.
        terminal: whether lines can be rewritten in place.
        color: whether colours are used.
        verbosity: QUIET writes nothing, VERBOSE adds requests, answers, comparisons and waits,
            DETAILED their headers and bodies.
        width: columns of the terminal.
        redactor: masks secrets.
        size: columns and rows of the terminal, asked at every frame; by default ``width`` and 24.
        reflows: whether the terminal breaks lines anew when it becomes narrower.
    """

    def __init__(
        self,
        stream: TextIO | None,
        *,
        terminal: bool = False,
        color: bool = False,
        verbosity: int = NORMAL,
        width: int = 80,
        redactor: Redactor | None = None,
        size: Callable[[], tuple[int, int]] | None = None,
        reflows: bool = True,
    ) -> None:
        self._stream = stream
        self._verbosity = verbosity
        self._size = size or (lambda: (width, 24))
        self._columns = self._size()[0]
        self._redactor = redactor or Redactor()
        self._style = Style(enabled=color)
        unicode = (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")
        self._marks = _MARKS if unicode else _ASCII
        self._margin = 1 if unicode else 8  # signs that become several where they cannot be shown
        self._terminal = terminal and verbosity > QUIET
        self._tree = LiveTree(
            self._redactor, self._style, self._marks["spinner"], self._marks["loop"]
        )
        self._region = LiveRegion(reflows=reflows)
        self._above: list[str] = []  # whole lines for the next frame
        self._lock = RLock()
        self._closed = False
        self._polled: dict[tuple[int, str], str] = {}  # state last shown, by depth and stepId
        self._looping: dict[tuple[int, str], float] = {}  # since when a step goes to itself
        self._doing = "starting"
        self._left: dict[str, str] = {}  # what a run was busy with at its end, by workflowId
        self._last_answer = ""
        self._throttled = False

    # -- what the run tells ------------------------------------------------------------------

    def record(self, record: Record) -> None:
        """Show one record."""
        with self._lock:
            handler = _HANDLERS.get(type(record))
            if handler is not None:
                handler(self, record)
            if self._verbosity >= VERBOSE:
                detailed = self._verbosity >= DETAILED
                for line in verbose_lines(record, self._redactor, detailed=detailed):
                    self.write(self._style.faint(line))

    def tick(self, now: float) -> None:
        """Draw the next frame, on a terminal; ``now`` is in seconds since the epoch."""
        if not self._terminal or self._closed:
            return
        with self._lock:
            columns, rows = self._size()
            self._columns = columns
            self._frame(self._tree.lines(now, max(columns - self._margin, 1), rows - 1))

    def forget(self) -> None:
        """Something else wrote to the terminal: the next frame begins below it."""
        self._region.forget()

    def doing(self, workflow_id: str = "") -> str:
        """What a run was busy with at its end, for the message of an interruption."""
        return self._left.get(workflow_id, self._doing)

    def write(self, text: str) -> None:
        """Write whole lines, on a terminal with the next frame."""
        if not self._terminal:
            self._emit(f"{text}\n")
            return
        indent = " " * (len(text) - len(text.lstrip()) + 4)
        self._above.append(fold(text, self._columns, indent[: self._columns // 2]) + "\n")
        if self._closed:
            self._frame([])

    def close(self) -> None:
        """Write what waits and take the live lines away."""
        if not self._terminal:
            return
        with self._lock:
            self._closed = True
            self._frame([])

    # -- output ------------------------------------------------------------------------------

    def _frame(self, lines: list[str]) -> None:
        count = len(self._above)  # a signal may add more meanwhile
        above = "".join(self._above[:count])
        del self._above[:count]
        change = self._region.frame(above, lines, self._columns)
        if change:
            self._emit(change)

    def _emit(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None  # nobody is watching: the run itself goes on

    def _line(self, depth: int, mark: str, text: str) -> None:
        if self._verbosity > QUIET:
            self.write(f"{'  ' * depth}{mark} {text}")

    def _name(self, name: str) -> str:
        return one_line(self._redactor.text(name), 60)

    # -- one handler per record --------------------------------------------------------------

    def _workflow_started(self, record: WorkflowStarted) -> None:
        self._tree.workflow_started(record)
        reason = f"({record.reason})" if record.depth or record.reason != "run" else ""
        name = self._style.strong(self._name(record.workflow_id))
        self._line(record.depth, self._marks["enter"], f"{name} {reason}".rstrip())

    def _step_started(self, record: StepStarted) -> None:
        self._doing = f"at step {self._name(record.step_id)}"
        self._last_answer = ""
        self._throttled = False
        self._tree.step_started(record)
        if self._verbosity >= VERBOSE:
            again = f"  visit {record.visit}" if record.visit > 1 else ""
            self._line(record.depth, self._marks["start"], f"{self._name(record.step_id)}{again}")

    def _request_sent(self, record: RequestSent) -> None:
        self._doing = f"waiting for the answer to {self._name(record.step_id)}"
        self._tree.sent(record)

    def _response_received(self, record: ResponseReceived) -> None:
        self._last_answer = str(record.response.status)
        self._tree.answered(record)

    def _request_lost(self, record: RequestLost) -> None:
        self._last_answer = f"no answer ({record.kind}: {self._name(record.message)})"
        self._tree.lost(record)

    def _waiting(self, record: Waiting) -> None:
        name = self._name(record.step_id)
        state = state_text(record.state, self._redactor)
        if record.reason == "poll":
            self._doing = f"waiting for {name}" + (f" ({state})" if state else "")
            self._tree.waiting(record, state or self._last_answer)
            return
        again = duration_text(record.seconds)
        why = f" ({record.source})" if record.source == "Retry-After" else ""
        self._doing = f"waiting to send {name} again"
        self._tree.waiting(record, self._last_answer or state)
        if record.reason == "retry" or not self._throttled:
            self._throttled = record.reason == "throttled"
            text = f"{self._style.strong(name)}  {self._last_answer}, again in {again}{why}"
            self._line(record.depth, self._style.warn(self._marks["note"]), text)

    def _step_finished(self, record: StepFinished) -> None:
        key = (record.depth, record.step_id)
        state = state_text(record.outputs, self._redactor)
        if _loops(record):
            self._looping.setdefault(key, record.started_at)
            if not self._terminal and self._polled.get(key) != state:
                self._line(record.depth, self._marks["loop"], self._described(record, state))
            self._polled[key] = state
            return
        self._tree.over(record.depth)
        details = self._described(record, state if key in self._looping else "")
        if key in self._looping:
            details += self._style.faint(f"  {record.visit} times")
        elif record.attempts > 1:
            details += self._style.faint(f"  {record.attempts} attempts")
        began = self._looping.pop(key, record.started_at)
        details += self._style.faint(f"  {duration_text(record.at - began)}")
        self._polled.pop(key, None)
        if record.status == "success":
            mark = self._style.good(self._marks["success"])
        else:
            mark = self._style.bad(self._marks["failure"])
        self._line(record.depth, mark, details + self._request_line(record, details))
        self._outputs(record)

    def _request_line(self, record: StepFinished, details: str) -> str:
        """What was asked for, as far as there is room: on a terminal only."""
        if not self._terminal or record.request is None:
            return ""
        request = record.request
        room = self._columns - shown_width(details) - 2 * record.depth - 5
        if room < 16:
            return ""
        text = f"{request.method} {one_line(self._redactor.text(request.url), 2 * room)}"
        return "  " + self._style.faint(clip(text, room))

    def _outputs(self, record: StepFinished) -> None:
        """The first outputs of a step, under it: on a terminal only, where somebody looks."""
        if not self._terminal or self._verbosity != NORMAL:
            return
        lead = "  " * record.depth + "    "
        for name, value in list(record.outputs.items())[:_OUTPUTS]:
            text = f"{self._name(name)} = {operand_text(value, self._redactor, 200)}"
            self.write(self._style.faint(clip(lead + text, self._columns - 1)))
        if len(record.outputs) > _OUTPUTS:
            self.write(self._style.faint(f"{lead}and {len(record.outputs) - _OUTPUTS} more"))

    def _described(self, record: StepFinished, state: str) -> str:
        parts = [self._style.strong(self._name(record.step_id))]
        if record.response is not None:
            parts.append(str(record.response.status))
        elif record.failure is not None:
            parts.append(one_line(self._redactor.text(record.failure.message), 100))
        if state:
            parts.append(state)
        action = record.action
        if action is not None and not _loops(record) and record.status == "failure":
            target = action.step_id or action.workflow_id or ""
            parts.append(self._style.faint(f"{action.type} {self._name(target)}".rstrip()))
        return "  ".join(parts)

    def _noted(self, record: Noted) -> None:
        if record.rule == "output-absent":
            return  # told once, with the outputs
        note = printable(self._redactor.text(record.message))
        self._line(0, self._style.warn(self._marks["note"]), note)

    def _workflow_finished(self, record: WorkflowFinished) -> None:
        self._tree.over(record.depth)
        if record.depth:
            name = self._name(record.workflow_id)
            paint = self._style.good if record.status == "completed" else self._style.bad
            mark = self._marks["success" if record.status == "completed" else "failure"]
            self._line(record.depth, paint(mark), f"{name} {record.status}")

    def _run_finished(self, record: RunFinished) -> None:
        self._left[record.workflow_id] = self._doing
        self._tree.over(0)
        paint = self._style.good if record.status == "completed" else self._style.bad
        moved = f" in {self._name(record.transferred_to)}" if record.transferred_to else ""
        took = duration_text(record.at - record.started_at)
        if self._verbosity > QUIET:
            ended = record.status
            if record.failure is not None and record.failure.kind in ("interrupted", "cancelled"):
                ended = record.failure.kind
            self.write(f"{paint(ended)}{moved} in {took}")


def _loops(record: StepFinished) -> bool:
    """True when the step's action goes back to the step itself."""
    action = record.action
    return action is not None and action.type == "goto" and action.step_id == record.step_id


_HANDLERS: Final[dict[type, Callable[..., None]]] = {
    WorkflowStarted: Console._workflow_started,
    StepStarted: Console._step_started,
    RequestSent: Console._request_sent,
    ResponseReceived: Console._response_received,
    RequestLost: Console._request_lost,
    Waiting: Console._waiting,
    StepFinished: Console._step_finished,
    Noted: Console._noted,
    WorkflowFinished: Console._workflow_finished,
    RunFinished: Console._run_finished,
}
