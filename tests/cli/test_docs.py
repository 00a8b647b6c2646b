"""``arazzo docs``: pages that tell a workflow to people, for a document and for a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.flows import arazzo, write_flow
from tests.reporting.shop import write_shop
from tests.support.browser import Browser, browser

__all__ = ["browser"]


def test_a_document(tmp_path: Path, browser: Browser) -> None:
    file = write_shop(tmp_path)
    done = arazzo("docs", file, "-o", "site", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "3 workflows of 1 document" in done.stderr
    site = tmp_path / "site"
    names = {path.name for path in site.iterdir()}
    pictures = {"flow-1.svg", "flow-2.svg", "flow-3.svg"}
    assert names == {"index.html", "index.md", "flow.html", "flow.md", *pictures}
    browser.open(site / "index.html")
    browser.all("a[href='flow.html#place-order']")[0].click()
    assert browser.run("return location.pathname").endswith("flow.html")
    text = browser.all("main")[0].text
    for part in (
        "Reserve the goods, pay, and wait for the parcel.",
        "integer, required",
        "GET /stock",
        "shop: https://shop.example.com",
        "arazzo run",
        "arazzo.run(",
        "'quantity': 1",
    ):
        assert part in text
    assert browser.logs()[0] == []


def test_the_markdown_page(tmp_path: Path) -> None:
    arazzo("docs", write_flow(tmp_path), cwd=tmp_path)
    text = (tmp_path / "site" / "flow.md").read_text()
    for line in (
        "# Jobs",
        "## run-job",
        "![Flow of run-job](flow-1.svg)",
        "| `size` | integer, required |  |",
        '| `mode` | string, required, one of "fast", "slow" |  |',
        "| `limit` | integer, optional, default 3 |  |",
        "1. **create** `POST /jobs` Create the job.",
        "    - on success: again, goto wait if `$response.body#/status == 'running'`",
        "- `status`",
        "```python",
        "- jobs key (apiKey X-Api-Key in header), or login (oauth2) and token (http bearer)",
    ):
        assert line in text.splitlines(), line


def test_the_python_call_is_one(tmp_path: Path) -> None:
    arazzo("docs", write_shop(tmp_path), cwd=tmp_path)
    text = (tmp_path / "site" / "flow.md").read_text()
    calls = text.split("```python\n")[1:]
    assert len(calls) == 3
    for call in calls:
        compile(call.partition("```")[0], "call", "exec")


def test_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    for name in ("a", "b/c", ".hidden"):
        (folder / name).mkdir(parents=True)
        write_flow(folder / name)
    (folder / "broken.yaml").write_text("arazzo: 1.0.1\nworkflows: 5\n")
    (folder / "other.yaml").write_text("a: 1\n")
    done = arazzo("docs", "all", "-o", "out/site", cwd=tmp_path)
    assert done.returncode == 3
    assert "broken.yaml" in done.stderr
    pages = sorted(path.name for path in (tmp_path / "out" / "site").glob("*.html"))
    assert pages == ["a-flow.html", "b-c-flow.html", "index.html"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["no-such.yaml"], 3, "no-such.yaml"),
        (["empty"], 2, "has no Arazzo document"),
        (["flow.yaml", "-o", "flow.yaml/x"], 2, "--output: cannot write"),
    ],
)
def test_mistakes(tmp_path: Path, words: list[str], code: int, message: str) -> None:
    write_flow(tmp_path)
    (tmp_path / "empty").mkdir()
    done = arazzo("docs", *words, cwd=tmp_path)
    assert done.returncode == code
    assert message in done.stderr
