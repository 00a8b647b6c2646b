"""``# arazzo-ignore``: where it counts, and when it is said to be of no use."""

from __future__ import annotations

import pytest

from arazzo_runner.validation import ValidationSettings, Validator
from arazzo_runner.validation.examples import loader_of, whole_document


def rules(text: str, name: str = "flow.yaml") -> tuple[list[str], int]:
    settings = ValidationSettings(select=("unknown-field", "step-id-*", "ignore-unused"))
    validator = Validator(loader_of({}), settings)
    findings = validator.validate_text(text.encode(), "https://example.com/flow.yaml", name)
    return [finding.rule for finding in findings], validator.ignored


def step(before: str = "", behind: str = "") -> str:
    return whole_document(f"""
steps:
- stepId: list
  operationId: listPets
  {before}
  owner: a  {behind}
  team: b
""")


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("", "# arazzo-ignore: unknown-field"),
        ("", "# arazzo-ignore:unknown-field"),
        ("", "# because # arazzo-ignore: step-id-unique, unknown-field and so on"),
        ("# arazzo-ignore: unknown-field", ""),
        ("# arazzo-ignore: unknown-field\n  # why\n", ""),
    ],
)
def test_one_line(before: str, behind: str) -> None:
    found, ignored = rules(step(before, behind))
    assert found.count("unknown-field") == 1
    assert ignored == 1


def test_the_whole_file() -> None:
    assert rules("# arazzo-ignore-file: unknown-field\n" + step()) == ([], 2)


@pytest.mark.parametrize(
    "comment",
    ["# arazzo-ignore: unknown-fields", "# arazzo-ignore unknown-field", "# ignore: unknown-field"],
)
def test_other_comments_accept_nothing(comment: str) -> None:
    found, ignored = rules(step("", comment))
    assert found.count("unknown-field") == 2
    assert ignored == 0


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# arazzo-ignore: step-id-unique", "accepts nothing of 'step-id-unique'"),
        ("# arazzo-ignore: no-such-rule", "the rule 'no-such-rule'"),
        ("# arazzo-ignore-file: step-id-unique", "accepts nothing of 'step-id-unique'"),
    ],
)
def test_a_comment_of_no_use_is_said(comment: str, message: str) -> None:
    validator = Validator(loader_of({}), ValidationSettings(select=("ignore-unused", "step-id-*")))
    text = step(comment)
    (finding,) = validator.validate_text(text.encode(), "https://example.com/f.yaml", "f.yaml")
    assert message in finding.message
    line = text.splitlines()[finding.location.line - 1]
    marked = line[finding.location.column - 1 : (finding.location.end_column or 0) - 1]
    assert marked == comment.rpartition(": ")[2]


def test_a_comment_for_a_rule_that_is_off_is_not_said() -> None:
    validator = Validator(loader_of({}), ValidationSettings(select=("ignore-unused",)))
    text = step("# arazzo-ignore: step-id-unique")
    assert not validator.validate_text(text.encode(), "https://example.com/f.yaml", "f.yaml")


def test_json_has_no_comments() -> None:
    text = (
        '{"arazzo": "1.1.0", "info": {"title": "# arazzo-ignore: unknown-field", '
        '"version": "1", "owner": 1}, "sourceDescriptions": [{"name": "petstore", '
        '"url": "petstore.yaml"}], "workflows": []}'
    )
    assert rules(text) == (["unknown-field"], 0)
