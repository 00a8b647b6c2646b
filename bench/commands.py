"""What the command line costs: its start, a short run, and big descriptions, cold and cached."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.documents import big_api, chain
from bench.measure import Sample, compare, in_child, per
from bench.report import REFERENCE_START, Row, at_most
from bench.server import running

__all__ = ["big_descriptions", "starting", "validating"]

ROOT = Path(__file__).resolve().parents[1]
STUB = "import sys\nfrom arazzo_runner.cli.main import entry_point\nsys.exit(entry_point())\n"
HTTPX = """\
import sys, httpx
with httpx.Client() as client:
    item = 1
    for _ in range(3):
        response = client.get(f"{sys.argv[1]}/items/{item}")
        assert response.status_code == 200
        item = response.json()["id"]
print("id:", item)
"""
LOAD = """\
import sys
from pathlib import Path
from arazzo_runner.reading import DescriptionCache, Loader
cache = DescriptionCache(Path(sys.argv[2])) if len(sys.argv) > 2 else None
Loader(cache=cache).load(sys.argv[1])
"""
TO_JSON = """\
import json, sys
from arazzo_runner.reading import Loader
json.dump(Loader().load(sys.argv[1]).data, open(sys.argv[2], "w", encoding="utf-8"))
"""
JSON_FLOOR = "import json, sys\njson.loads(open(sys.argv[1], 'rb').read())\n"


def disturbs(name: str) -> bool:
    """Variables that change what is measured: proxies, and Python without its compiled modules."""
    return name.startswith(("PYTHON", "COVERAGE", "AWS_")) or "PROXY" in name.upper()


class _Children:
    """Runs Python programs as children with a cache folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not disturbs(name)},
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(self.cache),
        }
        installed = Path(sys.executable).with_name("arazzo")
        self._arazzo = str(installed if installed.exists() else self.program("arazzo", STUB))

    def program(self, name: str, text: str) -> Path:
        """A file with a Python program."""
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def python(self, *words: object) -> Sample:
        command = [sys.executable, *map(str, words)]
        return in_child(command, self.folder, self._environment)

    def changed(self, file: Path) -> Sample:
        """Validate a document that has just been edited."""
        with file.open("a", encoding="utf-8") as stream:
            stream.write("# edited\n")
        return self.arazzo("validate", file)

    def arazzo(self, *words: object, cold: bool = False) -> Sample:
        if cold:
            shutil.rmtree(self.cache, ignore_errors=True)
        return self.python(self._arazzo, *words)


