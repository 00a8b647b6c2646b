"""The documentation of the rules, made of the rules: a page for each, an index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import dedent
from typing import Final

from arazzo_runner.validation.definition import Rule
from arazzo_runner.validation.other_names import OTHER_NAMES
from arazzo_runner.validation.registry import SECTIONS, rules_of

__all__ = ["index_page", "paragraphs", "rule_page"]

_SEVERITY: Final = {
    "error": "An **error**: the specification forbids it, or it cannot work.",
    "warning": "A **warning**: it is allowed and probably not what is meant.",
    "hint": "A **hint**: a matter of good practice.",
}

_LEAVE_OUT: Final = (
    'To leave it out: `--ignore {id}`, or `{id} = "off"` in the configuration, or a comment '
    "`# arazzo-ignore: {id}` in or above the line."
)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of an explanation, each on one line."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]


def rule_page(rule: Rule) -> str:
    """The Markdown page of a rule."""
    lines = [f"# {rule.id}", "", rule.summary, ""]
    for paragraph in paragraphs(rule.explanation):
        lines += [paragraph, ""]
    lines += ["Wrong:", "", *_example(rule.wrong), "", "Right:", "", *_example(rule.right), ""]
    lines.append(_SEVERITY[rule.severity])
    if rule.fixable:
        lines.append("`arazzo validate --fix` writes the conforming form.")
    if rule.requirement:
        lines.append(f"Requirements: {rule.requirement}.")
    lines += ["", _LEAVE_OUT.format(id=rule.id)]
    return "\n".join(lines) + "\n"


def _example(text: str) -> Iterator[str]:
    text = dedent(text).strip("\n")
    yield "```json" if text.lstrip().startswith("{") else "```yaml"
    yield text
    yield "```"


def index_page() -> str:
    """The Markdown page that lists all rules."""
    sections = {title: rules_of(module) for module, title in SECTIONS.items()}
    count = sum(map(len, sections.values()))
    lines = [
        "# Rules",
        "",
        f"The {count} rules of `arazzo validate`. `arazzo rules RULE` shows the page of one.",
    ]
    for title, rules in sections.items():
        lines += ["", f"## {title}", "", "| rule | severity | finds | fix |", "|---|---|---|---|"]
        lines += [
            f"| [{r.id}]({r.id}.md) | {r.severity} | {r.summary} | {'yes' if r.fixable else ''} |"
            for r in rules
        ]
    lines += ["", "## Under another name", ""]
    lines += ["Checks that other tools have, and the rules that find the same here.", ""]
    lines += ["| check | rules | why |", "|---|---|---|"]
    for name, elsewhere in OTHER_NAMES.items():
        links = ", ".join(f"[{rule}]({rule}.md)" for rule in elsewhere.rules)
        lines.append(f"| {name} | {links} | {elsewhere.why} |")
    return "\n".join(lines) + "\n"
