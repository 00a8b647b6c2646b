"""``arazzo run`` that cannot begin: nothing is sent, and one message says what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.training import INPUTS, JOB, OURS, words
from tests.support.command import Command, Done, Golden
from tests.support.endpoint import Endpoint
from tests.support.paths import REPOSITORY
from tests.support.sagemaker_endpoint import SageMakerEndpoint

Attempt = Callable[..., Done]


@pytest.fixture
def attempt(arazzo: Command) -> Attempt:
    """Runs the command against an endpoint that nobody may ask anything."""

    def run(*given: object, command: Command = arazzo, stdin: str = "") -> Done:
        with Endpoint([]) as endpoint:
            there = [word.replace("URL", endpoint.url) for word in map(str, given)]
            done = command(*there, stdin=stdin)
        assert endpoint.requests == []
        assert done.out == ""
        return done

    return run


def given(**changes: object) -> list[str]:
    """The inputs of a run; None leaves one out."""
    inputs = {**INPUTS, **changes}
    return [
        part
        for name, value in inputs.items()
        if value is not None
        for part in ("-i", f"{name}={value}")
    ]


SERVER = ("--server", "sagemakerApi=URL")

# -- inputs --------------------------------------------------------------------------------------


@pytest.mark.requirement("A-36")
def test_a_required_input_is_missing(attempt: Attempt, golden: Golden) -> None:
    done = attempt("run", OURS.file, *given(roleArn=None), *SERVER)
    assert done.code == 2
    assert "roleArn" in done.err
    golden.check(done)


def test_all_inputs_are_missing(attempt: Attempt, golden: Golden) -> None:
    done = attempt("run", OURS.file, *SERVER)
    assert done.code == 2
    for name in INPUTS:
        assert name in done.err
    golden.check(done)


def test_inputs_of_the_wrong_type(attempt: Attempt, golden: Golden) -> None:
    wrong = given(instanceCount="two", volumeSizeInGB="1.5", inputDataConfig="s3://b")
    done = attempt("run", OURS.file, *wrong, *SERVER)
    assert done.code == 2
    for name in ("instanceCount", "volumeSizeInGB", "inputDataConfig"):
        assert name in done.err
    golden.check(done)


def test_inputs_of_the_wrong_type_in_a_file(attempt: Attempt, golden: Golden) -> None:
    wrong = json.dumps({**INPUTS, "instanceCount": "2", "roleArn": 5, "s3OutputPath": None})
    done = attempt("run", OURS.file, "--inputs", "-", *SERVER, stdin=wrong)
    assert done.code == 2
    for name in ("instanceCount", "roleArn", "s3OutputPath"):
        assert name in done.err
    golden.check(done)


def test_an_unknown_input_is_a_warning(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["Completed"]) as endpoint:
        done = arazzo(*words(endpoint, "-i", "trainingInputMod=Pipe"))
    assert done.code == 0
    assert "did you mean 'trainingInputMode'" in done.err
    golden.check(done)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_inputs_from_a_file(form: str, arazzo: Command, tmp_path: Path) -> None:
    file = tmp_path / "inputs"
    lines = "".join(f"{name}: {value}\n" for name, value in INPUTS.items())
    file.write_text(json.dumps(INPUTS) if form == "json" else lines)
    with SageMakerEndpoint(["Completed"]) as endpoint:
        server = f"sagemakerApi={endpoint.url}"
        more = ["--inputs", file, "-i", "instanceCount=7"]
        done = arazzo("run", OURS.file, *more, "--server", server)
    assert done.code == 0
    assert endpoint.jobs[JOB]["ResourceConfig"]["InstanceCount"] == 7


def test_an_input_file_that_is_none(attempt: Attempt, golden: Golden) -> None:
    done = attempt("run", OURS.file, "--inputs", "no-such-file.json", *SERVER)
    assert done.code == 2
    golden.check(done)


def test_a_refusal_as_json(arazzo: Command, golden: Golden) -> None:
    """Scripts get one object on standard output, whatever happens."""
    done = arazzo("run", OURS.file, *given(roleArn=None), "--json")
    result = json.loads(done.out)
    assert (done.code, result["status"]) == (2, "failed")
    assert result["error"]["kind"] == "inputs"
    golden.check(done)


# -- words of the command line -------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(["--sever", "sagemakerApi=URL"], id="option"),
        pytest.param(["--server", "sagemakrApi=URL"], id="source"),
        pytest.param(["--server", "URL"], id="server without name"),
        pytest.param(["--server", "sagemakerApi=localhost"], id="server without scheme"),
        pytest.param([*SERVER, "--timeout", "soon"], id="timeout"),
        pytest.param([*SERVER, "--max-steps", "-1"], id="steps"),
        pytest.param([*SERVER, "-i", "oops"], id="input without value"),
        pytest.param([*SERVER, "--server-var", "sagemakrApi.region=x"], id="variable of nobody"),
        pytest.param([*SERVER, "--server-var", "sagemakerApi.regon=x"], id="server variable"),
        pytest.param([*SERVER, "train-and-pol-job"], id="workflow"),
        pytest.param([*SERVER, "--offline"], id="offline"),
    ],
)
def test_wrong_usage(wrong: list[str], attempt: Attempt, golden: Golden) -> None:
    done = attempt("run", OURS.file, *given(), *wrong)
    assert done.code == 2
    golden.check(done)


@pytest.mark.parametrize(
    "given_words",
    [
        pytest.param([], id="nothing"),
        pytest.param(["rn"], id="command"),
        pytest.param(["run"], id="no file"),
    ],
)
def test_no_command(given_words: list[str], attempt: Attempt, golden: Golden) -> None:
    done = attempt(*given_words)
    assert done.code == 2
    golden.check(done)


# -- documents -----------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the workflow and its description, to be broken."""
    for folder in ("workflows", "openapi"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    return tmp_path / OURS.file


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_no_such_file(attempt: Attempt, golden: Golden) -> None:
    done = attempt("run", "workflows/amazon-sagemaker-train-and-poll.yml", *given(), *SERVER)
    assert done.code == 3
    golden.check(done)


def test_a_folder(attempt: Attempt, golden: Golden) -> None:
    done = attempt("run", "workflows", *given(), *SERVER)
    assert done.code == 3
    golden.check(done)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"arazzo: 1.0.1\ninfo: [a, b\nworkflows: []\n", id="not YAML"),
        pytest.param(b'{"arazzo": "1.0.1", "info": }', id="not JSON"),
        pytest.param(b"arazzo: 1.0.1\ninfo: {}\ninfo: {}\n", id="a key twice"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", id="a picture"),
        pytest.param(b"", id="empty"),
        pytest.param(b"- a\n- b\n", id="a list"),
        pytest.param(b"openapi: 3.1.0\ninfo: {title: t, version: '1'}\n", id="OpenAPI"),
        pytest.param(b"name: CI\non: [push]\n", id="something else"),
        pytest.param(b"arazzo: 2.0.0\n", id="another version"),
        pytest.param(b"arazzo: 1.0.1\ninfo: {title: t, version: '1'}\n", id="no workflows"),
        pytest.param(b"[" * 100_000, id="deep"),
    ],
)
def test_a_file_that_is_no_workflow(
    text: bytes, attempt: Attempt, golden: Golden, tmp_path: Path
) -> None:
    file = tmp_path / "flow.yaml"
    file.write_bytes(text)
    done = attempt("run", file, *given(), *SERVER)
    assert done.code == 3
    assert str(file) in done.err
    golden.check(done)


