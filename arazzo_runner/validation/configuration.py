"""The configuration of validation: ``[validate]`` in ``arazzo.toml``, or ``[tool.arazzo.validate]``
in ``pyproject.toml``, in the current folder or the nearest one above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.validation.findings import SEVERITIES
from arazzo_runner.validation.registry import known_rules
from arazzo_runner.validation.settings import ValidationSettings

__all__ = ["Configuration", "find_configuration", "read_table"]


class Configuration(NamedTuple):
    """What a configuration file says. ``file`` is None when there is none."""

    settings: ValidationSettings = ValidationSettings()
    fail_on: str | None = None
    baseline: str | None = None
    exclude: tuple[str, ...] = ()
    jobs: int | None = None
    file: Path | None = None


def find_configuration(start: Path) -> Configuration:
    """The configuration that counts in a folder.

    Raises:
        UsageError: a file is no TOML, or says something that does not exist.
    """
    for folder in (start, *start.parents):
        for name, path in (("arazzo.toml", ("validate",)), ("pyproject.toml", _PYPROJECT)):
            file = folder / name
            table = _table(file, path) if file.is_file() else None
            if table is not None:
                return read_table(table, file)
        if (folder / ".git").exists():
            break
    return Configuration()


_PYPROJECT: Final = ("tool", "arazzo", "validate")


def _table(file: Path, path: tuple[str, ...]) -> dict[str, Any] | None:
    """A table of a file; None when it has none."""
    try:
        text = file.read_text(encoding="utf-8")
        if path[-1] not in text:
            return None
        import tomllib

        table: Any = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None
    for name in path:
        table = table.get(name) if isinstance(table, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{file}: {'.'.join(path)} is not a table")
    return table


def read_table(table: Mapping[str, Any], file: Path) -> Configuration:
    """The configuration that a table is.

    Raises:
        UsageError: it says something that does not exist.
    """
    values: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for key, value in table.items():
        known = _KEYS.get(key)
        if known is None:
            hint = did_you_mean(key, _KEYS) or f"it may have: {', '.join(_KEYS)}"
            raise UsageError(f"{file}: there is no setting '{key}' of validate", hint=hint)
        read, target = known
        try:
            (settings if target in ValidationSettings._fields else values)[target] = read(value)
        except ValueError as error:
            raise UsageError(f"{file}: {key}: {error}") from None
    if "baseline" in values:
        values["baseline"] = str(file.parent / values["baseline"])
    return Configuration(ValidationSettings(**settings), file=file, **values)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of strings")
    return tuple(value)


def _rules(value: Any) -> tuple[str, ...]:
    names = _names(value)
    check_rules(names)
    return names


def check_rules(names: tuple[str, ...]) -> None:
    """Refuse the name of a rule that does not exist.

    Raises:
        ValueError: with the nearest name.
    """
    for name in names:
        if "*" not in name and name not in known_rules():
            near = did_you_mean(name, known_rules())
            raise ValueError(f"there is no rule '{name}'" + (f": {near}" if near else ""))


def _severities(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise ValueError("must be a table of rules and severities")
    check_rules(tuple(value))
    for rule, severity in value.items():
        if severity not in (*SEVERITIES, "off"):
            raise ValueError(f"{rule} must be one of {', '.join(SEVERITIES)}, off")
    return value


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return read


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError("must be a number that is not negative")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


_KEYS: Final[Mapping[str, tuple[Callable[[Any], Any], str]]] = {
    "select": (_rules, "select"),
    "ignore": (_rules, "ignore"),
    "severity": (_severities, "severities"),
    "sources": (_one_of("slice", "full", "none"), "sources"),
    "offline": (_flag, "offline"),
    "allowed-hosts": (lambda value: frozenset(_names(value)), "allowed_hosts"),
    "retry-limit": (_number, "retry_limit"),
    "retry-after": (_number, "retry_after"),
    "fail-on": (_one_of(*SEVERITIES), "fail_on"),
    "baseline": (_text, "baseline"),
    "exclude": (_names, "exclude"),
    "jobs": (lambda value: int(_number(value)), "jobs"),
}
