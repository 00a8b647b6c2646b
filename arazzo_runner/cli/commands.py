"""All commands by name, in the order of the help."""

from __future__ import annotations

from arazzo_runner.cli.commands_reading import (
    COMPLETION,
    DIFF,
    DOCS,
    GRAPH,
    LIST,
    RULES,
    SHOW,
    VALIDATE,
)
from arazzo_runner.cli.commands_running import AUTH, AWS_DESCRIBE, AWS_WHOAMI, BATCH, RUN
from arazzo_runner.cli.commands_runs import RUNS
from arazzo_runner.cli.commands_simulating import EXPLORE, MOCK, REPLAY, SIMULATE, TEST
from arazzo_runner.cli.commands_temporal import WORKER

__all__ = ["COMMANDS"]

_ALL = (
    *(RUN, BATCH, VALIDATE, LIST, SHOW, GRAPH, DOCS, AUTH, AWS_DESCRIBE, AWS_WHOAMI),
    *(SIMULATE, EXPLORE, MOCK, REPLAY, TEST),
    *RUNS,
    WORKER,
    *(DIFF, RULES, COMPLETION),
)
COMMANDS = {command.name: command for command in _ALL}
