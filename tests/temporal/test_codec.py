"""Payloads encrypted and packed, and what happens to those that somebody touched."""

from __future__ import annotations

import os
import zlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload

from arazzo_runner.errors import PayloadUnreadable
from arazzo_runner.temporal.codec import Encryption, Packing
from arazzo_runner.temporal.keys import Key
from tests.temporal.support import back, encoded, payload

KEY = Key(bytes(range(32)))
NEWER = Key(bytes(32))
BIG = {"text": "abc " * 200_000}
payloads = st.builds(
    lambda data, metadata: Payload(data=data, metadata=metadata),
    st.binary(max_size=40_000),
    st.dictionaries(st.text(max_size=5), st.binary(max_size=9), max_size=3),
)


@given(st.lists(payloads, min_size=1, max_size=4))
def test_any_payloads_come_back(those: list[Payload]) -> None:
    for codec in (Encryption([KEY]), Packing()):
        assert back(codec, encoded(codec, *those)) == those


@given(st.binary(min_size=8, max_size=60))
def test_content_and_metadata_are_not_readable(data: bytes) -> None:
    (made,) = encoded(Encryption([KEY]), Payload(data=data, metadata={"kind": data}))
    assert data not in made.data
    assert b"kind" not in made.data
    assert set(made.metadata) == {"encoding", "encryption-cipher", "encryption-key-id"}


def test_the_metadata_says_how_and_with_which_key() -> None:
    (made,) = encoded(Encryption([KEY]), payload())
    assert made.metadata == {
        "encoding": b"binary/encrypted",
        "encryption-cipher": b"AES-256-GCM",
        "encryption-key-id": KEY.id.encode(),
    }


def test_small_payloads_differ_each_time_and_large_ones_do_not() -> None:
    codec = Encryption([KEY])
    small, again = encoded(codec, payload("yes"), payload("yes"))
    assert small.data != again.data
    large, same = encoded(codec, payload(BIG), payload(BIG))
    assert large.data == same.data
    (other,) = encoded(codec, payload({**BIG, "more": 1}))
    assert other.data[:12] != large.data[:12]  # never one nonce for two contents
    (elsewhere,) = encoded(Encryption([NEWER]), payload(BIG))
    assert elsewhere.data[:12] != large.data[:12]


def test_keys_rotate() -> None:
    old, both = Encryption([KEY]), Encryption([NEWER, KEY])
    assert back(both, encoded(old, payload(1))) == [payload(1)]
    made = encoded(both, payload(2))
    assert made[0].metadata["encryption-key-id"] == NEWER.id.encode()
    assert back(Encryption([NEWER]), made) == [payload(2)]


def test_without_keys_nothing_is_encrypted() -> None:
    assert encoded(Encryption([]), payload()) == [payload()]


def test_what_was_not_encrypted_is_read_by_who_has_a_key() -> None:
    assert back(Encryption([KEY]), [payload()]) == [payload()]


@pytest.mark.parametrize("known", [[], [NEWER]])
def test_a_key_that_is_not_known(known: list[Key]) -> None:
    made = encoded(Encryption([KEY]), payload("s3cr3t-value"))
    with pytest.raises(PayloadUnreadable) as caught:
        back(Encryption(known), made)
    said = str(caught.value)
    assert f"encrypted with the key '{KEY.id}', which is not known here" in said
    assert f"(known: {NEWER.id if known else 'none'})" in said
    assert "s3cr3t" not in said


@given(st.data())
def test_every_change_is_found(data: st.DataObject) -> None:
    (made,) = encoded(Encryption([KEY]), payload({"amount": 10}))
    raw = bytearray(made.data)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(made.data) - 1))
    for changed in (bytes(raw), made.data[:cut], made.data + b"\0"):
        with pytest.raises(PayloadUnreadable, match="has been changed or damaged"):
            back(Encryption([KEY]), [Payload(metadata=made.metadata, data=changed)])


def test_a_payload_belongs_to_the_key_that_it_names() -> None:
    (made,) = encoded(Encryption([KEY]), payload())
    made.metadata["encryption-key-id"] = NEWER.id.encode()
    with pytest.raises(PayloadUnreadable, match=f"the key '{NEWER.id}' has been changed"):
        back(Encryption([KEY, NEWER]), [made])


def test_a_strange_key_id_is_shown_escaped_and_short() -> None:
    (made,) = encoded(Encryption([KEY]), payload())
    made.metadata["encryption-key-id"] = b"\x1b[31m" + b"x" * 100
    with pytest.raises(PayloadUnreadable, match=r"'\\x1b\[31mxxxxxxxxxxx'"):
        back(Encryption([KEY]), [made])


def test_large_payloads_are_packed() -> None:
    (made,) = encoded(Packing(), payload(BIG))
    assert made.metadata == {"encoding": b"binary/zlib"}
    assert len(made.data) < 5_000
    assert back(Packing(), [made]) == [payload(BIG)]


@pytest.mark.parametrize("data", [b"x" * 1000, os.urandom(20_000), b64encode(os.urandom(90_000))])
def test_small_ones_and_what_would_not_shrink_stay(data: bytes) -> None:
    assert encoded(Packing(), payload(data)) == [payload(data)]


def test_a_random_large_one_stays_too() -> None:
    value = os.urandom(600_000)
    assert back(Packing(), encoded(Packing(), payload(value))) == [payload(value)]


PACKED = zlib.compress(payload(BIG).SerializeToString())


@pytest.mark.parametrize(
    "data", [b"", b"no zlib", PACKED[:-1], zlib.compress(b"\xff" * 9), zlib.compress(b"\xff\xff")]
)
def test_a_damaged_packed_payload(data: bytes) -> None:
    with pytest.raises(PayloadUnreadable, match="a packed payload is damaged"):
        back(Packing(), [Payload(metadata={"encoding": b"binary/zlib"}, data=data)])


def test_unpacking_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made = encoded(Packing(), payload(BIG))
    monkeypatch.setattr("arazzo_runner.temporal.codec._LARGEST", 1000)
    with pytest.raises(PayloadUnreadable, match="damaged"):
        back(Packing(), made)
