"""Programs from short texts, and runs of the interpreter without network or clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import dedent, indent
from typing import Any

from arazzo_runner.errors import DocumentNotFound
from arazzo_runner.interpreter import (
    Event,
    Finish,
    Noted,
    Record,
    RequestFailed,
    ResponseArrived,
    RunFinished,
    RunSettings,
    SendRequest,
    State,
    StepFinished,
    Stop,
    Transition,
    Wait,
    Waiting,
    WaitOver,
    WorkflowStarted,
    advance,
    start,
    state_from_json,
    state_to_json,
)
from arazzo_runner.linking import Linked, LinkSettings, Program, link, prepare_inputs
from arazzo_runner.reading import Document, Loader, parse_document
from arazzo_runner.values import Request, Response

__all__ = [
    "API",
    "HEAD",
    "Answered",
    "Lost",
    "Played",
    "answer",
    "document",
    "link_text",
    "linked",
    "memory_loader",
    "play",
    "program",
]

API = """
openapi: 3.1.0
info: {title: API, version: '1'}
servers: [{url: 'http://api.test'}]
paths:
  /a: {get: {operationId: a, responses: {}}}
  /b: {get: {operationId: b, responses: {}}}
  /c: {get: {operationId: c, responses: {}}}
  /list:
    get:
      operationId: list
      parameters:
        - {name: q, in: query, schema: {type: string}}
        - {name: must, in: query, required: true, schema: {type: string}}
      responses: {}
  /items/{id}:
    get:
      operationId: item
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {}
  /items:
    post:
      operationId: create
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string}, size: {type: integer}}
      responses: {}
"""

HEAD = """\
arazzo: 1.1.0
info: {title: Test, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
"""

BASE = "https://docs.test/flows/"


def memory_loader(files: Mapping[str, str] | None = None) -> Loader:
    """A loader of these texts, by name below BASE or by absolute URI, and of nothing else."""
    known = {"api.yaml": API, **(files or {})}
    texts = {name if ":" in name else BASE + name: text for name, text in known.items()}

    def fetch(uri: str) -> bytes:
        if uri not in texts:
            raise DocumentNotFound(f"there is no {uri}")
        return texts[uri].encode()

    return Loader(fetch)


def document(workflows: str, *, head: str = HEAD, uri: str = BASE + "main.yaml") -> Document:
    """A document: a list of workflows (or steps of one workflow named main) under a head."""
    text = dedent(workflows).strip("\n")
    if text.startswith(("- stepId", "- {stepId")):
        text = "- workflowId: main\n  steps:\n" + indent(text, "  ")
    if not text.startswith(("workflows:", "components:")):
        text = "workflows:\n" + text
    return parse_document((head + text + "\n").encode(), uri=uri, name=uri.rpartition("/")[2])


def link_text(
    workflows: str,
    *,
    files: Mapping[str, str] | None = None,
    head: str = HEAD,
    workflow_id: str | None = None,
    provided: Sequence[Document] = (),
    **settings: Any,
) -> Linked:
    """The linked program and all faults."""
    return link(
        document(workflows, head=head),
        memory_loader(files),
        LinkSettings(**settings),
        workflow_id=workflow_id,
        provided=provided,
    )


def linked(workflows: str, **options: Any) -> Linked:
    """As :func:`link_text`; fails when there are errors."""
    result = link_text(workflows, **options)
    assert not result.errors, [str(fault) for fault in result.errors]
    return result


def program(workflows: str, **options: Any) -> Program:
    """A program without errors."""
    return linked(workflows, **options).program


@dataclass(frozen=True)
class Lost:
    """In place of an answer: none comes."""

    kind: str = "timeout"
    message: str = "no answer"
    takes: float = 0.0


@dataclass(frozen=True)
class Answered:
    response: Response
    takes: float = 0.0


def answer(status: int = 200, body: Any = None, takes: float = 0.0, **headers: str) -> Answered:
    """An answer that comes after ``takes`` seconds; header names with _ for -."""
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answered(Response(status, fields, {} if body is None else body), takes)


Reply = Answered | Lost | Stop | int | tuple[int, Any]


@dataclass
class Played:
    """All of a run."""

    records: list[Record] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    sends: list[SendRequest] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    at: float = 0.0

    def of(self, kind: type) -> list[Any]:
        return [record for record in self.records if type(record) is kind]

    @property
    def end(self) -> RunFinished:
        last = self.records[-1]
        assert type(last) is RunFinished
        return last

    @property
    def steps(self) -> list[StepFinished]:
        return self.of(StepFinished)

    @property
    def ran(self) -> list[str]:
        return [step.step_id for step in self.steps]

    @property
    def urls(self) -> list[str]:
        return [request.url.removeprefix("http://api.test") for request in self.requests]

    @property
    def seconds(self) -> list[float]:
        return [wait.seconds for wait in self.waits]

    @property
    def waiting(self) -> list[Waiting]:
        return self.of(Waiting)

    @property
    def notes(self) -> list[Noted]:
        return self.of(Noted)

    @property
    def started(self) -> list[tuple[str, str]]:
        return [(r.workflow_id, r.reason) for r in self.of(WorkflowStarted)]


def play(
    what: Program | str,
    replies: Sequence[Reply] | Callable[[SendRequest], Reply] = (200,),
    *,
    workflow: str | None = None,
    inputs: Mapping[str, Any] | None = None,
    settings: RunSettings | None = None,
    at: float = 0.0,
    saved: bool = False,
) -> Played:
    """Run to the end; the last reply repeats. ``saved``: through JSON after every event.

    Every ``advance`` is checked to leave the state it got as it was.
    """
    linked_program = program(what) if isinstance(what, str) else what
    name = workflow or next(iter(linked_program.entries))
    entry = linked_program.workflows[linked_program.entries[name]]
    values, _ = prepare_inputs(entry.inputs_schema, inputs or {}, workflow_id=name)
    played = Played(at=at)
    transition = start(linked_program, name, values, at, settings)
    while True:
        state = _take(played, transition, saved=saved)
        (effect,) = transition.effects
        if isinstance(effect, Finish):
            assert not state.frames
            return played
        event = _perform(played, effect, replies)
        before = json.dumps(state_to_json(state))
        transition = advance(linked_program, state, event)
        assert json.dumps(state_to_json(state)) == before, "advance changed its argument"


def _take(played: Played, transition: Transition, *, saved: bool) -> State:
    played.records.extend(transition.records)
    state = transition.state
    if saved:
        state = state_from_json(json.loads(json.dumps(state_to_json(state))))
        assert state == transition.state
    played.states.append(state)
    return state


def _perform(
    played: Played,
    effect: SendRequest | Wait,
    replies: Sequence[Reply] | Callable[[SendRequest], Reply],
) -> Event:
    if isinstance(effect, Wait):
        played.waits.append(effect)
        played.at += effect.seconds
        return WaitOver(played.at)
    played.requests.append(effect.request)
    played.sends.append(effect)
    if callable(replies):
        reply = replies(effect)
    else:
        reply = replies[min(len(played.requests), len(replies)) - 1]
    if isinstance(reply, int):
        reply = answer(reply)
    if type(reply) is tuple:
        reply = answer(*reply)
    if isinstance(reply, Stop):
        return Stop(reply.kind, reply.message, played.at)
    assert isinstance(reply, Answered | Lost)
    played.at += reply.takes
    if isinstance(reply, Lost):
        return RequestFailed(reply.kind, reply.message, played.at)
    return ResponseArrived(reply.response, played.at)
