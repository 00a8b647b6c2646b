"""Plain data to Arazzo objects. Every fault is collected with its place; none is raised.

What is missing or of the wrong type is reported once and left out, so that one fault does not
hide the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from arazzo_runner.errors import Fault, NotArazzoError, did_you_mean
from arazzo_runner.model.objects import (
    Action,
    ArazzoDocument,
    Components,
    CriterionObject,
    Info,
    Parameter,
    Pointer,
    Replacement,
    RequestBody,
    Reusable,
    SourceDescription,
    Step,
    Workflow,
)
from arazzo_runner.model.versions import VERSIONS, find_version
from arazzo_runner.reading import Document
from arazzo_runner.values import Json, format_pointer, type_name

__all__ = ["build_document"]

T = TypeVar("T")


def build_document(document: Document) -> tuple[ArazzoDocument, tuple[Fault, ...]]:
    """The Arazzo objects of a document and every structural fault found on the way.

    Raises:
        NotArazzoError: the document is something else, or of a version this engine does not know.
    """
    data = document.data
    _check_kind(document)
    builder = _Builder(document)
    written = builder.field(data, (), "info", dict, required=True)
    info, given = written or {}, written is not None  # without info, its fields are not missed too
    workflows = builder.items(data, (), "workflows", builder.workflow, required=True)
    arazzo = ArazzoDocument(
        document=document,
        version=str(data["arazzo"]),
        self_uri=builder.text(data, (), "$self"),
        info=Info(
            title=builder.text(info, ("info",), "title", required=given) or "",
            version=builder.text(info, ("info",), "version", required=given) or "",
            summary=builder.text(info, ("info",), "summary"),
            description=builder.text(info, ("info",), "description"),
        ),
        sources=builder.items(data, (), "sourceDescriptions", builder.source, required=True),
        workflows=workflows,
        components=builder.components(builder.mapping(data, (), "components", optional=True)),
    )
    builder.check_unique("workflowId", [(w.workflow_id, w.pointer) for w in workflows])
    builder.check_unique("name", [(s.name, s.pointer) for s in arazzo.sources])
    return arazzo, tuple(builder.faults)


def _check_kind(document: Document) -> None:
    data = document.data
    if not isinstance(data, dict) or "arazzo" not in data:
        what, hint = "an Arazzo document starts with 'arazzo: 1.0.1' or 'arazzo: 1.1.0'", None
        if isinstance(data, dict):
            other = next((key for key in ("openapi", "swagger", "asyncapi") if key in data), None)
            if other:
                hint = f"this is an {other} description: name the workflow file that refers to it"
            else:
                hint = _misspelt("arazzo", data)
        raise NotArazzoError(
            f"{document.name} is not an Arazzo document: {what}",
            location=document.locate(()),
            hint=hint,
        )
    version = data["arazzo"]
    if isinstance(version, float | int) and not isinstance(version, bool):
        raise NotArazzoError(
            f"'arazzo: {version}' is a number, not a version string",
            kind="unquoted-scalar",
            location=document.locate(("arazzo",)),
            hint=f"write arazzo: '{version}.0'",
        )
    if not isinstance(version, str) or find_version(version) is None:
        known = " and ".join(f"{name}.x" for name in VERSIONS)
        raise NotArazzoError(
            f"Arazzo version {version!r} is not supported",
            kind="version-supported",
            location=document.locate(("arazzo",)),
            hint=f"this engine reads {known}",
        )


class _Builder:
    """Reads fields by type and keeps the faults."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []

    # -- faults ------------------------------------------------------------------------------

    def fault(self, rule: str, message: str, pointer: Pointer, hint: str | None = None) -> None:
        self.faults.append(
            Fault(
                rule,
                message,
                location=self.document.locate(pointer),
                hint=hint,
                pointer=format_pointer(pointer),
            )
        )

    def check_unique(self, field: str, names: list[tuple[str, Pointer]]) -> None:
        seen: dict[str, Pointer] = {}
        for name, pointer in names:
            if name in seen:
                first = self.document.locate(seen[name])
                self.fault(
                    f"{'source-name' if field == 'name' else _kebab(field)}-unique",
                    f"{field} '{name}' is used twice (first in line {first.line})",
                    (*pointer, field),
                )
            seen.setdefault(name, pointer)

    # -- fields by type ----------------------------------------------------------------------

    def field(
        self, data: Json, at: Pointer, name: str, kind: type | tuple[type, ...], *, required: bool
    ) -> Json:
        """The field when it is there and of the kind; None otherwise, with a fault."""
        if not isinstance(data, dict) or name not in data:
            if required and isinstance(data, dict):
                self.fault("required-field", f"'{name}' is missing", at, _misspelt(name, data))
            return None
        value = data[name]
        # A boolean is an int to Python, and no number to JSON.
        if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
            return value
        names = kind if isinstance(kind, tuple) else (kind,)
        wanted = " or ".join(dict.fromkeys(_KINDS[k] for k in names))
        self.fault("field-type", f"'{name}' must be {wanted}, not {type_name(value)}", (*at, name))
        return None

    def text(self, data: Json, at: Pointer, name: str, *, required: bool = False) -> str | None:
        """A string field; a number or date that YAML made of it is taken as written."""
        if isinstance(data, dict) and isinstance(data.get(name), int | float):
            value = data[name]
            if not isinstance(value, bool) and name not in ("url", "$self"):
                self.faults.append(
                    Fault(
                        "unquoted-scalar",
                        f"'{name}: {value}' is a number where a string is meant",
                        location=self.document.locate((*at, name)),
                        hint=f'write {name}: "{value}"',
                        severity="warning",
                        pointer=format_pointer((*at, name)),
                    )
                )
                return str(value)
        result: str | None = self.field(data, at, name, str, required=required)
        return result

    def mapping(
        self, data: Json, at: Pointer, name: str, *, optional: bool = False
    ) -> dict[str, Json]:
        return self.field(data, at, name, dict, required=not optional) or {}

    def items(
        self,
        data: Json,
        at: Pointer,
        name: str,
        build: Callable[[dict[str, Json], Pointer], T | None],
        *,
        required: bool = False,
    ) -> tuple[T, ...]:
        """A list field of objects, each built by ``build``; what cannot be built is left out."""
        values = self.field(data, at, name, list, required=required)
        if values is None:
            return ()
        built = []
        for index, value in enumerate(values):
            place = (*at, name, index)
            if not isinstance(value, dict):
                self.fault("field-type", f"'{name}' lists objects, not {type_name(value)}", place)
                continue
            item = build(value, place)
            if item is not None:
                built.append(item)
        return tuple(built)

    def strings(self, data: Json, at: Pointer, name: str) -> tuple[str, ...]:
        values = self.field(data, at, name, list, required=False) or []
        for index, value in enumerate(values):
            if not isinstance(value, str):
                self.fault(
                    "field-type",
                    f"'{name}' lists strings, not {type_name(value)}",
                    (*at, name, index),
                )
        return tuple(value for value in values if isinstance(value, str))

    # -- objects -----------------------------------------------------------------------------

    def source(self, data: dict[str, Json], at: Pointer) -> SourceDescription | None:
        name = self.text(data, at, "name", required=True)
        url = self.text(data, at, "url", required=True)
        if name is None or url is None:
            return None
        return SourceDescription(name, url, self.text(data, at, "type"), at)

    def workflow(self, data: dict[str, Json], at: Pointer) -> Workflow | None:
        workflow_id = self.text(data, at, "workflowId", required=True)
        if workflow_id is None:
            return None
        steps = self.items(data, at, "steps", self.step, required=True)
        self.check_unique("stepId", [(step.step_id, step.pointer) for step in steps])
        return Workflow(
            workflow_id=workflow_id,
            summary=self.text(data, at, "summary"),
            description=self.text(data, at, "description"),
            inputs=self.field(data, at, "inputs", dict, required=False),
            depends_on=self.strings(data, at, "dependsOn"),
            steps=steps,
            success_actions=self.items(data, at, "successActions", self.action_or_reusable),
            failure_actions=self.items(data, at, "failureActions", self.action_or_reusable),
            parameters=self.items(data, at, "parameters", self.parameter_or_reusable),
            outputs=self.mapping(data, at, "outputs", optional=True),
            pointer=at,
        )

    def step(self, data: dict[str, Json], at: Pointer) -> Step | None:
        step_id = self.text(data, at, "stepId", required=True)
        if step_id is None:
            return None
        body = self.field(data, at, "requestBody", dict, required=False)
        return Step(
            step_id=step_id,
            description=self.text(data, at, "description"),
            operation_id=self.text(data, at, "operationId"),
            operation_path=self.text(data, at, "operationPath"),
            workflow_id=self.text(data, at, "workflowId"),
            channel_path=self.text(data, at, "channelPath"),
            parameters=self.items(data, at, "parameters", self.parameter_or_reusable),
            request_body=None if body is None else self.request_body(body, (*at, "requestBody")),
            success_criteria=self.items(data, at, "successCriteria", self.criterion),
            on_success=self.items(data, at, "onSuccess", self.action_or_reusable),
            on_failure=self.items(data, at, "onFailure", self.action_or_reusable),
            outputs=self.mapping(data, at, "outputs", optional=True),
            depends_on=self.strings(data, at, "dependsOn"),
            timeout=self.field(data, at, "timeout", (int, float), required=False),
            action=self.text(data, at, "action"),
            correlation_id=data.get("correlationId"),
            pointer=at,
        )

    def parameter_or_reusable(
        self, data: dict[str, Json], at: Pointer
    ) -> Parameter | Reusable | None:
        return self.reusable(data, at) if "reference" in data else self.parameter(data, at)

    def action_or_reusable(self, data: dict[str, Json], at: Pointer) -> Action | Reusable | None:
        return self.reusable(data, at) if "reference" in data else self.action(data, at)

    def reusable(self, data: dict[str, Json], at: Pointer) -> Reusable | None:
        reference = self.text(data, at, "reference", required=True)
        if reference is None:
            return None
        return Reusable(reference, data.get("value"), "value" in data, at)

    def parameter(self, data: dict[str, Json], at: Pointer) -> Parameter | None:
        name = self.text(data, at, "name", required=True)
        location = self.text(data, at, "in")
        if "value" not in data:
            self.fault("required-field", "'value' is missing", at, _misspelt("value", data))
            return None
        return None if name is None else Parameter(name, location, data["value"], at)

    def request_body(self, data: dict[str, Json], at: Pointer) -> RequestBody:
        return RequestBody(
            content_type=self.text(data, at, "contentType"),
            payload=data.get("payload"),
            has_payload="payload" in data,
            replacements=self.items(data, at, "replacements", self.replacement),
            pointer=at,
        )

    def replacement(self, data: dict[str, Json], at: Pointer) -> Replacement | None:
        target = self.text(data, at, "target", required=True)
        kind, version = self.expression_type(data, at, "targetSelectorType")
        if "value" not in data:
            self.fault("required-field", "'value' is missing", at)
            return None
        return None if target is None else Replacement(target, data["value"], kind, version, at)

    def criterion(self, data: dict[str, Json], at: Pointer) -> CriterionObject | None:
        condition = self.condition(data, at)
        kind, version = self.expression_type(data, at, "type")
        if condition is None:
            return None
        context = self.text(data, at, "context")
        return CriterionObject(condition, context, kind or "simple", version, at)

    def condition(self, data: dict[str, Json], at: Pointer) -> str | None:
        """The condition; YAML may have made a boolean or number of a literal: taken as text."""
        value = data.get("condition")
        if isinstance(value, bool):
            return "true" if value else "false"
        return self.text(data, at, "condition", required=True)

    def expression_type(
        self, data: dict[str, Json], at: Pointer, name: str
    ) -> tuple[str | None, str | None]:
        """The type and version of a string or an Expression Type Object."""
        value = data.get(name)
        if isinstance(value, dict):
            kind = self.text(value, (*at, name), "type", required=True)
            return kind, self.text(value, (*at, name), "version", required=True)
        return self.text(data, at, name), None

    def action(self, data: dict[str, Json], at: Pointer) -> Action | None:
        kind = self.text(data, at, "type", required=True)
        name = self.text(data, at, "name", required=True)
        if kind is None:
            return None
        return Action(
            name=name or "",
            type=kind,
            step_id=self.text(data, at, "stepId"),
            workflow_id=self.text(data, at, "workflowId"),
            criteria=self.items(data, at, "criteria", self.criterion),
            parameters=self.items(data, at, "parameters", self.parameter_or_reusable),
            retry_after=self.not_negative(data, at, "retryAfter", (int, float)),
            retry_limit=self.not_negative(data, at, "retryLimit", int),
            pointer=at,
        )

    def not_negative(
        self, data: dict[str, Json], at: Pointer, name: str, kind: type | tuple[type, ...]
    ) -> Json:
        value = self.field(data, at, name, kind, required=False)
        if value is not None and value < 0:
            rule = "retry-after" if name == "retryAfter" else "retry-limit"
            self.fault(rule, f"'{name}' must not be negative", (*at, name))
            return None
        return value

    def components(self, data: dict[str, Json]) -> Components:
        def named(name: str, build: Callable[[dict[str, Json], Pointer], T | None]) -> dict[str, T]:
            result = {}
            for key, value in self.mapping(data, ("components",), name, optional=True).items():
                place = ("components", name, key)
                if not isinstance(value, dict):
                    self.fault("field-type", f"'{key}' must be an object", place)
                    continue
                item = build(value, place)
                if item is not None:
                    result[key] = item
            return result

        return Components(
            inputs=self.mapping(data, ("components",), "inputs", optional=True),
            parameters=named("parameters", self.parameter),
            success_actions=named("successActions", self.action),
            failure_actions=named("failureActions", self.action),
        )


_KINDS = {
    str: "a string",
    dict: "an object",
    list: "a list",
    int: "an integer",
    float: "a number",
    bool: "a boolean",
}


def _misspelt(name: str, data: dict[str, Json]) -> str | None:
    """A hint when one of the keys looks like a missing one."""
    near = next((key for key in data if did_you_mean(str(key), [name])), None)
    return None if near is None else f"write '{name}' instead of '{near}'"


def _kebab(field: str) -> str:
    return {"workflowId": "workflow-id", "stepId": "step-id"}.get(field, field)
