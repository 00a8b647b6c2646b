"""The AWS signature as a credential: renewed in time, and wiser after an answer.

A clock that is wrong by more than AWS takes is corrected by the server's ``Date``, and session
credentials that AWS calls expired are looked for again; the request is then sent once more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

from arazzo_runner.auth.credential import Credential
from arazzo_runner.auth.sigv4 import SigV4Signer
from arazzo_runner.values import Request, Response, header
from arazzo_runner.values.service_errors import service_error

__all__ = ["EXPIRED_CODES", "SKEW_CODES", "Signature"]

SKEW_CODES: Final = frozenset(
    {
        "AuthFailure",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
"""What AWS answers to a signature of another time, and to other wrong signatures."""

EXPIRED_CODES: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)
"""What AWS answers to a session token whose time is over."""

_TAKEN: Final = timedelta(minutes=4)
"""AWS takes five minutes; nearer to it the clock is not what is wrong."""


class Signature(Credential):
    """Signs requests. ``make`` finds credentials and may block; it is called when they are needed
    and again when AWS says that they have expired.
    """

    last = True

    def __init__(self, make: Callable[[], SigV4Signer]) -> None:
        self._make = make
        self._lock = Lock()
        self._signer: SigV4Signer | None = None
        self._offset = timedelta()

    def ready(self) -> bool:
        """Whether there are credentials that are not about to expire."""
        signer = self._signer
        return signer is not None and not signer.renewal_due()

    def prepare(self) -> None:
        """Find credentials, or renew those that are about to expire.

        Raises:
            CredentialsError: there are none, or they cannot be renewed.
        """
        with self._lock:
            if self._signer is None:
                self._signer = self._make()
                self._signer.offset = self._offset
            elif self._signer.renewal_due():
                self._signer.renew()

    def apply(self, request: Request) -> Request:
        """The request, signed over exactly what is sent.

        Raises:
            CredentialsError: the credentials cannot be had any more.
        """
        signer = self._signer
        if signer is None:  # another run has just been told that they expired
            self.prepare()
            signer = self._signer
        assert signer is not None
        return signer.sign(request)

    def answered(self, sent: Request, response: Response) -> bool | str:
        """Correct the clock, or look for credentials again; says what was done."""
        if response.status < 400:
            return False
        error = service_error(response)
        if error is None:
            return False
        if error.code in SKEW_CODES and (skew := _skew(sent, response)) is not None:
            return self._correct(skew)
        if error.code in EXPIRED_CODES and header(sent.headers, "x-amz-security-token"):
            with self._lock:
                self._signer = None
            return f"the session credentials have expired ({error.code}): they were renewed"
        return False

    def _correct(self, skew: timedelta) -> str:
        with self._lock:
            self._offset += skew
            if self._signer is not None:
                self._signer.offset = self._offset
        way = "behind" if skew > timedelta() else "ahead of"
        return (
            f"the clock of this machine is {_duration(abs(skew))} {way} that of AWS: requests are "
            "signed with AWS's time"
        )


def _skew(sent: Request, response: Response) -> timedelta | None:
    """The server's time less that of the signature; None when they are near, or one is missing."""
    from email.utils import parsedate_to_datetime

    signed = header(sent.headers, "x-amz-date")
    told = response.header("date")
    if signed is None or told is None:
        return None
    try:
        at = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        skew = parsedate_to_datetime(told) - at
    except (ValueError, TypeError):
        return None
    return skew if abs(skew) > _TAKEN else None


def _duration(time: timedelta) -> str:
    hours, minutes = divmod(round(time.total_seconds() / 60), 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2])
