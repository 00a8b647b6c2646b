"""Help pages, made of the data in ``options``; the same text on every Python."""

from __future__ import annotations

from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.options import EXIT_CODES, Argument, Command, Option

TYPE_CHECKING = False  # as in the package's root: typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["command_help", "group_help", "main_help", "usage", "wrap"]

WIDTH = 80
_COLUMN = 28  # where the explanations begin


def main_help() -> str:
    """The page of ``arazzo --help``."""
    lines = [
        "Usage: arazzo COMMAND [OPTIONS] ...",
        "",
        *wrap(
            "Run API workflows written in Arazzo, the workflow format of the OpenAPI Initiative.",
            0,
        ),
        "",
        "Commands:",
        *(line for c in COMMANDS.values() for line in _entry(c.name, c.summary)),
        "",
        "Options:",
        *_entry("-h, --help", "show this page; 'arazzo COMMAND --help' shows the command's"),
        *_entry("--version", "show the version"),
        "",
        "Examples:",
        *_examples(
            (
                ("what is in a file?", "arazzo list flow.yaml"),
                ("what does a workflow need?", "arazzo show flow.yaml"),
                ("run it", "arazzo run flow.yaml -i petId=5"),
            )
        ),
        "",
        *_exit_codes(),
    ]
    return "\n".join(lines) + "\n"


def group_help(group: str) -> str | None:
    """The page of ``arazzo GROUP --help``, where commands of two words begin with that one."""
    commands = [c for c in COMMANDS.values() if c.name.startswith(f"{group} ")]
    if not commands:
        return None
    lines = [
        f"Usage: arazzo {group} COMMAND [OPTIONS] ...",
        "",
        "Commands:",
        *(line for c in commands for line in _entry(c.name, c.summary)),
        "",
        *wrap(f"'arazzo {group} COMMAND --help' shows the page of a command.", 0),
    ]
    return "\n".join(lines) + "\n"


def command_help(command: Command) -> str:
    """The page of ``arazzo COMMAND --help``."""
    lines = [usage(command), ""]
    for paragraph in command.description.split("\n\n"):
        lines += [*wrap(paragraph, 0), ""]
    lines = lines[:-1] if not command.arguments else [*lines, "Arguments:"]
    for argument in command.arguments:
        lines += _entry(argument.name, argument.help)
    for group in dict.fromkeys(option.group for option in command.options):
        lines += ["", f"{group}:"]
        for option in command.options:
            if option.group == group:
                lines += _entry(_flags(option), option.help)
    lines += ["", "Help:", *_entry("-h, --help", "show this page")]
    lines += ["", "Examples:", *_examples(command.examples), ""]
    lines += _exit_codes(command.exit_codes)
    return "\n".join(lines) + "\n"


def usage(command: Command) -> str:
    """The usage line: arguments, then that there are options."""
    arguments = [_argument(argument) for argument in command.arguments]
    return " ".join(("Usage: arazzo", command.name, *arguments, "[OPTIONS]"))


def _argument(argument: Argument) -> str:
    if argument.many:
        return f"{argument.name}..."
    return f"[{argument.name}]" if argument.optional else argument.name


def _flags(option: Option) -> str:
    text = ", ".join(option.flags)
    return f"{text} {option.metavar}" if option.metavar else text


def _entry(label: str, text: str) -> Iterator[str]:
    """Two columns; a long label has a line of its own."""
    lines = list(wrap(text, _COLUMN))
    if len(label) + 4 <= _COLUMN:
        yield f"  {label}".ljust(_COLUMN) + lines[0][_COLUMN:]
        yield from lines[1:]
    else:
        yield f"  {label}"
        yield from lines


def _examples(examples: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for what, command in examples:
        yield f"  # {what}"
        first, *rest = wrap(command, 4, WIDTH - 2, "    ")
        lines = [first[2:], *rest]
        for line in lines[:-1]:
            yield f"{line} \\"
        yield lines[-1]


def _exit_codes(codes: tuple[tuple[int, str], ...] = EXIT_CODES) -> Iterator[str]:
    yield "Exit codes:"
    for code, meaning in codes:
        yield f"  {code:<5}{meaning}"


def wrap(text: str, indent: int, width: int = WIDTH, lead: str | None = None) -> Iterator[str]:
    """The words of the text in lines of at most ``width`` columns, each indented."""
    prefix = " " * indent if lead is None else lead
    line = prefix
    for word in text.split():
        if len(line) > len(prefix) and len(line) + 1 + len(word) > width:
            yield line
            line = prefix
        line += word if line == prefix else f" {word}"
    yield line
