"""Small documents as data, run through the public door with canned answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import arazzo_runner as arazzo
from arazzo_runner.testing import CannedResponses, FakeClock

__all__ = ["API", "Ran", "document", "run"]


def _body(media_type: str) -> dict[str, Any]:
    return {"content": {media_type: {"schema": {}}}}


_PETS_PARAMETERS = [
    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
    {"name": "q", "in": "query", "schema": {"type": "string"}},
]
API: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "API", "version": "1"},
    "servers": [{"url": "http://api.test"}],
    "paths": {
        "/pets/{id}": {
            "get": {"operationId": "getPet", "parameters": _PETS_PARAMETERS, "responses": {}}
        },
        "/find": {
            "get": {
                "operationId": "find",
                "parameters": [_PETS_PARAMETERS[1]],
                "responses": {},
            }
        },
        **{
            f"/{name}": {
                "post": {
                    "operationId": name,
                    "requestBody": _body(media_type),
                    "responses": {},
                }
            }
            for name, media_type in {
                "json": "application/json",
                "plus": "application/vnd.pets+json",
                "form": "application/x-www-form-urlencoded",
                "xml": "application/xml",
            }.items()
        },
    },
}


def document(*steps: dict[str, Any], version: str = "1.1.0", **more: Any) -> dict[str, Any]:
    """A document of one workflow ``main``; ``more`` are fields of the workflow.

    ``top`` are further fields of the document itself.
    """
    top = more.pop("top", {})
    named = [{"stepId": f"s{number}", **step} for number, step in enumerate(steps, 1)]
    return {
        "arazzo": version,
        "info": {"title": "T", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.json", "type": "openapi"}],
        "workflows": [{"workflowId": "main", "steps": named, **more}],
        **top,
    }


class Ran:
    """A run: its result and the requests that it sent."""

    def __init__(self, result: arazzo.RunResult, requests: Sequence[Any]) -> None:
        self.result = result
        self.requests = requests

    @property
    def body(self) -> bytes:
        """What the first request carried."""
        content: bytes = self.requests[0].content
        return content

    @property
    def urls(self) -> list[str]:
        return [str(request.url).removeprefix("http://api.test") for request in self.requests]

    @property
    def outputs(self) -> Mapping[str, Any]:
        return self.result.outputs

    @property
    def rules(self) -> list[str]:
        return [warning.rule for warning in self.result.warnings]


def run(
    folder: Path,
    text: dict[str, Any] | str,
    *,
    answers: Sequence[Any] = ((200, {}),),
    inputs: Mapping[str, Any] | None = None,
    api: dict[str, Any] | None = None,
    name: str = "flow.json",
    requests: list[Any] | None = None,
    **settings: Any,
) -> Ran:
    """Write the documents and run ``main``. ``requests`` gets what was sent, errors or not."""
    written = folder / name
    written.parent.mkdir(parents=True, exist_ok=True)
    (folder / "api.json").write_text(json.dumps(API if api is None else api), encoding="utf-8")
    written.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    canned = CannedResponses(list(answers))
    try:
        with arazzo.Runner(transport=canned, clock=FakeClock(), **settings) as runner:
            return Ran(runner.run(str(written), "main", inputs=inputs), canned.requests)
    finally:
        if requests is not None:
            requests.extend(canned.requests)
