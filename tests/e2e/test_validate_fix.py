"""A published workflow, fixed, conforms and does the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.training import NAME, PUBLISHED, Edition, words
from tests.support.command import Command
from tests.support.paths import SHARED, require
from tests.support.sagemaker_endpoint import SageMakerEndpoint


@pytest.mark.parametrize("last", ["Completed", "Failed", "Stopped"])
def test_the_fixed_workflow_runs_the_same(last: str, tmp_path: Path, arazzo: Command) -> None:
    seed = tmp_path / "seed"
    for folder in ("workflows", "openapi"):
        shutil.copytree(require(SHARED / "seed" / folder), seed / folder)
    file = seed / "workflows" / NAME
    before = file.read_text()
    assert arazzo("validate", file).code == 1
    fixed = arazzo("validate", file, "--fix")
    assert fixed.code == 0, fixed.out
    assert "2 fixed" in fixed.out
    changed = [
        (old, new)
        for old, new in zip(before.splitlines(), file.read_text().splitlines(), strict=True)
        if old != new
    ]
    assert len(changed) == 2
    assert all("condition:" in old and "$[?$.Training" in new for old, new in changed)

    ends = []
    for edition, strict in ((PUBLISHED, []), (Edition(str(file), "sagemakerApi"), ["--strict"])):
        with SageMakerEndpoint(["InProgress", "InProgress", last]) as endpoint:
            done = arazzo(*words(endpoint, *strict, edition=edition))
        ends.append((done.code, done.out, endpoint.operations))
    assert ends[0] == ends[1]
