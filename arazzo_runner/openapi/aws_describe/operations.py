"""Operations of a service model as OpenAPI operations, by protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from arazzo_runner.openapi.aws_describe.service_model import ServiceModel, words_of
from arazzo_runner.openapi.aws_describe.shapes import Shapes, hinted, plain_text

__all__ = ["Operations", "error_schema"]

FORM: Final = "application/x-www-form-urlencoded"
XML: Final = "text/xml"
_PLACES: Final = {"uri": "path", "querystring": "query", "header": "header"}
_HOLE: Final = re.compile(r"\{[^{}]*\}")
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OWN_HEADERS: Final = frozenset({"accept", "authorization", "content-type"})


class Operations:
    """Writes operations; ``shapes`` collects the schemas that they refer to."""

    def __init__(self, model: ServiceModel, shapes: Shapes, *, with_texts: bool = False) -> None:
        self.paths: dict[str, dict[str, Any]] = {}
        self._model = model
        self._shapes = shapes
        self._with_texts = with_texts
        self._taken: dict[str, str] = {}
        self._rest = model.protocol.startswith("rest")
        self._json = model.protocol.endswith("json")
        version = model.metadata.get("jsonVersion", "1.0")
        self._media = {
            "json": f"application/x-amz-json-{version}",
            "rest-json": "application/json",
            "rest-xml": "application/xml",
        }.get(model.protocol, FORM)
        self._answer = self._media if self._json or self._rest else XML

    def add(self, name: str) -> None:
        """Describe an operation."""
        operation = self._model.operations[name]
        http = operation["http"]
        method = http["method"].lower()
        path = self._path(name, method, http["requestUri"])
        self.paths.setdefault(path, {})[method] = self._operation(name, operation)

    def _path(self, name: str, method: str, uri: str) -> str:
        """The path key. A fragment tells apart what one path and method serve; it is not sent."""
        if not self._rest:
            return f"/#{name}"
        uri = uri.removesuffix("?")
        shape = _HOLE.sub("{}", uri)
        free = self._taken.setdefault(shape, uri) == uri
        return uri if free and method not in self.paths.get(uri, {}) else f"{uri}#{name}"

    def _operation(self, name: str, operation: Mapping[str, Any]) -> dict[str, Any]:
        described: dict[str, Any] = {"operationId": name, "summary": words_of(name)}
        if self._with_texts and operation.get("documentation"):
            described["description"] = plain_text(operation["documentation"])
        if operation.get("deprecated"):
            described["deprecated"] = True
        host = operation.get("endpoint", {}).get("hostPrefix")
        if host:
            described["servers"] = [_prefixed(self._model.url, host)]
        parameters = list(self._parameters(name, operation))
        if parameters:
            described["parameters"] = parameters
        body = self._body(name, operation)
        if body is not None:
            described["requestBody"] = body
        described["responses"] = {
            str(operation["http"].get("responseCode", 200)): self._success(name, operation),
            **self._errors(operation),
            "default": {"$ref": "#/components/responses/Error"},
        }
        if operation.get("authtype") == "none" or "smithy.api#noAuth" in operation.get("auth", ()):
            described["security"] = []
        return described

    # -- requests -------------------------------------------------------------------------------

    def _parameters(self, name: str, operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if self._model.protocol == "json":
            target = f"{self._model.metadata['targetPrefix']}.{name}"
            yield {
                "name": "X-Amz-Target",
                "in": "header",
                "required": True,
                "description": "The operation: all of them share one path.",
                "schema": {"type": "string", "const": target},
            }
        if not self._rest or "input" not in operation:
            return
        shape = self._model.shapes[operation["input"]["shape"]]
        greedy = set(re.findall(r"\{([^{}]*)\+\}", operation["http"]["requestUri"]))
        for member, use in shape["members"].items():
            place = _PLACES.get(use.get("location", ""))
            sent = use.get("locationName", member)
            if place is None or (place == "header" and sent.lower() in _OWN_HEADERS):
                continue
            yield {
                "name": f"{sent}+" if place == "path" and sent in greedy else sent,
                "in": place,
                **({"required": True} if place == "path" or member in _required(shape) else {}),
                **self._text(use),
                "schema": self._shapes.value(use, "rfc822" if place == "header" else "iso8601"),
            }

    def _body(self, name: str, operation: Mapping[str, Any]) -> dict[str, Any] | None:
        use = operation.get("input")
        if not self._rest:
            return self._form(name, use) if self._media == FORM else self._plain_body(use)
        shape = self._model.shapes[use["shape"]] if use else {"members": {}}
        if "payload" in shape:
            member = shape["payload"]
            payload = shape["members"][member]
            body: dict[str, Any] = {"required": True} if member in _required(shape) else {}
            return {**body, "content": self._payload(member, payload, self._media)}
        inside = {n: u for n, u in shape["members"].items() if "location" not in u}
        if use is None or not inside or operation["http"]["method"] not in _WITH_BODY:
            return None
        schema = self._shapes.structure(shape, inside)
        if not self._json and "locationName" in use:
            schema["xml"] = {"name": use["locationName"]}
            if "xmlNamespace" in use:
                schema["xml"]["namespace"] = use["xmlNamespace"]["uri"]
        required = {"required": True} if schema.get("required") else {}
        return {**required, "content": {self._media: {"schema": schema}}}

    def _plain_body(self, use: Mapping[str, Any] | None) -> dict[str, Any]:
        schema = {"type": "object"} if use is None else self._shapes.reference(use)
        return {"required": True, "content": {self._media: {"schema": schema}}}

    def _form(self, name: str, use: Mapping[str, Any] | None) -> dict[str, Any]:
        shape = self._model.shapes[use["shape"]] if use else {"members": {}}
        schema = self._shapes.structure(shape, shape["members"], form=True)
        schema["required"] = ["Action", "Version", *schema.get("required", ())]
        schema["properties"] = {
            "Action": {"type": "string", "const": name},
            "Version": {"type": "string", "const": self._model.metadata["apiVersion"]},
            **schema.get("properties", {}),
        }
        return {"required": True, "content": {FORM: {"schema": schema}}}

    def _payload(self, member: str, use: Mapping[str, Any], media: str) -> dict[str, Any]:
        """The content of a body that is one member."""
        shape = self._model.shapes[use["shape"]]
        if shape["type"] == "structure" and not shape.get("eventstream"):
            schema = self._shapes.reference(use)
            if not self._json:
                name = use.get("locationName", shape.get("locationName", member))
                schema = hinted(schema, {"name": name})
            return {media: {"schema": schema}}
        if shape["type"] in ("blob", "structure"):
            return {"application/octet-stream": {"schema": {}}}
        return {"text/plain": {"schema": self._shapes.value(use, "iso8601")}}

    # -- answers --------------------------------------------------------------------------------

    def _success(self, name: str, operation: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"description": "It is done."}
        use = operation.get("output")
        if not self._rest:
            schema = self._wrapped(name, use)
            return answer | ({"content": {self._answer: {"schema": schema}}} if schema else {})
        shape = self._model.shapes[use["shape"]] if use else {"members": {}}
        headers = {
            each.get("locationName", member): {
                **self._text(each),
                "schema": self._shapes.value(each, "rfc822"),
            }
            for member, each in shape["members"].items()
            if each.get("location") == "header"
        }
        headers = {n: h for n, h in headers.items() if n.lower() != "content-type"}
        content = self._answer_content(shape, use)
        return answer | ({"headers": headers} if headers else {}) | content

    def _answer_content(
        self, shape: Mapping[str, Any], use: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        if use is None:
            return {}
        if "payload" in shape:
            member = shape["payload"]
            return {"content": self._payload(member, shape["members"][member], self._answer)}
        inside = {n: u for n, u in shape["members"].items() if "location" not in u}
        if not inside:
            return {}
        schema = self._shapes.structure(shape, inside)
        return {"content": {self._answer: {"schema": schema}}}

    def _wrapped(self, name: str, use: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What is answered by the protocols that are not REST."""
        if self._json:
            return None if use is None else self._shapes.reference(use)
        root = {"type": "object", "xml": {"name": f"{name}Response"}}
        if self._model.protocol == "ec2":
            shape = self._model.shapes[use["shape"]] if use else {"members": {}}
            inside = self._shapes.structure(shape, shape["members"])
            properties = {"requestId": {"type": "string"}, **inside.get("properties", {})}
            return {**root, "properties": properties}
        identifier = {"type": "object", "properties": {"RequestId": {"type": "string"}}}
        properties = {"ResponseMetadata": identifier}
        if use is not None:
            properties = {
                use.get("resultWrapper", f"{name}Result"): self._shapes.reference(use)
            } | (properties)
        return {**root, "properties": properties}

    def _errors(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        """The answers to a refused request, by status, with an example of each error."""
        grouped: dict[str, list[str]] = {}
        for error in operation.get("errors", ()):
            facts = self._model.shapes[error["shape"]].get("error", {})
            usual = 500 if facts.get("fault") else 400
            grouped.setdefault(str(facts.get("httpStatusCode", usual)), []).append(error["shape"])
        if self._model.protocol == "json":
            grouped.setdefault("400", [])
        return {
            status: {
                "description": "The request is refused.",
                "content": {self._answer: self._error_content(sorted(names))},
            }
            for status, names in sorted(grouped.items())
        }

    def _error_content(self, names: list[str]) -> dict[str, Any]:
        content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}
        if self._json and names:
            content["examples"] = {
                name: {"value": {"__type": name, "message": words_of(name)}} for name in names
            }
        elif names:
            content["schema"] |= {"description": f"Its code is {', '.join(names)} or another."}
        return content

    def _text(self, use: Mapping[str, Any]) -> dict[str, str]:
        text = use.get("documentation") if self._with_texts else None
        return {"description": plain_text(text)} if text else {}


def error_schema(protocol: str) -> dict[str, Any]:
    """How the protocol answers when it refuses."""
    text = {"type": "string"}
    if protocol.endswith("json"):
        return {"type": "object", "properties": {"__type": text, "message": text, "Message": text}}
    parts = {"Code": text, "Message": text, "Type": text}
    error = {"type": "object", "properties": parts}
    if protocol == "ec2":
        errors = {"type": "object", "properties": {"Error": error}}
        return {
            "type": "object",
            "xml": {"name": "Response"},
            "properties": {"Errors": errors, "RequestID": text},
        }
    return {
        "type": "object",
        "xml": {"name": "ErrorResponse"},
        "properties": {"Error": error, "RequestId": text, **parts},
    }


def _required(shape: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(shape.get("required", ()))


def _prefixed(url: str, host_prefix: str) -> dict[str, Any]:
    """The server of an operation whose host begins with something of its own."""
    server: dict[str, Any] = {"url": url.replace("://", f"://{host_prefix}", 1)}
    names = [name.strip("{}") for name in _HOLE.findall(server["url"])]
    if names:
        server["variables"] = {
            name: {"default": "us-east-1" if name == "region" else name.lower()} for name in names
        }
    return server
