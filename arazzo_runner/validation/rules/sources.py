"""Rules about source descriptions: whether they are there, what they are, what uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from arazzo_runner.expressions import SourceDescriptionsExpression
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.linking import OperationCall
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import LinkedStepPart, Part, Subject

if TYPE_CHECKING:
    from arazzo_runner.openapi import Description


def _sources(text: str) -> str:
    return f"sourceDescriptions:\n- {{name: petstore, {text}}}\n"


source_load = Rule(
    "source-load",
    "error",
    "A source description cannot be read.",
    """Its `url` leads nowhere, or what is there is not an OpenAPI, AsyncAPI or Arazzo
    description. A relative `url` is relative to this document (or its `$self`).""",
    wrong="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: shop, url: shop.yaml, type: openapi}
    steps: [{stepId: list, operationId: $sourceDescriptions.petstore.listPets}]
    """,
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="SRC-08",
)

source_unreachable = Rule(
    "source-unreachable",
    "warning",
    "A source description is on the network, which cannot be reached.",
    """It may well be there: the name of its host is not found, the connection fails, or `--offline`
    refuses it. What needs the description is not checked. `--document FILE` gives it by its
    `$self`; a run stops before its first request.""",
    wrong="",  # takes a network
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="SRC-08",
)

source_type_mismatch = Rule(
    "source-type-mismatch",
    "error",
    "A source description is of another kind than its type says.",
    "The `type` is compared with what is found at the `url`.",
    wrong=_sources("url: petstore.yaml, type: asyncapi"),
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="SRC-06",
)

source_relative_to_root = Rule(
    "source-relative-to-root",
    "error",
    "The url of a source description is relative to a parent folder of the document.",
    """A relative `url` is resolved against the document. A run also finds a file that is relative
    to a folder above it, up to the root of the repository.""",
    wrong="",  # takes folders
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="SRC-03",
)


@rule(
    "source-invalid",
    on="Linked",
    severity="warning",
    summary="A description is not valid where the document uses it.",
    explanation="""The operations that steps call, and what these refer to, are checked by
    openapi-spec-validator; with `--full-sources` all of the description is. Positions are in the
    description. A run reads what it needs and may still do.""",
    wrong=_sources("url: wrong.yaml, type: openapi"),
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="SRC-08",
    files={
        "wrong.yaml": (
            "openapi: 3.1.0\ninfo: {title: Wrong, version: 1.0.0}\n"
            "servers: [{url: https://wrong.example.com}]\n"
            "paths: {/pets: {get: {operationId: listPets, responses: {'200': {}}}}}\n"
        )
    },
)
def source_invalid(subject: Subject) -> Iterator[Problem]:
    linked, verdicts = subject.linked, subject.verdicts
    if linked is None or verdicts is None:
        return
    from arazzo_runner.validation.descriptions import used_operations

    for source in linked.sources:
        if source.description is None:
            continue
        wanted = None
        if subject.settings.sources != "full":
            wanted = used_operations(_used_of(subject, source.description))
            if not wanted:
                continue
        for fault in verdicts.of(source.description, wanted):
            yield Problem(fault.message, fault.pointer, document=source.description.document)


def _used_of(subject: Subject, description: Description) -> Iterator[tuple[str, str]]:
    """Path and method of the operations of a description that steps call."""
    assert subject.linked is not None
    for workflow in subject.linked.program.workflows.values():
        for step in workflow.steps:
            if isinstance(step.target, OperationCall) and step.target.description is description:
                yield step.target.operation.path, step.target.operation.method


_OPENAPI: Final = lazy_pattern(r"2\.0|3\.[012](\.\d+)?(-.+)?")
_ASYNCAPI: Final = lazy_pattern(r"[23]\.\d+(\.\d+)?(-.+)?")


@rule(
    "source-version",
    on="Linked",
    severity="warning",
    summary="A source description is of a version that is not known.",
    explanation="OpenAPI 2.0, 3.0, 3.1 and 3.2 and AsyncAPI 2 and 3 are read; others are guesses.",
    wrong=_sources("url: odd.yaml, type: openapi"),
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="SRC-11",
    files={
        "odd.yaml": (
            "openapi: 4.0.0\ninfo: {title: Odd, version: 1.0.0}\n"
            "servers: [{url: https://odd.example.com}]\n"
            "paths: {/pets: {get: {operationId: listPets, responses: {}}}}\n"
        )
    },
)
def source_version(subject: Subject) -> Iterator[Problem]:
    for source in subject.linked.sources if subject.linked else ():
        data = source.document.data
        for key, known in (("openapi", _OPENAPI), ("swagger", _OPENAPI), ("asyncapi", _ASYNCAPI)):
            version = data.get(key) if isinstance(data, dict) else None
            if version is not None and not known.fullmatch(str(version)):
                yield Problem(
                    f"source description '{source.name}' is {key} {version}, which is not known",
                    (*source.source.pointer, "url"),
                )


