"""Recorded runs: what was sent and what came, secrets masked; and replaying them offline."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from arazzo_runner.errors import UsageError
from arazzo_runner.interpreter import (
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    RunFinished,
    WorkflowStarted,
)
from arazzo_runner.linking.program import Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.simulation.cases import request_body
from arazzo_runner.simulation.scenarios import read_script
from arazzo_runner.simulation.simulation import Simulation, simulate
from arazzo_runner.values import ABSENT, EMPTY, MASK, Json, Redactor, Value, json_text

__all__ = ["Recorder", "Replay", "replay"]

_MADE_ANEW: Final = frozenset(
    {
        "authorization",
        "date",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-content-sha256",
        "cookie",
    }
)
"""Header fields that differ each time or hold credentials: neither recorded nor compared."""


class Recorder:
    """Collects the records of one run; :meth:`cassette` is what to keep of it."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._exchanges: list[dict[str, Json]] = []
        self._workflow: str | None = None
        self._inputs: Mapping[str, Value] = {}
        self._end: RunFinished | None = None

    def record(self, record: Record) -> None:
        """One more record."""
        if isinstance(record, WorkflowStarted) and record.depth == 0 and self._workflow is None:
            self._workflow, self._inputs = record.workflow_id, record.inputs
        elif isinstance(record, RequestSent):
            self._exchanges.append({"step": record.step_id, "request": self._request(record)})
        elif isinstance(record, ResponseReceived) and self._exchanges:
            self._exchanges[-1]["response"] = self._response(record)
        elif isinstance(record, RequestLost) and self._exchanges:
            self._exchanges[-1]["fail"] = _failure(record.kind)
        elif isinstance(record, RunFinished):
            self._end = record

    def cassette(self, document: str, servers: Mapping[str, str] = EMPTY) -> dict[str, Json]:
        """The recorded run; ``document`` is the path of the Arazzo document from the cassette,
        ``servers`` are those that took the place of the described ones.
        """
        end = self._end
        data: dict[str, Json] = {
            "document": document,
            "workflow": self._workflow,
            "servers": {name: self._redactor.text(url) for name, url in servers.items()},
            "inputs": self._plain(dict(self._inputs)),
            "exchanges": [e for e in self._exchanges if "response" in e or "fail" in e],
            "result": None,
        }
        if end is not None:
            data["result"] = {"status": end.status, "outputs": self._plain(dict(end.outputs))}
        return data

    def _request(self, record: RequestSent) -> dict[str, Json]:
        request = record.request
        found: dict[str, Json] = {
            "method": request.method,
            "url": self._redactor.text(request.url),
            "headers": {
                name: self._redactor.text(value)
                for name, value in request.headers
                if name.lower() not in _MADE_ANEW
            },
        }
        if request.body:
            found["body"] = self._plain(request_body(request.body))
        return found

    def _response(self, record: ResponseReceived) -> dict[str, Json]:
        response = record.response
        found: dict[str, Json] = {
            "status": response.status,
            "headers": {
                name: self._redactor.text(value)
                for name, value in response.headers
                if name.lower() not in ("content-type", "content-length", "transfer-encoding",
                                        "connection", "content-encoding", "set-cookie")
            },
        }  # fmt: skip
        if response.content_type:
            found["contentType"] = response.content_type
        if response.body is not ABSENT:
            found["body"] = self._plain(response.body)
        return found

    def _plain(self, value: Value) -> Json:
        """JSON data with every known secret masked."""
        if isinstance(value, str):
            return self._redactor.text(value)
        if isinstance(value, bytes):
            return "base64:" + base64.b64encode(value).decode()
        if isinstance(value, dict):
            return {self._redactor.text(k): self._plain(item) for k, item in value.items()}
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        return value


def _failure(kind: str) -> str:
    return kind if kind in ("connect", "dns", "tls", "timeout", "protocol", "reset") else "connect"


# -- replay ----------------------------------------------------------------------------------------


