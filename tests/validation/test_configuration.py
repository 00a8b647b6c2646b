"""``[validate]`` of arazzo.toml and ``[tool.arazzo.validate]`` of pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from arazzo_runner.errors import UsageError
from arazzo_runner.validation.configuration import Configuration, find_configuration

WHOLE = """
select = ["step-*"]
ignore = ["step-description"]
sources = "none"
offline = true
allowed-hosts = ["example.com"]
retry-limit = 3
retry-after = 1.5
fail-on = "warning"
baseline = "known.json"
exclude = ["drafts/*"]
jobs = 2
[{table}.severity]
step-id-pattern = "error"
step-id-unique = "off"
"""


@pytest.mark.parametrize(
    ("name", "table"), [("arazzo.toml", "validate"), ("pyproject.toml", "tool.arazzo.validate")]
)
def test_everything(tmp_path: Path, name: str, table: str) -> None:
    (tmp_path / name).write_text(f"[{table}]\n{WHOLE.format(table=table)}")
    found = find_configuration(tmp_path)
    settings = found.settings
    assert settings.select == ("step-*",)
    assert settings.ignore == ("step-description",)
    assert settings.severities == {"step-id-pattern": "error", "step-id-unique": "off"}
    assert (settings.sources, settings.offline) == ("none", True)
    assert settings.allowed_hosts == frozenset({"example.com"})
    assert (settings.retry_limit, settings.retry_after) == (3, 1.5)
    assert (found.fail_on, found.exclude, found.jobs) == ("warning", ("drafts/*",), 2)
    assert found.baseline == str(tmp_path / "known.json")
    assert found.file == tmp_path / name


def test_the_nearest_one_counts_up_to_the_repository(tmp_path: Path) -> None:
    (tmp_path / "arazzo.toml").write_text('[validate]\nfail-on = "hint"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_configuration(inner).fail_on == "hint"
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\nvalidate = 1\n")
    assert find_configuration(inner).fail_on == "hint"
    (tmp_path / "a" / "arazzo.toml").write_text('[validate]\nfail-on = "warning"\n')
    assert find_configuration(inner).fail_on == "warning"
    (inner / ".git").mkdir()
    assert find_configuration(inner) == Configuration()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("selct = []", "did you mean 'select'?"),
        ("select = 'a'", "list of strings"),
        ("select = ['step-id-uniq']", "did you mean 'step-id-unique'?"),
        ("severity = 1", "table of rules"),
        ("severity = {no-rule = 'off'}", "there is no rule 'no-rule'"),
        ("severity = {step-id-unique = 'bad'}", "one of error, warning, hint, off"),
        ("sources = 'all'", "one of slice, full, none"),
        ("offline = 1", "true or false"),
        ("retry-limit = -1", "not negative"),
        ("retry-after = true", "must be a number"),
        ("fail-on = 'never'", "one of error"),
        ("baseline = 1", "must be a string"),
        ("exclude = [1]", "list of strings"),
        ("a = ", "cannot be read"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "arazzo.toml").write_text(f"[validate]\n{text}\n")
    with pytest.raises(UsageError) as caught:
        find_configuration(tmp_path)
    assert says in f"{caught.value.message} {caught.value.hint}"
    assert "arazzo.toml" in caught.value.message


def test_a_table_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "arazzo.toml").write_text("validate = 1\n")
    with pytest.raises(UsageError, match="is not a table"):
        find_configuration(tmp_path)
