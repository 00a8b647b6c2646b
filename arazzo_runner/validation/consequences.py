"""One mistake is one finding: what only follows from another finding is left out."""

from __future__ import annotations

from typing import Final

from arazzo_runner.validation.findings import Finding

__all__ = ["without_consequences"]

_FOLLOWS: Final = {
    "request-body-undeclared": "request-body-method",
    "step-operation-id-qualified": "step-operation-id-ambiguous",
}
"""What is not said where another rule has said more."""

_OF_PARTS: Final = {
    "parameter-path-template": "parameters",
    "parameter-required-missing": "parameters",
    "request-body-required": "requestBody",
}
"""What only follows from something wrong in a part of the step."""

_OF_NAMES: Final = frozenset(
    {
        "component-unused",
        "output-unused",
        "outputs-defined",
        "source-unused",
        "workflow-unused-input",
    }
)  # fmt: skip
"""What may only follow from a misspelt field: what stands in it is not read."""


def without_consequences(
    own: list[Finding], linked: list[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """The findings without those that only follow from another one."""
    said = {(finding.rule, finding.pointer) for finding in (*own, *linked)}
    wrong = {finding.pointer for finding in (*own, *linked) if finding.severity == "error"}

    misspelt = {f.pointer for f in own if f.rule == "unknown-field" and f.fix is not None}
    unread = {pointer.split("/")[2] for pointer in misspelt if pointer.startswith("/workflows/")}

    def stands(finding: Finding) -> bool:
        if finding.rule in _OF_NAMES and misspelt:
            place = finding.pointer.split("/")
            return place[1] == "workflows" and place[2] not in unread
        if (_FOLLOWS.get(finding.rule), finding.pointer) in said:
            return False
        part = _OF_PARTS.get(finding.rule)
        if part is None:
            return True
        step = "/".join(finding.pointer.split("/")[:5])  # /workflows/0/steps/0
        return not any(pointer.startswith(f"{step}/{part}/") for pointer in wrong)

    return [f for f in own if stands(f)], [f for f in linked if stands(f)]
