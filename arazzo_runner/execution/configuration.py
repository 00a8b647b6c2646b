"""``arazzo.toml`` as settings: an environment chosen, references read, paths made absolute.

The keys outside of ``[environments]`` hold always, those of the chosen environment before them:
``default`` when none is named. A file that was only *found* beside a document may be a stranger's,
as the document is: it may neither run commands nor read files outside of its own folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from arazzo_runner.auth import AwsSettings, ClientCertificate
from arazzo_runner.auth.references import is_literal, read_reference
from arazzo_runner.errors import ArazzoError, Fault, UsageError, did_you_mean
from arazzo_runner.execution.configuration_file import (
    ConfigurationFile,
    find_configuration,
    read_configuration,
)
from arazzo_runner.execution.network_policy import host_pattern
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter.settings import Pacing, RunSettings
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json, Redactor
from arazzo_runner.values.durations import parse_duration
from arazzo_runner.values.secret_names import is_telling

__all__ = ["Configured", "configure", "load_settings"]

DEFAULT: Final = "default"


class Configured(NamedTuple):
    """Settings from a file: which file and environment, and what to warn about."""

    settings: Settings
    path: Path | None = None
    environment: str | None = None
    warnings: tuple[Fault, ...] = ()


def load_settings(
    path: str | os.PathLike[str] | None = None,
    env: str | None = None,
    *,
    redactor: Redactor | None = None,
) -> Settings:
    """The settings of a configuration file, for :class:`Runner` and :class:`AsyncRunner`.

    Args:
        path: the file; by default the ``arazzo.toml`` found from the current folder upwards.
        env: the environment; by default ``default``, if the file has it.
        redactor: learns the secrets of headers and inputs; give it to the runner as well.

    Raises:
        UsageError: there is no such file or environment, or it is not as it should be.
    """
    return configure(path, env, redactor=redactor).settings


def configure(
    path: str | os.PathLike[str] | None = None,
    env: str | None = None,
    *,
    near: Path | None = None,
    redactor: Redactor | None = None,
) -> Configured:
    """As :func:`load_settings`; without ``path`` the file is looked for from ``near`` upwards."""
    trusted = path is not None
    found = Path(path) if path is not None else find_configuration(near or Path.cwd())
    if found is None:
        if env is not None:
            raise UsageError(
                f"there is no environment '{env}': no arazzo.toml was found",
                hint="it is looked for from the document's folder upwards; --config FILE names one",
            )
        return Configured(Settings())
    file = read_configuration(found)
    name, data = _chosen(file, env)
    reader = _Reader(file, name, redactor or Redactor(), trusted=trusted)
    settings = reader.settings(data)
    return Configured(settings, found, name, tuple(reader.warnings))


def _chosen(file: ConfigurationFile, env: str | None) -> tuple[str | None, Mapping[str, Any]]:
    """The environment's name and the keys that hold in it."""
    common = {name: value for name, value in file.data.items() if name != "environments"}
    environments: dict[str, dict[str, Any]] = file.data.get("environments", {})
    name = env if env is not None or DEFAULT not in environments else DEFAULT
    if name is None:
        return None, common
    if name not in environments:
        listed = ", ".join(environments) or "none"
        raise UsageError(
            f"there is no environment '{name}' in {file.path}",
            hint=did_you_mean(name, environments) or f"it has: {listed}",
        )
    return name, _merged(common, environments[name])


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(under)
    for name, value in over.items():
        before = result.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            result[name] = _merged(before, value)
        else:
            result[name] = value
    return result


