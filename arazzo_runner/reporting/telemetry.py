"""OpenTelemetry: a span for each workflow, step and request of a run, and two histograms.

Requests carry the semantic conventions for HTTP clients (stable since 1.23). Needs the extra
``otel``; without a provider of its own it uses the global ones, so it joins whatever the embedding
program has set up. Values of inputs, outputs and bodies are never put on a span.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from arazzo_runner._version import __version__
from arazzo_runner.interpreter.records import (
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    RunFinished,
    StepFinished,
    StepStarted,
    Waiting,
    WorkflowFinished,
    WorkflowStarted,
)
from arazzo_runner.values import Redactor, Request

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

__all__ = ["Telemetry"]

_NAME: Final = "arazzo-workflow-engine"
_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
_SECONDS: Final = "s"
_BUCKETS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
)  # fmt: skip
"""Those that the conventions ask for, in seconds."""


class Telemetry:
    """Spans and metrics of one run at a time; ``record`` is an ``on_record`` of a runner.

    With ``headers`` as the ``more_headers`` of a runner, the servers that are called can go on
    with the trace.

    Args:
        redactor: masks secrets in addresses.
        tracer_provider: by default the global one.
        meter_provider: by default the global one.
        parent: the context that the run's span belongs to; by default the current one.
    """

    def __init__(
        self,
        redactor: Redactor | None = None,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        parent: Context | None = None,
    ) -> None:
        from opentelemetry import metrics, propagate, trace

        self._redactor = redactor or Redactor()
        self._trace = trace
        self._tracer = trace.get_tracer(_NAME, __version__, tracer_provider)
        meter = metrics.get_meter(_NAME, __version__, meter_provider)
        self._requests = meter.create_histogram(
            "http.client.request.duration",
            _SECONDS,
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._runs = meter.create_histogram(
            "arazzo.run.duration", _SECONDS, "Duration of runs of workflows."
        )
        self._inject = propagate.inject
        self._parent = parent
        self._workflows: list[Span] = []
        self._steps: dict[tuple[int, str], Span] = {}
        self._request: tuple[Span, RequestSent] | None = None

    def record(self, record: Record) -> None:
        """Take one record in."""
        handler = _HANDLERS.get(type(record))
        if handler is not None:
            handler(self, record)

    def headers(self) -> list[tuple[str, str]]:
        """The context of the request that is about to be sent, for its server (``traceparent``)."""
        if self._request is None:
            return []
        carrier: dict[str, str] = {}
        self._inject(carrier, self._trace.set_span_in_context(self._request[0]))
        return list(carrier.items())

    # -- workflows and steps -------------------------------------------------------------------

    def _workflow_started(self, record: WorkflowStarted) -> None:
        while len(self._workflows) > record.depth:  # a goto took the place of a workflow
            self._workflows.pop().end(_nano(record.at))
        attributes = {
            "arazzo.workflow.id": self._redactor.text(record.workflow_id),
            "arazzo.workflow.reason": record.reason,
        }
        name = f"workflow {attributes['arazzo.workflow.id']}"
        self._workflows.append(self._start(name, self._innermost(), record.at, attributes))

    def _step_started(self, record: StepStarted) -> None:
        attributes = {
            "arazzo.step.id": self._redactor.text(record.step_id),
            "arazzo.workflow.id": self._redactor.text(record.workflow_id),
            "arazzo.step.visit": record.visit,
        }
        parent = self._workflows[record.depth] if record.depth < len(self._workflows) else None
        name = f"step {attributes['arazzo.step.id']}"
        left = self._steps.pop((record.depth, record.step_id), None)
        if left is not None:  # it was cut short by a goto of a step it ran
            left.end(_nano(record.at))
        span = self._start(name, parent, record.at, attributes)
        self._steps[record.depth, record.step_id] = span

    def _step_finished(self, record: StepFinished) -> None:
        span = self._steps.pop((record.depth, record.step_id), None)
        if span is None:
            return
        span.set_attribute("arazzo.step.attempts", record.attempts)
        if record.action is not None:
            action = record.action
            span.set_attribute("arazzo.action.name", self._redactor.text(action.name))
            span.set_attribute("arazzo.action.type", action.type)
        if record.failure is not None:
            self._fail(span, record.failure.kind, record.failure.message)
        span.end(_nano(record.at))

    def _workflow_finished(self, record: WorkflowFinished) -> None:
        if record.depth >= len(self._workflows):
            return
        for key in [key for key in self._steps if key[0] >= record.depth]:
            self._steps.pop(key).end(_nano(record.at))
        while len(self._workflows) > record.depth:
            span = self._workflows.pop()
            span.set_attribute("arazzo.workflow.status", record.status)
            if record.failure is not None:
                self._fail(span, record.failure.kind, record.failure.message)
            span.end(_nano(record.at))

    def _run_finished(self, record: RunFinished) -> None:
        self._end_request(record.at)
        attributes = {
            "arazzo.workflow.id": self._redactor.text(record.workflow_id),
            "arazzo.workflow.status": record.status,
        }
        self._runs.record(record.at - record.started_at, attributes)

    def _waiting(self, record: Waiting) -> None:
        span = self._steps.get((record.depth, record.step_id)) or self._innermost()
        if span is not None:
            about: dict[str, Any] = {
                "arazzo.wait.reason": record.reason,
                "arazzo.wait.seconds": record.seconds,
            }
            span.add_event("waiting", about, _nano(record.at))

    # -- requests ------------------------------------------------------------------------------

    def _request_sent(self, record: RequestSent) -> None:
        attributes = self._about(record.request)
        if attributes["http.request.method"] == "_OTHER":
            attributes["http.request.method_original"] = record.request.method
        attributes["url.full"] = self._address(record.request.url)
        if record.attempt > 1:
            attributes["http.request.resend_count"] = record.attempt - 1
        parent = self._steps.get((record.depth, record.step_id))
        method = attributes["http.request.method"]
        span = self._start(
            "HTTP" if method == "_OTHER" else method,
            parent or self._innermost(),
            record.at,
            attributes,
            kind=self._trace.SpanKind.CLIENT,
        )
        self._request = (span, record)

    def _response_received(self, record: ResponseReceived) -> None:
        if self._request is None:
            return
        span, sent = self._request
        status = record.response.status
        measured = {**self._about(sent.request), "http.response.status_code": status}
        span.set_attribute("http.response.status_code", status)
        if status >= 400:
            measured["error.type"] = str(status)
            self._fail(span, str(status), "")
        self._requests.record(record.duration_ms / 1000, measured)
        self._end_request(record.at)

    def _request_lost(self, record: RequestLost) -> None:
        if self._request is None:
            return
        span, sent = self._request
        self._fail(span, record.kind, record.message)
        measured = {**self._about(sent.request), "error.type": record.kind}
        self._requests.record(record.at - sent.at, measured)
        self._end_request(record.at)

    def _end_request(self, at: float) -> None:
        if self._request is not None:
            self._request[0].end(_nano(at))
            self._request = None

    def _about(self, request: Request) -> dict[str, Any]:
        """What the conventions want of every request, on spans and in metrics."""
        parts = urlsplit(request.url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        method = request.method if request.method in _METHODS else "_OTHER"
        data: dict[str, Any] = {
            "http.request.method": method,
            "server.address": self._redactor.text(parts.hostname or ""),
        }
        if port is not None:
            data["server.port"] = port
        return data

    def _address(self, url: str) -> str:
        """The URL without user and password, secrets masked."""
        parts = urlsplit(url)
        plain = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        return self._redactor.text(urlunsplit(plain))

    # -- spans ---------------------------------------------------------------------------------

    def _innermost(self) -> Span | None:
        steps = list(self._steps.values())
        return steps[-1] if steps else self._workflows[-1] if self._workflows else None

    def _start(
        self,
        name: str,
        parent: Span | None,
        at: float,
        attributes: dict[str, Any],
        kind: Any = None,
    ) -> Span:
        context = self._parent if parent is None else self._trace.set_span_in_context(parent)
        return self._tracer.start_span(
            name,
            context=context,
            kind=kind or self._trace.SpanKind.INTERNAL,
            attributes=attributes,
            start_time=_nano(at),
        )

    def _fail(self, span: Span, kind: str, message: str) -> None:
        status = self._trace.Status(
            self._trace.StatusCode.ERROR, self._redactor.text(message) or None
        )
        span.set_status(status)
        span.set_attribute("error.type", kind)


def _nano(seconds: float) -> int:
    return int(seconds * 1_000_000_000)


_HANDLERS: Final[dict[type, Any]] = {
    WorkflowStarted: Telemetry._workflow_started,
    WorkflowFinished: Telemetry._workflow_finished,
    StepStarted: Telemetry._step_started,
    StepFinished: Telemetry._step_finished,
    RequestSent: Telemetry._request_sent,
    ResponseReceived: Telemetry._response_received,
    RequestLost: Telemetry._request_lost,
    Waiting: Telemetry._waiting,
    RunFinished: Telemetry._run_finished,
}
