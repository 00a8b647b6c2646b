"""``arazzo graph``: formats, files, and documents that do not link."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.flows import arazzo, write_flow
from tests.reporting.shop import write_shop


def test_mermaid_to_standard_output(tmp_path: Path) -> None:
    done = arazzo("graph", write_flow(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("flowchart TD\n")
    assert "w1s2 -->|" in done.stdout


@pytest.mark.parametrize(
    ("name", "start"), [("a.svg", "<svg"), ("a.html", "<!doctype"), ("a.mmd", "flow")]
)
def test_the_ending_says_the_format(tmp_path: Path, name: str, start: str) -> None:
    done = arazzo("graph", write_shop(tmp_path), "-o", str(tmp_path / name))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / name).read_text().startswith(start)


def test_one_workflow_and_what_it_comes_to(tmp_path: Path) -> None:
    done = arazzo("graph", write_shop(tmp_path), "tell-customer", "--format", "svg")
    texts = [e.text for e in ET.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}text")]
    assert "tell-customer" in texts
    assert "place-order" not in texts


def test_what_does_not_link_is_drawn_and_told(tmp_path: Path) -> None:
    file = Path(write_shop(tmp_path))
    file.write_text(file.read_text().replace("operationId: charge", "operationId: nowhere"))
    done = arazzo("graph", str(file))
    assert done.returncode == 3
    assert "nowhere" in done.stdout
    assert "'nowhere'" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "png"], "'png' is not one of mermaid, svg, html"),
        (["no-such"], "has no workflow 'no-such'"),
        (["-o", "no/folder/a.svg"], "--output: cannot write"),
        (["-o", "/tmp/a.PNG"], "ends in .png, which cannot be drawn"),
    ],
)
def test_mistakes(tmp_path: Path, words: list[str], message: str) -> None:
    done = arazzo("graph", write_shop(tmp_path), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_picture_that_cannot_be_written_is_no_success(tmp_path: Path) -> None:
    done = arazzo("graph", write_shop(tmp_path), "-o", "/dev/full")
    assert done.returncode == 1
    assert "No space left" in done.stderr
