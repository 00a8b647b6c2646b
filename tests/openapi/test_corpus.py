"""Descriptions that people published: a sample of those that the corpus refers to."""

from __future__ import annotations

from pathlib import Path

import pytest

from arazzo_runner.errors import ArazzoError
from arazzo_runner.openapi import Description, bind
from arazzo_runner.reading import Loader
from tests.support.paths import SHARED, require

CORPUS = require(SHARED / "corpus")
LARGEST = 150_000


def _is_description(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(3000)
    return path.stat().st_size < LARGEST and (b"openapi:" in head or b'"openapi"' in head)


def _sample() -> list[Path]:
    found = sorted(path for path in CORPUS.rglob("openapi/*.y*ml") if _is_description(path))
    return found[::5]


SAMPLE = _sample()


def test_there_is_a_sample() -> None:
    assert len(SAMPLE) >= 15


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.stem)
def test_every_operation_can_be_bound(path: Path) -> None:
    loader = Loader()
    description = Description(loader.load(str(path)), loader)
    operations = 0
    for key, method, _ in description.operations():
        operation = description.at(key, method)
        assert operation is not None
        has_body = operation.request_body is not None
        bound = bind(operation, base_url="https://api.test", parameters=[], has_body=has_body)
        assert all(parameter.required for parameter in bound.missing)
        for server in operation.servers:
            try:
                assert server.resolve()
            except ArazzoError as error:
                assert "has no value for" in error.message  # noqa: PT017 - real ones lack defaults
        operations += 1
    assert operations
