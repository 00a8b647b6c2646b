"""Regular expressions: ECMA-262 meaning, time limit, tolerances."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.criteria import regex as module
from arazzo_runner.criteria.ecma_regex import translate
from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.criteria.regex import compile_regex, unwrap
from arazzo_runner.errors import SyntaxFault

pytestmark = pytest.mark.requirement("CR-13", "A-22")

# Pattern, flags, text, whether ECMA-262 finds it.
CASES = [
    (r"^2\d{2}$", "", "200", True),
    (r"^2\d{2}$", "", "200\n", False),
    (r"^2\d{2}$", "", "2000", False),
    (r"\d", "", "٣", False),
    (r"^\D$", "", "٣", True),
    (r"^\w+$", "", "é", False),
    (r"^\W$", "", "é", True),
    (r"^\s$", "", "\ufeff", True),
    (r"^\S$", "", "\x1c", True),
    (r"a.c", "", "a\u2028c", False),
    (r"a.c", "s", "a\nc", True),
    (r"^b$", "", "a\nb", False),
    (r"^b$", "m", "a\nb\nc", True),
    (r"ok", "", "not OK", False),
    (r"ok", "i", "not OK", True),
    (r"[^]", "", "\n", True),
    (r"[]", "", "a", False),
    (r"^[\s\S]$", "", "\n", True),
    (r"^[\w\D-]$", "", "-", True),
    (r"^[^\s\D]$", "", "5", True),
    (r"^[^\s\D]$", "", "x", False),
    (r"^[^a-c]$", "", "d", True),
    (r"^[A-Za-z0-9-_=]+$", "", "a-_=", True),
    (r"^[a-\d]+$", "", "a-5", True),
    (r"^[[&~|^\]\\-]+$", "", "[&~|^]\\-", True),
    (r"[\b]", "", "\b", True),
    (r"\bä", "", "ä", False),
    (r"a\b", "", "a ", True),
    (r"a\B", "", "ab", True),
    (r"(?<y>\d)\k<y>", "", "11", True),
    (r"(?P<y>\d)-\k<y>", "", "1-2", False),
    (r"(a)?\1b", "", "b", True),
    (r"^(a)\1$", "", "aa", True),
    (r"^\1(a)$", "", "\x01a", False),
    (r"^\8$", "", "8", True),
    (r"a{,3}", "", "a{,3}", True),
    (r"a{1", "", "a{1", True),
    (r"}]", "", "}]", True),
    (r"^a{2,3}?$", "", "aaa", True),
    (r"\x41\u0042\u{43}\cJ\0\t\/\-\a", "", "ABC\n\0\t/-a", True),
    (r"\c1", "", "c1", True),
    (r"^\uD83D\uDE00$", "", "😀", True),
    (r"\p{Lu}", "", "É", True),
    (r"^[\p{L}\P{L}]$", "", "5", True),
    (r"(?<=\$)\d+", "", "$42", True),
    (r"(?<!a+)b", "", "b", True),
    (r"^(?!no)\w+", "", "yes", True),
    (r"^(?:a|b)$", "", "b", True),
    (r"(?i:A)b", "", "ab", True),
    (r"a|", "", "", True),
    ("", "", "anything", True),
]


@pytest.mark.parametrize(("pattern", "flags", "text", "expected"), CASES)
def test_ecma(pattern: str, flags: str, text: str, expected: bool) -> None:
    assert compile_regex(pattern, flags)(text) is expected


@pytest.mark.parametrize(("pattern", "flags", "text", "expected"), CASES)
def test_both_engines_agree(
    pattern: str, flags: str, text: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SHORT", -1)
    assert compile_regex.__wrapped__(pattern, flags)(text) is expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("*a", "nothing to repeat"),
        ("a++", "nothing to repeat"),
        ("a{2}{3}", "nothing to repeat"),
        ("(?:+a)", "nothing to repeat"),
        ("(a", "is missing"),
        ("a)", "closes no group"),
        ("[a", "']' is missing"),
        ("[a\\", "ends with a backslash"),
        ("a\\", "ends with a backslash"),
        ("[z-a]", "reverse order"),
        ("a{1001}", "more than 1000"),
        ("a{99999}", "more than 1000"),
        ("(((a{100}){100}){100})", "too large"),
        ("(?#x)", "not known"),
        ("(?>x)", "not known"),
        (r"\u{110000}", "last Unicode"),
        ("(" * 1200 + ")" * 1200, "nested too deeply"),
        ("(?<a>x)(?<a>y)", "two groups"),
        (r"\p{Nonsense}", "not a regular expression"),
    ],
)
def test_refused(pattern: str, message: str) -> None:
    with pytest.raises(SyntaxFault, match=message.replace("]", r"\]")):
        compile_regex(pattern)


@pytest.mark.parametrize("pattern", ["(a|aa)+$", "(a|a)*$"])
def test_a_catastrophic_pattern_ends(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REGEX_SECONDS", 0.05)
    with pytest.raises(EvaluationFault, match="took longer") as caught:
        compile_regex.__wrapped__(pattern)("a" * 60 + "!")
    assert "repetition" in str(caught.value.hint)


def test_plain_patterns_on_short_texts_import_nothing() -> None:
    code = (
        "import sys; from arazzo_runner.criteria.regex import compile_regex as c;"
        "assert c(r'^2[0-9]{2}$')('200'); assert 'regex' not in sys.modules;"
        "assert c(r'^2[0-9]{2}$')('2' * 5000) is False; assert 'regex' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("pattern", "plain"),
    [
        (r"^(placed|approved)$", True),
        (r"^a*$", True),
        (r"^a*b*$", False),
        (r"^(ab)+$", False),
        (r"a?b?c?d?e?", False),
        (r"a{2}b{3}c{4}", True),
        (r"a{2,}b{3,}", False),
        (r"(a)\1", False),
        (r"(?<=a+)b", False),
    ],
)
def test_what_is_plain(pattern: str, plain: bool) -> None:
    assert translate(pattern).plain is plain


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("/^ok$/i", ("^ok$", "i", "regex-slashes")),
        (r"/a\/[/]b/", (r"a\/[/]b", "", "regex-slashes")),
        ("^/cookies/4711/eat$", ("^/cookies/4711/eat$", "", None)),
        ("/a/b/c1", ("/a/b/c1", "", None)),
        ("(?im)^ok$", ("^ok$", "im", "regex-inline-flags")),
        ("ok", ("ok", "", None)),
    ],
)
def test_unwrap(condition: str, expected: tuple[str, str, str | None]) -> None:
    assert unwrap(condition) == expected


@given(
    st.text(alphabet="ab1\\dwsbBk<>pu{},?*+|()[]^$.-=!:P/\n", max_size=14),
    st.text("ab1\n", max_size=8),
)
@settings(max_examples=400, deadline=None)
def test_any_pattern_compiles_or_is_a_syntax_fault(pattern: str, text: str) -> None:
    with suppress(SyntaxFault, EvaluationFault):
        assert compile_regex.__wrapped__(pattern)(text) in (True, False)
