"""``make growth``: measure how time and memory grow and draw it, for docs/performance.md."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.growth import KINDS, measure, steepness
from bench.measure import Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIME, MEMORY = "#1f6feb", "#bf6a02"
COLUMNS = 4


def main() -> int:
    """Measure every kind and write one SVG."""
    parser = argparse.ArgumentParser(prog="python -m bench.plot", description=__doc__)
    parser.add_argument("file", type=Path, help="the SVG to write")
    parser.add_argument("--quick", action="store_true", help="fewer sizes, rougher figures")
    values = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="arazzo-growth-") as folder:
        found = {
            title: measure(kind, Path(folder), quick=values.quick)
            for kind, (_, _, title) in KINDS.items()
        }
    # Not before: until a child is another program its memory is its parent's, and counts.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 8})
    rows = -(-len(found) // COLUMNS)
    figure = Figure(figsize=(11, 2.8 * rows), layout="constrained")
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes, (title, samples) in zip(grid.flat, found.items(), strict=False):
        draw(axes, title, samples)
    figure.savefig(values.file, format="svg", metadata={"Date": None})
    print(values.file)
    return 0


def draw(axes: Axes, title: str, found: list[tuple[int, Sample]]) -> None:
    """Time and memory against size, both from zero, so that a straight line is linear growth."""
    sizes = [size for size, _ in found]
    times = [sample.cpu for _, sample in found]
    power = steepness(list(zip(sizes, times, strict=True)))
    axes.set_title(f"{title}\ntime ~ size^{power:.2f}", fontsize=8)
    axes.plot(sizes, times, color=TIME, marker="o", markersize=3)
    axes.set_ylabel("s of CPU", color=TIME)
    axes.set_xlim(0)
    axes.set_ylim(0)
    beside = axes.twinx()
    beside.plot(sizes, [sample.memory for _, sample in found], color=MEMORY, marker="s",
                markersize=3)  # fmt: skip
    beside.set_ylabel("MB", color=MEMORY)
    beside.set_ylim(0)


if __name__ == "__main__":
    raise SystemExit(main())
