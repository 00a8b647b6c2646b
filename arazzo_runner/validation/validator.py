"""From one document to its findings: structure, rules, links; each thing said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import (
    DocumentError,
    DocumentSyntaxError,
    Fault,
    Location,
    NotArazzoError,
)
from arazzo_runner.linking import Linked, LinkSettings, link
from arazzo_runner.model import Pointer, Version, find_version
from arazzo_runner.reading import Document, Loader, parse_document
from arazzo_runner.validation.comments import Accepted, without_accepted
from arazzo_runner.validation.consequences import without_consequences
from arazzo_runner.validation.definition import Rule
from arazzo_runner.validation.findings import SEVERITIES, Finding, Problem
from arazzo_runner.validation.parts import LinkedStepPart, LinkedWorkflowPart, Subject
from arazzo_runner.validation.registry import all_rules, known_rules
from arazzo_runner.validation.settings import ValidationSettings
from arazzo_runner.validation.structure import walk
from arazzo_runner.validation.unused import unused_components
from arazzo_runner.values import format_pointer, parse_pointer, resolve_pointer

if TYPE_CHECKING:
    from arazzo_runner.validation.descriptions import Verdicts

__all__ = ["Validator"]

_SAID_BY_THE_WALK: Final = frozenset(
    {
        "field-type",
        "required-field",
        "retry-after",
        "retry-limit",
        "source-name-unique",
        "step-id-unique",
        "unquoted-scalar",
        "workflow-id-unique",
    }
)
"""What the model reports for a run and the structural walk or a rule says for validation."""


_OF_SOURCES: Final = ("source-load", "source-unreachable", "source-type-mismatch")


class Validator:
    """Validates any number of documents under the same settings.

    ``ignored`` counts the findings that comments in the documents accept.
    """

    def __init__(self, loader: Loader, settings: ValidationSettings | None = None) -> None:
        self.loader = loader
        self.settings = settings or ValidationSettings()
        self._verdicts: Verdicts | None = None
        if self.settings.sources != "none":
            from arazzo_runner.validation.descriptions import Verdicts

            self._verdicts = Verdicts(self.settings.cache)
        self.ignored = 0

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The rules that are on, by id."""
        known = {**known_rules(), **{rule.id: rule for rule in self.settings.rules}}
        return {name: rule for name, rule in known.items() if self._is_on(name)}

    @cached_property
    def _by_kind(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for rule in self.rules.values():
            if rule.check is not None:
                found.setdefault(rule.on, []).append(rule)
        return found

    def _is_on(self, rule_id: str) -> bool:
        select, ignore = self.settings.select, self.settings.ignore
        if self.settings.severities.get(rule_id) == "off":
            return False
        if any(fnmatchcase(rule_id, pattern) for pattern in ignore):
            return False
        return not select or any(fnmatchcase(rule_id, pattern) for pattern in select)

    # -- documents ---------------------------------------------------------------------------

    def validate(self, file: str) -> tuple[Finding, ...]:
        """The findings of a file or URL, in the order of the document.

        Raises:
            DocumentNotFound: it cannot be read. (What is wrong in it is a finding.)
        """
        try:
            document = self.loader.load(file)
        except DocumentSyntaxError as error:
            return tuple(self._unreadable(error, file))
        return self.validate_document(document)

    def validate_text(self, text: bytes, uri: str, name: str = "") -> tuple[Finding, ...]:
        """As :meth:`validate`, for bytes that came from elsewhere; ``name`` is what is shown."""
        try:
            document = parse_document(text, uri=uri, name=name or uri)
        except DocumentSyntaxError as error:
            return tuple(self._unreadable(error, name or uri))
        return self.validate_document(document)

    def _unreadable(self, error: DocumentSyntaxError, file: str) -> Iterable[Finding]:
        name = error.kind if error.kind in all_rules() else "document-parse"
        return self._only(name, error, file)

    def validate_document(self, document: Document) -> tuple[Finding, ...]:
        """As :meth:`validate`, for a document that is read."""
        version = _version(document)
        if version is None:
            return tuple(self._of_another_kind(document))
        subject = Subject(document, version, self.settings)
        said = walk(subject)
        broken = {problem.pointer for _, problem in said}
        subject.broken = frozenset(broken)
        for kind in dict.fromkeys(part.kind for part in subject.parts):
            parts = subject.of(kind)
            for rule in self._by_kind.get(kind, ()):
                for part in parts:
                    said.extend(self._checked(rule, part))
        for rule in self._by_kind.get("Subject", ()):
            said.extend(self._checked(rule, subject))
        wrong: dict[Pointer, set[str]] = {}
        for name, problem in said:
            if self._is_error(name, problem):
                wrong.setdefault(problem.pointer, set()).add(name)
        findings = [self._finding(document, name, problem) for name, problem in said]
        linked = [
            finding for finding in self._linked(subject, broken, wrong) if finding is not None
        ]
        own = [finding for finding in findings if finding is not None]
        own, linked = without_consequences(own, linked)
        accepted = without_accepted(document, _each_once(own, linked))
        self.ignored += accepted.ignored
        return self._in_order((*accepted.findings, *self._unused(document, accepted)))

    def _unused(self, document: Document, accepted: Accepted) -> Iterable[Finding]:
        """Comments that accept what is not found; when a rule is off, that says nothing."""
        rule = self.rules.get("ignore-unused")
        if rule is None:
            return
        for line, column, name in accepted.unused:
            if name in self.rules or name not in known_rules():
                what = "nothing of" if name in self.rules else "what does not exist, the rule"
                location = Location(document.name, line, column, line, column + len(name))
                yield Finding(
                    "ignore-unused",
                    self._severity(rule),
                    f"the comment accepts {what} '{name}'",
                    location,
                    hint="remove it",
                )

    # -- rules -------------------------------------------------------------------------------

    @staticmethod
    def _checked(rule: Rule, part: object) -> Iterable[tuple[str, Problem]]:
        assert rule.check is not None
        return [(rule.id, problem) for problem in rule.check(part)]

    def _linked(
        self, subject: Subject, broken: set[Pointer], wrong: dict[Pointer, set[str]]
    ) -> Iterable[Finding | None]:
        """What the linker reports, and the rules about what it made."""
        document = subject.document
        settings = LinkSettings(
            any_server=True, sources=self.settings.sources != "none", all_sources=True
        )
        try:
            subject.linked = linked = link(document, self.loader, settings)
        except NotArazzoError:
            return
        subject.verdicts = self._verdicts
        for fault in _first_said(subject, linked, broken, wrong):
            yield self._from_fault(document, fault)
        for kind, part in _linked_parts(subject, linked):
            for rule in self._by_kind.get(kind, ()):
                for name, problem in self._checked(rule, part):
                    yield self._finding(document, name, problem)

    # -- findings ----------------------------------------------------------------------------

    def _is_error(self, name: str, problem: Problem) -> bool:
        rule = all_rules().get(name)
        return rule is not None and (problem.severity or rule.severity) == "error"

    def _severity(self, rule: Rule, given: str | None = None) -> str:
        return self.settings.severities.get(rule.id) or given or rule.severity

    def _finding(self, document: Document, name: str, problem: Problem) -> Finding | None:
        rule = self.rules.get(name)
        if rule is None:
            return None
        document = problem.document or document
        if problem.offset is not None:
            location = document.offset_location(problem.pointer, problem.offset, problem.length)
        else:
            location = document.locate(problem.pointer, key=problem.key)
            if not problem.key:
                location = _first_line(document, problem.pointer, location)
        return Finding(
            name,
            self._severity(rule, problem.severity),
            problem.message,
            location,
            format_pointer(problem.pointer),
            problem.hint,
            problem.fix,
        )

    def _from_fault(self, document: Document, fault: Fault) -> Finding | None:
        rule = self.rules.get(fault.rule)
        if rule is None or fault.location is None:
            return None
        from arazzo_runner.validation.conforming import conforming_form

        location = _first_line(document, parse_pointer(fault.pointer), fault.location)
        return Finding(
            fault.rule,
            self._severity(rule, "warning" if _is_shown_in_the_text(fault) else None),
            str(fault.message),  # a plain text, whatever the linker used
            location,
            fault.pointer,
            fault.hint,
            conforming_form(fault, document),
        )

    def _only(self, name: str, error: DocumentError, file: str) -> Iterable[Finding]:
        """The finding of a document that cannot be validated further."""
        rule = self.rules.get(name)
        if rule is not None:
            location = error.location or Location(file)
            pointer = "/arazzo" if name in ("version-supported", "unquoted-scalar") else ""
            yield Finding(name, self._severity(rule), error.message, location, pointer, error.hint)

    def _of_another_kind(self, document: Document) -> Iterable[Finding]:
        from arazzo_runner.model import build_document

        try:
            build_document(document)
        except NotArazzoError as error:
            yield from self._only(error.kind, error, document.name)

    @staticmethod
    def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """By place, each once."""

        def place(finding: Finding) -> tuple[str, int, int, int, str]:
            at = finding.location
            return (
                at.file,
                at.line,
                at.column,
                SEVERITIES.index(finding.severity),
                finding.rule,
            )

        return tuple(sorted(dict.fromkeys(findings), key=place))


def _each_once(own: Sequence[Finding], linked: Sequence[Finding]) -> Iterable[Finding]:
    """One finding for a rule and place: the linker's, unless only the other one has a fix."""
    fixable = {(finding.rule, finding.pointer) for finding in own if finding.fix}
    linked = [f for f in linked if f.fix or (f.rule, f.pointer) not in fixable]
    said = {(finding.rule, finding.pointer) for finding in linked}
    yield from (finding for finding in own if (finding.rule, finding.pointer) not in said)
    yield from linked


def _first_line(document: Document, pointer: Pointer, location: Location) -> Location:
    """The place of an object or list of many lines is its first line."""
    if location.end_line in (None, location.line) or location.excerpt is None:
        return location
    value = resolve_pointer(document.data, [str(token) for token in pointer])
    if not isinstance(value, dict | list):
        return location
    end = len(location.excerpt.rstrip()) + 1
    return location._replace(end_line=location.line, end_column=max(end, location.column))


def _version(document: Document) -> Version | None:
    data = document.data
    text = data.get("arazzo") if isinstance(data, dict) else None
    return find_version(text) if isinstance(text, str) else None


def _follows(fault: Fault, broken: Sequence[Pointer] | set[Pointer]) -> bool:
    """Whether a fault only follows from a structural problem at its place, above, or just below."""
    pointer = fault.pointer
    for path in broken:
        text = format_pointer(path)
        if pointer == text or (text and pointer.startswith(text + "/")):
            return True
        if text.startswith(pointer + "/") and "/" not in text[len(pointer) + 1 :]:
            return True
    return False


def _first_said(
    subject: Subject, linked: Linked, broken: set[Pointer], wrong: dict[Pointer, set[str]]
) -> Iterator[Fault]:
    """The faults of the linker that nothing has said before."""
    faults = (*linked.faults, *unused_components(subject, linked.program.document))
    sources = any(fault.rule in _OF_SOURCES for fault in faults)
    sources = sources or any(path[:1] == ("sourceDescriptions",) for path in wrong)
    told: set[str | None] = set()
    for fault in faults:
        if fault.rule.startswith("step-operation-id-") and sources:
            continue  # what is missing is in the source that is wrong
        if fault.rule in _SAID_BY_THE_WALK or _follows(fault, broken) or _is_result(fault, wrong):
            continue
        if fault.rule == "server-missing":  # each step of a source would say the same
            if fault.hint in told:
                continue
            told.add(fault.hint)
        yield fault


def _linked_parts(subject: Subject, linked: Linked) -> Iterator[tuple[str, object]]:
    """What rules about linked things are called for, by kind."""
    yield "Linked", subject
    for workflow in linked.program.workflows.values():
        part = subject.part(workflow.source.pointer)
        if workflow.document != 0 or part is None:
            continue
        yield "LinkedWorkflow", LinkedWorkflowPart(subject, workflow, part)
        for step in workflow.steps:
            written = subject.part(step.pointer)
            if written is not None:
                yield "LinkedStep", LinkedStepPart(subject, workflow, step, written)


def _is_shown_in_the_text(fault: Fault) -> bool:
    """Whether an example of the specification is written like this: an operation's id in an
    operationPath (A-03)."""
    return (
        fault.rule == "operation-path-form"
        and fault.message.startswith("'$source")
        and ("#" not in fault.message.partition("' is read as ")[0])
    )


def _is_result(fault: Fault, wrong: dict[Pointer, set[str]]) -> bool:
    """Whether a rule has said it already: at the same place; for a step that cannot be bound to
    its operation, anywhere in the step.
    """
    if fault.rule == "step-operation":
        return any(format_pointer(path).startswith(fault.pointer + "/") for path in wrong)
    return any(
        format_pointer(path) == fault.pointer and fault.rule not in rules
        for path, rules in wrong.items()
    )
