"""Every AWS workflow of the corpus runs unchanged against moto, to its end where moto can."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
import yaml

import arazzo_runner as arazzo
from arazzo_runner.values import header
from tests.aws.published import CASES, Case
from tests.support.command import UPDATE
from tests.support.moto_server import Moto
from tests.support.paths import REPOSITORY, SHARED, require

CORPUS = SHARED / "corpus"
PAGE = REPOSITORY / "docs" / "aws.md"
FAST = arazzo.RunSettings(pacing=arazzo.Pacing(interval=0.01))
MARKS = ("<!-- published workflows -->", "<!-- end -->")
FOLDERS = ("ec2", "rds", "rekognition", "sagemaker")


def run(case: Case, moto: Moto) -> arazzo.RunResult:
    """The workflow, with everything it expects to be there."""
    file = str(require(CORPUS / case.file))
    inputs = case.prepare(moto)
    sources = yaml.safe_load(Path(file).read_text(encoding="utf-8"))["sourceDescriptions"]
    with arazzo.Runner(
        servers={source["name"]: moto.url for source in sources},
        aws=arazzo.AwsSettings(region="us-east-1"),
        run=FAST,
        timeout=30,
    ) as runner:
        return runner.run(file, inputs=inputs)


@pytest.mark.parametrize("case", [c for c in CASES if not c.why], ids=lambda case: case.name)
def test_completes(case: Case, moto: Moto) -> None:
    result = run(case, moto)
    assert result.status == "completed", result.error
    for name, expected in case.outputs.items():
        found = result.outputs.get(name)
        assert isinstance(found, expected) if isinstance(expected, type) else found == expected
    times = Counter(step.step_id for step in result.steps)
    assert {name: times[name] for name in case.looks} == case.looks


@pytest.mark.parametrize("case", [c for c in CASES if c.why], ids=lambda case: case.name)
def test_moto_cannot(case: Case, moto: Moto) -> None:
    """The reason still holds: as soon as moto can, this fails and the case moves up."""
    result = run(case, moto)
    assert result.status == "failed"
    request, response = result.steps[-1].request, result.steps[-1].response
    assert request is not None
    assert response is not None
    if case.moto_lacks:
        assert response.status == 500
        assert case.moto_lacks in request.url + (header(request.headers, "x-amz-target") or "")
    else:
        assert response.status == 400


def test_every_workflow_of_the_corpus_is_in_the_table() -> None:
    require(CORPUS)
    found = {
        str(file.relative_to(CORPUS))
        for folder in FOLDERS
        for file in (CORPUS / "api-evangelist" / f"amazon-{folder}" / "arazzo").glob("*.yml")
    }
    assert found == {case.file for case in CASES}


def test_four_of_five_that_moto_can_serve_complete() -> None:
    served = [case for case in CASES if not case.moto_lacks]
    complete = [case for case in served if not case.why]
    assert len(complete) / len(served) >= 0.8


def test_the_page_shows_the_table() -> None:
    """ARAZZO_UPDATE_GOLDENS=1 writes it."""
    head, mark, rest = PAGE.read_text(encoding="utf-8").partition(MARKS[0])
    _, end, tail = rest.partition(MARKS[1])
    rows = [f"| {case.name} | {case.why or 'completed'} |" for case in CASES]
    table = "\n".join(["", "| workflow | comes to |", "|---|---|", *rows, ""])
    page = f"{head}{mark}{table}{end}{tail}"
    if os.environ.get(UPDATE) == "1":
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page, f"{UPDATE}=1 writes the table"
