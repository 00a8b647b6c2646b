"""Options of the command line to the settings of a run."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arazzo_runner.auth import AwsSettings, ClientCertificate
from arazzo_runner.auth.given import FIELDS, is_public
from arazzo_runner.auth.references import is_literal, read_reference
from arazzo_runner.cli.cache import cache_folder, token_folder
from arazzo_runner.cli.env_file import load_env_file
from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.execution.configuration import Configured, configure
from arazzo_runner.execution.journal_place import default_journal
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter.settings import Pacing, RunSettings
from arazzo_runner.linking.program import OperationCall, Program
from arazzo_runner.reading import file_path, to_uri
from arazzo_runner.values import Redactor
from arazzo_runner.values.secret_names import is_telling, url_password

__all__ = ["check_sources", "make_settings", "tell_configuration"]

_CONTRADICTIONS = (
    ("insecure", "ca_bundle"),
    ("no_sign", "aws_profile"),
    ("no_sign", "aws_service"),
    ("quiet", "verbose"),
    *(("dry_run", report) for report in ("events", "html", "junit", "har", "trace", "otel")),
    ("config", "no_config"),
    ("journal", "no_journal"),
    ("journal_after", "no_journal"),
    ("journal_after", "journal"),
)


def make_settings(values: Namespace, redactor: Redactor) -> Settings:
    """The settings that the options of a command say, over those of the configuration file.

    Secrets go to the redactor. A command that does not have an option has its default.
    ``values.configured`` is what was read of the file.

    Raises:
        UsageError: options contradict each other, or the configuration is not as it should be.
    """

    def given(name: str) -> object:
        return getattr(values, name, None)

    for one, other in _CONTRADICTIONS:
        if given(one) and given(other):
            raise UsageError(f"--{_flag(one)} and --{_flag(other)} contradict each other")
    for file in getattr(values, "env_file", ()):
        load_env_file(file)
    values.configured = _configured(values, redactor)
    base: Settings = values.configured.settings
    redactor.names = redactor.names.changed(base.secret_headers, base.secret_fields)
    headers = tuple(getattr(values, "header", ()))
    credentials = _unique(getattr(values, "auth", []), "--auth")
    _learn_credentials(credentials, redactor)
    _learn_secrets(headers, getattr(values, "proxy", None), redactor)
    changes: dict[str, Any] = {
        name: value
        for name in ("timeout", "http_timeout", "proxy", "check_responses")
        if (value := given(name)) is not None
    }
    return base._replace(
        servers={**base.servers, **_unique(getattr(values, "server", []), "--server")},
        server_variables={
            **base.server_variables,
            **_unique(getattr(values, "server_var", []), "--server-var"),
        },
        headers=_over(base.headers, headers),
        credentials={**_without(base.credentials, credentials), **credentials},
        tokens=token_folder(),
        certificate=_certificate(values, redactor) or base.certificate,
        aws=_aws(values, base.aws),
        run=_run_settings(values, base.run),
        strict=base.strict or bool(given("strict")),
        cache=None if given("no_cache") else cache_folder(),
        documents=(*base.documents, *getattr(values, "document", ())),
        configured=frozenset((*base.servers, *base.server_variables)),
        download_dir=_folder(getattr(values, "download_dir", None)) or base.download_dir,
        configuration=_where(values),
        **_network(values, base),
        **_durable(values, base),
        **_keeping(values, base.journal_after),
        **changes,
    )


def _aws(values: Namespace, base: AwsSettings) -> AwsSettings:
    return AwsSettings(
        profile=getattr(values, "aws_profile", None) or base.profile,
        region=getattr(values, "aws_region", None) or base.region,
        service=getattr(values, "aws_service", None) or base.service,
        sign=base.sign and not getattr(values, "no_sign", None),
    )


def _network(values: Namespace, base: Settings) -> dict[str, Any]:
    """Whom a run may talk to, and how."""
    insecure = getattr(values, "insecure", None)
    redirects = getattr(values, "max_redirects", None)
    return {
        "verify": False if insecure else getattr(values, "ca_bundle", None) or base.verify,
        "offline": base.offline or bool(getattr(values, "offline", None)),
        "allow_hosts": tuple(getattr(values, "allow_host", ())) or base.allow_hosts,
        "deny_private": base.deny_private or bool(getattr(values, "deny_private", None)),
        "allow_files_under": tuple(getattr(values, "allow_files_under", ()))
        or base.allow_files_under,
        "max_redirects": base.max_redirects if redirects is None else redirects,
    }


def _durable(values: Namespace, base: Settings) -> dict[str, Any]:
    """Which requests may be sent twice, and what runs at the end."""
    return {
        "on_uncertain": getattr(values, "on_uncertain", None) or base.on_uncertain,
        "idempotent": (*base.idempotent, *getattr(values, "idempotent", ())),
        "probes": {**base.probes, **_unique(getattr(values, "probe", []), "--probe")},
        "teardown": getattr(values, "finally", None) or base.teardown,
    }


def _folder(path: str | None) -> Path | None:
    return None if path is None else Path(path)


_KEPT_AFTER = 10.0  # seconds of waiting after which a run is kept unless told otherwise


def _keeping(values: Namespace, default: float | None) -> dict[str, Any]:
    """Where runs are kept: the file that is named, or the user's own for those that wait long."""
    named = getattr(values, "journal", None)
    if named is not None:
        return {"journal": Path(named), "journal_after": None}
    if getattr(values, "no_journal", True):  # commands without the option keep nothing
        return {"journal_after": None}
    after = getattr(values, "journal_after", None)
    return {
        "journal": default_journal(),
        "journal_after": after
        if after is not None
        else _KEPT_AFTER
        if default is None
        else default,
    }


