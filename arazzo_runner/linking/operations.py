"""Which operation a step means: ``operationId`` and ``operationPath``, and what real files write.

Conforming forms are tried first; the others are the tolerances ``operation-path-form``,
``operation-id-form`` and ``operation-id-case`` (SEMANTICS §1, A-03).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import SyntaxFault, did_you_mean
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.model import Pointer, Step
from arazzo_runner.values import format_pointer, parse_fragment

if TYPE_CHECKING:
    from arazzo_runner.linking.documents import DocumentLinker
    from arazzo_runner.linking.sources import LinkedSource
    from arazzo_runner.openapi import Operation

__all__ = ["Found", "find_operation"]

Found = tuple["LinkedSource", "Operation"]

_QUALIFIED: Final = lazy_pattern(r"\$sourceDescriptions\.([A-Za-z0-9_\-]+)\.(.+)", re.DOTALL)
_PATH_FORM: Final = lazy_pattern(
    r"\{\$sourceDescriptions\.(?P<name>[A-Za-z0-9_\-]+)\.url\}(?P<pointer>#/.*)", re.DOTALL
)
_PATH_FORMS: Final = (
    lazy_pattern(
        r"\{?\$sourceDescriptions\.(?P<name>[A-Za-z0-9_\-]+?)(?:\.url)?\}?(?P<pointer>#/.*)",
        re.DOTALL,
    ),
    lazy_pattern(r"(?P<name>[A-Za-z0-9_\-. ]+)(?P<pointer>#/.*)", re.DOTALL),
)
_METHODS: Final = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY")
_METHOD_AND_PATH: Final = lazy_pattern(r"(?:(?P<method>[A-Za-z]+)\s+)?(?P<path>/\S*)")


def find_operation(linker: DocumentLinker, step: Step) -> Found | None:
    """The operation of a step, or None after reporting why there is none."""
    if step.operation_id is not None:
        return _by_id(linker, step.operation_id, (*step.pointer, "operationId"))
    assert step.operation_path is not None
    return _by_path(linker, step.operation_path, (*step.pointer, "operationPath"))


# -- operationId ---------------------------------------------------------------------------------


def _by_id(linker: DocumentLinker, text: str, at: Pointer) -> Found | None:
    qualified = _QUALIFIED.fullmatch(text)
    if qualified:
        source = linker.source(qualified[1], at)
        return None if source is None else _in_source(linker, source, qualified[2], at)
    if text.startswith("$"):
        linker.sink.add(
            "step-operation-id-syntax",
            f"'{text}' is neither an operationId nor $sourceDescriptions.<name>.<operationId>",
            at,
            hint=did_you_mean(text.partition(".")[0], ("$sourceDescriptions",)),
        )
        return None
    sources = linker.descriptions(at)
    if sources is None:
        return None
    found = [(s, op) for s in sources for op in s.description.by_id(text)]  # type: ignore[union-attr]
    if not found:
        return _odd_id(linker, sources, text, at)
    return _only(linker, found, text, at)


def _only(linker: DocumentLinker, found: Sequence[Found], text: str, at: Pointer) -> Found | None:
    if len(found) == 1:
        return found[0]
    places = ", ".join(f"{source.name}: {op.method} {op.path}" for source, op in found)
    names = dict.fromkeys(source.name for source, _ in found)
    hint = f"write $sourceDescriptions.{next(iter(names))}.{text}" if len(names) > 1 else None
    linker.sink.add(
        "step-operation-id-ambiguous",
        f"operationId '{text}' is used twice ({places})",
        at,
        hint=hint,
    )
    return None


def _in_source(
    linker: DocumentLinker, source: LinkedSource, name: str, at: Pointer
) -> Found | None:
    if source.kind == "asyncapi":
        linker.sink.add(
            "asyncapi-unsupported",
            f"source description '{source.name}' is asyncapi: its operations cannot be run yet",
            at,
        )
        return None
    if source.description is None:
        linker.sink.add(
            "step-operation-id-source-kind",
            f"source description '{source.name}' is {source.kind}: it has no operations to call",
            at,
        )
        return None
    found: list[Found] = [(source, op) for op in source.description.by_id(name)]
    if found:
        return _only(linker, found, name, at)
    return _case(linker, [source], name, at)


def _odd_id(
    linker: DocumentLinker, sources: Sequence[LinkedSource], text: str, at: Pointer
) -> Found | None:
    """``SOURCE.operationId`` and ``SOURCE#operationId``; then names that differ in case."""
    for source in sources:
        for separator in (".", "#", "#/", "/"):
            prefix = source.name + separator
            if text.startswith(prefix) and source.description is not None:
                name = text.removeprefix(prefix)
                found: list[Found] = [(source, op) for op in source.description.by_id(name)]
                if len(found) == 1:
                    conforming = f"$sourceDescriptions.{source.name}.{name}"
                    linker.tolerance("operation-id-form", text, conforming, at)
                    return found[0]
    return _case(linker, sources, text, at)


def _case(
    linker: DocumentLinker, sources: Sequence[LinkedSource], name: str, at: Pointer
) -> Found | None:
    folded = name.casefold()
    found = [
        (source, operation)
        for source in sources
        if source.description is not None
        for known in source.description.operation_ids
        if known.casefold() == folded
        for operation in source.description.by_id(known)
    ]
    if len(found) != 1:
        _missing(linker, sources, name, at)
        return None
    linker.tolerance("operation-id-case", name, found[0][1].operation_id or name, at)
    return found[0]


