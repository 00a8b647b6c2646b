"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["beside", "write_whole"]


def write_whole(
    path: str | Path, data: bytes, *, mode: int | None = None, lasting: bool = True
) -> None:
    """Write a file so that there is never half of it: beside it first, then in its place.

    A device or a pipe is written to directly. Symbolic links are followed; a file that is there
    keeps its permissions.

    Args:
        path: the file.
        data: all that will be in it.
        mode: its permissions. A file with given ones is ours: in the place of a link there will be
            a file.
        lasting: wait until it is on the disk, so that it survives a crash of the machine.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    target = Path(path)
    if mode is None:
        if target.exists() and not target.is_file():  # before links are followed: /dev/stdout
            target.write_bytes(data)
            return
        target = target.resolve()
    temporary = beside(target)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(temporary, flags, 0o666 if mode is None else mode)
    try:
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - with its permissions
            stream.write(data)
            if lasting:
                stream.flush()
                os.fsync(stream.fileno())
        if mode is None:
            with suppress(OSError):
                temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def beside(target: Path) -> Path:
    """The file that becomes ``target``: of no other process, and of no other moment."""
    from time import monotonic_ns

    return target.with_name(f".{target.name[:100]}.{os.getpid()}-{monotonic_ns()}.part")
