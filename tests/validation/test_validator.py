"""One document: what is said, where exactly, and what is not said because it only follows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import arazzo_runner as arazzo
from arazzo_runner.validation import Finding, Part, Problem, ValidationSettings, Validator
from arazzo_runner.validation.examples import loader_of, whole_document
from tests.support.machines import memory_loader

HINTS = ("*-description", "*-summary", "success-criteria-missing", "source-type-missing")


def check(text: str, **settings: object) -> tuple[Finding, ...]:
    chosen = ValidationSettings(**{"ignore": HINTS, **settings})  # type: ignore[arg-type]
    validator = Validator(loader_of({}), chosen)
    return validator.validate_text(text.encode(), "https://example.com/flow.yaml", "flow.yaml")


def brief(text: str, **settings: object) -> list[tuple[str, str]]:
    return [(f.rule, f.pointer) for f in check(text, **settings)]


def places(text: str, rule: str) -> list[str]:
    """The characters that each finding of the rule marks."""
    lines = text.splitlines()
    marked = []
    for finding in check(text):
        at = finding.location
        if finding.rule != rule:
            continue
        if at.end_line in (None, at.line):
            marked.append(lines[at.line - 1][at.column - 1 : (at.end_column or 0) - 1])
        else:
            first = lines[at.line - 1][at.column - 1 :]
            between = lines[at.line : (at.end_line or 0) - 1]
            last = lines[(at.end_line or 0) - 1][: (at.end_column or 0) - 1]
            marked.append("\n".join([first, *between, last]))
    return marked


class TestNoCascade:
    def test_a_missing_info_is_one_finding(self) -> None:
        text = whole_document("steps: [{stepId: a, operationId: listPets}]")
        text = text.replace("info: {title: Pets, version: 1.0.0}\n", "")
        assert brief(text) == [("required-field", "")]

    def test_a_step_that_is_a_text_is_one_finding(self) -> None:
        assert brief(whole_document("steps: [listPets]")) == [
            ("field-type", "/workflows/0/steps/0")
        ]

    def test_steps_as_an_object_are_one_finding(self) -> None:
        found = check(whole_document("steps:\n  stepId: a\n  operationId: listPets\n"))
        assert [(f.rule, f.pointer) for f in found] == [("field-type", "/workflows/0/steps")]
        assert found[0].hint == "put '- ' before each item of 'steps'"

    def test_a_misspelt_target_is_not_a_missing_one(self) -> None:
        assert brief(whole_document("steps: [{stepId: a, operationID: listPets}]")) == [
            ("unknown-field", "/workflows/0/steps/0/operationID")
        ]

    def test_a_misspelt_id_is_not_a_missing_one(self) -> None:
        assert brief(whole_document("steps: [{stepid: a, operationId: listPets}]")) == [
            ("unknown-field", "/workflows/0/steps/0/stepid")
        ]

    @pytest.mark.parametrize("text", ["[1]", "1", "null", "text", "{}", "{info: {}}"])
    def test_what_is_no_document_is_one_finding(self, text: str) -> None:
        assert [rule for rule, _ in brief(text)] == ["not-arazzo"]

    @pytest.mark.parametrize(
        ("version", "rule"),
        [("2.0.0", "version-supported"), ("1.0", "unquoted-scalar"), ("[]", "version-supported")],
    )
    def test_an_unknown_version_is_one_finding(self, version: str, rule: str) -> None:
        assert brief(f"arazzo: {version}\nworkflows: 3\n") == [(rule, "/arazzo")]

    def test_a_goto_without_a_readable_target_is_one_finding(self) -> None:
        text = whole_document("""
        steps:
        - stepId: a
          operationId: listPets
          onFailure: [{name: n, type: goto, stepId: [a]}]
        """)
        assert brief(text) == [("field-type", "/workflows/0/steps/0/onFailure/0/stepId")]

    def test_a_field_of_another_object_says_so(self) -> None:
        found = check(whole_document("operationId: listPets\nsteps: [{stepId: a, workflowId: b}]"))
        assert "it is a field of the Step Object" in [f.hint for f in found]


class TestPlaces:
    def test_a_key(self) -> None:
        text = whole_document("steps: [{stepId: a, operationID: listPets}]")
        assert places(text, "unknown-field") == ["operationID"]

    def test_a_value(self) -> None:
        text = whole_document("steps: [{stepId: a, operationId: listPets, timeout: soon}]")
        assert places(text, "field-type") == ["soon"]

    def test_a_value_of_many_lines(self) -> None:
        text = whole_document("""
        steps:
        - stepId: a
          operationId: listPets
          outputs:
            o: |
              just
              words
        """)
        assert places(text, "step-outputs-value") == ["|\n        just\n        words"]

    def test_an_object_is_shown_by_its_first_line(self) -> None:
        text = whole_document("steps:\n- stepId: a\n  description: none\n")
        assert places(text, "step-target-present") == ["stepId: a"]

    @pytest.mark.parametrize(
        ("condition", "marked"),
        [
            ("$statusCode == 200 and $url", "and"),
            ("'$statusCode == 200 and $url'", "and"),
            ('"$statusCode == 200 and $url"', "and"),
            (">-\n      $statusCode ==\n      200 and $url", "and"),
        ],
    )
    def test_inside_a_condition(self, condition: str, marked: str) -> None:
        text = whole_document(f"""
