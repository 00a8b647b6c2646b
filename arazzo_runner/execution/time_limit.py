"""A whole run's time limit: what cannot end in time is not begun."""

from __future__ import annotations

from arazzo_runner.interpreter import Event, RequestFailed, SendRequest, Stop, Wait

__all__ = ["TimeLimit"]


class TimeLimit:
    """The time limit of one run: ``seconds`` from ``began`` (epoch seconds), None for none."""

    __slots__ = ("_deadline", "_seconds")

    def __init__(self, seconds: float | None, began: float) -> None:
        self._seconds = seconds
        self._deadline = None if seconds is None else began + seconds

    def before(self, effect: SendRequest | Wait, at: float) -> Stop | None:
        """The stop that comes instead of an effect which cannot end in time."""
        if self._deadline is None:
            return None
        if at >= self._deadline:
            return self._stop(at, f"before step '{effect.step_id}'")
        if isinstance(effect, Wait) and at + effect.seconds > self._deadline:
            return self._stop(at, f"before the next request of step '{effect.step_id}'")
        return None

    def bounded(self, effect: SendRequest | Wait, at: float) -> SendRequest | Wait:
        """The effect, a request with no more time than is left."""
        if self._deadline is None or isinstance(effect, Wait):
            return effect
        left = max(0.001, self._deadline - at)
        return effect._replace(
            timeout=left if effect.timeout is None else min(left, effect.timeout)
        )

    def after(self, event: Event) -> Event:
        """The event, or the stop that it amounts to: a request that had no more time."""
        if (
            self._deadline is not None
            and isinstance(event, RequestFailed)
            and event.kind == "timeout"
            and event.at >= self._deadline
        ):
            return self._stop(event.at, "while a request was under way")
        return event

    def _stop(self, at: float, when: str) -> Stop:
        return Stop(
            "deadline", f"the run's time limit of {self._seconds:g} s is reached {when}", at
        )
