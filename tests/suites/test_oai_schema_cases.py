"""The OpenAPI Initiative's own pass and fail documents of the schemas.

A document of ``pass`` has no error, one of ``fail`` at least one. Sources are not read: the
documents name some that do not exist. Where schema and text differ, the text decides: the documents
called ``characterization-*`` pass the schema and do what the text forbids, so they may have errors.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import arazzo_runner as arazzo
from arazzo_runner.validation import ValidationSettings
from tests.support.paths import SHARED

SUITES = ("oai-arazzo-schema-1.0", "oai-arazzo-schema-1.1")


def cases() -> list[object]:
    found = []
    for suite in SUITES:
        folder = SHARED / "suites" / suite
        files = [p for p in sorted(folder.rglob("*")) if p.parent.name in ("pass", "fail")]
        found += [pytest.param(p, id=f"{suite[-3:]}-{p.parent.name}-{p.name}") for p in files]
        if not files:
            reason = f"{folder} has no documents"
            found.append(pytest.param(None, id=suite, marks=pytest.mark.skip(reason=reason)))
    return found


@pytest.mark.parametrize("file", cases())
def test_case(file: Path) -> None:
    findings = arazzo.validate(str(file), settings=ValidationSettings(sources="none"))
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    if file.parent.name == "fail":
        assert errors
    elif not file.name.startswith("characterization-"):
        assert errors == []
