"""What the caller decides about validation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.validation.definition import Rule
from arazzo_runner.values import EMPTY

__all__ = ["ValidationSettings"]


class ValidationSettings(NamedTuple):
    """Settings of one validation.

    Attributes:
        select: when not empty, only rules with these ids (or id prefixes that end with ``*``).
        ignore: rules left out, written the same way.
        severities: a severity for a rule in place of its own, or ``off``.
        sources: ``slice`` reads the descriptions and checks what is used of them, ``full`` checks
            all of them, ``none`` reads none.
        offline: nothing is fetched from the network.
        allowed_hosts: the hosts that requests may go to; None allows all.
        retry_limit: more retries than this are reported by ``retry-unbounded``.
        retry_after: a longer delay than this is, in seconds.
        rules: further rules.
        cache: the folder for verdicts on descriptions; None keeps none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, str] = EMPTY
    sources: str = "slice"
    offline: bool = False
    allowed_hosts: frozenset[str] | None = None
    retry_limit: int = 100
    retry_after: float = 3600
    rules: tuple[Rule, ...] = ()
    cache: Path | None = None
