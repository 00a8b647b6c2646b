"""Objects and descriptions to a program: every reference resolved, every expression compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import Fault, did_you_mean
from arazzo_runner.expressions import WorkflowsExpression
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.linking.documents import DocumentLinker
from arazzo_runner.linking.inputs import resolve_local
from arazzo_runner.linking.producers import ProducerCompiler
from arazzo_runner.linking.program import LinkedWorkflow, Program, WorkflowCall
from arazzo_runner.linking.sources import LinkedSource, SourceLoader, source_fields
from arazzo_runner.linking.steps import StepLinker
from arazzo_runner.model import ArazzoDocument, Pointer, Step, Workflow, build_document
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Document, Loader
from arazzo_runner.values import EMPTY

if TYPE_CHECKING:
    from arazzo_runner.openapi import Description

__all__ = ["LinkSettings", "Linked", "link"]

_FOREIGN: Final = lazy_pattern(r"\$sourceDescriptions\.([A-Za-z0-9_\-]+)\.(.+)", re.DOTALL)


class LinkSettings(NamedTuple):
    """What the caller decides about linking.

    ``servers`` maps source names to the URL used in place of the declared server;
    ``server_variables`` maps ``NAME.VARIABLE`` to values. ``region`` is the value of a server
    variable of that name which is not given otherwise: a signature for one region must not go to
    another. ``any_server`` accepts operations without a usable server, for commands that send
    nothing. Without ``sources`` no source description is read: what needs one is not looked at;
    with ``all_sources`` each one is, used or not.
    """

    servers: Mapping[str, str] = EMPTY
    server_variables: Mapping[str, str] = EMPTY
    region: str | None = None
    any_server: bool = False
    sources: bool = True
    all_sources: bool = False


class Linked(NamedTuple):
    """A program and every fault found; with errors among them, the program must not be run.

    ``sources`` are the source descriptions of the entry document that were read.
    """

    program: Program
    faults: tuple[Fault, ...]
    sources: tuple[LinkedSource, ...] = ()

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that stop a run."""
        return tuple(fault for fault in self.faults if fault.severity == "error")


def link(
    document: Document,
    loader: Loader,
    settings: LinkSettings | None = None,
    *,
    workflow_id: str | None = None,
    provided: Sequence[Document] = (),
) -> Linked:
    """Link a document, or only what one of its workflows comes to.

    ``provided`` are further documents that may be meant by their ``$self``.

    Raises:
        NotArazzoError: the document is not an Arazzo document.
    """
    linker = Linker(SourceLoader(loader, (document, *provided)), settings or LinkSettings())
    entry = linker.document(document)
    wanted = [w for w in entry.arazzo.workflows if workflow_id in (None, w.workflow_id)]
    for workflow in wanted:
        linker.require(entry, workflow)
    linker.work()
    if linker.settings.all_sources:
        for source in entry.arazzo.sources:
            entry.source(source.name, (*source.pointer, "url"))
    return linker.finish(entry)


