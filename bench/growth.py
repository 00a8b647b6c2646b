"""How time and memory grow with what a document, a run or an answer has more of.

Each size is measured in a process of its own. ``python -m bench.growth KIND SIZE FOLDER`` is that
process.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.documents import big_api, chain
from bench.measure import Sample, in_child
from bench.report import Row, at_most

__all__ = ["KINDS", "growth", "measure"]

NOWHERE = "http://127.0.0.1:9"
STEEPEST = 1.25  # the power of the size that time grows with: 1 is linear


def _runner(**settings: Any) -> Any:
    """A runner without a network: every request is answered at once by the same JSON."""
    from arazzo_runner.execution import Runner
    from arazzo_runner.interpreter import Pacing, ResponseArrived, RunSettings
    from arazzo_runner.openapi import decode_response
    from bench.server import BODY

    body = settings.pop("body", BODY)

    class Answers:
        def perform(self, effect: Any) -> Any:  # noqa: ARG002
            response = decode_response(200, (("Content-Type", "application/json"),), body)
            return ResponseArrived(response, 1.0)

    run = RunSettings(pacing=Pacing(interval=0.0), max_steps=10**9)
    return Runner(performer=Answers(), run=run, **settings)


def steps(size: int, folder: Path) -> None:
    """A workflow of so many steps is read and run."""
    with _runner() as runner:
        assert runner.run(str(chain(folder, NOWHERE, size)), inputs={"first": 1}).ok


def workflows(size: int, folder: Path) -> None:
    """A document of so many workflows is read, and the last one is run."""
    text = chain(folder, NOWHERE, 2).read_text(encoding="utf-8")
    head, _, workflow = text.partition("  - workflowId: chain\n")
    parts = [head, *(f"  - workflowId: chain{n}\n{workflow}" for n in range(size))]
    file = folder / f"workflows-{size}.yaml"
    file.write_text("".join(parts), encoding="utf-8")
    with _runner() as runner:
        program = runner.load(str(file))
        assert runner.run(program, f"chain{size - 1}", inputs={"first": 1}).ok


def runs(size: int, folder: Path) -> None:
    """So many runs of three steps."""
    with _runner() as runner:
        program = runner.load(str(chain(folder, NOWHERE, 3)))
        for _ in range(size):
            assert runner.run(program, inputs={"first": 1}).ok


LOOP = """\
arazzo: 1.0.1
info: {title: Loop, version: 1.0.0}
sourceDescriptions: [{name: items, url: items.openapi.yaml, type: openapi}]
workflows:
  - workflowId: loop
    steps:
      - stepId: look
        operationId: getItem
        parameters: [{name: itemId, in: path, value: 1}]
        outputs: {status: $response.body#/status}
        onSuccess:
          - {name: again, type: goto, stepId: look, criteria: [{condition: $statusCode == 200}]}
"""


def turns(size: int, folder: Path) -> None:
    """A loop of so many turns, ended by the limit of steps."""
    from arazzo_runner.interpreter import Pacing, RunSettings

    chain(folder, NOWHERE, 1)
    file = folder / "loop.yaml"
    file.write_text(LOOP, encoding="utf-8")
    with _runner() as runner:
        limit = RunSettings(pacing=Pacing(interval=0.0), max_steps=size, max_paced_steps=size)
        runner.settings = runner.settings._replace(run=limit)
        assert len(runner.run(str(file)).steps) >= size


def outputs(size: int, folder: Path) -> None:
    """Answers of so many KB that steps put out as a whole and search in."""
    from arazzo_runner.reporting.result_json import result_to_json

    file = chain(folder, NOWHERE, 5)
    text = file.read_text(encoding="utf-8")
    text = text.replace("outputs: {id: $response.body#/id}",
                        "outputs: {id: $response.body#/id, all: $response.body}")  # fmt: skip
    file.write_text(text, encoding="utf-8")
    items = [{"n": n, "text": "x" * 80, "tags": ["a", "b"]} for n in range(size * 8)]
    body = json.dumps({"id": 7, "items": items}).encode()
    with _runner(body=body) as runner:
        result = runner.run(str(file), inputs={"first": 1})
        assert result.ok
        json.dumps(result_to_json(result, runner.redactor))


def description(size: int, folder: Path) -> None:
    """A YAML description of so many MB, read for the first time."""
    from arazzo_runner.execution import Runner

    source = big_api(folder, NOWHERE, size)
    with Runner(cache=None) as runner:
        runner.load(str(chain(folder, NOWHERE, 3, source=source.name)))


def validation(size: int, folder: Path) -> None:
    """A document of so many steps is validated."""
    from arazzo_runner import validate

    found = validate(chain(folder, NOWHERE, size))
    assert not [each for each in found if each.severity == "error"], found


def findings(size: int, folder: Path) -> None:
    """A document with so many mistakes is validated."""
    from arazzo_runner import validate

    file = chain(folder, NOWHERE, size)
    text = file.read_text(encoding="utf-8").replace("condition:", "conditon:")
    file.write_text(text, encoding="utf-8")
    assert len(validate(file)) >= size


KINDS: dict[str, tuple[Callable[[int, Path], None], Sequence[int], str]] = {
    "steps": (steps, (250, 500, 1000, 2000, 4000), "steps of a workflow"),
    "workflows": (workflows, (250, 500, 1000, 2000, 4000), "workflows of a document"),
    "runs": (runs, (2500, 5000, 10_000, 20_000, 40_000), "runs, one after the other"),
    "turns": (turns, (2500, 5000, 10_000, 20_000, 40_000), "turns of a loop"),
    "outputs": (outputs, (250, 500, 1000, 2000, 4000), "KB of an answer that is put out"),
    "description": (description, (1, 2, 4, 8, 16), "MB of a YAML description"),
    "validation": (validation, (250, 500, 1000, 2000, 4000), "steps of a validated document"),
    "findings": (findings, (125, 250, 500, 1000, 2000), "mistakes of a validated document"),
}


def measure(kind: str, folder: Path, *, quick: bool) -> list[tuple[int, Sample]]:
    """Sizes and what each took."""
    _, sizes, _ = KINDS[kind]
    found = []
    for size in sizes[:3] if quick else sizes:
        samples = [_child(kind, size, folder) for _ in range(1 if quick else 3)]
        found.append((size, min(samples, key=lambda sample: sample.cpu)))
    return found


def _child(kind: str, size: int, folder: Path) -> Sample:
    words = [sys.executable, "-m", "bench.growth", kind, str(size), str(folder)]
    return in_child(words, Path.cwd(), {**os.environ, "PYTHONPATH": str(Path.cwd())})


def steepness(found: Sequence[tuple[int, float]]) -> float:
    """The power of the size that a quantity grows with; what is the same for all sizes drops out.

    It compares what one more unit costs between the middle and the largest size with what it costs
    between the smallest and the middle.
    """
    first, middle, last = found[0], found[len(found) // 2], found[-1]

    def slope(one: tuple[int, float], other: tuple[int, float]) -> float:
        return max(other[1] - one[1], 1e-9) / (other[0] - one[0])

    return 1 + math.log(slope(middle, last) / slope(first, middle)) / math.log(last[0] / middle[0])


def growth(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Every kind: the time of its largest size, its memory, and how steeply both grow."""
    group = "Growth (1 is linear)"
    for kind, (_, _, title) in KINDS.items():
        found = measure(kind, folder, quick=quick)
        size, last = found[-1]
        yield Row(group, f"{size} {title}: CPU", last.cpu * 1e3, "ms")
        yield Row(group, f"{size} {title}: memory", last.memory, "MB")
        power = steepness([(each, sample.cpu) for each, sample in found])
        targets = () if quick else (at_most(STEEPEST, 10),)
        yield Row(group, f"{title}: time grows with the power", power, "", targets)
        power = steepness([(each, sample.memory) for each, sample in found])
        yield Row(group, f"{title}: memory grows with the power", power, "", targets)


if __name__ == "__main__":
    KINDS[sys.argv[1]][0](int(sys.argv[2]), Path(sys.argv[3]))
