"""How errors and failed runs are told: golden texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.criteria import Operand, Verdict
from arazzo_runner.errors import Fault, Location
from arazzo_runner.interpreter.records import ActionTaken, CriterionChecked, FailureReason
from arazzo_runner.reporting.diagnostics import Diagnostic, from_fault, render, render_line
from arazzo_runner.reporting.failure import describe_failure
from arazzo_runner.reporting.text import Style
from arazzo_runner.values import Redactor
from tests.reporting.records import (
    LOCATION,
    POST,
    REASON,
    criterion,
    failed_step,
    response,
    result,
)
from tests.support.goldens import check_golden

GOLDENS = Path(__file__).parent / "goldens"
PLAIN = Redactor()


def told(reason: FailureReason | None, step: object = None, redactor: Redactor = PLAIN) -> str:
    steps = () if step is None else (step,)
    diagnostic = describe_failure(result(status="failed", error=reason, steps=steps), redactor)
    assert diagnostic is not None
    return render(diagnostic, Style(enabled=False), redactor)


LOST = REASON._replace(kind="connect", message="connection refused")
CASES = {
    "criterion": (REASON, failed_step()),
    "several-criteria": (
        REASON,
        failed_step(
            criteria=(
                criterion(),
                criterion(passed=False, value="400"),
                CriterionChecked("^a+$", "regex", Verdict(passed=False, error="time limit")),
                CriterionChecked("false", "simple", Verdict(passed=False)),
            )
        ),
    ),
    "status": (
        REASON._replace(message="the answer was 403"),
        failed_step(criteria=(), response=response(403, "no", note="not JSON")),
    ),
    "lost": (LOST, failed_step(response=None, criteria=(), failure=LOST)),
    "not-sent": (
        REASON._replace(kind="absent-value", message="input 'x' was not given", hint="give it"),
        failed_step(request=None, response=None, criteria=()),
    ),
    "guard": (FailureReason("steps", "the budget is used up", "s", "w", None, "more"), None),
}


@pytest.mark.parametrize("name", CASES)
def test_failed_runs(name: str) -> None:
    check_golden(GOLDENS / f"failure-{name}.txt", told(*CASES[name]) + "\n")


def test_a_completed_run_has_nothing_to_tell_and_an_ended_one_has() -> None:
    assert describe_failure(result(), PLAIN) is None
    ended = describe_failure(result(status="ended"), PLAIN)
    assert ended is not None
    assert ended.kind == "ended"


def test_secrets_of_an_answer_are_masked() -> None:
    redactor = Redactor(["s3cret-key", "too long"])
    assert "too long" not in told(REASON, failed_step(), redactor)


# -- places --------------------------------------------------------------------------------------


def lines(location: Location, redactor: Redactor = PLAIN) -> list[str]:
    diagnostic = Diagnostic("k", "m", location=location)
    return render(diagnostic, Style(enabled=False), redactor).splitlines()[1:]


@pytest.mark.parametrize(
    ("location", "carets"),
    [
        (Location("f", 1, 3, 1, 5, "abcdefg"), "^^"),
        (Location("f", 1, 3, None, None, "abcdefg"), "^" * 5),
        (Location("f", 1, 3, 2, 1, "abcdefg  "), "^" * 5),
        (Location("f", 1, 99, None, None, "abc"), "^"),
        (Location("f", 1, 1, 1, 3, "任任b"), "^^^^"),
        (Location("f", 1, 2, 1, 3, "\tab"), "^"),
    ],
)
def test_carets_stand_under_the_place(location: Location, carets: str) -> None:
    _, under = lines(location)
    assert under.partition("| ")[2].strip() == carets
    assert len(under.partition("| ")[2]) - len(carets) == min(
        location.column - 1, len(location.excerpt or "")
    )


def test_a_very_long_line_is_shown_around_the_place() -> None:
    location = Location("f", 1, 50_001, 1, 50_004, "x" * 50_000 + "abc" + "y" * 50_000)
    source, under = lines(location)
    assert len(source) < 120
    assert source[under.index("^") : under.index("^") + 3] == "abc"


@pytest.mark.parametrize("excerpt", [None, "", "   "])
def test_no_excerpt_no_carets(excerpt: str | None) -> None:
    assert lines(Location("f", 1, 1, None, None, excerpt)) == []


def test_control_characters_of_a_document_are_escaped() -> None:
    assert "\x1b" not in "".join(lines(Location("f\x1b", 1, 1, None, None, "a\x1b[2J")))


def test_a_warning_in_colour_on_one_line() -> None:
    fault = Fault("rule", "message", LOCATION, "hint", "warning")
    assert render_line(from_fault(fault), Style(enabled=True), PLAIN) == (
        "flow.yaml:12:9: \x1b[33mwarning[rule]:\x1b[0m message"
    )


def test_a_hint_of_several_lines_is_aligned() -> None:
    text = render(Diagnostic("k", "m", hint="one\ntwo"), Style(enabled=False), PLAIN)
    assert text == "error[k]: m\n  help: one\n        two"


def test_operands_of_text_are_quoted() -> None:
    verdict = Verdict(passed=False, operands=(Operand("$inputs.a", "5"),))
    failing = CriterionChecked("$inputs.a == 5", "simple", verdict)
    text = told(REASON, failed_step(criteria=(failing,)))
    assert "'$inputs.a == 5' is false: $inputs.a is \"5\"" in text


# -- why it did not go on, and how to reproduce it -----------------------------------------------


def details(**changes: Any) -> tuple[str, ...]:
    signing = changes.pop("signing", None)
    failed = failed_step(**changes)
    told = describe_failure(result(status="failed", error=REASON, steps=(failed,)), PLAIN, signing)
    assert told is not None
    return told.details


def test_the_decision_is_told() -> None:
    assert "no failure action applied, so the workflow failed" in details()
    assert "no failure action applied after 3 attempts, so the workflow failed" in details(
        attempts=3
    )
    ended = details(action=ActionTaken("giveUp", "end"))
    assert "failure action 'giveUp' ended the workflow" in ended
    gone = details(action=ActionTaken("on", "goto", "x"))
    assert not any("ended" in line or "applied" in line for line in gone)


def test_how_to_reproduce_it() -> None:
    (plain,) = (line for line in details() if "curl" in line)
    body = """'{"TrainingJobName":"j"}'"""
    assert plain == (
        "to reproduce it: curl http://127.0.0.1:5000/ -H 'X-Amz-Target: SageMaker.X' "
        f"-H Content-Type: --data-raw {body}"
    )
    signed = details(signing=lambda *_names: ("sagemaker", "eu-west-1"))
    assert any("--aws-sigv4 aws:amz:eu-west-1:sagemaker" in line for line in signed)
    long = details(request=POST._replace(body=b"x" * 5000))
    assert "to reproduce it: --har FILE and --html FILE keep the whole request" in long
    assert not any("to reproduce" in line for line in details(request=None))
