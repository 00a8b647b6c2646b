"""The cookie jar: a fold of answers (RFC 6265)."""

from __future__ import annotations

import pytest

from arazzo_runner.values.cookies import Jar, collect, cookie_pairs, matching, with_cookies

NOW = 1_700_000_000.0
LONG_AGO = "Wed, 21 Oct 2015 07:28:00 GMT"
LATER = "Wednesday, 21-Oct-2099 07:28:00 GMT"


def jar(*fields: str, url: str = "https://a.example.com/shop/cart", before: Jar = ()) -> Jar:
    return collect(before, url, tuple(("Set-Cookie", field) for field in fields), NOW)


def sent(cookies: Jar, url: str, at: float = NOW) -> str:
    return "; ".join(f"{name}={value}" for name, value in matching(cookies, url, at))


@pytest.mark.parametrize(
    ("field", "url", "expected"),
    [
        ("a=1", "https://a.example.com/shop/cart", "a=1"),
        ("a=1", "https://a.example.com/shop", "a=1"),
        ("a=1", "https://a.example.com/shop/", "a=1"),
        ("a=1", "https://a.example.com/shopping", ""),
        ("a=1", "https://a.example.com/", ""),
        ("a=1; Path=/", "https://a.example.com/x", "a=1"),
        ("a=1; Path=nothing", "https://a.example.com/shop/x", "a=1"),
        ("a=1; path=/shop/", "https://a.example.com/shop/x", "a=1"),
        ("a=1; Path=/", "https://b.example.com/", ""),
        ("a=1; Path=/; Domain=example.com", "https://b.example.com/", "a=1"),
        ("a=1; Path=/; Domain=.Example.com", "https://example.com/", "a=1"),
        ("a=1; Path=/; Domain=example.com", "https://badexample.com/", ""),
        ("a=1; Path=/; Domain=com", "https://a.example.com/", ""),
        ("a=1; Path=/; Domain=other.com", "https://other.com/", ""),
        ("a=1; Path=/; Domain=x.a.example.com", "https://x.a.example.com/", ""),
        ("a=1; Path=/; Secure", "https://a.example.com/", "a=1"),
        ("a=1; Path=/; Secure", "http://a.example.com/", ""),
        ("a=1; Path=/", "http://a.example.com:8080/", "a=1"),
        ("a=1; Path=/; Max-Age=10", "https://a.example.com/", "a=1"),
        ("a=1; Path=/; Max-Age=0", "https://a.example.com/", ""),
        ("a=1; Path=/; Max-Age=-5", "https://a.example.com/", ""),
        ("a=1; Path=/; Max-Age=x", "https://a.example.com/", "a=1"),
        (f"a=1; Path=/; Expires={LONG_AGO}", "https://a.example.com/", ""),
        (f"a=1; Path=/; Expires={LATER}", "https://a.example.com/", "a=1"),
        ("a=1; Path=/; Expires=whenever", "https://a.example.com/", "a=1"),
        (f"a=1; Path=/; Max-Age=9; Expires={LONG_AGO}", "https://a.example.com/", "a=1"),
        ('a="x y"; Path=/', "https://a.example.com/", 'a="x y"'),
        ("a=b=c; Path=/", "https://a.example.com/", "a=b=c"),
        ("novalue; Path=/", "https://a.example.com/", ""),
        ("=1; Path=/", "https://a.example.com/", ""),
        ("a=\x01; Path=/", "https://a.example.com/", ""),
        (f"a={'x' * 5000}; Path=/", "https://a.example.com/", ""),
        ("__Secure-a=1; Path=/", "https://a.example.com/", ""),
        ("__Secure-a=1; Path=/; Secure", "https://a.example.com/", "__Secure-a=1"),
        ("__Host-a=1; Path=/; Secure", "https://a.example.com/", "__Host-a=1"),
        ("__Host-a=1; Path=/; Secure; Domain=example.com", "https://a.example.com/", ""),
        ("__Host-a=1; Path=/x; Secure", "https://a.example.com/x", ""),
    ],
)  # fmt: skip
def test_what_is_sent_where(field: str, url: str, expected: str) -> None:
    assert sent(jar(field), url) == expected


def test_secure_cookies_do_not_come_over_http() -> None:
    assert jar("a=1; Secure", url="http://a.example.com/") == ()
    assert sent(jar("a=1; Secure", url="http://127.0.0.1:8/"), "http://127.0.0.1:9/") == "a=1"


def test_addresses_have_no_parent_domains() -> None:
    assert jar("a=1; Domain=0.0.1", url="http://127.0.0.1/") == ()
    assert sent(jar("a=1", url="http://[::1]:1/"), "http://[::1]:2/") == "a=1"


def test_order_replacement_and_removal() -> None:
    cookies = jar("a=1; Path=/", "b=2; Path=/shop", "c=3; Path=/")
    assert sent(cookies, "https://a.example.com/shop") == "b=2; a=1; c=3"
    cookies = jar("a=9; Path=/", "c=; Path=/; Max-Age=0", before=cookies)
    assert sent(cookies, "https://a.example.com/shop") == "b=2; a=9"


def test_expired_later() -> None:
    cookies = jar("a=1; Path=/; Max-Age=60")
    assert sent(cookies, "https://a.example.com/", NOW + 59) == "a=1"
    assert sent(cookies, "https://a.example.com/", NOW + 60) == ""


def test_a_jar_is_bounded() -> None:
    assert len(jar(*(f"a{number}=1" for number in range(1000)))) == 300


def test_the_cookies_of_a_step_win() -> None:
    cookies = jar("a=jar; Path=/", "b=jar; Path=/")
    url = "https://a.example.com/"
    assert with_cookies((("Cookie", "a=own"), ("X", "y")), cookies, url, NOW) == (
        ("X", "y"),
        ("Cookie", "a=own; b=jar"),
    )
    own = (("Cookie", "a=own; b=own"),)
    assert with_cookies(own, cookies, url, NOW) is own
    assert list(cookie_pairs((("cookie", "a=1; odd; b=2=3"),))) == [("a", "1"), ("b", "2=3")]
