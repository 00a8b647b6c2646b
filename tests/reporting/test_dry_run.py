"""A dry run as people and programs read it."""

from __future__ import annotations

import json

from arazzo_runner.auth.signing_plan import SigningPlan
from arazzo_runner.errors import Location
from arazzo_runner.reporting.dry_run import dry_run_lines, dry_run_to_json
from arazzo_runner.reporting.text import Style
from arazzo_runner.simulation.dry_run import DryRun, PlannedStep
from arazzo_runner.values import Redactor, Request

JSON = (("Content-Type", "application/json"),)


def step(request: Request | None = None, **more: object) -> PlannedStep:
    plan = PlannedStep("s", "w", request, None, Location("f.yaml", 3))
    return plan._replace(**more)


def lines(*steps: PlannedStep) -> str:
    plan = DryRun("w", {"a": "secret-value"}, ("a",), steps, ())
    redactor = Redactor(["secret-value"])
    text = "\n".join(dry_run_lines(plan, Style(enabled=False), redactor))
    data = json.dumps(dry_run_to_json(plan, redactor))
    assert "secret-value" not in text + data
    return text


def test_bodies() -> None:
    text = lines(
        step(Request("POST", "http://a/", JSON, b'{"a":["secret-value"]}')),
        step(Request("POST", "http://a/", JSON, b"{")),
        step(Request("POST", "http://a/", (), b"\xff\x00")),
        step(Request("POST", "http://a/", (("Content-Type", "text/plain"),), b"one\ntwo\x1b")),
    )
    assert '    "a": [\n      "•••"' in text
    assert "\n  {\n" in text
    assert "(2 bytes)" in text
    assert "one\n  two\\x1b" in text


def test_everything_about_a_step() -> None:
    text = lines(
        step(
            Request("GET", "http://a/", (("Authorization", "Bearer x"), ("X", "y"))),
            signing=SigningPlan("s3", "us-east-1"),
            credentials=("key",),
            made_up={"id": "<steps.s.outputs.id>"},
            notes=("no server",),
            workflow_id="other",
        ),
        step(None, problem="no value secret-value"),
    )
    assert "1. s of other" in text
    assert "Authorization: •••\n  X: y" in text
    assert "(an AWS signature for s3 in us-east-1)" in text
    assert "--aws-sigv4 aws:amz:us-east-1:s3" in text
    assert "note: no server" in text
    assert "credentials: key" in text
    assert "id = <steps.s.outputs.id>" in text
    assert "cannot be sent: no value •••" in text


def test_data() -> None:
    plan = DryRun(
        "w",
        {},
        (),
        (
            step(Request("POST", "http://a/", JSON, b"\xff"), signing=SigningPlan("s3", "r")),
            step(None, problem="why", location=None),
        ),
        (),
    )
    assert not plan.ok
    data = dry_run_to_json(plan, Redactor())
    first, second = data["steps"]
    assert first["request"]["body"] == {"base64": "/w=="}
    assert first["signing"] == {"service": "s3", "region": "r"}
    assert (second["request"], second["problem"], second["line"]) == (None, "why", None)
