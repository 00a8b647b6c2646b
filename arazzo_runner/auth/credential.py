"""What a credential is: it is made ready, put on requests, and told what came of them.

An API key, a token that expires, a digest and an AWS signature differ in when they are fetched and
in what they read of the request and its answer; who sends requests sees one kind of thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from arazzo_runner.values import Request, Response

__all__ = ["CallCredentials", "Credential", "Send", "origin_of"]

Send: TypeAlias = Callable[[Request], Response]
"""Sends a request that a credential needs itself (a token's), over the run's own client.

Raises:
    TransportError: no usable answer came.
"""


class Credential:
    """One credential. The base is one that is always ready and learns nothing from answers.

    ``prepare`` may block (files, commands, the network) and is called from any thread; the others
    never block. One credential serves many runs at once.

    Attributes:
        last: it reads the whole request (a signature, a digest), so it is put on after the others.
    """

    last = False

    def ready(self) -> bool:
        """False when :meth:`prepare` has to be called before the next :meth:`apply`."""
        return True

    def prepare(self) -> None:
        """Find, fetch or renew what is needed. Does nothing when it is ready.

        Raises:
            CredentialsError: it cannot be had (any more).
        """

    def apply(self, request: Request) -> Request:
        """A new request that carries the credential. What the request sets itself wins.

        Called for every request, and again for every one that is sent again.

        Raises:
            CredentialsError: it cannot be had (any more).
        """
        raise NotImplementedError

    def mask(self, request: Request) -> Request:
        """The request with a mask where the credential stands: to show, not to send.

        By default as it is: what a signature adds nobody can use again.
        """
        return request

    def answered(self, sent: Request, response: Response) -> bool | str:  # noqa: ARG002
        """Look at the answer; True asks to prepare, apply and send the request once more. A text
        does too, and is what a person should know about it.

        ``sent`` is the request as it went out, with all credentials on it. The answer to the second
        sending is shown as well, but it is final: what is returned then is not looked at.
        """
        return False


class CallCredentials:
    """All credentials of the requests of one call, and where they may go.

    Args:
        credentials: together they meet one alternative of the operation's security.
        base_url: the server that the source's requests go to; requests to another origin get
            nothing.
    """

    __slots__ = ("_credentials", "_ends", "_origin")

    def __init__(self, credentials: Iterable[Credential], base_url: str) -> None:
        self._credentials = sorted(credentials, key=lambda credential: credential.last)
        self._origin = _authority(base_url)  # as written: requests begin with the same letters
        self._ends = len(self._origin)

    def ready(self) -> bool:
        """Whether :meth:`apply` can be called without :meth:`prepare`."""
        return all(credential.ready() for credential in self._credentials)

    def prepare(self) -> None:
        """Make every credential ready; may block.

        Raises:
            CredentialsError: one cannot be had.
        """
        for credential in self._credentials:
            if not credential.ready():
                credential.prepare()

    def apply(self, request: Request) -> Request:
        """The request as it goes out.

        Raises:
            CredentialsError: a credential cannot be had any more.
        """
        if self._credentials and self._belongs(request.url):
            for credential in self._credentials:
                request = credential.apply(request)
        return request

    def mask(self, request: Request) -> Request:
        """The request as it goes out, with masks in place of the credentials."""
        if self._credentials and self._belongs(request.url):
            for credential in self._credentials:
                request = credential.mask(request)
        return request

    def answered(self, sent: Request, response: Response) -> bool | str:
        """Whether the request is to be sent once more, with what the answer taught, and why."""
        if not self._credentials or not self._belongs(sent.url):
            return False
        # Each has to see the answer, also after one that wants to send again.
        wishes = [credential.answered(sent, response) for credential in self._credentials]
        return "; ".join(wish for wish in wishes if isinstance(wish, str)) or any(wishes)

    def _belongs(self, url: str) -> bool:
        return url.startswith(self._origin) and url[self._ends : self._ends + 1] in "/?#"


def origin_of(url: str) -> str:
    """``https://host:port`` in lower case, without a port that is the scheme's own."""
    scheme, separator, authority = _authority(url).lower().partition("://")
    host = authority.rpartition("@")[2]
    return f"{scheme}{separator}{host.removesuffix(_DEFAULT_PORTS.get(scheme, ' '))}"


_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def _authority(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    end = min((at for mark in "/?#" if (at := rest.find(mark)) >= 0), default=len(rest))
    return f"{scheme}{separator}{rest[:end]}"
