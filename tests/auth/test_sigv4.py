"""SigV4Signer beyond the published vectors: what is covered, what is replaced, which clock."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.auth import AwsCredentials, SigV4Signer
from arazzo_runner.values import Request, header

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = AwsCredentials("AKIDEXAMPLE", SECRET)
TEMPORARY = AwsCredentials("ASIAEXAMPLE", SECRET, "a-session-token")
REQUEST = Request(
    "POST",
    "https://api.sagemaker.us-east-1.amazonaws.com/",
    (
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amz-Target", "SageMaker.DescribeTrainingJob"),
        ("User-Agent", "arazzo"),
    ),
    b'{"TrainingJobName": "a"}',
)


def signer(
    service: str = "sagemaker",
    credentials: AwsCredentials = KEYS,
    moment: datetime = MOMENT,
    region: str = "us-east-1",
) -> SigV4Signer:
    return SigV4Signer(credentials, service, region, now=lambda: moment)


def authorization(request: Request) -> str:
    return header(request.headers, "Authorization") or ""


def signed_names(request: Request) -> list[str]:
    return authorization(request).partition("SignedHeaders=")[2].partition(",")[0].split(";")


def by_botocore(request: Request, service: str, keys: AwsCredentials) -> str:
    """The signature of botocore's own signer over its own request class, for the same moment."""
    base = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = base(Credentials(keys.access_key, keys.secret_key, keys.token), service, "us-east-1")
    theirs = AWSRequest(
        method=request.method, url=request.url, headers=dict(request.headers), data=request.body
    )
    theirs.context["timestamp"] = MOMENT.strftime("%Y%m%dT%H%M%SZ")
    auth._modify_request_before_signing(theirs)
    text = auth.string_to_sign(theirs, auth.canonical_request(theirs))
    auth._inject_signature_to_request(theirs, auth.signature(text, theirs))
    return str(theirs.headers["Authorization"])


@pytest.mark.parametrize("service", ["sagemaker", "s3", "ec2"])
@pytest.mark.parametrize("keys", [KEYS, TEMPORARY])
@pytest.mark.parametrize(
    "url",
    [
        "https://api.sagemaker.us-east-1.amazonaws.com",
        "https://api.sagemaker.us-east-1.amazonaws.com:443/a/./b",
        "http://127.0.0.1:5000/a%20b//c?b=2&a=1&a=0",
        "http://[::1]:8080/x?empty=&q=a%2Fb",
    ],
)
def test_signs_what_botocore_signs(service: str, keys: AwsCredentials, url: str) -> None:
    if service == "s3" and url.endswith(".com"):
        url += "/"  # botocore always has a path for S3
    request = Request("POST", url, REQUEST.headers, REQUEST.body)
    signed = signer(service, keys).sign(request)
    assert authorization(signed) == by_botocore(request, service, keys)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("abcdefXYZ-", min_size=1, max_size=8).map(lambda name: "X-" + name),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
        ),
        max_size=4,
        unique_by=lambda pair: pair[0].lower(),
    ),
    st.binary(max_size=40),
    st.lists(st.text("abcXYZ019-._~", min_size=1, max_size=6), max_size=4),
)
def test_agrees_with_botocore_on_any_request(
    headers: list[tuple[str, str]], body: bytes, query: list[str]
) -> None:
    url = "http://127.0.0.1:9/p" + "?" * bool(query) + "&".join(f"{each}={each}" for each in query)
    request = Request("PUT", url, tuple(headers), body)
    assert authorization(signer("ec2").sign(request)) == by_botocore(request, "ec2", KEYS)


def test_the_request_itself_is_not_changed() -> None:
    before = REQUEST.headers
    signed = signer().sign(REQUEST)
    assert REQUEST.headers == before
    assert (signed.method, signed.url, signed.body) == (REQUEST.method, REQUEST.url, REQUEST.body)
    assert signed.headers[: len(before)] == before


def test_covers_every_header_but_those_that_change_on_the_way() -> None:
    assert signed_names(signer(credentials=TEMPORARY).sign(REQUEST)) == [
        "content-type",
        "host",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    ]


def test_host_is_where_the_request_goes() -> None:
    one = Request("GET", "http://127.0.0.1:5000/")
    named = Request("GET", "http://other/", (("Host", "127.0.0.1:5000"),))
    elsewhere = Request("GET", "http://127.0.0.1:5001/")
    signatures = [authorization(signer().sign(each)) for each in (one, named, elsewhere)]
    assert signatures[0] == signatures[1]
    assert signatures[0] != signatures[2]


