"""What a worker learns from servers, without the worker's own credentials.

A run may belong to anybody who may begin one; the credentials are the worker's. An API that repeats
what it is sent, in an answer or in the URL of a redirect, must not hand them to the run.
"""

from __future__ import annotations

import json
from typing import Any, Final

from arazzo_runner.errors import Fault
from arazzo_runner.interpreter import Event, RequestFailed, ResponseArrived
from arazzo_runner.values import ABSENT, File, Headers, Redactor, Response, Value

__all__ = ["Masking"]

_SHORTEST: Final = 8  # characters of a password that is masked wherever it is
_LONG: Final = 16  # no plain word
_dump: Final = json.JSONEncoder(ensure_ascii=False, default=lambda _: None).encode


class Masking:
    """Masks what a redactor knows, but for what runs met among their own values.

    Bodies and header fields are what workflows work with: in them a password that is short or a
    plain word (``admin``) stays as it is. URLs and messages are masked as always.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._all = redactor.without_run()
        self._known = 0
        self._made = Redactor()

    def event(self, event: Event) -> Event:
        """The event as a run may know it."""
        made = self._learned()
        if isinstance(event, RequestFailed):
            return event._replace(message=self._all.text(event.message))
        if not isinstance(event, ResponseArrived) or not self._all.knows_any:
            return event
        return event._replace(
            response=self._response(event.response, made),
            deviations=tuple([self._fault(fault) for fault in event.deviations]),
        )

    def text(self, text: str) -> str:
        """A message as a run may know it."""
        return self._all.text(text)

    def _learned(self) -> Redactor:
        secrets = self._all.secrets
        if len(secrets) != self._known:  # tokens are fetched on the way
            self._known = len(secrets)
            self._made = Redactor(filter(_is_no_word, secrets))
        return self._made

    def _response(self, response: Response, made: Redactor) -> Response:
        def fields(headers: Headers) -> Headers:
            return tuple([(name, made.text(value)) for name, value in headers])

        hops = [
            hop._replace(url=self._all.text(hop.url), headers=fields(hop.headers))
            for hop in response.hops
        ]
        return response._replace(
            headers=fields(response.headers),
            body=_masked(response.body, made),
            url=self._all.text(response.url),
            hops=tuple(hops),
            note=response.note and self._all.text(response.note),
        )

    def _fault(self, fault: Fault) -> Fault:
        return fault._replace(
            message=self._all.text(fault.message), hint=fault.hint and self._all.text(fault.hint)
        )


def _is_no_word(text: str) -> bool:
    return len(text) >= _SHORTEST and not (text.isalpha() and len(text) < _LONG)


def _masked(body: Value, redactor: Redactor) -> Value:
    """The body; looking at it as one text first spares looking at each of its parts."""
    if body is ABSENT or isinstance(body, File):
        return body
    if isinstance(body, dict | list):
        text: Any = _dump(body)
        if redactor.text(text) == text:
            return body
    return redactor.value(body)
