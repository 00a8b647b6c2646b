"""Values of a document, compiled: constants, expressions, templates, Selector Objects, nested.

A producer gives the value for a scope (SEMANTICS §2). Nothing absent is ever sent: what is optional
is left out, what is required fails before anything is sent, with the name of what was missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arazzo_runner.criteria import Criterion, compile_criterion
from arazzo_runner.errors import ArazzoError, SyntaxFault
from arazzo_runner.expressions import (
    AbsentInText,
    BytesInText,
    Expression,
    Names,
    Scope,
    Template,
    compile_expression,
    compile_template,
    explain_absent,
    read_text,
)
from arazzo_runner.linking.faults import FaultSink
from arazzo_runner.linking.program import LinkedOutput, Producer
from arazzo_runner.linking.syntax import (
    context_fits,
    criterion_fits,
    doubt_rule,
    report_criterion,
    selector_fits,
)
from arazzo_runner.model import CriterionObject, Pointer
from arazzo_runner.values import ABSENT, Json, Value, format_pointer

__all__ = ["AbsentValue", "ProducerCompiler"]


class AbsentValue(ArazzoError):
    """A value that has to be there is not."""

    kind = "absent-value"


class ProducerCompiler:
    """Compiles the values of one workflow. ``expressions`` collects every expression it met."""

    def __init__(self, names: Names, sink: FaultSink, *, selectors: bool) -> None:
        self.names = names
        self.expressions: list[Expression] = []
        self._sink = sink
        self._selectors = selectors

    # -- values that are sent ----------------------------------------------------------------

    def value(
        self,
        value: Json,
        at: Pointer,
        *,
        what: str,
        required: bool,
        written: Callable[[str], str] | None = None,
    ) -> Producer:
        """A producer of a value. ``what`` names it in the message when it is needed and absent.
        ``written`` is the form of texts that are embedded in it, when it is a text.
        """
        if written is not None and isinstance(value, str):
            return self._text(value, at, what, required, written)[0]
        produce, _ = self._compile(value, at, what, lambda _: required, ())
        return produce

    def payload(
        self, value: Json, at: Pointer, requires: Callable[[tuple[str, ...]], bool]
    ) -> Producer:
        """A producer of a request body; ``requires`` says which properties must be there."""
        produce, _ = self._compile(value, at, "payload", requires, ())
        return produce

    def _compile(
        self,
        value: Json,
        at: Pointer,
        what: str,
        requires: Callable[[tuple[str, ...]], bool],
        inside: tuple[str, ...],
    ) -> tuple[Producer, bool]:
        """The producer and whether it is constant."""
        place = what + (f" {format_pointer(inside)}" if inside else "")
        if isinstance(value, str):
            return self._text(value, at, place, requires(inside))
        if isinstance(value, dict):
            if self._selectors and value.keys() >= {"context", "selector", "type"}:
                selector = self._selector(value, at)
                if selector is not None:
                    if requires(inside):
                        return _required(selector, place, lambda _: "the selector found nothing"), (
                            False
                        )
                    return selector, False
            return self._object(value, at, what, requires, inside)
        if isinstance(value, list):
            return self._array(value, at, what, requires, inside)
        return (lambda _: value), True

    def _text(
        self,
        text: str,
        at: Pointer,
        place: str,
        required: bool,
        written: Callable[[str], str] | None = None,
    ) -> tuple[Producer, bool]:
        parsed = self.read(text, at)
        if isinstance(parsed, str):
            return (lambda _: parsed), True
        if isinstance(parsed, Template):
            return _named(compile_template(parsed, written), place), False
        evaluate = compile_expression(parsed)
        if not required:
            return evaluate, False
        return _required(evaluate, place, lambda scope: explain_absent(parsed, scope)), False

    def _object(
        self,
        value: dict[str, Json],
        at: Pointer,
        what: str,
        requires: Callable[[tuple[str, ...]], bool],
        inside: tuple[str, ...],
    ) -> tuple[Producer, bool]:
        compiled = [
            (key, *self._compile(item, (*at, key), what, requires, (*inside, key)))
            for key, item in value.items()
        ]
        if all(constant for _, _, constant in compiled):
            return (lambda _: value), True
        parts = [(key, produce) for key, produce, _ in compiled]

        def build(scope: Scope) -> Value:
            result = {}
            for key, produce in parts:
                item = produce(scope)
                if item is not ABSENT:
                    result[key] = item
            return result

        return build, False

    def _array(
        self,
        value: list[Json],
        at: Pointer,
        what: str,
        requires: Callable[[tuple[str, ...]], bool],
        inside: tuple[str, ...],
    ) -> tuple[Producer, bool]:
        def item_requires(path: tuple[str, ...]) -> bool:
            # An item that is left out would move the ones behind it.
            return len(path) == len(inside) + 1 or requires(path)

        compiled = [
            self._compile(item, (*at, index), what, item_requires, (*inside, str(index)))
            for index, item in enumerate(value)
        ]
        if all(constant for _, constant in compiled):
            return (lambda _: value), True
        parts = [produce for produce, _ in compiled]
        return (lambda scope: [produce(scope) for produce in parts]), False

    # -- outputs, criteria -------------------------------------------------------------------

    def output(self, name: str, value: Json, at: Pointer) -> LinkedOutput:
        """An output: absent when it has no value, with an explanation."""
        before = len(self.expressions)
        produce, explain = self._output(name, value, at)
        return LinkedOutput(name, produce, explain, tuple(self.expressions[before:]))

    def _output(
        self, name: str, value: Json, at: Pointer
    ) -> tuple[Producer, Callable[[Scope], str]]:
        if isinstance(value, str):
            parsed = self.read(value, at)
            if isinstance(parsed, Template):
                template = compile_template(parsed)
                return template, lambda scope: _explain_failure(template, scope)
            if not isinstance(parsed, str):
                return compile_expression(parsed), lambda scope: explain_absent(parsed, scope)
            value = parsed
        produce, _ = self._compile(value, at, f"output '{name}'", lambda _: False, ())
        return produce, lambda _: "nothing was found"

    def criteria(self, criteria: Sequence[CriterionObject]) -> tuple[Criterion, ...]:
        """The criteria that can be read; the others are reported."""
        compiled = [self.criterion(criterion) for criterion in criteria]
        return tuple(criterion for criterion in compiled if criterion is not None)

    def criterion(self, criterion: CriterionObject) -> Criterion | None:
        """A compiled criterion, or None after reporting why it cannot be read."""
        if not criterion_fits(criterion, self.names, self._sink):
            return None
        try:
            compiled = compile_criterion(
                criterion.condition,
                context=criterion.context,
                type=criterion.type,
                version=criterion.version,
                names=self.names,
            )
        except SyntaxFault as error:
            report_criterion(criterion, error, self._sink)
            return None
        self._sink.tolerances(compiled.tolerances, (*criterion.pointer, "condition"))
        self._sink.tolerances(compiled.context_tolerances, (*criterion.pointer, "context"))
        self.expressions.extend(compiled.expressions)
        return compiled

    # -- parts -------------------------------------------------------------------------------

    def read(self, text: str, at: Pointer) -> str | Expression | Template:
        """A text of the document: literal, expression or template, tolerances reported."""
        if "$" not in text:
            return text
        reading = read_text(text, self.names)
        self._sink.tolerances(reading.tolerances, at)
        for doubt in reading.doubts:
            rule, rewrite = doubt_rule(text, doubt)
            self._sink.syntax(rule, doubt, at, severity="warning", rewrite=rewrite)
        parsed = reading.parsed
        if isinstance(parsed, Template):
            self.expressions.extend(part for part in parsed.parts if not isinstance(part, str))
        elif not isinstance(parsed, str):
            self.expressions.append(parsed)
        return parsed

    def _selector(self, value: dict[str, Json], at: Pointer) -> Producer | None:
        """A Selector Object's producer; None when the object is a literal after all (A-09)."""
        if not all(key in _SELECTOR or key.startswith("x-") for key in value):
            return None
        context, selector, written = value["context"], value["selector"], value["type"]
        kind, version = written, None
        if isinstance(written, dict):
            kind, version = written.get("type"), written.get("version")
        if not (isinstance(context, str) and isinstance(selector, str) and isinstance(kind, str)):
            return None
        if not context.startswith("$") and isinstance(read_text(context, self.names).parsed, str):
            return None
        if not (
            selector_fits(kind, version, (*at, "type"), self._sink)
            and context_fits("selector-context", context, at, self.names, self._sink)
        ):
            return lambda _: ABSENT
        self.read(context, (*at, "context"))
        from arazzo_runner.criteria.selectors import compile_selector

        try:
            compiled = compile_selector(context, selector, kind, version, self.names)
        except SyntaxFault as error:
            self._sink.syntax("selector-syntax", error, (*at, "selector"))
            return lambda _: ABSENT
        return compiled.evaluate


_SELECTOR = frozenset({"context", "selector", "type"})


def _required(produce: Producer, place: str, explain: Callable[[Scope], str]) -> Producer:
    def checked(scope: Scope) -> Value:
        value = produce(scope)
        if value is ABSENT:
            raise AbsentValue(f"{place}: {explain(scope)}")
        return value

    return checked


def _named(produce: Producer, place: str) -> Producer:
    def named(scope: Scope) -> Value:
        try:
            return produce(scope)
        except AbsentInText as error:
            raise AbsentValue(f"{place}: {explain_absent(error.expression, scope)}") from None
        except BytesInText as error:
            raise AbsentValue(f"{place}: {error.message}") from None

    return named


def _explain_failure(produce: Producer, scope: Scope) -> str:
    try:
        produce(scope)
    except AbsentInText as error:
        return explain_absent(error.expression, scope)
    except ArazzoError as error:
        return error.message
    return "nothing was found"
