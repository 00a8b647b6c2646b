"""The ``curl`` command of a request: a shell runs it, a server sees the same request."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from arazzo_runner.reporting.curl import curl_command
from arazzo_runner.values import MASK, Redactor, Request
from tests.support.answers import Answer
from tests.support.endpoint import Endpoint

BODY = b'{"a": "it\'s $HOME `x` \\"q\\"\n\ttwo"}'


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", "/a?b=%20c&d=%5B1%5D", (), b""),
        ("POST", "/", (("Content-Type", "application/json"),), BODY),
        ("PUT", "/", (("Content-Type", "text/plain"), ("X-Q", "a 'b' \"c\" $d")), "ä".encode()),
        ("DELETE", "/x", (("X-Empty", ""),), b""),
        ("POST", "/", (), b""),
        ("POST", "/", (), b"a=b"),
        ("POST", "/", (("Content-Type", "a/b"),), b"\x00\xff\r\n@file"),
        ("PATCH", "/", (("Content-Type", "a/b"),), b"@/etc/hostname"),
        ("POST", "/", (("Content-Type", "a/b"),), b"\x1b[31m"),
        ("HEAD", "/h", (), b""),
    ],
)
def test_a_shell_sends_the_same(
    method: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    with Endpoint([Answer()]) as end:
        command = curl_command(Request(method, end.url + path, headers, body), Redactor())
        assert "\x1b" not in command
        subprocess.run(["/bin/sh", "-c", command], check=True, timeout=30, capture_output=True)
    (seen,) = end.requests
    assert (seen.method, seen.target, seen.body) == (method, path, body)
    for name, value in headers:
        assert seen.header(name) == value
    if "Content-Type" not in dict(headers):
        assert not seen.values("Content-Type")


def test_signs_that_curl_would_expand() -> None:
    request = Request("GET", "https://a.example/?b[0]={c}")
    assert curl_command(request, Redactor()) == "curl --globoff 'https://a.example/?b[0]={c}'"


def test_secrets_are_masked() -> None:
    headers = (("Authorization", "Bearer t0ken-t0ken"), ("X-Mine", "hidden-value"), ("X", "y"))
    request = Request("POST", "https://a.example/?key=hidden-value", headers, b"hidden-value")
    words = shlex.split(curl_command(request, Redactor(["hidden-value"])))
    assert words[1] == f"https://a.example/?key={MASK}"
    assert f"Authorization: {MASK}" in words
    assert f"X-Mine: {MASK}" in words
    assert words[-2:] == ["--data-raw", MASK]
    assert "hidden" not in " ".join(words)


def test_curl_signs_for_aws_itself() -> None:
    headers = (("Authorization", "AWS4-HMAC-SHA256 …"), ("X-Amz-Date", "d"), ("X-Amz-Target", "T"))
    request = Request("POST", "https://sagemaker.us-east-1.amazonaws.com/", headers, b"{}")
    command = curl_command(request, Redactor(), service="sagemaker", region="us-east-1")
    assert "--aws-sigv4 aws:amz:us-east-1:sagemaker" in command
    assert '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"' in command
    assert "X-Amz-Date" not in command
    assert "Authorization" not in command
    assert "X-Amz-Target: T" in command
