"""Objects as XML, following the XML Object of their schema (OpenAPI §XML Object).

* The **root element** is called ``xml.name`` of the schema, else like the component that it
  refers to; without either, an object with one member gives that member's name. A payload whose
  only member is the root's name is taken for the root.
* A **property** is an element called ``xml.name`` or like the property; ``attribute: true`` or
  ``nodeType`` (3.2) ``attribute`` makes it an attribute, ``text`` and ``cdata`` content of the
  element, ``none`` puts what is in it in its place.
* An **array** is its items, each called ``xml.name`` of the items or like the property; with
  ``wrapped: true`` or ``nodeType: element`` they stand in an element of their own.
* ``prefix`` and ``namespace`` are declared where they first appear.
* **null** is an element with ``xsi:nil="true"``; a null attribute is left out.
* Without a schema, ``@name`` is an attribute and ``#text`` the text: as answers are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from arazzo_runner.errors import ArazzoError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi.objects import MediaType
from arazzo_runner.openapi.references import Node
from arazzo_runner.openapi.styles import BindingError, scalar
from arazzo_runner.values import ABSENT, EMPTY, Json, Value

if TYPE_CHECKING:
    from arazzo_runner.openapi.description import Description

__all__ = ["xml_text"]

_DEEPEST: Final = 200
_NAME: Final = re.compile(r"[A-Za-z_\u00c0-\uffff][\w.\-\u00b7]*(:[A-Za-z_\u00c0-\uffff][\w.\-]*)?")
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_IN_ATTRIBUTE: Final = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_IN_TEXT: Final = {"\r": "&#13;"}

_Scope = Mapping[str, str]
"""The namespaces that are declared around an element, by prefix."""


def xml_text(value: Value, media: MediaType | None, source: Description) -> str:
    """The value as an XML element, without declaration.

    Raises:
        BindingError: no name for the root, a name or character that XML does not have, nested too
            deep.
    """
    writer = _Writer(source)
    node = Node(media.schema, media.document or source.document) if media else None
    schema = writer.schema(node)
    name = schema.xml_name or schema.component
    only = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None
    inner = schema.member(only) if only is not None else None
    if only is not None and not only.startswith(("@", "#")) and inner is None:
        if name in (None, only):  # the payload has the root itself
            name, value = only, value[only]
    elif name is None and only is not None and inner is not None:
        name, value, schema = inner.xml_name or only, value[only], inner
    if name is None:
        raise BindingError(
            "the payload cannot be written as XML: its root element has no name",
            hint="give the schema an xml.name, or write the payload as a text",
        )
    return writer.element(name, value, schema, EMPTY, 0)


class _Schema(NamedTuple):
    """A schema and what it is combined of; ``component`` is the name it was referred to by."""

    writer: _Writer
    parts: tuple[Node, ...] = ()
    component: str | None = None

    @property
    def xml(self) -> Mapping[str, Json]:
        for part in self.parts:
            if isinstance(part.value.get("xml"), dict):
                found: Mapping[str, Json] = part.value["xml"]
                return found
        return EMPTY

    @property
    def xml_name(self) -> str | None:
        name = self.xml.get("name")
        return name if isinstance(name, str) and name else None

    @property
    def node_type(self) -> str | None:
        """``nodeType`` as written, or what ``attribute`` and ``wrapped`` say."""
        written = self.xml.get("nodeType")
        if isinstance(written, str):
            return written
        if self.xml.get("attribute") is True:
            return "attribute"
        return "element" if self.xml.get("wrapped") is True else None

    def member(self, name: str) -> _Schema | None:
        """The schema of a member; None when nothing is said about it."""
        for part in self.parts:
            properties = part.value.get("properties")
            if isinstance(properties, dict) and name in properties:
                return self.writer.schema(part._replace(value=properties[name]))
        for part in self.parts:
            if isinstance(part.value.get("additionalProperties"), dict):
                return self.writer.schema(
                    part._replace(value=part.value["additionalProperties"])
                )._replace(component=None)
        return None

    @property
    def items(self) -> _Schema:
        for part in self.parts:
            if isinstance(part.value.get("items"), dict):
                return self.writer.schema(part._replace(value=part.value["items"]))
        return _Schema(self.writer)


class _Writer:
    def __init__(self, source: Description) -> None:
        self._source = source

    def schema(self, node: Node | None) -> _Schema:
        """The schema at a node, references followed."""
        parts: list[Node] = []
        component = None
        todo = [node] if node is not None else []
        while todo and len(parts) < 100:
            written = todo.pop(0)
            if not parts and isinstance(written.value, dict):
                name = written.value.get("$ref")
                component = name.rpartition("/")[2] if isinstance(name, str) else None
            try:
                found = self._source.follow(written.value, written.document)
            except ArazzoError:
                continue
            if not isinstance(found.value, dict) or any(p.value is found.value for p in parts):
                continue
            parts.append(found)
            for key in ("allOf", "oneOf", "anyOf"):
                listed = found.value.get(key)
                todo.extend(
                    found._replace(value=part)
                    for part in (listed if isinstance(listed, list) else ())
                )
        return _Schema(self, tuple(parts), component)

    def element(self, name: str, value: Value, schema: _Schema, scope: _Scope, depth: int) -> str:
        """The element of a value."""
        if depth > _DEEPEST:
            raise BindingError("the payload is nested too deep for XML")
        tag, declared, scope = _tag(name, schema.xml, scope)
        attributes = "".join(f' {key}="{uri}"' for key, uri in declared)
        content = ""
        if value is None:
            if scope.get("xsi") != _XSI:
                attributes += f' xmlns:xsi="{_XSI}"'
            attributes += ' xsi:nil="true"'
        elif isinstance(value, list):
            content = "".join(self._items(name, value, schema.items, scope, depth))
        elif isinstance(value, dict):
            more, content = self._members(value, schema, scope, depth)
            attributes += more
        else:
            content = _text(value, name)
        return f"<{tag}{attributes}>{content}</{tag}>" if content else f"<{tag}{attributes}/>"

    def _members(
        self, value: dict[str, Json], schema: _Schema, scope: _Scope, depth: int
    ) -> tuple[str, str]:
        """The attributes and the content of an object's element."""
        attributes, content = "", ""
        for key, item in value.items():
            if item is ABSENT:
                continue
            inner = schema.member(key)
            kind = inner.node_type if inner else None
            name = inner.xml_name or key if inner else key
            if inner is None and key.startswith("@") and len(key) > 1:
                kind, name = "attribute", key[1:]
            elif inner is None and key == "#text":
                kind = "text"
            known = inner or _Schema(self)
            if kind == "attribute":
                if item is not None:
                    tag, declared, _ = _tag(name, known.xml, scope)
                    attributes += "".join(f' {where}="{uri}"' for where, uri in declared)
                    attributes += f' {tag}="{_checked(scalar(item, key), _IN_ATTRIBUTE)}"'
            elif kind == "text":
                content += _text(item, key)
            elif kind == "cdata":
                content += _cdata(scalar(item, key))
            elif kind == "none" and isinstance(item, dict):
                more, inside = self._members(item, known, scope, depth + 1)
                attributes, content = attributes + more, content + inside
            elif isinstance(item, list) and kind != "element":
                content += "".join(self._items(key, item, known.items, scope, depth))
            else:
                content += self.element(name, item, known, scope, depth + 1)
        return attributes, content

    def _items(
        self, name: str, items: list[Json], schema: _Schema, scope: _Scope, depth: int
    ) -> Iterator[str]:
        for item in items:
            if item is not ABSENT:
                yield self.element(schema.xml_name or name, item, schema, scope, depth + 1)


def _tag(
    name: str, xml: Mapping[str, Json], scope: _Scope
) -> tuple[str, list[tuple[str, str]], _Scope]:
    """The name with its prefix, the namespaces to declare at it, and those that hold inside."""
    prefix, namespace = xml.get("prefix"), xml.get("namespace")
    prefix = prefix if isinstance(prefix, str) else ""
    tag = f"{prefix}:{name}" if prefix and ":" not in name else name
    if not _NAME.fullmatch(tag):
        raise BindingError(f"'{name}' cannot be the name of an XML element")
    if not isinstance(namespace, str) or not namespace or scope.get(prefix) == namespace:
        return tag, [], scope
    key = f"xmlns:{prefix}" if prefix else "xmlns"
    return tag, [(key, _checked(namespace, _IN_ATTRIBUTE))], {**scope, prefix: namespace}


def _text(value: Json, name: str) -> str:
    return _checked(scalar(value, name), _IN_TEXT)


def _checked(text: str, entities: dict[str, str]) -> str:
    if _NOT_XML.search(text):
        raise BindingError("XML cannot hold control characters: the payload has one")
    return escape(text, entities)


def _cdata(text: str) -> str:
    _checked(text, {})
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
