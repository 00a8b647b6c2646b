"""From the names on the command line to the documents to validate."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from arazzo_runner.errors import DocumentNotFound
from arazzo_runner.lazy import lazy_pattern

__all__ = ["find_files"]

_EXTENSIONS: Final = (".yaml", ".yml", ".json")
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
_ARAZZO: Final = lazy_pattern(rb"""(?m)^[\s{]*['"]?arazzo['"]?\s*:|[{,]\s*"arazzo"\s*:""")


def find_files(names: Sequence[str], exclude: Iterable[str] = ()) -> tuple[str, ...]:
    """The files that are named: files as they are, the Arazzo documents of folders and patterns.

    Raises:
        DocumentNotFound: a pattern or folder has no Arazzo document.
    """
    excluded = tuple(exclude)
    found: dict[str, None] = {}
    for name in names:
        if name == "-" or "://" in name or Path(name).is_file():
            found[name] = None
            continue
        from glob import has_magic

        files = list(_expand(name, excluded))
        if not files and (has_magic(name) or Path(name).is_dir()):
            what = "folder" if Path(name).is_dir() else "pattern"
            raise DocumentNotFound(f"the {what} {name} has no Arazzo document")
        found.update(dict.fromkeys(files or [name]))
    return tuple(found)


def _expand(name: str, excluded: tuple[str, ...]) -> Iterator[str]:
    from glob import glob, has_magic

    paths: Iterable[str] = ()
    if Path(name).is_dir():
        paths = _below(name)
    elif has_magic(name):
        paths = sorted(glob(name, recursive=True))  # noqa: PTH207 - a path may be absolute
    for path in paths:
        shown = path.replace(os.sep, "/")
        if _SKIPPED.intersection(Path(path).parts) - set(Path(name).parts):
            continue
        if any(
            fnmatch(shown, pattern) or fnmatch(Path(path).name, pattern) for pattern in excluded
        ):
            continue
        if path.endswith(_EXTENSIONS) and Path(path).is_file() and _is_arazzo(path):
            yield path


def _below(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and not f.startswith("."))
        yield from (os.path.normpath(Path(place, file)) for file in sorted(files))


def _is_arazzo(path: str) -> bool:
    """Whether a file has the field ``arazzo`` somewhere at the start of a line or object."""
    try:
        text = Path(path).read_bytes()
        is_list = path.endswith(".json") and text.lstrip()[:1] == b"["
        return not is_list and _ARAZZO.search(text) is not None
    except OSError:
        return True  # reading it says what is wrong
