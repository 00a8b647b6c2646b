"""One request and its answer, until redirects lead nowhere else: all but the network."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from arazzo_runner.errors import TransportError
from arazzo_runner.execution.deadline import Deadline
from arazzo_runner.execution.intake import Download, Intake
from arazzo_runner.execution.redirects import Context, next_request
from arazzo_runner.execution.upload import Upload
from arazzo_runner.openapi import decode_response
from arazzo_runner.values import File, Headers, Hop, Request, Response
from arazzo_runner.values.cookies import collect

if TYPE_CHECKING:
    import httpx

    from arazzo_runner.execution.http_settings import HttpSettings

__all__ = ["Exchange"]


class Exchange:
    """What both doors do alike. ``message`` is to be sent within ``bound`` seconds."""

    __slots__ = (
        "_context",
        "_hops",
        "_jar",
        "_settings",
        "bound",
        "deadline",
        "message",
        "request",
    )

    def __init__(
        self, settings: HttpSettings, request: Request, timeout: float | None, context: Context
    ) -> None:
        self._settings = settings
        self._context = context
        self._jar = context.jar
        self._hops: tuple[Hop, ...] = ()
        self.deadline = Deadline(settings.timeout, timeout)
        self._ask(request, timeout)

    def _ask(self, request: Request, timeout: float | None) -> None:
        self.request = request
        self.message, self.bound = self._settings.message(request, timeout)
        if isinstance(self.message.stream, Upload):
            self.message.stream.deadline = self.deadline

    def intake(self, response: httpx.Response) -> tuple[Headers, Intake]:
        """The header fields of an answer, and what takes its body."""
        # Thousands of answers that are kept have the same few names.
        headers = tuple((intern(k), v) for k, v in response.headers.multi_items())
        settings = self._settings
        download = None
        if settings.downloads is not None:
            download = Download.wanted(
                settings.downloads,
                self._context.name,
                self.request.method,
                response.status_code,
                headers,
            )
        return headers, Intake(headers, settings.limit, download)

    def check(self, intake: Intake) -> None:
        """After a piece of the answer.

        Raises:
            TransportError: it takes too long.
        """
        if intake.download is not None:
            self.deadline.progress()
        elif self.deadline.left < 0:
            raise TransportError(f"the answer took longer than {self.bound:g} s", kind="timeout")

    def follow(self, status: int, headers: Headers) -> bool:
        """Whether the answer leads to another request, which is then the one to send.

        Raises:
            TransportError: too many redirects, or one that is refused.
        """
        if not 300 <= status < 400 or not self._settings.redirects:
            return False
        at = self._settings.now()
        jar = collect(self._jar, self.request.url, headers, at)
        request = next_request(
            self.request, status, headers, documented=self._context.documented, jar=jar, at=at
        )
        if request is None:
            return False
        if len(self._hops) == self._settings.redirects:
            raise TransportError(
                f"more than {self._settings.redirects} redirects, the last one to {request.url}",
                kind="redirects",
            )
        self._hops += (Hop(self.request.method, self.request.url, status, headers),)
        self._jar = jar
        self._ask(request, self.deadline.left)
        return True

    def answer(
        self, status: int, headers: Headers, raw: bytes | File, note: str | None
    ) -> Response:
        """The decoded answer."""
        if isinstance(raw, File):
            kind = next((v.strip() for k, v in headers if k.lower() == "content-type"), "")
            response = Response(status, headers, raw, kind, raw.size)
        else:
            response = decode_response(status, headers, raw)
            if note is not None and raw:
                response = response._replace(body=raw, note=note)
            if isinstance(response.body, bytes) and self._settings.downloads is not None:
                response = response._replace(body=self._saved(response))
        if self._hops:
            return response._replace(url=self.request.url, hops=self._hops)
        return response

    def _saved(self, response: Response) -> bytes | File:
        """Bytes that did not say so before, in a file after all."""
        assert self._settings.downloads is not None
        download = Download(
            self._settings.downloads, self._context.name, response.content_type, response.headers
        )
        try:
            download.write(response.body)
            return download.finish()
        finally:
            download.close()
