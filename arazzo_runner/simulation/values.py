"""Values made from schemas: examples first, else what the keywords ask for.

The same schema, seed and place give the same value, whatever else is made before or after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias
from zlib import crc32

from arazzo_runner.openapi.references import Node, References
from arazzo_runner.reading import Document
from arazzo_runner.simulation.looking import Looking, plausible
from arazzo_runner.simulation.numbers import NoValueError, make_number
from arazzo_runner.simulation.shapes import Follow, Shape
from arazzo_runner.simulation.texts import make_text
from arazzo_runner.values import ABSENT, Json, Value

__all__ = ["NoValueError", "ValueMaker", "Wanted", "make_value"]

Wanted: TypeAlias = Mapping[str, Any]
"""Parts that a value must have, whether its schema requires them or not: token to the parts wanted
below it. ``{"items": {"0": {"id": {}}}}`` wants ``/items/0/id``."""

_REPEATS: Final = 3  # how often a schema may be inside of itself where it cannot be avoided
_OPTIONAL_DEPTH: Final = 5  # optional properties deeper than this are left out
_MOST: Final = 4_000  # values made for one; after that only what is required
_DEEPEST: Final = 60
_LONGEST_ARRAY: Final = 200
_NOTHING: Final[Wanted] = {}


def make_value(
    schema: Json,
    document: Document,
    follow: Follow | None = None,
    *,
    seed: int = 0,
    optional: bool = True,
    name: str = "",
    purpose: str | None = None,
    wanted: Wanted = _NOTHING,
) -> Json:
    """A value that fits a JSON Schema, or a Schema Object of OpenAPI 2.0 to 3.2.

    Args:
        schema: the schema; it stands in ``document``, and its references are relative to that.
        document: where the schema stands.
        follow: resolves references, such as ``Description.follow``; by default those into the
            document itself.
        seed: another seed gives another value where the schema leaves a choice.
        optional: also make properties that are not required. Those that repeat the schema inside
            of itself, or are nested deep, are left out all the same.
        name: what the value is called, for texts that tell what they are.
        purpose: ``request`` leaves out what is readOnly, ``response`` what is writeOnly.
        wanted: parts that the value must have.

    Raises:
        NoValueError: no value fits.
    """
    maker = ValueMaker(
        follow or References(document, None).follow,
        seed=seed,
        optional=optional,
        purpose=purpose,
        root=schema,
    )
    return maker.make(Node(schema, document), name=name, wanted=wanted)


class ValueMaker(Looking):
    """Makes values from the schemas of one description; see :func:`make_value`."""

    def __init__(
        self,
        follow: Follow,
        *,
        seed: int = 0,
        optional: bool = True,
        purpose: str | None = None,
        root: Json = None,
    ) -> None:
        super().__init__(follow, root)
        self._seed = seed
        self._optional = optional
        self._purpose = purpose
        self._left = _MOST

    def make(
        self,
        schemas: Node | Sequence[Node],
        *,
        name: str = "",
        sample: Value = ABSENT,
        wanted: Wanted = _NOTHING,
        place: str = "",
    ) -> Json:
        """One value, for a schema or for several that hold at once.

        ``sample`` is an example to keep to as far as it fits; ``place`` makes values of equal
        schemas differ.

        Raises:
            NoValueError: no value fits.
        """
        self._left = _MOST
        at = _Place(f"{self._seed}{place}", name, 0, {}, sample, wanted)
        return self._value([schemas] if isinstance(schemas, Node) else schemas, at)

    # -- one value -------------------------------------------------------------------------------

    def _value(self, nodes: Sequence[Node], at: _Place) -> Json:
        shape = self.resolver.shape(nodes)
        return self._shaped(shape, at.entering(shape.references))

    def _shaped(self, shape: Shape, at: _Place) -> Json:
        self._left -= 1
        if shape.impossible or at.depth > _DEEPEST:
            raise NoValueError("the schema fits no value")
        if shape.groups:
            return self._branched(shape, at)
        sample = self._sample(shape, at)
        if sample is not ABSENT and not at.wanted and not isinstance(sample, dict | list):
            return sample
        if shape.enum is not None:
            return self._chosen(shape, at)
        kind = shape.type or _wanted_type(at.wanted) or _sample_type(sample)
        if kind is None:
            return make_text(at.name, at.number) if sample is ABSENT else sample
        return self._of_type(kind, shape, replace_sample(at, sample))

    def _of_type(self, kind: str, shape: Shape, at: _Place) -> Json:
        match kind:
            case "object":
                return self._object(shape, at)
            case "array":
                return self._array(shape, at)
            case "string":
                return self._text(shape, at)
            case "integer" | "number":
                return make_number(shape, at.number, whole=kind == "integer")
            case "boolean":
                return at.number % 2 == 0
            case _:
                return None

    def _sample(self, shape: Shape, at: _Place) -> Value:
        """The first example that fits by itself; an object or array may be completed."""
        for sample in (at.sample, *shape.samples, *shape.defaults):
            if sample is not ABSENT and plausible(sample, shape):
                return sample
        return ABSENT

    @staticmethod
    def _chosen(shape: Shape, at: _Place) -> Json:
        listed = shape.enum or []
        fitting = [value for value in listed if plausible(value, shape)]
        if not fitting:
            raise NoValueError("no value of the enum fits the rest of the schema")
        plain = [value for value in fitting if value is not None] or fitting
        seed = at.path.partition("/")[0]
        return plain[0] if seed == "0" else plain[at.number % len(plain)]

    def _branched(self, shape: Shape, at: _Place) -> Json:
        """One branch of the first group that leads to a value; those that know the names wanted
        and are not met again first.
        """
        group, *rest = shape.groups
        start = 0 if at.path.partition("/")[0] == "0" else at.number % len(group)
        order = [*group[start:], *group[:start]]
        failure: NoValueError | None = None
        for branch in sorted(order, key=lambda one: self._unfit(one, at)):
            merged = _copy(shape)
            merged.groups = list(rest)
            merged.references = {}
            self.resolver.absorb(merged, branch)
            if shape.discriminator:
                _discriminate(merged, shape.discriminator, branch)
            try:
                return self._shaped(merged, at.entering(merged.references))
            except NoValueError as error:
                failure = error
        raise failure or NoValueError("no branch fits")

    def _unfit(self, branch: Node, at: _Place) -> int:
        shape = self.resolver.shape([branch])
        missing = sum(1 for name in at.wanted if name not in shape.properties)
        met = any(at.seen.get(key) for key in shape.references)
        empty = shape.kinds == frozenset({"null"})
        return missing * 2 + (50 if met else 0) + (100 if empty else 0)

    # -- objects -----------------------------------------------------------------------------------

    def _object(self, shape: Shape, at: _Place) -> dict[str, Json]:
        sample = at.sample if isinstance(at.sample, dict) else {}
        result: dict[str, Json] = {}
        for name in self._property_names(shape, at, sample):
            entry = "*" in at.wanted and name not in shape.properties
            needed = entry or name in shape.required or name in at.wanted
            inside = at.child(name, sample.get(name, ABSENT))
            if not needed and not self._affordable(shape, name, inside, given=name in sample):
                continue
            try:
                result[name] = self._value(self.schemas_of(shape, name), inside)
            except NoValueError:
                if name in shape.required:
                    raise
        least = int(shape.limits.get("minProperties", 0))
        for index in range(min(least - len(result), _LONGEST_ARRAY)):
            name = self._new_name(shape, at, index)
            result.setdefault(name, self._value(self.schemas_of(shape, name), at.child(name)))
        return result

    def _property_names(self, shape: Shape, at: _Place, sample: Mapping[str, Json]) -> list[str]:
        known = [*shape.properties, *shape.required, *(n for n in at.wanted if n != "*")]
        named = dict.fromkeys([*known, *map(str, sample)])
        closed = shape.closed and not shape.named_patterns
        most = int(shape.limits.get("maxProperties", len(named)))
        kept = [n for n in named if not closed or n in shape.properties or n in shape.required]
        if len(kept) > most:
            kept.sort(key=lambda name: name not in shape.required and name not in at.wanted)
            kept = kept[:most]
        if not kept and not closed and (shape.additional or "*" in at.wanted):
            kept = [self._new_name(shape, at, 0)] if self._optional or at.wanted else []
        return kept

    def _affordable(self, shape: Shape, name: str, at: _Place, *, given: bool) -> bool:
        """Whether a property that nobody needs is made."""
        if given and name not in shape.properties:
            return self._optional
        inner = self.resolver.shape(self.schemas_of(shape, name))
        if self._purpose == "request" and inner.read_only:
            return False
        if self._purpose == "response" and inner.write_only:
            return False
        if not self._optional or self._left < 0 or at.depth > _OPTIONAL_DEPTH:
            return False
        return not any(at.seen.get(key) for key in inner.references)

    def _new_name(self, shape: Shape, at: _Place, index: int) -> str:
        place = at.child(f"key{index + 1}" if index else "key")
        if shape.names:
            return str(self._value(shape.names, place))
        if shape.named_patterns and shape.closed:
            return make_text(place.name, place.number, patterns=[shape.named_patterns[0][0]])
        return place.name

    # -- arrays ------------------------------------------------------------------------------------

    def _array(self, shape: Shape, at: _Place) -> list[Json]:
        sample = at.sample if isinstance(at.sample, list) else []
        least = int(shape.limits.get("minItems", 0))
        wanted = max((int(t) + 1 for t in at.wanted if t.isdecimal()), default=0)
        needed = max(least, wanted, 1 if shape.contains or at.wanted else 0)
        usual = 1 if at.names else len(sample) or 1
        count = max(needed, usual, len(shape.first_items))
        most = shape.limits.get("maxItems")
        count = min(count, _LONGEST_ARRAY if most is None else int(most))
        result: list[Json] = []
        for index in range(count):
            given = sample[index] if index < len(sample) else ABSENT
            try:
                item = self._item(shape, at, index, given, needed=index < needed)
            except NoValueError:
                if index < least:
                    raise
                break
            if item is ABSENT:
                break
            result.append(item)
        return result

    def _item(self, shape: Shape, at: _Place, index: int, given: Value, *, needed: bool) -> Value:
        inside = at.item(index, given, _singular(at.name))
        nodes = shape.first_items[index] if index < len(shape.first_items) else shape.items
        if index == 0:
            nodes = [*nodes, *shape.contains]
        if not needed:
            inner = self.resolver.shape(nodes)
            poor = self._left < 0 or inside.depth > _OPTIONAL_DEPTH
            if poor or any(at.seen.get(key) for key in inner.references):
                return ABSENT
        return self._value(nodes, inside)

    # -- texts -------------------------------------------------------------------------------------

    @staticmethod
    def _text(shape: Shape, at: _Place) -> str:
        most = shape.limits.get("maxLength")
        return make_text(
            at.name,
            at.number,
            format=shape.format,
            patterns=shape.patterns,
            least=int(shape.limits.get("minLength", 0)),
            most=None if most is None else int(most),
        )


class _Place:
    """Where a value is made: its path, the schemas it is inside of, what is wanted of it."""

    __slots__ = ("depth", "name", "path", "sample", "seen", "wanted")

    def __init__(
        self,
        path: str,
        name: str,
        depth: int,
        seen: Mapping[int, int],
        sample: Value,
        wanted: Wanted,
    ) -> None:
        self.path = path
        self.name = name
        self.depth = depth
        self.seen = seen
        self.sample = sample
        self.wanted = wanted

    @property
    def number(self) -> int:
        """A number from 100 to 999 that depends on seed and path only."""
        return crc32(self.path.encode("utf-8", "replace")) % 900 + 100

    @property
    def names(self) -> Wanted:
        """What is read by name. Of a list of one, that is its item's (``list-of-one``)."""
        return {t: below for t, below in self.wanted.items() if not t.isdecimal() and t != "*"}

    def item(self, index: int, sample: Value, name: str) -> _Place:
        """The place of an item of a list."""
        place = self.child(str(index), sample, name)
        if index == 0:
            place.wanted = {**self.names, **place.wanted}
        return place

    def child(self, token: str, sample: Value = ABSENT, name: str | None = None) -> _Place:
        below = self.wanted.get(token, _NOTHING)
        if "*" in self.wanted:
            below = {**self.wanted["*"], **below}
        path = f"{self.path}/{token}"
        return _Place(path, name or token, self.depth + 1, self.seen, sample, below)

    def entering(self, references: Iterable[int]) -> _Place:
        """The same place, inside of some more referenced schemas.

        Raises:
            NoValueError: a schema is inside of itself too often.
        """
        keys = list(references)
        if not keys:
            return self
        seen = dict(self.seen)
        for key in keys:
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > _REPEATS:
                raise NoValueError("the schema contains itself without end")
        return _Place(self.path, self.name, self.depth, seen, self.sample, self.wanted)


