"""moto's whole AWS as a child process: one per session and worker, empty again for every test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.support.command import CREDENTIALS
from tests.support.paths import REPOSITORY

__all__ = ["ACCOUNT", "Moto", "moto", "moto_server"]

ACCOUNT = "123456789012"
REGION = "us-east-1"


class Moto:
    """The running server: its ``url``, and boto3 clients that talk to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """boto3's client, to prepare what a workflow expects and to see what it did."""
        import boto3

        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service]

    def call(self, path: str, body: bytes = b"", *, headers: Mapping[str, str] = {}) -> bytes:
        """A request to moto's own interface."""
        with urlopen(Request(self.url + path, body, dict(headers), method="POST")) as answer:
            return bytes(answer.read())

    def reset(self) -> None:
        """Forget everything."""
        self.call("/moto-api/reset")


@contextmanager
def _running() -> Iterator[Moto]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.moto_process"],
        cwd=REPOSITORY,
        env=kept | {"PYTHONPATH": str(REPOSITORY), "MOTO_IAM_LOAD_MANAGED_POLICIES": "false"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        port = child.stdout.readline().strip()
        assert port, "moto did not start"
        try:
            yield Moto(f"http://127.0.0.1:{port}")
        finally:
            child.kill()


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Moto]:
    """The running server."""
    with _running() as server:
        yield server


@pytest.fixture
def moto(moto_server: Moto, monkeypatch: pytest.MonkeyPatch) -> Moto:
    """The running server without anybody's resources; its credentials are in the environment."""
    moto_server.reset()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    return moto_server
