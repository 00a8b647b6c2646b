"""The described operations as a service: the same answers over HTTP, request by request."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from typing import Final

from arazzo_runner.errors import ArazzoError
from arazzo_runner.linking.program import OperationCall, Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi import Operation
from arazzo_runner.openapi.bodies import find_media
from arazzo_runner.openapi.references import Node
from arazzo_runner.simulation.answers import Answer, AnswerMaker
from arazzo_runner.simulation.bodies import encode
from arazzo_runner.simulation.conformity import problems
from arazzo_runner.simulation.echo import Things, sent_names
from arazzo_runner.simulation.routes import Arrived, Route, Router
from arazzo_runner.simulation.scenarios import Script
from arazzo_runner.simulation.shapes import Resolver
from arazzo_runner.simulation.simulation import simulate
from arazzo_runner.values import ABSENT, Headers, Json, Value, header, json_text
from arazzo_runner.values.media_types import essence, is_json

__all__ = ["Entry", "Service", "Trouble"]

_UNDESCRIBED: Final = "The mock has no such operation."


class Trouble(NamedTuple):
    """Failures on purpose. ``fail`` is the share of requests that get a 5xx, ``throttle`` how many
    requests in a row pass before one gets a 429 (0: never); ``latency`` is in seconds.
    """

    fail: float = 0.0
    throttle: int = 0
    latency: float = 0.0


class Entry(NamedTuple):
    """One line of the log: what came, what it was taken for, what was wrong, what was answered.
    ``status`` 0 means that the connection was closed without an answer.
    """

    method: str
    path: str
    operation: str | None
    problems: tuple[str, ...]
    status: int


class Reply(NamedTuple):
    """What goes back; ``status`` 0 closes the connection."""

    status: int
    headers: Headers
    body: bytes


class Service:
    """Answers requests. Safe to be asked by several threads."""

    def __init__(
        self,
        program: Program,
        *,
        script: Script | None = None,
        seed: int = 0,
        trouble: Trouble | None = None,
        validate: bool = True,
    ) -> None:
        """``validate`` refuses requests that the description forbids with 400."""
        self.router = Router(program.descriptions)
        self.trouble = trouble or Trouble()
        self._script = script or Script()
        self._maker = AnswerMaker(seed)
        self._validate = validate
        self._random = random.Random(seed)  # noqa: S311 - the same failures for the same seed
        self._lock = threading.Lock()
        self._count = 0
        self._asked: list[tuple[OperationCall, str]] = []
        self._again: dict[tuple[str, str], int] = {}
        self._things = Things()
        self._calls, self._steps = _calls(program)
        self._courses = _courses(program, seed)

    def answer(self, request: Arrived) -> tuple[Reply, Entry]:
        """The reply to a request, and its line for the log. Never raises for what came."""
        with self._lock:
            self._count += 1
            route, allowed = self.router.find(request)
            if route is None:
                return self._unknown(request, allowed)
            operation = route.operation
            name = operation.operation_id or f"{operation.method} {operation.path}"
            wrong = self._wrong(request, route)
            trouble = self._trouble()
            if trouble is not None:
                reply = _problem(*trouble)
            elif wrong and self._validate:
                reply = _problem(400, "The request is not what the description asks.", wrong)
            else:
                reply = self._described(request, route)
            path = request.path
            return reply, Entry(request.method, path, name, tuple(wrong), reply.status)

    def _unknown(self, request: Arrived, allowed: object) -> tuple[Reply, Entry]:
        status = 405 if allowed else 404
        reply = _problem(status, _UNDESCRIBED)
        return reply, Entry(request.method, request.path, None, (), status)

    def _trouble(self) -> tuple[int, str] | None:
        if self.trouble.throttle and self._count % (self.trouble.throttle + 1) == 0:
            return 429, "Too many requests (asked for with --throttle)."
        if self.trouble.fail and self._random.random() < self.trouble.fail:
            return 503, "Out of service (asked for with --fail)."
        return None

    # -- answers -----------------------------------------------------------------------------------

    def _described(self, request: Arrived, route: Route) -> Reply:
        operation = route.operation
        key = (id(operation.source), operation.pointer)
        base = self._usual(request, route)
        call = self._calls.get(key)
        if call is not None and self._script.entries:
            steps = self._steps[key]
            for step_id in steps:
                asked = [(c, step_id if s in steps else s) for c, s in self._asked]
                entry = self._script.find(call, step_id, asked)
                if entry is not None:
                    self._asked.append((call, step_id))
                    return self._reply(entry.answer(base), operation)
        return self._reply(self._remembered(base, request, route), operation)

    def _usual(self, request: Arrived, route: Route) -> Answer:
        """The answer of the simulated course of this operation, else the described one."""
        operation = route.operation
        key = (id(operation.source), operation.pointer)
        course = self._courses.get(key)
        if not course:
            return self._maker.base(operation, self._maker.success(operation))
        same = (f"{operation.pointer}", f"{request.path}{request.query}{request.raw!r}")
        number = self._again.get(same, 0)
        self._again[same] = number + 1
        return course[min(number, len(course) - 1)]

    def _remembered(self, base: Answer, request: Arrived, route: Route) -> Answer:
        """What was sent comes back, now and when the thing is asked for later."""
        operation = route.operation
        names = sent_names(operation, route.values, dict(request.query), request.body)
        maker = self._maker.maker(operation)
        described = self._maker.describe(operation, base.status)

        def fits(path: tuple[str, ...], value: Json) -> bool:
            nodes = [described.schema] if described.schema is not None else []
            for token in path:
                nodes = maker.inside(nodes, token)[0]
            return maker.fits(nodes, value)

        body = self._things.applied(operation, names, base.body, fits)
        self._things.learn(operation, names, body)
        return base._replace(body=body)

    def _reply(self, answer: Answer, operation: Operation) -> Reply:
        if answer.lost is not None:
            return Reply(0, (), b"")
        name = f"{operation.operation_id or ''}Response"
        content = encode(answer.body, answer.content_type, name)
        fields = answer.headers
        if content and answer.content_type and header(fields, "content-type") is None:
            fields = (("Content-Type", answer.content_type), *fields)
        return Reply(answer.status, fields, content)

    # -- what is wrong with a request ----------------------------------------------------------

    def _wrong(self, request: Arrived, route: Route) -> list[str]:
        operation = route.operation
        query = dict(request.query)
        found: list[str] = []
        for parameter in operation.parameters:
            given: Value = None
            if parameter.location == "header":
                given = header(request.headers, parameter.name)
            elif parameter.location == "query":
                given = next((v for k, v in query.items() if _is_part(k, parameter.name)), None)
            else:
                continue
            own = parameter.name.lower() in ("accept", "content-type", "authorization")
            if parameter.required and given is None and not own:
                found.append(
                    f"the required {parameter.location} parameter '{parameter.name}' is missing"
                )
        return found + self._wrong_body(request, operation)

    @staticmethod
    def _wrong_body(request: Arrived, operation: Operation) -> list[str]:
        offered = operation.request_body
        if offered is None:
            return []
        if request.body is ABSENT:
            return ["the required request body is missing"] if offered.required else []
        kind = header(request.headers, "content-type") or ""
        media = find_media(kind, offered.content)
        if media is None:
            listed = ", ".join(offered.content)
            return [f"the body is {essence(kind) or 'of no type'}, not {listed}"] if listed else []
        if media.schema is None or not is_json(kind):
            return []
        resolver = Resolver(operation.source.follow)
        node = Node(media.schema, media.document or operation.source.document)
        told = problems(request.body, [node], resolver, purpose="request")
        return [f"request body: {one.message}" for one in told]


def _is_part(key: str, name: str) -> bool:
    """Whether a key of the query belongs to a parameter: ``filter[name]`` to ``filter``."""
    return key == name or key.partition("[")[0] == name


def _problem(status: int, title: str, details: object = ()) -> Reply:
    """An answer of the mock itself (RFC 9457)."""
    data: dict[str, Json] = {"type": "about:blank", "title": title, "status": status}
    if details:
        data["problems"] = list(details) if isinstance(details, list | tuple) else [str(details)]
    fields: Headers = (("Content-Type", "application/problem+json"),)
    if status == 429:
        fields = (*fields, ("Retry-After", "1"))
    return Reply(status, fields, json_text(data).encode())


_Key = tuple[int, tuple[str, ...]]


def _calls(program: Program) -> tuple[dict[_Key, OperationCall], dict[_Key, list[str]]]:
    """The calls of the program's steps by operation, and their stepIds."""
    calls: dict[_Key, OperationCall] = {}
    steps: dict[_Key, list[str]] = {}
    for workflow in program.workflows.values():
        for step in workflow.steps:
            if isinstance(step.target, OperationCall):
                operation = step.target.operation
                key = (id(operation.source), operation.pointer)
                calls.setdefault(key, step.target)
                steps.setdefault(key, []).append(step.step_id)
    return calls, steps


def _courses(program: Program, seed: int) -> Mapping[_Key, list[Answer]]:
    """The answers of each operation in a simulated run of each workflow: a poll waits, then not."""
    found: dict[_Key, list[Answer]] = {}
    for workflow_id, workflow_key in program.entries.items():
        if workflow_key not in program.workflows:
            continue
        try:
            done = simulate(program, workflow_id, seed=seed)
        except ArazzoError:
            continue
        own: dict[_Key, list[Answer]] = {}
        for operation, choice in done.exchanges:
            if choice.answer.lost is None:
                own.setdefault((id(operation.source), operation.pointer), []).append(choice.answer)
        for key, answers in own.items():
            found.setdefault(key, answers)
    return found
