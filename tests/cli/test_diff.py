"""``arazzo diff``: only what counts is told, of traces and of documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.reporting.comparison import compare_traces
from arazzo_runner.reporting.trace import trace_data
from tests.cli.flows import arazzo, write_flow
from tests.reporting.shop import run_shop, write_shop


def trace(folder: Path, **how: Any) -> Any:
    folder.mkdir(exist_ok=True)
    recording, _, redactor = run_shop(folder, **how)
    return json.loads(json.dumps(trace_data(recording, redactor)))


def lines(found: Any) -> list[tuple[str, str, Any, Any]]:
    return [(d.kind, d.where, d.before, d.after) for d in found]


def test_two_runs_of_the_same_are_the_same(tmp_path: Path) -> None:
    one, other = trace(tmp_path / "a"), trace(tmp_path / "b")
    assert one["runId"] != other["runId"]
    assert compare_traces(one, other) == []


def test_another_path_through_the_workflow(tmp_path: Path) -> None:
    found = lines(compare_traces(trace(tmp_path / "a"), trace(tmp_path / "b", charge=402)))
    assert found == [
        ("flow", "place-order: charge: status", "success", "failure"),
        ("response", "place-order: charge: response.status", 200, 402),
        ("criteria", "place-order: charge: criteria.$statusCode == 200", True, False),
        (
            "action",
            "place-order: charge: action",
            None,
            {"name": "refused", "type": "goto", "stepId": "notify"},
        ),
        ("flow", "place-order: track", "success", None),
        ("flow", "place-order: notify", None, "success"),
        ("flow", "place-order: notify > tell-customer: mail", None, "success"),
        ("outputs", "outputs.eta", "2026-12-01", None),
    ]


def test_more_visits_and_other_bodies(tmp_path: Path) -> None:
    one, other = trace(tmp_path / "a"), trace(tmp_path / "b", polls=6)
    step = other["workflows"][0]["items"][2]
    assert step["stepId"] == "charge"
    step["attempts"][0]["request"]["body"] = '{"card": 5}'
    step["attempts"][0]["response"]["headers"].append(["Date", "today"])
    step["attempts"][0]["response"]["headers"].append(["X-New", "1"])
    found = lines(compare_traces(one, other))
    assert ("flow", "place-order: track: visits", 4, 6) in found
    assert ("request", "place-order: charge: request.body.card", "•••", 5) in found
    assert ("response", "place-order: charge: response.headers.x-new", None, "1") in found
    assert len(found) == 3


def test_traces_on_the_command_line(tmp_path: Path) -> None:
    for name, charge in (("a.json", 200), ("b.json", 500)):
        (tmp_path / name).write_text(json.dumps(trace(tmp_path / "x", charge=charge)))
    done = arazzo("diff", "a.json", "a.json", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no differences\n")
    done = arazzo("diff", "a.json", "b.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "~ place-order: charge: response.status: 200 → 500" in done.stdout
    assert '- place-order: track: "success"' in done.stdout
    data = json.loads(arazzo("diff", "a.json", "b.json", "--json", cwd=tmp_path).stdout)
    assert {"kind": "flow", "where": "place-order: track", "before": "success"} in data[
        "differences"
    ]


def test_documents(tmp_path: Path) -> None:
    file = Path(write_shop(tmp_path))
    text = file.read_text()
    text = text.replace("retryLimit: 3", "retryLimit: 5").replace("stepId: charge", "stepId: pay")
    text = text.replace("workflowId: sign-in", "workflowId: log-in").replace(
        "[sign-in]", "[log-in]"
    )
    text = text.replace("quantity: {type: integer}", "quantity: {type: number}")
    (tmp_path / "new.yaml").write_text(text)
    done = arazzo("diff", str(file), "new.yaml", cwd=tmp_path)
    assert done.returncode == 1
    busy = '"retry 3 times every 0.001 s" → "retry 5 times every 0.001 s"'
    assert done.stdout.splitlines() == [
        '~ place-order: inputs.properties.quantity.type: "integer" → "number"',
        f"~ place-order: checkStock: action.on failure busy: {busy}",
        '- place-order: charge: "POST /charges"',
        '+ place-order: pay: "POST /charges"',
        '- sign-in: "workflow"',
        '+ log-in: "workflow"',
    ]


@pytest.mark.parametrize(
    ("files", "code", "message"),
    [
        (("t.json", "flow.yaml"), 2, "not of a kind"),
        (("t.json", "damaged.json"), 2, "damaged"),
        (("t.json", "future.json"), 2, "not a trace that this version can read"),
        (("t.json", "broken.json"), 2, "not a trace that this version can read"),
        (("flow.yaml", "no-such.yaml"), 3, "no-such.yaml"),
    ],
)
def test_what_cannot_be_compared(
    tmp_path: Path, files: tuple[str, str], code: int, message: str
) -> None:
    write_flow(tmp_path)
    good = trace(tmp_path / "x")
    (tmp_path / "t.json").write_text(json.dumps(good))
    (tmp_path / "damaged.json").write_text(json.dumps({**good, "workflows": [{}]}))
    (tmp_path / "future.json").write_text(json.dumps({**good, "traceVersion": 2}))
    (tmp_path / "broken.json").write_text(json.dumps(good)[:500])
    done = arazzo("diff", *files, cwd=tmp_path)
    assert done.returncode == code
    assert message in done.stderr
    assert "internal" not in done.stderr
