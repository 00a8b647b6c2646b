"""``arazzo run`` with reports: written at the end of every kind of run, and never by halves."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.e2e.training import INPUTS, OURS, words
from tests.reporting.recordings import check_schema
from tests.reporting.test_har import check as check_har
from tests.support.answers import aws_error, json_answer
from tests.support.command import Command
from tests.support.endpoint import Endpoint
from tests.support.sagemaker_endpoint import ACCESS_KEY, SageMakerEndpoint

FORMATS = ("har", "junit", "trace")


def options(folder: Path) -> list[str]:
    return [word for name in FORMATS for word in (f"--{name}", str(folder / name))]


def test_a_run_in_every_format(arazzo: Command, tmp_path: Path) -> None:
    with SageMakerEndpoint(["InProgress", "Completed"]) as endpoint:
        done = arazzo(*words(endpoint, *options(tmp_path)))
    assert done.code == 0
    assert "trainingJobStatus: Completed" in done.out
    trace = json.loads((tmp_path / "trace").read_text())
    check_schema("trace", trace)
    assert trace["status"] == "completed"
    assert len(trace["workflows"][0]["items"]) == 3
    operation = trace["workflows"][0]["items"][0]["operation"]
    assert operation["operationId"] == "CreateTrainingJob"
    har = json.loads((tmp_path / "har").read_text())
    check_har(har)
    assert [e["_stepId"] for e in har["log"]["entries"]] == [
        "createTrainingJob",
        "pollTrainingJob",
        "pollTrainingJob",
    ]
    junit = ET.parse(tmp_path / "junit").getroot()
    assert (junit.attrib["tests"], junit.attrib["errors"]) == ("2", "0")
    for name in FORMATS:
        assert ACCESS_KEY not in (tmp_path / name).read_text()


def test_steps_that_were_never_reached_are_skipped(arazzo: Command, tmp_path: Path) -> None:
    with SageMakerEndpoint([], create=aws_error("ValidationException", "bad")) as endpoint:
        done = arazzo(*words(endpoint, *options(tmp_path)))
    assert done.code == 1
    junit = ET.parse(tmp_path / "junit").getroot()
    (suite,) = junit
    assert [suite.attrib[n] for n in ("tests", "failures", "skipped")] == ["2", "1", "1"]
    assert json.loads((tmp_path / "trace").read_text())["status"] == "failed"


def test_a_run_that_cannot_begin_leaves_no_old_report(arazzo: Command, tmp_path: Path) -> None:
    for name in FORMATS:
        (tmp_path / name).write_text("old")
    done = arazzo("run", OURS.file, "--json", *options(tmp_path))
    assert done.code == 2
    trace = json.loads((tmp_path / "trace").read_text())
    check_schema("trace", trace)
    check_schema("result", json.loads(done.out))
    assert trace["error"]["problems"]
    check_har(json.loads((tmp_path / "har").read_text()))
    assert ET.parse(tmp_path / "junit").getroot().attrib["errors"] == "1"


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_to_standard_output_takes_the_place_of_the_outputs(
    arazzo: Command, name: str
) -> None:
    with SageMakerEndpoint(["Completed"]) as endpoint:
        done = arazzo(*words(endpoint, f"--{name}", "-"))
    assert done.code == 0
    starts = {"har": "{", "trace": "{", "junit": "<?xml"}
    assert done.out.startswith(starts[name])
    assert not done.out.endswith("model.tar.gz\n")


def test_two_reports_do_not_share_standard_output(arazzo: Command) -> None:
    done = arazzo("run", OURS.file, "--har", "-", "--trace", "-")
    assert done.code == 2
    assert "--har - and --trace - both write to standard output" in done.err
    assert "--trace run.json" in done.err


def test_a_place_that_cannot_be_written_is_told_before_anything_is_sent(arazzo: Command) -> None:
    with SageMakerEndpoint([]) as endpoint:
        done = arazzo(*words(endpoint, "--har", "no/such/folder/x.har"))
    assert done.code == 2
    assert endpoint.requests == []
    assert "--har: cannot write to 'no/such/folder/x.har': No such file" in done.err


def test_a_report_that_is_lost_at_the_end_is_no_success(arazzo: Command) -> None:
    with SageMakerEndpoint(["Completed"]) as endpoint:
        done = arazzo(*words(endpoint, "--har", "/dev/full"))
    assert done.code == 1
    assert "--har: cannot write to '/dev/full': No space left" in done.err
    assert INPUTS["s3OutputPath"] in done.out, "the outputs are not lost"


def test_spans_and_metrics_reach_a_collector(arazzo: Command) -> None:
    pytest.importorskip("opentelemetry.sdk")
    with (
        Endpoint(lambda _request: json_answer({})) as collector,
        SageMakerEndpoint(["Completed"]) as sagemaker,
    ):
        done = arazzo(*words(sagemaker, "--otel"), OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert done.code == 0
    assert {request.target for request in collector.requests} == {"/v1/traces", "/v1/metrics"}
    spans = b"".join(r.body for r in collector.requests if r.target == "/v1/traces")
    if spans.startswith(b"\x1f\x8b"):
        spans = gzip.decompress(spans)
    assert b"step createTrainingJob" in spans
    assert ACCESS_KEY.encode() not in spans


def test_the_servers_are_told_of_the_trace_and_signatures_hold(arazzo: Command) -> None:
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    trace = "0af7651916cd43dd8448eb211c80319c"
    with (
        Endpoint(lambda _request: json_answer({})) as collector,
        SageMakerEndpoint(["InProgress", "Completed"]) as sagemaker,
    ):
        done = arazzo(
            *words(sagemaker, "--otel"),
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            OTEL_EXPORTER_OTLP_COMPRESSION="none",
            TRACEPARENT=f"00-{trace}-b7ad6b7169203331-01",
        )
    assert done.code == 0, done.err
    spans = {
        span.span_id.hex(): span
        for request in collector.requests
        if request.target == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(request.body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert {span.trace_id.hex() for span in spans.values()} == {trace}
    assert "b7ad6b7169203331" in {span.parent_span_id.hex() for span in spans.values()}
    told = []
    for request in sagemaker.requests:  # which checks every signature
        version, of, parent, flags = request.header("traceparent").split("-")
        assert (version, of) == ("00", trace)
        assert int(flags, 16) & 1  # sampled
        assert spans[parent].name == "POST"
        assert "traceparent" not in request.header("Authorization")  # proxies may change it
        told.append(parent)
    assert len(set(told)) == 3


def test_without_the_option_the_servers_are_told_nothing(arazzo: Command) -> None:
    with SageMakerEndpoint(["Completed"]) as sagemaker:
        done = arazzo(*words(sagemaker), TRACEPARENT=f"00-{'a' * 32}-{'b' * 16}-01")
    assert done.code == 0
    assert not any(request.values("traceparent") for request in sagemaker.requests)


def test_a_collector_that_is_not_there_never_fails_the_run(arazzo: Command) -> None:
    pytest.importorskip("opentelemetry.sdk")
    with SageMakerEndpoint(["Completed"]) as endpoint:
        done = arazzo(
            *words(endpoint, "--otel"),
            OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
            OTEL_EXPORTER_OTLP_TIMEOUT="1",
        )
    assert done.code == 0


def test_the_curl_command_of_a_failed_run_is_signed_and_accepted(arazzo: Command) -> None:
    """The very command that is printed, against an endpoint that checks signatures."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with SageMakerEndpoint([], create=aws_error("ValidationException", "bad")) as endpoint:
        failed = arazzo(*words(endpoint))
        (line,) = (text for text in failed.err.splitlines() if "to reproduce it: " in text)
        done = subprocess.run(
            ["sh", "-c", line.partition(": ")[2]],
            env={**arazzo.variables()},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0
    assert json.loads(done.stdout)["message"] == "bad"
    first, again = endpoint.requests
    assert again.body == first.body
    assert again.header("Authorization").startswith("AWS4-HMAC-SHA256")


def test_a_plain_run_imports_nothing_of_the_reports(arazzo: Command, tmp_path: Path) -> None:
    script = (
        "import sys; from arazzo_runner.cli.main import main; main(sys.argv[1:]);"
        "print(*[m for m in sys.modules if m.startswith('arazzo_runner.reporting.')])"
    )
    with SageMakerEndpoint(["Completed"]) as endpoint:
        done = subprocess.run(
            [sys.executable, "-c", script, *words(endpoint)],
            cwd=arazzo.folder,
            env=arazzo.variables(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    loaded = {name.rpartition(".")[2] for name in done.stdout.splitlines()[-1].split()}
    assert "console" in loaded
    heavy = {"recording", "har", "junit", "trace", "html_report", "flow", "telemetry", "signing"}
    assert not loaded & heavy


@pytest.mark.parametrize("option", ["--html", "--junit", "--har", "--trace"])
def test_a_dry_run_has_nothing_to_report(arazzo: Command, option: str) -> None:
    done = arazzo("run", OURS.file, "--dry-run", option, "x")
    assert done.code == 2
    assert f"--dry-run and {option} contradict each other" in done.err