def _missing(
    linker: DocumentLinker, sources: Sequence[LinkedSource], name: str, at: Pointer
) -> None:
    known = [
        known
        for source in sources
        if source.description is not None
        for known in source.description.operation_ids
    ]
    for source in linker.arazzo.sources:
        if source.type == "arazzo":  # or so it says: reading it tells when it is something else
            linker.source(source.name, at)
    where = ", ".join(source.name for source in sources) or "any source description"
    linker.sink.add(
        "step-operation-id-exists",
        f"operationId '{name}' is not in {where}",
        at,
        hint=did_you_mean(name, known),
    )


# -- operationPath -------------------------------------------------------------------------------


def _by_path(linker: DocumentLinker, text: str, at: Pointer) -> Found | None:
    match = _PATH_FORM.fullmatch(text)
    if match:
        return _at_pointer(linker, match["name"], match["pointer"], at)
    for read in (_declared_url, _other_pointer, _id_in_path, _method_and_path):
        found = read(linker, text, at)
        if found is not None:
            return found
        if linker.reported(at) or _names_missing_source(linker, text):
            return None
    linker.sink.add(
        "step-operation-path-syntax",
        f"operationPath '{text}' does not name an operation",
        at,
        hint="write '{$sourceDescriptions.<name>.url}#/paths/~1<path>/<method>'",
    )
    return None


def _names_missing_source(linker: DocumentLinker, text: str) -> bool:
    """Whether the text names a source that is declared and could not be had."""
    found = [form.fullmatch(text) for form in _PATH_FORMS]
    names = [match["name"] for match in found if match]
    qualified = _QUALIFIED.fullmatch(text.strip("{}"))
    names += [qualified[1]] if qualified else []
    names += [source.name for source in linker.arazzo.sources if text.startswith(source.url + "#")]
    return any(linker.unavailable(name) for name in names)


def _at_pointer(linker: DocumentLinker, name: str, pointer: str, at: Pointer) -> Found | None:
    source = linker.source(name, at)
    if source is None:
        return None
    if source.description is None:
        linker.sink.add(
            "step-operation-path-source",
            f"source description '{name}' is {source.kind}: it has no operations to call",
            at,
        )
        return None
    try:
        tokens = parse_fragment(pointer)
    except SyntaxFault as error:
        linker.sink.syntax("step-operation-path-syntax", error, at)
        return None
    if len(tokens) >= 3 and tokens[0] == "paths":
        operation = source.description.at(tokens[1], tokens[2]) if len(tokens) == 3 else None
        if operation is None:
            # A path written without escaping its slashes falls apart into tokens.
            joined = "/" + "/".join(tokens[1:-1]).lstrip("/")
            operation = source.description.at(joined, tokens[-1])
            if operation is not None:
                linker.tolerance(
                    "operation-path-form", pointer, _pointer_of(joined, tokens[-1]), at
                )
        if operation is not None:
            return source, operation
    paths = list(source.description.paths)
    hint = did_you_mean(tokens[1], paths) if len(tokens) >= 2 else None
    linker.sink.add(
        "step-operation-path-exists",
        f"'{pointer}' is not an operation of source description '{name}'",
        at,
        hint=hint,
    )
    return None


def _pointer_of(path: str, method: str) -> str:
    return "#" + format_pointer(("paths", path, method.lower()))


def _rewrite(source: str, path: str, method: str) -> str:
    return f"{{$sourceDescriptions.{source}.url}}{_pointer_of(path, method)}"


def _declared_url(linker: DocumentLinker, text: str, at: Pointer) -> Found | None:
    """The source's url itself, followed by the pointer."""
    url, mark, pointer = text.partition("#")
    for source in linker.arazzo.sources:
        if mark and url == source.url:
            found = _at_pointer(linker, source.name, mark + pointer, at)
            if found is not None:
                _tolerate_path(linker, text, found, at)
            return found
    return None


def _other_pointer(linker: DocumentLinker, text: str, at: Pointer) -> Found | None:
    """Without braces, without ``.url``, or with the bare name of the source."""
    for form in _PATH_FORMS:
        match = form.fullmatch(text)
        if match and (match["name"] in linker.source_names or form is _PATH_FORMS[0]):
            found = _at_pointer(linker, match["name"], match["pointer"], at)
            if found is not None:
                _tolerate_path(linker, text, found, at)
            return found
    return None


def _id_in_path(linker: DocumentLinker, text: str, at: Pointer) -> Found | None:
    """``$sourceDescriptions.<name>.<operationId>`` (the specification's own example)."""
    match = _QUALIFIED.fullmatch(text.strip("{}"))
    if not match:
        return None
    source = linker.source(match[1], at)
    found = None if source is None else _in_source(linker, source, match[2], at)
    if found is not None:
        _tolerate_path(linker, text, found, at)
    return found


def _method_and_path(linker: DocumentLinker, text: str, at: Pointer) -> Found | None:
    """``POST /path`` or ``/path``, when only one operation of all sources fits."""
    match = _METHOD_AND_PATH.fullmatch(text.strip())
    sources = linker.descriptions(at) if match else None
    if not match or sources is None:
        return None
    wanted = (match["method"] or "").upper()
    found: list[Found] = []
    for source in sources:
        if source.description is None:
            continue
        for method in [wanted] if wanted else _METHODS:
            operation = source.description.at(match["path"], method)
            if operation is not None:
                found.append((source, operation))
    if len(found) == 1:
        _tolerate_path(linker, text, found[0], at)
        return found[0]
    if found:
        linker.sink.add(
            "step-operation-path-syntax",
            f"operationPath '{text}' fits {len(found)} operations",
            at,
            hint=f"write {_rewrite(found[0][0].name, found[0][1].path, found[0][1].method)}",
        )
    return None


def _tolerate_path(linker: DocumentLinker, text: str, found: Found, at: Pointer) -> None:
    source, operation = found
    linker.tolerance(
        "operation-path-form", text, _rewrite(source.name, operation.path, operation.method), at
    )
