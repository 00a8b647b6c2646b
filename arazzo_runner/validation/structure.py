"""The structural walk: fields and types by the table of objects, one finding for each problem.

What the walk reports is not looked at again: a value of the wrong type has no parts, so that one
mistake is said once.
"""

from __future__ import annotations

from typing import Final

from arazzo_runner.errors import did_you_mean
from arazzo_runner.model import Pointer
from arazzo_runner.validation.findings import Fix, Problem, RenameKey, ReplaceValue
from arazzo_runner.validation.objects import OBJECTS, Field, is_extension
from arazzo_runner.validation.parts import Part, Subject, Text
from arazzo_runner.values import Json, type_name

__all__ = ["walk"]

_SELECTOR: Final = frozenset({"context", "selector", "type"})
_ROLES: Final = {"Parameter": "parameter", "Replacement": "replacement", "Reusable": "reusable"}


def walk(subject: Subject) -> list[tuple[str, Problem]]:
    """Fill ``subject.parts``; what is wrong with the structure, as rule ids and problems."""
    walker = _Walker(subject)
    walker.object("Arazzo", subject.data, (), None)
    return walker.problems


class _Walker:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.problems: list[tuple[str, Problem]] = []
        self.selectors = subject.version.selectors

    # -- objects -----------------------------------------------------------------------------

    def object(self, kind: str, data: dict[str, Json], at: Pointer, parent: Part | None) -> None:
        part = Part(kind, data, at, parent, self.subject)
        self.subject.parts.append(part)
        fields = OBJECTS[kind].fields
        meant: set[str] = set()
        for name, value in data.items():
            field = fields.get(name)
            if field is None:
                meant.add(self.unknown(part, name))
            elif field.since > self.subject.version.name:
                self.report(
                    "version-feature",
                    part.problem(
                        f"'{name}' is a field of Arazzo {field.since}, and this document is "
                        f"{self.subject.data['arazzo']}",
                        name,
                        key=True,
                        hint=f"write arazzo: {field.since}.0 at the top, or leave it out",
                    ),
                )
            else:
                self.field(part, name, field, value)
        for name, field in fields.items():
            if field.required and name not in data and name not in meant:
                self.report(
                    "required-field",
                    Problem(f"'{name}' is missing in {_a(OBJECTS[kind].title)}", at, key=True),
                )

    def unknown(self, part: Part, name: str) -> str:
        """Report a field that the object does not have; the name of the field that is meant."""
        kind = OBJECTS[part.kind]
        if is_extension(name) and kind.extensible:
            return ""
        missing = [known for known in kind.fields if known not in part.data]
        if part.kind == "Reusable":
            message = f"a Reusable Object has no field '{name}'"
            advice = "it is ignored: remove it, or write the object out"
            self.report("reusable-extra", part.problem(message, name, key=True, hint=advice))
            return ""
        near = did_you_mean(name, missing)
        target = near.split("'")[1] if near else ""
        fix = None
        if target:
            fix = Fix(f"write {target}", (RenameKey((*part.pointer, name), target),))
        looks_extended = name[:1] in "xX" and not target
        hint = near or _elsewhere(part.kind, name)
        if name == "$ref" and any("Reusable" in f.types for f in _fields_of(part)):
            hint = "components are reused with 'reference: $components.…'"
        if looks_extended:
            hint = f"an extension begins with 'x-': write 'x-{name[1:].lstrip('-_')}'"
        message = f"{_a(kind.title)} has no field '{name}'"
        self.report(
            "extension-name" if looks_extended else "unknown-field",
            part.problem(message, name, hint=hint, fix=fix, key=True),
        )
        return target

    # -- fields ------------------------------------------------------------------------------

    def field(self, part: Part, name: str, field: Field, value: Json) -> None:
        at = (*part.pointer, name)
        if field.container == "list":
            if not isinstance(value, list):
                self.wrong_type(at, name, "a list", value)
                return
            if not value and field.empty:
                self.report(field.empty, part.problem(f"'{name}' is empty", name))
            for index, item in enumerate(value):
                self.value(part, (*at, index), name, field.types, item)
        elif field.container == "map":
            if not isinstance(value, dict):
                self.wrong_type(at, name, "an object", value)
                return
            for key, item in value.items():
                if not is_extension(key) or part.kind != "Components":
                    self.value(part, (*at, key), name, field.types, item)
        else:
            self.value(part, at, name, field.types, value)

    def value(
        self, part: Part, at: Pointer, name: str, types: tuple[str, ...], value: Json
    ) -> None:
        first = types[0]
        if first == "any":
            return
        if first == "expression":
            self.expressions(part, _ROLES.get(part.kind, "payload"), at, value)
            return
        if isinstance(value, dict):
            kind = _kind_of(types, value)
            if kind == "Selector" and not self.selectors:
                self.no_selectors(at)
            elif kind is not None:
                self.object(kind, value, at, part)
            elif first != "schema":
                self.wrong_type(at, name, _wanted(types), value)
            return
        if _fits(types, value):
            if first == "string" and isinstance(value, str):
                self.text(part, name, at, value)
            return
        if "string" in types and isinstance(value, int | float) and not self.is_json:
            self.unquoted(at, name, value)
            return
        self.wrong_type(at, name, _wanted(types), value)

    def text(self, part: Part, name: str, at: Pointer, value: str) -> None:
        if name == "outputs":
            self.subject.parts.append(Text("output", value, at, part))
        elif name in ("context", "condition"):
            self.subject.parts.append(Text(name, value, at, part))

    def expressions(self, part: Part, role: str, at: Pointer, value: Json) -> None:
        """The texts and Selector Objects of a value, at any depth."""
        if isinstance(value, str):
            self.subject.parts.append(Text(role, value, at, part))
        elif isinstance(value, dict):
            if self.selectors and _is_selector(value):
                self.object("Selector", value, at, part)
                return
            if self.selectors and len(_SELECTOR & value.keys()) > 1 and "selector" in value:
                message = "the object looks like a Selector Object, and is sent as it stands"
                missing = sorted(_SELECTOR - value.keys())
                hint = f"add {' and '.join(missing)}" if missing else "a context begins with '$'"
                self.report("selector-near-miss", Problem(message, at, hint))
            for key, item in value.items():
                self.expressions(part, role, (*at, key), item)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.expressions(part, role, (*at, index), item)

    # -- reports -----------------------------------------------------------------------------

    @property
    def is_json(self) -> bool:
        return self.subject.document.is_json

    def report(self, rule: str, problem: Problem) -> None:
        self.problems.append((rule, problem))

    def wrong_type(self, at: Pointer, name: str, wanted: str, value: Json) -> None:
        got = "empty (null)" if value is None else type_name(value)
        label = f"'{name}'" if at[-1] == name else f"'{at[-1]}' of '{name}'"
        if isinstance(at[-1], int):
            label = f"an item of '{name}'"
        hint = None
        if wanted == "a list" and isinstance(value, dict):
            hint = f"put '- ' before each item of '{name}'"
        self.report("field-type", Problem(f"{label} must be {wanted}, not {got}", at, hint))

    def unquoted(self, at: Pointer, name: str, value: Json) -> None:
        written = self.subject.document.source_of(at)
        what = "a boolean" if isinstance(value, bool) else "a number"
        self.report(
            "unquoted-scalar",
            Problem(
                f"'{name}' must be a string, and YAML reads {written} as {what}",
                at,
                f'write {name}: "{written}"',
                Fix("put it in quotes", (ReplaceValue(at, written),)),
            ),
        )

    def no_selectors(self, at: Pointer) -> None:
        self.report(
            "version-feature",
            Problem(
                "Selector Objects are of Arazzo 1.1, and this document is "
                f"{self.subject.data['arazzo']}",
                at,
                "write a runtime expression, or arazzo: 1.1.0 at the top",
            ),
        )


