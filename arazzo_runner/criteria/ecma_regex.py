r"""ECMA-262 patterns in Python's syntax (A-22: the specification names no dialect).

What differs is written out, so that ``re`` and ``regex`` read the result alike: ASCII ``\d \w
\b``, ``$`` only at the very end, ``.`` stops at all four line ends, ``[^]`` and ``[]``,
``(?<name>`` and ``\k<name>``, ``\u{…}``, ``\cX``, ``\/``, braces that are no repetition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from arazzo_runner.errors import SyntaxFault

__all__ = ["Translation", "translate"]

_LINE_ENDS: Final = r"\n\r\u2028\u2029"
_ANY: Final = r"(?s:.)"
_WORD: Final = "A-Za-z0-9_"
_SETS: Final = {
    "d": "0-9",
    "w": _WORD,
    "s": r"\t\n\x0b\x0c\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff",
}
_BOUNDARY: Final = f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_NO_BOUNDARY: Final = f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))"
_CONTROLS: Final = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}

_REPETITION = re.compile(r"[*+?]|\{(?P<least>[0-9]+)(?P<rest>,(?P<most>[0-9]*))?\}")
_CODE = re.compile(
    r"x([0-9A-Fa-f]{2})"
    r"|u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})"
    r"|u([0-9A-Fa-f]{4})"
    r"|u\{([0-9A-Fa-f]{1,6})\}"
)
_PROPERTY = re.compile(r"[pP]\{[\w=:& .-]+\}")
_GROUP_OPEN = re.compile(r"\((?:\?(?:[:=!]|<[=!]|P?<(?P<name>[^\W\d]\w*)>|[imsx]*(?:-[imsx]+)?:))?")
_MAX_REPEAT: Final = 1000
_MAX_SIZE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Translation:
    """A pattern in Python's syntax.

    ``plain`` is true when it cannot take long on a short text: no repeated group, at most one
    open repetition, few optional parts, no back reference, no Unicode property.
    """

    pattern: str
    plain: bool


def translate(pattern: str, flags: str = "") -> Translation:
    """Translate; ``flags`` are those of ECMA-262 that change the syntax, ``m`` and ``s``.

    Raises:
        SyntaxFault: not a pattern.
    """
    return _Translator(pattern, flags).run()


class _Translator:
    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = pattern
        self.multiline = "m" in flags
        self.dot_all = "s" in flags
        self.position = 0
        self.output: list[str] = []
        self.groups = len(re.findall(r"(?<!\\)\((?!\?)|\(\?P?<[^=!]", pattern))
        self.names: set[str | None] = set()
        self.open_repetitions = 0
        self.options = 0
        self.plain = True
        # Elements per open group with repetitions written out, as libraries do write them out.
        self.sizes = [0]
        self.last_size = 0

    def fault(self, message: str, hint: str | None = None) -> SyntaxFault:
        return SyntaxFault(message, text=self.pattern, offset=self.position, hint=hint)

    def run(self) -> Translation:
        repeatable = False
        while self.position < len(self.pattern):
            found = _REPETITION.match(self.pattern, self.position)
            if found:
                if not repeatable:
                    raise self.fault(f"nothing to repeat before '{found.group()}'")
                self.repetition(found)
                repeatable = False
            else:
                repeatable = self.atom()
                self.grow(self.last_size)
        if len(self.sizes) > 1:
            raise self.fault("')' is missing")
        plain = self.plain and self.open_repetitions <= 1 and self.options <= 4
        return Translation("".join(self.output), plain)

    def grow(self, size: int) -> None:
        self.last_size = size
        self.sizes[-1] += size
        if self.sizes[-1] > _MAX_SIZE:
            raise self.fault("the pattern is too large")

    def repetition(self, found: re.Match[str]) -> None:
        text = found.group()
        for bound in (found.group("least"), found.group("most")):
            if bound and (len(bound) > 4 or int(bound) > _MAX_REPEAT):
                raise self.fault(f"repeats more than {_MAX_REPEAT} times")
            self.grow(self.last_size * max(0, int(bound or 1) - 1))
        if self.pattern[self.position - 1] == ")":
            self.plain = False
        if text == "?":
            self.options += 1
        elif found.group("least") is None or found.group("rest") is not None:
            self.open_repetitions += 1
        self.position = found.end()
        self.output.append(text)
        if self.pattern.startswith("?", self.position):
            self.output.append("?")
            self.position += 1

    def atom(self) -> bool:
        """Translate one element; True when it can be repeated."""
        character = self.pattern[self.position]
        self.last_size = 1
        if character == "\\":
            return self.escape()
        if character == "[":
            self.character_class()
            return True
        if character == "(":
            self.group()
            return False
        self.position += 1
        if character == "^":
            self.output.append(rf"(?:\A|(?<=[{_LINE_ENDS}]))" if self.multiline else r"\A")
            return False
        if character == "$":
            self.output.append(rf"(?:\Z|(?=[{_LINE_ENDS}]))" if self.multiline else r"\Z")
            return False
        if character == ".":
            self.output.append(_ANY if self.dot_all else f"[^{_LINE_ENDS}]")
        elif character == ")":
            if len(self.sizes) == 1:
                raise self.fault("')' closes no group")
            self.last_size = self.sizes.pop() + 1
            self.output.append(character)
        elif character == "|":
            self.output.append(character)
        else:
            self.output.append(re.escape(character))
        return character != "|"

    def group(self) -> None:
        found = _GROUP_OPEN.match(self.pattern, self.position)
        if found is None or self.pattern.startswith("?", found.end()):
            raise self.fault("this kind of group is not known to ECMA-262")
        self.position = found.end()
        self.sizes.append(0)
        self.plain = self.plain and found.group() not in ("(?<=", "(?<!")
        name = found.group("name")
        if name and name in self.names:
            raise self.fault(f"two groups are called '{name}'")
        self.names.add(name)
        self.output.append(f"(?P<{name}>" if name else found.group())

    def escape(self) -> bool:
        """Translate a backslash sequence outside of a class."""
        following = self.pattern[self.position + 1 : self.position + 2]
        if following in ("b", "B"):
            self.position += 2
            self.output.append(_BOUNDARY if following == "b" else _NO_BOUNDARY)
            return False
        back = re.compile(r"\\(?:k<([^\W\d]\w*)>|([1-9][0-9]?))").match(self.pattern, self.position)
        if back and (back.group(1) or int(back.group(2)) <= self.groups):
            self.position = back.end()
            self.plain = False
            name = back.group(1) or back.group(2)
            # A group that did not take part matches the empty text in ECMA-262.
            reference = f"(?P={name})" if back.group(1) else f"\\{name}"
            self.output.append(f"(?({name}){reference})")
            return True
        is_set, content = self.escaped()
        if is_set:
            self.output.append(f"[^{content[1:]}]" if content[0] == "^" else f"[{content}]")
        else:
            self.output.append(re.escape(content))
        return True

    def escaped(self) -> tuple[bool, str]:
        """Read a backslash sequence: (True, inside of a set, ``^`` first if negated) or
        (False, character)."""
        start = self.position + 1
        if start >= len(self.pattern):
            raise self.fault("the pattern ends with a backslash")
        character = self.pattern[start]
        if character.lower() in _SETS:
            self.position = start + 1
            negated = "^" if character.isupper() else ""
            return True, negated + _SETS[character.lower()]
        found = _PROPERTY.match(self.pattern, start)
        if found:
            self.position = found.end()
            self.plain = False
            return True, "\\" + found.group()
        return False, self.escaped_character(start)

    def escaped_character(self, start: int) -> str:
        code = _CODE.match(self.pattern, start)
        if code:
            self.position = code.end()
            byte, high, low, unit, point = code.groups()
            if high:
                return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
            value = int(byte or unit or point, 16)
            if value > 0x10FFFF:
                raise self.fault("beyond the last Unicode character")
            return chr(value)
        character = self.pattern[start]
        following = self.pattern[start + 1 : start + 2]
        if character == "c" and following.isascii() and following.isalpha():
            self.position = start + 2
            return chr(ord(following) % 32)
        self.position = start + 1
        return _CONTROLS.get(character, character)

    def character_class(self) -> None:
        start = self.position
        self.position += 1
        negated = self.pattern.startswith("^", self.position)
        self.position += negated
        inside: list[str] = []
        outside: list[str] = []
        while True:
            if self.position >= len(self.pattern):
                self.position = start
                raise self.fault("']' is missing")
            if self.pattern[self.position] == "]":
                break
            self.class_item(inside, outside)
        self.position += 1
        self.output.append(_class_text(inside, outside, negated))

    def class_item(self, inside: list[str], outside: list[str]) -> None:
        is_set, content = self.class_atom()
        if is_set:
            (outside if content[0] == "^" else inside).append(content.removeprefix("^"))
            return
        after = self.pattern[self.position + 1 : self.position + 2]
        if not self.pattern.startswith("-", self.position) or after in ("]", ""):
            inside.append(_in_class(content))
            return
        mark = self.position
        self.position += 1
        is_set, last = self.class_atom()
        if is_set:
            self.position = mark
            inside.append(_in_class(content))
        elif last < content:
            self.position = mark
            raise self.fault(f"the range '{content}-{last}' is in reverse order")
        else:
            inside.append(f"{_in_class(content)}-{_in_class(last)}")

    def class_atom(self) -> tuple[bool, str]:
        character = self.pattern[self.position]
        if character != "\\":
            self.position += 1
            return False, character
        if self.pattern.startswith("b", self.position + 1):
            self.position += 2
            return False, "\b"
        return self.escaped()


def _in_class(character: str) -> str:
    return "\\" + character if character in r"\]^-[&~|" else character


def _class_text(inside: list[str], outside: list[str], negated: bool) -> str:
    """A class; ``outside`` holds sets that it takes the complement of."""
    choices = [f"[{''.join(inside)}]"] if inside else []
    choices += [f"[^{content}]" for content in outside]
    if not choices:
        return _ANY if negated else "(?!)"
    if not negated:
        return choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"
    return f"[^{''.join(inside)}]" if not outside else f"(?:(?!{'|'.join(choices)}){_ANY})"