def _where(values: Namespace) -> tuple[str | None, str | None]:
    """The configuration that was named: one that was found is found again, trusted as little."""
    named = getattr(values, "config", None)
    return None if named is None else str(Path(named).absolute()), values.configured.environment


def _configured(values: Namespace, redactor: Redactor) -> Configured:
    """What the configuration file says, of the environment that is asked for."""
    environment = getattr(values, "env", None)
    if getattr(values, "no_config", False):
        if environment is not None:
            raise UsageError("--env and --no-config contradict each other")
        return Configured(Settings())
    path = getattr(values, "config", None)
    folder = _document_folder(getattr(values, "file", ""))
    return configure(path, environment, near=folder, redactor=redactor)


def _document_folder(file: str) -> Path:
    """Where to look for a configuration: beside the document, or here when it is a URL."""
    path = file_path(to_uri(file)) if file and file != "-" else None
    return Path.cwd() if path is None else path.parent


def tell_configuration(values: Namespace, screen: Screen) -> None:
    """Say which configuration holds, and what is wrong with it: it may change everything."""
    configured: Configured = values.configured
    if configured.path is None or getattr(values, "quiet", False):
        return
    which = f", environment {configured.environment}" if configured.environment else ""
    screen.err(f"configuration: {configured.path}{which}\n")
    screen.warnings(configured.warnings, verbose=bool(getattr(values, "verbose", False)))


