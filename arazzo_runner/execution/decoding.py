"""``Content-Encoding`` undone in bounded steps (RFC 9110 §8.4): a small answer that unfolds to
gigabytes never stands in memory.

gzip and deflate are always there; br needs the package brotli, zstd the package zstandard. What
cannot be undone is left as it came.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Final, Protocol

__all__ = ["BadEncoding", "Decoder", "accepted", "decoder_for"]

_STEP: Final = 2**20  # bytes that are unfolded at once
_WINDOW: Final = 8 * 2**20  # RFC 9659: more must not be asked of a client
_SPOONFUL: Final = 1024  # zstd unfolds a kilobyte to 32 MB at most


class BadEncoding(ValueError):
    """A body is not what its Content-Encoding says."""


class Decoder(Protocol):
    """Undoes one encoding, piece by piece. Both raise BadEncoding for data that is not it."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes unfold to, in bounded pieces."""
        ...

    def finish(self) -> None:
        """The last bytes have come."""
        ...


@cache
def accepted() -> str:
    """The value of ``Accept-Encoding``."""
    from importlib.util import find_spec

    names = ["gzip", "deflate"]
    names += ["br"] if _brotli() is not None else []
    names += ["zstd"] if find_spec("zstandard") is not None else []
    return ", ".join(names)


def decoder_for(encoding: str) -> tuple[Decoder | None, str | None]:
    """What undoes a ``Content-Encoding``, and a note when nothing here can."""
    names = [name.strip().lower() for name in encoding.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > 3:
        return None, f"the body is encoded {len(names)} times and is left as it came"
    decoders: list[Decoder] = []
    for name in reversed(names):
        make = _MAKERS.get(name)
        decoder = make() if make else None
        if decoder is None:
            package = _PACKAGES.get(name)
            needs = f", which needs the package {package}" if package else ", which is not known"
            return None, f"the body is encoded with '{name}'{needs}: it is left as it came"
        decoders.append(decoder)
    if len(decoders) > 1:
        return _Chain(decoders), None
    return (decoders[0] if decoders else None), None


def _broken(name: str, why: object) -> BadEncoding:
    return BadEncoding(f"{name}: {why}")


class _Zlib:
    """gzip (of several members too), or deflate in its two forms."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bits = zlib.MAX_WBITS | 16 if name == "gzip" else zlib.MAX_WBITS
        self._inner = zlib.decompressobj(self._bits)
        self._begun = False
        self._head: bytes | None = b"" if name == "deflate" else None

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        if self._head is not None:
            data = self._head + data
            if len(data) < 2:
                self._head = data
                return
            self._head = None
            if data[0] & 15 != 8 or int.from_bytes(data[:2], "big") % 31:  # RFC 1950 §2.2
                self._inner = zlib.decompressobj(-zlib.MAX_WBITS)  # many send it without
        while data:
            if self._inner.eof:
                if self._name != "gzip" or not data.strip(b"\0"):
                    return  # padding, or garbage that others ignore too
                self._inner = zlib.decompressobj(self._bits)
            try:
                piece = self._inner.decompress(data, _STEP)
            except zlib.error as error:
                raise _broken(self._name, error) from None
            data = self._inner.unconsumed_tail or self._inner.unused_data
            if piece:
                yield piece

    def finish(self) -> None:
        if self._begun and not self._inner.eof:
            raise _broken(self._name, "it ends too early")


class _Brotli:
    def __init__(self, module: Any) -> None:
        self._module = module
        self._inner = module.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = True
        try:
            piece = self._inner.process(data, output_buffer_limit=_STEP)
            while piece:
                yield piece
                piece = self._inner.process(b"", output_buffer_limit=_STEP)
        except self._module.error as error:
            raise _broken("br", error) from None

    def finish(self) -> None:
        if self._begun and not self._inner.is_finished():
            raise _broken("br", "it ends too early")


class _Zstd:
    def __init__(self, module: Any) -> None:
        self._error: type[Exception] = module.ZstdError
        self._context = module.ZstdDecompressor(max_window_size=_WINDOW)
        self._inner: Any = self._context.decompressobj()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = True
        for start in range(0, len(data), _SPOONFUL):
            rest = data[start : start + _SPOONFUL]
            while rest:
                if self._inner.eof:
                    self._inner = self._context.decompressobj()
                try:
                    piece = self._inner.decompress(rest)
                except self._error as error:
                    raise _broken("zstd", error) from None
                rest = self._inner.unused_data if self._inner.eof else b""
                if piece:
                    yield piece

    def finish(self) -> None:
        if self._begun and not self._inner.eof:
            raise _broken("zstd", "it ends too early")


class _Chain:
    """Several encodings, the last one first."""

    def __init__(self, decoders: Sequence[Decoder]) -> None:
        self._decoders = decoders

    def feed(self, data: bytes) -> Iterator[bytes]:
        return self._through(data, 0)

    def _through(self, data: bytes, index: int) -> Iterator[bytes]:
        for piece in self._decoders[index].feed(data):
            if index + 1 == len(self._decoders):
                yield piece
            else:
                yield from self._through(piece, index + 1)

    def finish(self) -> None:
        for decoder in self._decoders:
            decoder.finish()


@cache
def _brotli() -> Any:
    """The module, when it can stop at a limit (from 1.2 on)."""
    try:
        import brotli
    except ImportError:
        return None
    return brotli if hasattr(brotli.Decompressor, "can_accept_more_data") else None


def _make_brotli() -> Decoder | None:
    module = _brotli()
    return None if module is None else _Brotli(module)


def _make_zstd() -> Decoder | None:
    try:
        import zstandard
    except ImportError:
        return None
    return _Zstd(zstandard)


_MAKERS: Final[dict[str, Callable[[], Decoder | None]]] = {
    "gzip": lambda: _Zlib("gzip"),
    "x-gzip": lambda: _Zlib("gzip"),
    "deflate": lambda: _Zlib("deflate"),
    "br": _make_brotli,
    "zstd": _make_zstd,
}
_PACKAGES: Final = {"br": "brotli (1.2 or newer)", "zstd": "zstandard"}
