"""Rules about ``$self`` and the source descriptions as they are declared; nothing is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from arazzo_runner.errors import did_you_mean
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Fix, Problem, ReplaceValue
from arazzo_runner.validation.parts import Part, Subject

_NOT_URI: Final = lazy_pattern(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")
_SCHEME: Final = lazy_pattern(r"[A-Za-z][A-Za-z0-9+.-]*:")
IDENTIFIER: Final = lazy_pattern(r"[A-Za-z0-9_\-]+")


def _not_a_uri(part: Part, field: str) -> Iterator[Problem]:
    text = part.text(field)
    if text is None:
        return
    if not text.strip():
        yield part.problem(f"'{field}' is empty", field)
        return
    found = _NOT_URI.search(text)
    if found:
        shown = "a blank" if found[0].isspace() else f"'{found[0]}'"
        yield Problem(
            f"{shown} cannot stand in a URI reference",
            (*part.pointer, field),
            "percent-encode it" if found[0] != "\\" else "separate folders with '/'",
            offset=found.start(),
            length=1,
        )


@rule(
    "self-uri",
    on="Arazzo",
    severity="error",
    summary="'$self' is not a URI reference.",
    explanation="`$self` is the identity of the document: a URI reference as RFC 3986 defines it.",
    wrong="$self: https://example.com/my flow.yaml",
    right="$self: https://example.com/my%20flow.yaml",
    requirement="URI-03",
)
def self_uri(root: Part) -> Iterator[Problem]:
    yield from _not_a_uri(root, "$self")


@rule(
    "self-no-fragment",
    on="Arazzo",
    severity="error",
    summary="'$self' has a fragment.",
    explanation="""`$self` identifies the whole document and is the base of its references, so
    nothing may follow a `#`.""",
    wrong="$self: https://example.com/flow.yaml#main",
    right="$self: https://example.com/flow.yaml",
    requirement="URI-04",
    fixable=True,
)
def self_no_fragment(root: Part) -> Iterator[Problem]:
    text = root.text("$self") or ""
    at = text.find("#")
    if at >= 0:
        fix = Fix("remove the fragment", (ReplaceValue(("$self",), text[:at]),))
        yield Problem(
            "'$self' must not have a fragment",
            ("$self",),
            f"write {text[:at]}",
            fix,
            offset=at,
            length=len(text) - at,
        )


@rule(
    "self-unresolvable-base",
    on="Arazzo",
    severity="warning",
    summary="'$self' is relative and there is nothing it is relative to.",
    explanation="""A relative `$self` is resolved against the place that the document was read from.
    Standard input is no such place, so the references of the document cannot be resolved.""",
    wrong="$self: flows/order.yaml",
    right="$self: https://example.com/flows/order.yaml",
    requirement="URI-06",
    name="<stdin>",
)
def self_unresolvable_base(root: Part) -> Iterator[Problem]:
    text = root.text("$self")
    if text and root.subject.document.name == "<stdin>" and not _SCHEME.match(text):
        yield root.problem(
            f"'{text}' is relative, and the document comes from standard input",
            "$self",
            hint="write an absolute URI, or give the document as a file",
        )


source_not_empty = Rule(
    "source-not-empty",
    "error",
    "The document has no source description.",
    "A workflow calls operations of described APIs, so there must be at least one description.",
    wrong="""
    sourceDescriptions: []
    workflows:
    - workflowId: main
      steps: [{stepId: again, workflowId: main}]
    """,
    right="sourceDescriptions: [{name: petstore, url: petstore.yaml, type: openapi}]",
    requirement="DOC-05, SRC-01",
)


@rule(
    "source-name-unique",
    on="Subject",
    severity="error",
    summary="Two source descriptions have the same name.",
    explanation="Expressions name sources, so a name must mean one of them.",
    wrong="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: petstore, url: flows.arazzo.yaml, type: arazzo}
    steps: [{stepId: list, operationId: listPets}]
    """,
    right="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: flows, url: flows.arazzo.yaml, type: arazzo}
    steps: [{stepId: list, operationId: listPets}]
    """,
    requirement="SRC-01",
)
def source_name_unique(subject: Subject) -> Iterator[Problem]:
    yield from repeated(subject.of("SourceDescription"), "name")


def repeated(parts: list[Part], field: str) -> Iterator[Problem]:
    """A problem for each part whose text in the field an earlier part has as well."""
    seen: dict[str, Part] = {}
    for part in parts:
        name = part.text(field)
        if name is None:
            continue
        if name in seen:
            line = part.subject.document.locate((*seen[name].pointer, field)).line
            yield part.problem(f"{field} '{name}' is used twice (first in line {line})", field)
        seen.setdefault(name, part)


@rule(
    "source-name-pattern",
    on="SourceDescription",
    severity="error",
    summary="The name of a source description cannot be written in expressions.",
    explanation="""The specification says SHOULD, and its JSON Schema enforces it: letters,
    digits, `_` and `-`. `$sourceDescriptions.<name>` cannot spell anything else.""",
    wrong="sourceDescriptions: [{name: pet store, url: petstore.yaml, type: openapi}]",
    right="sourceDescriptions: [{name: pet-store, url: petstore.yaml, type: openapi}]",
    requirement="SRC-02",
)
def source_name_pattern(source: Part) -> Iterator[Problem]:
    name = source.text("name")
    if name is not None and not IDENTIFIER.fullmatch(name):
        yield source.problem(
            f"the name '{name}' should have only letters, digits, '_' and '-'",
            "name",
            hint=conforming(name),
        )


def conforming(name: str) -> str | None:
    """A hint with the nearest name that expressions can spell."""
    near = re.sub(r"[^A-Za-z0-9_\-]+", "-", name).strip("-")
    return f"write {near}" if near else None


@rule(
    "source-url-syntax",
    on="SourceDescription",
    severity="error",
    summary="The url of a source description is not a URI reference.",
    explanation="""`url` is a URI reference as RFC 3986 defines it: an absolute URL, or a path
    relative to the document. Blanks and other characters have to be percent-encoded.""",
    wrong="sourceDescriptions: [{name: petstore, url: 'pet store.yaml', type: openapi}]",
    right="sourceDescriptions: [{name: petstore, url: petstore.yaml, type: openapi}]",
    requirement="SRC-03",
    files={"pet%20store.yaml": "openapi: 3.1.0\ninfo: {title: P, version: '1'}\npaths: {}\n"},
)
def source_url_syntax(source: Part) -> Iterator[Problem]:
    yield from _not_a_uri(source, "url")


@rule(
    "source-type",
    on="SourceDescription",
    severity="error",
    summary="The type of a source description is not one of the specification.",
    explanation="`type` is `openapi` or `arazzo`, and `asyncapi` since Arazzo 1.1.",
    wrong="sourceDescriptions: [{name: petstore, url: petstore.yaml, type: swagger}]",
    right="sourceDescriptions: [{name: petstore, url: petstore.yaml, type: openapi}]",
    requirement="SRC-04, SRC-10",
    fixable=True,
)
def source_type(source: Part) -> Iterator[Problem]:
    kind = source.text("type")
    allowed = source.subject.version.source_types
    if kind is None or kind in allowed:
        return
    meant = {"swagger": "openapi", "oas": "openapi", "oas3": "openapi"}.get(kind.casefold())
    near = did_you_mean(kind, allowed)
    meant = meant or (near.split("'")[1] if near else None)
    hint = f"one of {', '.join(sorted(allowed))}"
    if kind == "asyncapi":
        hint = "AsyncAPI sources came with Arazzo 1.1: write arazzo: 1.1.0 at the top"
    yield source.problem(
        f"'{kind}' is not a type of source description",
        "type",
        hint=f"write type: {meant}" if meant else hint,
        fix=Fix(f"write {meant}", (ReplaceValue((*source.pointer, "type"), meant),))
        if meant
        else None,
    )


@rule(
    "source-type-missing",
    on="SourceDescription",
    severity="hint",
    summary="A source description does not say what it is.",
    explanation="""Without `type` a tool has to read the document to know what it is. Some take
    everything for OpenAPI.""",
    wrong="sourceDescriptions: [{name: petstore, url: petstore.yaml}]",
    right="sourceDescriptions: [{name: petstore, url: petstore.yaml, type: openapi}]",
    requirement="SRC-05",
)
def source_type_missing(source: Part) -> Iterator[Problem]:
    if "type" not in source.data:
        name = source.text("name")
        yield source.problem(
            f"source description '{name}' has no type" if name else "no type is given",
            hint="add type: openapi, arazzo or asyncapi",
        )
