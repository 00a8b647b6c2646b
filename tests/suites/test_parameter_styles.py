"""OpenAPI's "Style Examples" tables (3.0.4, 3.1.1, 3.2.0): all defined cells."""

from __future__ import annotations

import json

import pytest

from arazzo_runner.openapi import serialize
from tests.support.paths import SHARED, require

CASES = json.loads(
    require(SHARED / "suites/openapi-style-vectors/cases.json").read_text(encoding="utf-8")
)["cases"]
DEFINED = [case for case in CASES if case["defined"]]
LOCATIONS = {"matrix": "path", "label": "path", "simple": "path", "cookie": "cookie"}


def _id(case: dict[str, object]) -> str:
    explode = "explode" if case["explode"] else "joined"
    return f"{case['oas']}-{case['style']}-{explode}-{case['kind']}"


def test_all_cells_are_here() -> None:
    assert len(CASES) == 172
    assert len(DEFINED) == 119


@pytest.mark.requirement("PAR-14")
@pytest.mark.parametrize("case", DEFINED, ids=_id)
def test_cell(case: dict[str, object]) -> None:
    text = serialize(
        str(case["name"]),
        case["value"],
        location=LOCATIONS.get(str(case["style"]), "query"),
        style=str(case["style"]),
        explode=bool(case["explode"]),
    )
    assert text == str(case["expected"]).removeprefix("?")
