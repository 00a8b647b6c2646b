"""Plain data from libyaml's event stream, in one loop.

libyaml's own composer recurses (and crashes the process on a deeply nested text) and PyYAML's
constructors follow YAML 1.1, so both are left out: the parser's events are all that is used.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NoReturn

from arazzo_runner.errors import DocumentSyntaxError
from arazzo_runner.reading.limits import Limits
from arazzo_runner.reading.scalars import (
    CORE_TAG,
    NUMBER_START,
    WORDS,
    UnfitNumber,
    plain_number,
    tagged_scalar,
)
from arazzo_runner.reading.source_text import SourceText, shorten
from arazzo_runner.reading.yaml_events import yaml_events
from arazzo_runner.values import Json

if TYPE_CHECKING:
    from yaml import YAMLError

__all__ = ["build_yaml", "collector_paused"]

_NOT_JSON: Final = "yaml-json-compatible"
_MERGE: Final = object()
"""Stands for the plain key ``<<`` until its mapping ends."""


@contextmanager
def collector_paused() -> Iterator[None]:
    """Building makes many containers and no garbage; collections in between only cost time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def build_yaml(source: SourceText, limits: Limits) -> Json:
    """The data of a text with exactly one YAML document.

    Merge keys (``<<``) are not part of YAML 1.2; they are followed because files that use them
    mean the merge, and nobody means a member called ``<<``.

    Raises:
        DocumentSyntaxError: the text is not YAML, has no or several documents, duplicate or
            complex keys, a tag outside the JSON ruleset, or breaks a limit.
    """
    from yaml import YAMLError

    try:
        with collector_paused():
            return _Builder(source, limits).build(yaml_events(source.text))
    except YAMLError as error:
        raise _yaml_fault(source, error) from None


