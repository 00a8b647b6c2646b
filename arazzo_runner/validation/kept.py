"""Findings kept between processes: a document that has not changed is not validated again.

An entry is known by the document's bytes and name, the settings, and the engine itself (the sizes
and times of its files). It says which files were read on the way and what was in them, or that they
were not there; one of them changed, and the entry counts no more. What came over the network is not
kept.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from arazzo_runner.errors import Location
from arazzo_runner.validation.findings import Finding, Fix
from arazzo_runner.validation.settings import ValidationSettings
from arazzo_runner.values.digests import blake2b
from arazzo_runner.values.kept_files import KeptFiles

__all__ = ["KeptFindings", "Reads", "digest"]

_MOST: Final = 4096  # entries


def digest(text: bytes) -> str:
    """What tells one content from another."""
    return blake2b(text, digest_size=16).hexdigest()


class Reads:
    """The files that were read: paths and digests, None for a file that was not there.

    ``certain`` is False once something came from elsewhere.
    """

    def __init__(self) -> None:
        self.files: dict[str, str | None] = {}
        self.certain = True


class KeptFindings:
    """Findings by content, in a folder. Never an error: what cannot be kept is found again."""

    def __init__(self, folder: Path, settings: ValidationSettings) -> None:
        self._kept = KeptFiles(folder, most=_MOST)
        plain = settings._replace(cache=None, severities=dict(settings.severities))
        self._settings = repr(plain)

    def get(self, file: str) -> tuple[tuple[Finding, ...], int] | None:
        """The findings of a file and the number of accepted ones; None when they are not known."""
        try:
            key = self._key(file, Path(file).read_bytes())
        except OSError:
            return None
        data = self._kept.get(key)
        if data is None:
            return None
        try:
            if not all(_unchanged(path, known) for path, known in data["read"].items()):
                return None
            return tuple(_finding(row) for row in data["findings"]), int(data["ignored"])
        except (ValueError, LookupError, TypeError, AttributeError):
            self._kept.forget(key)
            return None

    def put(self, file: str, reads: Reads, findings: tuple[Finding, ...], ignored: int) -> None:
        """Keep the findings of a file, unless something of them came from elsewhere."""
        if not reads.certain:
            return
        data = {
            "read": reads.files,
            "ignored": ignored,
            "findings": [_row(finding) for finding in findings],
        }
        with suppress(OSError, ValueError):
            self._kept.put(self._key(file, Path(file).read_bytes()), data)

    def _key(self, file: str, text: bytes) -> str:
        key = blake2b(digest_size=20)
        for part in (_engine(), self._settings, os.getcwd(), file):  # noqa: PTH109 - a text is enough
            key.update(part.encode("utf-8", "surrogatepass") + b"\0")
        key.update(text)
        return key.hexdigest()


@cache
def _engine() -> str:
    """What this engine is: its files with their sizes and times, and the Python that runs it."""
    found = [sys.version]
    root = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - faster, and it counts here
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(files):
            status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - as above
            found.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(found)


def _unchanged(path: str, known: str | None) -> bool:
    try:
        text = Path(path).read_bytes()
    except OSError:
        return known is None
    return digest(text) == known


def _row(finding: Finding) -> list[Any]:
    fix = finding.fix.description if finding.fix else None
    return [*finding[:3], list(finding.location), finding.pointer, finding.hint, fix]


def _finding(row: list[Any]) -> Finding:
    rule, severity, message, location, pointer, hint, fix = row
    return Finding(
        rule, severity, message, Location(*location), pointer, hint, Fix(fix, ()) if fix else None
    )
