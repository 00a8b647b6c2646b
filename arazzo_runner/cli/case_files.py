"""Reading and writing files of test cases and scenarios."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from arazzo_runner.cli.files import write_whole
from arazzo_runner.errors import ArazzoError, DocumentError, DocumentNotFound, UsageError
from arazzo_runner.reading import parse_document
from arazzo_runner.reporting.json_data import json_data
from arazzo_runner.values import Json, Redactor

if TYPE_CHECKING:
    from arazzo_runner.cli.screen import Screen
    from arazzo_runner.simulation.cassettes import Recorder

__all__ = ["case_text", "read_data", "write_cassette", "yaml_text"]


def read_data(file: str, option: str | None = None) -> Json:
    """The data of a YAML or JSON file, which an ``option`` names or the command is about.

    Raises:
        UsageError: the file of an option cannot be read.
        DocumentError: it cannot be read, or is not YAML or JSON.
    """
    try:
        text = Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if option is not None:
            raise UsageError(f"{option}: cannot read '{file}': {reason}") from None
        if isinstance(error, FileNotFoundError):
            raise DocumentNotFound(f"there is no file {Path(file).absolute()}") from None
        raise DocumentError(f"cannot read '{file}': {reason}") from None
    return parse_document(text, uri=Path(file).absolute().as_uri(), name=file).data


def case_text(document: str, cases: list[dict[str, Json]], redactor: Redactor) -> str:
    """A file of test cases as YAML."""
    return yaml_text(json_data({"document": document, "cases": cases}, redactor))


def write_cassette(
    document: str, target: str, recorder: Recorder, servers: dict[str, str], screen: Screen
) -> None:
    """Write a recorded run. That it cannot be written is told; the run is what it was."""
    where = Path(target)
    name = document
    if "://" not in document:
        name = os.path.relpath(document, where.parent)
    text = yaml_text(recorder.cassette(name, servers))
    try:
        write_whole(target, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        screen.error(f"--record: cannot write '{target}': {reason}", kind="output")


def yaml_text(data: Json) -> str:
    """Data as YAML, texts that look like something else in quotes."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

    try:
        return str(yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100))
    except yaml.YAMLError as error:
        raise ArazzoError(f"cannot be written as YAML: {error}") from None
