"""A request as a ``curl`` command to paste into a POSIX shell; secrets masked."""

from __future__ import annotations

import base64
from shlex import quote
from typing import Final

from arazzo_runner.values import Body, File, Redactor, Request, Stream, header

__all__ = ["curl_command"]

_SIGNED: Final = frozenset(
    {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"}
)
_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})  # RFC 9110 §8.6: also when empty


def curl_command(
    request: Request, redactor: Redactor, *, service: str | None = None, region: str | None = None
) -> str:
    """The command, one line unless the body has line breaks.

    With ``service`` and ``region`` curl signs for AWS itself, with the credentials of the usual
    environment variables (curl 7.75 or newer).
    """
    url = redactor.text(request.url)
    words = ["curl"]
    if any(sign in url for sign in "[]{}"):
        words.append("--globoff")
    body = request.body
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != ("POST" if body else "GET"):
        words += ["-X", request.method]
    words.append(quote(url))
    if service is not None:
        words += [
            "--aws-sigv4",
            quote(f"aws:amz:{region}:{service}"),
            '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
            # Without a session there must be no such header: curl would sign it and not send it.
            "${AWS_SESSION_TOKEN:+-H}",
            '${AWS_SESSION_TOKEN:+"X-Amz-Security-Token: $AWS_SESSION_TOKEN"}',
        ]
    for name, value in request.headers:
        if service is not None and name.lower() in _SIGNED:
            continue
        shown = redactor.header(name, value)
        # ``Name;`` is how curl sends a header without a value.
        words += ["-H", quote(f"{name}: {shown}" if shown else f"{name};")]
    if not body and request.method in _WITH_LENGTH:
        words += ["-H", "'Content-Length: 0'"]
    if body and header(request.headers, "content-type") is None:
        words += ["-H", "Content-Type:"]  # or curl calls it a form
    return _with_body(words, body, redactor) if body else " ".join(words)


def _with_body(words: list[str], body: Body, redactor: Redactor) -> str:
    """The command that sends a body: as a word where a shell word can hold it, else by a pipe."""
    if isinstance(body, Stream):
        pieces = "; ".join(
            f"cat {quote(redactor.text(part.path))}"
            if isinstance(part, File)
            else _echoed(redactor.value(part))
            for part in body.parts
        )
        return " ".join([f"{{ {pieces}; }} |", *words, "--data-binary @-"])
    text = _text(body)
    if text is not None:
        return " ".join([*words, "--data-raw", quote(redactor.text(text))])
    return " ".join([f"{_echoed(redactor.value(body))} |", *words, "--data-binary @-"])


def _echoed(content: bytes) -> str:
    return f"echo {base64.b64encode(content).decode()} | base64 -d"


def _text(body: bytes) -> str | None:
    """The body as text that a shell word can hold; None when it is something else."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    # A terminal would act on control characters, and a shell drops NUL.
    plain = all(c in "\t\n" or (c >= " " and c != "\x7f") for c in text)
    return text if plain else None