def test_the_description_is_missing(attempt: Attempt, golden: Golden, copy: Path) -> None:
    (copy.parents[1] / "openapi" / "amazon-sagemaker-openapi.yml").unlink()
    done = attempt("run", copy, *given(), *SERVER)
    assert done.code == 3
    assert "amazon-sagemaker-openapi.yml" in done.err
    golden.check(done)


def test_the_description_is_broken(attempt: Attempt, golden: Golden, copy: Path) -> None:
    (copy.parents[1] / "openapi" / "amazon-sagemaker-openapi.yml").write_text("a: [b\n")
    done = attempt("run", copy, *given(), *SERVER)
    assert done.code == 3
    golden.check(done)


def test_the_operation_is_missing(attempt: Attempt, golden: Golden, copy: Path) -> None:
    change(copy, "operationId: DescribeTrainingJob", "operationId: DescribeTrainingJobs")
    done = attempt("run", copy, *given(), *SERVER)
    assert done.code == 3
    assert "DescribeTrainingJobs" in done.err
    golden.check(done)


def test_several_faults_at_once(attempt: Attempt, golden: Golden, copy: Path) -> None:
    """All faults are told, not the first alone, and before anything is sent."""
    change(copy, "operationId: DescribeTrainingJob", "operationId: DescribeTrainingJobs")
    change(
        copy, "stepId: pollTrainingJob\n            criteria", "stepId: poll\n            criteria"
    )
    change(copy, "$statusCode == 200", "$statusCode == ")
    done = attempt("run", copy, *given(), *SERVER)
    assert done.code == 3
    golden.check(done)


# -- credentials ---------------------------------------------------------------------------------


def test_no_credentials(stranger: Command, attempt: Attempt, golden: Golden) -> None:
    done = attempt("run", OURS.file, *given(), *SERVER, command=stranger)
    assert done.code == 2
    assert "--no-sign" in done.err
    golden.check(done)


def test_a_profile_that_does_not_exist(attempt: Attempt, golden: Golden) -> None:
    done = attempt("run", OURS.file, *given(), *SERVER, "--aws-profile", "nobody")
    assert done.code == 2
    golden.check(done)


def test_half_of_the_credentials(stranger: Command, attempt: Attempt, golden: Golden) -> None:
    half = Command(stranger.home, environment={"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"})
    done = attempt("run", OURS.file, *given(), *SERVER, command=half)
    assert done.code == 2
    golden.check(done)


def test_a_profile(stranger: Command) -> None:
    aws = stranger.home / ".aws"
    aws.mkdir()
    (aws / "credentials").write_text(
        "[ml]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
    )
    with SageMakerEndpoint(["Completed"]) as endpoint:
        done = stranger(*words(endpoint, "--aws-profile", "ml"))
    assert done.code == 0
