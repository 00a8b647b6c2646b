"""A worker's credentials do not come back to runs, whatever servers repeat."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.errors import Fault
from arazzo_runner.interpreter import RequestFailed, ResponseArrived, WaitOver
from arazzo_runner.temporal.masking import Masking
from arazzo_runner.values import ABSENT, File, Hop, Redactor, Response

TOKEN = "t0ken-of/the worker"
OWN = "own-t0ken-of-a-run"


@pytest.fixture
def masking() -> Masking:
    redactor = Redactor([TOKEN, "admin", "letmein", "1234567"])
    redactor.add(OWN, of_run=True)
    return Masking(redactor)


def arrived(**fields: Any) -> ResponseArrived:
    return ResponseArrived(Response(200, **fields), 1.0)


def body(masking: Masking, value: Any) -> Any:
    event = masking.event(arrived(body=value))
    assert isinstance(event, ResponseArrived)
    return event.response.body


ECHO = base64.b64encode(f"user:{TOKEN}".encode())


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"a": [f"Bearer {TOKEN}", 1, None]}, {"a": ["Bearer •••", 1, None]}),
        ([{TOKEN: 1}], [{"•••": 1}]),
        (f"it is {TOKEN}!", "it is •••!"),
        (f"it is {TOKEN}!".encode(), "it is •••!".encode()),
        (json.dumps({"a": TOKEN}), '{"a": "•••"}'),
        (f"u={TOKEN.replace('/', '%2F').replace(' ', '+')}", "u=•••"),
    ],
)
def test_in_bodies(masking: Masking, value: Any, masked: Any) -> None:
    assert body(masking, value) == masked


def test_in_base64(masking: Masking) -> None:
    assert ECHO.decode() not in body(masking, {"authorization": f"Basic {ECHO.decode()}"})


@pytest.mark.parametrize(
    "value",
    [
        {"role": "admin", "say": "letmein", "pin": "1234567", "token": OWN, "t": TOKEN[:-1]},
        ABSENT,
        "plain",
        None,
        3,
    ],
)
def test_what_stays_for_workflows_to_work_with(masking: Masking, value: Any) -> None:
    assert body(masking, value) == value


def test_a_file_stays(masking: Masking, tmp_path: Any) -> None:
    (tmp_path / "a").write_text(TOKEN)
    file = File(tmp_path / "a")
    assert body(masking, file) is file


def test_urls_headers_and_messages(masking: Masking) -> None:
    headers = (("X-Echo", TOKEN), ("X-Role", "admin"))
    hop = Hop("GET", f"http://h/?key={TOKEN}&u=admin", 302, headers)
    event = masking.event(
        arrived(headers=headers, url="http://h/admin", hops=(hop,), note=f"odd {TOKEN}")._replace(
            deviations=(Fault("r", f"not {TOKEN}", hint=TOKEN), Fault("r", "m"))
        )
    )
    assert isinstance(event, ResponseArrived)
    shown = (("X-Echo", "•••"), ("X-Role", "admin"))
    assert event.response == Response(
        200,
        shown,
        url="http://h/•••",
        hops=(Hop("GET", "http://h/?key=•••&u=•••", 302, shown),),
        note="odd •••",
    )
    assert event.deviations == (Fault("r", "not •••", hint="•••"), Fault("r", "m"))
    failed = RequestFailed("dns", f"no {TOKEN}", 2.0)
    assert masking.event(failed) == RequestFailed("dns", "no •••", 2.0)
    assert masking.event(WaitOver(1.0)) == WaitOver(1.0)
    assert masking.text(f"the {TOKEN}") == "the •••"


def test_tokens_that_are_fetched_on_the_way() -> None:
    redactor = Redactor()
    masking = Masking(redactor)
    event = arrived(body={"a": TOKEN})
    assert masking.event(event) is event
    redactor.add(TOKEN)
    assert body(masking, {"a": TOKEN}) == {"a": "•••"}
    redactor.add("an0ther-token")
    assert body(masking, {"a": ["an0ther-token", TOKEN]}) == {"a": ["•••", "•••"]}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.just(f"<{TOKEN}>"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )
)
def test_never_in_any_body(value: Any) -> None:
    masked = body(Masking(Redactor([TOKEN])), value)
    text = json.dumps(value, ensure_ascii=False)
    assert json.dumps(masked, ensure_ascii=False) == text.replace(TOKEN, "•••")
