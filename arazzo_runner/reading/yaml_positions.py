"""Places in a YAML text: one walk over the events, kept as a few flat arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from arazzo_runner.reading.json_positions import Found, Span
from arazzo_runner.reading.source_text import SourceText
from arazzo_runner.reading.yaml_events import yaml_events

__all__ = ["YamlPositions"]


class YamlPositions:
    """Finds places in a YAML text.

    Nodes are numbered in the order of the text. ``sizes`` says how many nodes a node and what it
    contains are, so the next sibling is found without visiting what lies between; a mapping is
    followed by its keys and values in turn. ``names`` holds the text of a key, True for a
    mapping, False for a sequence, None for the rest. The items of a sequence are kept by index once
    one of them was looked for: a workflow with a thousand steps has places in all of them.
    """

    __slots__ = ("_items", "aliases", "ends", "names", "sizes", "source", "starts")

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.starts, self.ends, self.sizes = array("L"), array("L"), array("L")
        self.names: list[str | bool | None] = []
        self.aliases: dict[int, int] = {}
        self._items: dict[int, dict[str, int]] = {}
        self._index()

    def find(self, path: Sequence[str | int]) -> Found:
        """The place that the path leads to, or the nearest place above it.

        Below an alias it is the place in what the alias repeats.
        """
        node = 0
        found = Found(self._span(0))
        for token in path:
            place = self._child(node, str(token))
            if place is None:
                return found._replace(complete=False)
            key, node = place
            found = Found(self._span(node), None if key is None else self._span(key))
        return found

    def _span(self, node: int) -> Span:
        return self.starts[node], self.ends[node]

    def _child(self, parent: int, token: str) -> tuple[int | None, int] | None:
        """The numbers of the key (None in a sequence) and of the value called ``token``."""
        parent = self.aliases.get(parent, parent)
        if self.names[parent] is False:
            items = self._items.get(parent)
            if items is None:
                children = self._nodes_in(parent)
                items = self._items[parent] = {str(at): item for at, item in enumerate(children)}
            return (None, items[token]) if token in items else None
        waiting, seen = [parent], set()
        while waiting:
            node = self.aliases.get(waiting[-1], waiting[-1])
            waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            nodes = list(self._nodes_in(node))
            if self.names[node] is False:  # the list of a merge key
                waiting.extend(reversed(nodes))
                continue
            merged = []
            for key, value in zip(nodes[::2], nodes[1::2], strict=False):
                if self.names[key] == token:
                    return key, value
                if self.names[key] == "<<":
                    merged.append(value)
            waiting.extend(reversed(merged))
        return None

    def _nodes_in(self, node: int) -> Iterator[int]:
        sizes = self.sizes
        end = node + sizes[node]
        child = node + 1
        while child < end:
            yield child
            child += sizes[child]

    def _index(self) -> None:
        """Walks the events. A text with a fault is indexed up to that fault."""
        from yaml import YAMLError, events

        scalar, alias = events.ScalarEvent, events.AliasEvent
        mapping_start, sequence_start = events.MappingStartEvent, events.SequenceStartEvent
        mapping_end, sequence_end = events.MappingEndEvent, events.SequenceEndEvent
        starts, ends, sizes, names = self.starts, self.ends, self.sizes, self.names
        block_styles = frozenset("|>")
        interned: dict[str, str] = {}
        anchors: dict[str, int] = {}
        open_nodes: list[tuple[int, bool, bool]] = []  # number, in flow style, is a mapping
        in_mapping = at_key = False
        end = 0
        try:
            for event in yaml_events(self.source.text):
                kind = event.__class__
                if kind is mapping_end or kind is sequence_end:
                    node, flow, _ = open_nodes.pop()
                    sizes[node] = len(starts) - node
                    if flow:
                        end = event.end_mark.index
                    ends[node] = max(end, ends[node])
                    in_mapping = at_key = bool(open_nodes) and open_nodes[-1][2]
                    continue
                is_mapping = kind is mapping_start
                if kind is scalar:
                    end = event.end_mark.index
                    if event.style in block_styles:
                        end = self._trimmed(event.start_mark.index, end)
                    names.append(interned.setdefault(event.value, event.value) if at_key else None)
                    at_key = in_mapping and not at_key
                elif is_mapping or kind is sequence_start:
                    open_nodes.append((len(starts), event.flow_style, is_mapping))
                    names.append(is_mapping)
                    in_mapping = at_key = is_mapping
                    end = event.end_mark.index
                elif kind is alias:
                    names.append(None)
                    end = event.end_mark.index
                    self.aliases[len(starts)] = anchors.get(event.anchor, len(starts))
                    at_key = in_mapping and not at_key
                else:
                    continue
                if event.anchor is not None and kind is not alias:
                    anchors[event.anchor] = len(starts)
                starts.append(event.start_mark.index)
                ends.append(end)
                sizes.append(1)
        except YAMLError:
            for node, _, _ in open_nodes:
                sizes[node] = len(starts) - node

    def _trimmed(self, start: int, end: int) -> int:
        """Where a block scalar ends; libyaml lets it reach up to the next token."""
        return start + len(self.source.text[start:end].rstrip())
