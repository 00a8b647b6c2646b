"""Source descriptions: found, read, known by what they are (SRC-01 … SRC-11, URI-05 … URI-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from arazzo_runner.errors import UNREACHABLE, ArazzoError, DocumentNotFound
from arazzo_runner.linking.faults import FaultSink
from arazzo_runner.model import ArazzoDocument, SourceDescription
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Document, Loader

if TYPE_CHECKING:
    from arazzo_runner.openapi import Description

__all__ = ["LinkedSource", "SourceLoader", "base_uri", "kind_of"]


class LinkedSource(NamedTuple):
    """A loaded source: ``description`` for OpenAPI, ``document`` for Arazzo, neither for others."""

    name: str
    kind: str
    source: SourceDescription
    document: Document
    description: Description | None


def kind_of(data: object) -> str | None:
    """What a document is by its root: openapi, asyncapi, arazzo, or None."""
    if not isinstance(data, dict):
        return None
    for key, kind in (
        ("arazzo", "arazzo"),
        ("openapi", "openapi"),
        ("swagger", "openapi"),
        ("asyncapi", "asyncapi"),
    ):
        if key in data:
            return kind
    return None


def base_uri(arazzo: ArazzoDocument) -> str:
    """What relative references of a document resolve against: ``$self``, else where it was read
    (§Establishing the Base URI).
    """
    uri = arazzo.document.uri
    return urljoin(uri, arazzo.self_uri) if arazzo.self_uri else uri


class SourceLoader:
    """Loads the sources of Arazzo documents, each once.

    ``provided`` are documents that may be referred to by their ``$self`` or by where they were
    read, before anything is fetched (URI-09, URI-16). What is loaded is known by its ``$self`` from
    then on (URI-08).
    """

    def __init__(self, loader: Loader, provided: Sequence[Document] = ()) -> None:
        self.loader = loader
        self._provided: dict[str, Document] = {}
        self._descriptions: dict[str, Description] = {}
        for document in provided:
            self._provided[document.uri] = document
            self._identify(document)

    def _identify(self, document: Document) -> None:
        """Know a document by its ``$self``; the first one with it stays."""
        identity = document.data.get("$self") if isinstance(document.data, dict) else None
        if isinstance(identity, str):
            self._provided.setdefault(urljoin(document.uri, identity), document)

    def load(
        self, arazzo: ArazzoDocument, source: SourceDescription, sink: FaultSink
    ) -> LinkedSource | None:
        """A source of a document, or None after reporting why it cannot be had."""
        at = (*source.pointer, "url")
        try:
            document = self._find(arazzo, source, sink)
            self._identify(document)
        except ArazzoError as error:
            sink.add(
                "source-unreachable" if error.kind == UNREACHABLE else "source-load",
                f"source description '{source.name}' cannot be read: {error.message}"
                + (f" ({error.location})" if error.location else ""),
                at,
                hint=error.hint,
            )
            return None
        kind = kind_of(document.data)
        if kind is None:
            sink.add(
                "source-load",
                f"source description '{source.name}' ({document.name}) is neither an OpenAPI, "
                "AsyncAPI nor Arazzo description",
                at,
            )
            return None
        if source.type is not None and source.type != kind:
            sink.add(
                "source-type-mismatch",
                f"source description '{source.name}' is declared as {source.type} and is {kind}",
                (*source.pointer, "type"),
                hint=f"write type: {kind}",
                severity="warning" if source.type not in ("openapi", "arazzo") else "error",
            )
        return LinkedSource(source.name, kind, source, document, self._description(kind, document))

    def _description(self, kind: str, document: Document) -> Description | None:
        if kind != "openapi":
            return None
        if document.uri not in self._descriptions:
            from arazzo_runner.openapi import Description

            self._descriptions[document.uri] = Description(document, self.loader)
        return self._descriptions[document.uri]

    def _find(self, arazzo: ArazzoDocument, source: SourceDescription, sink: FaultSink) -> Document:
        base = base_uri(arazzo)
        reference = source.url.partition("#")[0] or source.url
        uri = self.loader.resolve(reference, base)
        if uri in self._provided:
            return self._provided[uri]
        try:
            return self.loader.load(reference, base=base, referrer=arazzo.document.uri)
        except DocumentNotFound as error:
            found = self._among_sources(arazzo, uri)
            if found is None and base != arazzo.document.uri:
                found = self._by_location(arazzo, reference)
            if found is None:
                found = self._from_root(arazzo, source, sink)
            if found is not None:
                return found
            raise error from None

    def _among_sources(self, arazzo: ArazzoDocument, uri: str) -> Document | None:
        """Another source of the document that has this ``$self``, read or not yet (URI-02)."""
        for other in arazzo.sources:
            sibling = self.loader.resolve(other.url, base_uri(arazzo))
            if uri in self._provided or sibling == uri:
                continue
            try:
                self._identify(self.loader.load(sibling, referrer=arazzo.document.uri))
            except ArazzoError:
                continue  # reported where it is used
        return self._provided.get(uri)

    def _by_location(self, arazzo: ArazzoDocument, reference: str) -> Document | None:
        """Beside the document itself, when its ``$self`` leads nowhere (A-56)."""
        try:
            return self.loader.load(reference, base=arazzo.document.uri)
        except DocumentNotFound:
            return None

    def _from_root(
        self, arazzo: ArazzoDocument, source: SourceDescription, sink: FaultSink
    ) -> Document | None:
        """Tolerance ``source-relative-to-root``: relative to a parent folder of the document."""
        parts = urlsplit(arazzo.document.uri)
        if parts.scheme != "file" or urlsplit(source.url).scheme or source.url.startswith("/"):
            return None
        folder = Path(unquote(parts.path)).parent
        while folder != folder.parent:
            if (folder / ".git").exists():
                return None
            folder = folder.parent
            candidate = folder / unquote(source.url.removeprefix("./"))
            if candidate.is_file() and candidate.resolve().is_relative_to(folder):
                sink.add(
                    "source-relative-to-root",
                    f"'{source.url}' is not relative to this document; read from {folder}",
                    (*source.pointer, "url"),
                    severity="warning",
                    hint="write the path relative to this document",
                )
                return self.loader.load(str(candidate), referrer=arazzo.document.uri)
        return None


def source_fields(sources: Sequence[SourceDescription]) -> Mapping[str, Mapping[str, str]]:
    """What ``$sourceDescriptions.<name>.<field>`` reads: the fields as written (EXR-09)."""
    return {
        source.name: {
            "name": source.name,
            "url": source.url,
            **({"type": source.type} if source.type else {}),
        }
        for source in sources
    }
