"""Connections: what goes wrong is one clear error."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import TemporalError, UsageError
from arazzo_runner.temporal.cluster import Cluster, connect, explained
from arazzo_runner.values import Redactor
from tests.support.temporal import dev_server


def connected(cluster: Cluster) -> Any:
    return asyncio.run(connect(cluster, arazzo.Settings(), Redactor()))


@pytest.mark.parametrize(
    "address", ["", "localhost", "localhost:", ":7233", "localhost:0", "h:70000", "http://h:1"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a Temporal server"):
        connected(Cluster(address))


def test_nobody_listens() -> None:
    with pytest.raises(TemporalError, match="cannot be reached: connection refused") as caught:
        connected(Cluster("127.0.0.1:1"))
    assert caught.value.exit_code == 2
    assert "temporal server start-dev" in str(caught.value.hint)


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(TemporalError, match="cannot be reached"):
        connected(Cluster("nobody.invalid:7233"))


def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr("arazzo_runner.temporal.cluster._PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TemporalError, match=r"no answer in 0\.3 s"):
            connected(Cluster(address))


def test_the_package_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "temporalio.client", None)
    with pytest.raises(TemporalError, match="need the package temporalio") as caught:
        connected(Cluster("127.0.0.1:7233"))
    assert "[temporal]" in str(caught.value.hint)


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    missing = str(tmp_path / "no.pem")
    with pytest.raises(UsageError, match="cannot read"):
        connected(Cluster("127.0.0.1:1", tls_ca=missing))
    with pytest.raises(UsageError, match="needs its key"):
        connected(Cluster("127.0.0.1:1", tls_cert=missing))
    empty = tmp_path / "ca.pem"
    empty.write_text("no certificate")
    with pytest.raises(TemporalError, match="cannot be reached"):
        connected(Cluster("127.0.0.1:1", tls_ca=str(empty)))


def test_a_connection(temporal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connected(Cluster(temporal)).namespace == "default"
    monkeypatch.setenv("THE_KEY", "k")
    with pytest.raises(TemporalError, match="does not talk TLS"):
        connected(Cluster(temporal, api_key="env:THE_KEY"))  # a key is not sent in the clear


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        ("UNAUTHENTICATED", "no token", "refuses: no token"),
        ("PERMISSION_DENIED", "not yours", "refuses: not yours"),
        ("UNAVAILABLE", "down", "cannot be reached: down"),
        ("NOT_FOUND", "Namespace x is not found.", "has no namespace 'default'"),
        ("INVALID_ARGUMENT", "odd", "says: odd"),
    ],
)
def test_what_a_server_says(status: str, message: str, said: str) -> None:
    from temporalio.service import RPCError, RPCStatusCode

    error = explained(RPCError(message, RPCStatusCode[status], b""), Cluster("h:1"))
    assert said in error.message


def test_the_server_can_be_started_with_options() -> None:
    with dev_server("--namespace", "other") as address:
        assert connected(Cluster(address, namespace="other")).namespace == "other"