@rule(
    "source-unused",
    on="Linked",
    severity="warning",
    summary="Nothing refers to a source description.",
    explanation="""A source is used by steps that call its operations or workflows, and by
    expressions that name it. One that nothing uses is left over, or a reference is misspelt.""",
    wrong="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: flows, url: flows.arazzo.yaml, type: arazzo}
    """,
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="SRC-07",
)
def source_unused(subject: Subject) -> Iterator[Problem]:
    if any(pointer[:1] == ("workflows",) for pointer in subject.broken):
        return  # what is wrong there may be what uses it
    if any(_TARGETS.isdisjoint(step.data) for step in subject.of("Step")):
        return  # step-target-present
    sources = subject.of("SourceDescription")
    used = set(_used_sources(subject))
    for source in sources:
        name = source.text("name")
        if name and name not in used:
            yield source.problem(f"nothing refers to source description '{name}'", "name")


_TARGETS: Final = frozenset({"operationId", "operationPath", "channelPath", "workflowId"})
_NAMED: Final = lazy_pattern(r"\$sourceDescriptions\.([A-Za-z0-9_\-]+)")


def _used_sources(subject: Subject) -> Iterator[str]:
    """The names that are used. A bare operationId uses the source that has the operation."""
    names = [part.text("name") or "" for part in subject.of("SourceDescription")]
    for text in subject.texts():
        for found in text.references:
            if isinstance(found.plain, SourceDescriptionsExpression):
                yield found.plain.source_name
    for part in subject.objects():
        for field in ("operationId", "operationPath", "channelPath", "workflowId", "dependsOn"):
            value = part.data.get(field)
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    yield from _NAMED.findall(text)
                    yield from (name for name in names if text.startswith((f"{name}.", f"{name}#")))
    if subject.linked is None:
        yield from names
        return
    bare = [p for p in subject.of("Step") if p.text("operationId") or p.text("operationPath")]
    linked = {
        step.pointer: step.target.source_name
        for workflow in subject.linked.program.workflows.values()
        for step in workflow.steps
        if workflow.document == 0 and isinstance(step.target, OperationCall)
    }
    yield from linked.values()
    if any(part.pointer not in linked for part in bare):
        yield from names  # a step that was not linked may mean any


@rule(
    "source-outside-root",
    on="SourceDescription",
    severity="warning",
    summary="The url of a source description is an absolute path, or leads out of the project.",
    explanation="""Absolute paths exist on one machine only, and a path that leaves the project's
    folder reads what does not belong to it. Keep descriptions beside the workflows.""",
    wrong=_sources("url: /etc/petstore.yaml, type: openapi"),
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="DOC-19",
)
def source_outside_root(source: Part) -> Iterator[Problem]:
    url = source.text("url") or ""
    if url.startswith(("/", "file:")) or re.match(r"[A-Za-z]:[\\/]", url):
        yield source.problem(f"'{url}' is an absolute path", "url", hint="write a relative path")
        return
    base = urlsplit(source.subject.document.uri)
    if ":" in url.partition("/")[0] or base.scheme != "file":
        return
    depth = len([part for part in _below_root(source.subject) if part])
    up = 0
    for part in url.split("/"):
        up = up + 1 if part == ".." else up - 1 if part not in ("", ".") else up
        if up > depth:
            yield source.problem(f"'{url}' leads out of the project's folder", "url")
            return


def _below_root(subject: Subject) -> tuple[str, ...]:
    """The folders between the project's root (with .git) and the document; many without one."""
    from pathlib import Path
    from urllib.parse import unquote

    folder = Path(unquote(urlsplit(subject.document.uri).path)).parent
    for root in (folder, *folder.parents):
        if (root / ".git").exists() or (root / "arazzo.toml").exists():
            return folder.relative_to(root).parts
    return folder.parts


@rule(
    "source-insecure-url",
    on="SourceDescription",
    severity="hint",
    summary="A source description is fetched without encryption.",
    explanation="Whoever is between here and there can change what requests are sent, and where.",
    wrong=_sources("url: http://example.com/petstore.yaml, type: openapi"),
    right=_sources("url: https://example.com/petstore.yaml, type: openapi"),
    requirement="DOC-19",
)
def source_insecure_url(source: Part) -> Iterator[Problem]:
    url = source.text("url") or ""
    if url.startswith("http://") and not _is_local(urlsplit(url).hostname or ""):
        yield source.problem(f"'{url}' is not encrypted", "url", hint="write https://")


def _is_local(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


server_missing = Rule(
    "server-missing",
    "error",
    "An operation has no server that requests could go to.",
    """The description declares no server, a relative one, or a variable of it has no value. Give
    one in the description, or for each run with `--server NAME=URL`.""",
    wrong=_sources("url: bare.yaml, type: openapi"),
    right=_sources("url: petstore.yaml, type: openapi"),
    requirement="URI-14",
    files={
        "bare.yaml": (
            "openapi: 3.1.0\ninfo: {title: Bare, version: 1.0.0}\n"
            "servers: [{url: 'https://{region}.example.com', variables: {}}]\n"
            "paths: {/pets: {get: {operationId: listPets, responses: {}}}}\n"
        )
    },
)


@rule(
    "host-not-allowed",
    on="LinkedStep",
    severity="error",
    summary="A step's request would go to a host that is not allowed.",
    explanation="The configuration lists the hosts that requests may go to (`allow-hosts`).",
    wrong="steps: [{stepId: list, operationId: listPets}]",
    right=_sources("url: allowed.yaml, type: openapi"),
    requirement="DOC-19",
    settings={"allowed_hosts": frozenset({"api.example.com"})},
    files={
        "allowed.yaml": (
            "openapi: 3.1.0\ninfo: {title: Allowed, version: 1.0.0}\n"
            "servers: [{url: https://api.example.com}]\n"
            "paths: {/pets: {get: {operationId: listPets, responses: {}}}}\n"
        )
    },
)
def host_not_allowed(step: LinkedStepPart) -> Iterator[Problem]:
    allowed = step.subject.settings.allowed_hosts
    call = step.step.target
    if allowed is None or not isinstance(call, OperationCall) or not call.declared_url:
        return
    host = urlsplit(call.declared_url).hostname or ""
    if host not in allowed:
        yield step.part.problem(
            f"step '{step.step.step_id}' sends its request to '{host}', which is not allowed",
            hint=f"allowed are: {', '.join(sorted(allowed))}",
        )
