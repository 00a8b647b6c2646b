"""What a step calls: an operation bound to a server, or a workflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arazzo_runner.errors import ArazzoError
from arazzo_runner.linking.operations import find_operation
from arazzo_runner.linking.program import OperationCall, WorkflowCall
from arazzo_runner.linking.sources import LinkedSource
from arazzo_runner.model import Parameter, Pointer, Step

if TYPE_CHECKING:
    from arazzo_runner.linking.documents import DocumentLinker
    from arazzo_runner.linking.linker import Linker
    from arazzo_runner.openapi import Binding, Operation
    from arazzo_runner.openapi.objects import Note

__all__ = ["Call", "link_call"]

Call = tuple[OperationCall | WorkflowCall, Sequence[tuple[Parameter, bool]]]
"""The target of a step, and its parameters with whether each must have a value."""


def link_call(
    linker: Linker,
    document: DocumentLinker,
    step: Step,
    parameters: Sequence[tuple[Parameter, bool]],
) -> Call | None:
    """What a step calls; None after reporting why that cannot be linked.

    ``parameters`` come with whether each is the step's own.
    """
    if not _has_one_target(document, step):
        return None
    if step.workflow_id is not None:
        return _workflow(linker, document, step, parameters)
    try:
        found = find_operation(document, step)
    except ArazzoError as error:  # a part of the description that cannot be resolved
        document.sink.add("step-operation", str(error), step.pointer)
        return None
    if found is None:
        return None
    source, operation = found
    meant = [p for p, own in parameters if own or _has_place(p, operation)]
    return _operation(linker, document, step, source, operation, meant)


def _has_place(parameter: Parameter, operation: Operation) -> bool:
    """Whether an inherited parameter is meant for the operation: not a path's of another one."""
    names = (f"{{{parameter.name}}}", f"{{{parameter.name}+}}")
    return parameter.location != "path" or any(name in operation.path for name in names)


def _has_one_target(document: DocumentLinker, step: Step) -> bool:
    targets = {
        "operationId": step.operation_id,
        "operationPath": step.operation_path,
        "workflowId": step.workflow_id,
        "channelPath": step.channel_path,
    }
    given = [name for name, value in targets.items() if value is not None]
    if not given:
        document.sink.add(
            "step-target-present",
            f"step '{step.step_id}' has no operationId, operationPath or workflowId",
            step.pointer,
        )
        return False
    if len(given) > 1:
        document.sink.add(
            "step-target-exclusive",
            f"step '{step.step_id}' has both {given[0]} and {given[1]}",
            (*step.pointer, given[1]),
            hint="leave one of them out",
        )
        return False
    if step.channel_path is not None or step.action is not None:
        document.sink.add(
            "asyncapi-unsupported",
            f"step '{step.step_id}' is an AsyncAPI step: these cannot be run yet",
            (*step.pointer, "channelPath" if step.channel_path is not None else "action"),
        )
        return False
    return True


# -- workflows -----------------------------------------------------------------------------------


def _workflow(
    linker: Linker,
    document: DocumentLinker,
    step: Step,
    parameters: Sequence[tuple[Parameter, bool]],
) -> Call | None:
    at = (*step.pointer, "workflowId")
    call = linker.workflow_call(document, step.workflow_id or "", at, "step-workflow-exists")
    if call is None:
        return None
    declared, required = linker.inputs_of(call.key)
    kept: list[tuple[Parameter, bool]] = []
    for parameter, own in parameters:
        if not own and parameter.name not in declared:
            continue  # meant for operations
        if own and parameter.location is not None:
            document.sink.add(
                "parameter-in-workflow",
                f"'in: {parameter.location}' has no meaning for a workflow: parameter "
                f"'{parameter.name}' becomes its input",
                (*parameter.pointer, "in"),
                severity="warning",
            )
        kept.append((parameter, parameter.name in required))
    return call, kept


# -- operations ----------------------------------------------------------------------------------


def _operation(
    linker: Linker,
    document: DocumentLinker,
    step: Step,
    source: LinkedSource,
    operation: Operation,
    parameters: Sequence[Parameter],
) -> Call | None:
    if source.description is None:
        return None
    from arazzo_runner.openapi import bind

    placed = [_placed(document, operation, parameter) for parameter in parameters]
    kept = [parameter for parameter in placed if parameter is not None]
    kept = [_spelt(document, operation, parameter, kept) for parameter in kept]
    urls = _server(linker, document, step, source, operation)
    if urls is None:
        return None
    declared_url, base_url = urls
    body = step.request_body
    at = step.pointer
    try:
        binding = bind(
            operation,
            base_url=base_url,
            parameters=[(p.name, p.location or "") for p in kept],
            content_type=body.content_type if body is not None else None,
            has_body=body is not None and body.has_payload,
        )
        wants_sigv4, schemes = _security(source, operation)
    except ArazzoError as error:
        document.sink.add("step-operation", str(error), at)
        return None
    for note in binding.notes:
        document.sink.add(note.rule, note, _place(step, kept, note), severity="warning")
    _report_missing(document, step, binding, operation)
    call = OperationCall(
        source_name=source.name,
        description=source.description,
        operation=operation,
        binding=binding,
        declared_url=declared_url,
        base_url=base_url,
        wants_sigv4=wants_sigv4,
        schemes=schemes,
    )
    return call, [(p, binding.required(index)) for index, p in enumerate(kept)]


