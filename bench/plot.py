"""``make growth``: measure how time and memory grow and draw it, for docs/performance.md."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.growth import KINDS, measure, steepness
from bench.measure import Sample

TIME, MEMORY = "#1f6feb", "#bf6a02"
COLUMNS = 4


def main() -> int:
    """Measure every kind and write one SVG."""
    parser = argparse.ArgumentParser(prog="python -m bench.plot", description=__doc__)
    parser.add_argument("file", type=Path, help="the SVG to write")
    parser.add_argument("--quick", action="store_true", help="fewer sizes, rougher figures")
    values = parser.parse_args()
    mpl.rcParams.update({"svg.hashsalt": "growth", "font.size": 8, "axes.titlesize": 8})
    rows = -(-len(KINDS) // COLUMNS)
    figure = Figure(figsize=(11, 2.6 * rows), layout="constrained")
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    with tempfile.TemporaryDirectory(prefix="arazzo-growth-") as folder:
        for axes, (kind, (_, _, title)) in zip(grid.flat, KINDS.items(), strict=False):
            draw(axes, title, measure(kind, Path(folder), quick=values.quick))
    figure.savefig(values.file, format="svg", metadata={"Date": None})
    print(values.file)
    return 0


def draw(axes: Axes, title: str, found: list[tuple[int, Sample]]) -> None:
    """Time and memory against size, both from zero, so that a straight line is linear growth."""
    sizes = [size for size, _ in found]
    times = [sample.cpu for _, sample in found]
    power = steepness(list(zip(sizes, times, strict=True)))
    axes.set_title(f"{title} (time ~ size^{power:.2f})")
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
