"""OpenAPI descriptions of AWS operations, made from botocore's models, for comparing requests.

What a model calls a location is a parameter here, what it calls a body is a request body with the
schema of its members; XML names, namespaces and attributes become XML Objects. Query protocols have
no description of their parameters that OpenAPI could serialise: their pairs are taken as they are.
"""

from __future__ import annotations

import base64
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from arazzo_runner.openapi import bind
from arazzo_runner.values import Request
from tests.openapi.support import api
from tests.support.botocore_requests import flat

__all__ = ["our_request"]

_PLACES = {"uri": "path", "querystring": "query", "header": "header"}
Split = tuple[list[tuple[str, str, Any]], Any]


def our_request(model: OperationModel, server: str, values: dict[str, Any]) -> Request:
    """What the engine sends for the operation with these values."""
    protocol = model.service_model.metadata["protocol"]
    make = {"json": _json, "query": _query, "ec2": _query}.get(protocol, _rest)
    parameters, payload, declared, content = make(model, values)
    uri = model.http["requestUri"]
    if "Bucket" in values:  # S3's models leave the bucket to the rules of its endpoints
        uri = "/{Bucket}" + (uri if uri[1:] and not uri.startswith("/?") else uri[1:])
    path = f"{uri}#{model.name}" if protocol in ("json", "query", "ec2") else uri
    raw: dict[str, Any] = {"parameters": declared, "responses": {}}
    if content:
        raw["requestBody"] = {"content": content}
    method = model.http["method"].lower()
    operation = api({path: {method: raw}}).at(path, method)
    assert operation is not None
    named = [(name, place) for name, place, _ in parameters]
    bound = bind(operation, base_url=server, parameters=named, has_body=payload is not None)
    given = [value for _, _, value in parameters]
    return bound.request(given) if payload is None else bound.request(given, payload)


Made = tuple[list[tuple[str, str, Any]], Any, list[Any], dict[str, Any]]


def _json(model: OperationModel, values: dict[str, Any]) -> Made:
    metadata = model.service_model.metadata
    target = f"{metadata['targetPrefix']}.{model.name}"
    declared = [{"name": "X-Amz-Target", "in": "header", "schema": {"enum": [target]}}]
    content = {f"application/x-amz-json-{metadata['jsonVersion']}": {"schema": {"type": "object"}}}
    return [("X-Amz-Target", "header", target)], plain(model.input_shape, values), declared, content


def _query(model: OperationModel, values: dict[str, Any]) -> Made:
    content = {"application/x-www-form-urlencoded; charset=utf-8": {"schema": {"type": "object"}}}
    return [], flat(model, values), [], content


def _rest(model: OperationModel, values: dict[str, Any]) -> Made:
    shape = model.input_shape
    parameters: list[tuple[str, str, Any]] = []
    declared: list[Any] = []
    body: dict[str, Any] = {}
    for name, value in values.items():
        member = shape.members[name]
        location = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if location == "headers":
            parameters += [(wire + key, "header", item) for key, item in value.items()]
        elif isinstance(member, MapShape) and location == "querystring":
            parameters += [(key, "query", item) for key, item in value.items()]
        elif location in _PLACES:
            place = _PLACES[location]
            parameters.append((wire, place, plain(member, value)))
            declared.append({"name": wire, "in": place, "required": place == "path", "schema": {}})
        else:
            body[name] = value
    is_xml = model.service_model.metadata["protocol"] == "rest-xml"
    payload_name = shape.serialization.get("payload")
    if payload_name is not None:
        member = shape.members[payload_name]
        value = values.get(payload_name)
        if member.type_name in ("blob", "string"):
            return parameters, value, declared, {"application/octet-stream": {}}
        if value is None:
            return parameters, None, declared, {}
        return parameters, plain(member, value), declared, _content(member, payload_name, is_xml)
    if not body:
        return parameters, None, declared, {}
    root = shape
    if is_xml:
        name = shape.serialization.get("name") or f"{model.name}Request"
        return parameters, plain(root, body), declared, _content(root, name, is_xml)
    named = {
        shape.members[key].serialization.get("name", key): plain(shape.members[key], item)
        for key, item in body.items()
    }
    return parameters, named, declared, {"application/json": {"schema": {"type": "object"}}}


def _content(shape: Shape, name: str, is_xml: bool) -> dict[str, Any]:
    if not is_xml:
        return {"application/json": {"schema": {"type": "object"}}}
    schema = xml_schema(shape)
    schema["xml"].setdefault("name", name)
    return {"application/xml": {"schema": schema}}


def xml_schema(shape: Shape) -> dict[str, Any]:
    """The schema of a shape with its XML Object."""
    written = shape.serialization
    xml: dict[str, Any] = {}
    spaces: dict[str, str] = {}
    if "name" in written:
        xml["name"] = written["name"]
    if "xmlNamespace" in written:
        space = written["xmlNamespace"]
        if isinstance(space, dict) and "prefix" in space:  # for the attributes inside
            spaces[space["prefix"]] = space["uri"]
        else:
            xml["namespace"] = space["uri"] if isinstance(space, dict) else space
    if written.get("xmlAttribute"):
        xml["attribute"] = True
    schema: dict[str, Any] = {"xml": xml}
    if isinstance(shape, StructureShape):
        schema["properties"] = {key: xml_schema(item) for key, item in shape.members.items()}
        for member in schema["properties"].values():
            prefix, _, name = member["xml"].get("name", "").rpartition(":")
            if prefix in spaces:
                member["xml"] |= {"name": name, "prefix": prefix, "namespace": spaces[prefix]}
    elif isinstance(shape, ListShape):
        items = xml_schema(shape.member)
        if written.get("flattened"):
            if "name" in xml:
                items["xml"]["name"] = xml.pop("name")
        else:
            xml["wrapped"] = True
            items["xml"].setdefault("name", "member")
        schema |= {"type": "array", "items": items}
    return schema


def plain(shape: Shape | None, value: Any) -> Any:
    """A value as JSON: blobs in base64."""
    if isinstance(shape, StructureShape):
        return {key: plain(shape.members[key], item) for key, item in value.items()}
    if isinstance(shape, ListShape):
        return [plain(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: plain(shape.value, item) for key, item in value.items()}
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
