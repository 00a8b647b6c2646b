"""Killed forty times; and the test itself notices when somebody is careless."""

from __future__ import annotations

import sys

import pytest

from tools.crash_test import crash_test

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it forks")


def test_killed_at_random_moments_nothing_is_lost_or_done_twice() -> None:
    outcome = crash_test(40, seed=4711)
    assert outcome.problems == []
    assert outcome.kills == 40
    assert outcome.questions > 0, "some requests were in doubt"


@pytest.mark.parametrize("batch", [False, True], ids=["runs", "batches"])
def test_what_comes_last_is_done_once(batch: bool) -> None:
    outcome = crash_test(12, seed=4711, teardown=True, batch=batch)
    assert outcome.problems == []


def test_what_is_done_twice_is_noticed() -> None:
    problems = (p for seed in range(5) for p in crash_test(12, seed, careless=True).problems)
    assert any("was received 2 times" in problem for problem in problems)
