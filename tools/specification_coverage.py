"""Which requirements of the specification are kept, and which test says so.

``python -m tools.specification_coverage`` writes ``docs/specification-coverage.md`` from
``tools/requirements.yml``, the ``requirement`` marks of the tests, and the rules of the validator,
whose examples are tests. With ``--check`` nothing is written and the exit code is 1 when the page
is not current. Tests are read, not imported.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / "tools" / "requirements.yml"
PAGE = REPOSITORY / "docs" / "specification-coverage.md"
_SPECIFICATION = "https://spec.openapis.org/arazzo/v1.1.0.html"
_LINKS = 4  # tests named for one requirement; the others are counted
_KINDS = {"S": "before a run", "R": "in a run", "B": "before and in a run", "T": "by the tool"}


class Requirement(NamedTuple):
    """One line of the table. ``decisions`` are those taken where the specification is silent."""

    number: str
    kind: str
    level: str
    section: str
    decisions: tuple[str, ...]
    wording: str
    not_yet: str | None


class Mark(NamedTuple):
    """A test that carries numbers, or a rule: its page and its id."""

    file: str
    test: str
    numbers: tuple[str, ...]


def read_requirements(path: Path = DATA) -> list[Requirement]:
    """The requirements of the data file, in its order."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    reasons = data["not-yet"]
    found = []
    for number, (kind, level, section, decisions, wording) in data["requirements"].items():
        reason = reasons.get(number) or reasons.get(number.partition("-")[0]) or reasons.get(kind)
        row = Requirement(number, kind, level, section, tuple(decisions), wording, reason)
        found.append(row)
    return found


def read_marks(folder: Path) -> list[Mark]:
    """Every marked test below a folder, by file and line."""
    marks: list[Mark] = []
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(folder.parent).as_posix()
        whole = [n for node in tree.body if isinstance(node, ast.Assign) for n in _numbers(node)]
        marks.extend(_marks(tree.body, name, whole, ""))
    return marks


def rule_marks() -> list[Mark]:
    """A mark for each rule of the validator: its wrong and its right example are tests."""
    from arazzo_runner.validation.registry import all_rules

    return [
        Mark(
            f"docs/rules/{rule.id}.md", rule.id, tuple(re.findall(r"[A-Z]+-\d+", rule.requirement))
        )
        for rule in all_rules().values()
    ]


def _marks(
    body: Sequence[ast.stmt], file: str, inherited: Sequence[str], prefix: str
) -> Iterator[Mark]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            above = [*inherited, *(n for d in node.decorator_list for n in _numbers(d))]
            yield from _marks(node.body, file, above, f"{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own = [number for decorator in node.decorator_list for number in _numbers(decorator)]
            if node.name.startswith("test_") and (own or inherited):
                yield Mark(file, prefix + node.name, tuple(dict.fromkeys([*inherited, *own])))


def _numbers(node: ast.AST) -> Iterator[str]:
    """The arguments of every ``requirement(…)`` in a piece of source."""
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "requirement"
        ):
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def status(requirement: Requirement, tests: Sequence[Mark]) -> str:
    """``kept``, ``decided`` (kept, with a decision of ours), ``not yet`` or ``untested``."""
    if tests:
        return "decided" if _decisions(requirement, tests) else "kept"
    return "not yet" if requirement.not_yet else "untested"


def _decisions(requirement: Requirement, tests: Sequence[Mark]) -> list[str]:
    """The requirement's decisions that a test of it, or any test, carries."""
    carried = {number for test in tests for number in test.numbers}
    return [d for d in requirement.decisions if d in carried]


def render(requirements: Sequence[Requirement], marks: Sequence[Mark]) -> str:
    """The page."""
    by_number: dict[str, list[Mark]] = {row.number: [] for row in requirements}
    for mark in marks:
        for number in mark.numbers:
            if number in by_number:
                by_number[number].append(mark)
    counts = Counter(status(row, by_number[row.number]) for row in requirements)
    lines = [
        "# Coverage of the specification",
        "",
        (
            "Generated by `python -m tools.specification_coverage` from the marks of the tests and "
            "the rules of the validator; "
            "do not edit."
        ),
        "",
        (
            f"The {len(requirements)} numbered requirements of the [Arazzo specification]"
            f"({_SPECIFICATION}), 1.0 and 1.1: {_summary(counts)}. A decision `A-nn` says what "
            "this engine does where the specification is silent or contradicts itself. *Implied* "
            "requirements follow from its grammar, tables and examples."
        ),
        "",
    ]
    section = None
    for row in requirements:
        group = row.number.partition("-")[0]
        if group != section:
            section = group
            lines += [f"## {group}", "", *_header()]
        lines.append(_row(row, by_number[row.number]))
        if row is requirements[-1] or not _same_group(requirements, row):
            lines.append("")
    return "\n".join(lines)


def _same_group(requirements: Sequence[Requirement], row: Requirement) -> bool:
    following = requirements[requirements.index(row) + 1]
    return following.number.partition("-")[0] == row.number.partition("-")[0]


def _header() -> list[str]:
    return [
        "| number | requirement | level | holds | section | status | tests |",
        "|---|---|---|---|---|---|---|",
    ]


def _summary(counts: Mapping[str, int]) -> str:
    words = {
        "kept": "kept",
        "decided": "kept with a decision",
        "not yet": "not yet",
        "untested": "without a test",
    }
    return ", ".join(f"{counts[key]} {word}" for key, word in words.items() if counts.get(key))


def _row(row: Requirement, tests: Sequence[Mark]) -> str:
    state = status(row, tests)
    told = {
        "kept": "kept",
        "decided": "kept with decision " + ", ".join(_decisions(row, tests)),
        "not yet": f"not yet, because: {row.not_yet}",
        "untested": "**no test**",
    }[state]
    level = "implied" if row.level == "IMPL" else row.level
    cells = (row.number, row.wording, level, _KINDS[row.kind], row.section, told, _links(tests))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _links(tests: Sequence[Mark]) -> str:
    unique = list(dict.fromkeys((test.file, test.test) for test in tests))
    shown = [f"[{test.removeprefix('test_')}]({_link(file)})" for file, test in unique[:_LINKS]]
    more = len(unique) - _LINKS
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _link(file: str) -> str:
    return file.removeprefix("docs/") if file.startswith("docs/") else f"../{file}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it. The exit code."""
    parser = argparse.ArgumentParser(prog="specification_coverage", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    options = parser.parse_args(arguments)
    marks = [*read_marks(REPOSITORY / "tests"), *rule_marks()]
    page = render(read_requirements(), marks)
    if not options.check:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        sys.stderr.write(
            f"{PAGE.relative_to(REPOSITORY)} is not current: "
            "run python -m tools.specification_coverage\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
