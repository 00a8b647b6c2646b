"""OpenTelemetry through its own SDK, and Python's logging."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

import pytest

from arazzo_runner.interpreter.records import (
    Record,
    RequestSent,
    ResponseReceived,
    StepStarted,
    WorkflowStarted,
)
from arazzo_runner.reporting.log_records import LogRecords
from arazzo_runner.values import MASK, Redactor, Request
from tests.reporting.records import T0, WORKFLOW, call, happy, response, rough, started, step

pytest.importorskip("opentelemetry.sdk")
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from arazzo_runner.reporting.telemetry import Telemetry


def told(records: Iterable[Record], redactor: Redactor | None = None) -> tuple[Any, Any]:
    """The spans and the metrics of some records."""
    spans, metrics = InMemorySpanExporter(), InMemoryMetricReader()
    tracers, meters = TracerProvider(), MeterProvider([metrics])
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    telemetry = Telemetry(redactor, tracer_provider=tracers, meter_provider=meters)
    for record in records:
        telemetry.record(record)
    data = metrics.get_metrics_data()
    found = (
        {}
        if data is None
        else {
            metric.name: metric.data.data_points
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }
    )
    meters.shutdown()
    return spans.get_finished_spans(), found


def tree(spans: Any) -> list[str]:
    """The spans as they are nested, in the order they began."""
    names = {span.context.span_id: span for span in spans}

    def depth(span: Any) -> int:
        return 0 if span.parent is None else 1 + depth(names[span.parent.span_id])

    ordered = sorted(spans, key=lambda span: (span.start_time, depth(span)))
    return [f"{'  ' * depth(span)}{span.name}" for span in ordered]


def test_a_span_for_each_workflow_step_and_request() -> None:
    spans, metrics = told(happy())
    assert tree(spans)[:3] == [
        "workflow train-and-poll-job",
        "  step createTrainingJob",
        "    POST",
    ]
    assert len(spans) == 1 + 5 + 5
    assert {span.context.trace_id for span in spans} == {spans[0].context.trace_id}
    request = next(span for span in spans if span.name == "POST")
    assert request.kind.name == "CLIENT"
    assert dict(request.attributes) == {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": 5000,
        "url.full": "http://127.0.0.1:5000/",
        "http.response.status_code": 200,
    }
    assert request.start_time == int(T0 * 1e9)
    assert request.end_time - request.start_time == pytest.approx(12e6, rel=0.01)
    (run,) = metrics["arazzo.run.duration"]
    assert (run.sum, run.attributes["arazzo.workflow.status"]) == (5.0, "completed")
    (requests,) = metrics["http.client.request.duration"]
    assert (requests.count, requests.sum) == (5, pytest.approx(0.06))


def test_failures_retries_and_children() -> None:
    spans, metrics = told(rough())
    by_name = {span.name: span for span in spans}
    assert by_name["workflow inner"].parent.span_id == by_name["step child"].context.span_id
    root = by_name[f"workflow {WORKFLOW}"]
    assert root.status.status_code.name == "ERROR"
    assert root.attributes["error.type"] == "connect"
    lost = [s for s in spans if s.name == "POST"][-1]
    assert lost.attributes["error.type"] == "connect"
    assert lost.status.description == "connection refused"
    events = [e.attributes["arazzo.wait.reason"] for s in spans for e in s.events]
    assert events == ["retry", "throttled", "throttled"]
    types = {p.attributes.get("error.type") for p in metrics["http.client.request.duration"]}
    assert types == {"500", "429", "connect"}


def test_what_is_secret_or_unknown() -> None:
    odd = Request("BREW", "https://user:pw@h.example/a?key=hunter22")
    spans, _ = told(
        [
            started(),
            StepStarted("s", WORKFLOW, 1, 0, T0),
            RequestSent("s", WORKFLOW, odd, 3, 0, T0),
            ResponseReceived("s", WORKFLOW, response(), 3, 0, T0, 1.0),
        ],
        Redactor(["hunter22"]),
    )
    (request,) = spans
    assert request.name == "HTTP"
    assert request.attributes["url.full"] == f"https://h.example/a?key={MASK}"
    assert request.attributes["server.port"] == 443
    assert request.attributes["http.request.resend_count"] == 2
    assert request.attributes["http.request.method"] == "_OTHER"
    assert request.attributes["http.request.method_original"] == "BREW"


def test_the_buckets_are_those_of_the_conventions() -> None:
    _, metrics = told(happy())
    (requests,) = metrics["http.client.request.duration"]
    assert requests.explicit_bounds == (
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    )  # fmt: skip


def test_the_context_of_the_request_in_flight() -> None:
    spans = InMemorySpanExporter()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    telemetry = Telemetry(tracer_provider=tracers)
    assert telemetry.headers() == []
    for record in call("get", T0)[:2]:
        telemetry.record(record)
    ((name, value),) = telemetry.headers()
    telemetry.record(ResponseReceived("get", WORKFLOW, response(), 1, 0, T0 + 1, 1.0))
    (span,) = spans.get_finished_spans()
    context = span.get_span_context()
    assert name == "traceparent"
    assert value[:-3] == f"00-{context.trace_id:032x}-{context.span_id:016x}"
    assert telemetry.headers() == []


def test_an_end_in_the_middle_leaves_no_open_span() -> None:
    end = rough()[-2:]
    moved = WorkflowStarted("other", "transfer", {}, 0, T0 + 1)
    spans, _ = told([started(), *call("a", T0), moved, *call("b", T0 + 2), *end])
    assert {s.name for s in spans} >= {"workflow other", "step b", f"workflow {WORKFLOW}"}
    assert told([step("never")])[0] == ()


def test_logging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "arazzo")
    logs = LogRecords(Redactor(["refused"]))
    for record in rough():
        logs.record(record)
    entries = [(r.levelname, r.getMessage()) for r in caplog.records]
    assert entries[:4] == [
        ("INFO", f"{WORKFLOW}: begins"),
        ("DEBUG", "list: begins"),
        ("DEBUG", "list: POST http://127.0.0.1:5000/"),
        ("DEBUG", "list: answered 500 after 12 ms"),
    ]
    assert ("WARNING", f"last: connection {MASK}") in entries
    assert entries[-1] == ("ERROR", f"{WORKFLOW}: failed: connection {MASK}")
    data = [record.arazzo for record in caplog.records]  # type: ignore[attr-defined]
    assert data[0]["record"] == "WorkflowStarted"
    assert "refused" not in json.dumps(data)


def test_a_logger_that_does_not_listen_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("quiet")
    logger.setLevel(logging.CRITICAL)
    LogRecords(logger=logger).record(started())
    assert caplog.records == []
