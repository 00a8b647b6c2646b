"""The command ``arazzo``: finds the command, runs it, and turns every end into an exit code.

Help and version import nothing but the texts. Exit codes: see ``options.EXIT_CODES``; a defect of
the program itself ends in one line and exit code 1 (``ARAZZO_DEBUG=1`` adds the traceback).
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as in the package's root: typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import NoReturn

    from arazzo_runner.cli.screen import Screen

__all__ = ["entry_point", "main"]

INTERRUPTED = 130


def entry_point() -> NoReturn:
    """The console script: exits the process."""
    import gc

    code = main()
    elsewhere = sys.modules.get("arazzo_runner.cli.cluster")
    if elsewhere is not None:
        elsewhere.leave(code)
    gc.freeze()  # nothing is left to collect: Python's last collections need not look at it all
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code.

    Args:
        arguments: the words after ``arazzo``; by default those of the process.
    """
    from arazzo_runner.cli.streams import prepare_streams, write_all

    prepare_streams()
    words = sys.argv[1:] if arguments is None else list(arguments)
    page = _page(words)
    if page is not None:
        write_all(sys.stdout if words else sys.stderr, page)
        return 0 if words else 2
    import gc

    from arazzo_runner.cli.screen import Screen

    # Documents are many containers that live to the end: looking through them for garbage again
    # and again takes as long as reading them.
    gc.set_threshold(100_000, 20, 20)
    screen = Screen(no_color="--no-color" in words)
    try:
        code = _run_command(words, screen)
    except KeyboardInterrupt:
        screen.error("interrupted", kind="interrupted")
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: never a traceback
        code = _internal_error(error, screen)
    return screen.finish(code)


def _page(words: list[str]) -> str | None:
    """The text to show when help or version is asked for, or nothing at all."""
    first = words[0] if words else "--help"
    if first in ("--version", "-V"):
        from arazzo_runner._version import __version__

        return f"arazzo {__version__}\n"
    options = words[: words.index("--")] if "--" in words else words
    asks = first in ("--help", "-h", "help") or "--help" in options or "-h" in options
    if words and not asks:
        return None
    from arazzo_runner.cli.commands import COMMANDS
    from arazzo_runner.cli.help import command_help, group_help, main_help

    name, _ = command_of(words[1:] if first == "help" else words, COMMANDS)
    if name in COMMANDS:
        return command_help(COMMANDS[name])
    return group_help(name) or main_help()


def command_of(words: list[str], known: Collection[str]) -> tuple[str, list[str]]:
    """The command that words begin with, one of two words (``aws whoami``) first, and the rest."""
    for count in (2, 1):
        name = " ".join(words[:count])
        if name in known:
            return name, words[count:]
    group = any(each.startswith(f"{words[0]} ") for each in known) if words else False
    count = 2 if group and len(words) > 1 and not words[1].startswith("-") else 1
    return " ".join(words[:count]), words[count:]


def _run_command(words: list[str], screen: Screen) -> int:
    from importlib import import_module

    from arazzo_runner.cli.commands import COMMANDS
    from arazzo_runner.errors import ArazzoError, UsageError, did_you_mean

    try:
        name, rest = command_of(words, COMMANDS)
        command = COMMANDS.get(name)
        if command is None:
            what = "option" if name.startswith("-") else "command"
            inside = [each for each in COMMANDS if each.startswith(f"{name} ")]
            raise UsageError(
                f"there is no {what} '{name}'",
                hint=f"there is: {', '.join(inside)}"
                if inside
                else did_you_mean(name, (*COMMANDS, "--help", "--version"))
                or "see 'arazzo --help'",
            )
        from arazzo_runner.cli.parsing import parse_arguments

        values = parse_arguments(command, rest)
        code: int = import_module(command.module).run(values, screen)
    except ArazzoError as error:
        screen.report(error)
        return error.exit_code
    return code


def _internal_error(error: Exception, screen: Screen) -> int:
    if os.environ.get("ARAZZO_DEBUG") == "1":
        import traceback

        screen.err(screen.redactor.text(traceback.format_exc()))
    what = " ".join(screen.redactor.text(f"{type(error).__name__}: {error}").split())
    screen.err(
        f"internal error: {what[:300]}; please report it with the command and the document "
        "(ARAZZO_DEBUG=1 shows the details)\n"
    )
    return 1
