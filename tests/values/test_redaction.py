"""Secrets are masked in every encoding."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arazzo_runner.values import MASK, Redactor

secrets = st.text(st.characters(codec="utf-8"), min_size=8, max_size=20)


@settings(max_examples=100)
@given(secrets, st.binary(max_size=5), st.binary(max_size=5))
@example("a/b+c d&e=f", b"user:", b"")
@example("päss'wörd<\">", b"u", b"xx")
def test_every_encoding(secret, before, after):
    redactor = Redactor([secret])
    raw = secret.encode()
    # The neighbours' letters keep an encoding from starting or ending with the secret's own.
    for text in (
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret, safe="").lower() if secret.islower() else quote(secret),
        urlencode({"k": secret})[2:],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret).replace("/", "\\/")[1:-1],
        html.escape(secret),
    ):
        assert redactor.text(f"[{text}]") == f"[{MASK}]"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        masked = redactor.text(encode(before + raw + after).decode())
        assert MASK in masked
        kept = masked.replace(MASK, "")
        # What is left besides the neighbours are at most the characters shared with them.
        assert len(kept.rstrip("=")) <= (len(before) + len(after)) * 4 / 3 + 4


def test_lower_case_percent_escapes():
    assert Redactor(["a/b=c~"]).text("a%2fb%3dc%7E") == MASK


def test_a_longer_secret_wins():
    redactor = Redactor(["secret", "secret-and-more"])
    assert redactor.text("x secret-and-more y secret") == f"x {MASK} y {MASK}"


def test_short_secrets_are_left():
    redactor = Redactor(["abc", ""])
    assert redactor.text("abcabc") == "abcabc"
    value = {"a": ["abc"]}
    assert redactor.value(value) is value


@pytest.mark.parametrize("before", ["", "u", "us"])
def test_the_shortest_secret_in_base64(before):
    encoded = base64.b64encode(f"{before}abcd".encode()).decode()
    assert MASK in Redactor(["abcd"]).text(encoded)


def test_a_secret_is_no_pattern():
    assert Redactor(["a.*b(["]).text("axxb a.*b([") == f"axxb {MASK}"


def test_surrogates():
    assert Redactor(["\ud800secret"]).text("\ud800secret") == MASK


def test_values():
    redactor = Redactor(["hunter22", "12345678"])
    value = {
        "hunter22": ["hunter22", ("a", b"\xffhunter22\xfe"), 12345678, 123456789, True, None, 1.5],
        7: {"k": "xhunter22x"},
    }
    assert redactor.value(value) == {
        MASK: [MASK, ["a", b"\xff" + MASK.encode() + b"\xfe"], MASK, 123456789, True, None, 1.5],
        7: {"k": f"x{MASK}x"},
    }


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_deep_values(wrap):
    value = "hunter22"
    for _ in range(5000):
        value = wrap(value)
    masked = Redactor(["hunter22"]).value(value)
    depth = 0
    while not isinstance(masked, str):
        masked = masked[0] if isinstance(masked, list) else masked["a"]
        depth += 1
    assert (masked, depth) == (MASK, 200)


def test_secrets_can_be_added():
    redactor = Redactor()
    assert redactor.text("hunter22") == "hunter22"
    redactor.add("hunter22")
    assert redactor.text("hunter22") == MASK


def test_what_a_run_met_is_masked_but_for_its_journal() -> None:
    redactor = Redactor(["from-outside"])
    of_journal = redactor.without_run()
    redactor.add("met-by-the-run", of_run=True)
    redactor.add("met-by-the-run", of_run=True)
    redactor.add("later-from-outside")
    text = "from-outside met-by-the-run later-from-outside"
    assert redactor.text(text) == "••• ••• •••"
    assert of_journal.text(text) == "••• met-by-the-run •••"
    redactor.add("met-by-the-run")
    assert of_journal.text(text) == "••• ••• •••"
    assert not Redactor().without_run().knows_any


def test_header_fields_are_masked_by_name() -> None:
    redactor = Redactor()
    assert redactor.header("set-cookie", "a") == "•••"
    assert redactor.header("Accept", "a") == "a"
    redactor.add_header("X", "Bearer abcdef")
    assert redactor.header("Accept", "abcdef") == "•••"


@pytest.mark.parametrize("secret", ["&/+&", "ab&c", "äöüß"])
def test_secrets_of_few_or_no_letters(secret: str) -> None:
    redactor = Redactor([secret])
    assert redactor.text(f"x {secret} y") == "x ••• y"
    assert redactor.text(f"x {quote(secret, safe='')} y") == "x ••• y"
