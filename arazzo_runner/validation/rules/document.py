"""Rules about the document as a whole: its text, version, fields and their types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Fix, Problem, ReplaceValue
from arazzo_runner.validation.parts import Part, Subject

document_parse = Rule(
    "document-parse",
    "error",
    "The file is not well-formed YAML or JSON.",
    """Nothing else can be said of a file that cannot be read. The message says what the parser
    expected and where; the mistake is often a line or two above.""",
    wrong="""\
arazzo: 1.1.0
info: {title: Pets: all of them, version: 1.0.0}
""",
    right="info: {title: 'Pets: all of them', version: 1.0.0}",
    requirement="DOC-08",
)

duplicate_key = Rule(
    "duplicate-key",
    "error",
    "An object has the same key twice.",
    """Parsers keep one of the two values, and not all keep the same one, so such a document means
    different things to different tools.""",
    wrong="""\
arazzo: 1.1.0
info:
  title: Pets
  version: 1.0.0
  title: Cats
""",
    right="info: {title: Pets, version: 1.0.0}",
    requirement="DOC-11",
)

yaml_json_compatible = Rule(
    "yaml-json-compatible",
    "error",
    "The YAML uses something that JSON cannot express.",
    """An Arazzo document is a JSON object, whatever it is written in. Tags such as `!!timestamp` or
    `!!binary`, and keys that are lists, objects or aliases have no place in it.""",
    wrong="""\
arazzo: 1.1.0
info: {title: Pets, version: !!timestamp 2026-01-31}
""",
    right="info: {title: Pets, version: '2026-01-31'}",
    requirement="DOC-09",
)

not_arazzo = Rule(
    "not-arazzo",
    "error",
    "The document is not an Arazzo document.",
    """An Arazzo document has the field `arazzo` at its root. When the file is an OpenAPI or
    AsyncAPI description, validate the workflow document that refers to it.""",
    wrong="""\
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
paths: {}
""",
    right="info: {title: Pets, version: 1.0.0}",
    requirement="DOC-01",
)

version_supported = Rule(
    "version-supported",
    "error",
    "The version of the specification is not known.",
    """`arazzo` names the version of the specification as a string: `1.0.x` or `1.1.x`. The patch
    number does not matter.""",
    wrong="""\
