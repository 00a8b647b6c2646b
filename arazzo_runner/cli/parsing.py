"""Arguments of one command to values; every mistake is one UsageError that names the option."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from arazzo_runner.cli import option_values
from arazzo_runner.cli.options import Command, Option
from arazzo_runner.errors import UsageError, did_you_mean

__all__ = ["parse_arguments"]


class _Parser(argparse.ArgumentParser):
    """argparse without its own printing and exiting."""

    def _get_formatter(self) -> argparse.HelpFormatter:
        """Asked once per option; with no width given it looks for a terminal's every time."""
        return argparse.HelpFormatter(self.prog, width=80)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message[0].lower() + message[1:])


def parse_arguments(command: Command, arguments: Sequence[str]) -> argparse.Namespace:
    """The values of the command's arguments and options, read and checked.

    Raises:
        UsageError: something is missing, unknown or cannot be read.
    """
    try:
        values = _parser(command).parse_intermixed_args(_separated(command, arguments))
        for argument in command.arguments:
            _check(argument.name, getattr(values, argument.name.lower()), argument.choices)
        for option in command.options:
            _check("/".join(option.flags), getattr(values, option.name), option.choices)
            if option.parse is not None:
                _read(values, option)
    except UsageError as error:
        _explain(error, command)
        raise
    return values


def _parser(command: Command) -> _Parser:
    parser = _Parser(
        prog=f"arazzo {command.name}",
        usage="",  # ours is in cli.help; without one, argparse writes its own before it parses
        add_help=False,
        allow_abbrev=False,
    )
    for argument in command.arguments:
        nargs = "*" if argument.many else "?" if argument.optional else None
        parser.add_argument(argument.name.lower(), metavar=argument.name, nargs=nargs)
    for option in command.options:
        settings: dict[str, Any] = {"dest": option.name}
        if option.metavar is None:
            settings["action"] = "count" if option.counted else "store_true"
            settings["default"] = 0 if option.counted else False
        elif option.repeatable:
            settings.update(action="append", default=[])
        parser.add_argument(*option.flags, **settings)
    return parser


def _separated(command: Command, arguments: Sequence[str]) -> list[str]:
    """Option and value as one word, so that a value may begin with ``-``."""
    takes_value = {flag for o in command.options if o.metavar for flag in o.flags}
    result: list[str] = []
    rest = iter(arguments)
    for word in rest:
        if word == "--":
            return [*result, word, *rest]
        value = next(rest, None) if word in takes_value else None
        if value is None:
            result.append(word)
        else:
            result.append(f"{word}={value}" if word.startswith("--") else f"{word}{value}")
    return result


def _check(name: str, given: str | None, choices: tuple[str, ...]) -> None:
    if choices and given is not None and given not in choices:
        raise UsageError(
            f"{name}: '{given}' is not one of {', '.join(choices)}",
            hint=did_you_mean(given, choices),
        )


def _read(values: argparse.Namespace, option: Option) -> None:
    parse = getattr(option_values, option.parse or "")
    given = getattr(values, option.name)
    if given is None:
        return
    try:
        read = [parse(text) for text in given] if option.repeatable else parse(given)
    except ValueError as error:
        raise UsageError(f"{'/'.join(option.flags)}: {error}") from None
    setattr(values, option.name, read)


def _explain(error: UsageError, command: Command) -> None:
    """Name the nearest option for a misspelt one, else where the help is."""
    known = [flag for option in command.options for flag in option.flags if len(flag) > 2]
    unknown = error.message.partition("unrecognized arguments: ")[2].split(" ")[0]
    if unknown.startswith("-"):
        flag = unknown.partition("=")[0]
        error.message = f"unknown option {flag}"
        near = did_you_mean(flag, known)
        error.hint = near or f"'arazzo {command.name} --help' lists the options"
    elif unknown:
        error.message = f"'{unknown}' is one argument too many"
    if error.hint is None:
        error.hint = f"see 'arazzo {command.name} --help'"
