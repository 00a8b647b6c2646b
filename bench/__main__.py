"""``python -m bench``: measure everything in one run, print it beside the targets."""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from bench import commands, growth, journal, many, steps
from bench.report import Row, print_rows, write_json

PARTS = {
    # Children first: until a child is another program its memory is the parent's, and counts.
    "start": commands.starting,
    "validate": commands.validating,
    "descriptions": commands.big_descriptions,
    "many": many.many,
    "flat": many.flat,
    "growth": growth.growth,
    "interpreter": steps.interpreter,
    "steps": steps.sequential,
    "concurrent": steps.concurrent,
    "journal": journal.journal,
}


def main() -> int:
    """Measure; 0 when every target is met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, rougher figures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    values = parser.parse_args()
    for part in values.parts:
        if part not in PARTS:
            parser.error(f"there is no part '{part}': {', '.join(PARTS)}")
    print("Times are as measured; a second figure is what they are where Python starts in 15 ms.")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="arazzo-bench-") as folder:
        for name in [part for part in PARTS if part in (values.parts or PARTS)]:
            measured = PARTS[name](Path(folder), quick=values.quick)
            for group, some in groupby(measured, key=lambda row: row.group):
                found = list(some)
                print_rows(group, found)
                sys.stdout.flush()
                rows += found
    missed = [row for row in rows if not row.ok]
    print(f"\n{len(missed)} of {sum(bool(row.targets) for row in rows)} rows with a target miss it")
    if values.json is not None:
        write_json(values.json, rows, quick=values.quick)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
