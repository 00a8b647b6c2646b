"""Writing to standard streams that may be closed, full, or read by nobody."""

from __future__ import annotations

import codecs
import os
import sys

TYPE_CHECKING = False  # as in the package's root: typing is slow to import
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["prepare_streams", "write_all"]

_SPELLED = {"…": "...", "·": "-", "•": "*", "→": "->"}
"""Our own signs as ASCII; what documents and servers say is escaped, so that nothing is lost."""


def prepare_streams() -> None:
    """What an encoding does not have (consoles of Windows, ``LANG=C``) is spelled otherwise.

    Nothing fails: see ``_SPELLED``.
    """
    codecs.register_error("arazzo-spelled", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="arazzo-spelled")


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    parts = [
        _SPELLED.get(char) or char.encode("ascii", "backslashreplace").decode() for char in text
    ]
    return "".join(parts), error.end


def write_all(stream: TextIO | None, text: str) -> OSError | None:
    """Write and flush the text; the error when that fails for another reason than a closed pipe.

    After a failure the stream's file goes nowhere, so that the interpreter's own flush at exit
    does not fail once more. A stream that is not there (``>&-``) takes everything.
    """
    if stream is None:
        return None
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        _discard(stream)
        return None if isinstance(error, BrokenPipeError) else error
    except ValueError:  # the stream is closed
        return None
    return None


def _discard(stream: TextIO) -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
