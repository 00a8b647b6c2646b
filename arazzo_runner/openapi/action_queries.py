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
from typing import TYPE_CHECKING, Any

from arazzo_runner.openapi.path_templates import parse_path
from arazzo_runner.openapi.references import Node
from arazzo_runner.openapi.schemas import Schemas
from arazzo_runner.openapi.styles import Write, encode, scalar
from arazzo_runner.values import ABSENT, Json, Value

if TYPE_CHECKING:
    from arazzo_runner.openapi.description import Description
    from arazzo_runner.openapi.objects import MediaType, Operation, Parameter

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
        found = None if node is None else Schemas(self._source).schema(node)
        return {} if found is None else found.value

    def property(self, node: Node | None, name: str) -> Node | None:
        found = None if node is None else Schemas(self._source).schema(node)
        inside = None if found is None else found.value.get("properties")
        if found is None or not isinstance(inside, Mapping) or name not in inside:
            return None
        return found._replace(value=inside[name])

    def name_of(self, node: Node | None, name: str) -> str:
        return self.hints(self.property(node, name)).get("name") or name

    def hints(self, node: Node | None) -> Mapping[str, Any]:
        """``xml`` of a schema; beside a reference it wins over that of what is referred to."""
        for schema in (None if node is None else node.value, self.schema(node)):
            found = schema.get("xml") if isinstance(schema, Mapping) else None
            if isinstance(found, Mapping):
                return found
        return {}

    def pairs(self, name: str, value: Value, node: Node | None) -> Iterator[tuple[str, str]]:
        """(name, text) of a value and everything in it. ABSENT gives nothing."""
        if value is ABSENT:
            return
        schema = self.schema(node)
        if isinstance(value, list) or schema.get("type") == "array":
            items = value if isinstance(value, list) else [value]
            yield from self._list(name, items, schema, node)
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

    def _list(
        self, name: str, items: list[Any], schema: Mapping[str, Any], node: Node | None
    ) -> Iterator[tuple[str, str]]:
        hints = self.hints(node)
        inside = schema.get("items")
        within = None if node is None or inside is None else node._replace(value=inside)
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
