"""A run is carried out to its end by the version of the engine that began it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import TemporalError
from tests.support.temporal import cluster
from tests.temporal.flows import endpoint, write_flow
from tests.temporal.test_runner import until
from tools.failover_test import worker

QUICK = arazzo.RunSettings(pacing=arazzo.Pacing(interval=0.2, max_interval=0.2))
NEWER = """\
import sys
import arazzo_runner.temporal.names as names
names.ENGINE_VERSION += 1
from arazzo_runner.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def newer(*words: str) -> subprocess.CompletedProcess[str]:
    """A command of the next version of the engine."""
    return subprocess.run(
        [sys.executable, "-c", NEWER, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
    )


@contextmanager
def newer_worker(where: Any, folder: Path) -> Iterator[Path]:
    """A worker of the next version; the file of its messages."""
    log = folder / "newer.log"
    with log.open("wb") as stream:
        child = subprocess.Popen(
            [sys.executable, "-c", NEWER, "worker", "--temporal", where.address,
             "--queue", where.queue],
            stdout=stream, stderr=stream,
        )  # fmt: skip
    try:
        yield log
    finally:
        child.terminate()
        child.wait(40)


def test_an_upgrade_in_the_middle_of_a_run(temporal: str, tmp_path: Path) -> None:
    from arazzo_runner.temporal.runner import TemporalRunner

    where = cluster(temporal)
    words = ["--temporal", temporal, "--queue", where.queue]
    with endpoint(looks=30) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work() -> Any:
            older = worker(temporal, where.queue, tmp_path)
            try:
                async with TemporalRunner(where, run=QUICK) as runner:
                    run_id = await runner.start(file, inputs={"name": "old"})
                    await until(lambda: jobs.looked["old"] >= 2)
                    older.terminate()
                    await asyncio.to_thread(older.wait, 40)
                    looked = jobs.looked["old"]
                    assert looked < 30
                    with newer_worker(where, tmp_path) as log:
                        await until(lambda: b"serves the queue" in log.read_bytes())
                        assert (
                            "1 run of this queue was begun by version 1 of the engine; this "
                            "worker is of version 2 and leaves that alone" in log.read_text()
                        )
                        jobs.looks = 1
                        done = await asyncio.to_thread(
                            newer, "run", file, "-i", "name=new", "--json", *words
                        )
                        assert json.loads(done.stdout)["status"] == "completed", done.stderr
                        refused = await asyncio.to_thread(newer, "runs", "show", run_id, *words)
                        assert refused.returncode == 2
                        assert (
                            "the run was begun by version 1 of the engine; this is version 2"
                            in refused.stderr
                        )
                        listed = await asyncio.to_thread(newer, "runs", "list", "--json", *words)
                        engines = {e["runId"]: e["engine"] for e in json.loads(listed.stdout)}
                        assert engines[run_id] == 1
                        assert jobs.looked["old"] == looked, "the newer one left it alone"
                    older = worker(temporal, where.queue, tmp_path)
                    return await asyncio.wait_for(runner.result(run_id), 60)
            finally:
                older.kill()
                older.wait()

        result = asyncio.run(work())
        assert result.ok, str(result.error)
    assert jobs.created == {"old": 1, "new": 1}


def test_a_plan_of_another_version_is_refused() -> None:
    import zlib

    from arazzo_runner.temporal.plans import Plans

    with pytest.raises(TemporalError, match="begun by version 7 of the engine; this is version"):
        Plans().open(zlib.compress(b'{"engine": 7}'))
