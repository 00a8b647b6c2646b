"""Names that say of a value that it is a secret: header fields, cookies, members of bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from arazzo_runner.named_tuples import NamedTuple

__all__ = ["DEFAULT_NAMES", "SecretNames", "header_secrets", "is_telling", "url_password"]

_TELLING: Final = ("auth", "token", "key", "secret", "password", "cookie", "credential")
_HEADERS: Final = (
    "api-key", "apikey", "authorization", "cookie", "ocp-apim-subscription-key", "private-token",
    "proxy-authorization", "set-cookie", "x-access-token", "x-amz-security-token", "x-api-key",
    "x-auth-token", "x-csrf-token", "x-functions-key", "x-goog-api-key", "x-vault-token",
    "x-xsrf-token",
)  # fmt: skip
_FIELDS: Final = (
    "access_token", "api_key", "auth_token", "client_assertion", "client_secret", "id_token",
    "passwd", "password", "private_key", "refresh_token", "secret", "secret_access_key",
    "secret_key", "secret_string", "session_token", "token",
)  # fmt: skip


class SecretNames(NamedTuple):
    """Header fields and members whose values are secrets, each as :func:`_plain` writes it."""

    headers: frozenset[str]
    fields: frozenset[str]

    def changed(self, headers: Iterable[str], fields: Iterable[str]) -> SecretNames:
        """With more names; ``-name`` takes one away, ``-*`` all that there were."""
        return SecretNames(_changed(self.headers, headers), _changed(self.fields, fields))

    def has_header(self, name: str) -> bool:
        """Whether values of this header field are secrets."""
        return _plain(name) in self.headers

    def has_field(self, name: str) -> bool:
        """Whether values of this member are: ``access_token``, ``accessToken``, ``Access-Token``
        are one name.
        """
        return _plain(name) in self.fields


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _changed(names: frozenset[str], changes: Iterable[str]) -> frozenset[str]:
    for name in changes:
        if name == "-*":
            names = frozenset()
        elif name.startswith("-"):
            names -= {_plain(name)}
        else:
            names |= {_plain(name)}
    return names


DEFAULT_NAMES: Final = SecretNames(frozenset(), frozenset()).changed(_HEADERS, _FIELDS)


def is_telling(name: str) -> bool:
    """Whether a name that a person chose hints at a secret (``X-Shop-Key``)."""
    return any(word in name.lower() for word in _TELLING)


def url_password(url: str) -> Iterator[str]:
    """The password in a URL (a proxy's), as written and decoded."""
    try:
        password = urlsplit(url if "://" in url else f"//{url}").password
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)


def header_secrets(name: str, value: str) -> Iterator[str]:
    """What is secret in a header field: its value, the part behind the scheme, the password of
    ``Basic``; of cookies, only their values.
    """
    if name.lower() in ("cookie", "set-cookie"):
        pairs = value.split(";") if name.lower() == "cookie" else [value.partition(";")[0]]
        yield from (pair.partition("=")[2].strip().strip('"') for pair in pairs)
        return
    yield value
    scheme, _, rest = value.strip().partition(" ")
    if rest:
        yield rest.strip()
    if scheme.lower() == "basic":
        import base64

        try:
            pair = base64.b64decode(rest.strip(), validate=True).decode()
        except ValueError:
            return
        yield pair
        yield pair.partition(":")[2]