arazzo: 2.0.0
info: {title: Pets, version: 1.0.0}
sourceDescriptions: []
workflows: []
""",
    right="arazzo: 1.0.1",
    requirement="DOC-02",
)


@rule(
    "version-full",
    on="Arazzo",
    severity="error",
    summary="The version of the specification is not written in full.",
    explanation="""The version is three numbers: `1.1.0`. The last one does not matter, and it has
    to be there.""",
    wrong="arazzo: '1.1'",
    right="arazzo: 1.1.0",
    requirement="DOC-02, DOC-03",
    fixable=True,
)
def version_full(root: Part) -> Iterator[Problem]:
    written = root.text("arazzo") or ""
    if not re.fullmatch(r"1\.[01]\.\d+(-.+)?", written):
        meant = f"{root.subject.version.name}.0"
        yield root.problem(
            f"'{written}' is not a full version",
            "arazzo",
            hint=f"write {meant}",
            fix=Fix(f"write {meant}", (ReplaceValue(("arazzo",), meant),)),
        )


unquoted_scalar = Rule(
    "unquoted-scalar",
    "error",
    "YAML reads a number or boolean where the specification wants a string.",
    """`version: 1.0` is the number one to YAML, and `condition: true` a boolean. Quotes make it the
    text that is meant; `1.10` without them even becomes `1.1`.""",
    wrong="info: {title: Pets, version: 1.0}",
    right="info: {title: Pets, version: '1.0'}",
    requirement="DOC-04, DOC-17",
    fixable=True,
)

required_field = Rule(
    "required-field",
    "error",
    "A required field is missing.",
    """The specification marks the field REQUIRED on this object. A field under a slightly wrong
    name is reported by `unknown-field` instead.""",
    wrong="info: {title: Pets}",
    right="info: {title: Pets, version: 1.0.0}",
    requirement="DOC-01, DOC-16, PAR-01, REP-01, ACT-01",
)

field_type = Rule(
    "field-type",
    "error",
    "A field has a value of the wrong type.",
    """The value is not of the JSON type that the specification gives for the field. What is inside
    of such a value is not looked at until it is corrected.""",
    wrong="""
    steps:
      list: {operationId: listPets}
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
    """,
    requirement="DOC-07, DOC-16, CR-18",
)

unknown_field = Rule(
    "unknown-field",
    "error",
    "An object has a field that the specification does not know.",
    """Field names are case-sensitive and fixed; an engine ignores what it does not know, so that a
    misspelt field has no effect. Extensions have names that begin with `x-`.""",
    wrong="""
    steps:
    - stepId: list
      operationID: listPets
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      x-owner: team-a
    """,
    requirement="DOC-14",
    fixable=True,
)

version_feature = Rule(
    "version-feature",
    "error",
    "A 1.0 document uses something that came with 1.1.",
    """`$self`, AsyncAPI steps, `timeout`, `dependsOn` of steps, Selector Objects, `querystring`,
    parameters of actions and `targetSelectorType` came with Arazzo 1.1. To an engine for 1.0 they
    are unknown.""",
    wrong="""
    arazzo: 1.0.1
    steps:
    - stepId: list
      operationId: listPets
      timeout: 5000
    """,
    right="""
    arazzo: 1.1.0
    steps:
    - stepId: list
      operationId: listPets
      timeout: 5000
    """,
    requirement="ST-30",
)

extension_name = Rule(
    "extension-name",
    "error",
    "A field looks like an extension and its name does not begin with 'x-'.",
    """Only names that begin with `x-`, in lower case and with the hyphen, are Specification
    Extensions.""",
    wrong="info: {title: Pets, version: 1.0.0, x_owner: team-a}",
    right="info: {title: Pets, version: 1.0.0, x-owner: team-a}",
    requirement="EXT-01",
)

_RESERVED: Final = ("x-oai-", "x-oas-", "x-arazzo")


@rule(
    "extension-reserved",
    on="Subject",
    severity="warning",
    summary="An extension has a name that is reserved to the OpenAPI Initiative.",
    explanation="""Names that begin with `x-oai-`, `x-oas-` or `x-arazzo` are kept for extensions
    that the initiative itself defines.""",
    wrong="info: {title: Pets, version: 1.0.0, x-oai-owner: team-a}",
    right="info: {title: Pets, version: 1.0.0, x-owner: team-a}",
    requirement="EXT-02",
)
def extension_reserved(subject: Subject) -> Iterator[Problem]:
    for part in subject.objects():
        for name in part.data:
            if name.startswith(_RESERVED):
                yield part.problem(
                    f"the name '{name}' is reserved to the OpenAPI Initiative",
                    name,
                    key=True,
                    hint="choose a name of your own, such as x-<company>-…",
                )


_UNSAFE: Final = lazy_pattern(
    r"<\s*(?:script|iframe|object|embed|form|meta|base)\b|\bon[a-z]{3,}\s*=\s*[\"']|javascript:|data:text/html",
    re.IGNORECASE,
)
_MARKS: Final = frozenset("<=:")  # none is safe: the pattern need not even be compiled


@rule(
    "unsafe-markdown",
    on="Subject",
    severity="warning",
    summary="A description holds HTML that runs code.",
    explanation="""Descriptions are CommonMark, which passes HTML through. What renders the document
    may run a script, or an event handler such as `onclick`, of whoever wrote it.""",
    wrong="info: {title: Pets, version: 1.0.0, description: 'Hi <script>alert(1)</script>'}",
    right="info: {title: Pets, version: 1.0.0, description: 'Hi **you**'}",
    requirement="DOC-20",
)
def unsafe_markdown(subject: Subject) -> Iterator[Problem]:
    for part in subject.objects():
        for field in ("description", "summary", "title"):
            text = part.text(field) or ""
            found = _UNSAFE.search(text) if _MARKS.intersection(text) else None
            if found and part.kind in ("Info", "Workflow", "Step"):
                yield Problem(
                    f"'{found[0]}' in a {field} runs code where it is rendered",
                    (*part.pointer, field),
                    "remove it",
                    offset=found.start(),
                    length=len(found[0]),
                )


@rule(
    "info-description",
    on="Info",
    severity="hint",
    summary="The document has no description.",
    explanation="A description tells people what the workflows are for, and when to use them.",
    wrong="info: {title: Pets, version: 1.0.0}",
    right="info: {title: Pets, version: 1.0.0, description: Find a pet and order it.}",
)
def info_description(info: Part) -> Iterator[Problem]:
    if "description" not in info.data:
        yield info.problem("'info' has no description", key=True)


@rule(
    "info-summary",
    on="Info",
    severity="hint",
    summary="The document has no summary.",
    explanation="A summary is the one line that lists and catalogues show.",
    wrong="info: {title: Pets, version: 1.0.0}",
    right="info: {title: Pets, version: 1.0.0, summary: Order a pet}",
)
def info_summary(info: Part) -> Iterator[Problem]:
    if "summary" not in info.data:
        yield info.problem("'info' has no summary", key=True)


_SEMVER: Final = lazy_pattern(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"
)


@rule(
    "info-version-semver",
    on="Info",
    severity="hint",
    summary="The version of the document is not a semantic version.",
    explanation="""`info.version` is free text. Tools that compare versions expect
    `MAJOR.MINOR.PATCH` (semver.org).""",
    wrong="info: {title: Pets, version: v2}",
    right="info: {title: Pets, version: 2.0.0}",
)
def info_version_semver(info: Part) -> Iterator[Problem]:
    version = info.text("version")
    if version is not None and not _SEMVER.fullmatch(version):
        yield info.problem(f"'{version}' is not a semantic version", "version")


ignore_unused = Rule(
    "ignore-unused",
    "hint",
    "A comment accepts findings that are not there.",
    """`# arazzo-ignore: RULE` accepts findings of a rule in its line, or in the line below when it
    has a line of its own; `# arazzo-ignore-file: RULE` in the whole file. When nothing of the rule
    is found there any more, the comment only hides what comes later.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets  # arazzo-ignore: unknown-field
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      owner: team-a  # arazzo-ignore: unknown-field
    """,
)
