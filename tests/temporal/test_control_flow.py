"""The 64 runs of the control-flow suite, through the local driver and through Temporal.

The same interpreter answers the same answers with the same records, whoever performs its effects.
What an interrupted process does is not compared: those runs go on to their end here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.execution import RunResult
from arazzo_runner.interpreter import Record, Waiting
from arazzo_runner.testing import CannedResponses, FakeClock
from tests.suites.test_control_flow import CASES, DEFAULT_ANSWERS, SUITE, name_of
from tests.support.temporal import Switch, cluster, serving, skipping_server

CREDENTIALS = {"api_key": "k-123456", "petstore_auth": "t-123456"}
"""Given to the local runner and to the worker, never to the client."""
TIMES = ("at", "duration_ms", "started_at", "since", "step_started_at")


@dataclass
class Seen:
    """All that is seen of a run."""

    result: RunResult | None = None
    error: str | None = None
    records: list[Record] = field(default_factory=list)
    sent: list[tuple[str, str, str]] = field(default_factory=list)


def settings_of(case: dict[str, Any]) -> dict[str, Any]:
    options = case.get("options") or {}
    return {
        "servers": {"petstoreAPI": "http://petstore.test"},
        "run": arazzo.RunSettings(
            pacing=arazzo.Pacing(interval=0), max_steps=options.get("maxSteps", 1000)
        ),
    }


def answers_of(case: dict[str, Any]) -> CannedResponses:
    return CannedResponses(
        [(a["status"], a["body"]) for a in case.get("responses") or DEFAULT_ANSWERS]
    )


def inputs_of(case: dict[str, Any]) -> Any:
    given = case.get("execute_options")
    if isinstance(given, dict):
        return given.get("inputs")
    return {"status": "available"} if case["workflowId"] == "linear" else None


def sent_by(answers: CannedResponses) -> list[tuple[str, str, str]]:
    """What left, credentials included."""
    return [
        (request.method, str(request.url), str(sorted(request.headers.items())))
        for request in answers.requests
    ]


def locally(case: dict[str, Any]) -> Seen:
    seen, answers = Seen(), answers_of(case)
    runner = arazzo.Runner(
        transport=answers,
        clock=FakeClock(),
        on_record=seen.records.append,
        credentials=CREDENTIALS,
        **settings_of(case),
    )
    try:
        file = str(SUITE / case["document"])
        seen.result = runner.run(file, case["workflowId"], inputs=inputs_of(case))
    except arazzo.ArazzoError as error:
        seen.error = str(error)
    seen.sent = sent_by(answers)
    return seen


async def on_temporal(case: dict[str, Any], where: Any, client: Any, switch: Switch) -> Seen:
    from arazzo_runner.temporal.runner import TemporalRunner

    seen, answers = Seen(), answers_of(case)
    switch.current = answers
    runner = TemporalRunner(
        where, client=client, on_record=seen.records.append, **settings_of(case)
    )
    try:
        file = str(SUITE / case["document"])
        run_id = await runner.start(file, case["workflowId"], inputs=inputs_of(case))
        await asyncio.gather(client.get_workflow_handle(run_id).result(), return_exceptions=True)
        seen.result = await runner.result(run_id)
    except arazzo.ArazzoError as error:
        seen.error = str(error)
    seen.sent = sent_by(answers)
    return seen


@pytest.fixture(scope="module")
def played() -> list[Seen]:
    """Every case on Temporal, one after the other: the server's time is one for all."""

    async def play() -> list[Seen]:
        async with skipping_server() as environment:
            where = cluster("skipping:1")
            switch = Switch()
            own = arazzo.Settings(credentials=CREDENTIALS)
            client = environment.client
            async with serving(
                where,
                own,
                client=client,
                transport=switch,
                clock=FakeClock(),  # of the pace that hosts ask for
                last=environment.shutdown,
            ):
                return [await on_temporal(case, where, client, switch) for case in CASES]

    return asyncio.run(play())


def timeless(value: Any) -> Any:
    """A record or result without its times and its run's random name."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return (
            type(value).__name__,
            {
                name: timeless(item)
                for name, item in zip(value._fields, value, strict=True)
                if name not in (*TIMES, "run_id")
            },
        )
    if isinstance(value, list | tuple):
        return [timeless(item) for item in value]
    return value


@pytest.mark.requirement("A-19", "A-20", "A-23", "A-24", "A-28", "A-29", "A-40")
@pytest.mark.parametrize("index", range(len(CASES)), ids=name_of)
def test_case(index: int, played: list[Seen]) -> None:
    here, there = locally(CASES[index]), played[index]
    assert there.error == here.error
    assert there.sent == here.sent
    assert timeless(there.records) == timeless(here.records)
    assert timeless(there.result) == timeless(here.result)


def test_waits_are_virtual(played: list[Seen]) -> None:
    """Runs that wait took that time on the server's clock."""
    waited = 0
    for seen in played:
        waits = [record.seconds for record in seen.records if isinstance(record, Waiting)]
        if waits and seen.result is not None:
            assert seen.result.duration_ms >= sum(waits) * 1000
            waited += 1
    assert waited
