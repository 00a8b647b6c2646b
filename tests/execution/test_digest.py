"""Digest against a server that checks every part, through both doors."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner import AsyncRunner
from arazzo_runner.auth.challenges import parse_challenges
from arazzo_runner.auth.digest import Digest, digest_value
from arazzo_runner.values import Request, Response
from tests.support.loopback import Came, LoopbackServer, Say
from tests.support.secured import DOORS, Door, write_secured

USER, PASSWORD, REALM = "alice", "s3cret:pw", 'the "realm"'
HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


class DigestServer:
    """Gives out nonces; each is good for ``uses`` answers with counts that go up."""

    def __init__(
        self, algorithm: str = "SHA-256", qop: str = "auth", uses: int = 100, more: str = ""
    ) -> None:
        self.algorithm, self.qop, self.uses, self.more = algorithm, qop, uses, more
        self.nonces: dict[str, int] = {}
        self.counts: set[tuple[str, str]] = set()
        self.next_nonce = False
        self.refused = 0

    def hashed(self, text: str | bytes) -> str:
        raw = text.encode() if isinstance(text, str) else text
        return hashlib.new(HASHES[self.algorithm.removesuffix("-sess")], raw).hexdigest()

    def challenge(self, *, stale: bool = False) -> Say:
        self.refused += 1
        nonce = f"nonce{len(self.nonces)}"
        self.nonces[nonce] = 0
        realm = REALM.replace('"', '\\"')
        parts = [f'Digest realm="{realm}", nonce="{nonce}", opaque="op,aque"']
        parts += [f"algorithm={self.algorithm}"] if self.algorithm else []
        parts += [f'qop="{self.qop}"'] if self.qop else []
        parts += ["stale=TRUE"] if stale else []
        parts += [self.more] if self.more else []
        return Say(401, {}, (("WWW-Authenticate", f'Basic realm="x", {", ".join(parts)}'),))

    def __call__(self, came: Came) -> Say:
        for challenge in parse_challenges(came.headers.get("authorization", "")):
            given = challenge.parameters
            nonce = given["nonce"]
            if given["response"] != self.expected(came, given):
                return self.challenge()
            if nonce not in self.nonces or self.nonces[nonce] >= self.uses:
                return self.challenge(stale=True)
            assert (nonce, given.get("nc", "")) not in self.counts or not self.qop
            self.counts.add((nonce, given.get("nc", "")))
            self.nonces[nonce] += 1
            if self.next_nonce:
                self.nonces["next"] = 0
                return Say(200, {}, (("Authentication-Info", 'nextnonce="next", qop=auth'),))
            return Say(200)
        return self.challenge()

    def expected(self, came: Came, given: Any) -> str:
        assert given["uri"] == came.target
        assert given["realm"] == REALM
        assert given["opaque"] == "op,aque"
        user = given["username"]
        assert user == (self.hashed(f"{USER}:{REALM}") if "userhash" in self.more else USER)
        secret = self.hashed(f"{USER}:{REALM}:{PASSWORD}")
        if self.algorithm.endswith("-sess"):
            secret = self.hashed(f"{secret}:{given['nonce']}:{given['cnonce']}")
        what = f"{came.method}:{came.target}"
        qop = given.get("qop")
        assert qop == (self.qop.split(",")[0] or None)
        if qop == "auth-int":
            what += f":{self.hashed(came.body)}"
        if not qop:
            return self.hashed(f"{secret}:{given['nonce']}:{self.hashed(what)}")
        middle = f"{given['nonce']}:{given['nc']}:{given['cnonce']}:{qop}"
        return self.hashed(f"{secret}:{middle}:{self.hashed(what)}")


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


def document(folder: Path, url: str, **more: Any) -> str:
    schemes = {"d": {"type": "http", "scheme": "digest"}}
    return write_secured(folder, url, schemes, [{"d": []}], **more)


GIVEN = {"d": f"{USER}:{PASSWORD}"}


@pytest.mark.parametrize(
    ("algorithm", "qop", "more"),
    [
        ("MD5", "", ""),
        ("MD5", "auth", ""),
        ("MD5-sess", "auth", ""),
        ("SHA-256", "auth,auth-int", 'charset="UTF-8"'),
        ("SHA-256", "auth-int", "userhash=true"),
        ("SHA-256-sess", "auth", ""),
        ("SHA-512-256", "auth", ""),
    ],
)
def test_every_kind(door: Door, tmp_path: Path, algorithm: str, qop: str, more: str) -> None:
    digest = DigestServer(algorithm, qop, more=more)
    with LoopbackServer(digest) as server:
        path = document(tmp_path, server.url, steps=3, method="post")
        result = door(path, credentials=GIVEN)
        assert result.status == "completed"
        assert [step.attempts for step in result.steps] == [1, 1, 1]
    assert digest.refused == 1  # the nonce is used again


def test_stale_nonces(door: Door, tmp_path: Path) -> None:
    digest = DigestServer(uses=2)
    with LoopbackServer(digest) as server:
        assert (
            door(document(tmp_path, server.url, steps=5), credentials=GIVEN).status == "completed"
        )
    assert digest.refused == 3


def test_the_next_nonce(door: Door, tmp_path: Path) -> None:
    digest = DigestServer(uses=1)
    digest.next_nonce = True
    with LoopbackServer(digest) as server:
        assert (
            door(document(tmp_path, server.url, steps=2), credentials=GIVEN).status == "completed"
        )
    assert digest.refused == 1
    assert ("next", "00000001") in digest.counts


def test_a_wrong_password_is_not_tried_again(door: Door, tmp_path: Path) -> None:
    digest = DigestServer()
    with LoopbackServer(digest) as server:
        result = door(document(tmp_path, server.url), credentials={"d": "alice:wrong-pw"})
        assert result.status == "failed"
        assert len(server.came) == 2


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "Basic realm=x",
        "Digest realm=x",
        "Digest nonce=x, algorithm=XX",
        "Digest nonce=x, qop=y",
    ],
)
def test_what_cannot_be_answered(door: Door, tmp_path: Path, challenge: str) -> None:
    headers = (("WWW-Authenticate", challenge),) if challenge else ()
    with LoopbackServer(lambda _: Say(401, {}, headers)) as server:
        assert door(document(tmp_path, server.url), credentials=GIVEN).status == "failed"
        assert len(server.came) == 1


def test_the_step_answers_itself(door: Door, tmp_path: Path) -> None:
    parameter = {"name": "Authorization", "in": "header", "value": "Digest username=me"}
    with LoopbackServer(lambda _: DigestServer().challenge()) as server:
        path = document(tmp_path, server.url, parameters=[parameter])
        assert door(path, credentials=GIVEN).status == "failed"
        assert len(server.came) == 1


def test_the_strongest_is_taken(door: Door, tmp_path: Path) -> None:
    digest = DigestServer("SHA-256")

    def answer(came: Came) -> Say:
        said = digest(came)
        weak = 'Digest realm="weak", nonce="n", qop="auth", algorithm=MD5'
        if said.status != 401:
            return said
        return Say(401, {}, (("WWW-Authenticate", weak), *said.headers))

    with LoopbackServer(answer) as server:
        assert door(document(tmp_path, server.url), credentials=GIVEN).status == "completed"


def test_many_at_once(tmp_path: Path) -> None:
    digest = DigestServer(uses=7)
    with LoopbackServer(digest) as server:
        path = document(tmp_path, server.url)

        async def go() -> list[str]:
            async with AsyncRunner(credentials=GIVEN) as runner:
                results = await runner.run_many(path, [{}] * 1)
                results += await runner.run_many(path, [{}] * 3, concurrency=3)
                return [result.status for result in results]

        assert asyncio.run(go()) == ["completed"] * 4


def test_another_run_has_heard_of_a_new_nonce() -> None:
    """Two requests were under way with one nonce; the first answer brought another."""

    def challenged(nonce: str, more: str = "") -> Response:
        value = f'Digest realm="r", nonce="{nonce}", qop="auth"{more}'
        return Response(401, (("WWW-Authenticate", value),))

    digest = Digest(lambda: (USER, PASSWORD))
    digest.prepare()
    request = Request("GET", "http://h?q")
    assert digest.apply(request) == request
    assert digest.answered(request, challenged("n1"))
    first, second = digest.apply(request), digest.apply(request)
    assert 'uri="/?q"' in first.headers[0][1]
    assert digest.answered(first, challenged("n2", ", stale=true"))
    assert digest.answered(second, challenged("n3"))
    assert not digest.answered(digest.apply(request), challenged("n3"))


def test_names_that_are_not_ascii() -> None:
    challenge = {"realm": "r", "nonce": "n", "qop": "auth"}
    value = digest_value(
        Request("GET", "http://h/"), ("Jäsøn Doe", "pw"), challenge, count=1, nonce="c"
    )
    assert "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe" in value


def test_example_of_rfc_7616() -> None:
    """Section 3.9.1."""
    challenge = {
        "realm": "http-auth@example.org",
        "qop": "auth, auth-int",
        "algorithm": "SHA-256",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    }
    value = digest_value(
        Request("GET", "http://www.example.org/dir/index.html"),
        ("Mufasa", "Circle of Life"),
        challenge,
        count=1,
        nonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    assert f'response="{response}"' in value
