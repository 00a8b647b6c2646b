"""References and paths to absolute URIs (RFC 3986)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from arazzo_runner.lazy import lazy_pattern

__all__ = ["file_path", "resolve_reference", "to_uri"]

_SCHEME = lazy_pattern(r"[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = lazy_pattern(r"[A-Za-z]:[\\/]")
_UNRESERVED_AND_RESERVED = "%/:?#[]@!$&'()*+,;=~"


def to_uri(path_or_uri: str) -> str:
    """The absolute URI of a path, or the URI itself.

    A name that starts with two or more letters and a colon is a URI, as RFC 3986 §4.2 reads it:
    write ``./a:b`` for such a file. ``C:`` and a slash of either kind start a path.
    """
    if _SCHEME.match(path_or_uri):
        return _tidy(path_or_uri)
    if _DRIVE.match(path_or_uri):
        return "file:///" + path_or_uri[:2] + quote(path_or_uri[2:].replace("\\", "/"))
    path = quote(path_or_uri.replace(os.sep, "/").encode("utf-8", "surrogateescape"))
    return urljoin(Path.cwd().as_uri() + "/", re.sub("^/+", "/", path))


def resolve_reference(reference: str, base: str | None) -> str:
    """The absolute URI of a URI reference against a base URI (RFC 3986 §5.2), no fragment.

    Without a base the reference may be a path (:func:`to_uri`). Characters that a URI cannot
    hold are percent-encoded, and a backslash separates folders, because files are written so.
    """
    if base is None:
        return urldefrag(to_uri(reference)).url
    if _DRIVE.match(reference):
        return to_uri(reference)
    if not _SCHEME.match(reference):
        reference = reference.replace("\\", "/")
    try:
        return urldefrag(urljoin(base, _tidy(reference))).url
    except ValueError:  # such as an unclosed bracket in the host: left for the fetcher to refuse
        return reference


def file_path(uri: str) -> Path | None:
    """The path that a file URI names, None for another scheme or another host."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        return None
    path = unquote(parts.path, "utf-8", "surrogateescape")
    return Path(path[1:] if _DRIVE.match(path[1:]) else path)


def _tidy(uri: str) -> str:
    """Blanks and other characters outside RFC 3986 percent-encoded; escapes stay as they are."""
    return quote(uri.strip(), safe=_UNRESERVED_AND_RESERVED)
