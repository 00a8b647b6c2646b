"""Options of the command line to the settings of a run."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from arazzo_runner.auth import AwsSettings
from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter.settings import Pacing, RunSettings
from arazzo_runner.linking.program import Program
from arazzo_runner.values import Redactor

__all__ = ["cache_folder", "check_sources", "make_settings"]

_CONTRADICTIONS = (
    ("insecure", "ca_bundle"),
    ("no_sign", "aws_profile"),
    ("no_sign", "aws_service"),
    ("quiet", "verbose"),
    ("dry_run", "events"),
)


def make_settings(values: Namespace, redactor: Redactor) -> Settings:
    """The settings that the options of a command say; its secrets go to the redactor.

    A command that does not have an option has its default.

    Raises:
        UsageError: options contradict each other.
    """

    def given(name: str) -> object:
        return getattr(values, name, None)

    for one, other in _CONTRADICTIONS:
        if given(one) and given(other):
            raise UsageError(f"--{_flag(one)} and --{_flag(other)} contradict each other")
    headers = tuple(getattr(values, "header", ()))
    _learn_secrets(headers, getattr(values, "proxy", None), redactor)
    return Settings(
        servers=_unique(getattr(values, "server", []), "--server"),
        server_variables=_unique(getattr(values, "server_var", []), "--server-var"),
        headers=headers,
        aws=AwsSettings(
            profile=getattr(values, "aws_profile", None),
            region=getattr(values, "aws_region", None),
            service=getattr(values, "aws_service", None),
            sign=not given("no_sign"),
        ),
        run=_run_settings(values),
        strict=bool(given("strict")),
        timeout=getattr(values, "timeout", None),
        http_timeout=getattr(values, "http_timeout", None) or Settings().http_timeout,
        verify=False if given("insecure") else getattr(values, "ca_bundle", None) or True,
        proxy=getattr(values, "proxy", None),
        offline=bool(given("offline")),
        cache=None if given("no_cache") else cache_folder(),
        documents=tuple(getattr(values, "document", ())),
        allow_hosts=tuple(getattr(values, "allow_host", ())),
        check_responses=getattr(values, "check_responses", None),
        deny_private=bool(given("deny_private")),
        allow_files_under=tuple(getattr(values, "allow_files_under", ())),
    )


def _flag(name: str) -> str:
    return name.replace("_", "-")


def _unique(pairs: list[tuple[str, str]], option: str) -> dict[str, str]:
    result: dict[str, str] = {}
    for name, value in pairs:
        if name in result:
            raise UsageError(f"{option}: '{name}' is given twice")
        result[name] = value
    return result


def _run_settings(values: Namespace) -> RunSettings:
    default = RunSettings()
    interval = getattr(values, "poll_interval", None)
    longest = getattr(values, "poll_max_interval", None)
    if interval is not None and longest is not None and interval > longest:
        raise UsageError(
            f"--poll-interval ({interval:g} s) is longer than --poll-max-interval ({longest:g} s)"
        )
    if interval is None:
        interval = default.pacing.interval if longest is None else min(1.0, longest)
    if longest is None:
        longest = max(default.pacing.max_interval, interval)
    pacing = Pacing(interval, longest, getattr(values, "poll_timeout", None))
    steps = getattr(values, "max_steps", None)
    if steps is None:
        return RunSettings(pacing=pacing)
    return RunSettings(pacing=pacing, max_steps=steps, max_paced_steps=steps)


_SECRET_WORDS = ("auth", "token", "key", "secret", "password", "cookie", "credential")


def _learn_secrets(
    headers: tuple[tuple[str, str], ...], proxy: str | None, redactor: Redactor
) -> None:
    """What looks like a credential is one: headers of telling names, a proxy's password."""
    for name, value in headers:
        if any(word in name.lower() for word in _SECRET_WORDS):
            redactor.add(value)
            redactor.add(value.rpartition(" ")[2])
    if proxy and (password := urlsplit(proxy).password):
        redactor.add(password)
        redactor.add(unquote(password))


def cache_folder() -> Path | None:
    """Where parsed descriptions are kept between runs; None when there is no home."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    if base and Path(base).is_absolute():
        return Path(base) / "arazzo"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "arazzo"
    return home / ".cache" / "arazzo"


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
