"""The settings that a run is kept with: those that say what it does, never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from arazzo_runner.auth import AwsSettings
from arazzo_runner.auth.given import is_public
from arazzo_runner.auth.references import is_literal
from arazzo_runner.errors import JournalError, UsageError
from arazzo_runner.execution.settings import Settings
from arazzo_runner.reading.uris import resolve_reference
from arazzo_runner.values import EMPTY, Json, Redactor

__all__ = ["kept_settings", "settings_again"]

_PLAIN: Final = (
    "strict", "timeout", "http_timeout", "max_response_bytes", "verify", "on_uncertain", "teardown",
    "max_redirects", "deny_private", "check_responses",
)  # fmt: skip
_SECRET_WORDS: Final = (
    "auth", "token", "key", "secret", "password", "cookie", "credential",
)  # fmt: skip
_MAPPINGS: Final = ("servers", "server_variables", "probes")
_LISTS: Final = ("idempotent",)
_TUPLES: Final = ("allow_hosts", "allow_files_under")


def kept_settings(settings: Settings, redactor: Redactor) -> dict[str, Json]:
    """What of the settings is kept.

    Of headers and of a proxy that hold a secret, only that they were there.
    """
    kept: dict[str, Json] = {name: getattr(settings, name) for name in _PLAIN}
    kept |= {name: dict(getattr(settings, name)) for name in _MAPPINGS}
    kept |= {name: list(getattr(settings, name)) for name in (*_LISTS, *_TUPLES)}
    kept["configuration"] = list(settings.configuration)
    if settings.download_dir is not None:
        kept["download_dir"] = str(Path(settings.download_dir).absolute())
    kept["documents"] = [resolve_reference(name, None) for name in settings.documents]
    kept["aws"] = settings.aws._asdict()
    secret = [name for name, value in settings.headers if _is_secret(name, value, redactor)]
    kept["headers"] = [[name, value] for name, value in settings.headers if name not in secret]
    if settings.proxy is not None:
        if _has_password(settings.proxy, redactor):
            secret.append("proxy")
        else:
            kept["proxy"] = settings.proxy
    for name, url in settings.servers.items():
        if _has_password(url, redactor):
            del kept["servers"][name]
            secret.append(f"server {name}")
    kept["credentials"], lacking = _references(settings.credentials)
    kept["secret"] = secret + lacking
    return kept


def _references(
    credentials: Mapping[str, str | Mapping[str, str]],
) -> tuple[dict[str, Json], list[str]]:
    """The credentials that say where a secret is found, and the names of those that are secrets."""
    kept: dict[str, Json] = {}
    lacking: list[str] = []
    for name, value in credentials.items():
        fields = {"": value} if isinstance(value, str) else value
        last = name.rpartition(".")[2]
        if any(is_literal(t) and not _may_be_kept(field or last, t) for field, t in fields.items()):
            lacking.append(f"credential {name}")
        else:
            kept[name] = value if isinstance(value, str) else dict(value)
    return kept, lacking


def _may_be_kept(field: str, text: str) -> bool:
    """Whether a value is no secret. A scheme may be called ``key``, too: then it names no file."""
    return is_public(field) and (field not in ("key", "certificate") or Path(text).is_file())


def _has_password(url: str, redactor: Redactor) -> bool:
    return urlsplit(url).password is not None or redactor.text(url) != url


def _is_secret(name: str, value: str, redactor: Redactor) -> bool:
    telling = any(word in name.lower() for word in _SECRET_WORDS)
    return telling or redactor.text(value) != value


def settings_again(kept: Mapping[str, Json], now: Settings) -> Settings:
    """The settings that a run goes on with: as it had them, and over them what is given now.

    Raises:
        UsageError: a secret that was not kept is not given again.
        JournalError: what was kept are no settings.
    """
    try:
        changes = _changes(kept, now)
        given = {name.lower() for name, _ in now.headers}
        _check_given_again(kept.get("secret", ()), now, given)
    except (TypeError, ValueError, AttributeError) as error:
        raise JournalError(f"the settings of the run cannot be read: {error}") from None
    return now._replace(**changes)


def _changes(kept: Mapping[str, Json], now: Settings) -> dict[str, Any]:
    default = Settings()
    changes: dict[str, Any] = {}
    for name in _PLAIN:
        if name in kept and getattr(now, name) == getattr(default, name):
            changes[name] = kept[name]
    for name in _MAPPINGS:
        changes[name] = {**kept.get(name, EMPTY), **getattr(now, name)}
    for name in _TUPLES:
        changes[name] = getattr(now, name) or tuple(kept.get(name, ()))
    changes["configuration"] = tuple(kept.get("configuration", (None, None)))
    if now.download_dir is None and "download_dir" in kept:
        changes["download_dir"] = Path(kept["download_dir"])
    changes["credentials"] = {**kept.get("credentials", EMPTY), **now.credentials}
    for name in _LISTS:
        changes[name] = (*kept.get(name, ()), *getattr(now, name))
    changes["documents"] = tuple(kept.get("documents", ()))
    if now.aws == default.aws:
        known = {k: v for k, v in kept.get("aws", EMPTY).items() if k in AwsSettings._fields}
        changes["aws"] = AwsSettings(**known)
    given = {name.lower() for name, _ in now.headers}
    before = [(n, v) for n, v in kept.get("headers", ()) if n.lower() not in given]
    changes["headers"] = (*before, *now.headers)
    if now.proxy is None and "proxy" in kept:
        changes["proxy"] = kept["proxy"]
    return changes


def _check_given_again(secret: list[str], now: Settings, given: set[str]) -> None:
    for name in secret:
        if name == "proxy":
            if now.proxy is None:
                raise UsageError(
                    "the proxy of the run has a password, which was not kept",
                    hint="give it again with --proxy URL",
                )
        elif name.startswith("credential "):
            scheme = name.removeprefix("credential ")
            if scheme not in now.credentials:
                raise UsageError(
                    f"the credential '{scheme}' was given as it is, and was not kept",
                    hint=f"give it again with --auth {scheme}=VALUE; env:NAME, file:PATH and "
                    "keyring:NAME are kept",
                )
        elif name.startswith("server "):
            source = name.removeprefix("server ")
            if source not in now.servers:
                raise UsageError(
                    f"the server of '{source}' has a password, which was not kept",
                    hint=f"give it again with --server {source}=URL",
                )
        elif name.lower() not in given:
            raise UsageError(
                f"the header '{name}' of the run holds a secret, which was not kept",
                hint=f"give it again with --header '{name}:…'",
            )
