"""The command line as a child process, in an environment without anybody's settings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY, SHARED
from tests.support.sagemaker_endpoint import ACCESS_KEY, SECRET_KEY

__all__ = ["CREDENTIALS", "KEPT", "Command", "Done", "Golden"]

CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
KEPT = ("PATH", "LANG", "SYSTEMROOT", "TMPDIR", "COVERAGE_PROCESS_START")
SECONDS = 60.0
UPDATE = "ARAZZO_UPDATE_GOLDENS"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """Runs ``python -m arazzo_runner`` in ``folder`` with ``environment`` and nothing else."""

    home: Path
    folder: Path = REPOSITORY
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: object, stdin: str = "", **environment: str) -> Done:
        with self.running(*words, **environment) as child:
            out, err = child.communicate(stdin, timeout=SECONDS)
        return self.done(words, child.returncode, out, err)

    @contextmanager
    def running(self, *words: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """The child while it runs; killed at the end if it still does."""
        with subprocess.Popen(
            [sys.executable, "-m", "arazzo_runner", *map(str, words)],
            cwd=self.folder,
            env=self.variables() | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as child:
            try:
                yield child
            finally:
                child.kill()

    def variables(self) -> dict[str, str]:
        """The environment of the child."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONUTF8": "1",
            "PYTHONWARNINGS": "error",
            "COLUMNS": "100",
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.environment,
        }

    @staticmethod
    def done(words: Sequence[object], code: int, out: str, err: str) -> Done:
        """The end of a command; never a traceback, never a secret."""
        for text in (out, err):
            assert "Traceback" not in text, text
            assert "internal error" not in text, text
            assert SECRET_KEY not in text, text
        return Done(tuple(map(str, words)), code, out, err)


ENDED = "(?:completed|ended|failed|interrupted|cancelled)"
DURATION = r"\d+ ms|\d+(?:\.\d)? s|\d+ min(?: \d+ s)?"
CHANGING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(rf"(?m)(?<=  )(?:{DURATION})(?=$|  )"), "TIME"),
    (re.compile(rf"(?m)(?<=bytes, )(?:{DURATION})$"), "TIME"),
    (re.compile(rf"(?m)^({ENDED}(?: in \S+)? in) (?:{DURATION})$"), r"\1 TIME"),
    (re.compile(r'("durationMs": )[\d.]+'), r"\1TIME"),
    (re.compile(r'("runId": )"[^"]+"'), r'\1"RUN"'),
    (re.compile(r'("[a-zA-Z]*At": )"[^"]+"'), r'\1"TIME"'),
    (re.compile(r"X-Amz-Date: \d{8}T\d{6}Z", re.IGNORECASE), "X-Amz-Date: TIME"),
    (re.compile(r"\b20\d{6}T\d{6}Z|\b20\d{6}(?=/)"), "DATE"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"(arazzo runs \w+) [0-9a-f]{12}\b"), r"\1 RUN"),
)


@dataclass(frozen=True)
class Golden:
    """The expected end of a command, in a file of its own.

    With ARAZZO_UPDATE_GOLDENS=1 the file is written instead of compared.
    """

    file: Path
    places: Mapping[str, str]

    def check(self, done: Done) -> None:
        """Compare everything a person sees, what changes from run to run made equal."""
        shown = self.stable(
            f"$ arazzo {' '.join(done.words)}\n"
            f"exit code {done.code}\n"
            f"--- standard output\n{done.out}"
            f"--- standard error\n{done.err}"
        )
        if os.environ.get(UPDATE) == "1":
            self.file.parent.mkdir(exist_ok=True)
            self.file.write_text(shown, encoding="utf-8")
        assert self.file.exists(), f"no golden file yet: {UPDATE}=1 writes {self.file}"
        expected = self.file.read_text(encoding="utf-8")
        if shown != expected:
            lines = unified_diff(expected.splitlines(), shown.splitlines(), "golden", "now", n=1)
            pytest.fail("\n".join([f"{UPDATE}=1 accepts this:", *lines]), pytrace=False)

    def stable(self, text: str) -> str:
        """The text without paths, ports, times and random names."""
        places = {str(REPOSITORY): "REPOSITORY", str(SHARED): "SHARED", **self.places}
        for place in sorted(places, key=len, reverse=True):
            text = text.replace(place, places[place])
        text = text.replace(os.path.relpath(SHARED, REPOSITORY), "SHARED")
        for pattern, name in CHANGING:
            text = pattern.sub(name, text)
        return text
