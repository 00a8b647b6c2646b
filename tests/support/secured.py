"""A document with one secured operation, and both doors to run it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from arazzo_runner import AsyncRunner, Runner, RunResult

__all__ = ["DOORS", "Door", "flow", "write_secured"]

Door: TypeAlias = Callable[..., RunResult]


def write_secured(
    folder: Path,
    url: str,
    schemes: Mapping[str, Any],
    security: Any,
    *,
    version: str = "3.1.0",
    parameters: Sequence[Mapping[str, Any]] = (),
    method: str = "get",
    steps: int = 1,
    name: str = "flow",
) -> str:
    """The path of an Arazzo document over an API at ``url`` (source ``pets``)."""
    operation = {
        "operationId": "call",
        "security": security,
        "responses": {"200": {"description": "ok"}},
    }
    api: dict[str, Any] = {"info": {"title": "t", "version": "1"}}
    api["paths"] = {"/api/things": {method: operation}}
    if version == "2.0":
        scheme, _, host = url.partition("://")
        api |= {"swagger": "2.0", "host": host, "schemes": [scheme], "securityDefinitions": schemes}
    else:
        api |= {
            "openapi": version,
            "servers": [{"url": url}],
            "components": {"securitySchemes": schemes},
        }
    (folder / f"{name}-api.json").write_text(json.dumps(api))
    document = {
        "arazzo": "1.0.1",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "pets", "url": f"{name}-api.json", "type": "openapi"}],
        "workflows": [
            {
                "workflowId": "main",
                "steps": [
                    {
                        "stepId": f"s{number}",
                        "operationId": "call",
                        "parameters": list(parameters),
                        "successCriteria": [{"condition": "$statusCode == 200"}],
                    }
                    for number in range(steps)
                ],
            }
        ],
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document))
    return str(path)


flow = write_secured


def _sync(path: str, **settings: Any) -> RunResult:
    with Runner(**settings) as runner:
        return runner.run(path)


def _async(path: str, **settings: Any) -> RunResult:
    async def go() -> RunResult:
        async with AsyncRunner(**settings) as runner:
            return await runner.run(path)

    return asyncio.run(go())


DOORS: dict[str, Door] = {"sync": _sync, "async": _async}
