"""Published documents do the same after ``--fix``: the same requests, steps and outputs.

Every sixteenth document here; ``python -m bench.fixing`` compares them all.
"""

from __future__ import annotations

import pytest

from bench import corpus, fixing
from tests.support.paths import SHARED, require

EVERY = 16


def test_a_sample_of_the_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SHARED / "corpus"
    require(folder / "manifest.json")
    monkeypatch.setattr(corpus, "CORPUS", folder)
    rows = list(fixing.rows(every=EVERY, workers=1))
    assert [row for row in rows if row.problem] == []
    assert len(rows) > 40
    assert sum(row.compared for row in rows) > 800


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ({"a": [1, "x"]}, {"a": [2, "xx", 1]}),
        (True, False),
        (None, None),
        ("<a><b>x</b></a>", "<a><b>xx</b></a>"),
    ],
)
def test_other_values(value: object, other: object) -> None:
    assert fixing._otherwise(value) == other
