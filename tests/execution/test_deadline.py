"""Time for one exchange."""

from __future__ import annotations

import time

import httpcore
import pytest

from arazzo_runner.execution.deadline import BoundedBackend, Deadline


def test_the_shorter_limit_counts() -> None:
    backend = BoundedBackend()
    assert backend.within(None) is None
    assert backend.within(5) == 5
    backend.deadline = Deadline(100, None)
    assert backend.within(5) == 5
    assert 99 < (backend.within(None) or 0) <= 100
    assert 99 < (backend.within(200) or 0) <= 100


def test_nothing_is_left() -> None:
    backend = BoundedBackend()
    backend.deadline = Deadline(100, 0)
    with pytest.raises(httpcore.ReadTimeout):
        backend.within(5)


def test_progress_moves_the_end_but_not_beyond_the_hard_one() -> None:
    moved: list[float] = []
    deadline = Deadline(100, 150)
    deadline.on_move = moved.append
    before = deadline.end
    time.sleep(0.01)
    deadline.progress()
    assert deadline.end > before
    assert 99 < moved[0] <= 100
    short = Deadline(100, 50)
    short.progress()
    assert short.left <= 50
