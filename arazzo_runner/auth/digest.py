"""HTTP Digest (RFC 7616, and RFC 2617 servers without ``qop``)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final
from urllib.parse import quote

from arazzo_runner.auth.challenges import parse_challenges, parse_parameters
from arazzo_runner.auth.credential import Credential
from arazzo_runner.auth.places import AUTHORIZATION
from arazzo_runner.values import Body, Request, Response, header

__all__ = ["Digest", "digest_value"]

_HASHES: Final = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}  # best first


class Digest(Credential):
    """Answers the challenge of the server; the first request goes without and fetches it.

    ``read`` gives user and password, and may block; ``nonce`` makes the client's nonces.
    """

    last = True

    def __init__(
        self,
        read: Callable[[], tuple[str, str]],
        nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._read = read
        self._nonce = nonce
        self._lock = Lock()
        self._user: tuple[str, str] | None = None
        self._challenge: Mapping[str, str] | None = None
        self._count = 0

    def ready(self) -> bool:
        """Whether user and password have been read."""
        return self._user is not None

    def prepare(self) -> None:
        """Read user and password."""
        with self._lock:
            if self._user is None:
                self._user = self._read()

    def apply(self, request: Request) -> Request:
        """The request with an answer to the last challenge."""
        with self._lock:
            if self._challenge is None or self._user is None:
                return request
            self._count += 1
            value = digest_value(
                request, self._user, self._challenge, count=self._count, nonce=self._nonce()
            )
        return AUTHORIZATION.put(request, "Authorization", value)

    def mask(self, request: Request) -> Request:
        """The request with a mask as the answer to the challenge."""
        return AUTHORIZATION.mask(request, "Authorization")

    def answered(self, sent: Request, response: Response) -> bool:
        """True for a challenge that was not answered yet, or whose nonce is stale."""
        used = _parameters_of(header(sent.headers, "authorization"))
        if response.status != 401:
            info = parse_parameters(response.header("Authentication-Info") or "")
            self._take_next_nonce(used, info.get("nextnonce"))
            return False
        if header(sent.headers, "authorization") is not None and used is None:
            return False  # the step's own
        challenge = _best(response.header("WWW-Authenticate") or "")
        if challenge is None:
            return False
        with self._lock:
            current = self._challenge
            if used is not None and challenge.get("stale", "").lower() != "true":
                # The answer was wrong, unless another run has heard of a new nonce meanwhile.
                return current is not None and current["nonce"] != used.get("nonce")
            if current is None or current["nonce"] != challenge["nonce"]:
                self._challenge, self._count = challenge, 0
            return True

    def _take_next_nonce(self, used: Mapping[str, str] | None, nonce: str | None) -> None:
        with self._lock:
            current = self._challenge
            if nonce and used and current and used.get("nonce") == current["nonce"] != nonce:
                self._challenge, self._count = {**current, "nonce": nonce}, 0


def _parameters_of(authorization: str | None) -> Mapping[str, str] | None:
    for challenge in parse_challenges(authorization or ""):
        if challenge.scheme == "digest":
            return challenge.parameters
    return None


def _best(text: str) -> Mapping[str, str] | None:
    """The strongest challenge that can be answered."""
    usable = {
        _algorithm(challenge.parameters)[0]: challenge.parameters
        for challenge in reversed(parse_challenges(text))
        if challenge.scheme == "digest"
        and "nonce" in challenge.parameters
        and (not challenge.parameters.get("qop") or _qop(challenge.parameters))
    }
    return next((usable[name] for name in _HASHES if name in usable), None)


def _algorithm(challenge: Mapping[str, str]) -> tuple[str, bool]:
    """Name of the hash, and whether the session variant is asked for."""
    name = challenge.get("algorithm", "MD5").upper()
    return name.removesuffix("-SESS"), name.endswith("-SESS")


def _qop(challenge: Mapping[str, str]) -> str | None:
    offered = [word.strip().lower() for word in challenge.get("qop", "").split(",")]
    return next((qop for qop in ("auth", "auth-int") if qop in offered), None)


def digest_value(
    request: Request,
    user: tuple[str, str],
    challenge: Mapping[str, str],
    *,
    count: int,
    nonce: str,
) -> str:
    """The value of ``Authorization`` that answers a challenge (RFC 7616 §3.4).

    Args:
        request: as it goes out.
        user: user and password.
        challenge: the parameters of the challenge.
        count: how often its nonce has been used, this time included.
        nonce: the client's own.
    """
    algorithm, session = _algorithm(challenge)
    hashed = _hasher(algorithm)
    qop = _qop(challenge)
    name, password = user
    realm, server_nonce = challenge.get("realm", ""), challenge["nonce"]
    target = _target(request.url)
    secret = hashed(f"{name}:{realm}:{password}")
    if session:
        secret = hashed(f"{secret}:{server_nonce}:{nonce}")
    what = f"{request.method}:{target}"
    if qop == "auth-int":
        what += f":{hashed(request.body)}"
    middle = f"{server_nonce}:{count:08x}:{nonce}:{qop}" if qop else server_nonce
    answer = hashed(f"{secret}:{middle}:{hashed(what)}")
    hashes_user = challenge.get("userhash", "").lower() == "true"
    parts = [
        _user_part(hashed(f"{name}:{realm}") if hashes_user else name),
        _quoted("realm", realm),
        _quoted("nonce", server_nonce),
        _quoted("uri", target),
        _quoted("response", answer),
    ]
    if "algorithm" in challenge:
        parts.append(f"algorithm={challenge['algorithm']}")
    if "opaque" in challenge:
        parts.append(_quoted("opaque", challenge["opaque"]))
    if qop:
        parts += [f"qop={qop}", f"nc={count:08x}"]
    if qop or session:
        parts.append(_quoted("cnonce", nonce))
    if hashes_user:
        parts.append("userhash=true")
    return f"Digest {', '.join(parts)}"


def _hasher(algorithm: str) -> Callable[[str | Body], str]:
    def hashed(text: str | Body) -> str:
        digest = hashlib.new(_HASHES[algorithm], usedforsecurity=False)
        raw = text.encode() if isinstance(text, str) else text
        for piece in [raw] if isinstance(raw, bytes) else raw:
            digest.update(piece)
        return digest.hexdigest()

    return hashed


def _target(url: str) -> str:
    """Path and query, as in the request line."""
    rest = url.partition("://")[2].partition("#")[0]
    starts = [at for mark in "/?" if (at := rest.find(mark)) >= 0]
    target = rest[min(starts) :] if starts else "/"
    return target if target.startswith("/") else f"/{target}"


def _user_part(name: str) -> str:
    if name.isascii():
        return _quoted("username", name)
    return f"username*=UTF-8''{quote(name, safe='')}"


def _quoted(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'
