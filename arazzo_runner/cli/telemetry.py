"""``run --otel``: spans and metrics to a collector, set up by the usual ``OTEL_…`` variables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import UsageError

if TYPE_CHECKING:
    from arazzo_runner.reporting.telemetry import Telemetry

__all__ = ["telemetry"]


@contextmanager
def telemetry(*, wanted: bool, screen: Screen) -> Iterator[Telemetry | None]:
    """What takes the records, None when nothing is wanted. Leaving it sends what is left.

    The run belongs to the trace that the variables ``TRACEPARENT`` and ``TRACESTATE`` name, if any.

    Raises:
        UsageError: the extra ``otel`` is not installed.
    """
    if not wanted:
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
    except ImportError as error:
        raise UsageError(
            f"--otel needs a package that is not installed: {error.name}",
            hint="pip install 'arazzo-workflow-engine[otel]'",
        ) from None
    from arazzo_runner.reporting.telemetry import Telemetry

    resource = Resource.create().merge(Resource({"service.name": "arazzo"}, None))
    named = Resource.create()  # OTEL_SERVICE_NAME overrules ours
    if not str(named.attributes.get("service.name", "")).startswith("unknown_service"):
        resource = resource.merge(named)
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource)
    around = {name.lower(): os.environ.get(name, "") for name in ("TRACEPARENT", "TRACESTATE")}
    try:
        yield Telemetry(
            screen.redactor,
            tracer_provider=tracers,
            meter_provider=meters,
            parent=TraceContextTextMapPropagator().extract(around),
        )
    finally:
        for provider in (tracers, meters):
            with suppress(Exception):  # the exporters have said what is wrong
                provider.shutdown()
