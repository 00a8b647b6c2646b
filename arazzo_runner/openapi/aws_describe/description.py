"""A whole OpenAPI 3.1 description of an AWS service, the same for the same botocore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.openapi.aws_describe.operations import XML, Operations, error_schema
from arazzo_runner.openapi.aws_describe.service_model import ServiceModel
from arazzo_runner.openapi.aws_describe.shapes import Shapes

__all__ = ["describe_service", "description_text"]

_REGION: Final = {"default": "us-east-1", "description": "The AWS region."}
_SIGV4: Final = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "description": "AWS Signature Version 4",
    "x-amazon-apigateway-authtype": "awsSigv4",
}


def describe_service(
    model: ServiceModel, operations: Sequence[str] | None = None, *, with_texts: bool = False
) -> dict[str, Any]:
    """The description as plain data.

    Args:
        model: the service.
        operations: the names of those to describe, in this order; by default all, by name.
        with_texts: whether AWS's own words about operations and members are taken over.

    Raises:
        UsageError: the service has no such operation.
    """
    for name in operations or ():
        if name not in model.operations:
            raise UsageError(
                f"the service '{model.name}' has no operation '{name}'",
                hint=did_you_mean(name, list(model.operations)),
            )
    shapes = Shapes(model, with_texts=with_texts)
    writer = Operations(model, shapes, with_texts=with_texts)
    for name in operations or sorted(model.operations):
        writer.add(name)
    metadata = model.metadata
    server: dict[str, Any] = {"url": model.url}
    if "{region}" in model.url:
        server["variables"] = {"region": dict(_REGION)}
    schemas = {name: shapes.schemas[name] for name in sorted(shapes.schemas)}
    answer = _error_media(model)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": metadata.get("serviceAbbreviation") or metadata["serviceFullName"],
            "version": metadata["apiVersion"],
            "x-built-from": f"botocore {_version()}",
        },
        "servers": [server],
        "security": [{"sigv4": []}],
        "paths": writer.paths,
        "components": {
            "schemas": {**schemas, "ErrorAnswer": error_schema(model.protocol)},
            "responses": {
                "Error": {
                    "description": "Any other error.",
                    "content": {answer: {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}},
                }
            },
            "securitySchemes": {"sigv4": dict(_SIGV4)},
        },
    }


def _version() -> str:
    import botocore

    return str(botocore.__version__)


def _error_media(model: ServiceModel) -> str:
    version = model.metadata.get("jsonVersion", "1.0")
    return {
        "json": f"application/x-amz-json-{version}",
        "rest-json": "application/json",
        "rest-xml": "application/xml",
    }.get(model.protocol, XML)


def description_text(description: dict[str, Any], command: str) -> str:
    """The description as YAML, headed by the command that writes it."""
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, _data: object) -> bool:
            return True

    text: str = yaml.dump(
        description, Dumper=Dumper, sort_keys=False, width=100, allow_unicode=True
    )
    return f"# Written by `{command}`: change it there.\n{text}"
