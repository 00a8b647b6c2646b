"""Texts that fit formats, patterns and lengths."""

from __future__ import annotations

import re

import pytest

from arazzo_runner.simulation.texts import make_text, text_fits


@pytest.mark.parametrize(
    ("format_", "pattern"),
    [
        ("date", r"\d{4}-\d\d-\d\d"),
        ("date-time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("time", r"\d\d:\d\d:\d\dZ"),
        ("duration", r"PT\d+M"),
        ("email", r"[^@]+@example\.com"),
        ("URI", r"https://example\.com/\d+"),
        ("url", r"https://.+"),
        ("uri-reference", r"/\d+"),
        ("uri-template", r"/\d+/\{id\}"),
        ("uuid", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"),
        ("ipv4", r"192\.0\.2\.\d+"),
        ("ipv6", r"2001:db8::[0-9a-f]+"),
        ("hostname", r"host\d+\.example\.com"),
        ("byte", r"[A-Za-z0-9+/]+=*"),
        ("json-pointer", r"/\d+"),
        ("relative-json-pointer", r"\d"),
        ("regex", r"\^\.\*\$"),
        ("phone", r"\+1555\d{7}"),
        ("decimal", r"\d+\.5"),
        ("int64", r"\d+"),
        ("unknown", r"thing-\d+"),
    ],
)
def test_formats(format_: str, pattern: str) -> None:
    assert re.fullmatch(pattern, make_text("thing", 417, format=format_))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("userEmail", "user417@example.com"),
        ("callback_url", "https://example.com/417"),
        ("phoneNumber", "+15550000417"),
        ("created_at", "2026-01-26T09:57:00Z"),
        ("startDate", "2026-01-26"),
        ("update", "update-417"),
        ("a b/c", "a-b-c-417"),
        ("", "text-417"),
    ],
)
def test_names_say_what_is_meant(name: str, text: str) -> None:
    assert make_text(name, 417) == text


def test_lengths() -> None:
    assert make_text("longName", 417, most=5) == "lo417"
    assert make_text("longName", 417, most=2) == "41"
    assert make_text("longName", 417, most=0) == ""
    assert make_text("n", 417, least=9) == "n-417xxxx"
    assert len(make_text("mail", 417, format="email", most=18)) <= 18
    assert len(make_text("n", 417, least=10**9)) == 4_000


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z]{3}$",
        "^(?:a|b){2,}c?$",
        "^(?<year>[0-9]{4})-\\k<year>$",
        "^a++b$",
        "^.+@.+$",
        "^[^0-9]{3}$",
        r"^\w\W\s\S\d\D$",
        "^x{0}$",
        r"^\p{L}+$",
        "[é-í]",
        "^a?b*c+$",
    ],
)
def test_patterns(pattern: str) -> None:
    assert text_fits(make_text("", 417, patterns=[pattern]), [pattern])


def test_several_patterns_and_a_length() -> None:
    text = make_text("", 417, patterns=["^[a-z]+$", "z$"], least=3, most=400)
    assert text_fits(text, ["^[a-z]+$"], 3, 400)
    assert len(make_text("", 417, patterns=["^[a-z0-9]*$"], least=60, most=70)) >= 60


@pytest.mark.parametrize("pattern", ["(", "^$a", "^a(?=b)$"])
def test_impossible_patterns_give_some_text(pattern: str) -> None:
    assert make_text("name", 417, patterns=[pattern], most=50) == "name-417"


def test_what_fits() -> None:
    assert text_fits("abc", ["b"], 1, 3)
    assert not text_fits("abc", ["x"])
    assert not text_fits("abc", (), 4)
    assert not text_fits("abc", (), 0, 2)
    assert text_fits("abc", ["("])  # a pattern that cannot be read says nothing
    assert not text_fits("a" * 40 + "!", ["^(a+)+$"])
