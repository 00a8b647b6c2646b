"""Client certificates, shown to a TLS server that demands one, through both doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner import CredentialsError
from arazzo_runner.auth import ClientCertificate
from tests.support.certificates import Certificates, make_certificates
from tests.support.loopback import LoopbackServer, Say
from tests.support.secured import DOORS, Door, write_secured

PASSWORD = "the key's pa55word"
MUTUAL = {"m": {"type": "mutualTLS"}}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("pem"), PASSWORD)


@pytest.fixture
def api(files: Certificates) -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Say(200), tls=files.context()) as server:
        yield server


def shown(api: LoopbackServer) -> str:
    peer: Any = api.came[-1].peer
    return dict(pair[0] for pair in peer["subject"])["commonName"]


def given(files: Certificates) -> dict[str, Any]:
    return {
        "both in one": files.both,
        "two files": {"certificate": files.client, "key": files.client_key},
        "a password": {
            "certificate": files.client,
            "key": files.locked,
            "key_password": f"literal:{PASSWORD}",
        },
    }


@pytest.mark.parametrize("way", ["both in one", "two files", "a password"])
def test_scheme(
    door: Door, api: LoopbackServer, files: Certificates, tmp_path: Path, way: str
) -> None:
    path = write_secured(tmp_path, api.url, MUTUAL, [{"m": []}])
    result = door(path, credentials={"m": given(files)[way]}, verify=files.authority)
    assert (result.status, result.warnings, shown(api)) == ("completed", (), "the-client")


def test_setting(door: Door, api: LoopbackServer, files: Certificates, tmp_path: Path) -> None:
    path = write_secured(tmp_path, api.url, {}, [])
    certificate = ClientCertificate(files.client, files.client_key)
    assert door(path, certificate=certificate, verify=files.authority).status == "completed"
    assert shown(api) == "the-client"
    assert door(path, verify=files.authority).status == "failed"


def test_only_its_own_server_sees_it(
    door: Door, api: LoopbackServer, files: Certificates, tmp_path: Path
) -> None:
    path = write_secured(tmp_path, api.url, MUTUAL, [{"m": []}])
    result = door(path, credentials={"other.m": files.both}, verify=files.authority)
    assert result.status == "failed"
    assert result.warnings[0].rule == "credentials-missing"


def test_missing_says_how(door: Door, tmp_path: Path) -> None:
    path = write_secured(tmp_path, "http://127.0.0.1:9", MUTUAL, [{"m": []}])
    message = door(path).warnings[0].message
    assert "--auth pets.m.certificate=FILE.pem --auth pets.m.key=FILE.pem" in message


@pytest.mark.parametrize(
    ("certificate", "key", "password", "message"),
    [
        ("/not/there.pem", None, None, "No such file or directory: '/not/there.pem'"),
        ("client", "/not/there.pem", None, "'/not/there.pem'"),
        ("client", "server", None, "the private key is another certificate's"),
        ("client", "locked", None, "needs a password"),
        ("client", "locked", "wrong", "needs a password, or another one"),
        ("junk", None, None, "the file is not what it should be"),
        ("client", "junk", None, "the file is not what it should be"),
    ],
)
@pytest.mark.parametrize("way", ["setting", "scheme"])
def test_files_that_cannot_be_used(
    door: Door,
    files: Certificates,
    tmp_path: Path,
    way: str,
    certificate: str,
    key: str | None,
    password: str | None,
    message: str,
) -> None:
    (tmp_path / "junk.pem").write_text("this is no PEM")

    def path(name: str) -> str:
        return getattr(files, name, str(tmp_path / "junk.pem") if name == "junk" else name)

    fields = {"certificate": path(certificate)}
    fields |= {"key": path(key)} if key else {}
    fields |= {"key_password": password} if password else {}
    document = write_secured(tmp_path, "https://127.0.0.1:9", MUTUAL, [{"m": []}])
    if way == "scheme":
        settings: dict[str, Any] = {"credentials": {"m": fields}}
    else:
        settings = {
            "certificate": ClientCertificate(path(certificate), key and path(key), password)
        }
    with pytest.raises(CredentialsError, match=message):
        door(document, **settings)