steps:
- stepId: a
  operationId: listPets
  successCriteria:
  - condition: {condition}
""")
        (finding,) = [f for f in check(text) if f.rule == "criterion-simple-syntax"]
        line = text.splitlines()[finding.location.line - 1]
        assert line[finding.location.column - 1 :].startswith(marked)

    @pytest.mark.parametrize(
        "value", ["is {$input.b}", "'is {$input.b}'", '"is {$input.b}"', '"\\u0069s {$input.b}"']
    )
    def test_inside_a_template(self, value: str) -> None:
        if value[0] not in "'\"":
            value = f"'{value}'"
        text = whole_document(f"""
steps:
- stepId: a
  operationId: listPets
  parameters:
  - {{name: status, in: query, value: {value}}}
""")
        (finding,) = [f for f in check(text) if f.rule == "expression-embedded"]
        line = text.splitlines()[finding.location.line - 1]
        assert line[finding.location.column - 1 :].startswith("$input.b")

    def test_an_expression_in_json(self) -> None:
        text = (
            '{"arazzo": "1.1.0",\n "info": {"title": "t", "version": "1.0.0"},\n'
            ' "sourceDescriptions": [{"name": "petstore", "url": "petstore.yaml"}],\n'
            ' "workflows": [{"workflowId": "w", "steps": [{"stepId": "a",\n'
            '  "operationId": "listPets"}],\n  "outputs": {"o": "x {$steps.a.outputs.b}"}}]}'
        )
        (finding,) = check(text)
        assert finding.rule == "outputs-defined"
        at = finding.location
        assert (at.line, at.column, at.end_line, at.end_column) == (6, 24, 6, 42)


class TestSettings:
    TEXT = whole_document("""
    steps:
    - {stepId: a b, operationId: listPets}
    - {stepId: a b, operationId: listPets}
    """)

    def test_select_and_ignore(self) -> None:
        assert {r for r, _ in brief(self.TEXT)} == {"step-id-unique", "step-id-pattern"}
        assert {r for r, _ in brief(self.TEXT, select=("step-id-u*",))} == {"step-id-unique"}
        assert {r for r, _ in brief(self.TEXT, ignore=("*-unique", *HINTS))} == {"step-id-pattern"}

    def test_severities(self) -> None:
        found = check(self.TEXT, severities={"step-id-unique": "hint", "step-id-pattern": "off"})
        assert {(f.rule, f.severity) for f in found} == {("step-id-unique", "hint")}

    def test_without_sources_nothing_is_read(self) -> None:
        text = whole_document("steps: [{stepId: a, operationId: nowhere}]")
        loader = memory_loader({})
        validator = Validator(loader, ValidationSettings(sources="none", ignore=HINTS))
        assert not validator.validate_text(text.encode(), "https://example.com/f.yaml", "f.yaml")


@arazzo.rule(
    "step-id-short",
    on="Step",
    severity="warning",
    summary="A stepId is long.",
    explanation="Long ids are hard to read.",
    wrong="steps: [{stepId: aVeryLongName, operationId: listPets}]",
    right="steps: [{stepId: a, operationId: listPets}]",
)
def short(step: Part) -> Iterator[Problem]:
    if len(step.text("stepId") or "") > 5:
        yield step.problem("the stepId is long", "stepId", hint="shorten it")


class TestLibrary:
    def test_findings_are_frozen_values(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("library")
        file = folder / "flow.yaml"
        file.write_text(whole_document("steps: [{stepId: aVeryLongName, operationId: a}]"))
        settings = arazzo.ValidationSettings(ignore=HINTS, sources="none")
        assert not arazzo.validate(str(file), settings=settings)
        (finding,) = arazzo.validate(str(file), settings=settings, rules=[short])
        assert (finding.rule, finding.severity, finding.hint) == (
            "step-id-short", "warning", "shorten it",
        )  # fmt: skip
        assert str(finding).endswith("warning[step-id-short]: the stepId is long")
        with pytest.raises(AttributeError):
            finding.rule = "other"  # type: ignore[misc]
        assert len({finding, finding}) == 1

    def test_no_file(self) -> None:
        with pytest.raises(arazzo.DocumentNotFound):
            arazzo.validate("/nowhere/flow.yaml")
