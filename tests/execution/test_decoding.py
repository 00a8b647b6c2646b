"""Content-Encoding: every one undone, in bounded steps."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.execution import decoding
from arazzo_runner.execution.decoding import BadEncoding, accepted, decoder_for

DATA = b"some text, and more of it. " * 500


def raw_deflate(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
    "deflate ": raw_deflate,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def undo(encoding: str, data: bytes, step: int = 10**9) -> bytes:
    decoder, note = decoder_for(encoding)
    assert note is None
    assert decoder is not None
    pieces = [
        piece
        for start in range(0, len(data), step)
        for piece in decoder.feed(data[start : start + step])
    ]
    decoder.finish()
    return b"".join(pieces)


@pytest.mark.parametrize("step", [1, 7, 10**9])
@pytest.mark.parametrize("encoding", ENCODERS)
def test_each(encoding: str, step: int) -> None:
    assert undo(encoding, ENCODERS[encoding](DATA), step) == DATA
    assert undo(encoding, ENCODERS[encoding](b""), step) == b""


@given(st.binary(max_size=3000), st.integers(1, 500), st.sampled_from(sorted(ENCODERS)))
def test_any_data_in_any_pieces(data: bytes, step: int, encoding: str) -> None:
    assert undo(encoding, ENCODERS[encoding](data), step) == data


def test_members_one_after_the_other() -> None:
    assert undo("gzip", gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0") == b"ab"
    assert undo("zstd", zstandard.compress(b"a") + zstandard.compress(b"b")) == b"ab"


def test_several_encodings() -> None:
    assert undo("gzip, br", brotli.compress(gzip.compress(DATA)), 50) == DATA
    assert decoder_for("identity") == (None, None)
    assert decoder_for("") == (None, None)
    assert "4 times" in (decoder_for("gzip, gzip, gzip, gzip")[1] or "")


@pytest.mark.parametrize("encoding", ENCODERS)
def test_what_is_not_it(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        undo(encoding, b"\xff\xfe this is not what it says it is" * 10)
    with pytest.raises(BadEncoding, match="too early"):
        undo(encoding, ENCODERS[encoding](DATA)[:-1])


def test_nothing_at_all_is_an_empty_body() -> None:
    for encoding in ENCODERS:
        assert undo(encoding, b"") == b""


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_unfolds_in_bounded_pieces(encoding: str) -> None:
    bomb = ENCODERS[encoding](b"\0" * 200_000_000)
    decoder, _ = decoder_for(encoding)
    assert decoder is not None
    pieces = decoder.feed(bomb)
    assert max(len(next(pieces)) for _ in range(3)) <= 33 * 2**20


def test_encodings_that_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'magic', which is not known" in (decoder_for("magic")[1] or "")
    assert accepted() == "gzip, deflate, br, zstd"
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "brotli", None)
    decoding._brotli.cache_clear()
    assert "needs the package zstandard" in (decoder_for("zstd")[1] or "")
    assert "needs the package brotli" in (decoder_for("gzip, br")[1] or "")
    monkeypatch.setitem(sys.modules, "brotli", _Old())  # it cannot stop at a limit
    decoding._brotli.cache_clear()
    assert decoder_for("br")[0] is None
    decoding._brotli.cache_clear()


class _Old:
    Decompressor: Any = object
