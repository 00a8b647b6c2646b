"""XML read as JSON (SEMANTICS §1, tolerance ``xml-by-pointer``).

Published documents address XML answers, mostly those of AWS query services, by JSON Pointer or
JSONPath: ``$response.body#/reservationSet/0/instancesSet/0/instanceId``. The mapping:

* The **root element** gives the top value; its own name is left out.
* An element **without attributes and child elements** is its text, exactly as written; an empty
  element is the empty string. There are no numbers, booleans or nulls.
* An element **with child elements** is an object: one member per child name, in document order.
  Children of the **same name** are one array. Text between child elements is dropped.
* **Attributes** are members ``@name``. An element with attributes and no child elements has its
  text as ``#text``, left out when blank. Namespace declarations are not attributes.
* **Namespace prefixes** are dropped from the names of elements and attributes.
* **List wrappers**: an element without attributes whose children are all called ``item``, or all
  ``member``, is the array of them, even of one.

Comments and processing instructions are dropped. A document type declaration is refused, so there
are no entities to expand. Size and depth are limited.

People also write pointers in other ways. :func:`xml_views` gives the document in each, most
faithful first; a pointer is read in the first view in which it leads somewhere:

1. the mapping above;
2. the same below the name of the root element (``/Order/id``);
3. view 1, and ``DBInstances`` of only ``DBInstance`` elements is an array too;
4. view 3 as AWS tools show it: the only child called ``…Result``, with at most
   ``ResponseMetadata`` beside it, is left out (``/DBInstances/0/DBInstanceStatus``);
5. view 4 with the first letter of each name in lower case (``/dBInstances/0/dBInstanceStatus``);
6. view 1 with the lists of EC2 under their plain names: ``instancesSet`` is ``instances`` too
   (``/instances/0/instanceId``).

An element that is not repeated is no array. Where a pointer leads nowhere in all views it is read
once more, and ``0`` of such an element is the element itself (``/Contents/0/Key`` of one
``Contents``); JSONPath's ``[0]`` reads so too, for which objects are of the class
:class:`XmlElement`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.values.json_pointer import resolve_pointer
from arazzo_runner.values.json_values import ABSENT, Json, Value

__all__ = ["XmlElement", "looks_like_xml", "resolve_in_xml", "xml_to_json", "xml_views"]

MAX_CHARACTERS: Final = 64 * 2**20
MAX_DEPTH: Final = 200

_WRAPPED: Final = ({"item"}, {"member"})


class XmlElement(dict[str, Any]):
    """An object that is an element of XML: it may be one of a list that has only this one."""

    __slots__ = ()


def looks_like_xml(value: Value) -> bool:
    """True for a text whose first visible character is ``<``."""
    return isinstance(value, str) and value[:200].lstrip("\ufeff \t\r\n").startswith("<")


def xml_to_json(text: str) -> Json:
    """The mapped document (view 1). Do not change it: the value is shared.

    Raises:
        SyntaxFault: not well-formed, has a document type declaration, or passes a limit.
    """
    return xml_views(text)[0]


def resolve_in_xml(text: str, tokens: Sequence[str]) -> Value:
    """The value at a JSON Pointer in the first view where something is, or ABSENT.

    Raises:
        SyntaxFault: as :func:`xml_to_json`.
    """
    for view in xml_views(text):
        value = resolve_pointer(view, tokens)
        if value is not ABSENT:
            return value
    if "0" in tokens:
        for view in xml_views(text):
            value = _once(view, tokens)
            if value is not ABSENT:
                return value
    return ABSENT


def _once(value: Json, tokens: Sequence[str]) -> Value:
    """The value at a pointer whose ``0`` is the element itself where it is not repeated."""
    found: Value = value
    for key in tokens:
        inside = resolve_pointer(found, (key,))
        if inside is ABSENT and not (key == "0" and isinstance(found, dict)):
            return ABSENT
        found = found if inside is ABSENT else inside
    return found


@lru_cache(maxsize=4)
def xml_views(text: str) -> tuple[Json, ...]:
    """The document in each of the six views, without repetitions.

    Raises:
        SyntaxFault: as :func:`xml_to_json`.
    """
    root = _parse(text)
    plain = _json(root, plurals=False)
    arrays = _json(root, plurals=True)
    shown = _unwrapped(arrays)
    views: list[Json] = []
    told = (plain, {root.name: plain}, arrays, shown, _lower_first(shown), _without_set(plain))
    for view in told:
        if view not in views:
            views.append(view)
    return tuple(views)


class _Element:
    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[_Element] = []
        self.text: list[str] = []


def _parse(text: str) -> _Element:
    from xml.parsers import expat

    if len(text) > MAX_CHARACTERS:
        raise SyntaxFault(f"the XML text is longer than {MAX_CHARACTERS} characters", text="")
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = _Element("", {})
    stack = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise SyntaxFault(f"the XML is nested deeper than {MAX_DEPTH} elements", text="")
        element = _Element(
            _local(name),
            {
                _local(key): value
                for key, value in attributes.items()
                if key != "xmlns" and not key.startswith("xmlns:")
            },
        )
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def characters(data: str) -> None:
        stack[-1].text.append(data)

    def doctype(*_arguments: Any) -> None:
        raise SyntaxFault("XML with a document type declaration is refused", text="")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text.lstrip("\ufeff \t\r\n"), True)
    except (expat.ExpatError, UnicodeError) as error:
        raise SyntaxFault(f"the text is not well-formed XML: {error}", text="") from None
    return top.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _json(element: _Element, *, plurals: bool) -> Json:
    """The value of an element; ``plurals`` unwraps ``Things`` of ``Thing`` too."""
    if not element.children:
        text = "".join(element.text)
        if not element.attributes:
            return text
        content = {"#text": text} if text.strip() else {}
        return {f"@{name}": value for name, value in element.attributes.items()} | content
    values = [(child.name, _json(child, plurals=plurals)) for child in element.children]
    names = {name for name, _ in values}
    if not element.attributes and (
        names in _WRAPPED or (plurals and {element.name} == {f"{name}s" for name in names})
    ):
        return [value for _, value in values]
    grouped: dict[str, list[Json]] = {}
    for name, value in values:
        grouped.setdefault(name, []).append(value)
    members = XmlElement({f"@{name}": value for name, value in element.attributes.items()})
    for name, items in grouped.items():
        members[name] = items[0] if len(items) == 1 else items
    return members


def _unwrapped(value: Json) -> Json:
    """Without the ``…Result`` element around the answer of an AWS query service."""
    if not isinstance(value, dict):
        return value
    names = [name for name in value if name != "ResponseMetadata"]
    wrapped = len(names) == 1 and names[0].endswith("Result")
    return value[names[0]] if wrapped else value


def _lower_first(value: Json) -> Json:
    if isinstance(value, dict):
        return XmlElement(
            {name[:1].lower() + name[1:]: _lower_first(item) for name, item in value.items()}
        )
    if isinstance(value, list):
        return [_lower_first(item) for item in value]
    return value


def _without_set(value: Json) -> Json:
    """The lists of EC2 under their names without ``Set``, unless there is something else."""
    if isinstance(value, list):
        return [_without_set(item) for item in value]
    if not isinstance(value, dict):
        return value
    members = XmlElement({name: _without_set(item) for name, item in value.items()})
    for name, item in value.items():
        if name.endswith("Set") and isinstance(item, list):
            members.setdefault(name.removesuffix("Set"), members[name])
    return members
