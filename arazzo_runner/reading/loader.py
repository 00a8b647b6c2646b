"""Finding documents: fetching, resolving references, each document read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from arazzo_runner.errors import DocumentNotFound, DocumentSyntaxError, Location, did_you_mean
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading.document import Document, check_size, parse_document
from arazzo_runner.reading.limits import DEFAULT_LIMITS, Limits
from arazzo_runner.reading.uris import file_path, resolve_reference
from arazzo_runner.values import EMPTY

if TYPE_CHECKING:
    from arazzo_runner.reading.cache import DescriptionCache

__all__ = ["Fetch", "Fetched", "Loader", "Permit", "read_file"]


class Fetched(NamedTuple):
    """What was fetched, and the URI that redirects led to: its base URI (RFC 3986 §5.1.3)."""

    content: bytes
    uri: str


Fetch = Callable[[str], bytes | Fetched]
"""From an absolute URI to its bytes; raises DocumentNotFound."""

Permit = Callable[[str, str], None]
"""(absolute URI, URI of the document that refers to it); raises DocumentNotFound to refuse it."""

_EXTENSIONS = (".yaml", ".yml", ".json")


def read_file(uri: str, *, max_bytes: int = DEFAULT_LIMITS.max_bytes) -> bytes:
    """The bytes of a ``file:`` URI. Reads no more than one byte over ``max_bytes``.

    Raises:
        DocumentNotFound: no such file, a folder, not readable, or a URI of another scheme.
        DocumentSyntaxError: the file is larger than ``max_bytes``.
    """
    path = file_path(uri)
    if path is None:
        raise DocumentNotFound(
            f"{uri} is not a file and nothing that fetches URLs is set up",
            kind="document-not-found",
        )
    try:
        with path.open("rb") as file:
            text = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise DocumentNotFound(f"there is no file {path}", hint=_near(path)) from None
    except IsADirectoryError:
        raise DocumentNotFound(f"{path} is a folder", hint=_documents_in(path)) from None
    except PermissionError:
        raise DocumentNotFound(f"{path} may not be read: permission denied") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentNotFound(f"{path} cannot be read: {reason}") from None
    if len(text) > max_bytes:
        raise DocumentSyntaxError(
            f"the file is larger than {max_bytes} bytes", location=Location(str(path))
        )
    return text


def _near(path: Path) -> str | None:
    folder = path.parent
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return f"the folder {folder} does not exist" if not folder.exists() else None
    return did_you_mean(path.name, names)


def _documents_in(folder: Path) -> str | None:
    try:
        names = sorted(e.name for e in folder.iterdir() if e.name.endswith(_EXTENSIONS))
    except OSError:
        return None
    return f"name a file in it, such as {names[0]}" if names else None


def _all_permitted(_uri: str, _referrer: str) -> None:
    """Every document may refer to every other one."""


class Loader:
    """Reads documents by reference; every URI is fetched and parsed once.

    Arguments:
        fetch: from URI to bytes; the default reads files only.
        permit: decides on what documents refer to; what the caller names is not asked about.
        cache: keeps parsed big descriptions between processes.
        limits: bounds of every document.
        names: what people are shown of a URI, where that is known.
    """

    __slots__ = ("_cache", "_documents", "_fetch", "_limits", "_names", "_permit")

    def __init__(
        self,
        fetch: Fetch = read_file,
        *,
        cache: DescriptionCache | None = None,
        limits: Limits = DEFAULT_LIMITS,
        permit: Permit = _all_permitted,
        names: Mapping[str, str] = EMPTY,
    ) -> None:
        self._permit = permit
        default = partial(read_file, max_bytes=limits.max_bytes)
        self._fetch = default if fetch is read_file else fetch
        self._cache = cache
        self._limits = limits
        self._names = names
        self._documents: dict[str, Document] = {}

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every document that was read, in order; one without text for a URI that redirects led
        away from, named by where they led.
        """
        return tuple(
            document
            if document.uri == uri
            else Document(uri=uri, name=document.uri, data=None, text=b"", is_json=True)
            for uri, document in self._documents.items()
        )

    def resolve(self, reference: str, base: str | None = None) -> str:
        """The absolute URI of a reference against a base URI; a path may stand alone."""
        return resolve_reference(reference, base)

    def load(
        self, reference: str, *, base: str | None = None, referrer: str | None = None
    ) -> Document:
        """The document that a path or a URI reference leads to.

        ``referrer`` is where the document that refers to it was read, when that is not ``base``
        (a ``$self`` may claim anything). With neither, the caller names the document.

        Raises:
            DocumentNotFound: there is none, or the referrer may not lead to it.
            DocumentSyntaxError: it is not YAML or JSON, or breaks a limit.
        """
        uri = self.resolve(reference, base)
        if referrer or base:
            self._permit(uri, referrer or base or "")
        document = self._documents.get(uri)
        if document is None:
            written_as_path = base is None and file_path(reference) is None
            name = reference if written_as_path else self._names.get(uri) or _shown(uri)
            document = self._read(uri, name)
            document = self._documents.setdefault(document.uri, document)
            self._documents[uri] = document
        return document

    def _read(self, uri: str, name: str) -> Document:
        try:
            fetched = self._fetch(uri)
        except OSError as error:
            raise DocumentNotFound(f"{name} cannot be read: {error}") from error
        text, uri = fetched if isinstance(fetched, Fetched) else (fetched, uri)
        cache, limits = self._cache, self._limits
        if cache is None:
            return parse_document(text, uri=uri, name=name, limits=limits)
        check_size(text, name, limits)
        kept = cache.get(text, limits)
        if kept is not None:
            return Document(uri=uri, name=name, data=kept[0], text=text, is_json=kept[1])
        document = parse_document(text, uri=uri, name=name, limits=limits)
        cache.put(text, limits, document.data, document.is_json)
        return document


def _shown(uri: str) -> str:
    """A file as a path, from the current folder when it lies below it; a URL as it is."""
    path = file_path(uri)
    if path is None:
        return uri
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
