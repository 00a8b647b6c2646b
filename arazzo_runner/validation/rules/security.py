"""Rules about secrets, and about what the operations need to be allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.linking import OperationCall
from arazzo_runner.validation.definition import rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import Part, Subject, Text
from arazzo_runner.values import Json

_SHORTEST: Final = 15  # of what follows
_TOKENS: Final = lazy_pattern(
    r"""\b(?:
    AKIA[0-9A-Z]{16}                    # AWS access key
    | gh[pousr]_[A-Za-z0-9]{30,}        # GitHub
    | glpat-[A-Za-z0-9_\-]{20,}         # GitLab
    | sk_(?:live|test)_[A-Za-z0-9]{16,} # Stripe
    | xox[abprs]-[A-Za-z0-9\-]{10,}     # Slack
    | AIza[0-9A-Za-z_\-]{35}            # Google
    | eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}  # JSON Web Token
    )""",
    re.VERBOSE,
)
_SCHEME: Final = lazy_pattern(r"(?i)^(?:bearer|basic|token)\s+[A-Za-z0-9+/_\-.=]{16,}$")
_SECRET_NAME: Final = lazy_pattern(
    r"(?i)^(?:.*[_\-.])?(?:password|passwd|secret|client[_\-]?secret|api[_\-]?key|x-api-key"
    r"|access[_\-]?token|auth[_\-]?token|private[_\-]?key)$"
)
_PLACEHOLDER: Final = lazy_pattern(
    r"(?i)^(?:[<{\[(].*[>}\])]|your[_\- ].*|x{3,}|\*+|\.\.\.|example.*|changeme|test|dummy|none"
    r"|null|placeholder.*|.{0,5})$"
)


@rule(
    "secret-literal",
    on="Subject",
    severity="warning",
    summary="A secret stands in the document.",
    explanation="""What looks like a token, or a literal under a name like `password`, is
    readable for everyone who has the file. Make it an input of `format: password`, or give it
    as a credential of the operation's security scheme.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: X-Api-Key, in: header, value: 7f3a9b2c4d5e6f708192}]
    """,
    right="""
    inputs: {type: object, properties: {key: {type: string, format: password}}}
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: X-Api-Key, in: header, value: $inputs.key}]
    """,
    requirement="DOC-19",
)
def secret_literal(subject: Subject) -> Iterator[Problem]:
    for text in subject.texts():
        if text.role not in ("parameter", "payload", "replacement", "reusable", "condition"):
            continue
        found = None
        if len(text.data) >= _SHORTEST:
            found = _TOKENS.search(text.data) or _SCHEME.match(text.data)
        if found:
            yield text.inside(
                "a secret stands in the document", found.start(), found.end() - found.start()
            )
        elif text.role != "condition" and _SECRET_NAME.match(_name_of(text)):
            value = text.data
            if "$" not in value and not _PLACEHOLDER.match(value) and " " not in value:
                yield text.problem(f"'{_name_of(text)}' is written in the document")


def _name_of(text: Text) -> str:
    """The name that a value goes by: its parameter's, or its key."""
    if text.role in ("parameter", "reusable"):
        return text.owner.text("name") or ""
    return str(text.pointer[-1])


@rule(
    "security-unsatisfied",
    on="Linked",
    severity="hint",
    summary="An operation needs a credential that the document does not give.",
    explanation="""That is as it should be: secrets do not belong into documents. A run takes
    credentials from options, the environment or the configuration; `arazzo auth FILE` lists them.
    The hint stands at the first step that needs one.""",
    wrong=(
        "sourceDescriptions: [{name: shut, url: shut.yaml, type: openapi}]\n"
        "steps: [{stepId: list, operationId: list}]"
    ),
    right="steps: [{stepId: list, operationId: listPets}]",
    files={
        "shut.yaml": (
            "openapi: 3.1.0\ninfo: {title: Shut, version: 1.0.0}\n"
            "servers: [{url: https://shut.example.com}]\n"
            "security: [{key: []}]\n"
            "paths: {/dogs: {get: {operationId: list, responses: {}}}}\n"
            "components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}\n"
        )
    },
)
def security_unsatisfied(subject: Subject) -> Iterator[Problem]:
    assert subject.linked is not None
    told: set[tuple[str, str]] = set()
    for workflow in subject.linked.program.workflows.values():
        for step in workflow.steps:
            call = step.target
            if workflow.document != 0 or not isinstance(call, OperationCall):
                continue
            given = {parameter.name.lower() for parameter in step.parameters}
            schemes = [name for name in call.schemes if not _is_given(call, name, given)]
            fresh = [name for name in schemes if (call.source_name, name) not in told]
            if len(schemes) < len(call.schemes) or not fresh:
                continue
            told.update((call.source_name, name) for name in fresh)
            yield Problem(
                f"step '{step.step_id}' needs a credential for {' or '.join(fresh)} of "
                f"source description '{call.source_name}'",
                step.pointer,
                f"give it with --auth {fresh[0]}=… ('arazzo auth' tells how)",
            )


def _is_given(call: OperationCall, name: str, given: set[str]) -> bool:
    """Whether a step sets what the scheme would set."""
    scheme = call.description.security_schemes.get(name)
    if scheme is None:
        return False
    field = scheme.parameter if scheme.type == "apiKey" else "authorization"
    return (field or "").lower() in given


@rule(
    "security-extension-valid",
    on="Subject",
    severity="error",
    summary="An x-security extension is not complete.",
    explanation="""Redocly's runner reads `x-security` of workflows and steps: each entry has a
    `scheme` (a Security Scheme Object) or a `schemeName`, not both, and `values`. This engine
    does not read it: credentials are given from outside.""",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets, x-security: [{schemeName: key, scheme: {type: http}}]}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets, x-security: [{schemeName: key, values: {apiKey: a}}]}
    """,
    requirement="EXT-04",
)
def security_extension_valid(subject: Subject) -> Iterator[Problem]:
    for part in subject.of("Workflow", "Step"):
        entries = part.data.get("x-security")
        if entries is not None and not isinstance(entries, list):
            yield part.problem("x-security is a list", "x-security")
            continue
        for index, entry in enumerate(entries or ()):
            yield from _entry(part, entry, index)


def _entry(part: Part, entry: Json, index: int) -> Iterator[Problem]:
    at = ("x-security", index)
    if not isinstance(entry, dict):
        yield part.problem("an entry of x-security is an object", *at)
        return
    named, whole = "schemeName" in entry, "scheme" in entry
    if named and whole:
        yield part.problem("both scheme and schemeName are given", *at, hint="leave one out")
    elif not named and not whole:
        yield part.problem("neither scheme nor schemeName is given", *at)
    elif whole and not (isinstance(entry["scheme"], dict) and "type" in entry["scheme"]):
        yield part.problem("'scheme' is no Security Scheme Object", *at, "scheme")
    elif "values" not in entry:
        yield part.problem("'values' is missing", *at)
