"""A rule: one small unit with its explanation, its examples and its check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.validation.findings import Problem
from arazzo_runner.values import EMPTY

__all__ = ["Check", "Rule", "rule"]

Check: TypeAlias = Callable[[Any], Iterable[Problem]]
"""From the part that the rule is about (see ``Rule.on``) to what is wrong with it."""


class Rule(NamedTuple):
    """One rule. Its page, ``arazzo rules ID`` and the test of its examples come from it.

    Attributes:
        id: stable, named after the problem.
        severity: ``error``, ``warning`` or ``hint``.
        summary: what is wrong, one sentence.
        explanation: why it matters and what to do, one or more paragraphs.
        wrong, right: examples; ``validation.examples`` makes whole documents of fragments.
        requirement: numbers of the requirements behind it, empty when it is a matter of taste.
        on: the kind of object that ``check`` is called for, each time one occurs (a key of
            ``objects.OBJECTS``); or ``Text`` (every text that may hold expressions), ``Subject``
            (once), ``Linked`` (once, when it is linked), ``LinkedWorkflow``, ``LinkedStep`` (what
            the linker made).
        check: None when the structural walk or the linker reports it.
        files: further files that the examples refer to, by name.
        fixable: whether findings usually carry a fix.
        settings: settings under which the wrong example is wrong.
        name: the file name that the examples are read as.
    """

    id: str
    severity: str
    summary: str
    explanation: str
    wrong: str
    right: str
    requirement: str = ""
    on: str = "Subject"
    check: Check | None = None
    files: Mapping[str, str] = EMPTY
    fixable: bool = False
    settings: Mapping[str, Any] = EMPTY
    name: str = ""


def rule(
    id: str,  # noqa: A002 - the name that users see
    *,
    on: str,
    severity: str,
    summary: str,
    explanation: str,
    wrong: str,
    right: str,
    requirement: str = "",
    files: Mapping[str, str] = EMPTY,
    fixable: bool = False,
    settings: Mapping[str, Any] = EMPTY,
    name: str = "",
) -> Callable[[Check], Rule]:
    """Make a rule of a function; the arguments are the attributes of :class:`Rule`.

    >>> @rule("my-rule", on="Step", severity="warning", summary="…", explanation="…", ...)
    ... def my_rule(step: Part) -> Iterator[Problem]:
    ...     if "description" not in step.data:
    ...         yield step.problem("the step has no description")
    """

    def make(check: Check) -> Rule:
        return Rule(
            id,
            severity,
            summary,
            explanation,
            wrong,
            right,
            requirement,
            on,
            check,
            files,
            fixable,
            settings,
            name,
        )

    return make
