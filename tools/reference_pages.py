"""The reference pages of the documentation, made of what they describe, so they cannot be wrong.

Commands come from ``cli.options``, the library and errors from docstrings, tolerances from their
table, outputs from the published schemas. Used by ``mkdocs_hooks`` when the documentation is built.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import arazzo_runner
from arazzo_runner import errors
from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.help import usage
from arazzo_runner.cli.options import EXIT_CODES, Command
from arazzo_runner.criteria.tolerances import TOLERANCES

__all__ = ["pages"]

SCHEMAS = Path(__file__).resolve().parents[1] / "docs" / "schemas"


def pages() -> dict[str, str]:
    """Each generated page by its place below ``docs``."""
    made = {
        "reference/commands.md": _commands(),
        "reference/library.md": _library(),
        "reference/errors.md": _errors(),
        "reference/tolerances.md": _tolerances(),
        "reference/outputs.md": _outputs(),
    }
    return {name: "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def _cell(text: str) -> str:
    """Text in a cell of a table, or in a line, that Markdown leaves alone."""
    return re.sub(r"([|<>*_`\[\]])", r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _commands() -> Iterator[str]:
    yield from ("# Commands", "", "Made of the same data as `arazzo --help`.", "")
    for command in COMMANDS.values():
        anchor = f"arazzo-{command.name.replace(' ', '-')}"
        yield f"- [arazzo {command.name}](#{anchor}): {command.summary}"
    for command in COMMANDS.values():
        yield from _command(command)
    yield from ("", "## Exit codes", "", "| code | means |", "|---|---|")
    for code, meaning in EXIT_CODES:
        yield f"| {code} | {_cell(meaning)} |"


def _command(command: Command) -> Iterator[str]:
    yield from ("", f"## arazzo {command.name}", "", "```text", usage(command), "```", "")
    for paragraph in command.description.split("\n\n"):
        yield from (_cell(paragraph), "")
    for argument in command.arguments:
        yield f"- {_code(argument.name)}: {_cell(argument.help)}"
    for group in dict.fromkeys(option.group for option in command.options):
        yield from ("", f"**{group}**", "", "| option | |", "|---|---|")
        for option in command.options:
            if option.group == group:
                flags = ", ".join(option.flags)
                flags += f" {option.metavar}" if option.metavar else ""
                yield f"| {_code(flags)} | {_cell(option.help)} |"
    yield from ("", "**Examples**", "", "```shell")
    for what, example in command.examples:
        yield from (f"# {what}", example)
    yield "```"


def _library() -> Iterator[str]:
    yield from ("# Library", "", "Everything here is imported from `arazzo_runner`.", "")
    for name in arazzo_runner.__all__:
        value: Any = getattr(arazzo_runner, name)
        if isinstance(value, type) and issubclass(value, errors.ArazzoError):
            continue  # on a page of their own
        yield from (f"## {name}", "")
        if not callable(value):
            yield from (_code(f"{name} = {value!r}")[:400], "")
            continue
        yield from _signature(name, value)
        yield from _docstring(value)
        if isinstance(value, type):
            for method, function in vars(value).items():
                if not method.startswith("_") and inspect.isfunction(function):
                    yield from (f"### {name}.{method}", "")
                    yield from _signature(method, function)
                    yield from _docstring(function)


def _signature(name: str, value: Any) -> Iterator[str]:
    try:
        text = f"{name}{inspect.signature(value)}"
    except (TypeError, ValueError):
        return
    yield from ("```text", text.replace(", ", ",\n    ") if len(text) > 90 else text, "```", "")


def _docstring(value: Any) -> Iterator[str]:
    text = inspect.getdoc(value) or ""
    text = re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", text).replace("``", "`")
    for line in text.splitlines():
        head = re.fullmatch(r"(Args|Raises|Attributes|Returns):", line)
        yield f"\n**{head[1]}**\n" if head else re.sub(r"^    (\w+): ", r"- `\1`: ", line)
    yield ""


def _errors() -> Iterator[str]:
    yield from ("# Errors", "", "Every exception derives from `ArazzoError`.", "")
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.ArazzoError):
            bases = ", ".join(f"`{base.__name__}`" for base in value.__bases__)
            about = f"Kind `{value.kind}`, exit code {value.exit_code}; {bases}."
            yield from (f"## {name}", "", about, "")
            yield from _docstring(value)


def _tolerances() -> Iterator[str]:
    yield from ("# Tolerances", "")
    yield "What real documents write against the specification but mean clearly: `run` executes it"
    yield from ("and warns with the rule; `run --strict` refuses it.", "")
    for tolerance in TOLERANCES.values():
        yield from (
            f"## {tolerance.rule}",
            "",
            f"{_cell(tolerance.accepts)}: {_cell(tolerance.reads_as)}.",
            "",
        )
        yield from ("```text", tolerance.example, "```", "", "Conforming:", "")
        yield from ("```text", tolerance.rewrite, "```", "")


def _outputs() -> Iterator[str]:
    yield from ("# Outputs as JSON", "", "Each has a JSON Schema (2020-12).", "")
    for file in sorted(SCHEMAS.glob("*.schema.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        yield from (f"## {schema['title']}", "", f"[{file.name}](../schemas/{file.name})", "")
        members = schema.get("properties", {})
        if members:
            yield from ("| member | |", "|---|---|")
        for name, about in members.items():
            text = about.get("description") or about.get("type") or ""
            yield f"| `{name}` | {_cell(str(text))} |"
        yield ""
