"""``$ref`` in descriptions: our own pointer walk over documents; cycles stay references."""

from __future__ import annotations

from typing import NamedTuple

from arazzo_runner.errors import ArazzoError
from arazzo_runner.reading import Document, Loader
from arazzo_runner.values import ABSENT, Json, parse_fragment, resolve_pointer

__all__ = ["DanglingReference", "Node", "References"]

_LONGEST_CHAIN = 32


class DanglingReference(ArazzoError, LookupError):
    """A ``$ref`` that leads nowhere, or round in a circle."""

    kind = "reference"


class Node(NamedTuple):
    """A value and the document it stands in: its own references are relative to that one."""

    value: Json
    document: Document


class References:
    """Follows references from one document, to other files when there is a loader."""

    def __init__(self, document: Document, loader: Loader | None) -> None:
        self._document = document
        self._loader = loader

    def follow(self, value: Json, document: Document | None = None) -> Node:
        """The value itself, or what its ``$ref`` leads to, through chains.

        Raises:
            DanglingReference: nothing is there.
        """
        node = Node(value, document or self._document)
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(node.value, dict):
                return node
            reference = node.value.get("$ref")
            if not isinstance(reference, str):
                return node
            node = self._target(reference, node.document)
        raise DanglingReference(f"'$ref: {reference}' goes round in a circle")

    def _target(self, reference: str, document: Document) -> Node:
        file, _, fragment = reference.partition("#")
        if file:
            document = self._load(file, document, reference)
        if fragment and not fragment.startswith("/"):
            raise DanglingReference(
                f"'$ref: {reference}' names an anchor",
                location=self._document.locate(()),
                hint=f"write '#/{fragment}' for a JSON Pointer",
            )
        value = resolve_pointer(document.data, parse_fragment(fragment))
        if value is ABSENT:
            raise DanglingReference(f"'$ref: {reference}' leads nowhere in {document.name}")
        return Node(value, document)

    def _load(self, file: str, document: Document, reference: str) -> Document:
        if self._loader is None:
            raise DanglingReference(f"'$ref: {reference}' leads to another document")
        return self._loader.load(file, base=document.uri)
