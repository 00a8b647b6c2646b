"""``python -m bench.corpus``: every published document through simulate and explore, as a table.

A workflow is *completed* when its simulation completes by answers that its descriptions allow, and
has *faults* when it does and a request or a read of it contradicts the descriptions. Otherwise the
*document* is at fault, by a rule that is named, *sources* are missing, or it is *ours*.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

CORPUS = Path(os.environ.get("ARAZZO_SHARED", "/work/shared")) / "corpus"


class Row(NamedTuple):
    """One workflow: where it is from and what came of it."""

    origin: str
    file: str
    workflow_id: str
    outcome: str  # completed, faults, document, ours, sources
    rule: str
    message: str
    warnings: tuple[str, ...]
    paths: int
    faults: tuple[str, ...]
    seconds: float


def measure(entry: dict[str, Any], *, explore: bool) -> list[Row]:
    """The rows of one document of the manifest."""
    from arazzo_runner.errors import ArazzoError
    from arazzo_runner.execution.settings import Settings
    from arazzo_runner.linking import LinkSettings, link

    file, origin = str(CORPUS / entry["file"]), entry["origin"]
    missing = [s["name"] for s in entry["sources"] if not s.get("file")]
    began = time.perf_counter()
    try:
        loader = _loader(Settings())
        document = loader.load(file)
        linked = link(document, loader, LinkSettings({}, {}, None, True))
    except ArazzoError as error:
        outcome = "sources" if missing else "document"
        return [Row(origin, entry["file"], "", outcome, error.kind, error.message, (), 0, (), 0.0)]
    rows = []
    for workflow_id in linked.program.entries:
        own = linked
        if linked.errors:
            own = link(document, loader, LinkSettings({}, {}, None, True), workflow_id=workflow_id)
        if own.errors:
            fault = own.errors[0]
            outcome = "sources" if missing else "document"
            rows.append(
                Row(
                    origin, entry["file"], workflow_id, outcome, fault.rule,
                    f"{fault.message} [{fault.location}]", (), 0, (), 0.0,
                )
            )  # fmt: skip
            continue
        began = time.perf_counter()
        row = _run(own.program, workflow_id, explore=explore)
        spent = time.perf_counter() - began
        rows.append(Row(origin, entry["file"], workflow_id, *row, spent))
    return rows


_LOADERS: list[Any] = []


def _loader(settings: Any) -> Any:
    from arazzo_runner.execution.loading import make_loader

    if not _LOADERS:
        _LOADERS.append(make_loader(settings))
    return _LOADERS[0]


def _run(program: Any, workflow_id: str, *, explore: bool) -> tuple[Any, ...]:
    from arazzo_runner.simulation.simulation import simulate

    paths, faults = 0, ()
    try:
        done = simulate(program, workflow_id)
        if explore:
            from arazzo_runner.simulation.exploration import explore as explore_workflow

            explored = explore_workflow(program, workflow_id)
            paths = explored.paths
            faults = tuple(f"{f.rule} {f.step_id}: {f.message}" for f in explored.findings)
    except Exception as error:  # noqa: BLE001 - this is what is measured
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        return "ours", type(error).__name__, text, (), paths, faults
    errors = [f for f in done.findings if f.severity == "error"]
    warnings = tuple(f"{f.rule} {f.step_id}: {f.message}" for f in done.findings if f not in errors)
    if not errors:
        return "completed", "", "", warnings, paths, faults
    first = next((f for f in errors if f.rule.startswith(("run-", "value-"))), errors[0])
    messages = " | ".join(f"{f.rule} {f.step_id}: {f.message}" for f in errors)
    outcome = "document" if first.rule.startswith(("run-", "value-")) else "faults"
    return outcome, first.rule, messages, warnings, paths, faults


def _work(job: tuple[dict[str, Any], bool]) -> list[Row]:
    return measure(job[0], explore=job[1])


def rows(*, explore: bool, only: str | None = None, workers: int = 2) -> Iterator[Row]:
    """All rows of the corpus."""
    manifest = json.loads((CORPUS / "manifest.json").read_text())
    jobs = [(e, explore) for e in manifest if only is None or only in e["file"]]
    if workers == 1:
        for job in jobs:
            yield from _work(job)
        return
    with multiprocessing.Pool(workers) as pool:
        for found in pool.imap(_work, jobs, chunksize=8):
            yield from found


def main() -> int:
    """Print the table; 1 when a failure is ours."""
    parser = argparse.ArgumentParser(prog="python -m bench.corpus", description=__doc__)
    parser.add_argument("only", nargs="?", help="only files with this in their path")
    parser.add_argument("--no-explore", action="store_true", help="simulate only")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows", type=Path, metavar="FILE", help="write all rows, JSON lines")
    values = parser.parse_args()
    began = time.perf_counter()
    found = list(rows(explore=not values.no_explore, only=values.only, workers=values.workers))
    spent = time.perf_counter() - began
    if values.rows:
        values.rows.write_text("".join(json.dumps(row._asdict()) + "\n" for row in found))
    _print(found)
    print(f"\n{len(found)} workflows in {spent:.0f} s")
    return 1 if any(row.outcome == "ours" for row in found) else 0


def _print(found: list[Row]) -> None:
    outcomes = ("completed", "faults", "document", "sources", "ours")
    print(f"{'origin':<14}{'workflows':>10}" + "".join(f"{name:>11}" for name in outcomes))
    for origin in dict.fromkeys(row.origin for row in found):
        own = [row for row in found if row.origin == origin]
        counts = Counter(row.outcome for row in own)
        ended = counts["completed"] + counts["faults"]
        share = f"{100 * ended / max(1, len(own) - counts['sources']):>8.1f} %"
        line = f"{origin:<14}{len(own):>10}" + "".join(f"{counts[o]:>11}" for o in outcomes)
        print(line + share)
    for outcome in outcomes[1:]:
        rules = Counter((row.origin, row.rule) for row in found if row.outcome == outcome)
        for (origin, rule), count in rules.most_common():
            print(f"  {outcome:<10} {origin:<14} {rule:<32} {count}")
    faults = Counter(fault.partition(" ")[0] for row in found for fault in row.faults)
    if faults:
        print(f"explored: {sum(row.paths for row in found)} paths; faults by rule: {dict(faults)}")


if __name__ == "__main__":
    sys.exit(main())
