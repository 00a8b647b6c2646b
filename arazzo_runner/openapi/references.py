"""``$ref`` in descriptions: our own pointer walk over documents; cycles stay references."""

from __future__ import annotations

from arazzo_runner.errors import ArazzoError, Location
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Document, Loader
from arazzo_runner.values import ABSENT, Json, parse_fragment, resolve_pointer

__all__ = ["DanglingReference", "Node", "References"]

_LONGEST_CHAIN = 32


class DanglingReference(ArazzoError, LookupError):
    """A ``$ref`` that leads nowhere, or round in a circle; ``location`` is where it stands."""

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
            ArazzoError: nothing is there, or the other file cannot be read.
        """
        node = Node(value, document or self._document)
        reference = None
        for _ in range(_LONGEST_CHAIN):
            target = node.value.get("$ref") if isinstance(node.value, dict) else None
            if not isinstance(target, str):
                return node
            reference = target
            node = self.target(reference, node)
        raise DanglingReference(
            f"'$ref: {reference}' goes round in a circle", location=_place(Node(value, node[1]))
        )

    def target(self, reference: str, holder: Node) -> Node:
        """What one reference leads to, which may be a reference again.

        Raises:
            ArazzoError: as :meth:`follow`.
        """
        file, _, fragment = reference.partition("#")
        document = holder.document
        if file:
            document = self._load(file, holder, reference)
        if fragment and not fragment.startswith(("/", "%2F", "%2f")):
            raise DanglingReference(
                f"'$ref: {reference}' names an anchor, which is not supported",
                location=_place(holder),
                hint="write a JSON Pointer, such as #/components/schemas/…",
            )
        value = resolve_pointer(document.data, parse_fragment(fragment))
        if value is ABSENT:
            raise DanglingReference(f"'$ref: {reference}' leads nowhere", location=_place(holder))
        return Node(value, document)

    def _load(self, file: str, holder: Node, reference: str) -> Document:
        if self._loader is None:
            raise DanglingReference(
                f"'$ref: {reference}' leads to another document", location=_place(holder)
            )
        try:
            return self._loader.load(file, base=holder.document.uri)
        except ArazzoError as error:
            raise DanglingReference(
                f"'$ref: {reference}' cannot be followed: {error}", location=_place(holder)
            ) from error


def _place(holder: Node) -> Location | None:
    """Where an object stands, found by looking for that very object: only errors need it."""
    todo: list[tuple[Json, tuple[str | int, ...]]] = [(holder.document.data, ())]
    while todo:
        value, pointer = todo.pop()
        if value is holder.value:
            try:
                return holder.document.locate((*pointer, "$ref"))
            except ArazzoError:
                return None
        if isinstance(value, dict):
            todo.extend((item, (*pointer, key)) for key, item in value.items())
        elif isinstance(value, list):
            todo.extend((item, (*pointer, index)) for index, item in enumerate(value))
    return None