class Replay(NamedTuple):
    """How a replayed run went; ``drift`` says what differs from the recording."""

    simulation: Simulation
    drift: tuple[str, ...]


def replay(program: Program, cassette: Json, where: str) -> Replay:
    """Run a recorded workflow again, with the recorded answers and without the network.

    Raises:
        UsageError: it is not a cassette, or its workflow is not in the program.
        InputError: the recorded inputs do not fit any more.
    """
    if not isinstance(cassette, dict) or "exchanges" not in cassette:
        raise UsageError(f"{where} is not a cassette", hint="arazzo run … --record FILE writes one")
    workflow_id, inputs = cassette.get("workflow"), cassette.get("inputs") or {}
    if not isinstance(workflow_id, str) or workflow_id not in program.entries:
        raise UsageError(f"{where}: the document has no workflow '{workflow_id}'")
    script = read_script(_answers(cassette), where)
    done = simulate(program, workflow_id, inputs, script=script, bare=True)
    return Replay(done, tuple(_drift(cassette, done)))


def _answers(cassette: dict[str, Json]) -> list[Json]:
    entries = []
    for exchange in cassette["exchanges"] or ():
        entry = dict(exchange)
        response = entry.get("response")
        if isinstance(response, dict):
            body = response.get("body", ABSENT)
            if isinstance(body, str) and body.startswith("base64:"):
                response = {**response, "body": base64.b64decode(body[7:])}
            entry["response"] = response
        entries.append(entry)
    return entries


def _drift(cassette: dict[str, Json], done: Simulation) -> list[str]:
    found: list[str] = []
    recorded = list(cassette["exchanges"] or ())
    sent = [record for record in done.records if isinstance(record, RequestSent)]
    for number, (was, now) in enumerate(zip(recorded, sent, strict=False), 1):
        if was.get("step") != now.step_id:
            found.append(f"request {number}: was of step {was.get('step')}, is of {now.step_id}")
            break
        found += _request_drift(number, was.get("request") or {}, now)
    else:
        for extra in sent[len(recorded) :]:
            found.append(
                f"one more request: {extra.request.method} {extra.request.url} ({extra.step_id})"
            )
        for missing in recorded[len(sent) :]:
            found.append(f"a request is not sent any more: step {missing.get('step')}")
    result = cassette.get("result") or {}
    if result and result.get("status") != done.result.status:
        found.append(f"status: was {result.get('status')}, is {done.result.status}")
    if result:
        found += _value_drift(result.get("outputs", {}), dict(done.result.outputs), "outputs")
    return found


def _request_drift(number: int, was: dict[str, Json], now: RequestSent) -> list[str]:
    request, where = now.request, f"request {number} ({now.step_id})"
    found = _value_drift(was.get("method"), request.method, f"{where}: method")
    found += _value_drift(was.get("url"), request.url, f"{where}: url")
    headers = {n.lower(): v for n, v in request.headers if n.lower() not in _MADE_ANEW}
    before = {str(n).lower(): v for n, v in (was.get("headers") or {}).items()}
    found += _value_drift(before, headers, f"{where}: headers")
    return found + _value_drift(was.get("body"), request_body(request.body), f"{where}: body")


def _value_drift(was: Json, now: Value, where: str) -> list[str]:
    """What differs; a masked part fits anything."""
    if isinstance(was, str) and MASK in was and isinstance(now, str):
        return []
    if isinstance(was, dict) and isinstance(now, dict):
        found = []
        for name in dict.fromkeys([*was, *now]):
            found += _value_drift(was.get(name, ABSENT), now.get(name, ABSENT), f"{where}/{name}")
        return found
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        pairs = enumerate(zip(was, now, strict=True))
        return [text for n, (a, b) in pairs for text in _value_drift(a, b, f"{where}/{n}")]
    if was == now and isinstance(was, bool) is isinstance(now, bool):
        return []
    return [f"{where}: was {_short(was)}, is {_short(now)}"]


def _short(value: Value) -> str:
    if value is ABSENT:
        return "absent"
    try:
        text = json_text(value)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 120 else text[:119] + "…"