class _Builder:
    """The state that the loop shares with the rare cases, each in a method of its own."""

    __slots__ = ("anchors", "extra", "limits", "open_anchors", "source", "stack")

    def __init__(self, source: SourceText, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.stack: list[Any] = []
        self.anchors: dict[str, tuple[Json, int] | None] = {}
        self.open_anchors: list[tuple[int, str, int]] = []
        self.extra = 0

    def build(self, stream: Iterator[Any]) -> Json:  # noqa: C901, PLR0912, PLR0915 - one hot loop
        from yaml import events

        scalar_event, alias_event = events.ScalarEvent, events.AliasEvent
        mapping_start, sequence_start = events.MappingStartEvent, events.SequenceStartEvent
        mapping_end, sequence_end = events.MappingEndEvent, events.SequenceEndEvent
        max_depth, max_events = self.limits.max_depth, self.limits.max_nodes
        stack, open_anchors = self.stack, self.open_anchors
        keys: dict[str, str] = {}
        plain: dict[str, Json] = dict(WORDS)
        number_start = NUMBER_START

        root: list[Json] = []
        container: Any = root
        key: Any = None
        in_mapping = expects_key = False
        count, event = 0, None
        for count, event in enumerate(islice(stream, max_events)):
            kind = event.__class__
            if kind is scalar_event:
                value = event.value
                if expects_key:
                    key = keys.get(value)
                    if key is None or event.tag is not None or event.anchor is not None:
                        key = self.key(event, keys)
                    if key in container:
                        self.refuse_duplicate(event, key)
                    expects_key = False
                    continue
                if event.tag is not None:
                    value = self.tagged(event)
                elif not event.style:
                    if value in plain:
                        value = plain[value]
                    elif value[0] in number_start:
                        value = plain[value] = self.number(event)
                    elif len(value) < 32:
                        plain[value] = value
                if event.anchor is not None:
                    self.anchors[event.anchor] = (value, 1)
            elif kind is mapping_end or kind is sequence_end:
                if open_anchors and open_anchors[-1][0] == len(stack):
                    self.close_anchor(container, count)
                if in_mapping and _MERGE in container:
                    self.merge(container, event)
                container = stack.pop()
                in_mapping = expects_key = container.__class__ is dict
                continue
            elif kind is mapping_start or kind is sequence_start:
                is_mapping = kind is mapping_start
                if expects_key:
                    self.refuse(
                        event, "a key has to be text, not a list or an object", kind=_NOT_JSON
                    )
                if event.tag is not None:
                    self.check_container_tag(event, is_mapping)
                value = {} if is_mapping else []
                if in_mapping:
                    container[key] = value
                else:
                    container.append(value)
                stack.append(container)
                container = value
                in_mapping = expects_key = is_mapping
                if len(stack) > max_depth:
                    self.refuse(event, f"the document is nested deeper than {max_depth} levels")
                if event.anchor is not None:
                    self.open_anchor(event, count)
                continue
            elif kind is alias_event:
                value = self.alias(event, count, expects_key)
            else:
                if kind is events.DocumentStartEvent and root:
                    self.refuse_second(event)
                continue
            if in_mapping:
                container[key] = value
                expects_key = True
            else:
                container.append(value)
        return self.finish(root, event, count)

    def finish(self, root: list[Json], event: Any, count: int) -> Json:
        from yaml.events import StreamEndEvent

        if not isinstance(event, StreamEndEvent):
            self.refuse_size(event)
        if not root or (root[0] is None and count == 4 and not self.source.text.strip("-. \t\r\n")):
            raise self.source.fault("the file is empty", 0, hint="is it the right file?")
        return root[0]

    def key(self, event: Any, keys: dict[str, str]) -> Any:
        """A key that the loop has not met yet, or that carries a tag or an anchor."""
        text: str = event.value
        if event.tag not in {None, "!", CORE_TAG + "str", CORE_TAG + "merge"}:
            self.refuse(event, "a key has to be text and carries no tag but !!str", kind=_NOT_JSON)
        if event.anchor is not None:
            self.anchors[event.anchor] = (text, 1)
        if not event.style and text == "<<" and event.tag in {None, CORE_TAG + "merge"}:
            return _MERGE
        if not event.style and not text:
            self.refuse(event, "a key is missing before ':'")
        if text != "<<":
            keys[text] = text
        return text

    def number(self, event: Any) -> Json:
        try:
            return plain_number(event.value)
        except UnfitNumber as error:
            self.refuse(event, str(error), hint="put it in quotes when it is text")

    def tagged(self, event: Any) -> Json:
        try:
            return tagged_scalar(event.tag, event.value)
        except LookupError:
            self.refuse_tag(event)
        except ValueError as error:
            self.refuse(event, str(error))

    def check_container_tag(self, event: Any, is_mapping: bool) -> None:
        if event.tag not in {"!", CORE_TAG + ("map" if is_mapping else "seq")}:
            self.refuse_tag(event)

    def open_anchor(self, event: Any, count: int) -> None:
        self.anchors[event.anchor] = None
        self.open_anchors.append((len(self.stack), event.anchor, count + self.extra))

    def close_anchor(self, container: Json, count: int) -> None:
        _, name, start = self.open_anchors.pop()
        self.anchors[name] = (container, count + self.extra - start)

    def alias(self, event: Any, count: int, expects_key: bool) -> Json:
        if expects_key:
            self.refuse(event, "a key has to be text, not an alias", kind=_NOT_JSON)
        try:
            found = self.anchors[event.anchor]
        except KeyError:
            self.refuse(event, f"there is no anchor '&{shorten(event.anchor)}' before this alias")
        if found is None:
            self.refuse(event, f"the alias '*{shorten(event.anchor)}' lies inside what it repeats")
        value, size = found
        self.extra += size
        if count + self.extra > self.limits.max_nodes:
            self.refuse_size(event)
        return value

    def merge(self, mapping: dict[Any, Json], event: Any) -> None:
        """Adds what ``<<`` names; the mapping's own keys win, then the earlier source."""
        named = mapping.pop(_MERGE)
        sources = named if isinstance(named, list) else [named]
        for source in sources:
            if not isinstance(source, dict):
                self.refuse(event, "the merge key '<<' takes an object or a list of objects")
            for key, value in source.items():
                mapping.setdefault(key, value)

    def refuse(
        self, event: Any, message: str, *, hint: str | None = None, kind: str | None = None
    ) -> NoReturn:
        start, end = event.start_mark.index, event.end_mark.index
        raise self.source.fault(message, start, end, hint=hint, kind=kind)

    def refuse_tag(self, event: Any) -> NoReturn:
        tag = event.tag
        shown = f"!!{tag.removeprefix(CORE_TAG)}" if tag.startswith(CORE_TAG) else tag
        self.refuse(
            event,
            f"the tag '{shorten(shown)}' is not allowed",
            hint="only !!str, !!int, !!float, !!bool, !!null, !!map and !!seq are",
            kind=_NOT_JSON,
        )

    def refuse_size(self, event: Any) -> NoReturn:
        limit = self.limits.max_nodes
        self.refuse(event, f"the document has more than {limit} values, aliases expanded")

    def refuse_second(self, event: Any) -> NoReturn:
        self.refuse(
            event,
            "the file holds more than one YAML document",
            hint="remove what follows the line '---', or put it into a file of its own",
        )

    def refuse_duplicate(self, event: Any, key: Any) -> NoReturn:
        from arazzo_runner.reading.yaml_positions import YamlPositions

        shown = "<<" if key is _MERGE else key
        path = [_last_key(parent) for parent in self.stack[1:]]
        span = YamlPositions(self.source).find([*path, shown]).key
        first = self.source.location(span[0]) if span else None
        where = f", first in line {first.line}" if first else ""
        hint = "write one '<<' with a list" if key is _MERGE else "remove or rename one of them"
        message = f"the key '{shorten(shown)}' is there twice{where}"
        self.refuse(event, message, hint=hint, kind="duplicate-key")


def _last_key(container: Json) -> str | int:
    """Where a container that is being filled is at: its newest member."""
    if isinstance(container, dict):
        newest = next(reversed(container))
        return "<<" if newest is _MERGE else newest
    return len(container) - 1


_HINTS = {
    "mapping values are not allowed": "put a value that contains ': ' in quotes",
    "found character that cannot start": "put the value in quotes",
    "did not find expected key": "look at the indentation of this line and of those before it",
    "did not find expected '-' indicator": "look at the indentation of this line",
    "found unexpected end of stream": "a quote or bracket is not closed",
    "found invalid Unicode character escape": "write the character itself, or \\U and eight digits",
    "did not find expected alphabetic": "put a value that starts with '*' or '&' in quotes",
}


def _yaml_fault(source: SourceText, error: YAMLError) -> DocumentSyntaxError:
    """The complaint of libyaml with its place, and a hint for the usual mistakes."""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        index = mark.index
    else:  # a ReaderError counts bytes
        before = source.text.encode()[: getattr(error, "position", 0)]
        index = len(before.decode(errors="ignore"))
    hint = next((text for start, text in _HINTS.items() if problem.startswith(start)), None)
    if source.text[index : index + 1] == "\t":
        hint = "indent with spaces, not with tabs"
    context, context_mark = getattr(error, "context", None), getattr(error, "context_mark", None)
    if context and context_mark is not None:
        line = source.location(min(context_mark.index, len(source.text))).line
        problem += f" {context} (line {line})"
    return source.fault(f"not valid YAML: {problem}", index, hint=hint)
