"""Example values for the inputs of a workflow, and the command line that gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from arazzo_runner.cli.inputs import coerce, input_schema
from arazzo_runner.linking.inputs import resolve_local
from arazzo_runner.openapi import is_binary_schema
from arazzo_runner.values import Json, json_text

__all__ = ["example_command", "example_value", "required_inputs", "schema_parts"]

_DEPTH = 6
_FORMATS: Final[Mapping[str, str]] = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT5M",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uri-reference": "https://example.com/",
    "iri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "byte": "ZXhhbXBsZQ==",
    "json-pointer": "/a",
    "regex": "^a$",
}


def schema_parts(schema: Json, root: Json, depth: int = 0) -> Iterator[dict[str, Json]]:
    """The schema, all of its ``allOf``, and the first branch of its ``oneOf`` or ``anyOf``."""
    schema = resolve_local(schema, root)
    if not isinstance(schema, dict) or depth > _DEPTH:
        return
    yield schema
    for keyword in ("allOf", "oneOf", "anyOf"):
        branches = schema.get(keyword)
        if isinstance(branches, list):
            for branch in branches if keyword == "allOf" else branches[:1]:
                yield from schema_parts(branch, root, depth + 1)


def required_inputs(schema: Json, root: Json) -> list[str]:
    """The names of the inputs that must be given: required and without a default."""
    names: dict[str, None] = {}
    for part in schema_parts(schema, root):
        required = part.get("required")
        for name in required if isinstance(required, list) else ():
            own = input_schema(schema, name, root) if isinstance(name, str) else None
            if isinstance(name, str) and not (isinstance(own, dict) and "default" in own):
                names[name] = None
    return list(names)


def example_value(name: str, schema: Json, root: Json, depth: int = 0) -> Json:
    """A value that fits the schema as far as its plain keywords tell."""
    parts = list(schema_parts(schema, root))
    for part in parts:
        examples = part.get("examples")
        if "example" in part:
            return part["example"]
        if isinstance(examples, list) and examples:
            return examples[0]
        if "default" in part:
            return part["default"]
        if "const" in part:
            return part["const"]
        if isinstance(part.get("enum"), list) and part["enum"]:
            return part["enum"][0]
    merged: dict[str, Json] = {}
    for part in reversed(parts):
        merged.update(part)
    kind = _type(merged)
    if kind == "object":
        return _object(parts, root, depth)
    if kind == "array":
        return _array(name, merged, root, depth)
    return _scalar(kind, name, merged)


def _type(schema: Mapping[str, Json]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _scalar(kind: str, name: str, schema: Mapping[str, Json]) -> Json:
    if kind in ("integer", "number"):
        return _number(schema)
    if kind == "boolean":
        return True
    return None if kind == "null" else _string(name, schema)


def _array(name: str, schema: Mapping[str, Json], root: Json, depth: int) -> list[Json]:
    if depth >= _DEPTH:
        return []
    least = schema.get("minItems")
    count = least if isinstance(least, int) and 0 < least <= 10 else 1
    return [example_value(_singular(name), schema.get("items"), root, depth + 1)] * count


def _object(parts: Sequence[Mapping[str, Json]], root: Json, depth: int) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for part in parts if depth < _DEPTH else ():
        required = part.get("required")
        for name in required if isinstance(required, list) else ():
            if isinstance(name, str):
                own = next((s for p in parts if (s := _property(p, name)) is not None), None)
                result[name] = example_value(name, own, root, depth + 1)
    return result


def _property(part: Mapping[str, Json], name: str) -> Json:
    properties = part.get("properties")
    return properties.get(name) if isinstance(properties, dict) else None


def _number(schema: Mapping[str, Json]) -> int | float:
    low, high = _bound(schema, "minimum"), _bound(schema, "maximum")
    above, below = _bound(schema, "exclusiveMinimum"), _bound(schema, "exclusiveMaximum")
    value: int | float = 1
    if low is not None:
        value = max(value, low)
    if above is not None and value <= above:
        value = above + 1
    if high is not None and value > high:
        value = high
    if below is not None and value >= below:
        value = below - 1
    step = _bound(schema, "multipleOf")
    if step and step > 0 and value % step:
        value = (value // step + 1) * step
    return value


def _bound(schema: Mapping[str, Json], name: str) -> int | float | None:
    value = schema.get(name)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def _string(name: str, schema: Mapping[str, Json]) -> str:
    form = schema.get("format")
    text = _FORMATS.get(form) if isinstance(form, str) else None
    if text is None:
        text = _kebab(name)
    least, most = schema.get("minLength"), schema.get("maxLength")
    if isinstance(least, int) and 0 <= least <= 1000:
        text = text.ljust(least, "x")
    return text[:most] if isinstance(most, int) and most >= 0 else text


def _kebab(name: str) -> str:
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name)
    return re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-").lower() or "value"


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and len(name) > 2 else name


def example_command(
    file: str,
    workflow_id: str | None,
    inputs: Mapping[str, Json],
    schema: Json,
    root: Json,
    *,
    options: Sequence[str] = (),
) -> str:
    """A command to paste into a shell; one option a line."""
    from shlex import quote

    start = ["arazzo run", quote(file if not file.startswith("-") else f"./{file}")]
    if workflow_id is not None:
        start.append(quote(workflow_id))
    lines = [" ".join(start)]
    if any("=" in name or name.endswith(":") for name in inputs):
        lines[0] = f"echo {quote(json_text(inputs))} | {lines[0]} --inputs -"
    else:
        for name, value in inputs.items():
            assignment = _assignment(name, value, input_schema(schema, name, root), root)
            lines.append(f"-i {quote(assignment)}")
    lines.extend(options)
    return " \\\n  ".join(lines)


def _assignment(name: str, value: Json, schema: Json, root: Json) -> str:
    """``NAME=VALUE`` when that is read as the value again, else ``NAME:=JSON``; ``NAME=@PATH`` for
    a file.
    """
    if isinstance(schema, dict) and is_binary_schema(schema):
        return f"{name}=@{_kebab(name)}"
    text = value if isinstance(value, str) else json_text(value)
    if not text.startswith("@"):
        try:
            again = coerce(text, schema, root)
        except ValueError:
            again = None
        if again == value and type(again) is type(value):
            return f"{name}={text}"
    return f"{name}:={json_text(value)}"
