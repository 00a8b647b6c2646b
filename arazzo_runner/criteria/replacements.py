"""Payload replacements: a place in a request body that a value is set at (A-25, REP-02 … REP-08).

The target is a JSON Pointer for JSON, form and multipart payloads and an XPath expression for XML,
unless ``targetSelectorType`` says otherwise. A form text is read as its fields, a JSON text as
data; both are written back as text. A payload is never changed in place.

* JSON Pointer: replaces what is there, adds the last key to an object that exists, and appends to
  an array at ``-`` or at its length. The parent must exist.
* JSONPath: replaces every selected node, at least one.
* XPath: sets every selected element (its content becomes the text), attribute or text node.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from arazzo_runner.criteria.jsonpath import RFC9535, compile_jsonpath
from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.criteria.selectors import SELECTOR_TYPES, pointer_tokens
from arazzo_runner.errors import SyntaxFault, did_you_mean
from arazzo_runner.expressions import embed
from arazzo_runner.values import Json, Value, format_pointer, json_text, type_name
from arazzo_runner.values.media_types import is_form, is_xml

__all__ = ["Target", "compile_target"]

_Apply: TypeAlias = Callable[[Value, Value], Value]
_Key: TypeAlias = str | int

_LONGEST_INDEX: Final = 18


class Target:
    """A compiled target of a Payload Replacement Object.

    ``type`` is ``jsonpointer``, ``jsonpath`` or ``xpath``.
    """

    __slots__ = ("_apply", "target", "type")

    def __init__(self, target: str, kind: str, apply: _Apply) -> None:
        self.target = target
        self.type = kind
        self._apply = apply

    def apply(self, payload: Value, value: Value) -> Value:
        """The payload with ``value`` set at the target; the argument stays as it is.

        Raises:
            EvaluationFault: the parent is missing, nothing is selected, or the payload is of
                another kind than the target.
        """
        try:
            return self._apply(payload, value)
        except RecursionError:
            raise EvaluationFault(f"the payload is nested too deeply for {self.target}") from None


def compile_target(
    target: str,
    *,
    type: str | None = None,  # noqa: A002 - the specification's name
    version: str | None = None,
    content_type: str = "application/json",
) -> Target:
    """Compile a target for payloads of the media type ``content_type``.

    Raises:
        SyntaxFault: target, type or version is wrong, or XPath needs an extra.
    """
    kind = type or ("xpath" if is_xml(content_type) else "jsonpointer")
    if kind == "jsonpath":
        apply = _on_json(_at_nodes(target, version or RFC9535), content_type)
    elif kind == "xpath":
        apply = _at_xml(target, version)
    elif kind == "jsonpointer":
        apply = _on_json(_at_pointer(target, version), content_type)
    else:
        raise SyntaxFault(
            f"'{kind}' is not a type of selector",
            text=kind,
            hint=did_you_mean(kind, SELECTOR_TYPES) or f"use {', '.join(SELECTOR_TYPES)}",
        )
    return Target(target, kind, apply)


# JSON


def _on_json(apply: _Apply, content_type: str) -> _Apply:
    """Read payloads that are text as their data, and write them back."""

    def on_data(payload: Value, value: Value) -> Value:
        if isinstance(payload, bytes):
            raise EvaluationFault("the payload is bytes; nothing can be replaced in it")
        if not isinstance(payload, str):
            return apply(payload, value)
        if is_form(content_type):
            return _form_text(apply(_form_fields(payload), value))
        try:
            data = json.loads(payload)
        except ValueError:
            raise EvaluationFault("the payload is a text that is not JSON") from None
        return json_text(apply(data, value))

    return on_data


def _form_fields(text: str) -> dict[str, Json]:
    """The fields of a form; one that is there several times is an array."""
    from urllib.parse import parse_qsl

    fields: dict[str, Json] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields


def _form_text(fields: Json) -> str:
    from urllib.parse import quote, urlencode

    if not isinstance(fields, dict):
        return embed(fields)
    pairs = [
        (name, embed(item))
        for name, value in fields.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    return urlencode(pairs, quote_via=quote)


def _at_pointer(target: str, version: str | None) -> _Apply:
    tokens = pointer_tokens(target, version)

    def apply(payload: Value, value: Value) -> Value:
        keys: list[_Key] = []
        node = payload
        for position, token in enumerate(tokens):
            key = _key(node, token, last=position == len(tokens) - 1)
            if key is None:
                raise EvaluationFault(
                    f"the payload has no place for {format_pointer(tokens)}: "
                    f"{format_pointer(tokens[:position]) or 'its top'} is "
                    f"{type_name(node)} without '{token}'"
                )
            keys.append(key)
            node = _child(node, key)
        return _set(payload, keys, value)

    return apply


def _key(node: Json, token: str, *, last: bool) -> _Key | None:
    """The token as a key of the node, if that exists or, at the end, can be added."""
    if isinstance(node, dict):
        return token if last or token in node else None
    if not isinstance(node, list):
        return None
    if token == "-":  # noqa: S105 - the element after the last (RFC 6901)
        return len(node) if last else None
    if not (token.isascii() and token.isdigit()) or len(token) > _LONGEST_INDEX:
        return None
    if token != "0" and token.startswith("0"):  # noqa: S105
        return None
    index = int(token)
    return index if index < len(node) + last else None


def _child(node: Json, key: _Key) -> Json:
    if isinstance(node, dict):
        return node.get(key)
    return node[key] if int(key) < len(node) else None


def _at_nodes(target: str, version: str) -> _Apply:
    query = compile_jsonpath(target, version)

    def apply(payload: Value, value: Value) -> Value:
        places = query.places(payload)
        if not places:
            raise EvaluationFault(f"{target} selects nothing in the payload")
        # Deepest first: a node that is replaced no longer holds those below it.
        for place in sorted(places, key=len, reverse=True):
            payload = _set(payload, place, value)
        return payload

    return apply


def _set(document: Json, keys: Sequence[_Key], value: Value) -> Json:
    """The document with a value at the place; only the containers on the way are new."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    changed: Any = document.copy()
    if isinstance(changed, list) and key == len(changed):
        changed.append(value)
    else:
        changed[key] = _set(document[key], rest, value) if rest else value
    return changed


# XML


def _at_xml(target: str, version: str | None) -> _Apply:
    from arazzo_runner.criteria.xml_tree import parse_xml, xml_text
    from arazzo_runner.criteria.xpath import DEFAULT_XPATH, compile_xpath

    expression = compile_xpath(target, version or DEFAULT_XPATH)

    def apply(payload: Value, value: Value) -> Value:
        root = parse_xml(payload)
        nodes = expression.nodes(root)
        if not nodes:
            raise EvaluationFault(f"{target} selects nothing in the payload")
        text = embed(value)
        try:
            for node in nodes:
                _set_node(node, text)
        except EvaluationFault:
            raise
        except ValueError as error:
            raise EvaluationFault(f"the value cannot be written as XML: {error}") from None
        return xml_text(root, like=payload)

    return apply


def _set_node(node: Any, text: str) -> None:
    """Set the text of an elementpath node over lxml."""
    if node.node_kind == "element":
        for child in list(node.elem):
            node.elem.remove(child)
        node.elem.text = text
    elif node.node_kind == "attribute":
        node.parent.elem.set(node.name, text)
    elif node.node_kind == "text":
        siblings = node.parent.children
        index = next(i for i, sibling in enumerate(siblings) if sibling is node)
        if index:
            siblings[index - 1].elem.tail = text
        else:
            node.parent.elem.text = text
    else:
        raise EvaluationFault(f"a {node.node_kind} node cannot be replaced")
