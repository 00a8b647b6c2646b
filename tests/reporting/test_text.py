from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.reporting.outputs import outputs_text
from arazzo_runner.reporting.state import state_text
from arazzo_runner.reporting.text import (
    Style,
    clip,
    duration_text,
    one_line,
    operand_text,
    printable,
    size_text,
    value_text,
    width_of,
)
from arazzo_runner.values import ABSENT, Redactor

PLAIN = Redactor()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 ms"),
        (0.0124, "12 ms"),
        (0.9996, "1 s"),
        (1.5, "1.5 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7440, "2 h 4 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (4300, "4.2 KB"), (5 << 20, "5.0 MB")],
)
def test_sizes(count: int, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(
    ("value", "shown", "operand"),
    [
        ("ab", "ab", '"ab"'),
        (5, "5", "5"),
        (None, "null", "null"),
        (True, "true", "true"),
        ({"a": [1]}, '{"a": [1]}', '{"a": [1]}'),
        (b"abc", "(3 bytes)", "(3 bytes)"),
        ([b"abc"], '["(3 bytes)"]', '["(3 bytes)"]'),
        ([ABSENT], '["ABSENT"]', '["ABSENT"]'),
        (ABSENT, "nothing", "nothing"),
        ("a\nb\x1b[1m", "a b\\x1b[1m", '"a\\nb\\u001b[1m"'),
    ],
)
def test_values(value: object, shown: str, operand: str) -> None:
    assert value_text(value, PLAIN) == shown
    assert operand_text(value, PLAIN) == operand


def test_long_values_are_cut() -> None:
    assert value_text("x" * 1000, PLAIN, 10) == "x" * 9 + "…"
    assert one_line("x" * 10, 10) == "x" * 10


def test_escapes() -> None:
    assert printable("a\x00\x9b\u202e\tb\nc") == "a\\x00\\x9b\\u202e\tb\nc"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.integers(2, 30))
def test_clipped_text_fits(text: str, columns: int) -> None:
    assert width_of(clip(text, columns)) <= columns


def test_widths() -> None:
    assert width_of("任a") == 3
    assert width_of("e\u0301") == 1


def test_colours_only_when_enabled() -> None:
    for enabled in (False, True):
        style = Style(enabled=enabled)
        for paint in (style.good, style.bad, style.warn, style.strong, style.faint):
            assert ("\x1b[" in paint("x")) is enabled
            assert paint("") == ""


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({}, ""),
        ({"arn": "a", "jobStatus": "InProgress"}, "jobStatus InProgress"),
        ({"secondaryStatus": "A", "progress": 5, "state": "C"}, "secondaryStatus A, progress 5"),
        ({"a": {"x": 1}, "b": [1], "c": b"x", "d": ABSENT, "e": 7}, "e 7"),
    ],
)
def test_states(outputs: dict[str, object], text: str) -> None:
    assert state_text(outputs, PLAIN) == text


def test_outputs_for_people() -> None:
    outputs = {
        "arn": "arn:x",
        "count": 5,
        "none": None,
        "empty": "",
        "list": [],
        "object": {"a": [1, b"xy"]},
        "lines": "one\ntwo\n",
        "bytes": b"abc",
        "e\x1bvil": "\x1b[2J secret-token",
    }
    assert outputs_text(outputs, Redactor(["secret-token"])) == (
        "arn: arn:x\n"
        "count: 5\n"
        "none: null\n"
        "empty:\n"
        "list: []\n"
        'object:\n  {\n    "a": [\n      1,\n      "(2 bytes)"\n    ]\n  }\n'
        "lines:\n  one\n  two\n"
        "bytes: (3 bytes, shown with --json)\n"
        "e\\x1bvil: \\x1b[2J •••\n"
    )
