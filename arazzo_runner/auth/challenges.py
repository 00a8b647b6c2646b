"""``WWW-Authenticate``: the challenges of a server (RFC 9110 §11.6.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from arazzo_runner.named_tuples import NamedTuple

__all__ = ["Challenge", "parse_challenges", "parse_parameters"]

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER: Final = re.compile(
    rf'({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))(?=[ \t]*(?:,|$))'
)
_SCHEME: Final = re.compile(rf"({_WORD})(?:[ \t]+([A-Za-z0-9._~+/-]+=*)(?=[ \t]*(?:,|$)))?")


class Challenge(NamedTuple):
    """One challenge: its scheme in lower case, and parameters with their names in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenges(text: str) -> list[Challenge]:
    """All challenges of a field's value. What cannot be read is passed over."""
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while position < len(text):
        if text[position] in ", \t":
            position += 1
            continue
        parameter = _PARAMETER.match(text, position)
        if parameter is not None and found:
            found[-1][1].setdefault(parameter[1].lower(), _value(parameter))
            position = parameter.end()
            continue
        scheme = _SCHEME.match(text, position)
        if scheme is None:
            position += 1
            continue
        found.append((scheme[1].lower(), {}))
        position = scheme.end()
    return [Challenge(scheme, parameters) for scheme, parameters in found]


def parse_parameters(text: str) -> Mapping[str, str]:
    """The parameters of ``Authentication-Info``: the first of each name."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(text):
        found.setdefault(match[1].lower(), _value(match))
    return found


def _value(match: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
