"""Files that a command writes: whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from arazzo_runner.errors import UsageError

__all__ = ["check_writable", "write_output", "write_whole"]


def check_writable(path: str, option: str) -> None:
    """Find out now whether a file can be written later.

    Raises:
        UsageError: there is no such folder, it may not be written to, or the path is a folder.
    """
    if not path:
        raise UsageError(f"{option}: no file is named")
    try:
        target = Path(path)
        if target.is_dir():
            raise UsageError(f"{option}: '{path}' is a folder, not a file")
        if target.exists() and not target.is_file():
            return  # a device or a pipe
        target = target.resolve()
        temporary = _beside(target)
        temporary.touch(exist_ok=False)
        temporary.unlink()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{option}: cannot write to '{path}': {why}") from None


def write_output(path: str, text: str, option: str) -> None:
    """Write the file that an option names, as :func:`write_whole` does.

    Raises:
        UsageError: it cannot be written; what was there before is still there.
    """
    try:
        write_whole(path, text)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"{option}: cannot write to '{path}': {why}") from None


def write_whole(path: str, text: str) -> None:
    """Write a file so that there is never half of it: beside it first, then in its place.

    A device or a pipe is written to directly. Symbolic links are followed; a file that is there
    keeps its permissions.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    target = Path(path)
    data = text.encode("utf-8", "backslashreplace")
    if target.exists() and not target.is_file():  # before links are followed: /dev/stdout
        target.write_bytes(data)
        return
    target = target.resolve()
    temporary = _beside(target)
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(OSError):
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
