"""Answers made from a description: which status codes, what headers, what body."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Final
from zlib import crc32

from arazzo_runner.errors import ArazzoError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi import Description, Operation
from arazzo_runner.openapi.references import Node
from arazzo_runner.simulation.bodies import respond
from arazzo_runner.simulation.looking import ANY
from arazzo_runner.simulation.values import NoValueError, ValueMaker, Wanted
from arazzo_runner.values import ABSENT, EMPTY, Headers, Json, Response, Value
from arazzo_runner.values.media_types import is_json, is_xml

__all__ = ["Answer", "AnswerMaker", "Described", "resource_of"]

_VERBS: Final = re.compile(
    r"^(create|get|describe|list|update|delete|put|add|remove|start|stop|read|find|fetch|retrieve|"
    r"post|patch|search|cancel)[-_]?(?=[A-Z0-9_-])",
    re.IGNORECASE,
)
_DEFAULT_STATUS: Final = {"POST": 200, "DELETE": 204}


FORBIDDEN: Final = frozenset({"value-forbidden"})


class Doubt(NamedTuple):
    """Something in an answer that its description does not have; ``rule`` names the kind."""

    rule: str
    message: str


class Answer(NamedTuple):
    """An answer that may be given. ``lost`` is set instead of a status when no answer comes.

    ``doubts`` say what of it the description does not speak of, or even forbids.
    """

    status: int = 200
    headers: Headers = ()
    content_type: str = ""
    body: Value = ABSENT
    lost: str | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def forbidden(self) -> bool:
        """True when the description rules the answer out."""
        return any(doubt.rule in FORBIDDEN for doubt in self.doubts)

    def response(self, name: str = "Response") -> Response:
        """What the engine gets."""
        return respond(self.status, self.headers, self.content_type, self.body, name)


class Described(NamedTuple):
    """A Response Object for one status: its media type, schema and examples, header schemas."""

    status: int
    content_type: str
    schema: Node | None
    examples: tuple[Json, ...]
    headers: Mapping[str, Node]
    declared: bool


class AnswerMaker:
    """Makes the answers of the operations of a program. ``seed`` makes them differ."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._made: dict[tuple[int, tuple[str, ...], int, str, str], Answer] = {}
        self._described: dict[tuple[int, tuple[str, ...]], tuple[Described, ...]] = {}

    def described(self, operation: Operation) -> tuple[Described, ...]:
        """What the description says of each status, ranges and ``default`` left out."""
        key = (id(operation.source), operation.pointer)
        if key not in self._described:
            self._described[key] = tuple(
                _describe(operation, int(status), status)
                for status in operation.responses
                if status.isdecimal() and 100 <= int(status) <= 599
            )
        return self._described[key]

    def describe(self, operation: Operation, status: int) -> Described:
        """What the description says of a status, by range or ``default`` where it has no own."""
        for found in self.described(operation):
            if found.status == status:
                return found
        for key in (f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in operation.responses:
                return _describe(operation, status, key)
        near = self.nearest(operation, status)
        if near is not None:
            return near._replace(status=status, declared=False)
        return Described(status, "", None, (), EMPTY, declared=False)

    def nearest(self, operation: Operation, status: int) -> Described | None:
        """The declared answer of the same class: what an undeclared code is likely to carry."""
        same = [one for one in self.described(operation) if one.status // 100 == status // 100]
        return min(same, key=lambda one: abs(one.status - status), default=None)

    def success(self, operation: Operation) -> int:
        """The status of an answer to a request that is all right."""
        codes = sorted(one.status for one in self.described(operation))
        for low, high in ((200, 300), (300, 400)):
            for code in codes:
                if low <= code < high:
                    return code
        if "2XX" in operation.responses or "default" in operation.responses or not codes:
            return _DEFAULT_STATUS.get(operation.method, 200) if not codes else 200
        return 200

    def failures(self, operation: Operation) -> list[int]:
        """The declared codes of 400 and above; 400 and 500 where none is."""
        codes = sorted(one.status for one in self.described(operation) if one.status >= 400)
        return codes or [400, 500]

    def base(
        self,
        operation: Operation,
        status: int,
        wanted: Wanted = EMPTY,
        headers: Iterable[str] = (),
        salt: str = "",
    ) -> Answer:
        """The answer for a status as the description has it; ``wanted`` parts are there if they
        may be. ``salt`` makes answers of the same operation differ.
        """
        names = tuple(sorted(headers))
        key = (id(operation.source), operation.pointer, status, f"{wanted}{names}", salt)
        if key not in self._made:
            self._made[key] = self._make(operation, status, wanted, names, salt)
        return self._made[key]

    def _make(
        self, operation: Operation, status: int, wanted: Wanted, names: tuple[str, ...], salt: str
    ) -> Answer:
        found = self.describe(operation, status)
        doubts: list[Doubt] = []
        if not found.declared:
            listed = ", ".join(operation.responses) or "none"
            doubts.append(Doubt("status-undeclared", f"status {status} is not declared ({listed})"))
        fields = tuple(
            (name, self._header(operation, found, name, salt))
            for name in names
            if name.lower() != "content-type"  # it goes with the body
        )
        known = {"content-type", *(name.lower() for name in found.headers)}
        doubts += [
            Doubt("header-undeclared", f"header '{name}' is not declared for status {status}")
            for name in names
            if name.lower() not in known
        ]
        if status in (204, 304) or operation.method == "HEAD":
            return Answer(status, fields, doubts=tuple(doubts))
        body: Value = ABSENT
        content_type = found.content_type
        if found.schema is not None or found.examples:
            body = self._body(operation, found, wanted, salt)
        elif wanted:
            content_type = content_type or "application/json"
            body = self._body(operation, found, wanted, salt)
        if wanted and found.schema is not None:
            doubts += _undeclared(self.maker(operation), found.schema, wanted)
        elif wanted and not found.examples:
            doubts.append(Doubt("body-undeclared", f"no body is declared for status {status}"))
        kind = "" if body is ABSENT else content_type
        return Answer(status, fields, kind, body, doubts=tuple(doubts))

    def maker(self, operation: Operation) -> ValueMaker:
        """Makes values of answers of this operation's description."""
        return ValueMaker(operation.source.follow, seed=self.seed, purpose="response")

    def _body(self, operation: Operation, found: Described, wanted: Wanted, salt: str) -> Value:
        node = found.schema or Node({}, operation.source.document)
        place = f"/{resource_of(operation)}{salt}"
        for sample in (*found.examples, ABSENT):
            try:
                return self.maker(operation).make(
                    node,
                    sample=deepcopy(sample),
                    wanted=wanted,
                    place=place,
                    name=resource_of(operation),
                )
            except NoValueError:
                continue
        return deepcopy(found.examples[0]) if found.examples else ABSENT

    def _header(self, operation: Operation, found: Described, name: str, salt: str) -> str:
        lower, about = name.lower(), resource_of(operation)
        node = next((n for key, n in found.headers.items() if key.lower() == lower), None)
        value: Json = None
        if node is not None:
            try:
                value = self.maker(operation).make(node, name=name, place=f"/{about}{salt}")
            except NoValueError:
                value = None
        if lower == "location" and (node is None or not str(value).startswith(("http", "/"))):
            number = crc32(f"{self.seed}{about}{salt}".encode()) % 900 + 100
            return f"https://api.example.com/{about.lower()}s/{number}"
        text = f"{lower}-1" if value is None else value if isinstance(value, str) else str(value)
        return "".join(c for c in text if c.isprintable() and c.isascii())


def resource_of(operation: Operation) -> str:
    """What an operation is about: the last fixed part of its path, or its id without the verb."""
    path = operation.path
    parts = [part for part in path.partition("?")[0].partition("#")[0].split("/") if part]
    fixed = [part for part in parts if "{" not in part]
    name = fixed[-1] if fixed else ""
    if operation.operation_id and (not fixed or "#" in path or "?" in path or "{" not in path):
        short = _VERBS.sub("", operation.operation_id.rpartition("/")[2])
        if "#" in path or "?" in path or not name:
            name = short
    name = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "thing"
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


# -- Response Objects ----------------------------------------------------------------------------


def _describe(operation: Operation, status: int, key: str) -> Described:
    source = operation.source
    try:
        node = source.follow(operation.responses[key])
    except ArazzoError:
        return Described(status, "", None, (), EMPTY, declared=True)
    raw = node.value if isinstance(node.value, dict) else {}
    headers = dict(_headers(raw, node, source))
    if source.version == "2.0":
        kind = _preferred(operation.produces) if operation.produces else "application/json"
        schema = Node(raw["schema"], node.document) if "schema" in raw else None
        listed = raw.get("examples")
        samples = tuple(listed.values()) if isinstance(listed, dict) else ()
        return Described(status, kind if schema else "", schema, samples, headers, declared=True)
    content = raw.get("content")
    if not isinstance(content, dict) or not content:
        return Described(status, "", None, (), headers, declared=True)
    kind = _preferred([str(name) for name in content])
    try:
        media = source.follow(content[kind], node.document)
    except ArazzoError:
        media = Node({}, node.document)
    fields = media.value if isinstance(media.value, dict) else {}
    schema = Node(fields["schema"], media.document) if "schema" in fields else None
    examples = tuple(_examples(fields, media, source))
    return Described(status, _concrete(kind), schema, examples, headers, declared=True)


def _preferred(names: Iterable[str]) -> str:
    listed = list(names)
    for test in (is_json, is_xml):
        for name in listed:
            if test(name):
                return name
    return listed[0]


def _concrete(name: str) -> str:
    """A media type for a range of them."""
    return "application/json" if "*" in name else name


def _examples(fields: Mapping[str, Json], media: Node, source: Description) -> Iterable[Json]:
    if "example" in fields:
        yield fields["example"]
    listed = fields.get("examples")
    for entry in listed.values() if isinstance(listed, dict) else ():
        try:
            found = source.follow(entry, media.document).value
        except ArazzoError:
            continue
        if isinstance(found, dict) and "value" in found:
            yield found["value"]


def _headers(
    raw: Mapping[str, Json], node: Node, source: Description
) -> Iterable[tuple[str, Node]]:
    listed = raw.get("headers")
    for name, entry in listed.items() if isinstance(listed, dict) else ():
        try:
            header = source.follow(entry, node.document)
        except ArazzoError:
            continue
        if isinstance(header.value, dict):
            schema = header.value.get("schema", header.value)
            if "example" in header.value and isinstance(schema, dict):
                schema = {**schema, "example": header.value["example"]}
            yield str(name), Node(schema, header.document)


def _undeclared(maker: ValueMaker, node: Node, wanted: Wanted) -> list[Doubt]:
    """The wanted parts that the schema does not speak of."""
    found: list[Doubt] = []
    _find_undeclared(maker, [node], wanted, "", found)
    return found


def _find_undeclared(
    maker: ValueMaker, nodes: list[Node], wanted: Wanted, path: str, found: list[Doubt]
) -> None:
    for token, below in wanted.items():
        if token == ANY and not maker.is_list(nodes):  # a filter that the object itself may meet
            _find_undeclared(maker, nodes, below, path, found)
            continue
        inner, how = maker.inside(nodes, token)
        if how == "declared":
            _find_undeclared(maker, inner, below, f"{path}/{token}", found)
        elif how == "forbidden":
            message = f"by its schema the answer cannot have '{path}/{token}'"
            found.append(Doubt("part-impossible", message))
        elif how == "undeclared":
            message = f"the schema of the answer does not declare '{path}/{token}'"
            found.append(Doubt("part-undeclared", message))
