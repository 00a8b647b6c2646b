"""Recordings of the runs in ``records``, and schemas to hold reports against."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jsonschema import Draft202012Validator

from arazzo_runner.interpreter.records import Record
from arazzo_runner.reporting.recording import Recording
from tests.support.paths import REPOSITORY

__all__ = ["check_schema", "recorded", "schema"]


def recorded(records: Iterable[Record]) -> Recording:
    """A recording of these records."""
    recording = Recording()
    for record in records:
        recording.record(record)
    return recording


def schema(name: str) -> Draft202012Validator:
    """A published schema; date-time is checked."""
    text = (REPOSITORY / "docs" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    loaded = json.loads(text)
    Draft202012Validator.check_schema(loaded)
    return Draft202012Validator(loaded)


def check_schema(name: str, data: Any) -> None:
    """Fails with every violation of a published schema."""
    problems = [f"{e.json_path}: {e.message}" for e in schema(name).iter_errors(data)]
    assert problems == []
