"""The cases of Spectral's ruleset for Arazzo: the same findings, at the same places.

Each case is a fragment that one of Spectral's rules was run on. It is completed to a document, and
of what we find only our rules for the same thing are looked at. Spectral reports some things twice
at one place; places are compared, each once. Where the two differ, ``DEVIATIONS`` says why.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any, Final

import pytest

from arazzo_runner.reading import Loader
from arazzo_runner.validation import ValidationSettings, Validator
from tests.support.paths import SHARED, require

CASES: Final = json.loads(
    require(SHARED / "suites/spectral-arazzo-rules/cases.json").read_text(encoding="utf-8")
)["cases"]

_ACTION = (
    "action-name-unique", "action-target-exclusive", "action-step-exists",
    "action-workflow-exists", "reusable-reference", "reusable-exists", "criterion-condition",
    "criterion-regex", "criterion-context", "source-ref-unknown", "required-field",
)  # fmt: skip
_VALUE = (
    "expression-syntax", "expression-literal-like", "expression-case", "expression-embedded",
    "expression-json-pointer", "outputs-defined", "workflow-ref-defined", "reusable-exists",
    "inputs-defined",
)  # fmt: skip
OURS: Final[dict[str, tuple[str, ...]]] = {
    "arazzoDocumentSchema": (
        "required-field", "field-type", "unknown-field", "extension-name", "version-feature",
        "source-type", "action-type", "parameter-in-allowed", "criterion-type",
        "component-key", "on-success-retry", "unquoted-scalar", "workflow-not-empty",
        "source-not-empty", "workflow-steps-not-empty", "version-supported", "source-name-pattern",
        "criterion-context", "step-target-present", "step-target-exclusive", "source-url-syntax",
        "retry-after", "retry-limit",
    ),
    "arazzoStepFailureActionsValidation": _ACTION,
    "arazzoStepSuccessActionsValidation": _ACTION,
    "arazzoStepIdUniqueness": ("step-id-unique",),
    "arazzoWorkflowIdUniqueness": ("workflow-id-unique",),
    "arazzoStepOutputNamesValidation": ("step-outputs-name", "step-outputs-value", *_VALUE),
    "arazzoWorkflowOutputNamesValidation": (
        "workflow-outputs-name", "workflow-outputs-value", *_VALUE,
    ),
    "arazzoStepParametersValidation": (
        "parameter-unique", "parameter-in-workflow", "parameter-in-required",
        "reusable-reference", *_VALUE,
    ),
    "arazzoStepRequestBodyValidation": ("request-body-content-type", "required-field", *_VALUE),
    "arazzoStepSuccessCriteriaValidation": (
        "criterion-context-expression", "criterion-condition", "required-field",
        "criterion-context-ignored",
    ),
    "arazzoStepValidation": (
        "step-operation-path-syntax", "source-ref-unknown", "step-workflow-exists",
        "step-operation-id-syntax",
    ),
    "arazzoWorkflowDependsOnValidation": (
        "workflow-depends-on-unique", "workflow-depends-on-exists", "source-ref-unknown",
    ),
}  # fmt: skip

_DECLARED = "an output that the step does not declare is reported"
_GRAMMAR = "the grammar has no such expression"
DEVIATIONS: Final[dict[str, str]] = {
    "StepSuccessActionsValidation: should not report an error for a valid workflowId expression in "
    "success action": "the source says of itself that it is of type openapi",
    "DocumentSchema: should fail when stepId is specified and type is end": (
        "the text only says that it is not relevant: a warning, said once"
    ),
    "DocumentSchema: should fail when workflowId is specified and type is end": (
        "the text only says that it is not relevant: a warning, said once"
    ),
    "StepOutputNamesValidation: should not report any errors for valid runtime expressions": (
        _DECLARED
    ),
    "StepRequestBodyValidation: should report an error for invalid MIME type in contentType": (
        "invalid/type is well-formed; types need not be registered"
    ),
    "StepRequestBodyValidation: should report an error for missing target in Payload Replacement": (
        "an empty target is the JSON Pointer of the whole payload"
    ),
    "WorkflowOutputNamesValidation: should handle runtime expression referencing step that exists "
    "within different workflow": _GRAMMAR,
    "WorkflowOutputNamesValidation: should handle runtime expression referencing a step within the "
    "same workflow": _GRAMMAR,
}


def completed(case: dict[str, Any]) -> tuple[dict[str, Any], tuple[str | int, ...]]:
    """The fragment as a document, and where in it the fragment begins."""
    target = deepcopy(case["target"])
    start: tuple[str | int, ...] = ()
    if case["rule"] == "arazzoDocumentSchema":
        return target, start
    if "workflows" not in target:
        target = {"workflows": [{"workflowId": "workflow", **target}]}
        start = ("workflows", 0)
    target.setdefault("arazzo", "1.0.1")
    target.setdefault("info", {"title": "Case", "version": "1.0.0"})
    target.setdefault(
        "sourceDescriptions", [{"name": "api", "url": "https://example.com/api.yaml"}]
    )
    for number, workflow in enumerate(target["workflows"]):
        workflow.setdefault("workflowId", f"workflow{number}")
        for place, step in enumerate(workflow.setdefault("steps", [])):
            step.setdefault("stepId", f"step{place}")
            if not {"operationId", "operationPath", "workflowId"} & step.keys():
                step["operationId"] = "operation"
    return target, start


def places(case: dict[str, Any]) -> set[str]:
    """The pointers that Spectral reports, those of outputs without the position it adds."""
    found = set()
    for result in case["results"]:
        path = result["path"]
        if "outputs" in path and isinstance(path[-1], int):
            path = path[:-1]
        found.add("".join(f"/{token}" for token in path))
    return found


def ours(case: dict[str, Any]) -> set[str]:
    document, start = completed(case)
    prefix = "".join(f"/{token}" for token in start)
    validator = Validator(Loader(), ValidationSettings(sources="none"))
    findings = validator.validate_text(json.dumps(document).encode(), "https://example.com/x.json")
    wanted = OURS[case["rule"]]
    found = {f.pointer.removeprefix(prefix) for f in findings if f.rule in wanted}
    return {_as_spectral(pointer, places(case)) for pointer in found}


def _as_spectral(pointer: str, theirs: set[str]) -> str:
    """Our place, or theirs when it is the object or list around it, or a field that is missing."""
    if pointer in theirs:
        return pointer
    for place in theirs:
        if pointer.startswith(place + "/") or place == f"{pointer}/context":
            return place
    return pointer


def label(case: dict[str, Any]) -> str:
    return f"{case['rule'].removeprefix('arazzo')}: {case['title']}"


@pytest.mark.parametrize("case", CASES, ids=label)
def test_the_same_places(case: dict[str, Any]) -> None:
    reason = DEVIATIONS.get(label(case))
    same = ours(case) == places(case)
    if reason is None:
        assert ours(case) == places(case)
    else:
        assert not same, f"no deviation any more: {reason}"


def test_the_suite_is_whole() -> None:
    assert len(CASES) == 106
    assert DEVIATIONS.keys() <= {label(case) for case in CASES}
