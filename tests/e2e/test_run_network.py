"""``arazzo run`` against a server that misbehaves: one clear message, never a hang."""

from __future__ import annotations

import socket
import time

import pytest

from tests.e2e.training import JOB, PUBLISHED, words
from tests.support import answers
from tests.support.answers import Answer, json_answer
from tests.support.command import Command, Golden
from tests.support.endpoint import Endpoint
from tests.support.sagemaker_endpoint import MEDIA_TYPE, SageMakerEndpoint

DONE = json_answer({"TrainingJobStatus": "Completed"}, content_type=MEDIA_TYPE)
BIG = "x" * 5_000_000


def test_nobody_listens(arazzo: Command, golden: Golden) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = arazzo(*words(f"http://127.0.0.1:{port}"))
    assert done.code == 1
    assert "no connection to 127.0.0.1" in done.err
    golden.check(done)


def test_a_host_that_does_not_exist(arazzo: Command, golden: Golden) -> None:
    done = arazzo(*words("http://no-such-host.invalid"))
    assert done.code == 1
    assert "no-such-host.invalid" in done.err
    golden.check(done)


def test_https_to_a_server_that_speaks_http(arazzo: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        with arazzo.running(*words(url)) as child:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            out, err = child.communicate(timeout=30)
    done = arazzo.done(words(url), child.returncode, out, err)
    assert done.code == 1
    assert "error[tls]" in done.err


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        pytest.param(answers.reset(), "reset", id="reset"),
        pytest.param(answers.closed(), "reset", id="closed"),
        pytest.param(answers.garbage(), "protocol", id="garbage"),
        pytest.param(
            answers.garbage(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
            "protocol",
            id="two lengths",
        ),
        pytest.param(answers.truncated(DONE), "reset", id="reset in the middle"),
        pytest.param(answers.truncated(DONE, orderly=True), "reset", id="closed in the middle"),
        pytest.param(DONE.having(("Content-Encoding", "gzip")), "protocol", id="gzip that is none"),
    ],
)
def test_a_broken_answer(broken: Answer, kind: str, arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", broken]) as endpoint:
        done = arazzo(*words(endpoint))
    assert len(endpoint.requests) == 3, "a request whose answer is lost is not sent again"
    assert done.code == 1
    assert f"error[{kind}]" in done.err
    golden.check(done)


def test_a_reset_when_the_job_is_created(arazzo: Command, golden: Golden) -> None:
    """Nobody knows whether the job exists now: it is not created a second time."""
    with SageMakerEndpoint([], create=answers.reset()) as endpoint:
        done = arazzo(*words(endpoint))
    assert endpoint.operations == ["CreateTrainingJob"]
    assert done.code == 1
    golden.check(done)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(answers.slow(DONE, 20), id="nothing is said"),
        pytest.param(answers.endless(DONE, piece=b" ", pause=0.1), id="a byte now and then"),
    ],
)
def test_a_slow_answer(answer: Answer, arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", answer]) as endpoint:
        began = time.monotonic()
        done = arazzo(*words(endpoint, "--http-timeout", "1.5"))
        took = time.monotonic() - began
    assert took < 8
    assert done.code == 1
    assert "error[timeout]" in done.err
    golden.check(done)


def test_an_answer_that_is_slow_but_comes(arazzo: Command) -> None:
    with SageMakerEndpoint([answers.slow(DONE, 0.5)]) as endpoint:
        assert arazzo(*words(endpoint, "--http-timeout", "5")).code == 0


OTHER_KINDS = [
    pytest.param(Answer(200, (("Content-Type", MEDIA_TYPE),), b"{oops"), id="no JSON"),
    pytest.param(
        Answer(200, (("Content-Type", "text/html"),), b"<html><p>Please log in"), id="HTML"
    ),
    pytest.param(Answer(200, (("Content-Type", "text/plain"),), DONE.body), id="JSON called text"),
    pytest.param(
        Answer(200, (("Content-Type", "application/octet-stream"),), b"\x00\xff"), id="bytes"
    ),
    pytest.param(Answer(200, (("Content-Type", MEDIA_TYPE),)), id="empty"),
    pytest.param(Answer(204), id="204"),
    pytest.param(json_answer([1], content_type=MEDIA_TYPE), id="an array"),
    pytest.param(json_answer(None, content_type=MEDIA_TYPE), id="null"),
]


@pytest.mark.parametrize("answer", OTHER_KINDS)
def test_an_answer_of_another_kind(answer: Answer, arazzo: Command, golden: Golden) -> None:
    """Our workflow wants a state in every answer: what the answer does not have is not invented."""
    with SageMakerEndpoint(["InProgress", answer]) as endpoint:
        done = arazzo(*words(endpoint))
    assert len(endpoint.requests) == 3
    assert done.code == 1
    assert "trainingJobStatus:" not in done.out
    golden.check(done)


def test_the_published_workflow_takes_any_answer(arazzo: Command, golden: Golden) -> None:
    """As it is written it ends with everything that is not InProgress; what is missing is told."""
    answer = Answer(200, (("Content-Type", "text/html"),), b"<html><p>Please log in")
    with SageMakerEndpoint(["InProgress", answer]) as endpoint:
        done = arazzo(*words(endpoint, edition=PUBLISHED))
    assert done.code == 0
    assert "no value for: trainingJobStatus, modelArtifacts" in done.err
    golden.check(done)


def test_json_without_a_type(arazzo: Command) -> None:
    with SageMakerEndpoint(["InProgress", Answer(200, (), DONE.body)]) as endpoint:
        done = arazzo(*words(endpoint))
    assert done.code == 0
    assert "trainingJobStatus: Completed\n" in done.out


def test_five_megabytes(arazzo: Command) -> None:
    job = {"TrainingJobStatus": "Completed", "Big": BIG, "ModelArtifacts": {"S3ModelArtifacts": 1}}
    with SageMakerEndpoint(["InProgress", json_answer(job, content_type=MEDIA_TYPE)]) as endpoint:
        done = arazzo(*words(endpoint))
    assert done.code == 0
    assert "modelArtifacts: 1\n" in done.out
    assert len(done.out + done.err) < 5_000


def test_five_megabytes_of_refusal(arazzo: Command, golden: Golden) -> None:
    """An error's body is shown, but not all of it."""
    with SageMakerEndpoint([], create=json_answer({"message": BIG}, 500)) as endpoint:
        done = arazzo(*words(endpoint))
    assert done.code == 1
    assert len(done.err) < 5_000
    golden.check(done)


def test_an_endless_answer(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", answers.endless(DONE)]) as endpoint:
        done = arazzo(*words(endpoint))
    assert done.code == 4
    assert "error[size]" in done.err
    golden.check(done)


@pytest.mark.parametrize("status", [302, 307])
def test_signed_requests_do_not_follow_redirects(
    status: int, arazzo: Command, golden: Golden
) -> None:
    with Endpoint([]) as elsewhere:
        there = answers.redirect(f"{elsewhere.url}/elsewhere", status)
        with SageMakerEndpoint(["InProgress", there]) as endpoint:
            done = arazzo(*words(endpoint))
    assert len(endpoint.requests) == 3
    assert elsewhere.requests == []
    assert done.code == 1
    golden.check(done)


def test_what_a_server_says_cannot_move_the_cursor(arazzo: Command, golden: Golden) -> None:
    evil = "\x1b[2J\x1b]0;title\x07\u202e\r\nfake: line"
    with SageMakerEndpoint([], create=json_answer({"message": evil}, 400)) as endpoint:
        done = arazzo(*words(endpoint))
    assert done.code == 1
    assert "\x1b" not in done.err
    golden.check(done)


def test_a_connection_closed_between_requests(arazzo: Command) -> None:
    """A server may close a kept connection at any time; the next request opens another."""

    def closing(answer: Answer) -> Answer:
        def write(line: answers.Line, _: Answer) -> bool:
            answer.write(line, answer)
            return False

        return Answer(answer.status, answer.headers, answer.body, write)

    job = {"TrainingJobName": JOB, "TrainingJobStatus": "InProgress"}
    busy = closing(json_answer(job, content_type=MEDIA_TYPE).having(("Connection", "close")))
    rude = closing(json_answer(job, content_type=MEDIA_TYPE))
    with SageMakerEndpoint([busy, rude, "Completed"]) as endpoint:
        done = arazzo(*words(endpoint, "--poll-interval", "0.3"))
    assert done.code == 0
    assert [request.connection for request in endpoint.requests] == [1, 1, 2, 3]
