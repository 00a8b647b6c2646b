"""``arazzo runs export``: all that is kept of a run as JSON."""

from __future__ import annotations

import json
from argparse import Namespace

from arazzo_runner.cli.files import write_output
from arazzo_runner.cli.runs_journal import reading
from arazzo_runner.cli.screen import Screen
from arazzo_runner.execution.journal_queries import find_run, load, row_of
from arazzo_runner.reporting.kept_runs import run_row_json
from arazzo_runner.values import Json

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Write the run that is named; the exit code.

    Raises:
        JournalError: there is no such run. UsageError: the file cannot be written.
    """
    with reading(values) as connection:
        run_id = find_run(connection, values.run)
        stored = load(connection, run_id)
        data: dict[str, Json] = {
            **run_row_json(row_of(connection, run_id), screen.redactor),
            "settings": dict(stored.settings),
            "secretInputs": list(stored.secret_inputs),
            "result": stored.result and dict(stored.result),
            "state": None if stored.state is None else _data(stored.state),
            "records": [record for text in stored.records for record in _records(text)],
            "documents": [
                {"uri": each.uri, "name": each.name, "text": each.text.decode("utf-8", "replace")}
                for each in stored.documents
            ],
        }
    if values.output is None:
        screen.out_json(data)
        return 0
    write_output(values.output, json.dumps(data, indent=2, ensure_ascii=False) + "\n", "--output")
    return 0


def _data(text: str) -> Json:
    """JSON data; what is none is written as the text that it is."""
    try:
        data: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return data


def _records(text: str) -> list[Json]:
    data = _data(text)
    return data if isinstance(data, list) else [data]
