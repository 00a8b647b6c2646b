"""Descriptions checked by openapi-spec-validator: the slice that a document uses, or all of one.

The library resolves references by fetching, and raises where one leads nowhere. What it is given
here has only references that lead somewhere in the slice itself, so it opens nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.model import Pointer
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import ABSENT, Json, resolve_pointer
from arazzo_runner.values.json_pointer import unescape_token
from arazzo_runner.values.kept_files import KeptFiles

if TYPE_CHECKING:
    from arazzo_runner.openapi import Description

__all__ = ["Fault", "Verdicts", "slice_of", "used_operations"]

_METHODS: Final = frozenset(
    {"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}
)
_ROOT: Final = frozenset(
    {"openapi", "swagger", "info", "servers", "host", "basePath", "schemes", "consumes",
     "produces", "jsonSchemaDialect"}
)  # fmt: skip
_SHARED: Final = ("definitions", "parameters", "responses", "securityDefinitions")
_LITERAL: Final = ("example", "default", "enum", "const")
_NAMES: Final = ("properties", "responses", "schemas", "definitions", "headers", "examples")
"""Keys of objects whose keys are names, not keywords."""
_MOST: Final = 20  # findings of one description
_READ: Final = 500  # those that are looked at, so that the first ones are always the same
_LONGEST: Final = 160
_MOST_KEPT: Final = 4096  # verdicts
_OPERATION: Final = lazy_pattern(
    r"for '(?P<method>[a-z]+)'(?: operation)? in '(?P<path>/.*)' (?:is|was) not"
)
_KEY: Final = "5"  # part of every key: to be raised when verdicts change


class Fault(NamedTuple):
    """One thing that is wrong in a description: where, and a sentence."""

    pointer: Pointer
    message: str


class _Slice:
    """A copy of the parts of a description that some operations reach."""

    def __init__(self, data: Mapping[str, Json]) -> None:
        self.data = data
        self.copy: dict[str, Any] = {key: data[key] for key in data if key in _ROOT}
        self.faults: list[Fault] = []
        self.lost_parameters = False
        self._seen: set[tuple[str, ...]] = set()

    def paths(self, wanted: Mapping[str, frozenset[str]] | None) -> None:
        """Copy the path items: those wanted with their methods, or all."""
        paths = self.data.get("paths")
        kept: dict[str, Json] = {}
        for path, item in paths.items() if isinstance(paths, dict) else ():
            methods = _METHODS if wanted is None else wanted.get(path)
            if methods is None or not isinstance(item, dict) or "$ref" in item:
                continue
            chosen = {k: v for k, v in item.items() if k not in _METHODS or k in methods}
            kept[path] = self._copied(chosen, ("paths", path), "")
        self.copy["paths"] = kept

    def everything(self) -> None:
        """Copy all components too, used or not."""
        for kind in ("components", *_SHARED):
            if kind in self.data:
                self.copy[kind] = self._copied(self.data[kind], (kind,), kind)

    def _copied(self, value: Json, pointer: Pointer, context: str) -> Any:
        """The value with only references that lead somewhere; ``context`` is the key it is at."""
        if isinstance(value, list):
            items = [self._copied(v, (*pointer, at), context) for at, v in enumerate(value)]
            return [item for item in items if item is not ABSENT]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str) and context not in ("properties", "example", "default"):
            if self._has(reference, (*pointer, "$ref"), context):
                return value
            self.lost_parameters |= context == "parameters"
            return _stand_in(context, version_2="swagger" in self.data)
        return {
            key: inner if key in _LITERAL and context not in _NAMES else kept
            for key, inner in value.items()
            if (kept := self._copied(inner, (*pointer, key), _context(key, context))) is not ABSENT
        }

    def _has(self, reference: str, pointer: Pointer, context: str) -> bool:
        """Whether a local reference leads to a named component; that is copied as well."""
        if not reference.startswith("#/"):
            return False  # another file: the linker says when that is not there
        tokens = tuple(map(unescape_token, reference[2:].split("/")))
        size = 3 if tokens[0] == "components" else 2
        place = tokens[:size]
        if tokens[0] not in ("components", *_SHARED) or len(tokens) < size:
            return False
        target = _at(self.data, tokens)
        if target is None or _turns(self.data, reference):
            what = "leads nowhere" if target is None else "leads back to itself"
            if context not in ("parameters", "requestBody"):  # operation-incomplete says those
                self.faults.append(Fault(pointer, f"the reference '{reference}' {what}"))
            return False
        if place not in self._seen:
            self._seen.add(place)
            owner = self.copy
            for token in place[:-1]:
                owner = owner.setdefault(token, {})
            owner[place[-1]] = {}
            owner[place[-1]] = self._copied(_at(self.data, place), place, place[-2])
        return True


def _context(key: str, context: str) -> str:
    """What a value under ``key`` is: names in maps are not keywords."""
    if context in ("responses", "headers", "examples", "links", "callbacks"):
        return "entry of " + context
    return "" if context == "properties" else key


def _stand_in(context: str, *, version_2: bool) -> Any:
    """Something valid in place of what cannot be had; ABSENT leaves it out of a list."""
    if context == "parameters":
        return ABSENT
    if context in ("responses", "entry of responses"):
        return {"description": ""}
    if context == "entry of headers":
        return {"type": "string"} if version_2 else {"schema": {}}
    if context == "entry of links":
        return {"operationId": ""}
    return {"content": {}} if context == "requestBody" else {}


def _at(data: Json, tokens: Sequence[str]) -> Json:
    found = resolve_pointer(data, tokens)
    return None if found is ABSENT else found


def _turns(data: Json, reference: str) -> bool:
    """Whether a chain of references comes back to where it was."""
    seen: set[str] = set()
    while reference not in seen:
        seen.add(reference)
        tokens = list(map(unescape_token, reference[2:].split("/")))
        target = _at(data, tokens)
        following = target.get("$ref") if isinstance(target, dict) else None
        if not isinstance(following, str) or not following.startswith("#/"):
            return False
        reference = following
    return True


def slice_of(description: Description, wanted: Mapping[str, frozenset[str]] | None) -> _Slice:
    """The parts of a description that operations reach, and the references that lead nowhere.

    ``wanted`` maps path keys to methods (lower case); None takes everything.
    """
    data = description.document.data
    part = _Slice(data if isinstance(data, dict) else {})
    part.paths(wanted)
    if wanted is None:
        part.everything()
    return part


class Verdicts:
    """What openapi-spec-validator says of slices, kept by content in a folder.

    Never an error: a verdict that cannot be kept or read is made again.
    """

    def __init__(self, folder: Path | None) -> None:
        self._kept = KeptFiles(folder, most=_MOST_KEPT)
        self._known: dict[str, list[Fault]] = {}

    def of(
        self, description: Description, wanted: Mapping[str, frozenset[str]] | None
    ) -> list[Fault]:
        """The faults of a slice, at most twenty."""
        from arazzo_runner.values.digests import blake2b

        part = slice_of(description, wanted)
        text = json.dumps(part.copy, sort_keys=True, default=str).encode()
        key = blake2b(text, digest_size=20, person=_KEY.encode()).hexdigest()
        if key not in self._known:
            found = self._read(key)
            if found is None:
                found = _validated(part.copy, description.version)
                self._kept.put(key, found)
            self._known[key] = found
        found = self._known[key]
        if part.lost_parameters:  # and so their places in the path are empty
            found = [fault for fault in found if not fault.message.startswith("Path parameter")]
        return [*part.faults, *found][:_MOST]

    def _read(self, key: str) -> list[Fault] | None:
        written = self._kept.get(key)
        if not isinstance(written, list):
            return None
        try:
            return [Fault(tuple(pointer), str(message)) for pointer, message in written]
        except (ValueError, TypeError):
            self._kept.forget(key)
            return None


@contextmanager
def _without_requests() -> Iterator[None]:
    """As where ``requests`` is not installed: the library would import it (55 ms of CPU) for
    references over HTTP, which it may not follow here. Another thread may be about to import it,
    so only where there is none.
    """
    import threading

    if "requests" in sys.modules or threading.active_count() > 1:
        yield
        return
    sys.modules["requests"] = None  # type: ignore[assignment]  # an import of it fails
    try:
        yield
    finally:
        del sys.modules["requests"]


def _validated(data: dict[str, Json], version: str) -> list[Fault]:
    with _without_requests():
        import openapi_spec_validator as library

    kinds = {
        "2.0": library.OpenAPIV2SpecValidator,
        "3.0": library.OpenAPIV30SpecValidator,
        "3.1": library.OpenAPIV31SpecValidator,
        "3.2": library.OpenAPIV32SpecValidator,
    }
    if version not in kinds:
        return []  # source-version says it
    from jsonschema_path import SchemaPath

    found: list[Fault] = []
    try:
        path = SchemaPath.from_dict(data, handlers={"<all_urls>": _refuse, "": _refuse})
        for error in kinds[version](path).iter_errors():
            deepest = _deepest(error)
            if _is_regex_elsewhere(deepest):
                continue
            fault = Fault(_place(data, deepest), _sentence(deepest))
            if fault not in found:
                found.append(fault)
            if len(found) == _READ:
                break
    except Exception as error:  # noqa: BLE001 - whatever the library meets in a stranger's file
        reason = " ".join(str(error).split())[:_LONGEST] or type(error).__name__
        found.append(Fault((), f"the description cannot be checked: {reason}"))
    # The library has sets inside: its order is another one in each process.
    return sorted(found, key=lambda fault: ([str(token) for token in fault.pointer], fault.message))


def _refuse(uri: str) -> Any:
    raise LookupError(f"{uri} is not opened")


def _deepest(error: Any) -> Any:
    """The error of the branch that was meant: of a choice with a reference, the other one."""
    while error.context:
        inner = [
            one
            for one in error.context
            if not (one.validator == "required" and "$ref" in (one.validator_value or ()))
        ]
        if not inner:
            return error
        # Of several as deep always the same one: their order is another one in each process.
        error = min(inner, key=_depth_first)
    return error


def _is_regex_elsewhere(error: Any) -> bool:
    """Whether a pattern is refused that is one in ECMA-262, where patterns come from: the library
    asks Python, which knows no classes of Unicode."""
    if (error.validator, error.validator_value) != ("format", "regex"):
        return False
    from arazzo_runner.criteria.regex import compile_regex

    try:
        compile_regex(str(error.instance))
    except SyntaxFault:
        return False
    return True


def _place(data: dict[str, Json], error: Any) -> Pointer:
    """Where the error is. Of what is wrong in a schema, the library tells the place in that schema:
    it is the first place in the description that ends so and has the same value."""
    path = tuple(error.absolute_path)
    named = _OPERATION.search(str(error.message))
    if not path and named is not None:
        return "paths", named["path"], named["method"]
    if not path or _at(data, [str(token) for token in path]) is not None:
        return path
    return next(_places(data, (), path, error.instance), path)


def _places(value: Json, above: Pointer, path: Pointer, instance: Json) -> Iterator[Pointer]:
    if _at(value, [str(token) for token in path]) == instance:
        yield (*above, *path)
    members = value.items() if isinstance(value, dict) else ()
    for token, inner in members or (enumerate(value) if isinstance(value, list) else ()):
        yield from _places(inner, (*above, token), path, instance)


def _depth_first(error: Any) -> tuple[int, list[str]]:
    path = error.absolute_path
    return -len(path), [str(token) for token in path]


def _sentence(error: Any) -> str:
    text = " ".join(str(error.message).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def used_operations(operations: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    """Path keys to methods, from (path, method) pairs."""
    found: dict[str, set[str]] = {}
    for path, method in operations:
        found.setdefault(path, set()).add(method.lower())
    return {path: frozenset(methods) for path, methods in found.items()}
