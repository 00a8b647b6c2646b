"""What was given for a security scheme: settings first, then environment variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from arazzo_runner.auth.references import describe_reference, is_literal, read_reference
from arazzo_runner.errors import CredentialsError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Redactor

__all__ = ["FIELDS", "VALUE", "Given", "GivenField", "find_given", "is_public", "variable_name"]

VALUE = "value"
"""The field that a scheme's own name gives: ``--auth SCHEME=VALUE``."""

FIELDS: Mapping[str, str] = {
    "username": "the user",
    "password": "the user's password",
    "token": "an access token that is there already",
    "client_id": "the client's id",
    "client_secret": "the client's secret",
    "scope": "the scopes to ask for, separated by spaces, instead of the operation's",
    "flow": "which flow: clientCredentials, password, authorizationCode or deviceAuthorization",
    "refresh_token": "a refresh token that is there already",
    "audience": "the audience to ask for",
    "resource": "the resource to ask for (RFC 8707)",
    "auth_method": "client_secret_basic, client_secret_post or none",
    "token_url": "the token endpoint, instead of the description's",
    "authorization_url": "the authorization endpoint, instead of the description's",
    "device_authorization_url": "the device authorization endpoint",
    "redirect_uri": "the address on this machine that is registered for the client",
    "certificate": "the file of the client certificate (PEM)",
    "key": "the file of its private key (PEM)",
    "key_password": "the password of the private key",
}
_SECRET = frozenset({VALUE, "password", "token", "client_secret", "refresh_token", "key_password"})


def is_public(field: str) -> bool:
    """Whether a field's value may be shown: it is a field, and no secret."""
    return field in FIELDS and field not in _SECRET


class GivenField(NamedTuple):
    """One field: the reference to its value, and the setting or variable that gave it."""

    name: str
    reference: str
    origin: str


class Given:
    """All that was given for one scheme of one source."""

    def __init__(
        self,
        fields: Mapping[str, GivenField],
        redactor: Redactor,
        environ: Mapping[str, str],
        what: str,
    ) -> None:
        self.fields = fields
        self.what = what
        self._redactor = redactor
        self._environ = environ

    def has(self, *names: str) -> bool:
        """Whether all of these were given. Nothing is read."""
        return all(name in self.fields for name in names)

    def first(self, *names: str) -> str | None:
        """The first of these that was given."""
        return next((name for name in names if name in self.fields), None)

    def read(self, name: str) -> str | None:
        """The value of a field, None when it was not given. May block; secrets are learned.

        Raises:
            CredentialsError: its reference leads to nothing.
        """
        field = self.fields.get(name)
        if field is None:
            return None
        try:
            return read_reference(
                field.reference,
                redactor=self._redactor if name in _SECRET else None,
                environ=self._environ,
            )
        except CredentialsError as error:
            label = self.what if name == VALUE else f"{self.what}, {name}"
            raise CredentialsError(f"{label}: {error.message}", hint=error.hint) from None

    def user(self) -> tuple[str, str]:
        """User and password, from the fields or from ``user:password``.

        Raises:
            CredentialsError: it is neither.
        """
        if self.has("username"):
            user, password = self.read("username") or "", self.read("password") or ""
        else:
            value = self.read(VALUE) or ""
            user, colon, password = value.partition(":")
            if not colon:
                raise CredentialsError(
                    f"{self.what}: the value has to be user:password",
                    hint="write it so, or give the fields username and password",
                )
        if ":" in user:
            raise CredentialsError(f"{self.what}: a user's name cannot hold a colon")
        self._redactor.add(password)
        return user, password

    def learn(self, secret: str) -> None:
        """Make a secret that was derived or fetched known to the redactor."""
        self._redactor.add(secret)


def find_given(
    source: str,
    scheme: str,
    credentials: Mapping[str, str | Mapping[str, str]],
    redactor: Redactor,
    environ: Mapping[str, str],
) -> Given:
    """What settings and environment give for a scheme. Nothing is read yet.

    For each field the first that is there: ``SOURCE.SCHEME`` and ``SCHEME`` of the settings, then
    ``ARAZZO_SOURCE_SCHEME`` of the environment. A value for the scheme itself is the whole of it:
    no field is taken from behind it. An empty variable counts as none.

    Raises:
        CredentialsError: a mapping of fields has one that there is not.
    """
    fields: dict[str, GivenField] = {}
    for name in (f"{source}.{scheme}", scheme):
        if VALUE in fields:
            break
        for field, reference in _fields_of(credentials, name):
            if field != VALUE and field not in FIELDS:
                raise CredentialsError(
                    f"the credential '{name}' has no field '{field}'",
                    hint=f"the fields are: {', '.join(FIELDS)}",
                )
            origin = name if field == VALUE else f"{name}.{field}"
            fields.setdefault(field, GivenField(field, reference, f"the setting '{origin}'"))
    for field in (VALUE, *FIELDS):
        variable = variable_name(source, scheme, field)
        if VALUE not in fields and field not in fields and environ.get(variable):
            reference = f"env:{variable}"
            fields[field] = GivenField(field, reference, describe_reference(reference))
    for given in fields.values():
        if given.name in _SECRET and is_literal(given.reference):
            redactor.add(given.reference.removeprefix("literal:"))
    return Given(fields, redactor, environ, f"the credential '{scheme}' of source '{source}'")


def _fields_of(
    credentials: Mapping[str, str | Mapping[str, str]], name: str
) -> Iterable[tuple[str, str]]:
    written = credentials.get(name)
    if isinstance(written, str):
        yield VALUE, written
    elif written is not None:
        for field, reference in written.items():
            yield field, reference
    for field in FIELDS:
        flat = credentials.get(f"{name}.{field}")
        if isinstance(flat, str):
            yield field, flat


def variable_name(source: str, scheme: str, field: str = VALUE) -> str:
    """The environment variable: ``ARAZZO_SOURCE_SCHEME_FIELD``, upper case, others as ``_``."""
    parts = ("ARAZZO", source, scheme, *(() if field == VALUE else (field,)))
    return re.sub(r"[^A-Z0-9]+", "_", "_".join(parts).upper())
