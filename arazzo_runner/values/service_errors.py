"""The error that AWS puts into an answer, in whichever of its shapes.

JSON services write ``__type`` (``namespace#Code``) or ``code``, and ``message``; REST services put
the code into the header ``x-amzn-ErrorType`` (``Code:http://…``); XML has ``Code``, ``Message`` in
``Error``, inside ``ErrorResponse`` or ``Errors`` or alone.
"""

from __future__ import annotations

import re
from typing import Final

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values.json_values import Value
from arazzo_runner.values.messages import Response

__all__ = ["ServiceError", "service_error"]

_IN_XML: Final = re.compile(r"<Error>.*?</Error>|<Errors>.*?</Errors>", re.DOTALL)
_CODE: Final = re.compile(
    r"[A-Z][a-z]+(?:[A-Z][A-Za-z]*|\.)+"
)  # `SlowDown`; others write otherwise
_LONGEST: Final = 65_536  # characters of an XML text that are looked at


class ServiceError(NamedTuple):
    """What went wrong as the service calls it: a code for programs, a message for people."""

    code: str
    message: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


def service_error(response: Response) -> ServiceError | None:
    """The AWS error of an answer of status 300 or more, None when it has none."""
    if response.status < 300:
        return None
    body = response.body
    code = response.header("x-amzn-errortype") or ""
    message = ""
    if isinstance(body, dict):
        code = code or _text(body.get("__type"))
        if not code and _CODE.fullmatch(_text(body.get("code"))):
            code = body["code"]
        message = _text(body.get("message")) or _text(body.get("Message"))
    elif isinstance(body, str):
        code, message = _from_xml(body[:_LONGEST], code)
    code = code.partition(":")[0].rpartition("#")[2].strip()
    return ServiceError(code, " ".join(message.split())) if code else None


def _from_xml(text: str, code: str) -> tuple[str, str]:
    found = _IN_XML.search(text)
    part = "" if found is None else found.group()
    return code or _element(part, "Code"), _element(part, "Message")


def _element(text: str, name: str) -> str:
    from html import unescape

    _, _, rest = text.partition(f"<{name}>")
    inside, mark, _ = rest.partition(f"</{name}>")
    return unescape(inside) if mark else ""


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
