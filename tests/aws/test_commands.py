"""``arazzo aws describe`` and ``arazzo aws whoami`` as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from arazzo_runner.cli.main import main
from tests.support.answers import Answer
from tests.support.command import Command
from tests.support.endpoint import Endpoint
from tests.support.moto_server import ACCOUNT, Moto
from tests.support.paths import REPOSITORY


def test_describe_to_a_file(arazzo: Command, tmp_path: Path) -> None:
    file = tmp_path / "sqs.yml"
    done = arazzo("aws", "describe", "sqs", "--operations", "SendMessage,CreateQueue", "-o", file)
    assert (done.code, done.out) == (0, "")
    assert done.err == f"wrote {file}: 2 operations\n"
    text = file.read_text(encoding="utf-8")
    assert text.startswith(
        "# Written by `arazzo aws describe sqs --operations SendMessage,CreateQueue -o sqs.yml`: "
    )
    assert list(yaml.safe_load(text)["paths"]) == ["/#SendMessage", "/#CreateQueue"]
    assert [each.name for each in tmp_path.glob(".*")] == []


def test_describe_as_json(arazzo: Command, tmp_path: Path) -> None:
    file = tmp_path / "sts.json"
    assert arazzo("aws", "describe", "sts", "--texts", "-o", file).code == 0
    described = json.loads(file.read_text(encoding="utf-8"))
    assert "description" in described["paths"]["/#GetCallerIdentity"]["post"]


def test_describe_to_standard_output(arazzo: Command) -> None:
    done = arazzo("aws", "describe", "sts", "--operations", "GetCallerIdentity")
    assert done.code == 0
    assert yaml.safe_load(done.out)["openapi"] == "3.1.0"


def test_what_cannot_be_described(arazzo: Command, tmp_path: Path) -> None:
    unknown = arazzo("aws", "describe", "sagemakr")
    assert (unknown.code, unknown.out) == (2, "")
    assert unknown.err == (
        "error[usage]: botocore has no service 'sagemakr'\n  help: did you mean 'sagemaker'?\n"
    )
    operation = arazzo("aws", "describe", "sqs", "--operations", "SendMesage")
    assert operation.code == 2
    assert "did you mean 'SendMessage'?" in operation.err
    nowhere = arazzo("aws", "describe", "sts", "-o", tmp_path / "none" / "sts.yml")
    assert nowhere.code == 2
    assert "cannot write" in nowhere.err


def test_the_groups_own_words(arazzo: Command) -> None:
    alone = arazzo("aws")
    assert alone.code == 2
    assert "there is: aws describe, aws whoami" in alone.err
    wrong = arazzo("aws", "whoam")
    assert wrong.code == 2
    assert "did you mean 'aws whoami'?" in wrong.err


def test_the_shipped_descriptions_are_what_the_command_writes(
    arazzo: Command, tmp_path: Path
) -> None:
    """Each names the command that wrote it; run again it writes the same, and what AWS added."""
    for file in (
        REPOSITORY / "openapi" / "amazon-s3-openapi.yml",
        REPOSITORY / "arazzo_runner" / "cli" / "documents" / "aws-sts.yml",
    ):
        text = file.read_text(encoding="utf-8")
        words = text.split("`")[1].split()
        assert words[-1] == file.name
        again = tmp_path / file.name
        assert arazzo(*words[1:-1], again).code == 0
        old, new = yaml.safe_load(text), yaml.safe_load(again.read_text(encoding="utf-8"))
        assert list(old["paths"]) == list(new["paths"])
        assert old["servers"] == new["servers"]
        assert set(old["components"]["schemas"]) <= set(new["components"]["schemas"])


def test_whoami(arazzo: Command, moto: Moto) -> None:
    done = arazzo("aws", "whoami", "--server", moto.url)
    assert done.code == 0
    assert done.out.splitlines()[0] == f"account  {ACCOUNT}"
    assert done.out.splitlines()[-1] == "region   us-east-1"
    assert done.err == ""


def test_as_functions(
    moto: Moto, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same in this process."""
    monkeypatch.setenv("NO_COLOR", "1")
    file = tmp_path / "sts.yml"
    assert main(["aws", "describe", "sts", "-o", str(file)]) == 0
    assert main(["aws", "describe", "sts", "--operations", "GetCallerIdentity"]) == 0
    assert main(["aws", "describe", "sts", "--texts", "-o", str(tmp_path / "sts.json")]) == 0
    assert main(["aws", "describe", "sts", "-o", str(tmp_path / "no" / "x.yml")]) == 2
    assert main(["aws", "whoami", "--server", moto.url]) == 0
    assert main(["aws", "whoami", "--server", moto.url, "--json"]) == 0
    assert main(["aws", "whoami", "--server", "http://127.0.0.1:1"]) == 1
    assert main(["aws", "whoami", "--server", moto.url + "/nothing/here"]) in (1, 2)
    assert main(["help", "aws"]) == 0
    out, err = capsys.readouterr()
    assert f"account  {ACCOUNT}\n" in out
    assert "error[connect]" in err


def test_credentials_that_aws_refuses(arazzo: Command) -> None:
    refused = Answer(
        403,
        (("Content-Type", "text/xml"),),
        b"<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>No</Message></Error>"
        b"</ErrorResponse>",
    )
    with Endpoint([refused]) as endpoint:
        done = arazzo("aws", "whoami", "--server", endpoint.url)
    assert (done.code, done.out) == (2, "")
    assert "InvalidClientTokenId: No" in done.err


def test_whoami_for_scripts(arazzo: Command, moto: Moto) -> None:
    done = arazzo("aws", "whoami", "--server", moto.url, "--aws-region", "cn-north-1", "--json")
    found = json.loads(done.out)
    assert found["account"] == ACCOUNT
    assert found["arn"].startswith("arn:aws-cn:sts::")
    assert (found["region"], found["profile"]) == ("cn-north-1", None)


def test_whoami_without_credentials(stranger: Command) -> None:
    done = stranger("aws", "whoami", "--server", "http://127.0.0.1:1")
    assert (done.code, done.out) == (2, "")
    assert "error[credentials]" in done.err


def test_whoami_without_an_answer(arazzo: Command) -> None:
    done = arazzo("aws", "whoami", "--server", "http://127.0.0.1:1", "--http-timeout", "2")
    assert (done.code, done.out) == (1, "")
    assert "error[connect]" in done.err


def test_whoami_with_a_server_that_is_none(arazzo: Command) -> None:
    done = arazzo("aws", "whoami", "--server", "ftp://x")
    assert done.code == 2
    assert "is not an http or https URL" in done.err
