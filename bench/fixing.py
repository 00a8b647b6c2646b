"""``python -m bench.fixing``: published documents before and after ``--fix`` do the same.

Every document that has something to fix is fixed in memory. Each of its workflows is simulated as
it was published; the answers of that run, and others made of them (a 500, a body without what is
read, other values in place of what came), are then given to the published and to the fixed
workflow. The requests that are sent, the steps, what each criterion said, and the outputs must be
the same.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bench import corpus

SEEDS = (0, 1)
_TURNS = 100


class Row(NamedTuple):
    """One workflow of a fixed document. ``problem`` is empty when it does the same."""

    file: str
    workflow_id: str
    fixed: int
    compared: int
    problem: str


def measure(entry: Mapping[str, Any]) -> list[Row]:
    """The rows of one document of the manifest; none when there is nothing to fix in it."""
    from arazzo_runner.errors import ArazzoError
    from arazzo_runner.execution.settings import Settings
    from arazzo_runner.validation import ValidationSettings, Validator
    from arazzo_runner.validation.fixes import fix_document

    loader = corpus._loader(Settings())
    validator = Validator(loader, ValidationSettings(ignore=("source-invalid",), offline=True))
    try:
        document = loader.load(str(corpus.CORPUS / entry["file"]))
        done = fix_document(document, validator.validate_document)
    except ArazzoError:
        return []
    if not done.made:
        return []
    rows = []
    for workflow_id, before in _programs(document, loader):
        after = _program(done.document, loader, workflow_id)
        if after is None:
            rows.append(Row(entry["file"], workflow_id, done.made, 0, "cannot be linked any more"))
            continue
        count, problem = _compared(before, after, workflow_id)
        rows.append(Row(entry["file"], workflow_id, done.made, count, problem))
    return rows


def _programs(document: Any, loader: Any) -> Iterator[tuple[str, Any]]:
    """The workflows that can be run as they were published."""
    from arazzo_runner.linking import LinkSettings, link

    for workflow_id in link(document, loader, LinkSettings(any_server=True)).program.entries:
        program = _program(document, loader, workflow_id)
        if program is not None:
            yield workflow_id, program


def _program(document: Any, loader: Any, workflow_id: str) -> Any:
    from arazzo_runner.linking import LinkSettings, link

    settings = LinkSettings(any_server=True)
    linked = link(document, loader, settings, workflow_id=workflow_id)
    return None if linked.errors else linked.program


def _compared(before: Any, after: Any, workflow_id: str) -> tuple[int, str]:
    """How many pairs of runs were compared, and the first difference."""
    from arazzo_runner.simulation.simulation import simulate

    count = 0
    for seed in SEEDS:
        done = simulate(before, workflow_id, seed=seed)
        given = [
            choice.answer.response(f"{operation.operation_id or ''}Response")
            if choice.answer.lost is None
            else None
            for operation, choice in done.exchanges
        ]
        for answers in _variants(given):
            one = played(before, workflow_id, done.inputs, answers)
            other = played(after, workflow_id, done.inputs, answers)
            count += 1
            for old, new in zip(one, other, strict=False):
                if old != new:
                    return count, f"seed {seed}: {old!r:.600} became {new!r:.600}"
            if len(one) != len(other):
                return count, f"seed {seed}: {len(one)} events became {len(other)}"
    return count, ""


def _variants(answers: Sequence[Any]) -> Iterator[list[Any]]:
    """The answers, and for each of them what makes criteria say something else."""
    yield list(answers)
    for at, answer in enumerate(answers[:12]):
        if answer is None:
            continue
        for other in (
            answer._replace(status=500),
            # Not {}: the conforming form of a JSONPath comparison, $[?…], selects nothing of that.
            answer._replace(body={"unexpected": "x"}),
            answer._replace(body=_otherwise(answer.body)),
        ):
            yield [*answers[:at], other, *answers[at + 1 :]]


def _otherwise(value: Any) -> Any:
    """The same shape with other values, and lists one longer."""
    if isinstance(value, dict):
        return {key: _otherwise(item) for key, item in value.items()}
    if isinstance(value, list):
        return [*map(_otherwise, value), *value[:1]]
    if isinstance(value, str) and value.startswith("<"):
        return re.sub(r">([^<>]+)<", r">\1x<", value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else value


def played(
    program: Any, workflow_id: str, inputs: Mapping[str, Any], answers: Sequence[Any]
) -> list[Any]:
    """All that a run does when it gets these answers, in order; it is left when none is left."""
    from arazzo_runner.interpreter import (
        Finish,
        Noted,
        RequestFailed,
        ResponseArrived,
        RunSettings,
        SendRequest,
        WaitOver,
        advance,
        start,
    )

    said: list[Any] = []
    rest = iter(answers)
    turn = start(program, workflow_id, inputs, 0.0, RunSettings())
    for at in range(_TURNS):
        said += [_essence(one) for one in turn.records if not isinstance(one, Noted)]
        effect = turn.effects[0]
        if isinstance(effect, Finish):
            break
        if isinstance(effect, SendRequest):
            request = effect.request
            said.append((request.method, request.url, request.headers, request.body))
            answer = next(rest, "none is left")
            if answer == "none is left":
                break
            event = (
                RequestFailed("connect", "no answer", float(at))
                if answer is None
                else ResponseArrived(answer, float(at))
            )
            turn = advance(program, turn.state, event)
        else:
            turn = advance(program, turn.state, WaitOver(at + effect.seconds))
    return said


def _essence(record: Any) -> Any:
    """What a fix must not change of a record: not how a criterion is written."""
    from arazzo_runner.interpreter import RunFinished, StepFinished

    if isinstance(record, RunFinished):
        failure = record.failure and record.failure.kind
        return "end", record.status, record.outputs, record.missing_outputs, failure
    if isinstance(record, StepFinished):
        passed = tuple(one.verdict.passed for one in record.criteria)
        action = record.action and record.action[:4]
        return record.step_id, record.status, passed, action, record.outputs, record.missing_outputs
    return type(record).__name__


def rows(*, only: str | None = None, every: int = 1, workers: int = 2) -> Iterator[Row]:
    """The rows of the corpus, of each ``every``-th document."""
    manifest = json.loads((corpus.CORPUS / "manifest.json").read_text())
    jobs = [e for e in manifest if only is None or only in e["file"]][::every]
    if workers == 1:
        for job in jobs:
            yield from measure(job)
        return
    with multiprocessing.Pool(workers) as pool:
        for found in pool.imap_unordered(measure, jobs, chunksize=4):
            yield from found


def main() -> int:
    """Print what is not the same; 1 when there is something."""
    parser = argparse.ArgumentParser(prog="python -m bench.fixing", description=__doc__)
    parser.add_argument("only", nargs="?", help="only files with this in their path")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every N-th document")
    parser.add_argument("--workers", type=int, default=2)
    values = parser.parse_args()
    began = time.perf_counter()
    found = list(rows(only=values.only, every=values.every, workers=values.workers))
    wrong = [row for row in found if row.problem]
    for row in wrong:
        print(f"{row.file} {row.workflow_id}: {row.problem}")
    documents = Counter(row.file for row in found)
    print(
        f"{len(documents)} documents with {len(found)} workflows fixed, "
        f"{sum(row.compared for row in found)} pairs of runs compared, {len(wrong)} workflows "
        f"differ ({time.perf_counter() - began:.0f} s)"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
