"""What commands, arguments and options are: parser, help pages and documentation are made of them.

Nothing here imports anything heavy: ``arazzo --help`` reads only texts.
"""

from __future__ import annotations

__all__ = ["EXIT_CODES", "Argument", "Command", "Option"]


EXIT_CODES = (
    (0, "completed"),
    (1, "the workflow failed, or ended through a failure action"),
    (2, "wrong usage, inputs or credentials"),
    (3, "a document or description could not be read or linked"),
    (4, "stopped by a guard: time limit, steps, depth, size"),
    (130, "interrupted"),
)


class Argument:
    """A positional argument. An optional one may be left out; ``many`` takes any number."""

    __slots__ = ("choices", "help", "many", "name", "optional")

    def __init__(
        self,
        name: str,
        text: str,
        *,
        optional: bool = False,
        many: bool = False,
        choices: tuple[str, ...] = (),
    ) -> None:
        self.choices = choices
        self.name = name
        self.help = text
        self.optional = optional
        self.many = many


class Option:
    """An option. Without ``metavar`` it is a switch.

    ``parse`` names a function of ``cli.option_values`` that reads the text; it is looked up when
    the option is used. ``repeatable`` collects all values in a list; ``counted`` counts a switch;
    ``choices`` are the values it may have.
    """

    __slots__ = ("choices", "counted", "flags", "group", "help", "metavar", "parse", "repeatable")

    def __init__(
        self,
        *flags: str,
        text: str,
        group: str,
        metavar: str | None = None,
        parse: str | None = None,
        repeatable: bool = False,
        counted: bool = False,
        choices: tuple[str, ...] = (),
    ) -> None:
        self.flags = flags
        self.help = text
        self.group = group
        self.metavar = metavar
        self.parse = parse
        self.repeatable = repeatable
        self.counted = counted
        self.choices = choices

    @property
    def name(self) -> str:
        """The attribute that holds its value: the long flag with underscores."""
        return self.flags[-1].lstrip("-").replace("-", "_")


class Command:
    """A command: what it is for, what it takes, how it is used, how it ends."""

    __slots__ = (
        "arguments",
        "description",
        "examples",
        "exit_codes",
        "module",
        "name",
        "options",
        "summary",
    )

    def __init__(
        self,
        name: str,
        *,
        summary: str,
        description: str,
        examples: tuple[tuple[str, str], ...],
        arguments: tuple[Argument, ...],
        options: tuple[Option, ...],
        exit_codes: tuple[tuple[int, str], ...] = EXIT_CODES,
    ) -> None:
        self.name = name
        self.module = f"arazzo_runner.cli.{name.replace(' ', '_')}"
        self.summary = summary
        self.description = description
        self.examples = examples
        self.arguments = arguments
        self.options = options
        self.exit_codes = exit_codes
