"""Files that a command writes: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from arazzo_runner.errors import UsageError
from arazzo_runner.values.whole_files import beside
from arazzo_runner.values.whole_files import write_whole as write_bytes

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
        temporary = beside(target)
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
    """Write a text file whole, see :func:`arazzo_runner.values.whole_files.write_whole`.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))
