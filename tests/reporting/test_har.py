"""HAR: valid, complete, and without secrets."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from arazzo_runner.interpreter.records import RequestSent, ResponseReceived, StepStarted
from arazzo_runner.reporting.har import har_data, har_text
from arazzo_runner.values import ABSENT, MASK, File, Hop, Redactor, Request, Response
from tests.reporting.recordings import recorded
from tests.reporting.records import T0, WORKFLOW, happy, rough, started
from tests.support.browser import Browser, browser

__all__ = ["browser"]

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "har-1.2.schema.json").read_text())


def check(data: Any) -> None:
    errors = [f"{e.json_path}: {e.message}" for e in Draft202012Validator(SCHEMA).iter_errors(data)]
    assert errors == []
    pages = {page["id"] for page in data["log"]["pages"]}
    assert all(entry["pageref"] in pages for entry in data["log"]["entries"])


def exchange(request: Request, answer: Response, redactor: Redactor | None = None) -> Any:
    """The entry of one request and its answer."""
    recording = recorded(
        [
            started(),
            StepStarted("s", WORKFLOW, 1, 0, T0),
            RequestSent("s", WORKFLOW, request, 1, 0, T0 + 0.5),
            ResponseReceived("s", WORKFLOW, answer, 1, 0, T0 + 0.6, 100.0),
        ]
    )
    data = har_data(recording, redactor or Redactor())
    check(data)
    (entry,) = data["log"]["entries"]
    return entry


@pytest.mark.parametrize("records", [happy(), rough(), []])
def test_it_is_valid(records: Any) -> None:
    check(json.loads(har_text(recorded(records), Redactor())))


def test_an_entry_says_what_was_sent_and_what_came() -> None:
    request = Request(
        "POST",
        "https://h.example/a?q=1&e=",
        (("Content-Type", "application/json"), ("X", "y")),
        b'{"a":"\xc3\xa9"}',
    )
    entry = exchange(request, Response(201, (("Location", "/b"),), {"é": 1}, "application/json", 9))
    assert entry["startedDateTime"] == "2023-11-14T22:13:20.500Z"
    assert entry["time"] == entry["timings"]["wait"] == 100.0
    sent, came = entry["request"], entry["response"]
    assert sent["queryString"] == [{"name": "q", "value": "1"}, {"name": "e", "value": ""}]
    assert sent["headers"][1] == {"name": "X", "value": "y"}
    assert sent["postData"] == {"mimeType": "application/json", "text": '{"a":"é"}'}
    assert sent["bodySize"] == 10
    assert (came["status"], came["statusText"], came["redirectURL"]) == (201, "Created", "/b")
    assert came["content"] == {"size": 9, "mimeType": "application/json", "text": '{"é": 1}'}
    assert (entry["_stepId"], entry["_workflowId"], entry["_attempt"]) == ("s", WORKFLOW, 1)


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("text", {"text": "text"}),
        (b"\x00\xff", {"text": base64.b64encode(b"\x00\xff").decode(), "encoding": "base64"}),
        (ABSENT, {}),
        (None, {"text": "null"}),
    ],
)
def test_bodies_of_every_kind(body: Any, content: dict[str, str]) -> None:
    entry = exchange(Request("GET", "http://h/"), Response(299, (), body, "", 3))
    assert entry["response"]["content"] == {"size": 3, "mimeType": "x-unknown", **content}
    assert entry["response"]["statusText"] == ""
    assert "postData" not in entry["request"]


def test_no_answer_is_status_0_with_the_reason() -> None:
    last = har_data(recorded(rough()), Redactor())["log"]["entries"][-1]
    assert last["response"]["status"] == 0
    assert last["response"]["_error"] == "connect: connection refused"


def test_secrets_are_masked_everywhere() -> None:
    secret = "s3cret-key/+"
    headers = (("Authorization", "Bearer zzz"), ("X-Other", secret))
    request = Request("POST", "http://h/?k=s3cret-key%2F%2B", headers, secret.encode())
    for body in ({"a": [secret]}, secret, secret.encode()):
        answer = Response(200, (("Set-Cookie", "sid=9"), ("Location", secret)), body, "x", 3)
        entry = exchange(request, answer, Redactor([secret]))
        text = json.dumps(entry)
        encoded = base64.b64encode(secret.encode()).decode()
        for leak in (secret, "zzz", "sid=9", "s3cret-key%2F%2B", encoded):
            assert leak not in text
        assert entry["request"]["queryString"] == [{"name": "k", "value": MASK}]


def test_redirects_are_entries_before_the_answer() -> None:
    hop = Hop("POST", "http://h/old", 303, (("Location", "/new"),))
    answer = Response(200, (), {}, "application/json", 2, None, "http://h/new", (hop,))
    recording = recorded(
        [
            started(),
            StepStarted("s", WORKFLOW, 1, 0, T0),
            RequestSent("s", WORKFLOW, Request("POST", "http://h/old"), 1, 0, T0),
            ResponseReceived("s", WORKFLOW, answer, 1, 0, T0 + 1, 1000.0),
        ]
    )
    data = har_data(recording, Redactor())
    check(data)
    first, last = data["log"]["entries"]
    assert (first["response"]["status"], first["response"]["redirectURL"]) == (303, "/new")
    assert last["request"]["url"] == "http://h/new"


def test_an_answer_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"123")
    answer = Response(200, (), File(tmp_path / "a.bin"), "application/octet-stream", 3)
    content = exchange(Request("GET", "http://h/"), answer)["response"]["content"]
    assert content["comment"] == f"in {tmp_path / 'a.bin'} (3 bytes)"


IMPORT = """
const done = arguments[arguments.length - 1], text = arguments[0];
const count = JSON.parse(text).log.entries.length;
(async () => {
  let panels, ui;
  try {
    panels = await import('devtools://devtools/bundled/panels/network/network.js');
    ui = await import('devtools://devtools/bundled/ui/legacy/legacy.js');
  } catch (error) { done(null); return; }
  await ui.ViewManager.ViewManager.instance().showView('network');
  const view = panels.NetworkPanel.NetworkPanel.instance().networkLogView;
  await view.onLoadFromFile(new File([text], 'run.har', {type: 'application/json'}));
  const rows = () => view.dataGrid.rootNode().children, found = [];
  for (let waited = 0; waited < 100 && rows().length < count; waited++)
    await new Promise(go => setTimeout(go, 100));
  for (const node of rows()) {
    const request = node.request();
    found.push([request.requestMethod, request.url(), request.statusCode,
                request.resourceType().name(), request.requestHeaderValue('X-Amz-Target'),
                (await request.requestContentData()).text]);
  }
  done(found);
})().catch(error => done(String(error)));
"""


def test_the_network_panel_of_chromium_takes_it(browser: Browser) -> None:
    """The panel itself, as with its import button."""
    browser.driver.set_script_timeout(30)
    browser.driver.get("devtools://devtools/bundled/devtools_app.html?panel=network")
    text = har_text(recorded(happy()), Redactor())
    found = browser.driver.execute_async_script(IMPORT, text)
    if found is None:
        pytest.skip("this Chromium keeps its network panel elsewhere")
    assert isinstance(found, list), found
    entries = json.loads(text)["log"]["entries"]
    assert [entry[:4] for entry in found] == [
        [e["request"]["method"], e["request"]["url"], e["response"]["status"], "fetch"]
        for e in entries
    ]
    assert len(found) == 5
    assert found[0][4:] == ["SageMaker.X", '{"a": 1}']
