"""Published documents through simulate and explore: none fails by our fault.

Every sixteenth document here; ``python -m bench.corpus`` runs them all.
"""

from __future__ import annotations

import json

import pytest

from bench import corpus
from tests.support.paths import SHARED, require

EVERY = 16


def test_a_sample_of_the_corpus(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SHARED / "corpus"
    require(folder / "manifest.json")
    monkeypatch.setattr(corpus, "CORPUS", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    rows = [row for entry in manifest[::EVERY] for row in corpus.measure(entry, explore=True)]
    assert len(rows) > 40
    assert [row.message for row in rows if row.outcome == "ours"] == []
    # Of this origin only documents that name operations which do not exist cannot be run.
    stuck = {row.rule for row in rows if row.origin == "ae" and row.outcome == "document"}
    assert stuck <= {"step-operation-id-exists"}
    for row in rows:
        if row.outcome == "document":
            assert row.rule
            assert row.message
