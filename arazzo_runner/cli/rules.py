"""``arazzo rules``: the rules of the validator, or the page of one."""

from __future__ import annotations

from argparse import Namespace
from textwrap import dedent, indent

from arazzo_runner.cli.help import wrap
from arazzo_runner.cli.screen import Screen
from arazzo_runner.validation.definition import Rule
from arazzo_runner.validation.pages import paragraphs
from arazzo_runner.validation.registry import (
    SECTIONS,
    all_rules,
    find_rule,
    installed_rules,
    rules_of,
)
from arazzo_runner.values import Json

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """List the rules, or show one.

    Raises:
        UsageError: there is no such rule.
    """
    if values.rule is not None:
        rule = find_rule(values.rule)
        if values.json:
            screen.out_json(_data(rule))
        else:
            screen.out(_page(rule, screen))
    elif values.json:
        rules = (*all_rules().values(), *installed_rules())
        screen.out_json([_data(rule) for rule in rules])
    else:
        screen.out(_list(screen))
    return 0


def _list(screen: Screen) -> str:
    sections = {title: rules_of(module) for module, title in SECTIONS.items()}
    if installed_rules():
        sections["Installed"] = list(installed_rules())
    width = max(len(rule.id) for rules in sections.values() for rule in rules)
    lines = []
    for title, rules in sections.items():
        lines += [screen.out_style.strong(title), ""]
        lines += [f"  {r.id.ljust(width)}  {r.severity.ljust(7)}  {r.summary}" for r in rules]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _page(rule: Rule, screen: Screen) -> str:
    style = screen.out_style
    paint = style.bad if rule.severity == "error" else style.warn
    lines = [f"{style.strong(rule.id)}  {paint(rule.severity)}", "", rule.summary, ""]
    for paragraph in paragraphs(rule.explanation):
        lines += [*wrap(paragraph, 0), ""]
    for label, example in (("Wrong:", rule.wrong), ("Right:", rule.right)):
        lines += [label, "", indent(dedent(example).strip("\n"), "    "), ""]
    if rule.fixable:
        lines.append("arazzo validate --fix writes the conforming form.")
    if rule.requirement:
        lines.append(f"Requirements: {rule.requirement}")
    lines.append(f"Accept it in one place with a comment: # arazzo-ignore: {rule.id}")
    return "\n".join(lines) + "\n"


def _data(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "severity": rule.severity,
        "summary": rule.summary,
        "explanation": "\n\n".join(paragraphs(rule.explanation)),
        "wrong": dedent(rule.wrong).strip("\n"),
        "right": dedent(rule.right).strip("\n"),
        "requirement": rule.requirement or None,
        "fixable": rule.fixable,
    }
