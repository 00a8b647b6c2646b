"""``arazzo run`` stopped from outside: time, steps, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from tests.e2e.training import words
from tests.support import answers
from tests.support.answers import Answer
from tests.support.command import Command, Golden
from tests.support.sagemaker_endpoint import SageMakerEndpoint


class Busy(SageMakerEndpoint):
    """A job that never ends."""

    def __init__(self, then: Answer | None = None, after: int = 0) -> None:
        super().__init__([])
        self._then = then
        self._after = after

    def _next_state(self, name: str) -> str | Answer:
        if self._then is not None and len(self.requests) > self._after:
            return self._then
        return "InProgress"

    def wait_for(self, count: int) -> None:
        end = time.monotonic() + 30
        while len(self.requests) < count:
            assert time.monotonic() < end, "the command sends nothing"
            time.sleep(0.01)


def test_the_whole_run_takes_too_long(arazzo: Command, golden: Golden) -> None:
    with Busy() as endpoint:
        began = time.monotonic()
        done = arazzo(*words(endpoint, "--poll-interval", "1.5", "--timeout", "4"))
        took = time.monotonic() - began
    assert len(endpoint.requests) == 3, "created, looked twice; the third look would be too late"
    assert took < 10
    assert done.code == 4
    assert "error[deadline]" in done.err
    golden.check(done)


def test_the_time_is_up_while_an_answer_is_awaited(arazzo: Command, golden: Golden) -> None:
    with Busy(answers.slow(Answer(), 30), after=2) as endpoint:
        began = time.monotonic()
        done = arazzo(*words(endpoint, "--timeout", "3"))
        took = time.monotonic() - began
    assert took < 10
    assert done.code == 4
    golden.check(done)


def test_the_poll_takes_too_long(arazzo: Command, golden: Golden) -> None:
    with Busy() as endpoint:
        done = arazzo(*words(endpoint, "--poll-timeout", "0.4"))
    assert done.code == 4
    assert "error[poll-timeout]" in done.err
    golden.check(done)


def test_too_many_steps(arazzo: Command, golden: Golden) -> None:
    with Busy() as endpoint:
        done = arazzo(*words(endpoint, "--poll-interval", "0.01", "--max-steps", "5"))
    assert endpoint.operations == ["CreateTrainingJob", *["DescribeTrainingJob"] * 4]
    assert done.code == 4
    assert "error[steps]" in done.err
    golden.check(done)


def test_a_poll_without_pauses_is_bounded(arazzo: Command, golden: Golden) -> None:
    with Busy() as endpoint:
        done = arazzo(*words(endpoint, "--poll-interval", "0", "--max-steps", "20"))
    assert len(endpoint.requests) == 20
    assert done.code == 4
    golden.check(done)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_interrupted_between_two_looks(
    number: signal.Signals, arazzo: Command, golden: Golden
) -> None:
    given = ("--poll-interval", "30")
    with Busy() as endpoint, arazzo.running(*words(endpoint, *given)) as child:
        endpoint.wait_for(2)
        time.sleep(1)  # the answer is in, the wait has begun
        began = time.monotonic()
        os.kill(child.pid, number)
        out, err = child.communicate(timeout=30)
        assert time.monotonic() - began < 5
    done = arazzo.done(words(endpoint, *given), child.returncode, out, err)
    assert done.code == 130
    assert len(endpoint.requests) == 2
    golden.check(done)


def test_interrupted_while_an_answer_is_awaited(arazzo: Command, golden: Golden) -> None:
    with (
        Busy(answers.slow(Answer(), 30), after=2) as endpoint,
        arazzo.running(*words(endpoint, "--json")) as child,
    ):
        endpoint.wait_for(3)
        time.sleep(0.5)
        os.kill(child.pid, signal.SIGINT)
        out, err = child.communicate(timeout=30)
    done = arazzo.done(words(endpoint, "--json"), child.returncode, out, err)
    assert done.code == 130
    result = json.loads(done.out)
    assert (result["status"], result["error"]["kind"]) == ("failed", "interrupted")
    assert "trainingJobArn" in result["outputs"]
    golden.check(done)
