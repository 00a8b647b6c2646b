"""Parameters of the query protocols of AWS: ``Action=StopInstances&InstanceId.1=i-0abc``.

An operation is one of these when its path key fixes ``Action`` (``/?Action=StopInstances``), or
its form has a property of that name. Objects are dotted, items are numbered from 1: ``Name.1`` or
``Name.member.1``. Which of the two, and the name between, is what ``xml`` says in the schema, as
for the XML that the same services answer: ``wrapped`` for the list, ``name`` for its items. Where
it says nothing, lists of EC2 are flat and others are not.

Published descriptions call such a parameter an array, and documents give it one value: that is a
list of one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from arazzo_runner.openapi.path_templates import parse_path
from arazzo_runner.openapi.references import Node
from arazzo_runner.openapi.schemas import Schemas
from arazzo_runner.openapi.styles import Write, encode, scalar
from arazzo_runner.values import ABSENT, Json, Value

if TYPE_CHECKING:
    from arazzo_runner.openapi.description import Description
    from arazzo_runner.openapi.objects import MediaType, Operation, Parameter

_DEEPEST: Final = 10

__all__ = ["ActionForm", "action_parameter_writer", "is_action"]


def is_action(operation: Operation) -> bool:
    """Whether the path key of an operation fixes its ``Action``."""
    return any(name == "Action" for name, _ in parse_path(operation.path).query)


def action_parameter_writer(parameter: Parameter, operation: Operation) -> Write:
    """The text of a query parameter: its pairs, joined."""
    names = _Names(operation.source)
    node = Node(parameter.schema, operation.source.document)

    def write(value: Value) -> str:
        pairs = names.pairs(parameter.name, value, node)
        return "&".join(f"{encode(name)}={encode(text)}" for name, text in pairs)

    return write


class ActionForm:
    """Writes the form of such an operation: an object, with what the schema fixes added to it."""

    def __init__(self, media: MediaType, source: Description) -> None:
        self._names = _Names(source)
        self._node = Node(media.schema, media.document or source.document)
        properties = self._names.schema(self._node).get("properties")
        self._fixed: dict[str, Json] = {}
        for name in properties if isinstance(properties, Mapping) else ():
            found = self._names.schema(self._names.property(self._node, name))
            if "const" in found:
                self._fixed[name] = found["const"]

    @property
    def is_action(self) -> bool:
        """Whether the schema fixes the ``Action``."""
        return "Action" in self._fixed

    def write(self, value: Mapping[str, Value]) -> str:
        """The form."""
        given = {**self._fixed, **value}
        pairs = [
            pair
            for name, item in given.items()
            for pair in self._names.pairs(
                self._names.name_of(self._node, name), item, self._names.property(self._node, name)
            )
        ]
        return "&".join(f"{encode(name)}={encode(text)}" for name, text in pairs)


class _Names:
    """The names that a value and its parts are sent under."""

    def __init__(self, source: Description) -> None:
        self._source = source
        self._flat = _is_ec2(source.document.data)

    def schema(self, node: Node | None) -> Mapping[str, Any]:
        """What the schema at a node and those that it combines say, the outer ones first."""
        merged: dict[str, Any] = {}
        for part in self.parts(node):
            merged = {**part.value, **merged}
        return merged

    def parts(self, node: Node | None, depth: int = 0) -> Iterator[Node]:
        """The schema at a node, and those in its ``allOf``."""
        found = None if node is None or depth > _DEEPEST else Schemas(self._source).schema(node)
        if found is None:
            return
        yield found
        listed = found.value.get("allOf")
        for part in listed if isinstance(listed, list) else ():
            yield from self.parts(found._replace(value=part), depth + 1)

    def property(self, node: Node | None, name: str) -> Node | None:
        """The schema of a property, None when nothing is said about it."""
        for part in self.parts(node):
            inside = part.value.get("properties")
            if isinstance(inside, Mapping) and name in inside:
                return part._replace(value=inside[name])
        return None

    def name_of(self, node: Node | None, name: str) -> str:
        """What a property is called in the form."""
        return self.hints(self.property(node, name)).get("name") or name

    def hints(self, node: Node | None) -> Mapping[str, Any]:
        """``xml`` of a schema."""
        found = self.schema(node).get("xml")
        return found if isinstance(found, Mapping) else {}

    def pairs(self, name: str, value: Value, node: Node | None) -> Iterator[tuple[str, str]]:
        """(name, text) of a value and everything in it. ABSENT gives nothing."""
        if value is ABSENT:
            return
        schema = self.schema(node)
        if isinstance(value, list) or schema.get("type") == "array":
            items = value if isinstance(value, list) else [value]
            yield from self._list(name, items, node)
        elif isinstance(value, dict) and "x-aws-map" in schema:
            yield from self._map(name, value, schema["x-aws-map"])
        elif isinstance(value, dict):
            for key, item in value.items():
                inner = f"{name}.{self.name_of(node, key)}"
                yield from self.pairs(inner, item, self.property(node, key))
        elif isinstance(value, bytes):
            yield name, b64encode(value).decode()
        else:
            yield name, scalar(value, name)

    def _list(self, name: str, items: list[Any], node: Node | None) -> Iterator[tuple[str, str]]:
        hints = self.hints(node)
        holder = next((part for part in self.parts(node) if "items" in part.value), None)
        within = None if holder is None else holder._replace(value=holder.value["items"])
        flat = hints.get("flattened") is True or not hints.get("wrapped", not self._flat)
        if not flat:
            name += "." + str(self.hints(within).get("name") or "member")
        for number, item in enumerate(items, 1):
            yield from self.pairs(f"{name}.{number}", item, within)

    def _map(
        self, name: str, value: Mapping[str, Any], words: Mapping[str, str]
    ) -> Iterator[tuple[str, str]]:
        for number, (key, item) in enumerate(value.items(), 1):
            entry = ".".join(filter(None, (name, words.get("entry"), str(number))))
            yield f"{entry}.{words['key']}", key
            yield from self.pairs(f"{entry}.{words['value']}", item, None)


def _is_ec2(description: Any) -> bool:
    listed = description.get("servers") if isinstance(description, Mapping) else None
    return any(
        "//ec2." in str(server.get("url"))
        for server in (listed if isinstance(listed, list) else ())
        if isinstance(server, Mapping)
    )