def _fits(types: tuple[str, ...], value: Json) -> bool:
    if isinstance(value, bool):
        return "schema" in types
    if isinstance(value, str):
        return "string" in types
    if isinstance(value, int):
        return "integer" in types or "number" in types
    if isinstance(value, float):
        return "number" in types or ("integer" in types and value.is_integer())
    return False


def _kind_of(types: tuple[str, ...], value: dict[str, Json]) -> str | None:
    """Which of the possible objects this one is."""
    if "Reusable" in types and "reference" in value:
        return "Reusable"
    return next((kind for kind in types if kind in OBJECTS), None)


def _is_selector(value: dict[str, Json]) -> bool:
    """Whether an object in a value is a Selector Object, and not just an object (A-09)."""
    context = value.get("context")
    return (
        value.keys() >= _SELECTOR
        and all(key in _SELECTOR or is_extension(key) for key in value)
        and isinstance(context, str)
        and context.startswith("$")
    )


_NAMES: Final = {
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "schema": "a JSON Schema object",
}


def _wanted(types: tuple[str, ...]) -> str:
    names = [_NAMES.get(kind) or _a(OBJECTS[kind].title) for kind in types]
    return " or ".join(dict.fromkeys(names))


def _a(title: str) -> str:
    """The title of an object with its article."""
    return f"{'an' if title[0] in 'AEIOU' else 'a'} {title}"


def _fields_of(part: Part) -> list[Field]:
    return list(OBJECTS[part.parent.kind].fields.values()) if part.parent else []


def _elsewhere(kind: str, name: str) -> str | None:
    """Which other objects have the field."""
    owners = [o.title for k, o in OBJECTS.items() if name in o.fields and k != kind]
    if owners:
        return f"it is a field of the {owners[0]}"
    return "give extensions a name that begins with 'x-'"
