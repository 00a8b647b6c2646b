"""What a run's own messages and inputs teach the redactor, before anybody is shown them.

Credentials are learned where they are read. Here it is what names and schemas say: header fields
and members that carry secrets, inputs declared as ``format: password``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from arazzo_runner.interpreter import Record, RequestSent, ResponseReceived, WorkflowStarted
from arazzo_runner.linking import Program
from arazzo_runner.linking.inputs import resolve_local
from arazzo_runner.values import Headers, Json, Redactor, Request, Response, Value, header
from arazzo_runner.values.media_types import essence, is_form, is_json
from arazzo_runner.values.secret_names import header_secrets, url_password

__all__ = ["Lessons"]

_MOST: Final = 10_000  # places of inputs that are looked at
_SHORTEST: Final = 8  # characters of what an answer may call a secret
_LONG: Final = 16  # no plain word
_WORDS: Final = frozenset({"true", "false", "null", "none", "string"})


class Lessons:
    """Teaches the redactor what the records of runs show to be a secret."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def passwords(self, proxy: str | None, servers: Iterable[str]) -> None:
        """Passwords in URLs: of servers, of the proxy that is given or those of the environment."""
        from urllib.request import getproxies

        for url in (*servers, *(getproxies().values() if proxy is None else (proxy,))):
            for password in url_password(url):
                self._redactor.add(password)

    def record(self, record: Record, program: Program) -> None:
        """Learn from a record before anybody else sees it."""
        if isinstance(record, RequestSent):
            self.request(record.request)
        elif isinstance(record, ResponseReceived):
            self.response(record.response)
        elif isinstance(record, WorkflowStarted) and record.depth:
            for workflow in program.workflows.values():
                if workflow.workflow_id == record.workflow_id:
                    root = program.documents[workflow.document].document.data
                    self.inputs(workflow.inputs_schema, record.inputs, root, of_run=True)

    def inputs(
        self, schema: Json, values: Mapping[str, Value], root: Json, *, of_run: bool = False
    ) -> None:
        """Inputs declared as ``format: password`` or ``writeOnly``, at any depth (DOC-15)."""
        for value in _passwords(schema, values, root, set()):
            self._redactor.add(value, of_run=of_run)

    def request(self, request: Request) -> None:
        """Header fields, query parameters and members of a body that are secrets by their name.

        What a step writes there is meant: short values count too, but for words like ``true``.
        """
        for name, value in request.headers:
            if self._redactor.names.has_header(name):
                for secret in header_secrets(name, value):
                    if _is_opaque(secret) or name.lower() != "cookie":
                        self._redactor.add(secret, of_run=True)
        for value in (*self._in_query(request.url), *self._in_body(request)):
            if value.lower() not in _WORDS:
                self._redactor.add(value, of_run=True)

    def response(self, response: Response) -> None:
        """Header fields and members of an answer, and of the redirects that led to it.

        A value that is short, has blanks or is a plain word is no token and stays readable.
        """
        for headers in (response.headers, *(hop.headers for hop in response.hops)):
            self._answered(headers)
        found = [*self._members(response.body), *self._in_query(response.url)]
        for value in filter(_is_opaque, found):
            self._redactor.add(value, of_run=True)

    def _answered(self, headers: Headers) -> None:
        for name, value in headers:
            if self._redactor.names.has_header(name):
                for secret in filter(_is_opaque, header_secrets(name, value)):
                    self._redactor.add(secret, of_run=True)
            elif name.lower() == "location":
                for secret in filter(_is_opaque, self._in_query(value)):
                    self._redactor.add(secret, of_run=True)

    def _in_query(self, url: str) -> Iterator[str]:
        if "?" in url or "#" in url:
            parts = urlsplit(url)
            for name, value in (*parse_qsl(parts.query), *parse_qsl(parts.fragment)):
                if self._redactor.names.has_field(name):
                    yield value

    def _in_body(self, request: Request) -> Iterator[str]:
        body = request.body
        kind = essence(header(request.headers, "content-type") or "")
        if not isinstance(body, bytes) or not body or not (is_form(kind) or is_json(kind)):
            return
        try:
            text = body.decode()
            data = dict(parse_qsl(text)) if is_form(kind) else json.loads(text)
        except (ValueError, RecursionError):
            return
        yield from self._members(data)

    def _members(self, body: Value) -> Iterator[str]:
        """The texts of members that are secrets, at any depth; an attribute's ``@`` and the
        brackets of a form (``user[password]``) are no part of a name.
        """
        todo = [body]
        while todo:
            node = todo.pop()
            if isinstance(node, list):
                todo.extend(part for part in node if isinstance(part, dict | list))
            elif isinstance(node, dict):
                for name, value in node.items():
                    if isinstance(value, dict | list):
                        todo.append(value)
                    elif isinstance(value, str) and self._redactor.names.has_field(_last(name)):
                        yield value


def _last(name: str) -> str:
    return re.split(r"[\[.]", name.rstrip("]"))[-1].lstrip("@") if _ODD & set(name) else name


_ODD: Final = frozenset("[.@")


def _is_opaque(text: str) -> bool:
    """Whether a text looks like something that was made, not written."""
    if len(text) < _SHORTEST or any(map(str.isspace, text)):
        return False
    return len(text) >= _LONG or not text.isalpha()


def _passwords(schema: Json, value: Value, root: Json, seen: set[tuple[int, int]]) -> Iterator[str]:
    schema = resolve_local(schema, root)
    at = id(schema), id(value)  # schemas may be circles
    if not isinstance(schema, dict) or at in seen or len(seen) > _MOST:
        return
    seen.add(at)
    for keyword in ("allOf", "anyOf", "oneOf"):
        branches = schema.get(keyword)
        for branch in branches if isinstance(branches, list) else ():
            yield from _passwords(branch, value, root, seen)
    if schema.get("format") == "password" or schema.get("writeOnly") is True:
        yield from _texts(value)
    elif isinstance(value, Mapping):
        properties = schema.get("properties")
        for name, part in properties.items() if isinstance(properties, dict) else ():
            yield from _passwords(part, value.get(name), root, seen)
    elif isinstance(value, list):
        for item in value:
            yield from _passwords(schema.get("items"), item, root, seen)


def _texts(value: Value) -> Iterator[str]:
    """All of a secret, or of its members."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
