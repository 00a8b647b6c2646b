"""The guide to a cluster, with Temporal's development server; and its compose file, read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.parsing import parse_arguments
from tests.docs.test_examples import DOCS, SERVED, environment, examples, run
from tests.support.paths import REPOSITORY
from tests.support.sagemaker_endpoint import SageMakerEndpoint
from tests.support.temporal import dev_server

PAGE = DOCS / SERVED[0]
COMPOSE = DOCS / "guides" / "cluster" / "compose.yaml"
# Blocks that are not run, by how they begin, and why.
NOT_RUN = {
    "pip install": "installs into the environment of the tests",
    "temporal server start-dev": "the test has started one",
    "arazzo worker --temporal 127.0.0.1:7233 --codec-key file:run.key --blobs": "a folder and a "
    "bucket that are not there; tests/temporal/test_large.py runs workers with both",
    "find /mnt": "a folder that is not there",
    "arazzo runs resume second-job": "it is not uncertain",
    "echo": "needs a container engine",
}


def test_the_guide_runs_from_top_to_bottom(tmp_path: Path) -> None:
    for folder in ("workflows", "openapi"):
        (tmp_path / folder).symlink_to(REPOSITORY / folder)
    for example in examples(DOCS / "tutorial.md"):
        if example.text.startswith("cat > job.yaml"):
            run(example.language, example.text, tmp_path, "")
    unused = dict(NOT_RUN)
    with (
        dev_server() as address,
        SageMakerEndpoint(["Completed"]) as endpoint,
        ExitStack() as stack,
    ):
        for example in examples(PAGE):
            excuse = next((each for each in NOT_RUN if example.text.startswith(each)), None)
            if excuse is not None:
                unused.pop(excuse)
                continue
            text = example.text.replace("127.0.0.1:7233", address)
            before, worker, words = text.partition("arazzo worker ")
            if not worker:
                run(example.language, text, tmp_path, endpoint.url)
                continue
            if before:
                run(example.language, before, tmp_path, endpoint.url)
            stack.enter_context(_worker(words.split(), tmp_path))
    assert sorted(endpoint.jobs) == ["from-python", "second-job", "tutorial-1"]
    assert not unused


@contextmanager
def _worker(words: list[str], folder: Path) -> Iterator[None]:
    """A worker in the background of the page."""
    with subprocess.Popen(
        [sys.executable, "-m", "arazzo_runner", "worker", *words],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            yield
        finally:
            child.kill()


def test_the_compose_file_starts_workers_as_they_want_it() -> None:
    services: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    worker = services["worker"]
    values = parse_arguments(COMMANDS["worker"], worker["command"][1:])
    assert worker["command"][0] == "worker"
    host, _, port = values.temporal.partition(":")
    assert f"127.0.0.1:{port}:{port}" in services[host]["ports"]
    kind, _, name = values.codec_key.partition(":")
    assert kind == "env"
    for service in (worker, services["arazzo"]):
        assert name in service["environment"]
        assert f"blobs:{values.blobs}" in service["volumes"]
    assert worker["deploy"]["replicas"] == 2
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)


def test_the_scripts_of_the_compose_file_are_shell() -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    scripts = [
        s["command"][0] for s in services.values() if s.get("entrypoint", [""])[0] == "/bin/sh"
    ]
    assert len(scripts) == 2
    for script in scripts:
        subprocess.run(["sh", "-n", "-c", script.replace("$$", "$")], check=True)
