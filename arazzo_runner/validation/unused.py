"""Components that nothing uses: the linker does not meet them, their texts are read anyway."""

from __future__ import annotations

from arazzo_runner.errors import Fault
from arazzo_runner.linking.faults import FaultSink
from arazzo_runner.linking.producers import ProducerCompiler
from arazzo_runner.model import Action, ArazzoDocument, Parameter
from arazzo_runner.validation.parts import Subject

__all__ = ["unused_components"]


def unused_components(subject: Subject, arazzo: ArazzoDocument) -> list[Fault]:
    """The faults in expressions and criteria of parameters and actions that nothing refers to."""
    used = {reusable.text("reference") for reusable in subject.of("Reusable")}
    components = arazzo.components
    faults: list[Fault] = []
    compiler = None
    for kind, known in (
        ("parameters", components.parameters),
        ("successActions", components.success_actions),
        ("failureActions", components.failure_actions),
    ):
        for name, component in known.items():
            if f"$components.{kind}.{name}" in used:
                continue
            if compiler is None:
                components_part = subject.part(("components",))
                assert components_part is not None
                compiler = ProducerCompiler(
                    subject.names_for(components_part),
                    FaultSink(subject.document, faults),
                    selectors=subject.version.selectors,
                )
            _read(component, compiler)
    return faults


def _read(component: Parameter | Action, compiler: ProducerCompiler) -> None:
    if isinstance(component, Parameter):
        compiler.value(component.value, (*component.pointer, "value"), what="", required=False)
        return
    compiler.criteria(component.criteria)
    for parameter in component.parameters:
        if isinstance(parameter, Parameter):
            _read(parameter, compiler)
