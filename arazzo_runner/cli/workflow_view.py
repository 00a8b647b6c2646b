"""What there is to show of a workflow, as data: for ``arazzo show`` and its ``--json``.

What needs the descriptions comes from the linked program; a step that could not be linked is shown
as the document has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from arazzo_runner.cli.example import (
    example_command,
    example_value,
    required_inputs,
    schema_parts,
)
from arazzo_runner.cli.inputs import input_schema
from arazzo_runner.errors import ArazzoError
from arazzo_runner.linking.program import LinkedStep, LinkedWorkflow, OperationCall, Program
from arazzo_runner.model import ArazzoDocument, Step, Workflow
from arazzo_runner.values import Json

__all__ = ["view_signature", "view_workflow"]


def view_workflow(
    file: str, document: ArazzoDocument, workflow: Workflow, program: Program
) -> dict[str, Json]:
    """A workflow as plain data."""
    key = program.entries.get(workflow.workflow_id)
    linked = None if key is None else program.workflows.get(key)
    root = document.document.data
    calls = [] if linked is None else list(_calls(linked))
    servers = list(_servers(calls))
    credentials = list(_credentials(calls))
    required = required_inputs(workflow.inputs, root)
    several = len(document.workflows) > 1
    return {
        "file": document.document.name,
        "workflowId": workflow.workflow_id,
        "summary": workflow.summary,
        "description": workflow.description,
        "inputs": list(_inputs(workflow.inputs, root, required)),
        "dependsOn": list(workflow.depends_on),
        "steps": list(_steps(workflow, linked)),
        "servers": servers,
        "credentials": credentials,
        "outputs": list(workflow.outputs),
        "example": example_command(
            file,
            workflow.workflow_id if several else None,
            {n: example_value(n, input_schema(workflow.inputs, n, root), root) for n in required},
            workflow.inputs,
            root,
            options=list(_options(servers, credentials)),
        ),
    }


# -- inputs ------------------------------------------------------------------------------------


def _inputs(schema: Json, root: Json, required: list[str]) -> Iterator[Json]:
    names: dict[str, None] = {}
    for part in schema_parts(schema, root):
        properties = part.get("properties")
        names.update(dict.fromkeys(properties if isinstance(properties, dict) else ()))
    names.update(dict.fromkeys(required))
    for name in names:
        own = input_schema(schema, name, root)
        own = own if isinstance(own, dict) else {}
        data: dict[str, Json] = {
            "name": name,
            "type": _type_label(own, root),
            "required": name in required,
        }
        for keyword in ("default", "enum", "format"):
            if keyword in own:
                data[keyword] = own[keyword]
        data["description"] = own.get("description") or own.get("title")
        yield data


def _type_label(schema: Json, root: Json) -> str:
    for part in schema_parts(schema, root):
        kind = part.get("type")
        if isinstance(kind, list):
            return " or ".join(str(k) for k in kind)
        if kind == "array":
            items = next(iter(schema_parts(part.get("items"), root)), {})
            inner = items.get("type")
            return f"array of {inner}" if isinstance(inner, str) else "array"
        if isinstance(kind, str):
            return kind
    return "any"


# -- steps -------------------------------------------------------------------------------------


def _steps(workflow: Workflow, linked: LinkedWorkflow | None) -> Iterator[Json]:
    """The linked steps in their order of execution, then those that could not be linked."""
    written = {step.step_id: step for step in workflow.steps}
    for one in linked.steps if linked is not None else ():
        yield _linked_step(one, written.pop(one.step_id, None))
    for step in written.values():
        yield _written_step(step)


def _written_step(step: Step) -> dict[str, Json]:
    data: dict[str, Json] = {"stepId": step.step_id, "description": step.description}
    if step.workflow_id is not None:
        data["workflow"] = step.workflow_id
    else:
        what = step.operation_id or step.operation_path or step.channel_path
        data["operation"] = {"operationId": what} if what else None
    return data


def _linked_step(step: LinkedStep, written: Step | None) -> dict[str, Json]:
    description = written.description if written else step.description
    data: dict[str, Json] = {"stepId": step.step_id, "description": description}
    target = step.target
    if isinstance(target, OperationCall):
        operation = target.operation
        data["operation"] = {
            "operationId": operation.operation_id,
            "method": operation.method,
            "path": operation.path,
            "source": target.source_name,
            "server": target.base_url,
        }
    else:
        data["workflow"] = target.workflow_id
    return data


def _calls(linked: LinkedWorkflow) -> Iterator[OperationCall]:
    for step in linked.steps:
        if isinstance(step.target, OperationCall):
            yield step.target


# -- servers and credentials -------------------------------------------------------------------


def _servers(calls: list[OperationCall]) -> Iterator[dict[str, Json]]:
    seen = set()
    for call in calls:
        key = (call.source_name, call.base_url)
        if key in seen:
            continue
        seen.add(key)
        variables = call.operation.servers[0].variables if call.operation.servers else {}
        yield {
            "source": call.source_name,
            "url": call.base_url,
            "declaredUrl": call.declared_url,
            "variables": {name: variable.default for name, variable in variables.items()},
        }


def _credentials(calls: list[OperationCall]) -> Iterator[dict[str, Json]]:
    """AWS signatures and security requirements, each once."""
    seen: list[dict[str, Json]] = []
    for call in calls:
        for need in (view_signature(call), *_security(call)):
            if need is not None and need not in seen:
                seen.append(need)
                yield need


def view_signature(call: OperationCall) -> dict[str, Json] | None:
    """The AWS signature of a call's requests; None when there is none."""
    from arazzo_runner.auth import AwsSettings, plan_signing

    try:
        plan = plan_signing(call.declared_url, call.wants_sigv4, AwsSettings())
    except ArazzoError as error:
        return {"source": call.source_name, "kind": "aws-sigv4", "problem": error.message}
    if plan is None:
        return None
    return {
        "source": call.source_name,
        "kind": "aws-sigv4",
        "service": plan.service,
        "region": plan.region,
    }


