"""The outputs of a workflow as people read them: ``name: value``, one per line."""

from __future__ import annotations

import json
from collections.abc import Mapping

from arazzo_runner.reporting.text import file_text, printable, size_text
from arazzo_runner.values import File, Redactor, Value

__all__ = ["outputs_text"]


def outputs_text(outputs: Mapping[str, Value], redactor: Redactor) -> str:
    """The outputs, each line ended; text with several lines and objects are indented below."""
    lines: list[str] = []
    for name, value in outputs.items():
        label = printable(redactor.text(name)).replace("\n", " ")
        text = _text(value, redactor)
        if "\n" in text:
            lines.append(f"{label}:")
            lines.extend(f"  {line}" for line in text.split("\n"))
        else:
            lines.append(f"{label}: {text}".rstrip())
    return "".join(f"{line}\n" for line in lines)


def _text(value: Value, redactor: Redactor) -> str:
    if isinstance(value, bytes):
        return f"({size_text(len(value))}, shown with --json)"
    if isinstance(value, File):
        return printable(redactor.text(file_text(value)))
    if isinstance(value, str):
        return printable(redactor.text(value)).rstrip("\n")
    if isinstance(value, dict | list) and value:
        text = json.dumps(redactor.value(value), ensure_ascii=False, indent=2, default=_bytes)
        return printable(text)
    return json.dumps(redactor.value(value), ensure_ascii=False)


def _bytes(value: object) -> str:
    if isinstance(value, File):
        return file_text(value)
    return f"({size_text(len(value))})" if isinstance(value, bytes) else str(value)
