"""The rows of a batch: CSV, JSON lines or a JSON array, each read by the workflow's schema."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from arazzo_runner.cli.inputs import coerce, input_schema
from arazzo_runner.errors import Fault, InputError, UsageError, did_you_mean
from arazzo_runner.execution.batch import Row
from arazzo_runner.values import Json, Value, type_name

__all__ = ["read_rows", "unknown_inputs"]

_FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}


def read_rows(
    file: str, kind: str | None, common: Mapping[str, Value], schema: Json, root: Json
) -> list[Row]:
    """All rows. ``common`` are inputs of every row that does not give its own.

    Cells of a CSV file are read as the types of the schema; an empty cell gives nothing. A row
    that cannot be read has its error.

    Raises:
        UsageError: the file cannot be read, or is not what it says.
    """
    text = _text(file)
    kind = kind or _FORMATS.get(Path(file).suffix.lower()) or _guess(text)
    name = "standard input" if file == "-" else file
    found: Iterable[Mapping[str, Value] | InputError]
    if kind == "csv":
        found = _csv_rows(text, name, schema, root)
    elif kind == "jsonl":
        found = _line_rows(text, name)
    else:
        found = _array_rows(text, name)
    return [
        Row(number, {}, one) if isinstance(one, InputError) else Row(number, {**common, **one})
        for number, one in enumerate(found, 1)
    ]


def _text(file: str) -> str:
    try:
        if file == "-":
            if sys.stdin is None:
                raise UsageError("--inputs: standard input is closed")
            data = sys.stdin.buffer.read()
        else:
            data = Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"--inputs: '{file}' is not UTF-8: {error.reason}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"--inputs: cannot read '{file}': {why}") from None


def _guess(text: str) -> str:
    start = text.lstrip()[:1]
    return "json" if start == "[" else "jsonl" if start == "{" else "csv"


def _csv_rows(
    text: str, name: str, schema: Json, root: Json
) -> Iterator[Mapping[str, Value] | InputError]:
    delimiter = _delimiter(text, schema)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        columns = [column.strip() for column in next(reader, [])]
        _check_columns(columns, name, schema)
        schemas = {column: input_schema(schema, column, root) for column in columns}
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(columns):
                yield InputError(
                    f"{name}:{reader.line_num}: {len(cells)} cells under {len(columns)} columns"
                )
                continue
            yield _coerced(dict(zip(columns, cells, strict=True)), schemas, root,
                           f"{name}:{reader.line_num}")  # fmt: skip
    except csv.Error as error:
        raise UsageError(f"--inputs: {name}:{reader.line_num}: not CSV: {error}") from None


def _delimiter(text: str, schema: Json) -> str:
    """What is between the cells: a comma, unless more inputs are named with a semicolon or a tab,
    as spreadsheets write in countries with a decimal comma.
    """
    first = text.partition("\n")[0].rstrip("\r")
    declared = schema.get("properties") if isinstance(schema, dict) else None

    def known(delimiter: str) -> int:
        names = {name.strip(' "') for name in first.split(delimiter)}
        return len(names & set(declared)) if isinstance(declared, dict) else len(names)

    return max(",;\t", key=known)


def unknown_inputs(rows: Sequence[Row], schema: Json) -> list[Fault]:
    """A warning for each name that rows have and that is no input of the workflow."""
    declared = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(declared, dict):
        return []
    names = dict.fromkeys(name for row in rows for name in row.inputs if name not in declared)
    faults = []
    for name in names:
        near = did_you_mean(name, declared)
        message = f"'{name}' is no input of the workflow" + (f": {near}" if near else "")
        faults.append(Fault("unknown-input", message, severity="warning"))
    return faults


def _check_columns(columns: list[str], name: str, schema: Json) -> None:
    if not any(columns):
        raise UsageError(f"--inputs: {name} has no first line with the names of inputs")
    for index, column in enumerate(columns):
        if column in columns[:index]:
            raise UsageError(f"--inputs: {name} has the column '{column}' twice")
        if not column:
            raise UsageError(f"--inputs: column {index + 1} of {name} has no name")
    declared = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(declared, dict) and not set(columns) & set(declared):
        raise UsageError(
            f"--inputs: no column of {name} is an input of the workflow",
            hint=did_you_mean(columns[0], declared) or f"its inputs: {', '.join(declared)}",
        )


def _coerced(
    row: Mapping[str, str], schemas: Mapping[str, Json], root: Json, place: str
) -> Mapping[str, Value] | InputError:
    values: dict[str, Value] = {}
    problems: list[str] = []
    for column, cell in row.items():
        if cell == "":
            continue
        try:
            values[column] = coerce(cell, schemas[column], root)
        except ValueError as error:
            problems.append(f"{place}: {column}: {error}")
    return InputError("; ".join(problems), problems=problems) if problems else values


def _line_rows(text: str, name: str) -> Iterator[Mapping[str, Value] | InputError]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield InputError(f"{name}:{number}: not JSON: {error}")
            continue
        yield _object(data, f"{name}:{number}")


def _array_rows(text: str, name: str) -> Iterator[Mapping[str, Value] | InputError]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--inputs: {name} is not JSON: {error}") from None
    if not isinstance(data, list):
        raise UsageError(f"--inputs: {name} holds {type_name(data)}, not an array of objects")
    for number, item in enumerate(data, 1):
        yield _object(item, f"{name}: item {number}")


def _object(data: Any, place: str) -> Mapping[str, Value] | InputError:
    if isinstance(data, dict):
        return data
    return InputError(f"{place}: {type_name(data)}, not an object")
