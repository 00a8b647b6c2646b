"""The public door of the Arazzo engine.

>>> import arazzo_runner as arazzo
>>> result = arazzo.run("flow.arazzo.yaml", "place-order", inputs={"quantity": 2})  # doctest: +SKIP
>>> result.outputs["orderId"]  # doctest: +SKIP
"""

from __future__ import annotations

from arazzo_runner._version import __version__

# Importing typing takes as long as half of a bare start of Python; type checkers know this name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from typing import Any

    from arazzo_runner.auth import AwsSettings, ClientCertificate
    from arazzo_runner.errors import (
        ArazzoError,
        CredentialsError,
        DocumentError,
        DocumentNotFound,
        DocumentSyntaxError,
        Fault,
        GuardError,
        InputError,
        JournalError,
        LinkError,
        Location,
        NotArazzoError,
        RunBusy,
        RunNotFound,
        SyntaxFault,
        TemporalError,
        TransportError,
        UncertainError,
        UsageError,
        WorkflowFailed,
    )
    from arazzo_runner.execution import (
        AsyncRunner,
        Clock,
        Interrupted,
        Runner,
        RunResult,
        Settings,
    )
    from arazzo_runner.execution.configuration import load_settings
    from arazzo_runner.execution.journal_sqlite import SqliteJournal
    from arazzo_runner.interpreter import Pacing, Record, RunSettings
    from arazzo_runner.linking import Program
    from arazzo_runner.temporal.cluster import Cluster
    from arazzo_runner.temporal.runner import TemporalRunner
    from arazzo_runner.validation import Finding, Rule, ValidationSettings, rule
    from arazzo_runner.values import File

__all__ = [
    "ArazzoError",
    "AsyncRunner",
    "AwsSettings",
    "ClientCertificate",
    "Clock",
    "Cluster",
    "CredentialsError",
    "DocumentError",
    "DocumentNotFound",
    "DocumentSyntaxError",
    "Fault",
    "File",
    "Finding",
    "GuardError",
    "InputError",
    "Interrupted",
    "JournalError",
    "LinkError",
    "Location",
    "NotArazzoError",
    "Pacing",
    "Program",
    "Record",
    "Rule",
    "RunBusy",
    "RunNotFound",
    "RunResult",
    "RunSettings",
    "Runner",
    "Settings",
    "SqliteJournal",
    "SyntaxFault",
    "TemporalError",
    "TemporalRunner",
    "TransportError",
    "UncertainError",
    "UsageError",
    "ValidationSettings",
    "WorkflowFailed",
    "__version__",
    "load_settings",
    "rule",
    "run",
    "validate",
]

_ROOMS = {
    "ArazzoError": "errors",
    "CredentialsError": "errors",
    "DocumentError": "errors",
    "DocumentNotFound": "errors",
    "DocumentSyntaxError": "errors",
    "Fault": "errors",
    "File": "values",
    "GuardError": "errors",
    "InputError": "errors",
    "JournalError": "errors",
    "LinkError": "errors",
    "Location": "errors",
    "NotArazzoError": "errors",
    "RunBusy": "errors",
    "RunNotFound": "errors",
    "SyntaxFault": "errors",
    "TemporalError": "errors",
    "TransportError": "errors",
    "UncertainError": "errors",
    "UsageError": "errors",
    "WorkflowFailed": "errors",
    "AsyncRunner": "execution",
    "AwsSettings": "auth",
    "ClientCertificate": "auth",
    "Clock": "execution",
    "Interrupted": "execution",
    "Pacing": "interpreter",
    "Program": "linking",
    "Record": "interpreter",
    "RunResult": "execution",
    "RunSettings": "interpreter",
    "Runner": "execution",
    "Settings": "execution",
    "Finding": "validation",
    "Rule": "validation",
    "ValidationSettings": "validation",
    "rule": "validation",
    "SqliteJournal": "execution.journal_sqlite",
    "load_settings": "execution.configuration",
    "Cluster": "temporal.cluster",
    "TemporalRunner": "temporal.runner",
}


def __getattr__(name: str) -> Any:
    """Import a room when something of it is first used: ``import arazzo_runner`` costs nothing."""
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module 'arazzo_runner' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"arazzo_runner.{room}"), name)


def __dir__() -> list[str]:
    return __all__


def run(
    file: str | PathLike[str],
    workflow_id: str | None = None,
    *,
    inputs: Mapping[str, Any] | None = None,
    **settings: Any,
) -> RunResult:
    """Run one workflow of a document and return its result.

    ``file`` is a path or URL; ``workflow_id`` may be left out when the document has one workflow;
    ``settings`` are what :class:`Runner` takes (``servers``, ``timeout``, ``on_record``, …).

    Raises:
        ArazzoError: before the first request: wrong inputs, unreadable documents, no credentials.
            A workflow that fails is a result; ``result.raise_for_status()`` makes it an exception.
    """
    from arazzo_runner.execution import Runner

    with Runner(**settings) as runner:
        return runner.run(file, workflow_id, inputs=inputs)


def validate(
    file: str | PathLike[str],
    *,
    settings: ValidationSettings | None = None,
    rules: Sequence[Rule] = (),
    cache: str | None = None,
) -> tuple[Finding, ...]:
    """What is wrong in a document, and in what it uses of its sources, in the order of its text.

    ``file`` is a path or URL; ``rules`` are further rules, made with :func:`rule`; ``cache`` is a
    folder for parsed descriptions. Nothing is raised for what is wrong *in* the document.

    Raises:
        DocumentNotFound: there is no such file.
    """
    from pathlib import Path

    from arazzo_runner.validation import ValidationSettings
    from arazzo_runner.validation.batch import BatchSettings, make_validator

    chosen = settings or ValidationSettings()
    chosen = chosen._replace(rules=(*chosen.rules, *rules))
    folder = None if cache is None else Path(cache)
    return make_validator(BatchSettings(chosen, folder)).validate(str(file))
