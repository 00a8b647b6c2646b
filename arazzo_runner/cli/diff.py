"""``arazzo diff``: what changed between two traces, or between two documents."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import UsageError
from arazzo_runner.reporting.comparison import Difference, compare_documents, compare_traces
from arazzo_runner.reporting.flow import Flow
from arazzo_runner.reporting.text import Style, operand_text
from arazzo_runner.values import Json, Redactor

__all__ = ["run"]

_LONGEST = 200


def run(values: Namespace, screen: Screen) -> int:
    """Compare; 0 when nothing that counts is different, else 1 (as ``diff`` does).

    Raises:
        UsageError: one is a trace and the other a document, or neither.
        DocumentError: a document cannot be read.
    """
    one, other = _trace(values.before), _trace(values.after)
    if (one is None) != (other is None):
        raise UsageError(
            f"'{values.before}' and '{values.after}' are not of a kind: "
            "one is a trace, the other is not",
            hint="'arazzo run --trace FILE' writes a trace",
        )
    if one is not None and other is not None:
        try:
            found = compare_traces(one, other)
        except (KeyError, TypeError, AttributeError, IndexError):
            raise UsageError(
                "one of the traces is damaged", hint="write it again with 'arazzo run --trace FILE'"
            ) from None
    else:
        found = compare_documents(_flows(values.before, screen), _flows(values.after, screen))
    if values.json:
        screen.out_json({"differences": [_data(difference) for difference in found]})
    else:
        lines = [_line(difference, screen.out_style, screen.redactor) for difference in found]
        screen.out("".join(f"{line}\n" for line in lines))
        screen.err(f"{len(found)} differences\n" if found else "no differences\n")
    return 1 if found else 0


def _trace(file: str) -> Json:
    """The trace in a file; None when it holds something else."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None  # reading it as a document says what is wrong
    if '"traceVersion"' not in text[:200]:
        return None
    try:
        data = json.loads(text)
        members = ("status", "workflows", "inputs", "outputs", "error")
        if data["traceVersion"] == 1 and all(name in data for name in members):
            return data
    except (ValueError, RecursionError, KeyError, TypeError):
        pass
    raise UsageError(
        f"'{file}' is not a trace that this version can read", hint="write it again with --trace"
    )


def _flows(file: str, screen: Screen) -> list[tuple[Flow, Json, Sequence[str]]]:
    from arazzo_runner.execution import Settings, link_file
    from arazzo_runner.reporting.flow import entry_keys, flows_of

    linked = link_file(file, None, Settings(), any_server=True)
    screen.warnings(linked.errors)
    program = linked.program
    keys = entry_keys(program, program.document)
    sources = [program.workflows[key].source for key in keys]
    return [
        (flow, source.inputs or {}, list(source.outputs))
        for flow, source in zip(flows_of(program, keys), sources, strict=True)
    ]


def _line(difference: Difference, style: Style, redactor: Redactor) -> str:
    before = operand_text(difference.before, redactor, _LONGEST)
    after = operand_text(difference.after, redactor, _LONGEST)
    where = style.strong(difference.where)
    if not difference.has_before:
        return f"{style.good('+')} {where}: {after}"
    if not difference.has_after:
        return f"{style.bad('-')} {where}: {before}"
    return f"{style.warn('~')} {where}: {before} → {after}"


def _data(difference: Difference) -> dict[str, Json]:
    data: dict[str, Json] = {"kind": difference.kind, "where": difference.where}
    if difference.has_before:
        data["before"] = difference.before
    if difference.has_after:
        data["after"] = difference.after
    return data
