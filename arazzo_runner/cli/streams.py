"""Writing to standard streams that may be closed, full, or read by nobody."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as in the package's root: typing is slow to import
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["write_all"]


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