class _Reader:
    """Turns the keys of one environment into settings."""

    def __init__(
        self, file: ConfigurationFile, name: str | None, redactor: Redactor, *, trusted: bool
    ) -> None:
        self._file = file
        self._inside = () if name is None else ("environments", name)
        self._redactor = redactor
        self._trusted = trusted
        self.warnings: list[Fault] = []

    def settings(self, data: Mapping[str, Any]) -> Settings:
        """The settings of all keys."""
        times, limits = data.get("timeouts", {}), data.get("limits", {})
        tls, network, aws = data.get("tls", {}), data.get("network", {}), data.get("aws", {})
        plain, durable = Settings(), data.get("durable", {})
        timeout = times.get("run")
        return Settings(
            servers={n: self._text(t, ("servers", n)) for n, t in _table(data, "servers")},
            server_variables={
                f"{source}.{name}": self._text(text, ("server-variables", source, name))
                for source, values in _table(data, "server-variables")
                for name, text in values.items()
            },
            headers=tuple((n, self._header(n, t)) for n, t in _table(data, "headers")),
            credentials={n: self._credential(n, v) for n, v in _table(data, "credentials")},
            inputs={n: self._value(v, ("inputs", n)) for n, v in _table(data, "inputs")},
            aws=AwsSettings(
                profile=aws.get("profile"),
                region=aws.get("region"),
                service=aws.get("service"),
                sign=aws.get("sign", True),
            ),
            run=_run_settings(data.get("pacing", {}), limits.get("max-steps"))._replace(
                idempotency_header=durable.get("idempotency-key")
            ),
            strict=data.get("strict", False),
            timeout=None if timeout is None else parse_duration(str(timeout)),
            http_timeout=parse_duration(str(times.get("request", plain.http_timeout))),
            max_response_bytes=limits.get("max-response-bytes", plain.max_response_bytes),
            verify=not tls.get("insecure", False) and self._bundle(tls.get("ca-bundle")),
            proxy=self._text(data["proxy"], ("proxy",)) if "proxy" in data else None,
            offline=network.get("offline", False),
            documents=self._paths(data.get("documents", [])),
            allow_hosts=tuple(map(host_pattern, network.get("allow-hosts", []))),
            deny_private=network.get("deny-private", False),
            allow_files_under=self._paths(network.get("allow-files-under", [])),
            check_responses=data.get("check-responses"),
            configured=frozenset(_names(data)),
            journal_after=parse_duration(str(durable["after"])) if "after" in durable else None,
            on_uncertain=durable.get("on-uncertain", plain.on_uncertain),
            idempotent=tuple(durable.get("idempotent", ())),
            probes=durable.get("probes", {}),
            teardown=data.get("finally"),
            certificate=self._certificate(tls),
            secret_headers=tuple(data.get("secrets", {}).get("headers", ())),
            secret_fields=tuple(data.get("secrets", {}).get("fields", ())),
        )

    # -- values ------------------------------------------------------------------------------

    def _text(self, text: str, at: tuple[str, ...], *, secret: bool = False) -> str:
        """A text, read from where it refers to."""
        self._allow(text, at)
        if is_literal(text):
            return text.removeprefix("literal:")
        try:
            if text.startswith("file:"):
                text = f"file:{self._path(text[5:])}"
            return read_reference(text, redactor=self._redactor if secret else None)
        except ArazzoError as error:
            raise UsageError(error.message, location=self._at(at), hint=error.hint) from None

    def _value(self, value: Json, at: tuple[str, ...]) -> Json:
        """An input; texts in it may be references, and what they lead to may be a secret."""
        if isinstance(value, str):
            return self._text(value, at, secret=not is_literal(value))
        if isinstance(value, dict):
            return {name: self._value(part, (*at, name)) for name, part in value.items()}
        if isinstance(value, list):
            return [self._value(part, at) for part in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return str(value)  # dates and times of TOML

    def _header(self, name: str, text: str) -> str:
        secret = is_telling(name)
        if secret and is_literal(text):
            self._warn_of_secret(f"header '{name}'", ("headers", name))
        value = self._text(text, ("headers", name), secret=True)
        if secret:
            self._redactor.add_header(name, value)
        return value

    def _credential(self, name: str, value: str | dict[str, str]) -> str | dict[str, str]:
        """Where a credential is: read when a request needs it."""
        if isinstance(value, dict):
            return {field: self._secret(text, (name, field)) for field, text in value.items()}
        return self._secret(value, (name,))

    def _secret(self, text: str, at: tuple[str, ...]) -> str:
        where = ("credentials", *at)
        self._allow(text, where)
        if is_literal(text):
            if not _is_public(at[-1]):
                self._warn_of_secret(f"credential '{'.'.join(at)}'", where)
                self._redactor.add(text.removeprefix("literal:"))
            return text
        return f"file:{self._path(text[5:])}" if text.startswith("file:") else text

    def _certificate(self, tls: Mapping[str, str]) -> ClientCertificate | None:
        """The client certificate; its password is read now, its files when a server asks."""
        file, key, password = map(tls.get, ("certificate", "key", "key-password"))
        if file is None:
            for name in ("key", "key-password"):
                if name in tls:
                    raise UsageError(
                        f"tls.{name} belongs to a certificate",
                        location=self._at(("tls", name)),
                        hint='add certificate = "FILE"',
                    )
            return None
        if password is not None:
            at = ("tls", "key-password")
            if is_literal(password):
                self._warn_of_secret("the key's password", at)
            password = self._text(password, at, secret=True)
            self._redactor.add(password)
        own = None if key is None else str(self._path(key))
        return ClientCertificate(str(self._path(file)), own, password)

    def _warn_of_secret(self, what: str, at: tuple[str, ...]) -> None:
        self.warnings.append(
            Fault(
                "plain-secret",
                f"{what} stands in the configuration as plain text",
                location=self._at(at),
                hint="refer to it: env:NAME, file:PATH, keyring:NAME",
                severity="warning",
            )
        )

    def _allow(self, text: str, at: tuple[str, ...]) -> None:
        """Refuse what a file that was only found may not do."""
        if self._trusted or is_literal(text):
            return
        kind, _, rest = text.partition(":")
        folder = self._file.path.parent.resolve()
        inside = kind == "file" and self._path(rest).resolve().is_relative_to(folder)
        if kind != "env" and not inside:
            what = "reads a file outside of its folder" if kind == "file" else f"uses {kind}:"
            raise UsageError(
                f"a configuration that was found, not named, {what}: not done",
                location=self._at(at),
                hint=f"if it is yours, name it: --config {self._file.path}",
            )

    def _at(self, at: tuple[str, ...]) -> Any:
        """The place of a key: in the environment when it is there, else outside."""
        node: Any = self._file.data
        for part in (*self._inside, *at):
            node = node.get(part) if isinstance(node, dict) else None
        return self._file.place((*self._inside, *at) if node is not None else at)

    # -- paths -------------------------------------------------------------------------------

    def _path(self, text: str) -> Path:
        """Relative paths are relative to the file."""
        return self._file.path.parent / Path(text).expanduser()

    def _paths(self, texts: list[str]) -> tuple[str, ...]:
        return tuple(str(self._path(text)) for text in texts)

    def _bundle(self, text: str | None) -> bool | str:
        return True if text is None else str(self._path(text))


def _table(data: Mapping[str, Any], name: str) -> Any:
    return data.get(name, {}).items()


def _names(data: Mapping[str, Any]) -> Iterator[str]:
    yield from data.get("servers", {})
    for source, values in _table(data, "server-variables"):
        yield from (f"{source}.{name}" for name in values)


def _is_public(field: str) -> bool:
    """Fields of a credential that are no secrets."""
    return field in ("username", "client_id", "token_url", "scopes", "audience", "certificate")


def _run_settings(pacing: Mapping[str, Any], steps: int | None) -> RunSettings:
    general = _pacing({n: v for n, v in pacing.items() if not isinstance(v, dict)}, Pacing())
    paces = {n: _pacing(v, general) for n, v in pacing.items() if isinstance(v, dict)}
    run = RunSettings(pacing=general, paces=paces)
    return run if steps is None else run._replace(max_steps=steps, max_paced_steps=steps)


def _pacing(data: Mapping[str, Any], base: Pacing) -> Pacing:
    """The pacing of a table; what it leaves out is as in ``base``."""
    times: dict[str, Any] = {
        name.replace("-", "_"): parse_duration(str(data[name]))
        for name in ("interval", "max-interval", "timeout")
        if name in data
    }
    made = base._replace(**times, throttle_limit=data.get("throttle-limit", base.throttle_limit))
    if made.interval > made.max_interval:  # the one that was said holds
        longest = "max-interval" in data
        made = (
            made._replace(interval=made.max_interval)
            if longest
            else made._replace(max_interval=made.interval)
        )
    return made
