"""Regular expressions of criteria: ECMA-262 patterns, searched under a time limit (A-22).

Plain patterns run on :mod:`re`, which is loaded anyway, as long as the text is short. All others
run on ``regex`` (35 ms to import), which stops when its time is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

from arazzo_runner.criteria.ecma_regex import translate
from arazzo_runner.criteria.limits import REGEX_SECONDS, EvaluationFault
from arazzo_runner.errors import SyntaxFault

__all__ = ["Search", "compile_regex", "unwrap"]

Search: TypeAlias = Callable[[str], bool]
"""True when the pattern is found anywhere in the text; raises EvaluationFault when time is over."""

_SLASHED = re.compile(r"/((?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+)/([gimsu]*)", re.DOTALL)
_INLINE = re.compile(r"\(\?([ims]+)\)")
_SHORT: Final = 4_000


def unwrap(condition: str) -> tuple[str, str, str | None]:
    """The pattern, its flags, and the rule of the tolerance that was needed, if any.

    ``/^ok$/i`` (regex-slashes) and ``(?i)^ok$`` (regex-inline-flags) carry flags; a conforming
    condition has none.
    """
    found = _SLASHED.fullmatch(condition)
    if found:
        return found.group(1), found.group(2), "regex-slashes"
    found = _INLINE.match(condition)
    if found:
        return condition[found.end() :], found.group(1), "regex-inline-flags"
    return condition, "", None


@lru_cache(maxsize=128)
def compile_regex(pattern: str, flags: str = "") -> Search:
    """Compile an ECMA-262 pattern with flags out of ``gimsu``.

    Raises:
        SyntaxFault: not a pattern.
    """
    translation = translate(pattern, flags)
    options = re.IGNORECASE if "i" in flags else 0
    try:
        plain = re.compile(translation.pattern, options) if translation.plain else None
    except (re.error, RecursionError, OverflowError) as error:
        raise _fault(pattern, error) from None
    if plain is None:
        return _timed_search(pattern, _timed_pattern(pattern, translation.pattern, options))

    def search(text: str) -> bool:
        if len(text) <= _SHORT:
            return plain.search(text) is not None
        return _timed_search(pattern, _timed_pattern(pattern, translation.pattern, options))(text)

    return search


@lru_cache(maxsize=128)
def _timed_pattern(pattern: str, translated: str, options: int) -> Any:
    import regex

    try:
        return regex.compile(translated, regex.IGNORECASE if options else 0)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise _fault(pattern, error) from None


def _timed_search(pattern: str, compiled: Any) -> Search:
    def search(text: str) -> bool:
        try:
            return compiled.search(text, timeout=REGEX_SECONDS) is not None
        except TimeoutError:
            raise EvaluationFault(
                f"the pattern {pattern} took longer than {REGEX_SECONDS:g} s",
                hint="avoid a repetition inside a repetition",
            ) from None

    return search


def _fault(pattern: str, error: BaseException) -> SyntaxFault:
    reason = (
        "nested too deeply" if isinstance(error, RecursionError) else getattr(error, "msg", error)
    )
    return SyntaxFault(f"not a regular expression: {reason}", text=pattern)