def _security(call: OperationCall) -> Iterator[dict[str, Json] | None]:
    """The operation's alternatives, each a list of schemes that are needed together."""
    if call.wants_sigv4 or not call.operation.security:
        return
    schemes = call.description.security_schemes
    alternatives = []
    for requirement in call.operation.security:
        together = []
        for name, scopes in requirement.items():
            scheme = schemes.get(name)
            entry: dict[str, Json] = {"name": name, "type": None, "in": None, "detail": None}
            if scheme is not None:
                detail = scheme.scheme or scheme.parameter
                entry.update(type=scheme.type, detail=detail)
                entry["in"] = scheme.location
            together.append({**entry, "scopes": list(scopes)})
        alternatives.append(together)
    yield {"source": call.source_name, "kind": "security", "anyOf": alternatives}


def _options(servers: list[Json], credentials: list[Json]) -> Iterator[str]:
    """The options that an example needs besides inputs."""
    from shlex import quote

    for server in servers:
        parts = urlsplit(server["url"])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            yield f"--server {quote(server['source'] + '=http://127.0.0.1:8080')}"
    given: dict[str, None] = {}
    for need in credentials:
        alternatives = need.get("anyOf") or []
        if alternatives and [] not in alternatives:
            for scheme in alternatives[0]:
                given[f"{need['source']}.{scheme['name']}={_placeholder(scheme)}"] = None
    for one in given:
        yield f"--auth {quote(one)}"


def _placeholder(scheme: Json) -> str:
    """What stands for the credential of a scheme in an example."""
    kind, detail = scheme["type"], str(scheme["detail"] or "").lower()
    if kind == "http" and detail in ("basic", "digest"):
        return "USER:PASSWORD"
    if kind == "mutualTLS":
        return "FILE.pem"
    return "VALUE" if kind == "apiKey" else "TOKEN"
