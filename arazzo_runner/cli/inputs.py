"""Workflow inputs from the command line: ``-i`` and ``--inputs``, read by the workflow's schema.

A text becomes what the schema's type says: ``5`` is an integer for an integer input and stays text
for a string input. Several types are tried from the narrowest to text. Defaults and validation
come later, in ``linking.inputs``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from arazzo_runner.cli.option_values import Assignment
from arazzo_runner.errors import DocumentError, InputError, UsageError
from arazzo_runner.linking.inputs import resolve_local
from arazzo_runner.openapi import is_binary_schema
from arazzo_runner.values import File, Json, Redactor, Value, type_name

__all__ = ["coerce", "input_schema", "read_inputs"]

_LARGEST_TEXT = 64 * 2**20
_DEPTH = 8  # combined schemas (allOf, anyOf …) looked into


def read_inputs(
    assignments: Sequence[Assignment],
    file: str | None,
    schema: Json,
    root: Json,
    redactor: Redactor,
    files: Collection[str] = (),
) -> dict[str, Value]:
    """The inputs as given: those of the file, overridden by the single ones.

    ``root`` is the document that local references of ``schema`` point into. ``files`` are the
    inputs that the workflow sends as files: ``NAME=@PATH`` gives those, and inputs whose schema
    says so (``format: binary``), as a :class:`File`; several make an array. For all others it
    gives the content of the file, read by the schema's type; what is no UTF-8 or larger than
    64 MiB is a file after all. Inputs whose schema
    says ``format: password`` or ``writeOnly`` are made known to the redactor.

    Raises:
        InputError: values that cannot be read as their type; all of them are listed.
        UsageError: the file cannot be read, or an input is given twice.
    """
    values: dict[str, Value] = {} if file is None else _read_file(file)
    problems: list[str] = []
    grouped: dict[str, list[Assignment]] = {}
    for given in assignments:
        grouped.setdefault(given.name, []).append(given)
    for name, several in grouped.items():
        part = input_schema(schema, name, root)
        listed = _takes_files(part, root, sent=name in files)
        if listed and all(given.kind == "file" for given in several):
            values[name] = [_file(given) for given in several]
            continue
        if len(several) > 1:
            raise UsageError(f"input '{name}' is given twice with -i")
        try:
            values[name] = _value(several[0], part, root, sent=name in files)
        except UsageError as error:  # says of which option
            problems.append(error.message)
        except ValueError as error:
            problems.append(f"{several[0].option}: {error}")
    for name, value in values.items():
        if isinstance(value, str) and _is_secret(input_schema(schema, name, root)):
            redactor.add(value)
    if problems:
        raise InputError(
            problems[0] if len(problems) == 1 else f"{len(problems)} inputs cannot be read",
            problems=problems,
            hint="NAME:=JSON gives a value as JSON, whatever its type",
        )
    return values


def input_schema(schema: Json, name: str, root: Json) -> Json:
    """The schema of one input, or None when the workflow says nothing about it."""
    for part in _parts(schema, root):
        properties = part.get("properties")
        if isinstance(properties, dict) and name in properties:
            return resolve_local(properties[name], root)
    for part in _parts(schema, root):
        extra = part.get("additionalProperties")
        if isinstance(extra, dict):
            return resolve_local(extra, root)
    return None


def _parts(schema: Json, root: Json, depth: int = 0) -> Iterator[dict[str, Json]]:
    """The schema and those it is combined of."""
    schema = resolve_local(schema, root)
    if not isinstance(schema, dict) or depth > _DEPTH:
        return
    yield schema
    for keyword in ("allOf", "anyOf", "oneOf"):
        branches = schema.get(keyword)
        for branch in branches if isinstance(branches, list) else ():
            yield from _parts(branch, root, depth + 1)


def _is_secret(schema: Json) -> bool:
    return isinstance(schema, dict) and (
        schema.get("format") == "password" or schema.get("writeOnly") is True
    )


# -- files -------------------------------------------------------------------------------------


def _read_file(file: str) -> dict[str, Value]:
    """The object in a JSON or YAML file; ``-`` is standard input."""
    from arazzo_runner.reading import parse_document

    text = _bytes(file, "--inputs")
    name = "standard input" if file == "-" else file
    try:
        data = parse_document(text, uri="inputs:", name=name).data
    except DocumentError as error:
        raise UsageError(
            f"--inputs: {error.message}", location=error.location, hint=error.hint
        ) from None
    if not isinstance(data, dict):
        raise UsageError(f"--inputs: {name} holds {_article(type_name(data))}, not an object")
    return dict(data)


def _article(noun: str) -> str:
    return noun if noun == "null" else f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _bytes(file: str, option: str) -> bytes:
    try:
        if file == "-":
            if sys.stdin is None:
                raise UsageError(f"{option}: standard input is closed")
            return sys.stdin.buffer.read()
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{option}: cannot read '{file}': {why}") from None


# -- one value ---------------------------------------------------------------------------------


def _value(given: Assignment, schema: Json, root: Json, *, sent: bool) -> Value:
    if given.kind == "json":
        return _json(given.text)
    if given.kind == "text":
        return coerce(given.text, schema, root)
    file = _file(given)
    if sent or (isinstance(schema, dict) and is_binary_schema(schema)):
        return file
    if isinstance(file, File) and file.size > _LARGEST_TEXT:
        return file
    data = file if isinstance(file, bytes) else _bytes(given.text, f"-i {given.name}=@…")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file
    types = _types(schema, root)
    return coerce(text if "string" in types or not types else text.strip(), schema, root)


def _file(given: Assignment) -> File | bytes:
    """A regular file as it is; standard input, pipes and the like as their bytes."""
    option = f"-i {given.name}=@…"
    if given.text == "-" or (Path(given.text).exists() and not Path(given.text).is_file()):
        return _bytes(given.text, option)
    try:
        return File(given.text)
    except UsageError:
        return _bytes(given.text, option)  # the same error, in the words of the option


def _takes_files(schema: Json, root: Json, *, sent: bool) -> bool:
    """Whether an input is an array of files."""
    types = _types(schema, root)
    if "array" not in types or not isinstance(schema, dict):
        return False
    items = resolve_local(schema.get("items"), root)
    return sent or (isinstance(items, dict) and is_binary_schema(items))


def coerce(text: str, schema: Json, root: Json = None) -> Json:
    """The text as the type the schema gives; text when it gives none.

    Raises:
        ValueError: the text is of none of the schema's types.
    """
    types = _types(schema, root)
    for kind in _NARROWEST_FIRST:
        if kind in types:
            try:
                return _READERS[kind](text)
            except ValueError as error:
                reason = str(error)
    if not types or "string" in types:
        return text
    if len(types) == 1:
        raise ValueError(reason)
    raise ValueError(f"{_short(text)} is not {' or '.join(_named(types))}")


def _types(schema: Json, root: Json) -> set[str]:
    """The JSON types that the schema names, in combined schemas and enumerations too."""
    found: set[str] = set()
    for part in _parts(schema, root):
        kind = part.get("type")
        found.update([kind] if isinstance(kind, str) else kind if isinstance(kind, list) else ())
        if part.get("nullable") is True:
            found.add("null")
        if kind is None:
            values = part["enum"] if isinstance(part.get("enum"), list) else []
            values = [*values, part["const"]] if "const" in part else values
            found.update(type_name(value) for value in values)
    return found


def _named(types: Iterable[str]) -> list[str]:
    return [_article(kind) for kind in _NARROWEST_FIRST if kind in types]


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _null(text: str) -> None:
    if text != "null":
        raise ValueError(f"{_short(text)} is not null")


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{_short(text)} is not a boolean: write true or false")
    return text.lower() == "true"


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+(\.0+)?", text) or len(text) > 1000:
        raise ValueError(f"{_short(text)} is not an integer")
    return int(text.partition(".")[0])


def _number(text: str) -> int | float:
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        raise ValueError(f"{_short(text)} is not a number")
    if re.fullmatch(r"[+-]?[0-9]{1,1000}", text):
        return int(text)
    number = float(text)
    if number in (float("inf"), -float("inf")):
        raise ValueError(f"{_short(text)} is too large a number")
    return number


def _array(text: str) -> list[Json]:
    value = _json(text, "an array") if text.lstrip().startswith("[") else None
    if not isinstance(value, list):
        raise ValueError(f"{_short(text)} is not an array: write JSON, such as [1, 2]")
    return value


def _object(text: str) -> dict[str, Json]:
    value = _json(text, "an object") if text.lstrip().startswith("{") else None
    if not isinstance(value, dict):
        raise ValueError(f'{_short(text)} is not an object: write JSON, such as {{"a": 1}}')
    return value


def _json(text: str, wanted: str = "") -> Json:
    prefix = f"{_short(text)} is not {wanted}" if wanted else f"{_short(text)} is not JSON"
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        why = str(error) or type(error).__name__
        raise ValueError(f"{prefix}: {why[0].lower()}{why[1:]}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is there twice")
    return result


_READERS: Final[dict[str, Callable[[str], Json]]] = {
    "null": _null,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _array,
    "object": _object,
}
_NARROWEST_FIRST: Final = ("null", "boolean", "integer", "number", "array", "object")