def starting(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Start of the command, and a whole run of three steps."""
    group = "The command"
    children = _Children(folder)
    script = children.program("bare_httpx.py", HTTPX)
    with running() as url:
        file = chain(folder, url, 3)
        samples = compare(
            {
                "python": lambda: children.python("-c", "pass"),
                "version": lambda: children.arazzo("--version"),
                "help": lambda: children.arazzo("--help"),
                "httpx": lambda: children.python(script, url),
                "run": lambda: children.arazzo("run", file, "-i", "first=1"),
            },
            5 if quick else 15,
        )
    yield Row(group, "bare python -c pass: CPU", per(samples, "python") * 1e3, "ms")
    ratio = per(samples, "version", "python")
    yield Row(group, "arazzo --version: CPU", per(samples, "version") * 1e3, "ms")
    yield Row(group, "arazzo --version: CPU, python = 1", ratio, "×", (at_most(1.6, 10),))
    yield Row(group, "arazzo --help: CPU", per(samples, "help") * 1e3, "ms")
    ratio = per(samples, "help", "python")
    yield Row(group, "arazzo --help: CPU, python = 1", ratio, "×", (at_most(2.1, 10),))
    for name, title in (("httpx", "bare httpx script, 3 requests"), ("run", "arazzo run, 3 steps")):
        yield Row(group, f"{title}: CPU", per(samples, name) * 1e3, "ms")
        yield Row(group, f"{title}: wall", per(samples, name, what="wall") * 1e3, "ms")
        yield Row(group, f"{title}: memory", per(samples, name, what="memory"), "MB")
    yield Row(
        group, "arazzo run: CPU, script = 1", per(samples, "run", "httpx"), "×", (at_most(1.6, 2),)
    )


def validating(folder: Path, *, quick: bool) -> Iterator[Row]:
    """A 10 KB document alone, and with a 34 KB description: first, and with the verdict kept."""
    group = "arazzo validate, a document of 10 KB"
    children = _Children(folder)
    source = big_api(folder, "http://127.0.0.1:1", 0.034)
    file = chain(folder, "", 34, source=source.name)
    samples = compare(
        {
            "python": lambda: children.python("-c", "pass"),
            "first alone": lambda: children.arazzo("validate", file, "--no-sources", cold=True),
            "alone": lambda: children.arazzo("validate", file, "--no-sources"),
            "first": lambda: children.arazzo("validate", file, cold=True),
            "changed": lambda: children.changed(file),
            "kept": lambda: children.arazzo("validate", file),
        },
        5 if quick else 15,
    )
    yield Row(group, "bare python -c pass: CPU", per(samples, "python") * 1e3, "ms")
    for name, title, most in (
        ("first alone", "without sources, the first time", 5),
        ("alone", "without sources, again", 5),
        ("first", "with a description of 34 KB, the first time", 20),
        ("changed", "the document changed, the verdict on its description kept", 7),
        ("kept", "nothing changed", 7),
    ):
        yield Row(group, f"{title}: CPU", per(samples, name) * 1e3, "ms")
        ratio = per(samples, name, "python")
        yield Row(group, f"{title}: CPU, python = 1", ratio, "×", (at_most(most, 6),))
        yield Row(group, f"{title}: memory", per(samples, name, what="memory"), "MB")


def big_descriptions(folder: Path, *, quick: bool) -> Iterator[Row]:
    """A 3 MB and a 10 MB YAML description: whole commands and the library alone."""
    children = _Children(folder)
    load = children.program("load.py", LOAD)
    floor = children.program("floor.py", JSON_FLOOR)
    with running() as url:
        for megabytes in (3, 10):
            source = big_api(folder, url, megabytes)
            file = chain(folder, url, 3, source=source.name)
            yield from _big(children, load, floor, source, file, megabytes, quick=quick)


def _big(
    children: _Children,
    load: Path,
    floor: Path,
    source: Path,
    file: Path,
    megabytes: int,
    *,
    quick: bool,
) -> Iterator[Row]:
    group = f"A YAML description of {megabytes} MB"
    as_json = source.with_suffix(".json")
    children.python("-c", TO_JSON, source, as_json)
    run = ("run", file, "-i", "first=1")
    kept = children.folder / "library-cache"
    samples = compare(
        {
            "python": lambda: children.python("-c", "pass"),
            "json": lambda: children.python(floor, as_json),
            "library": lambda: children.python(load, source),
            "library cached": lambda: children.python(load, source, kept),
            "show cold": lambda: children.arazzo("show", file, cold=True),
            "show cached": lambda: children.arazzo("show", file),
            "run cold": lambda: children.arazzo(*run, cold=True),
            "run cached": lambda: children.arazzo(*run),
        },
        2 if quick else 5,
    )
    tenth = megabytes == 10
    yield Row(group, "floor: json.loads of the same data: CPU", per(samples, "json") * 1e3, "ms")
    for name, targets in (
        ("library", (at_most(900, 10),)),
        ("library cached", ()),
        ("show cold", (at_most(1200, 2),)),
        ("show cached", (at_most(250, 2),)),
        ("run cold", ()),
        ("run cached", ()),
    ):
        scaled = per(samples, name, "python") * REFERENCE_START * 1e3
        wanted = targets if tenth else ()
        yield Row(group, f"{name}: CPU", per(samples, name) * 1e3, "ms", wanted, scaled)
        yield Row(group, f"{name}: wall", per(samples, name, what="wall") * 1e3, "ms")
        most = (at_most(120, 10),) if tenth and name == "library" else ()
        yield Row(group, f"{name}: memory", per(samples, name, what="memory"), "MB", most)
    wanted = (at_most(120, 10),) if tenth else ()
    beyond = (per(samples, "library cached") - per(samples, "python")) * 1e3
    scaled = (per(samples, "library cached", "python") - 1) * REFERENCE_START * 1e3
    yield Row(group, "library cached, beyond start: CPU", beyond, "ms", wanted, scaled)
