"""Workflow inputs: defaults applied, then checked by their JSON Schema (SEMANTICS §2, A-36)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from arazzo_runner.errors import Fault, InputError, did_you_mean
from arazzo_runner.values import File, Json, Value, type_name
from arazzo_runner.values.json_pointer import unescape_token

__all__ = ["apply_defaults", "prepare_inputs", "resolve_local"]

_DEPTH = 20  # nested defaults deeper than this are not applied: schemas may be recursive


def resolve_local(schema: Json, root: Json) -> Json:
    """The schema that a local ``$ref`` of ``schema`` names in ``root``; itself without one."""
    for _ in range(_DEPTH):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        target = root
        for token in reference[2:].split("/"):
            target = target.get(unescape_token(token)) if isinstance(target, dict) else None
        if target is None:
            return schema
        schema = target
    return schema


def apply_defaults(
    schema: Json, inputs: Mapping[str, Value], root: Json = None, depth: int = 0
) -> dict[str, Value]:
    """The inputs with the schema's defaults for what is not given, in nested objects too."""
    result = dict(inputs)
    root = schema if root is None else root
    schema = resolve_local(schema, root)
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if depth > _DEPTH or not isinstance(properties, dict):
        return result
    for name, written in properties.items():
        part = resolve_local(written, root)
        if not isinstance(part, dict):
            continue
        if name not in result:
            if "default" in part:
                result[name] = part["default"]
        elif isinstance(result[name], dict):
            result[name] = apply_defaults(part, result[name], root, depth + 1)
    return result


def prepare_inputs(
    schema: Json, inputs: Mapping[str, Value], *, workflow_id: str, definitions: Json = None
) -> tuple[dict[str, Value], tuple[Fault, ...]]:
    """The final inputs of a run and warnings about inputs the workflow does not know.

    ``definitions`` is the document that local references of the schema point into.

    Raises:
        InputError: the inputs do not fit; all violations are listed.
    """
    root = schema if definitions is None else definitions
    values = apply_defaults(schema, inputs, root)
    warnings = _unknown(resolve_local(schema, root), values, workflow_id)
    if schema is None or _certainly_valid(resolve_local(schema, root), values):
        return values, warnings
    problems = _violations(schema, values, root)
    if problems:
        count = len(problems)
        raise InputError(
            f"workflow '{workflow_id}': {problems[0]}"
            if count == 1
            else f"workflow '{workflow_id}': {count} inputs do not fit: " + "; ".join(problems),
            problems=problems,
            hint="give inputs with -i NAME=VALUE or --inputs FILE",
        )
    return values, warnings


def _unknown(schema: Json, values: Mapping[str, Value], workflow_id: str) -> tuple[Fault, ...]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    known = properties if isinstance(properties, dict) else {}
    if isinstance(schema, dict) and (
        schema.get("additionalProperties") or schema.get("patternProperties")
    ):
        return ()
    return tuple(
        Fault(
            "unknown-input",
            f"workflow '{workflow_id}' declares no input '{name}'",
            hint=did_you_mean(name, known),
            severity="warning",
        )
        for name in values
        if name not in known
    )


_SIMPLE: Final = frozenset(
    {"type", "properties", "required", "description", "default", "title", "items", "examples",
     "example", "format", "enum", "deprecated", "$comment",
     "minimum", "maximum", "minLength", "maxLength"}
)  # fmt: skip
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str, bytes, File),  # binary inputs are strings to JSON Schema
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def _certainly_valid(schema: Json, value: Value) -> bool:
    """True when a schema of only the plainest keywords accepts the value; False when unsure.

    jsonschema decides every other case. Importing it takes longer than a whole short run.
    """
    if schema is True:
        return True
    if not isinstance(schema, dict) or not schema.keys() <= _SIMPLE:
        return False
    kind = schema.get("type")
    if kind is not None:
        allowed = _TYPES.get(kind) if isinstance(kind, str) else None
        if allowed is None or not isinstance(value, allowed):
            return False
        if isinstance(value, bool) and kind != "boolean":
            return False
    if "enum" in schema and not (isinstance(value, str) and value in schema["enum"]):
        return False
    if not _certainly_within(schema, value):
        return False
    if isinstance(value, dict):
        required = schema.get("required", [])
        if not isinstance(required, list) or not all(name in value for name in required):
            return False
        properties = schema.get("properties", {})
        return isinstance(properties, dict) and all(
            _certainly_valid(properties[name], item)
            for name, item in value.items()
            if name in properties
        )
    if isinstance(value, list) and "items" in schema:
        return all(_certainly_valid(schema["items"], item) for item in value)
    return True