def replace_sample(at: _Place, sample: Value) -> _Place:
    """The place with another example."""
    return _Place(at.path, at.name, at.depth, at.seen, sample, at.wanted)


# -- helpers -------------------------------------------------------------------------------------


def _copy(shape: Shape) -> Shape:
    """A shape that can be added to without changing the first one."""
    fresh: dict[str, Any] = {}
    for name in Shape.__slots__:
        value = getattr(shape, name)
        fresh[name] = value.copy() if isinstance(value, list | dict) else value
    fresh["properties"] = {name: list(nodes) for name, nodes in shape.properties.items()}
    fresh["first_items"] = [list(nodes) for nodes in shape.first_items]
    return replace(shape, **fresh)


def _discriminate(shape: Shape, rule: tuple[str, Mapping[str, Json]], branch: Node) -> None:
    """The property that tells branches apart has the name of the one that was chosen."""
    name, mapping = rule
    reference = branch.value.get("$ref") if isinstance(branch.value, dict) else None
    if not isinstance(reference, str):
        return
    short = reference.rpartition("/")[2]
    value = next((k for k, v in mapping.items() if v in (reference, short)), short)
    shape.properties.setdefault(name, []).insert(0, Node({"examples": [value]}, branch.document))


def _wanted_type(wanted: Wanted) -> str | None:
    if not wanted:
        return None
    return "array" if all(t.isdecimal() or t == "*" for t in wanted) else "object"


def _sample_type(sample: Value) -> str | None:
    if isinstance(sample, dict):
        return "object"
    return "array" if isinstance(sample, list) else None


def _singular(name: str) -> str:
    """What an item of a list is called."""
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
