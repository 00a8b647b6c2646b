"""What a step costs: sync, async, a hundred runs at once, and the interpreter without network."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Self

from bench.documents import chain
from bench.measure import Sample, compare, per, python_start, timed
from bench.report import REFERENCE_START, Row, at_least, at_most
from bench.server import BODY, running

__all__ = ["concurrent", "interpreter", "sequential"]

LONG = 100  # steps of the long chain
SHORT = 3  # steps of a short run
AT_ONCE = 100


def sequential(folder: Path, *, quick: bool) -> Iterator[Row]:
    """One request after the other."""
    group = "One run at a time"
    chains, runs, repeats = (2, 30, 3) if quick else (5, 300, 7)
    with running() as url, _Works(folder, url) as works:
        samples = compare(
            {
                "httpx": lambda: works.httpx(chains * LONG),
                "http.client": lambda: works.http_client(chains * LONG),
                "chain": lambda: works.library(works.long, chains, LONG),
                "runs": lambda: works.library(works.short, runs, SHORT),
                "async": lambda: works.library_async(works.long, chains, LONG, 1),
                "httpx async": lambda: works.httpx_async(chains * LONG, 1),
            },
            repeats,
        )
    yield Row(group, "bare httpx, CPU per request", per(samples, "httpx") * 1e6, "µs")
    yield Row(group, "bare httpx, wall per request", per(samples, "httpx", what="wall") * 1e6, "µs")
    yield Row(group, "http.client, CPU per request", per(samples, "http.client") * 1e6, "µs")
    for name, title in (
        ("chain", f"sync, chain of {LONG}"),
        ("runs", f"sync, {runs} runs of {SHORT}"),
        ("async", f"async, chain of {LONG}"),
    ):
        targets = (at_most(1.3, 2), at_most(1.15, 10)) if name != "async" else ()
        yield Row(group, f"{title}: CPU per step", per(samples, name) * 1e6, "µs")
        yield Row(group, f"{title}: wall per step", per(samples, name, what="wall") * 1e6, "µs")
        yield Row(group, f"{title}: CPU, httpx = 1", per(samples, name, "httpx"), "×", targets)
    yield Row(group, "async: CPU, httpx async = 1", per(samples, "async", "httpx async"), "×")


def concurrent(folder: Path, *, quick: bool) -> Iterator[Row]:
    """A hundred runs at once in one process."""
    group = f"{AT_ONCE} runs at once"
    runs, repeats = (200, 3) if quick else (1000, 5)
    with running() as url, _Works(folder, url) as works:
        samples = compare(
            {
                "httpx": lambda: works.httpx(1000),
                "httpx async": lambda: works.httpx_async(1000, AT_ONCE),
                "httpx aiohttp": lambda: works.httpx_async(1000, AT_ONCE, aiohttp=True),
                "ours": lambda: works.library_async(works.short, runs, SHORT, AT_ONCE),
            },
            repeats,
        )
    rates = {name: 1 / per(samples, name, what="wall") for name in samples}
    yield Row(group, "bare httpx sync, one at a time", rates["httpx"], "/s")
    yield Row(group, "bare httpx async, its own transport", rates["httpx async"], "/s")
    yield Row(group, "bare httpx async, aiohttp transport", rates["httpx aiohttp"], "/s")
    yield Row(group, "ours: steps", rates["ours"], "/s")
    yield Row(group, "ours: CPU per step", per(samples, "ours") * 1e6, "µs")
    ratio = 1 / per(samples, "ours", "httpx", "wall")
    yield Row(group, "ours: rate, httpx sync = 1", ratio, "×", (at_least(2500 / 3000, 2),))
    ratio = 1 / per(samples, "ours", "httpx async", "wall")
    yield Row(group, "ours: rate, httpx async = 1", ratio, "×", (at_least(3, 10),))


def interpreter(folder: Path, *, quick: bool) -> Iterator[Row]:
    """The machine alone: requests are built, answers fed, nothing is sent."""
    group = "The interpreter alone"
    from arazzo_runner.execution import Runner
    from arazzo_runner.interpreter import ResponseArrived, SendRequest, advance, start
    from arazzo_runner.openapi import decode_response

    program = Runner().load(str(chain(folder, "http://127.0.0.1:9", LONG)))
    answer = decode_response(200, (("Content-Type", "application/json"),), BODY)
    runs, repeats = (3, 5) if quick else (20, 15)

    def work() -> None:
        for _ in range(runs):
            state, (effect,), _records = start(program, "chain", {"first": 1}, 0.0)
            while isinstance(effect, SendRequest):
                state, (effect,), _records = advance(program, state, ResponseArrived(answer, 1.0))

    samples = compare(
        {
            "python": python_start,
            "ours": lambda: timed(work, runs * LONG),
            "json": lambda: _json_floor(runs),
        },
        repeats,
    )
    scaled = per(samples, "ours", "python") * REFERENCE_START * 1e6
    value = per(samples, "ours") * 1e6
    yield Row(group, "CPU per plain step", value, "µs", (at_most(40, 10),), scaled)
    yield Row(group, "floor: json.loads of its answer", per(samples, "json") * 1e6, "µs")


def _json_floor(runs: int) -> Sample:
    return timed(lambda: [json.loads(BODY) for _ in range(runs * LONG)], runs * LONG)


class _Works:
    """The same requests by every means. Clients are made once and their connections kept."""

    def __init__(self, folder: Path, url: str) -> None:
        import httpx

        from arazzo_runner.execution import Runner

        self.url = url
        self.runner = Runner()
        self.long = self.runner.load(str(chain(folder, url, LONG)))
        self.short = self.runner.load(str(chain(folder, url, SHORT)))
        self.client = httpx.Client()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.runner.close()

    def httpx(self, count: int) -> Sample:
        client, url = self.client, self.url

        def work() -> None:
            item = 1
            for _ in range(count):
                response = client.get(f"{url}/items/{item}")
                assert response.status_code == 200
                item = response.json()["id"]

        return timed(work, count)

    def http_client(self, count: int) -> Sample:
        from http.client import HTTPConnection

        connection = HTTPConnection(self.url.removeprefix("http://"))

        def work() -> None:
            item = 1
            for _ in range(count):
                connection.request("GET", f"/items/{item}")
                response = connection.getresponse()
                assert response.status == 200
                item = json.loads(response.read())["id"]

        try:
            return timed(work, count)
        finally:
            connection.close()

    def library(self, program: Any, runs: int, steps: int) -> Sample:
        def work() -> None:
            for _ in range(runs):
                result = self.runner.run(program, inputs={"first": 1})
                assert result.outputs == {"id": 7}, result.error

        return timed(work, runs * steps)

    def library_async(self, program: Any, runs: int, steps: int, at_once: int) -> Sample:
        from arazzo_runner.execution import AsyncRunner

        async def work(again: _Timed) -> None:
            async with AsyncRunner() as runner:
                rows: list[dict[str, Any]] = [{"first": 1}] * runs
                await runner.run_many(program, rows[:at_once], concurrency=at_once)
                with again:
                    results = await runner.run_many(program, rows, concurrency=at_once)
                assert all(each.outputs == {"id": 7} for each in results)

        return _run(work, runs * steps)

    def httpx_async(self, count: int, at_once: int, *, aiohttp: bool = False) -> Sample:
        import httpx

        async def work(again: _Timed) -> None:
            transport: Any = None
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            if aiohttp:
                import httpx_aiohttp

                transport = httpx_aiohttp.AiohttpTransport(limits=limits)
            async with httpx.AsyncClient(transport=transport, limits=limits) as client:

                async def some(number: int) -> None:
                    item = 1
                    for _ in range(number):
                        response = await client.get(f"{self.url}/items/{item}")
                        assert response.status_code == 200
                        item = response.json()["id"]

                await asyncio.gather(*(some(1) for _ in range(at_once)))
                with again:
                    await asyncio.gather(*(some(count // at_once) for _ in range(at_once)))

        return _run(work, count)


class _Timed:
    """Times the part of an async work that counts: not the loop's start, not the connecting."""

    sample: Sample

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> None:
        self._begin = timed_now()

    def __exit__(self, *_: object) -> None:
        cpu, wall = (now - then for now, then in zip(timed_now(), self._begin, strict=True))
        self.sample = Sample(cpu / self._count, wall / self._count)


def timed_now() -> tuple[float, float]:
    """CPU and wall seconds so far."""
    return time.process_time(), time.perf_counter()


def _run(work: Callable[[_Timed], Coroutine[Any, Any, None]], count: int) -> Sample:
    watch = _Timed(count)
    asyncio.run(work(watch))
    return watch.sample
