"""Rules about retries."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import Part

retry_after = Rule(
    "retry-after",
    "error",
    "A retryAfter is negative.",
    "`retryAfter` is the number of seconds to wait before the next attempt.",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: again, type: retry, retryAfter: -1}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: again, type: retry, retryAfter: 1.5}]
    """,
    requirement="ACT-16",
    on="FailureAction",
    check=lambda action: _negative(action, "retryAfter"),
)

retry_limit = Rule(
    "retry-limit",
    "error",
    "A retryLimit is negative.",
    "`retryLimit` is the number of retries; 0 means none.",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: again, type: retry, retryLimit: -1}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: again, type: retry, retryLimit: 3}]
    """,
    requirement="ACT-16",
    on="FailureAction",
    check=lambda action: _negative(action, "retryLimit"),
)


def _number(action: Part, field: str) -> float | None:
    value = action.data.get(field)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _negative(action: Part, field: str) -> Iterator[Problem]:
    value = _number(action, field)
    if value is not None and value < 0:
        yield action.problem(f"'{field}' must not be negative", field)


@rule(
    "retry-fields-on-other-type",
    on="FailureAction",
    severity="warning",
    summary="An action that does not retry has fields of a retry.",
    explanation="`retryAfter` and `retryLimit` are ignored unless the type is `retry`.",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: done, type: end, retryAfter: 5}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: again, type: retry, retryAfter: 5}]
    """,
    requirement="ACT-16",
)
def retry_fields_on_other_type(action: Part) -> Iterator[Problem]:
    for field in ("retryAfter", "retryLimit"):
        if field in action.data and action.text("type") in ("end", "goto"):
            yield action.problem(
                f"'{field}' has no meaning for an action of type {action.text('type')}",
                field,
                key=True,
                hint="write type: retry, or remove it",
            )


@rule(
    "retry-unbounded",
    on="FailureAction",
    severity="warning",
    summary="A retry goes on for very long.",
    explanation="""More retries than the configured limit (100), or a longer delay (an hour), are
    seldom meant; units are a common mistake: `retryAfter` is in seconds.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: again, type: retry, retryAfter: 5000, retryLimit: 3}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: again, type: retry, retryAfter: 5, retryLimit: 3}]
    """,
    requirement="RET-03",
)
def retry_unbounded(action: Part) -> Iterator[Problem]:
    settings = action.subject.settings
    limit, after = _number(action, "retryLimit"), _number(action, "retryAfter")
    if limit is not None and limit > settings.retry_limit:
        yield action.problem(f"{limit} retries are more than {settings.retry_limit}", "retryLimit")
    if after is not None and after > settings.retry_after:
        yield action.problem(
            f"a delay of {after} seconds is longer than {settings.retry_after:g}",
            "retryAfter",
            hint="retryAfter is in seconds",
        )