def _over(
    under: tuple[tuple[str, str], ...], over: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Headers; those given on the command line replace those of the same name."""
    names = {name.lower() for name, _ in over}
    return (*(pair for pair in under if pair[0].lower() not in names), *over)


def _flag(name: str) -> str:
    return name.replace("_", "-")


def _unique(pairs: list[tuple[str, str]], option: str) -> dict[str, str]:
    result: dict[str, str] = {}
    for name, value in pairs:
        if name in result:
            raise UsageError(f"{option}: '{name}' is given twice")
        result[name] = value
    return result


def _run_settings(values: Namespace, base: RunSettings) -> RunSettings:
    interval = getattr(values, "poll_interval", None)
    longest = getattr(values, "poll_max_interval", None)
    timeout = getattr(values, "poll_timeout", None)
    if interval is not None and longest is not None and interval > longest:
        raise UsageError(
            f"--poll-interval ({interval:g} s) is longer than --poll-max-interval ({longest:g} s)"
        )

    def paced(own: Pacing) -> Pacing:
        first = own.interval if interval is None else interval
        most = own.max_interval if longest is None else longest
        if longest is None:
            most = max(most, first)
        return own._replace(
            interval=min(first, most),
            max_interval=most,
            timeout=own.timeout if timeout is None else timeout,
        )

    run = base._replace(
        pacing=paced(base.pacing), paces={name: paced(own) for name, own in base.paces.items()}
    )
    steps = getattr(values, "max_steps", None)
    if steps is not None:
        run = run._replace(max_steps=steps, max_paced_steps=steps)
    key = getattr(values, "idempotency_key", None)
    return run if key is None else run._replace(idempotency_header=key)


def _without(
    base: Mapping[str, str | Mapping[str, str]], given: Mapping[str, str]
) -> dict[str, str | Mapping[str, str]]:
    """Credentials of a configuration, without what the command line says of the same scheme: there
    ``SCHEME`` is meant for ``SOURCE.SCHEME`` too.
    """
    left: dict[str, str | Mapping[str, str]] = {}
    for key, written in base.items():
        value = written
        for name in given:
            owner, field = _parts(name)
            same, own = _parts(key)
            if same != owner and not same.endswith(f".{owner}"):
                continue
            if not field or own == field:
                break
            if not own and not isinstance(value, str):
                value = {part: text for part, text in value.items() if part != field}
        else:
            left[key] = value
    return left


def _parts(name: str) -> tuple[str, str]:
    """Of ``SCHEME`` or ``SCHEME.FIELD``: the scheme, and the field or nothing."""
    scheme, dot, field = name.rpartition(".")
    return (scheme, field) if dot and field in FIELDS else (name, "")


def _learn_credentials(credentials: Mapping[str, str], redactor: Redactor) -> None:
    """Values that are written on the command line are secrets before anything else is known."""
    for name, value in credentials.items():
        if is_literal(value) and not is_public(name.rpartition(".")[2]):
            secret = value.removeprefix("literal:")
            redactor.add(secret)
            redactor.add(secret.partition(":")[2])  # user:password


def _certificate(values: Namespace, redactor: Redactor) -> ClientCertificate | None:
    file, key = getattr(values, "cert", None), getattr(values, "key", None)
    password = getattr(values, "key_password", None)
    if file is None:
        if key is not None or password is not None:
            raise UsageError("--key and --key-password belong to a certificate: give --cert FILE")
        return None
    if password is not None:
        password = read_reference(password, redactor=redactor)
    return ClientCertificate(file, key, password)


def _learn_secrets(
    headers: tuple[tuple[str, str], ...], proxy: str | None, redactor: Redactor
) -> None:
    """What looks like a credential is one: headers of telling names, a proxy's password."""
    for name, value in headers:
        if is_telling(name) or redactor.names.has_header(name):
            redactor.add_header(name, value)
    for password in url_password(proxy or ""):
        redactor.add(password)


def check_sources(values: Namespace, program: Program) -> None:
    """Names given with ``--server-var`` must be source descriptions; linking checks ``--server``.

    Raises:
        UsageError: a name that no document of the program declares.
    """
    known = {source.name for document in program.documents for source in document.sources}
    for variable, _ in getattr(values, "server_var", ()):
        name = variable.partition(".")[0]
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise UsageError(
                f"--server-var: there is no source description '{name}'",
                hint=did_you_mean(name, known) or f"the document has: {listed}",
            )
    _check_credentials([name for name, _ in getattr(values, "auth", ())], program, known)


def _check_credentials(names: list[str], program: Program, sources: set[str]) -> None:
    """Names given with ``--auth`` must be security schemes of the descriptions that are used.

    Raises:
        UsageError: a name that none of them has.
    """
    if not names:
        return
    used = {
        (step.target.source_name, scheme)
        for workflow in program.workflows.values()
        for step in workflow.steps
        if isinstance(step.target, OperationCall)
        for scheme in step.target.description.security_schemes
    }
    unused = sources - {source for source, _ in used}
    schemes = {scheme for _, scheme in used} | {f"{source}.{scheme}" for source, scheme in used}
    for name in names:
        owner, dot, field = name.rpartition(".")
        known = name in schemes or (dot and owner in schemes and field in FIELDS)
        if known or name.partition(".")[0] in unused:
            continue
        if owner in schemes:
            problem = f"the credential '{owner}' has no field '{field}'"
            near = did_you_mean(field, FIELDS) or f"the fields are: {', '.join(FIELDS)}"
        else:
            problem = f"no source description has a security scheme '{name}'"
            listed = ", ".join(sorted({scheme for _, scheme in used})) or "none"
            near = did_you_mean(name, schemes) or f"they have: {listed}"
        raise UsageError(f"--auth: {problem}", hint=near)
