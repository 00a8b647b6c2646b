"""``# arazzo-ignore: RULE`` in a document: findings that its author accepts.

In the line of the finding, or in a line of its own above it. ``arazzo-ignore-file`` is for the
whole file. JSON has no comments: use the configuration or a baseline.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Document
from arazzo_runner.validation.findings import Finding

__all__ = ["Accepted", "without_accepted"]

_COMMENT: Final = lazy_pattern(
    r"(?:^|\s)#\s*arazzo-ignore(?P<file>-file)?\s*:\s*(?P<rules>[a-z0-9\-]+(?:\s*,\s*[a-z0-9\-]+)*)"
)


_Place = tuple[int, int]  # line and column, from 1


class Accepted(NamedTuple):
    """The findings that are left, how many comments accept, and comments that accept nothing.

    ``unused`` are lines (from 1), columns and rules.
    """

    findings: tuple[Finding, ...]
    ignored: int
    unused: tuple[tuple[int, int, str], ...]


def without_accepted(document: Document, findings: Iterable[Finding]) -> Accepted:
    """Take away the findings that comments of the document accept."""
    found = tuple(findings)
    if document.is_json or b"arazzo-ignore" not in document.text:
        return Accepted(found, 0, ())
    whole, lines = _comments(document)
    used: set[tuple[int, str]] = set()
    kept = []
    for finding in found:
        accepting = _accepting(document, finding, whole, lines)
        used.update(accepting)
        if not accepting:
            kept.append(finding)
    unused = [
        (*place, rule)
        for line, rules in lines.items()
        for rule, place in rules.items()
        if (line, rule) not in used
    ]
    unused += [(*place, rule) for rule, place in whole.items() if (0, rule) not in used]
    return Accepted(tuple(kept), len(found) - len(kept), tuple(sorted(unused)))


def _accepting(
    document: Document,
    finding: Finding,
    whole: dict[str, _Place],
    lines: dict[int, dict[str, _Place]],
) -> list[tuple[int, str]]:
    """The comments that accept the finding: line of what they are about (0: all) and rule."""
    if finding.location.file != document.name:
        return []
    accepting = [(0, finding.rule)] if finding.rule in whole else []
    if finding.rule in lines.get(finding.location.line, {}):
        accepting.append((finding.location.line, finding.rule))
    return accepting


def _comments(document: Document) -> tuple[dict[str, _Place], dict[int, dict[str, _Place]]]:
    """Rules accepted in the whole file, and by line; each with its place."""
    whole: dict[str, _Place] = {}
    lines: dict[int, dict[str, _Place]] = {}
    above: dict[str, _Place] = {}
    for number, line in enumerate(document.source_text.text.splitlines(), 1):
        own = line.lstrip().startswith("#")
        found = _COMMENT.search(line)
        rules: dict[str, _Place] = {}
        if found:
            column = found.start("rules") + 1
            for rule in found["rules"].split(","):
                if found["file"]:
                    whole.setdefault(rule.strip(), (number, column))
                else:
                    rules[rule.strip()] = (number, column)
        if own or not line.strip():
            above |= rules
            continue
        if rules or above:
            lines[number] = {**above, **rules}
        above = {}
    return whole, lines
