"""Secrets stay out of the journal.

The values of secret inputs are replaced by references to the inputs, and put back when the run
goes on with the same inputs given again. Every other secret that the redactor knows is masked.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from arazzo_runner.errors import InputError
from arazzo_runner.linking.inputs import resolve_local
from arazzo_runner.values import Json, Redactor, Value

__all__ = ["Sealer", "find_secrets", "open_sealed", "secrets_from_environment"]

_MARK: Final = "$sealed:"
_DEEPEST: Final = 16  # nested objects whose schemas are looked into
_SHORTEST: Final = 4  # a shorter secret is only known where nothing else is


def find_secrets(schema: Json, values: Mapping[str, Value], root: Json) -> dict[str, str]:
    """The secret values among a workflow's inputs, by name; a nested one is ``object.member``.

    Secret is what the schema calls ``format: password`` or ``writeOnly``.
    """
    return dict(_secrets(schema, values, root, "", 0))


def _secrets(
    schema: Json, values: Mapping[str, Value], root: Json, prefix: str, depth: int
) -> Iterator[tuple[str, str]]:
    schema = resolve_local(schema, root)
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or depth > _DEEPEST:
        return
    for name, written in properties.items():
        part, value = resolve_local(written, root), values.get(name)
        if not isinstance(part, dict) or value is None:
            continue
        if part.get("format") == "password" or part.get("writeOnly") is True:
            yield from _texts(value, f"{prefix}{name}")
        elif isinstance(value, list):
            items = {str(index): part.get("items") for index in range(len(value))}
            numbered = {str(index): item for index, item in enumerate(value)}
            yield from _secrets(
                {"properties": items}, numbered, root, f"{prefix}{name}.", depth + 1
            )
        elif isinstance(value, dict):
            yield from _secrets(part, value, root, f"{prefix}{name}.", depth + 1)


def _texts(value: Value, name: str) -> Iterator[tuple[str, str]]:
    """A secret's texts: all of it, or those of its members."""
    if isinstance(value, str) and value:
        yield name, value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, str(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{name}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{name}.{index}")


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Sealer:
    """Makes JSON text of data without the secrets in it."""

    def __init__(self, secrets: Mapping[str, str], redactor: Redactor) -> None:
        self.names = tuple(secrets)
        self._redactor = redactor
        self._by_value = {value: name for name, value in secrets.items()}
        long = sorted((v for v in self._by_value if len(v) >= _SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, long))) if long else None

    def text(self, data: Json) -> str:
        """The data as JSON text, sealed."""
        if not self._by_value and not self._redactor.knows_any:
            text = _encode(data)
            if _MARK not in text:
                return text
        return _encode(self._seal(data))

    def _seal(self, data: Any) -> Any:
        kind = type(data)
        if kind is str:
            return self._seal_text(data)
        if kind is dict:
            if len(data) == 1 and type(raw := data.get("$bytes")) is str:
                masked = self._redactor.value(base64.b64decode(raw))
                assert isinstance(masked, bytes)
                return {"$bytes": base64.b64encode(masked).decode()}
            return {self._redactor.text(key): self._seal(item) for key, item in data.items()}
        if kind is list:
            return [self._seal(item) for item in data]
        if kind in (int, float) and self._by_value and (text := str(data)) in self._by_value:
            return _MARK + json.dumps([[self._by_value[text], "number"]])
        return data

    def _seal_text(self, text: str) -> str:
        if text in self._by_value:
            return _MARK + json.dumps([[self._by_value[text]]])
        parts: list[str | list[str]] = []
        end = 0
        for match in self._pattern.finditer(text) if self._pattern else ():
            parts += [self._redactor.text(text[end : match.start()]), [self._by_value[match[0]]]]
            end = match.end()
        rest = self._redactor.text(text[end:])
        if not parts and not rest.startswith(_MARK):
            return rest
        return _MARK + json.dumps([*parts, rest], ensure_ascii=False)


def open_sealed(text: str, secrets: Mapping[str, str]) -> Json:
    """The data of a sealed text with the secrets put back.

    Raises:
        InputError: secret inputs that are needed are not given; all of them are named.
    """
    missing: dict[str, None] = {}
    data = _open(json.loads(text), secrets, missing)
    if missing:
        names = [name.partition(".")[0] for name in missing]
        problems = [
            f"input '{name}' is secret and was not kept: give it again with -i {name}=VALUE or in "
            f"the environment as {variable_of(name)}"
            for name in dict.fromkeys(names)
        ]
        raise InputError(
            problems[0] if len(problems) == 1 else "secret inputs have to be given again",
            problems=problems,
        )
    return data


def _open(data: Any, secrets: Mapping[str, str], missing: dict[str, None]) -> Any:
    if isinstance(data, dict):
        return {key: _open(item, secrets, missing) for key, item in data.items()}
    if isinstance(data, list):
        return [_open(item, secrets, missing) for item in data]
    if not isinstance(data, str) or not data.startswith(_MARK):
        return data
    opened = ""
    for part in json.loads(data.removeprefix(_MARK)):
        if isinstance(part, str):
            opened += part
            continue
        if part[0] not in secrets:
            missing[part[0]] = None
        elif part[1:] == ["number"]:
            return json.loads(secrets[part[0]])
        else:
            opened += secrets[part[0]]
    return opened


def variable_of(name: str) -> str:
    """The environment variable that an input can be given again in."""
    return "ARAZZO_INPUT_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def secrets_from_environment(names: tuple[str, ...]) -> dict[str, str]:
    """Secret inputs that are given as environment variables, by name."""
    found = {name: os.environ.get(variable_of(name)) for name in names}
    return {name: value for name, value in found.items() if value}
