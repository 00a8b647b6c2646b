"""What was sent comes back: in its own answer, and when the thing is read or listed later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from arazzo_runner.openapi import Operation
from arazzo_runner.simulation.answers import resource_of
from arazzo_runner.values import Json, Value

__all__ = ["Things", "echoed", "sent_names"]


def sent_names(
    operation: Operation, path: Mapping[str, Value], query: Mapping[str, Value], body: Value
) -> dict[str, Json]:
    """Values of a request by plain name, as an answer may repeat them."""
    names: dict[str, Json] = {}
    if "?" in operation.path or "#" in operation.path:  # a remote procedure call in disguise
        names.update(_plain(query))
    if isinstance(body, dict):
        names.update(_plain(body))
    names.update(_plain(path))
    last = operation.path.partition("?")[0].rstrip("/").rpartition("/")[2]
    if last.startswith("{") and last.endswith("}") and last[1:-1] in path:
        value = path[last[1:-1]]
        resource = _key(resource_of(operation))
        for name in ("id", f"{resource}id"):
            names.setdefault(name, value)
        names["id"] = value
    return names


def _plain(values: Mapping[str, Value]) -> dict[str, Json]:
    return {_key(name): value for name, value in values.items() if not isinstance(value, bytes)}


def _key(name: str) -> str:
    """A name without what spellings differ in."""
    return "".join(c for c in name.lower() if c.isalnum())


def echoed(
    body: Value,
    names: Mapping[str, Json],
    fits: Callable[[tuple[str, ...], Json], bool],
    at: tuple[str, ...] = (),
) -> Value:
    """The body with what was sent under the same name, where the types agree and ``fits`` says
    that the schema allows it. Two levels are looked at, lists not at all.
    """
    if not isinstance(body, dict) or not names:
        return body
    result = dict(body)
    for name, value in body.items():
        here = (*at, name)
        given = names.get(_key(name))
        if given is not None:
            result[name] = _merged(value, given, fits, here)
        elif isinstance(value, dict) and not at:
            result[name] = echoed(value, names, fits, here)
    return result


class Things:
    """What a run created and changed, by id and by kind."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Json]] = {}
        self._kinds: dict[str, list[str]] = {}

    def learn(self, operation: Operation, names: Mapping[str, Json], body: Value) -> None:
        """Remember what an operation that changes something sent and got."""
        if operation.method not in ("POST", "PUT", "PATCH"):
            return
        kind = _key(resource_of(operation))
        answered = _scalars(body)
        identity = next(
            (v for v in (answered.get("id"), answered.get(f"{kind}id"), names.get("id")) if v), None
        )
        if identity is None or isinstance(identity, dict | list):
            return
        known = self._known.setdefault(str(identity), {})
        known.update({**names, **answered, "id": identity})
        listed = self._kinds.setdefault(kind, [])
        if str(identity) not in listed:
            listed.append(str(identity))

    def applied(
        self,
        operation: Operation,
        names: Mapping[str, Json],
        body: Value,
        fits: Callable[[tuple[str, ...], Json], bool],
    ) -> Value:
        """The body of an answer with what is known of the thing it is about, or of those listed."""
        known = self._known.get(str(names.get("id")), {}) if "id" in names else {}
        body = echoed(body, {**known, **names}, fits)
        made = self._kinds.get(_key(resource_of(operation)), ())
        if operation.method != "GET" or "id" in names or not made:
            return body
        return self._listed(body, made, fits)

    def _listed(
        self, body: Value, made: Sequence[str], fits: Callable[[tuple[str, ...], Json], bool]
    ) -> Value:
        if isinstance(body, dict):
            lists = [name for name, item in body.items() if _is_list_of_things(item)]
            if len(lists) == 1:
                name = lists[0]
                items = self._items(body[name], made, _below(name, fits))
                return {**body, name: items}
        elif _is_list_of_things(body):
            return self._items(body, made, fits)
        return body

    def _items(
        self,
        items: list[Json],
        made: Sequence[str],
        fits: Callable[[tuple[str, ...], Json], bool],
    ) -> list[Json]:
        return [
            echoed(item, self._known[made[index]], _below(str(index), fits))
            if index < len(made)
            else item
            for index, item in enumerate(items)
        ]


def _below(
    token: str, fits: Callable[[tuple[str, ...], Json], bool]
) -> Callable[[tuple[str, ...], Json], bool]:
    """The same question for parts of a part."""
    return lambda at, value: fits((token, *at), value)


def _is_list_of_things(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _scalars(body: Value) -> dict[str, Json]:
    """The plain values of an answer, those of an envelope too."""
    found: dict[str, Json] = {}
    for name, value in body.items() if isinstance(body, dict) else ():
        if isinstance(value, dict):
            inner = {_key(k): v for k, v in value.items() if not isinstance(v, dict | list)}
            found = {**inner, **found}
        elif not isinstance(value, list):
            found[_key(name)] = value
    return found


def _merged(
    value: Json, given: Json, fits: Callable[[tuple[str, ...], Json], bool], at: tuple[str, ...]
) -> Json:
    if isinstance(value, dict):
        if not isinstance(given, dict) or len(at) > 4:
            return value
        inner = {name: item for name, item in given.items() if name in value}
        return {
            name: _merged(item, inner[name], fits, (*at, name)) if name in inner else item
            for name, item in value.items()
        }
    if isinstance(value, list) or isinstance(given, dict | list):
        return value
    given = _like(given, value)
    return given if type(given) is type(value) and fits(at, given) else value


def _like(given: Json, value: Json) -> Json:
    """A number as text, or a text as number, as the answer has it."""
    if isinstance(value, str) and isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    if isinstance(value, int) and not isinstance(value, bool) and isinstance(given, str):
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else given
    return given
