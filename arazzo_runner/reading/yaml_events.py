"""The event stream of a YAML text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["yaml_events"]


def yaml_events(text: str) -> Iterator[Any]:
    """The events of libyaml's parser, one by one; nothing is composed or constructed.

    Where PyYAML is installed without libyaml its own parser gives the same events, slowly.

    Raises:
        yaml.YAMLError: the text is not YAML; raised while the events are taken.
    """
    import yaml

    if yaml.__with_libyaml__:
        parser = yaml.CSafeLoader(text.encode())
        return iter(parser.get_event, None)
    return iter(yaml.SafeLoader(text).get_event, None)
