"""The coverage page: current, and honest about what no test proves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import specification_coverage as coverage

NOT_RUN_YET = "ASY-"  # AsyncAPI steps


def test_the_page_is_current() -> None:
    assert coverage.main(["--check"]) == 0, "run python -m tools.specification_coverage"


def test_every_requirement_of_a_run_has_a_test() -> None:
    marks = coverage.read_marks(coverage.REPOSITORY / "tests")
    proved = {number for mark in marks for number in mark.numbers}
    wanted = {row.number for row in coverage.read_requirements() if row.kind in "RB"}
    assert {number for number in wanted - proved if not number.startswith(NOT_RUN_YET)} == set()


def test_marks_name_requirements_that_exist() -> None:
    known = {row.number for row in coverage.read_requirements()}
    marks = coverage.read_marks(coverage.REPOSITORY / "tests")
    carried = {n for mark in marks for n in mark.numbers if re.fullmatch(r"[A-Z]{2,3}-\d\d", n)}
    assert carried - known == set()


def test_marks_are_read_from_sources(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_a.py").write_text(
        "import pytest\n"
        "pytestmark = pytest.mark.requirement('DOC-01')\n"
        "@pytest.mark.requirement('DOC-02', 'A-10')\n"
        "class TestB:\n"
        "    @pytest.mark.requirement('DOC-03')\n"
        "    def test_c(self): ...\n"
        "def test_d(): ...\n"
        "def helper(): ...\n"
    )
    assert coverage.read_marks(folder) == [
        coverage.Mark("tests/test_a.py", "TestB::test_c", ("DOC-01", "DOC-02", "A-10", "DOC-03")),
        coverage.Mark("tests/test_a.py", "test_d", ("DOC-01",)),
    ]


def test_the_page_tells_what_is_proved_and_what_is_not() -> None:
    rows = [
        coverage.Requirement("DOC-01", "R", "MUST", "S", (), "one", None),
        coverage.Requirement("DOC-02", "R", "IMPL", "S", ("A-10",), "two", None),
        coverage.Requirement("URI-01", "S", "MUST", "S", (), "three|", "too early"),
        coverage.Requirement("URI-02", "T", "MUST", "S", (), "four", None),
    ]
    tests = [coverage.Mark(f"tests/t{n}.py", f"test_{n}", ("DOC-01",)) for n in range(6)]
    tests.append(coverage.Mark("tests/x.py", "test_x", ("DOC-02", "A-10")))
    page = coverage.render(rows, tests)
    assert "1 kept, 1 kept with a decision, 1 not yet, 1 without a test" in page
    assert "| kept | [0](../tests/t0.py)" in page
    assert "and 2 more |" in page
    assert "| implied | in a run | S | kept with decision A-10 | [x](../tests/x.py) |" in page
    assert "three\\| | MUST | before a run | S | not yet, because: too early |" in page
    assert "**no test**" in page
    assert page.index("## DOC") < page.index("## URI")


def test_a_page_that_is_not_current_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = coverage.REPOSITORY / "docs" / "no-such-page.md"
    monkeypatch.setattr(coverage, "PAGE", page)
    assert coverage.main(["--check"]) == 1
    assert "is not current" in capsys.readouterr().err
