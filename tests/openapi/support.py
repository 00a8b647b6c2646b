"""Descriptions and operations for tests, from Python values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from arazzo_runner.errors import DocumentNotFound
from arazzo_runner.openapi import Binding, Description, Operation, bind
from arazzo_runner.reading import Loader, parse_document

URI = "file:///api/openapi.json"
SERVER = "https://api.test/v1"


def loader(files: Mapping[str, Any]) -> Loader:
    """Serves the files by name, as if they lay beside the description."""

    def fetch(uri: str) -> bytes:
        name = uri.rpartition("/")[2]
        if name not in files:
            raise DocumentNotFound(f"no {name}")
        return json.dumps(files[name]).encode()

    return Loader(fetch)


def describe(data: Any, files: Mapping[str, Any] | None = None, uri: str = URI) -> Description:
    document = parse_document(json.dumps(data).encode(), uri=uri, name="openapi.json")
    return Description(document, loader(files) if files is not None else None)


def api(paths: Any, version: str = "3.1.0", **fields: Any) -> Description:
    key = "swagger" if version == "2.0" else "openapi"
    info = {"title": "An API", "version": "1"}
    return describe({key: version, "info": info, "paths": paths, **fields})


def operation(path: str = "/things", method: str = "get", /, **fields: Any) -> Operation:
    found = api({path: {method: {"responses": {}, **fields}}}).at(path, method)
    assert found is not None
    return found


def parameter(name: str, location: str = "query", **fields: Any) -> dict[str, Any]:
    return {"name": name, "in": location, "schema": {}, **fields}


def posting(
    content: Any, *, content_type: str | None = None, parameters: Sequence[tuple[str, str]] = ()
) -> Binding:
    """A binding of an operation that takes a body of these media types."""
    target = operation("/things", "post", requestBody={"content": content})
    return bind(
        target,
        base_url=SERVER,
        parameters=parameters,
        content_type=content_type,
        has_body=True,
    )
