"""``arazzo batch --temporal --detach``: begin all rows on a server, and wait for none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import InputError
from arazzo_runner.execution.batch import Row, row_key
from arazzo_runner.execution.keeper import Origin
from arazzo_runner.linking import Program

if TYPE_CHECKING:
    from arazzo_runner.execution.async_door import AsyncDoor
    from arazzo_runner.temporal.runner import TemporalRunner

__all__ = ["begin_rows"]


async def begin_rows(
    door: AsyncDoor,
    program: Program,
    workflow_id: str,
    rows: Iterable[Row],
    batch: str,
    screen: Screen,
) -> int:
    """Begin every row; a line of JSON for each says how its run is called. The exit code is 1
    when a row could not begin.
    """
    runner = cast("TemporalRunner", door)
    code = 0
    for row in rows:
        line: dict[str, object] = {"row": row.number}
        try:
            if row.error is not None:
                raise row.error
            origin = Origin(batch, row.number, row_key(row.inputs))
            line["runId"] = await runner.start_row(program, workflow_id, row.inputs, origin)
        except InputError as error:
            line["error"], code = screen.redactor.text(error.message), 1
        screen.out(json.dumps(line, ensure_ascii=False) + "\n")
    screen.err(f"wait for the results: the same command without --detach, --resume {batch}\n")
    return code