def test_signing_again_replaces_the_signature() -> None:
    later = MOMENT + timedelta(minutes=20)
    first = signer(credentials=TEMPORARY).sign(REQUEST)
    again = signer(moment=later).sign(first)
    assert again == signer(moment=later).sign(REQUEST)


def test_any_time_zone() -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5)))
    signed = signer(moment=elsewhere).sign(REQUEST)
    assert header(signed.headers, "X-Amz-Date") == "20260102T030405Z"
    assert signed == signer(moment=MOMENT.replace(tzinfo=None)).sign(REQUEST)


def test_the_system_clock_by_default() -> None:
    signed = SigV4Signer(KEYS, "sagemaker", "us-east-1").sign(REQUEST)
    stamp = datetime.strptime(header(signed.headers, "X-Amz-Date") or "", "%Y%m%dT%H%M%SZ")
    assert abs(stamp.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_new_day_has_a_new_key() -> None:
    one = SigV4Signer(KEYS, "ec2", "us-east-1", now=iter([MOMENT, MOMENT]).__next__)
    assert one.sign(REQUEST) == one.sign(REQUEST)
    days = iter([MOMENT, MOMENT + timedelta(days=1)])
    two = SigV4Signer(KEYS, "ec2", "us-east-1", now=days.__next__)
    two.sign(REQUEST)
    assert two.sign(REQUEST) == signer("ec2", moment=MOMENT + timedelta(days=1)).sign(REQUEST)


def test_credentials_are_asked_for_at_every_signature() -> None:
    class Renewed:
        def __init__(self) -> None:
            self.left = [KEYS, TEMPORARY]

        def get_frozen_credentials(self) -> AwsCredentials:
            return self.left.pop(0)

    one = SigV4Signer(Renewed(), "sagemaker", "us-east-1", now=lambda: MOMENT)
    assert "Credential=AKIDEXAMPLE/" in authorization(one.sign(REQUEST))
    renewed = one.sign(REQUEST)
    assert "Credential=ASIAEXAMPLE/" in authorization(renewed)
    assert header(renewed.headers, "X-Amz-Security-Token") == "a-session-token"


@pytest.mark.parametrize("service", ["s3", "aoss"])
def test_body_hash_as_header_where_the_service_wants_it(service: str) -> None:
    request = Request("PUT", "https://b.s3.amazonaws.com/k", (), b"body")
    signed = signer(service).sign(request)
    assert header(signed.headers, "X-Amz-Content-SHA256") == sha256(b"body").hexdigest()
    assert header(signer().sign(request).headers, "X-Amz-Content-SHA256") is None


def test_s3_keys_are_signed_as_sent() -> None:
    def sign(path: str) -> str:
        return authorization(signer("s3").sign(Request("GET", "https://b.s3.amazonaws.com" + path)))

    assert sign("/a/../b") != sign("/b")
    assert sign("/a//b") != sign("/a/b")
    assert sign("/a:b") == sign("/a%3Ab")  # the server sees one key
    assert sign("/a%2Fb") != sign("/a/b")
    assert sign("") == sign("/")


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("a=x:y", "a=x%3Ay"),
        ("a=%3a", "a=%3A"),
        ("a=%7Eb", "a=~b"),
        ("a=b=c", "a=b%3Dc"),
        ("a", "a="),
    ],
)
def test_the_query_is_signed_in_its_canonical_form(sent: str, canonical: str) -> None:
    def sign(query: str) -> str:
        return authorization(
            signer("ec2").sign(Request("GET", "https://ec2.amazonaws.com/?" + query))
        )

    assert sign(sent) == sign(canonical)


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    signer(credentials=TEMPORARY).sign(REQUEST)
    assert not caplog.records


def test_secrets_do_not_show_in_a_representation() -> None:
    assert SECRET not in repr(TEMPORARY)
    assert "a-session-token" not in repr(TEMPORARY)
    assert "ASIAEXAMPLE" in repr(TEMPORARY)


def test_importing_the_room_imports_nothing_heavy() -> None:
    code = (
        "import sys, arazzo_runner.auth as a; a.aws_endpoint('ec2.us-east-1.amazonaws.com');"
        "print([m for m in ('botocore', 'httpx', 'ssl', 'asyncio') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
