"""The bench measures what it says: its documents are sound, its verdicts hold."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest

from bench import growth, many
from bench.documents import big_api, chain
from bench.measure import Sample, compare, in_child, per
from bench.report import Row, at_least, at_most, write_json
from bench.server import ANSWER, BODY, Responder
from tests.support.paths import REPOSITORY


class Written:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_server_answers_once_per_request(size: int) -> None:
    requests = (
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        b"POST / HTTP/1.1\r\ncontent-length: 6\r\n\r\n\r\n\r\nab"
        b"GET / HTTP/1.1\r\n\r\n"
    )
    transport = Written()
    responder = Responder(cycle([ANSWER]))
    responder.connection_made(transport)  # type: ignore[arg-type]
    for start in range(0, len(requests), size):
        responder.data_received(requests[start : start + size])
    assert transport.data.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert transport.data.endswith(BODY)
    assert json.loads(BODY)["id"] == 7


def test_big_descriptions_are_valid(tmp_path: Path) -> None:
    import yaml
    from openapi_spec_validator import validate

    from bench import documents

    megabyte = big_api(tmp_path, "http://127.0.0.1:1", 1)
    assert 0.9e6 < megabyte.stat().st_size < 1.1e6
    text = documents.DESCRIPTION.replace("SERVER", "http://127.0.0.1:1")
    text += documents.OPERATION.format(number=1) + documents.COMPONENTS
    text += documents.SCHEMA.format(number=1)
    validate(yaml.safe_load(text))


@pytest.mark.parametrize("big", [False, True])
def test_chains_can_be_linked(big: bool, tmp_path: Path) -> None:
    from arazzo_runner.execution import Runner

    source = big_api(tmp_path, "http://127.0.0.1:1", 1).name if big else None
    file = chain(tmp_path, "http://127.0.0.1:1", 4, source=source)
    program = Runner().load(str(file))
    (workflow,) = program.workflows.values()
    assert len(workflow.steps) == 4
    assert program.warnings == ()


def test_works_take_turns_and_ratios_are_by_round() -> None:
    calls: list[str] = []
    costs = {"floor": iter([9.0, 1.0, 2.0, 4.0]), "ours": iter([9.0, 3.0, 4.0, 4.0])}

    def work(name: str) -> Sample:
        calls.append(name)
        return Sample(next(costs[name]), 0)

    samples = compare({name: lambda name=name: work(name) for name in costs}, 3)
    assert calls == ["floor", "ours"] * 4
    assert per(samples, "ours") == 4.0
    assert per(samples, "ours", "floor") == 2.0


def test_a_child_is_measured_and_its_failure_told(tmp_path: Path) -> None:
    busy = "sum(range(3_000_000)); bytearray(50_000_000)"
    sample = in_child([sys.executable, "-c", busy], tmp_path, {})
    assert sample.cpu > 0.01
    assert sample.memory > 40
    with pytest.raises(RuntimeError, match=r"(?s)ended with 3.*oops"):
        in_child([sys.executable, "-c", "print('oops'); exit(3)"], tmp_path, {})


def test_verdicts() -> None:
    assert Row("g", "n", 1.3, "×", (at_most(1.3, 2),)).ok
    assert not Row("g", "n", 1.31, "×", (at_most(1.3, 2),)).ok
    assert Row("g", "n", 3.0, "×", (at_least(3, 10),)).ok
    assert not Row("g", "n", 2.9, "×", (at_most(5, 2), at_least(3, 10))).ok
    assert Row("g", "n", 500, "ms", (at_most(250, 2),), scaled=249).ok
    assert at_most(1.3, 2).text(1.4) == "≤ 1.30 (issue 2) miss"


def test_results_as_json(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    write_json(
        file, [Row("g", "n", 1.0, "×", (at_most(1, 2),)), Row("g", "m", 1, "ms")], quick=True
    )
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    assert [row["ok"] for row in rows] == [True, None]
    assert rows[0]["targets"] == [{"limit": 1, "issue": 2, "most": True}]


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--json", str(file), "interpreter"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert "CPU per plain step" in done.stdout
    assert json.loads(file.read_text(encoding="utf-8"))["quick"] is True


@pytest.mark.parametrize("kind", growth.KINDS)
def test_every_kind_of_growth_does_its_work(kind: str, tmp_path: Path) -> None:
    """Each asserts that what it measures has happened."""
    growth.KINDS[kind][0](1 if kind == "description" else 3, tmp_path)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_power_of_a_growth_is_found(power: float) -> None:
    found = [(size, 50 + 2.0 * size**power) for size in (100, 200, 400, 800, 1600)]
    assert growth.steepness(found) == pytest.approx(power)


def test_ten_runs_that_poll_are_measured(tmp_path: Path) -> None:
    for kind in ("library", "batch"):
        found = asyncio.run(many.memory(tmp_path, kind, 10))
        assert found["process"] > 0
    assert (tmp_path / "waiting.db").exists()
    found = asyncio.run(many.slices(tmp_path, "library", 20))
    assert found["first"] > 0
