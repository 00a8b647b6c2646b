"""Which rule a text breaks that cannot be read, and at which place."""

from __future__ import annotations

import re
from typing import Final

from arazzo_runner.criteria.versions import VERSIONS
from arazzo_runner.errors import SyntaxFault, did_you_mean
from arazzo_runner.expressions import ROOTS, Names, Template, read_text
from arazzo_runner.linking.faults import FaultSink
from arazzo_runner.model import CriterionObject, Pointer

__all__ = ["context_fits", "criterion_fits", "doubt_rule", "report_criterion", "selector_fits"]

_TYPES: Final = ("simple", "regex", "jsonpath", "xpath")
_SELECTORS: Final = ("jsonpath", "xpath", "jsonpointer")


def doubt_rule(text: str, doubt: SyntaxFault) -> tuple[str, tuple[int, int, str] | None]:
    """The rule for a ``$…`` or ``{$…}`` that is read as a literal, and how to write it."""
    if doubt.offset > 0 and text[:1] != "$":
        return "expression-embedded", None
    if "#" in text[: doubt.offset]:
        return "expression-json-pointer", None
    word = re.split(r"[.#]", text, maxsplit=1)[0]
    if word in ROOTS:
        return "expression-syntax", None
    for root in ROOTS:
        if word.casefold() == root.casefold():
            return "expression-case", (0, len(word), root)
    return "expression-literal-like", None


def criterion_fits(criterion: CriterionObject, names: Names, sink: FaultSink) -> bool:
    """Whether type, version and context of a criterion fit together; reported if not."""
    kind, at = criterion.type, criterion.pointer
    if not criterion.condition.strip():
        sink.add("criterion-condition", "the condition is empty", (*at, "condition"))
        return False
    if kind not in _TYPES:
        sink.add(
            "criterion-type",
            f"'{kind}' is not a type of criterion",
            (*at, "type"),
            hint=did_you_mean(kind, _TYPES) or f"one of {', '.join(_TYPES)}",
        )
        return False
    if criterion.version is not None and not _version_fits(
        "criterion-expression-type", kind, criterion.version, (*at, "type"), sink
    ):
        return False
    if kind == "simple":
        return True
    if criterion.context is None:
        sink.add(
            "criterion-context",
            f"a criterion of type {kind} needs a context",
            at,
            hint="add context: $response.body",
        )
        return False
    return context_fits("criterion-context-expression", criterion.context, at, names, sink)


def context_fits(rule: str, context: str, at: Pointer, names: Names, sink: FaultSink) -> bool:
    """Whether a context is one runtime expression; reported if not."""
    reading = read_text(context, names)
    if not isinstance(reading.parsed, str | Template):
        return True
    place = (*at, "context")
    if reading.doubts and context.startswith("$"):
        sink.syntax(rule, reading.doubts[0], place)
    else:
        sink.add(
            rule,
            f"the context '{context}' is not a runtime expression",
            place,
            hint="such as $response.body",
        )
    return False


def selector_fits(kind: str, version: str | None, at: Pointer, sink: FaultSink) -> bool:
    """Whether type and version of a Selector Object fit together; reported if not."""
    if kind not in _SELECTORS:
        sink.add(
            "selector-type",
            f"'{kind}' is not a type of selector",
            at,
            hint=did_you_mean(kind, _SELECTORS) or f"one of {', '.join(_SELECTORS)}",
        )
        return False
    return version is None or _version_fits("selector-type", kind, version, at, sink)


def _version_fits(rule: str, kind: str, version: str, at: Pointer, sink: FaultSink) -> bool:
    known = VERSIONS.get(kind, ())
    if version in known:
        return True
    if not known:
        sink.add(
            rule,
            f"'{kind}' has no versions: an Expression Type Object is for jsonpath and xpath",
            (*at, "type"),
            hint=f"write type: {kind}",
        )
        return False
    sink.add(
        rule,
        f"'{version}' is not a version of {kind}",
        (*at, "version"),
        hint=did_you_mean(version, known) or f"one of {', '.join(known)}",
    )
    return False


def report_criterion(criterion: CriterionObject, error: SyntaxFault, sink: FaultSink) -> None:
    """Report a condition that cannot be read."""
    sink.syntax(_RULES[criterion.type], error, (*criterion.pointer, "condition"))


_RULES: Final = {
    "simple": "criterion-simple-syntax",
    "regex": "criterion-regex",
    "jsonpath": "criterion-jsonpath",
    "xpath": "criterion-xpath",
}
