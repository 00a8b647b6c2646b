"""Rates per host, and hosts that ask for less."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.execution.pace import Pace
from arazzo_runner.testing import CannedResponses, FakeClock
from arazzo_runner.values import Response
from tests.execution.durable import CREATED, DONE, Runs

URL = "http://a.test/x"


class Time(FakeClock):
    """Time that passes only when everybody sleeps, from one waking to the next."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep_async(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.time + seconds, future))
        await future

    async def pass_until(self, done: asyncio.Future[Any]) -> None:
        while not done.done():
            for _ in range(20):
                await asyncio.sleep(0)
            if self.sleepers:
                self.time = max(self.time, min(until for until, _ in self.sleepers))
                woken = [future for until, future in self.sleepers if until <= self.time]
                self.sleepers = [each for each in self.sleepers if each[0] > self.time]
                for future in woken:
                    future.set_result(None)


def moments(
    pace: Pace, time: Time, urls: list[str], first: Callable[[], None] | None = None
) -> list[float]:
    """When the requests may go; ``first`` is called when the first one does."""
    found: list[float] = []

    async def one(url: str) -> None:
        await pace.ready(url)
        found.append(round(time.now(), 3))
        if first is not None and len(found) == 1:
            first()

    async def go() -> None:
        everything = asyncio.gather(*map(one, urls))
        await time.pass_until(everything)
        await everything

    asyncio.run(go())
    return found


def test_without_a_rate_everything_goes_at_once() -> None:
    time = Time()
    assert moments(Pace(None, time.now, time.sleep_async), time, [URL] * 3) == [0, 0, 0]


def test_a_rate_holds_for_each_host() -> None:
    time = Time()
    pace = Pace(10.0, time.now, time.sleep_async)
    found = moments(pace, time, [URL, URL, "http://b.test/", URL, "http://b.test/"])
    assert sorted(found) == [0, 0, 0.1, 0.1, 0.2]


def test_a_host_is_left_alone_as_long_as_it_asks() -> None:
    time = Time()
    pace = Pace(None, time.now, time.sleep_async)
    moments(pace, time, [URL] * 4)
    time.time = 1.0
    pace.learn(URL, Response(429, (("Retry-After", "7"),)))
    first, second, third = moments(pace, time, [URL] * 3)
    assert first == 8.0
    assert second > first, "slower than before"
    assert third - second == pytest.approx(second - first, abs=0.01)
    pause = second - first
    for _ in range(200):
        pace.learn(URL, Response(200))
    assert moments(pace, time, [URL] * 2)[1] - moments(pace, time, [URL])[0] <= pause
    time.time += 10
    assert len(set(moments(pace, time, [URL] * 3))) == 1, "as quick as before"


def test_a_host_that_does_not_say_how_long_is_left_alone_longer_and_longer() -> None:
    time = Time()
    pace = Pace(None, time.now, time.sleep_async)
    waits = []
    for _ in range(4):
        before = time.time
        pace.learn(URL, Response(503))
        moments(pace, time, [URL])
        waits.append(round(time.time - before))
    assert waits == [1, 2, 4, 8]
    pace.learn(URL, Response(429, (("Retry-After", "99999"),)))
    before = time.time
    moments(pace, time, [URL])
    assert time.time - before == pytest.approx(300, abs=10)


def test_a_burst_of_throttling_answers_counts_once() -> None:
    time = Time()
    pace = Pace(None, time.now, time.sleep_async)
    moments(pace, time, [URL] * 20)
    time.time = 0.1
    for _ in range(20):
        time.time += 0.001
        pace.learn(URL, Response(429))
    first, second = moments(pace, time, [URL] * 2)
    assert first == pytest.approx(1.12, abs=0.01), "a second after the last of them"
    assert second - first < 0.05, "half as many, not one in a second"


def test_who_waits_for_a_turn_hears_that_the_host_asks_for_less() -> None:
    time = Time()
    pace = Pace(1.0, time.now, time.sleep_async)

    def throttled() -> None:
        pace.learn(URL, Response(429, (("Retry-After", "5"),)))

    first, second = moments(pace, time, [URL, URL], throttled)
    assert first == 0
    assert second >= 5


def test_a_request_that_is_throttled_is_sent_again(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async")
    throttled = (429, {}, {"Retry-After": "3"})
    result = runs.run([throttled, throttled, CREATED, DONE], resend_throttled=2)
    assert result.ok
    assert len(runs.requests) == 4
    assert sum(runs.clock.sleeps) == pytest.approx(6, abs=1)
    other = tmp_path / "other"
    other.mkdir()
    failed = Runs(other, "async").run([throttled], resend_throttled=2)
    assert failed.status == "failed"


def test_what_waits_for_its_turn_is_not_kept_as_sent(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async")
    seen: list[Any] = []

    class Watching(FakeClock):
        async def sleep_async(self, seconds: float) -> None:
            seen.append(journal.connection.execute("SELECT in_doubt FROM runs").fetchall())
            await super().sleep_async(seconds)

    journal = runs.journal()

    async def go() -> None:
        async with arazzo.AsyncRunner(
            transport=CannedResponses([DONE]), journal=journal, clock=Watching(), rate=1.0
        ) as runner:
            await runner.run(str(runs.file), "main", inputs={"name": "a"})
            await runner.run(str(runs.file), "main", inputs={"name": "b"})

    asyncio.run(go())
    assert [(0,)] in seen, "the second run has not begun while it waits"
