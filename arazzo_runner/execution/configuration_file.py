"""``arazzo.toml``: found, read, checked. Every mistake is one error with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from arazzo_runner.errors import Location, UsageError, did_you_mean
from arazzo_runner.execution.configuration_keys import KEYS, Key
from arazzo_runner.execution.network_policy import host_pattern
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values.durations import parse_duration

__all__ = ["ConfigurationFile", "find_configuration", "read_configuration"]

NAME: Final = "arazzo.toml"
_LARGEST: Final = 2**20  # bytes
_NAMES: Final = {
    bool: "true or false", str: "a text", dict: "a table", list: "an array",
    int: "a whole number", float: "a number",
}  # fmt: skip


class ConfigurationFile(NamedTuple):
    """A checked file. ``data`` are its tables; ``prefix`` is where they stand in a pyproject."""

    path: Path
    text: str
    data: Mapping[str, Any]
    prefix: tuple[str, ...] = ()

    def place(self, path: Sequence[str]) -> Location:
        """Where a key stands, or the nearest table above it."""
        return _place(self.path, self.text, (*self.prefix, *path))

    def fail(self, path: Sequence[str], message: str, hint: str | None = None) -> NoReturn:
        """Refuse a key.

        Raises:
            UsageError: always.
        """
        raise UsageError(message, location=self.place(path), hint=hint)


def find_configuration(start: Path) -> Path | None:
    """The ``arazzo.toml``, or ``pyproject.toml`` with ``[tool.arazzo]``, nearest above a folder."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        own = candidate / NAME
        if own.is_file():
            return own
        project = candidate / "pyproject.toml"
        if project.is_file() and _mentions_us(project):
            return project
    return None


def _mentions_us(project: Path) -> bool:
    """Whether a project file has our table; one that cannot be read is not ours to report."""
    import tomllib

    try:
        with project.open("rb") as file:
            return "arazzo" in tomllib.load(file).get("tool", {})
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def read_configuration(path: Path) -> ConfigurationFile:
    """Read and check a file, all of its environments included.

    Raises:
        UsageError: it cannot be read, is not TOML, or has a key or value that means nothing.
    """
    import tomllib

    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot read the configuration '{path}': {why}") from None
    if len(raw) > _LARGEST:
        raise UsageError(f"the configuration '{path}' is larger than 1 MiB")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(
            f"the configuration is not TOML: {_reason(error)}",
            location=_located(path, text, str(error)),
        ) from None
    prefix: tuple[str, ...] = ()
    if path.name == "pyproject.toml":
        prefix = ("tool", "arazzo")
        tool = data.get("tool")
        data = tool.get("arazzo", {}) if isinstance(tool, dict) else {}
    file = ConfigurationFile(path, text, data, prefix)
    if not isinstance(data, dict):
        file.fail((), "[tool.arazzo] is a table")
    _check_table(file, data, KEYS, ())
    return file


# -- checking ------------------------------------------------------------------------------------


def _check_table(
    file: ConfigurationFile, data: Mapping[str, Any], keys: Mapping[str, Key], at: tuple[str, ...]
) -> None:
    for name, value in data.items():
        if name not in keys:
            where = f"[{'.'.join(at)}] has" if at else "there is"
            near = did_you_mean(name, keys) or f"known are: {', '.join(keys)}"
            file.fail((*at, name), f"{where} no key '{name}'", near)
        _check(file, value, keys[name], (*at, name))


def _check(file: ConfigurationFile, value: Any, key: Key, at: tuple[str, ...]) -> None:
    match key.kind:
        case "table":
            _check_table(file, _is(file, value, dict, at), key.keys, at)
        case "environments":
            for name, table in _is(file, value, dict, at).items():
                _check_table(file, _is(file, table, dict, (*at, name)), key.keys, (*at, name))
        case "pacing":
            own = _is(file, value, dict, at)
            for name, part in own.items():
                if isinstance(part, dict) and name not in key.keys:
                    _check_table(file, part, key.keys, (*at, name))
            plain = {n: p for n, p in own.items() if n in key.keys or not isinstance(p, dict)}
            _check_table(file, plain, key.keys, at)
        case "map" | "maps" | "texts-or-maps":
            for name, part in _is(file, value, dict, at).items():
                _check_entry(file, part, key.kind, (*at, name))
        case "values":
            _is(file, value, dict, at)
        case _:
            _check_plain(file, value, key, at)


def _check_entry(file: ConfigurationFile, value: Any, kind: str, at: tuple[str, ...]) -> None:
    if kind == "map" or (kind == "texts-or-maps" and not isinstance(value, dict)):
        _is(file, value, str, at)
        return
    for name, part in _is(file, value, dict, at).items():
        _is(file, part, str, (*at, name))


def _check_plain(file: ConfigurationFile, value: Any, key: Key, at: tuple[str, ...]) -> None:
    match key.kind:
        case "flag":
            _is(file, value, bool, at)
        case "count":
            if _is(file, value, int, at) < 1:
                file.fail(at, f"'{at[-1]}' is a whole number from 1 on")
        case "time":
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                file.fail(at, f'\'{at[-1]}\' is a time: seconds, or "30s", "5m", "2h"')
            try:
                parse_duration(str(value))
            except ValueError as error:
                file.fail(at, f"'{at[-1]}': {error}")
        case "texts" | "paths":
            for item in _is(file, value, list, at):
                _is(file, item, str, at)
                _check_host(file, item, at)
        case "choice":
            if value not in key.choices:
                file.fail(at, f"'{at[-1]}' is one of: {', '.join(key.choices)}")
        case _:
            _is(file, value, str, at)


def _check_host(file: ConfigurationFile, item: str, at: tuple[str, ...]) -> None:
    if at[-1] == "allow-hosts":
        try:
            host_pattern(item)
        except ValueError as error:
            file.fail(at, str(error))


def _is(file: ConfigurationFile, value: Any, kind: type, at: tuple[str, ...]) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        file.fail(at, f"'{at[-1]}' is {_NAMES[kind]}, not {_NAMES.get(type(value), 'that')}")
    return value


# -- places --------------------------------------------------------------------------------------

_HEADER: Final = re.compile(r"\s*\[\[?([^\[\]]+)\]\]?\s*(#.*)?$")
_KEY: Final = re.compile(r"\s*((?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=")  # fmt: skip  # noqa: E501
_PART: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")


def _place(path: Path, text: str, wanted: tuple[str, ...]) -> Location:
    """The line that spells the longest part of a key's path: its own, or a table above it."""
    table: tuple[str, ...] = ()
    best, line_number, column = 0, 1, 1
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header is not None:
            table = here = _parts(header[1])
        elif (key := _KEY.match(line)) is not None:
            here = (*table, *_parts(key[1]))
        else:
            continue
        common = 0
        while common < min(len(here), len(wanted)) and here[common] == wanted[common]:
            common += 1
        if common > best and common in (len(here), len(wanted)):
            best, line_number = common, number
            column = len(line) - len(line.lstrip()) + 1
    return Location(str(path), line_number, column, excerpt=lines[line_number - 1])


def _parts(text: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(text))


def _reason(error: Exception) -> str:
    text = re.sub(r"\s*\(at [^)]*\)$", "", str(error)) or type(error).__name__
    return text[0].lower() + text[1:]


def _located(path: Path, text: str, message: str) -> Location:
    lines = text.rstrip("\n").split("\n")
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = (int(found[1]), int(found[2])) if found else (len(lines), 1)
    return Location(str(path), line, column, excerpt=lines[min(line, len(lines)) - 1])
