"""Large payloads in S3: where they go, what a bucket may answer."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from arazzo_runner.auth import AwsSettings
from arazzo_runner.errors import PayloadNotKept, PayloadUnreadable, UsageError
from arazzo_runner.execution.settings import Settings
from arazzo_runner.temporal.s3_blobs import S3Blobs
from arazzo_runner.values import Redactor
from tests.support.command import CREDENTIALS
from tests.support.moto_server import Moto

DATA = bytes(range(256)) * 4000
NAME = sha256(DATA).hexdigest()


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.temporal.s3_blobs._PAUSES", (0.0, 0.0))


@pytest.fixture
def place(moto: Moto) -> str:
    moto.client("s3").create_bucket(Bucket="runs")
    return f"s3://runs/arazzo blobs/a?endpoint={moto.url}"


def url(place: str, **settings: object) -> str:
    return S3Blobs.at(place, settings=Settings(**settings))._url  # type: ignore[arg-type]


def problem(store: S3Blobs, data: bytes = DATA) -> str:
    with pytest.raises(PayloadNotKept) as caught:
        asyncio.run(store.put(data))
    return str(caught.value)


def test_there_and_back(moto: Moto, place: str) -> None:
    store = S3Blobs.at(place)
    assert asyncio.run(store.put(DATA)) == NAME
    kept = moto.client("s3").get_object(Bucket="runs", Key=f"arazzo blobs/a/{NAME}")
    assert kept["Body"].read() == DATA
    assert kept["ContentType"] == "application/octet-stream"
    assert asyncio.run(store.get(NAME)) == DATA
    assert asyncio.run(S3Blobs.at(place).get(NAME)) == DATA


def test_many_at_once(place: str) -> None:
    async def many() -> list[bytes]:
        store = S3Blobs.at(place)
        names = await asyncio.gather(*(store.put(b"%d" % number) for number in range(20)))
        return await asyncio.gather(*map(store.get, names))

    assert asyncio.run(many()) == [b"%d" % number for number in range(20)]


def test_what_was_written_a_short_time_ago_is_not_sent_again(
    moto: Moto, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def age() -> None:
        moto.client("s3").delete_object(Bucket="runs", Key=f"arazzo blobs/a/{NAME}")

    def is_there() -> bool:
        found = moto.client("s3").list_objects_v2(Bucket="runs")
        return any(each["Key"].endswith(NAME) for each in found.get("Contents", ()))

    store = S3Blobs.at(place)
    for name, seconds, again in (("_SHORT", 600.0, False), ("_SHORT", 0.0, True)):
        asyncio.run(store.put(DATA))
        age()
        monkeypatch.setattr(f"arazzo_runner.temporal.s3_blobs.{name}", seconds)
        assert asyncio.run(store.put(DATA)) == NAME
        assert is_there() is again
    monkeypatch.setattr("arazzo_runner.temporal.s3_blobs._SHORT", 600.0)
    monkeypatch.setattr("arazzo_runner.temporal.s3_blobs._REMEMBERED", 1)
    asyncio.run(store.put(b"another one"))
    age()
    asyncio.run(store.put(DATA))
    assert is_there()


def test_the_redactor_learns_the_credentials(place: str) -> None:
    redactor = Redactor()
    asyncio.run(S3Blobs.at(place, redactor=redactor).put(b""))
    assert redactor.text(CREDENTIALS["AWS_SECRET_ACCESS_KEY"]) == "•••"


def test_one_that_is_not_there(place: str) -> None:
    with pytest.raises(PayloadUnreadable) as caught:
        asyncio.run(S3Blobs.at(place).get(NAME))
    said = str(caught.value)
    assert f"the payload {NAME} cannot be read from '{place}': 404 NoSuchKey" in said
    assert "the --blobs that the run was started with" in said


def test_one_that_was_changed(moto: Moto, place: str) -> None:
    moto.client("s3").put_object(Bucket="runs", Key=f"arazzo blobs/a/{NAME}", Body=b"other")
    with pytest.raises(PayloadUnreadable, match=f"the payload {NAME} in .* is damaged"):
        asyncio.run(S3Blobs.at(place).get(NAME))


def test_a_bucket_that_is_not_there(place: str) -> None:
    said = problem(S3Blobs.at(place.replace("//runs", "//runes")))
    assert "cannot be written to 's3://runes/arazzo blobs/a?" in said
    assert "404 NoSuchBucket" in said


def test_nobody_listens(moto: Moto, no_pauses: None) -> None:
    said = problem(S3Blobs.at("s3://runs?endpoint=http://127.0.0.1:1"))
    assert "cannot be written to 's3://runs?endpoint=http://127.0.0.1:1': " in said
    assert "127.0.0.1" in said


async def _serve(answers: list[str], store_at: str, seen: list[str]) -> str:
    """Puts a blob into a server that answers with these, then with 200."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(head)
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0] or 0)
        await reader.readexactly(length)
        answer = answers.pop(0) if answers else "200 OK\r\n\r\n"
        writer.write(f"HTTP/1.1 {answer}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        store = S3Blobs.at(f"{store_at}endpoint=http://127.0.0.1:{port}")
        return await store.put(DATA)


def _xml(status: str, code: str, more: str = "") -> str:
    body = f"<Error><Code>{code}</Code><Message>m</Message></Error>"
    return (
        f"{status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        + body
    )


def test_what_passes_is_tried_again(moto: Moto, no_pauses: None) -> None:
    seen: list[str] = []
    answers = [_xml("503 Slow Down", "SlowDown"), ""]  # the second one hangs up
    assert asyncio.run(_serve(answers, "s3://runs?", seen)) == NAME
    assert len(seen) == 3


def test_what_does_not_pass(moto: Moto, no_pauses: None) -> None:
    seen: list[str] = []
    answers = [_xml("503 Slow Down", "SlowDown")] * 5
    with pytest.raises(PayloadNotKept, match="503 SlowDown"):
        asyncio.run(_serve(answers, "s3://runs?", seen))
    assert len(seen) == 3


def test_what_is_refused_is_not_tried_again(moto: Moto) -> None:
    seen: list[str] = []
    answers = [_xml("403 Forbidden", "AccessDenied")]
    with pytest.raises(PayloadNotKept, match=r"403 AccessDenied \(reading needs s3:GetObject"):
        asyncio.run(_serve(answers, "s3://runs?", seen))
    assert len(seen) == 1


def test_a_bucket_of_another_region(moto: Moto) -> None:
    told = "x-amz-bucket-region: eu-west-3\r\n"
    answers = [_xml("301 Moved", "PermanentRedirect", told)]
    with pytest.raises(PayloadNotKept, match=r"another region: \?region=eu-west-3"):
        asyncio.run(_serve(answers, "s3://runs?", []))


def test_an_answer_without_words(moto: Moto) -> None:
    with pytest.raises(PayloadNotKept, match=r": 400$"):
        asyncio.run(_serve(["400 Bad\r\nContent-Length: 0\r\n\r\n"], "s3://runs?", []))


def test_no_credentials(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name)
    assert f"written to '{place}': requests to AWS have to be signed" in problem(S3Blobs.at(place))


def test_expired_credentials_are_renewed(moto: Moto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token-of-yesterday")
    seen: list[str] = []
    answers = [_xml("400 Bad Request", "ExpiredToken")]
    assert asyncio.run(_serve(answers, "s3://runs?", seen)) == NAME
    assert len(seen) == 2


def test_requests_are_signed_for_the_region(moto: Moto) -> None:
    seen: list[str] = []
    asyncio.run(_serve([], "s3://runs/p?region=eu-west-1&", seen))
    assert seen[0].startswith(f"PUT /runs/p/{NAME} HTTP/1.1\r\n")
    assert "/eu-west-1/s3/aws4_request" in seen[0]
    assert f"x-amz-content-sha256: {NAME}" in seen[0].lower()


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("s3://runs?region=eu-west-1", "https://runs.s3.eu-west-1.amazonaws.com/"),
        ("s3://runs/a/b/?region=cn-north-1", "https://runs.s3.cn-north-1.amazonaws.com.cn/a/b/"),
        ("s3://my.runs/a?region=us-west-2", "https://s3.us-west-2.amazonaws.com/my.runs/a/"),
        ("s3://runs/a%20b/é?region=us-west-2", "https://runs.s3.us-west-2.amazonaws.com/a%20b/%C3%A9/"),
        ("s3://runs?endpoint=https://minio:9000/", "https://minio:9000/runs/"),
    ],
)  # fmt: skip
def test_where_objects_are(place: str, found: str) -> None:
    assert url(place) == found


def test_the_surroundings_say_region_and_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert url("s3://runs") == "https://runs.s3.eu-north-1.amazonaws.com/"
    aws = AwsSettings(region="eu-south-1")
    assert url("s3://runs", aws=aws) == "https://runs.s3.eu-south-1.amazonaws.com/"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://all")
    assert url("s3://runs") == "http://all/runs/"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://one")
    assert url("s3://runs") == "http://one/runs/"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("s3:///prefix", "'s3:///prefix' names no bucket (write s3://BUCKET/PREFIX)"),
        ("s3://user:pass@runs", "names no bucket"),
        ("s3://runs?regoin=x", "an option 'regoin' that is not known (did you mean 'region'?)"),
        ("s3://runs?versioning=x", "known: region, endpoint"),
        ("s3://runs?endpoint=minio:9000", "'minio:9000' is no URL of a store"),
        ("s3://runs/a", "is not known (add it: s3://runs/a?region=eu-central-1)"),
    ],
)
def test_what_is_no_place(
    place: str, said: str, moto: Moto, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError) as caught:
        S3Blobs.at(place)
    assert said in str(caught.value)