def _certainly_within(schema: Mapping[str, Json], value: Value) -> bool:
    """True when the bounds of a schema, if it has any, accept the value; False when unsure."""
    for least, most, size in (
        ("minimum", "maximum", value),
        ("minLength", "maxLength", len(value) if isinstance(value, str) else None),
    ):
        bounds = [schema[name] for name in (least, most) if name in schema]
        if not bounds:
            continue
        if any(type(number) not in (int, float) for number in (size, *bounds)):
            return False
        if not schema.get(least, size) <= size <= schema.get(most, size):
            return False
    return True


_DOCUMENT: Final = "urn:arazzo:document"  # what local references point into


def _violations(schema: Json, values: Mapping[str, Value], root: Json) -> list[str]:
    """Every violation as a sentence that names the input."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import extend
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    # Never the default registry: it fetches what a document names.
    own = schema if isinstance(schema, dict) else {}
    whole = root if isinstance(root, dict) else {}
    components = whole.get("components")
    shared = components.get("inputs") if isinstance(components, dict) else None
    document = {
        # Definitions inside of the inputs are found too, where the document has none.
        **{name: own[name] for name in ("$defs", "definitions") if name in own},
        **whole,
        "inputs": schema,
        # Anchors are looked for below $defs, so all schemas of the document stand there (URI-12).
        "$defs": {
            **_mapping(own.get("$defs")),
            **_mapping(whole.get("$defs")),
            "#inputs": schema,
            **{f"#{name}": part for name, part in _mapping(shared).items()},
        },
    }
    registry: Registry[Json] = Registry().with_resource(
        _DOCUMENT, DRAFT202012.create_resource(document)
    )
    try:
        Draft202012Validator.check_schema(schema)
        checks = extend(Draft202012Validator, {"type": _type})  # type: ignore[no-untyped-call]
        validator = checks({"$ref": f"{_DOCUMENT}#/inputs"}, registry=registry)
        errors = sorted(validator.iter_errors(values), key=lambda e: [str(p) for p in e.path])
    except SchemaError as error:
        return [f"the inputs schema itself is not valid: {error.message}"]
    except (Unresolvable, RecursionError) as error:
        return [f"the inputs schema cannot be resolved: {error!r}"]
    # A missing property is one error each, and each of them names all that are missing.
    return list(dict.fromkeys(_sentence(error) for error in errors))


def _type(validator: Any, types: Json, instance: Value, schema: Json) -> Iterator[Any]:
    """``type``, where bytes and files are strings. No other keyword for strings looks at them."""
    from jsonschema import Draft202012Validator

    listed = types if isinstance(types, list) else [types]
    if not (isinstance(instance, bytes | File) and "string" in listed):
        yield from Draft202012Validator.VALIDATORS["type"](validator, types, instance, schema)


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _sentence(error: Json) -> str:
    path = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "required":
        missing = [n for n in error.validator_value if n not in error.instance]
        prefix = f"{path}." if path else ""
        names = ", ".join(f"'{prefix}{name}'" for name in missing)
        return f"input {names} is required" if len(missing) == 1 else f"inputs {names} are required"
    if error.validator == "type":
        wanted = error.validator_value
        wanted = " or ".join(wanted) if isinstance(wanted, list) else wanted
        return f"input '{path}' must be {wanted}, not {type_name(error.instance)}"
    message = str(error.message)
    return f"input '{path}': {message if len(message) < 200 else message[:197] + '…'}"
