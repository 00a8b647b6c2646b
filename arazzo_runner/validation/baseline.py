"""A baseline: the findings of today, so that only new ones count tomorrow."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePath

from arazzo_runner.errors import DocumentNotFound, UsageError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.validation.findings import Finding

__all__ = ["Compared", "compare", "fingerprint", "read_baseline", "shown_path", "write_baseline"]


class Compared(NamedTuple):
    """The findings that a baseline does not know, and how many it knows."""

    new: tuple[Finding, ...]
    known: int


def shown_path(file: str) -> str:
    """A file as reports name it: from the current folder, with slashes; a URL as it is."""
    if "://" in file:
        return file
    path = PurePath(file)
    here = Path.cwd()
    if path.is_absolute() and path.is_relative_to(here):
        path = path.relative_to(here)
    return path.as_posix()


def fingerprint(finding: Finding) -> str:
    """What stays the same when lines move: rule, file, place in the data, message."""
    from arazzo_runner.values.digests import blake2b

    parts = (finding.rule, shown_path(finding.location.file), finding.pointer, finding.message)
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def compare(findings: Iterable[Finding], baseline: Counter[str]) -> Compared:
    """Take away what the baseline knows; the same finding twice has to be known twice."""
    left = Counter(baseline)
    new: list[Finding] = []
    known = 0
    for finding in findings:
        key = fingerprint(finding)
        if left[key] > 0:
            left[key] -= 1
            known += 1
        else:
            new.append(finding)
    return Compared(tuple(new), known)


def read_baseline(file: str) -> Counter[str]:
    """The fingerprints of a baseline file.

    Raises:
        DocumentNotFound: there is no such file.
        UsageError: it is no baseline.
    """
    try:
        data = json.loads(Path(file).read_text(encoding="utf-8"))
        return Counter({item["fingerprint"]: int(item["count"]) for item in data["findings"]})
    except OSError as error:
        raise DocumentNotFound(
            f"the baseline {file} cannot be read: {error.strerror}",
            hint=f"'--write-baseline {file}' writes the findings of today",
        ) from None
    except (ValueError, LookupError, TypeError):
        raise UsageError(
            f"{file} is not a baseline", hint="'--write-baseline FILE' writes one"
        ) from None


def write_baseline(file: str, findings: Iterable[Finding]) -> None:
    """Write the findings as a baseline, in an order that makes small differences.

    Raises:
        UsageError: the file cannot be written.
    """
    from arazzo_runner.values.whole_files import write_whole

    rows: dict[str, dict[str, object]] = {}
    for finding in findings:
        row = rows.setdefault(
            fingerprint(finding),
            {
                "file": shown_path(finding.location.file),
                "rule": finding.rule,
                "pointer": finding.pointer,
                "message": finding.message,
                "fingerprint": fingerprint(finding),
                "count": 0,
            },
        )
        row["count"] = int(str(row["count"])) + 1
    ordered = sorted(rows.values(), key=lambda row: [str(value) for value in row.values()])
    text = json.dumps({"version": 1, "findings": ordered}, ensure_ascii=False, indent=1) + "\n"
    try:
        write_whole(file, text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"the baseline {file} cannot be written: {why}") from None
