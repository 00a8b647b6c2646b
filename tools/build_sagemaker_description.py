"""Writes openapi/amazon-sagemaker-openapi.yml from botocore's model of SageMaker.

    python -m tools.build_sagemaker_description

The facts (members, types, bounds, required members, errors) are AWS's, from the service model; the
words are ours, from ``sagemaker_words.yml``. Only the two operations of the training workflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore
import yaml
from botocore.loaders import Loader

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "openapi" / "amazon-sagemaker-openapi.yml"
WORDS = Path(__file__).with_name("sagemaker_words.yml")
OPERATIONS = ("CreateTrainingJob", "DescribeTrainingJob")
MEDIA_TYPE = "application/x-amz-json-1.1"

_TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "float": {"type": "number", "format": "float"},
    "timestamp": {"type": "number", "description": "A moment, in seconds since 1970-01-01 UTC."},
}
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
}


def build() -> dict[str, Any]:
    """The description as plain data, from the installed botocore."""
    model = Loader().load_service_model("sagemaker", "service-2")
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    schemas: dict[str, Any] = {}
    paths = {
        f"/#{name}": {"post": _operation(model["operations"][name], model, words, schemas)}
        for name in OPERATIONS
    }
    head = words["head"]
    head["info"]["version"] = model["metadata"]["apiVersion"]
    head["info"]["x-built-from"] = f"botocore {botocore.__version__}"
    schemas = {name: schemas[name] for name in sorted(schemas)} | words["schemas"]
    components = {
        "schemas": schemas,
        "responses": words["responses"],
        "securitySchemes": words["securitySchemes"],
    }
    return {**head, "paths": paths, "components": components}


def _operation(
    operation: Mapping[str, Any],
    model: Mapping[str, Any],
    words: Mapping[str, Any],
    schemas: dict[str, Any],
) -> dict[str, Any]:
    name = operation["name"]
    text = words["operations"][name]
    own = [error["shape"] for error in operation["errors"]]
    target = f"{model['metadata']['targetPrefix']}.{name}"
    return {
        "operationId": name,
        **text,
        "parameters": [
            {
                "name": "X-Amz-Target",
                "in": "header",
                "required": True,
                "description": words["target"],
                "schema": {"type": "string", "const": target},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                MEDIA_TYPE: {"schema": _reference(operation["input"], model, words, schemas)}
            },
        },
        "responses": {
            "200": {
                "description": words["answers"][name],
                "content": {
                    MEDIA_TYPE: {"schema": _reference(operation["output"], model, words, schemas)}
                },
            },
            "400": {
                "description": words["refused"],
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Error"},
                        "examples": {
                            error: {"value": {"__type": error, "message": words["errors"][error]}}
                            for error in [*own, *words["commonErrors"]]
                        },
                    }
                },
            },
            "default": {"$ref": "#/components/responses/Trouble"},
        },
    }


def _reference(
    use: Mapping[str, Any],
    model: Mapping[str, Any],
    words: Mapping[str, Any],
    schemas: dict[str, Any],
) -> dict[str, Any]:
    name = use["shape"]
    if name not in schemas:
        schemas[name] = {}  # first, so that a shape may contain itself
        schemas[name] = _schema(name, model, words, schemas)
    return {"$ref": f"#/components/schemas/{name}"}


def _schema(
    name: str, model: Mapping[str, Any], words: Mapping[str, Any], schemas: dict[str, Any]
) -> dict[str, Any]:
    shape = model["shapes"][name]
    kind = shape["type"]
    low, high = _BOUNDS.get(kind, ("minimum", "maximum"))
    bounds = {key: shape[bound] for key, bound in ((low, "min"), (high, "max")) if bound in shape}

    def refer(use: Mapping[str, Any]) -> dict[str, Any]:
        return _reference(use, model, words, schemas)

    if kind == "structure":
        schema: dict[str, Any] = {"type": "object"}
        if "required" in shape:
            schema["required"] = list(shape["required"])
        told = words["members"] | words["membersOf"].get(name, {})
        schema["properties"] = {
            member: refer(use) | ({"description": told[member]} if member in told else {})
            for member, use in shape["members"].items()
        }
        return schema
    if kind == "list":
        return {"type": "array", "items": refer(shape["member"]), **bounds}
    if kind == "map":
        keys, values = refer(shape["key"]), refer(shape["value"])
        return {"type": "object", "propertyNames": keys, "additionalProperties": values, **bounds}
    schema = _TYPES[kind] | bounds
    if "enum" in shape:
        schema["enum"] = _Line(shape["enum"])
    # Unicode classes are not understood by every validator; only the patterns of tags use them.
    if "pattern" in shape and "\\p{L}" not in shape["pattern"]:
        schema["pattern"] = _pattern(shape["pattern"])
    return schema


def _pattern(pattern: str) -> str:
    """AWS's pattern, which describes the whole text and is Java's, for JSON Schema."""
    return f"^(?:{pattern.replace(chr(92) + 'p{Alnum}', 'A-Za-z0-9')})$"


class _Line(list[Any]):
    """A list that is written in one flow: enumerations have up to 225 values."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _: object) -> bool:
        return True


def _flow(dumper: yaml.SafeDumper, values: _Line) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)


_Dumper.add_representer(_Line, _flow)


def main() -> None:
    """Write the file."""
    text = yaml.dump(build(), Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
    first = "# Written by tools/build_sagemaker_description.py; change it there.\n"
    TARGET.write_text(first + text, encoding="utf-8")


if __name__ == "__main__":
    main()
