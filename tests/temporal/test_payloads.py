"""Values through the whole data converter, as clients and workers use it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError

from arazzo_runner.errors import CredentialsError, InputError, PayloadUnreadable, UsageError
from arazzo_runner.execution.lessons import Lessons
from arazzo_runner.temporal.codec import Packing
from arazzo_runner.temporal.payloads import data_converter, encrypts, refuse_secrets
from arazzo_runner.values import Redactor
from tests.temporal.support import raw_of

SECRET = "open-sesame/42"
KEY = base64.b64encode(os.urandom(32)).decode()
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUN_KEY", KEY)


def sent(converter: DataConverter, *values: Any) -> list[Payload]:
    return asyncio.run(converter.encode(values))


def received(converter: DataConverter, payloads: list[Payload]) -> list[Any]:
    return asyncio.run(converter.decode(payloads))


PLAIN = data_converter()


@given(values, st.binary(max_size=50))
def test_any_value_comes_back_in_its_order(value: Any, data: bytes) -> None:
    for converter in (PLAIN, data_converter("env:RUN_KEY")):
        back = received(converter, sent(converter, value, data))
        assert json.dumps(back[0]) == json.dumps(value)
        assert back[1] == data


def test_without_a_key_small_values_are_readable_in_the_ui() -> None:
    (made,) = sent(PLAIN, {"b": 1, "a": "ü"})
    assert made.data == b'{"b":1,"a":"\\u00fc"}'
    assert made.metadata == {"encoding": b"json/plain"}


@pytest.mark.parametrize("size", [10, 100_000, 3_000_000])
def test_with_a_key_nothing_is_readable_wherever_it_lies(size: int, tmp_path: Path) -> None:
    converter = data_converter("env:RUN_KEY", str(tmp_path / "blobs"))
    value = {"password": SECRET, "more": base64.b64encode(os.urandom(size)).decode()}
    made = sent(converter, value)
    kept = raw_of(made) + b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )
    for form in (SECRET, base64.b64encode(SECRET.encode()).decode()[:-2], "password"):
        assert form.encode() not in kept
    assert received(converter, made) == [value]
    assert len(raw_of(made)) < 200_000


def test_documents_of_many_runs_are_kept_once(tmp_path: Path) -> None:
    converter = data_converter("env:RUN_KEY", str(tmp_path))
    document = {"paths": os.urandom(300_000).hex()}
    made = [sent(converter, document, {"run": number})[0] for number in range(5)]
    assert len({each.data for each in made}) == 1
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def failure_of(converter: DataConverter) -> Failure:
    failure = Failure()
    try:
        try:
            raise ValueError(f"the password {SECRET} is wrong")
        except ValueError as error:
            raise ApplicationError(f"not {SECRET}", {"given": SECRET}) from error
    except ApplicationError as error:
        asyncio.run(converter.encode_failure(error, failure))
    return failure


def test_with_a_key_errors_say_nothing_on_the_server() -> None:
    converter = data_converter("env:RUN_KEY")
    failure = failure_of(converter)
    assert SECRET.encode() not in failure.SerializeToString()
    assert b"test_payloads" not in failure.SerializeToString()
    assert failure.message == failure.cause.message == "Encoded failure"
    error = asyncio.run(converter.decode_failure(failure))
    assert isinstance(error, ApplicationError)
    assert error.message == f"not {SECRET}"
    assert error.details == ({"given": SECRET},)
    assert "is wrong" in str(error.__cause__)


def test_without_a_key_errors_are_readable() -> None:
    assert failure_of(PLAIN).message == f"not {SECRET}"


def test_a_run_that_began_before_there_was_a_key() -> None:
    assert received(data_converter("env:RUN_KEY"), sent(PLAIN, {"a": 1})) == [{"a": 1}]


def test_who_has_no_key() -> None:
    made = sent(data_converter("env:RUN_KEY"), {"a": 1})
    with pytest.raises(PayloadUnreadable, match="known: none"):
        received(PLAIN, made)


def test_what_is_wrong_is_said_when_the_converter_is_made() -> None:
    with pytest.raises(CredentialsError, match="'OTHER' is not set"):
        data_converter("env:OTHER")
    with pytest.raises(UsageError, match="no store for large payloads at 'gs:'"):
        data_converter(None, "gs://bucket")


def refused(values: dict[str, Any], *known: str) -> tuple[str, ...]:
    schema = {
        "properties": {
            "pin": {"type": "integer", "writeOnly": True},
            "login": {"$ref": "#/login"},
            "other": {"allOf": [{"format": "password"}]},
        }
    }
    root = {"login": {"properties": {"user": {}, "password": {"format": "password"}}}}
    redactor = Redactor(known)
    Lessons(redactor).inputs(schema, values, root)  # as for every run
    with pytest.raises(InputError) as caught:
        refuse_secrets(schema, {"none": 1, **values}, root, redactor)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("encrypt the run: --codec-key env:NAME or file:PATH")
    return caught.value.problems


def test_secret_inputs_need_a_key() -> None:
    refuse_secrets(True, {"free": SECRET}, {}, Redactor(["other secret"]))
    assert refused({"pin": 1}) == ("input 'pin' is secret",)
    login = {"user": "u", "password": "p", "more": 1}
    assert refused({"pin": 12, "login": login}) == (
        "input 'pin' is secret",
        "input 'login' is secret",
    )
    assert refused({"other": SECRET}) == ("input 'other' is secret",)
    assert refused({"free": {"deep": [f"Bearer {SECRET}"]}}, SECRET) == ("input 'free' is secret",)


def test_whether_a_converter_encrypts() -> None:
    assert not encrypts(DataConverter.default)
    assert not encrypts(PLAIN)
    assert encrypts(data_converter("env:RUN_KEY"))
    assert encrypts(DataConverter(payload_codec=Packing()))  # somebody's own
