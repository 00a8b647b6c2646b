"""Samples of CPU, wall time and memory; comparisons in rounds, so that noise hits all alike."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["Sample", "compare", "in_child", "per", "python_start", "timed"]

Work = Callable[[], "Sample"]


@dataclass(frozen=True)
class Sample:
    """What one piece of work took: seconds, and the largest resident size in MB for a child."""

    cpu: float
    wall: float
    memory: float = 0.0


def timed(work: Callable[[], object], count: int = 1) -> Sample:
    """CPU and wall seconds of ``work`` in this process, divided by ``count``."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Sample(
        (time.process_time() - cpu) / count,
        (time.perf_counter() - wall) / count,
    )


def in_child(words: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Sample:
    """CPU (user and system), wall and memory of a command, by the kernel's account of it.

    Raises:
        RuntimeError: it did not end with 0; its output is in the message.
    """
    wall = time.perf_counter()
    with subprocess.Popen(
        words, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - wall
    if child.returncode != 0:
        text = output.decode("utf-8", "replace")
        raise RuntimeError(f"{' '.join(words)} ended with {child.returncode}:\n{text[-2000:]}")
    return Sample(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def python_start() -> Sample:
    """Bare Python, from its start to its end."""
    return in_child([sys.executable, "-c", "pass"], Path.cwd(), os.environ)


def compare(works: Mapping[str, Work], repeats: int) -> dict[str, list[Sample]]:
    """Samples of each work, one per round: the works take turns. A first round is not counted."""
    samples: dict[str, list[Sample]] = {name: [] for name in works}
    for number in range(repeats + 1):
        for name, work in works.items():
            sample = work()
            if number:
                samples[name].append(sample)
    return samples


def per(
    samples: Mapping[str, Sequence[Sample]], name: str, floor: str | None = None, what: str = "cpu"
) -> float:
    """The median of a work; with a floor, the median of its ratio to the floor, round by round."""
    values = [getattr(sample, what) for sample in samples[name]]
    if floor is not None:
        floors = [getattr(sample, what) for sample in samples[floor]]
        values = [value / least for value, least in zip(values, floors, strict=True)]
    return median(values)