def _place(step: Step, parameters: Sequence[Parameter], note: Note) -> Pointer:
    """What a note is about: a parameter, the body, or the operation."""
    if note.parameter is not None:
        return (*parameters[note.parameter].pointer, "name")
    if note.rule.startswith("request-body") and step.request_body is not None:
        return step.request_body.pointer
    return (*step.pointer, "operationId" if step.operation_id is not None else "operationPath")


def _placed(
    document: DocumentLinker, operation: Operation, parameter: Parameter
) -> Parameter | None:
    """The parameter with its place; one without ``in`` goes where the operation declares it."""
    if parameter.location is not None:
        return parameter
    places = [p.location for p in operation.parameters if p.name == parameter.name]
    if len(places) == 1:
        document.tolerance(
            "parameter-in-required",
            f"name: {parameter.name}",
            f"in: {places[0]}",
            parameter.pointer,
        )
        return Parameter(parameter.name, places[0], parameter.value, parameter.pointer)
    document.sink.add(
        "parameter-in-required",
        f"parameter '{parameter.name}' does not say where it goes",
        parameter.pointer,
        hint=f"add 'in: {places[0]}'" if places else "add 'in: query', or header, path, cookie",
    )
    return None


def _spelt(
    document: DocumentLinker, operation: Operation, parameter: Parameter, all_: Sequence[Parameter]
) -> Parameter:
    """The parameter, by the name of the path variable it must mean (``pet_id``: ``petId``)."""
    if parameter.location != "path":
        return parameter
    declared = [p.name for p in operation.parameters if p.location == "path"]
    given = {p.name for p in all_ if p.location == "path"}
    meant = [n for n in declared if n not in given and _plain(n) == _plain(parameter.name)]
    if parameter.name in declared or len(meant) != 1:
        return parameter
    at = (*parameter.pointer, "name")
    document.tolerance("parameter-name-form", parameter.name, meant[0], at)
    return Parameter(meant[0], "path", parameter.value, parameter.pointer)


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _report_missing(
    document: DocumentLinker, step: Step, binding: Binding, operation: Operation
) -> None:
    from arazzo_runner.openapi.repeating import key_header

    for parameter in binding.missing:
        if parameter.location == "header" and parameter.name == key_header(operation):
            continue  # a run adds it
        # A header or cookie may come from credentials or from the caller; a hole in the path
        # cannot be sent at all.
        fatal = parameter.location == "path"
        document.sink.add(
            "parameter-path-template" if fatal else "parameter-required-missing",
            f"step '{step.step_id}' gives no '{parameter.name}' ({parameter.location}), which "
            f"{operation.method} {operation.path} requires",
            step.pointer,
            hint=f"add a parameter with name: {parameter.name} and in: {parameter.location}",
            severity="error" if fatal else "warning",
        )


def _server(
    linker: Linker,
    document: DocumentLinker,
    step: Step,
    source: LinkedSource,
    operation: Operation,
) -> tuple[str, str] | None:
    """The declared server's URL and the one to use; None after reporting there is none."""
    settings = linker.settings
    override = settings.servers.get(source.name)
    prefix = f"{source.name}."
    variables = {
        name.removeprefix(prefix): value
        for name, value in settings.server_variables.items()
        if name.startswith(prefix)
    }
    if settings.region is not None:
        variables.setdefault("region", settings.region)
    declared = ""
    problem = f"source description '{source.name}' declares no server"
    if operation.servers:
        try:
            declared = operation.servers[0].resolve(variables)
        except ArazzoError as error:
            problem = error.message
    if override is not None:
        return declared or override, override.rstrip("/")
    if not declared.startswith(("http://", "https://")):
        if declared:
            written = operation.servers[0].url
            problem = f"the server of source description '{source.name}' is only '{written}'"
        document.sink.add(
            "server-missing",
            f"step '{step.step_id}' cannot be sent: {problem}",
            step.pointer,
            hint=f"give it with --server {source.name}=URL",
            severity="warning" if linker.settings.any_server else "error",
        )
        return (declared, declared) if linker.settings.any_server else None
    return declared, declared.rstrip("/")


def _security(source: LinkedSource, operation: Operation) -> tuple[bool, tuple[str, ...]]:
    """Whether a scheme asks for SigV4, and the schemes needed when no alternative is free."""
    if source.description is None or not operation.security:
        return False, ()
    known = source.description.security_schemes
    wants = any(
        name in known and known[name].is_sigv4
        for alternative in operation.security
        for name in alternative
    )
    if wants or any(not alternative for alternative in operation.security):
        return wants, ()
    return False, tuple(dict.fromkeys(name for a in operation.security for name in a))
