"""The reports of a run that go to files: ``--har``, ``--junit``, ``--trace``, ``--html``.

Nothing of them is imported, and no record is kept, unless one is asked for.
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Final

from arazzo_runner.auth import AwsSettings
from arazzo_runner.cli.files import check_writable, write_whole
from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import ArazzoError, UsageError
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import Record
from arazzo_runner.linking.program import Program

if TYPE_CHECKING:
    from arazzo_runner.reporting.recording import Recording

__all__ = ["ReportFiles", "to_standard_output"]

FORMATS: Final = ("har", "junit", "trace", "html")


def to_standard_output(values: Namespace) -> str | None:
    """The one option that takes standard output for itself; None when outputs go there.

    Raises:
        UsageError: two options want it.
    """
    given = ["--json"] if values.json else []
    names = ("events", *FORMATS)
    given += [f"--{name} -" for name in names if getattr(values, name, None) == "-"]
    if len(given) > 1:
        name = given[1].split()[0].lstrip("-")
        raise UsageError(
            f"{given[0]} and {given[1]} both write to standard output",
            hint=f"write the {name} to a file: --{name} {_EXAMPLES[name]}",
        )
    return given[0] if given else None


_EXAMPLES: Final = {
    "events": "events.jsonl",
    "har": "run.har",
    "junit": "run.xml",
    "trace": "run.json",
    "html": "run.html",
}


class ReportFiles:
    """Records a run for the reports that are asked for, and writes them at its end.

    Raises:
        UsageError: a file cannot be written to.
    """

    def __init__(self, values: Namespace, screen: Screen) -> None:
        self._screen = screen
        self._workflow_id: str | None = getattr(values, "workflow_id", None)
        self._wanted = {
            name: file for name in FORMATS if (file := getattr(values, name, None)) is not None
        }
        self._recording: Recording | None = None
        for name, file in self._wanted.items():
            if file != "-":
                check_writable(file, f"--{name}")
        if self._wanted:
            from arazzo_runner.reporting.recording import Recording

            self._recording = Recording()

    def linked(self, program: Program, aws: AwsSettings) -> None:
        """Say what is going to run, and what signs its requests."""
        if self._recording is not None:
            from arazzo_runner.reporting.signing import signing_of

            self._recording.program = program
            self._recording.signing = signing_of(program, aws)

    def record(self, record: Record) -> None:
        """Keep one record."""
        if self._recording is not None:
            self._recording.record(record)

    def write(self, result: RunResult) -> None:
        """Write every report; one that cannot be written is an error, not the end of the others."""
        recording = self._recording
        if recording is None:
            return
        recording.finish(result)
        for name, file in self._wanted.items():
            self._write(name, file, _render(name, recording, self._screen))

    def write_error(self, error: ArazzoError, at: float) -> None:
        """The run could not begin: say so in the reports that can, so that no old one remains."""
        recording = self._recording
        if recording is None:
            return
        for name, file in self._wanted.items():
            text = _render_error(name, error, self._workflow_id, at, recording, self._screen)
            self._write(name, file, text)

    def _write(self, name: str, file: str, text: str) -> None:
        if file == "-":
            self._screen.out_document(text)
            return
        try:
            write_whole(file, text)
        except OSError as error:
            self._screen.lost_output(f"--{name}: cannot write to '{file}': {error.strerror}")


def _render(name: str, recording: Recording, screen: Screen) -> str:
    redactor = screen.redactor
    if name == "har":
        from arazzo_runner.reporting.har import har_text

        return har_text(recording, redactor)
    if name == "junit":
        from arazzo_runner.reporting.junit import junit_text

        return junit_text(recording, redactor)
    if name == "trace":
        from arazzo_runner.reporting.trace import trace_text

        return trace_text(recording, redactor)
    from arazzo_runner.reporting.html_report import html_text

    return html_text(recording, redactor)


def _render_error(
    name: str,
    error: ArazzoError,
    workflow_id: str | None,
    at: float,
    recording: Recording,
    screen: Screen,
) -> str:
    redactor = screen.redactor
    if name == "har":
        return _render(name, recording, screen)
    if name == "junit":
        from arazzo_runner.reporting.junit import junit_error_text

        return junit_error_text(error, workflow_id, redactor)
    if name == "trace":
        from arazzo_runner.reporting.trace import trace_error_text

        return trace_error_text(error, workflow_id, at, redactor)
    from arazzo_runner.reporting.html_report import html_error_text

    return html_error_text(error, workflow_id, at, redactor)
