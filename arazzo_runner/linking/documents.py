"""Linking one Arazzo document: its sources, its components, its names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from arazzo_runner.errors import Fault, did_you_mean
from arazzo_runner.expressions import Names, ToleranceUse, WorkflowNames
from arazzo_runner.linking.faults import FaultSink
from arazzo_runner.linking.inputs import resolve_local
from arazzo_runner.linking.sources import LinkedSource, SourceLoader, base_uri
from arazzo_runner.model import (
    Action,
    ArazzoDocument,
    Parameter,
    Pointer,
    Reusable,
    Version,
    Workflow,
    find_version,
)
from arazzo_runner.values import Json

__all__ = ["DocumentLinker"]


class DocumentLinker:
    """What linking needs to know of one document. ``number`` is its place in the program."""

    def __init__(
        self,
        arazzo: ArazzoDocument,
        number: int,
        loader: SourceLoader | None,
        faults: list[Fault],
    ) -> None:
        self.arazzo = arazzo
        self.number = number
        self.sink = FaultSink(arazzo.document, faults)
        self._faults = faults
        self._loader = loader
        self._sources: dict[str, LinkedSource | None] = {}

    @cached_property
    def version(self) -> Version:
        """The document's row of the version table."""
        version = find_version(self.arazzo.version)
        assert version is not None
        return version

    @cached_property
    def source_names(self) -> frozenset[str]:
        """The declared names of source descriptions."""
        return frozenset(source.name for source in self.arazzo.sources)

    @cached_property
    def self_uri(self) -> str | None:
        """What ``$self`` reads: the canonical URI, None without one (EXR-10)."""
        return base_uri(self.arazzo) if self.arazzo.self_uri else None

    # -- faults ------------------------------------------------------------------------------

    def tolerance(self, rule: str, written: str, read_as: str, at: Pointer) -> None:
        """A use of a tolerance of linking."""
        self.sink.tolerances([ToleranceUse(rule, written, read_as)], at)

    def reported(self, at: Pointer) -> bool:
        """True when an error was reported at this very place."""
        where = self.arazzo.document.locate(at)
        return any(f.severity == "error" and f.location == where for f in self._faults)

    # -- sources -----------------------------------------------------------------------------

    def source(self, name: str, at: Pointer) -> LinkedSource | None:
        """A source by name, loaded; None after reporting, or when no source is to be read."""
        if name not in self.source_names:
            self.sink.add(
                "source-ref-unknown",
                f"there is no source description '{name}'",
                at,
                hint=did_you_mean(name, self.source_names),
            )
            return None
        if name not in self._sources:
            source = next(s for s in self.arazzo.sources if s.name == name)
            loader = self._loader
            loaded = None if loader is None else loader.load(self.arazzo, source, self.sink)
            self._sources[name] = loaded
        return self._sources[name]

    def unavailable(self, name: str) -> bool:
        """Whether a source was wanted and could not be had, which is reported by then."""
        return name in self._sources and self._sources[name] is None

    def descriptions(self, at: Pointer) -> list[LinkedSource] | None:
        """All OpenAPI sources, loaded; None when one of them cannot be had (it is reported)."""
        loaded = [
            self.source(source.name, at)
            for source in self.arazzo.sources
            if source.type not in ("arazzo", "asyncapi")
        ]
        if any(source is None for source in loaded):
            return None
        return [s for s in loaded if s is not None and s.description is not None]

    def loaded_sources(self) -> list[LinkedSource]:
        """The sources that something needed."""
        return [source for source in self._sources.values() if source is not None]

    # -- components --------------------------------------------------------------------------

    def parameter(self, item: Parameter | Reusable) -> Parameter | None:
        """A parameter itself, or the one a Reusable Object names, with its ``value`` (CMP-06)."""
        if isinstance(item, Parameter):
            return item
        found = self._component(item, "parameters", self.arazzo.components.parameters)
        if found is None:
            return None
        value = item.value if item.has_value else found.value
        at = (*item.pointer, "value") if item.has_value else (*found.pointer, "value")
        return Parameter(found.name, found.location, value, at[:-1])

    def parameters(self, items: Iterable[Parameter | Reusable]) -> list[Parameter]:
        """As :meth:`parameter`, for a list; those that cannot be found are reported."""
        found = [self.parameter(item) for item in items]
        return [parameter for parameter in found if parameter is not None]

    def action(self, item: Action | Reusable, kind: str) -> Action | None:
        """An action itself, or the one a Reusable Object names. ``kind``: successActions, …"""
        if isinstance(item, Action):
            return item
        components = self.arazzo.components
        known = (
            components.success_actions if kind == "successActions" else components.failure_actions
        )
        found: Action | None = self._component(item, kind, known)
        return found

    def _component(self, item: Reusable, kind: str, known: Mapping[str, Any]) -> Any:
        at = (*item.pointer, "reference")
        prefix = f"$components.{kind}."
        if not item.reference.startswith(prefix):
            self.sink.add(
                "reusable-reference",
                f"'{item.reference}' does not refer to {kind} of components",
                at,
                hint=f"write {prefix}<name>",
            )
            return None
        name = item.reference.removeprefix(prefix)
        if name not in known:
            self.sink.add(
                "reusable-exists",
                f"components.{kind} has no '{name}'",
                at,
                hint=did_you_mean(name, known),
            )
            return None
        return known[name]

    # -- names -------------------------------------------------------------------------------

    def inputs_schema(self, workflow: Workflow) -> Json:
        """The workflow's inputs schema, its own ``$ref`` followed."""
        return resolve_local(workflow.inputs, self.arazzo.document.data)

    def input_names(self, workflow: Workflow) -> frozenset[str]:
        """The declared inputs of a workflow."""
        return self._declared_inputs(workflow) or frozenset()

    def _declared_inputs(self, workflow: Workflow) -> frozenset[str] | None:
        """The declared inputs; None when the workflow declares none: any name can be meant."""
        schema = self.inputs_schema(workflow)
        properties = schema.get("properties") if isinstance(schema, dict) else None
        return frozenset(properties) if isinstance(properties, dict) else None

    @cached_property
    def _known_steps(self) -> dict[Pointer, dict[str, frozenset[str]]]:
        return {}

    @cached_property
    def _workflow_names(self) -> dict[str, WorkflowNames]:
        return {
            workflow.workflow_id: WorkflowNames(
                self._declared_inputs(workflow), frozenset(workflow.outputs)
            )
            for workflow in self.arazzo.workflows
        }

    def _step_names(self, workflow: Workflow) -> dict[str, frozenset[str]]:
        """The outputs of each step: made once, not for each step that asks."""
        known = self._known_steps.get(workflow.pointer)
        if known is None:
            known = {step.step_id: frozenset(step.outputs) for step in workflow.steps}
            self._known_steps[workflow.pointer] = known
        return known

    def names(self, workflow: Workflow, outputs: frozenset[str] | None = None) -> Names:
        """What the expressions of a workflow can refer to."""
        return Names(
            inputs=self._declared_inputs(workflow),
            steps=self._step_names(workflow),
            workflows=self._workflow_names,
            outputs=outputs,
            sources=self.source_names,
        )
