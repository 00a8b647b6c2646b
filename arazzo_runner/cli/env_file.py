"""``--env-file``: environment variables from a file, as docker and most frameworks read it."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

from arazzo_runner.errors import Location, UsageError

__all__ = ["load_env_file"]


def load_env_file(file: str) -> None:
    """Set the variables of a ``.env`` file that the environment does not have.

    Raises:
        UsageError: the file cannot be read, or a line of it is no assignment (the line is not
            shown: it may hold a secret).
    """
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        text = Path(file).read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"--env-file: cannot read '{file}': {why}") from None
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            # What is before an assignment, empty lines too, belongs to it.
            skipped = len(binding.original.string) - len(binding.original.string.lstrip())
            line = binding.original.line + binding.original.string[:skipped].count("\n")
            raise UsageError(
                "--env-file: this line is not NAME=VALUE",
                location=Location(file, line),
                hint="quote values that have spaces, quotes or #",
            )
    for name, value in dotenv_values(stream=StringIO(text)).items():
        if value is None:
            continue
        try:
            os.environ.setdefault(name, value)
        except ValueError:
            raise UsageError(f"--env-file: '{name}' cannot be a variable", hint=file) from None