class Linker:
    """Links workflows until no called workflow is left."""

    def __init__(self, sources: SourceLoader, settings: LinkSettings) -> None:
        self.settings = settings
        self._sources = sources
        self._faults: list[Fault] = []
        self._structure: list[tuple[int, Fault]] = []
        self._documents: dict[str, DocumentLinker] = {}
        self._by_number: list[DocumentLinker] = []
        self._workflows: dict[str, tuple[DocumentLinker, Workflow]] = {}
        self._linked: dict[str, LinkedWorkflow] = {}

    # -- documents and workflows -------------------------------------------------------------

    def document(self, document: Document) -> DocumentLinker:
        """The linker of an Arazzo document, built once."""
        found = self._documents.get(document.uri)
        if found is None:
            arazzo, faults = build_document(document)
            number = len(self._by_number)
            sources = self._sources if self.settings.sources else None
            found = DocumentLinker(arazzo, number, sources, self._faults)
            self._structure.extend((number, fault) for fault in faults)
            self._documents[document.uri] = found
            self._by_number.append(found)
        return found

    def require(self, document: DocumentLinker, workflow: Workflow) -> str:
        """The key of a workflow, which will be linked."""
        key = f"{document.number}:{workflow.workflow_id}"
        self._workflows.setdefault(key, (document, workflow))
        return key

    def workflow_call(
        self, document: DocumentLinker, text: str, at: Pointer, rule: str
    ) -> WorkflowCall | None:
        """The workflow that a reference names; None after reporting (ST-10, ACT-07)."""
        foreign = _FOREIGN.fullmatch(text)
        name = text
        if foreign:
            source = document.source(foreign[1], at)
            if source is None:
                self._check_declared(document, foreign[1], text, at, rule)
                return None
            if source.kind != "arazzo":
                document.sink.add(
                    rule,
                    f"'{text}' names source description '{source.name}' at "
                    f"{source.document.name}, which is not an Arazzo document",
                    at,
                )
                return None
            document_named, name = self.document(source.document), foreign[2]
        else:
            document_named = document
        workflow = document_named.arazzo.workflow(name)
        if workflow is None and name.startswith(("workflows.", "$workflows.")):
            plain = name.partition("workflows.")[2]
            workflow = document_named.arazzo.workflow(plain)
            if workflow is not None:
                prefix = f"$sourceDescriptions.{foreign[1]}." if foreign else ""
                document.tolerance("workflow-id-form", text, prefix + plain, at)
        if workflow is None:
            known = [w.workflow_id for w in document_named.arazzo.workflows]
            hint = did_you_mean(name, known)
            prefix, _, rest = name.partition(".")
            if foreign is None and rest and prefix in document.source_names:
                hint = f"write $sourceDescriptions.{name}"
            document.sink.add(rule, f"workflow '{name}' is not found", at, hint=hint)
            return None
        return WorkflowCall(self.require(document_named, workflow), workflow.workflow_id)

    def _check_declared(
        self, document: DocumentLinker, name: str, text: str, at: Pointer, rule: str
    ) -> None:
        """Report a source of workflows that says itself that it has none, when it is not read."""
        declared = next((s for s in document.arazzo.sources if s.name == name), None)
        if not self.settings.sources and declared and declared.type not in (None, "arazzo"):
            document.sink.add(
                rule,
                f"'{text}' names source description '{name}', which is of type {declared.type}",
                at,
                hint="workflows are in sources of type arazzo",
            )

    def inputs_of(self, key: str) -> tuple[frozenset[str], frozenset[str]]:
        """The declared inputs of a workflow, and those it needs: required and without a default."""
        document, workflow = self._workflows[key]
        schema = document.inputs_schema(workflow)
        names = schema.get("required") if isinstance(schema, dict) else None
        properties = schema.get("properties") if isinstance(schema, dict) else None
        defaults = {
            name
            for name, part in (properties if isinstance(properties, dict) else {}).items()
            if isinstance(meant := resolve_local(part, document.arazzo.document.data), dict)
            and "default" in meant
        }
        required = [n for n in names if isinstance(n, str)] if isinstance(names, list) else []
        return document.input_names(workflow), frozenset(required) - defaults

    def child_outputs(self, document: DocumentLinker, step: Step) -> frozenset[str] | None:
        """The outputs of the workflow that a step runs: what ``$outputs`` reads in it (A-41)."""
        if step.workflow_id is None or step.workflow_id.startswith("$"):
            return None
        workflow = document.arazzo.workflow(step.workflow_id)
        return None if workflow is None else frozenset(workflow.outputs)

    # -- linking -----------------------------------------------------------------------------

    def work(self) -> None:
        """Link every required workflow; linking one may require more."""
        while len(self._linked) < len(self._workflows):
            for key in [key for key in self._workflows if key not in self._linked]:
                self._linked[key] = self._link(key)
        for key in self._workflows:
            self._check_dependencies(key)

    def _link(self, key: str) -> LinkedWorkflow:
        document, workflow = self._workflows[key]
        depends_on = [
            self.workflow_call(
                document,
                name,
                (*workflow.pointer, "dependsOn", index),
                "workflow-depends-on-exists",
            )
            for index, name in enumerate(workflow.depends_on)
        ]
        steps = StepLinker(self, document, workflow)
        linked = steps.link()
        compiler = ProducerCompiler(
            document.names(workflow, frozenset(workflow.outputs)),
            document.sink,
            selectors=document.version.selectors,
        )
        outputs = tuple(
            compiler.output(name, value, (*workflow.pointer, "outputs", name))
            for name, value in workflow.outputs.items()
        )
        expressions = (*steps.expressions, *compiler.expressions)
        return LinkedWorkflow(
            key=key,
            workflow_id=workflow.workflow_id,
            document=document.number,
            source=workflow,
            inputs_schema=workflow.inputs,
            input_names=document.input_names(workflow),
            steps=linked,
            depends_on=tuple(call.key for call in depends_on if call is not None),
            outputs=outputs,
            sources=source_fields(document.arazzo.sources),
            components=_readable_components(document.arazzo),
            self_uri=document.self_uri,
            reads_workflows=any(isinstance(e, WorkflowsExpression) for e in expressions),
        )

    def _check_dependencies(self, key: str) -> None:
        """Report a workflow that depends on itself (WF-09)."""
        todo, seen = list(self._linked[key].depends_on), set[str]()
        while todo:
            current = todo.pop()
            if current == key:
                document, workflow = self._workflows[key]
                document.sink.add(
                    "workflow-depends-on-cycle",
                    f"workflow '{workflow.workflow_id}' depends on itself",
                    (*workflow.pointer, "dependsOn"),
                )
                return
            if current not in seen:
                seen.add(current)
                todo.extend(self._linked[current].depends_on)

    # -- the end -----------------------------------------------------------------------------

    def finish(self, entry: DocumentLinker) -> Linked:
        """The program and all faults, errors first, each in the order of its document."""
        faults = [*self._structural(), *self._faults]
        faults.sort(key=lambda f: (f.severity != "error", _place(f)))
        entries = {
            workflow.workflow_id: f"{entry.number}:{workflow.workflow_id}"
            for workflow in entry.arazzo.workflows
        }
        program = Program(
            documents=tuple(document.arazzo for document in self._by_number),
            descriptions=self._descriptions(entry),
            workflows=self._linked,
            entries=entries,
            warnings=tuple(fault for fault in faults if fault.severity == "warning"),
        )
        return Linked(program, tuple(faults), tuple(entry.loaded_sources()))

    def _structural(self) -> Iterable[Fault]:
        """Structural faults: errors where something linked is touched, warnings elsewhere."""
        linked = {
            (document.number, str(workflow.pointer[1]))
            for document, workflow in self._workflows.values()
        }
        for number, fault in self._structure:
            parts = fault.pointer.split("/")[1:]
            elsewhere = parts[:1] == ["info"] or (
                parts[:1] == ["workflows"] and len(parts) > 2 and (number, parts[1]) not in linked
            )
            if elsewhere and fault.severity == "error":
                yield Fault(
                    fault.rule, fault.message, fault.location, fault.hint, "warning", fault.pointer
                )
            else:
                yield fault

    def _descriptions(self, entry: DocumentLinker) -> dict[str, Description]:
        loaded = entry.loaded_sources()
        return {s.name: s.description for s in loaded if s.description is not None}


def _place(fault: Fault) -> tuple[str, int, int]:
    location = fault.location
    return ("", 0, 0) if location is None else (location.file, location.line, location.column)


def _readable_components(arazzo: ArazzoDocument) -> Mapping[str, Mapping[str, object]]:
    """What ``$components.parameters.<name>`` reads: the parameter's value."""
    return {
        "parameters": {
            name: parameter.value for name, parameter in arazzo.components.parameters.items()
        }
    }
