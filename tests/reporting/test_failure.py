"""How errors and failed runs are told: golden texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.criteria import Operand, Verdict
from arazzo_runner.errors import Fault, Location
from arazzo_runner.interpreter.records import (
    ActionConsidered,
    ActionTaken,
    CriterionChecked,
    FailureReason,
)
from arazzo_runner.reporting.diagnostics import Diagnostic, from_fault, render, render_line
from arazzo_runner.reporting.failure import describe_failure
from arazzo_runner.reporting.text import Style
from arazzo_runner.reporting.verbose import considered_text
from arazzo_runner.values import MASK, Redactor, Request
from tests.reporting.records import (
    LOCATION,
    POST,
    REASON,
    criterion,
    failed_step,
    response,
    result,
    step,
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


NAMED = failed_step(considered=(ActionConsidered("again", "retry", used_up=True),), attempts=3)
CALLER = step(
    "callIt",
    status="failure",
    request=None,
    response=None,
    criteria=(),
    failure=REASON._replace(step_id="callIt", message="the workflow it runs failed: …"),
)


def test_a_called_workflow_that_failed_is_told_by_its_own_step() -> None:
    inner = failed_step(workflow_id="inner", depth=1)
    assert CALLER.failure is not None
    found = describe_failure(
        result(status="failed", error=CALLER.failure, steps=(inner, step("x", depth=1), CALLER)),
        PLAIN,
    )
    assert found is not None
    assert found.message == (
        "step 'callIt' failed: step 'createTrainingJob' of workflow 'inner' failed: "
        "'$statusCode == 200' is false: $statusCode is 400"
    )
    assert found.details[-1] == (
        "to reproduce it: curl http://127.0.0.1:5000/ -H 'X-Amz-Target: SageMaker.X' "
        '-H Content-Type: --data-raw \'{"TrainingJobName":"j"}\''
    )
    assert found.details[-3:-1] == (
        "no failure action applied, so the workflow failed",
        "no failure action of step 'callIt' applied, so the workflow failed",
    )


def test_why_no_failure_action_applied() -> None:
    assert "    'again' (retry) is used up: its retryLimit is reached" in told(REASON, NAMED)
    other = ActionConsidered("giveUp", "end", (criterion(), criterion(passed=False, value=500)))
    text = told(REASON, failed_step(considered=(other,)))
    assert (
        "    'giveUp' (end) does not apply: '$statusCode == 200' is false: $statusCode is 500"
    ) in text


def test_why_a_failure_action_applied() -> None:
    taken = ActionConsidered("giveUp", "end", (criterion(value=404),))
    ended = failed_step(action=ActionTaken("giveUp", "end"), considered=(taken,))
    text = told(REASON, ended)
    assert "  failure action 'giveUp' ended the workflow" in text
    assert "    'giveUp' (end) applies: '$statusCode == 200' is true: $statusCode is 404" in text
    always = ActionConsidered("giveUp", "end")
    assert considered_text(always, PLAIN) == "'giveUp' (end) applies: it has no criteria"


def test_a_step_that_went_elsewhere_before_the_run_failed_is_not_the_reason() -> None:
    earlier = failed_step(action=ActionTaken("x", "goto", "other"))
    assert "failure action" not in told(REASON, earlier)


def test_a_guard_tells_why_the_loop_went_on() -> None:
    more = ActionConsidered("more", "goto", (criterion(),))
    last = step("poll", visit=5, action=ActionTaken("more", "goto", "poll"), considered=(more,))
    guard = FailureReason("steps", "the budget is used up", "poll", "w")
    assert (
        "  step 'poll' (visit 5) went on, because action 'more' (goto) applies: "
        "'$statusCode == 200' is true: $statusCode is 200"
    ) in told(guard, last)
    assert "went on" not in told(guard, step("poll"))


def test_a_value_that_is_not_there_shows_the_answer_that_should_have_it() -> None:
    first = step("first", missing_outputs=("id",), response=response(200, {"other": 1}))
    reason = REASON._replace(
        kind="absent-value",
        step_id="second",
        message="parameter 'id': step 'first' has no output 'id'",
    )
    second = step(
        "second", status="failure", request=None, response=None, criteria=(), failure=reason
    )
    found = describe_failure(result(status="failed", error=reason, steps=(first, second)), PLAIN)
    assert found is not None
    assert found.details[0] == "step 'first' was answered 200: {\"other\": 1}"


def test_the_command_has_masks_where_credentials_stand() -> None:
    def as_sent(workflow_id: str, step_id: str, request: Request) -> Request:
        assert (workflow_id, step_id) == ("train-and-poll-job", "createTrainingJob")
        return request._replace(headers=(*request.headers, ("X-Key", MASK)))

    found = describe_failure(
        result(status="failed", error=REASON, steps=(failed_step(),)), PLAIN, None, as_sent
    )
    assert found is not None
    assert found.details[-1].startswith("to reproduce it (with the secrets in place of •••): curl")
    assert "-H 'X-Key: •••'" in found.details[-1]


def test_an_excerpt_fits_a_terminal() -> None:
    location = Location("f", 12, 60, 12, 63, "x" * 59 + "abc" + "y" * 59)
    diagnostic = Diagnostic("k", "m", location=location)
    for columns in (30, 40, 80):
        _, source, under = render(diagnostic, Style(enabled=False), PLAIN, columns).splitlines()
        assert len(source) < columns
        assert source[under.index("^") : under.index("^") + 3] == "abc"


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
