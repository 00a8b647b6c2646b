"""Dry runs of every published workflow: each step that links makes a well-formed request, and an
answer made from its description is found to keep what the description promises.

``python -m tests.suites.test_corpus_requests`` prints the table of those that cannot and why.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from arazzo_runner.errors import ArazzoError
from arazzo_runner.execution import Settings, link_file
from arazzo_runner.execution.contracts import ResponseChecker
from arazzo_runner.linking import Linked, OperationCall
from arazzo_runner.simulation.answers_ahead import answer_ahead
from arazzo_runner.simulation.dry_run import PlannedStep, dry_run
from arazzo_runner.values import ABSENT, Request, header
from arazzo_runner.values.media_types import is_form, is_json, is_multipart, is_text, is_xml
from tests.support.paths import SHARED, require

CORPUS = SHARED / "corpus"
URL = re.compile(r"https?://[A-Za-z0-9\-._~%:@\[\]]+(/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?\[\]|]*)?")
ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e]*")
FORM = re.compile(r"[A-Za-z0-9\-._~!$'()*+,;:@%/?&=\[\]|]*")


class Outcome(NamedTuple):
    """One planned step. ``why`` is empty for a well-formed request."""

    origin: str
    document: str
    step_id: str
    why: str


def documents() -> Iterator[str]:
    manifest = json.loads(require(CORPUS / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest:
        yield entry["file"]


def linked_file(file: str) -> Linked:
    return link_file(str(CORPUS / file), None, Settings(), any_server=True)


def outcomes(file: str, linked: Linked) -> Iterator[Outcome]:
    """Every step that the dry runs of a document's workflows reach."""
    origin = file.partition("/")[0]
    broken = {fault.pointer for fault in linked.errors}
    for workflow_id, key in linked.program.entries.items():
        if key not in linked.program.workflows:
            continue
        # A workflow some step of which does not link is the linker's matter (issue of the file).
        if broken and not _links(file, workflow_id):
            continue
        for step in dry_run(linked.program, workflow_id, {}, Settings()).steps:
            yield Outcome(origin, file, step.step_id, _why(step))


def _links(file: str, workflow_id: str) -> bool:
    return not link_file(str(CORPUS / file), workflow_id, Settings(), any_server=True).errors


def _why(step: PlannedStep) -> str:
    if step.problem is not None:
        return re.sub(r"'[^']*'", "'…'", step.problem)
    assert step.request is not None
    return "; ".join(flaws(step.request))


def flaws(request: Request) -> Iterator[str]:
    """What is not well-formed in a request (RFC 3986, RFC 9110, the body's media type)."""
    if not URL.fullmatch(request.url) or ESCAPE.search(request.url):
        yield "URL"
    if not urlsplit(request.url).hostname:
        yield "host"
    if not TOKEN.fullmatch(request.method):
        yield "method"
    for name, value in request.headers:
        if not TOKEN.fullmatch(name) or not VALUE.fullmatch(value) or value != value.strip():
            yield f"header {name}"
    if request.body and not _reads(header(request.headers, "content-type") or "", request.body):
        yield "body"


def _reads(content_type: str, body: bytes) -> bool:
    """Whether the body is of its media type."""
    try:
        if is_json(content_type):
            json.loads(body)
        elif is_form(content_type):
            text = body.decode("ascii")
            return FORM.fullmatch(text) is not None and not ESCAPE.search(text)
        elif is_multipart(content_type):
            boundary = content_type.partition("boundary=")[2].strip('"').encode()
            return bool(boundary) and body.rstrip().endswith(b"--" + boundary + b"--")
        elif is_xml(content_type):
            ET.fromstring(body)
        elif is_text(content_type):
            body.decode()
    except (ValueError, ET.ParseError):
        return False
    return bool(content_type)


def contracts(linked: Linked) -> Iterator[set[str]]:
    """The rules that an answer from the description breaks, for every operation with a body."""
    checker = ResponseChecker("error")
    for workflow in linked.program.workflows.values():
        for step in workflow.steps:
            if isinstance(step.target, OperationCall):
                answer = answer_ahead(step.target)
                if answer.body is not ABSENT:
                    yield {fault.rule for fault in checker.check(step.target, answer)}


class Everything(NamedTuple):
    outcomes: list[Outcome]
    contracts: list[set[str]]


@pytest.fixture(scope="module")
def everything() -> Everything:
    all_of_it = Everything([], [])
    for file in documents():
        linked = linked_file(file)
        all_of_it.outcomes.extend(outcomes(file, linked))
        all_of_it.contracts.extend(contracts(linked))
    return all_of_it


JENTIC = "jentic/workflows/{}/workflows.arazzo.json"
KNOWN = {
    # What the documents themselves make impossible to send:
    (JENTIC.format("bulksms.com"), "send-message-with-attachment-link"),  # a URL as a JSON body
    (JENTIC.format("ebay.com~sell-account"), "verify-custom-policy-creation"),  # {} as a path
    (JENTIC.format("instagram.com"), "get-comments-for-own-media"),  # of a step that is not there
    (JENTIC.format("spoonacular.com"), "map-ingredients-to-products"),  # a text as a JSON body
    (JENTIC.format("soundcloud.com"), "get-resolved-track"),  # an output that is not declared
}


def test_every_step_that_links_makes_a_request(everything: Everything) -> None:
    bad = [outcome for outcome in everything.outcomes if outcome.why]
    unknown = [outcome for outcome in bad if (outcome.document, outcome.step_id) not in KNOWN]
    assert not unknown, "\n".join(map(str, unknown[:20]))
    assert len(everything.outcomes) > 2_200
    assert len({outcome.origin for outcome in everything.outcomes}) == 4


def test_answers_from_descriptions_keep_their_contract(everything: Everything) -> None:
    """Examples in descriptions break their own schemas now and then; nothing stays unchecked."""
    found = everything.contracts
    assert len(found) > 1_800
    assert not any("response-unchecked" in rules for rules in found)
    assert sum(not rules for rules in found) > 0.9 * len(found)


def test_flaws_are_seen() -> None:
    kind = ("Content-Type", "application/json")
    assert list(flaws(Request("GET", "https://a.example/b%20c?d=[1]", (("A", "b"),)))) == []
    assert list(flaws(Request("G T", "ftp://a/ b%2", (("A:", "b"), ("C", "d\r\ne"))))) == [
        *("URL", "method", "header A:", "header C")
    ]
    assert list(flaws(Request("POST", "https:///x", (kind,), b"{"))) == ["URL", "host", "body"]


def main() -> None:
    counts: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], Outcome] = {}
    for file in documents():
        try:
            found = list(outcomes(file, linked_file(file)))
        except ArazzoError as error:
            found = [Outcome(file.partition("/")[0], file, "", f"not read: {error.message}")]
        for outcome in found:
            counts[outcome.origin] += 1
            if outcome.why:
                reasons[outcome.origin, outcome.why] += 1
                examples.setdefault((outcome.origin, outcome.why), outcome)
    print("origin            steps   well-formed")
    for origin, total in sorted(counts.items()):
        bad = sum(n for (of, _), n in reasons.items() if of == origin)
        print(f"{origin:16} {total:6} {total - bad:10}")
    for (origin, why), number in reasons.most_common():
        example = examples[origin, why]
        print(f"{number:4} {origin:16} {why[:110]}  ({example.document} {example.step_id})")


if __name__ == "__main__":
    main()
