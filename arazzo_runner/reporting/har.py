"""HAR 1.2: the requests of a run for browsers' network panels and every tool that reads HAR.

Fields that begin with ``_`` are ours: which step of which workflow sent a request. What was not
measured is -1, as the format wants it. Signatures and credentials are not part of a record.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from arazzo_runner._version import __version__
from arazzo_runner.reporting.json_data import header_data, json_data, timestamp
from arazzo_runner.reporting.recording import Attempt, Recording, StepRun, WorkflowRun
from arazzo_runner.reporting.text import file_text, sent_text
from arazzo_runner.values import ABSENT, File, Headers, Json, Redactor, Request, Response, header

__all__ = ["har_data", "har_text"]


def har_text(recording: Recording, redactor: Redactor) -> str:
    """The HAR file of a run."""
    return json.dumps(har_data(recording, redactor), indent=1, ensure_ascii=False) + "\n"


def har_data(recording: Recording, redactor: Redactor) -> dict[str, Json]:
    """The same as data. A page is one execution of a workflow, an entry one attempt of a step."""
    workflows = list(recording.workflows())
    names = {id(workflow): f"workflow_{n}" for n, workflow in enumerate(workflows, 1)}
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "arazzo", "version": __version__},
            "pages": [_page(w, names[id(w)], redactor) for w in workflows],
            "entries": [
                {"pageref": names[id(workflow)], **entry}
                for workflow, step, attempt in recording.attempts()
                for entry in _entries(workflow, step, attempt, redactor)
            ],
        }
    }


def _page(workflow: WorkflowRun, name: str, redactor: Redactor) -> dict[str, Json]:
    return {
        "startedDateTime": timestamp(workflow.started.at),
        "id": name,
        "title": redactor.text(workflow.workflow_id),
        "pageTimings": {"onContentLoad": -1, "onLoad": -1},
    }


def _entries(
    workflow: WorkflowRun, step: StepRun, attempt: Attempt, redactor: Redactor
) -> Iterator[dict[str, Json]]:
    """An attempt, after the redirects that led to its answer. Only all of it was timed."""
    request = attempt.sent.request
    response = attempt.answer.response if attempt.answer else None
    about: dict[str, Json] = {
        "cache": {},
        "comment": f"step {redactor.text(step.step_id)}, attempt {attempt.sent.attempt}",
        "_workflowId": redactor.text(workflow.workflow_id),
        "_stepId": redactor.text(step.step_id),
        "_attempt": attempt.sent.attempt,
        "_resourceType": "fetch",  # what network panels sort by
    }
    for hop in response.hops if response else ():
        sent = Request(hop.method, hop.url)
        answer = _response(Response(hop.status, hop.headers), redactor)
        yield {
            **_timed(attempt, 0.0),
            "request": _request(sent, redactor),
            "response": answer,
            **about,
        }
    if response is not None and response.hops:
        request = Request(request.method, response.url)
    data = {"request": _request(request, redactor), "response": _response(response, redactor)}
    if attempt.lost is not None:
        message = redactor.text(attempt.lost.message)
        data["response"]["_error"] = f"{attempt.lost.kind}: {message}"
    yield {**_timed(attempt, round(attempt.duration_ms, 3)), **data, **about}


def _timed(attempt: Attempt, time: float) -> dict[str, Json]:
    return {
        "startedDateTime": timestamp(attempt.sent.at),
        "time": time,
        "timings": {"send": 0, "wait": time, "receive": 0},
    }


def _request(request: Request, redactor: Redactor) -> dict[str, Json]:
    data: dict[str, Json] = {
        "method": request.method,
        "url": redactor.text(request.url),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(request.headers, redactor),
        "queryString": _query(request.url, redactor),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        media_type = header(request.headers, "content-type") or "application/octet-stream"
        # The format has no encoding for what is sent: what is not text cannot be told exactly.
        text = sent_text(request.body)
        data["postData"] = {"mimeType": media_type, "text": redactor.text(text)}
    return data


def _query(url: str, redactor: Redactor) -> list[Json]:
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return [{"name": redactor.text(name), "value": redactor.text(value)} for name, value in pairs]


def _headers(headers: Headers, redactor: Redactor) -> list[Json]:
    return [{"name": name, "value": value} for name, value in header_data(headers, redactor)]


def _response(response: Response | None, redactor: Redactor) -> dict[str, Json]:
    """An answer; one that never came has status 0, as browsers write it."""
    if response is None:
        response = Response(0)
    return {
        "status": response.status,
        "statusText": _status_text(response.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(response.headers, redactor),
        "content": _content(response, redactor),
        "redirectURL": redactor.text(response.header("location") or ""),
        "headersSize": -1,
        "bodySize": -1 if response.status == 0 else response.size,
    }


def _content(response: Response, redactor: Redactor) -> dict[str, Json]:
    data: dict[str, Json] = {
        "size": response.size,
        "mimeType": response.content_type or "x-unknown",
    }
    body = response.body
    if isinstance(body, bytes):
        data["text"] = base64.b64encode(redactor.value(body)).decode()
        data["encoding"] = "base64"
    elif isinstance(body, File):
        data["comment"] = redactor.text(f"in {file_text(body)}")
    elif isinstance(body, str):
        data["text"] = redactor.text(body)
    elif body is not ABSENT:
        data["text"] = json.dumps(json_data(body, redactor), ensure_ascii=False)
    return data


def _status_text(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
