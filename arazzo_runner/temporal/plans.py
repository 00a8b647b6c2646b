"""What a run is carried out by, wherever it is: its documents and settings, as one value.

A plan is the same bytes for every run of the same program, so a worker links it once. Secrets are
not in it: credentials are references that each worker looks up, or are given to the workers.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from typing import Final

from arazzo_runner.errors import CredentialsError, TemporalError, UsageError
from arazzo_runner.execution.journal import KeptDocument
from arazzo_runner.execution.kept_settings import kept_settings, settings_again
from arazzo_runner.execution.resuming import link_kept
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter.state import run_settings_from_json, value_to_json
from arazzo_runner.linking import Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.temporal.names import ENGINE_VERSION
from arazzo_runner.values import Json, Redactor

__all__ = ["Plan", "Plans", "pack", "worker_settings"]

_KEPT: Final = 64
"""Plans that a process remembers besides those in use."""


class Plan(NamedTuple):
    """A linked program and the settings of its runs.

    ``kept`` are the settings as they travel, ``settings`` what decides about a run: nothing of the
    process that carries it out is in them.
    """

    digest: str
    packed: bytes
    program: Program
    workflow_id: str
    file: str
    kept: dict[str, Json]
    settings: Settings


def pack(program: Program, workflow_id: str, settings: Settings, redactor: Redactor) -> bytes:
    """A plan as bytes.

    Raises:
        UsageError: a setting does not travel.
    """
    kept = kept_settings(settings, redactor)
    _refuse(kept["secret"])
    kept["resend_throttled"] = settings.resend_throttled
    document = program.document.document
    texts = {each.uri: each for each in program.texts or (document,)}
    data = {
        "engine": ENGINE_VERSION,
        "uri": document.uri,
        "file": document.name,
        "workflow": workflow_id,
        "documents": [
            [each.uri, each.name, each.text.decode("utf-8", "surrogateescape")]
            for each in texts.values()
        ],
        "settings": kept,
        "run": value_to_json(settings.run),
    }
    return zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 6)


def _refuse(secret: list[str]) -> None:
    if not secret:
        return
    name = secret[0]
    hint = "give it to the workers: 'arazzo worker' takes the same option"
    if name.startswith("credential "):
        hint += ", and env:NAME, file:PATH or keyring:NAME are looked up there"
    raise UsageError(f"{name} holds a secret, and secrets do not travel to workers", hint=hint)


class Plans:
    """The plans that this process has linked. Safe to share between threads.

    ``cache`` is the folder for parsed descriptions, None for none.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Plan] = OrderedDict()
        self.cache = cache

    def known(self, digest: str) -> Plan | None:
        """A plan that was opened before."""
        with self._lock:
            plan = self._known.get(digest)
            if plan is not None:
                self._known.move_to_end(digest)
            return plan

    def open(self, packed: bytes) -> Plan:
        """The plan of these bytes, linked.

        Raises:
            TemporalError: it is of another version.
            DocumentError: it cannot be linked.
        """
        digest = sha256(packed).hexdigest()
        plan = self.known(digest)
        if plan is None:
            plan = self._opened(digest, packed)
            with self._lock:
                plan = self._known.setdefault(digest, plan)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return plan

    def _opened(self, digest: str, packed: bytes) -> Plan:
        data = json.loads(zlib.decompress(packed))
        if data["engine"] != ENGINE_VERSION:
            raise TemporalError(
                f"the run was begun by version {data['engine']} of the engine; this is version "
                f"{ENGINE_VERSION}",
                hint="workers of the version that began it carry it out to its end",
            )
        kept = data["settings"]
        run = run_settings_from_json(data["run"])
        settings = settings_again(kept, Settings(run=run, cache=self.cache))
        settings = settings._replace(resend_throttled=kept["resend_throttled"])
        documents = [
            KeptDocument(uri, name, text.encode("utf-8", "surrogateescape"))
            for uri, name, text in data["documents"]
        ]
        program = link_kept(documents, data["uri"], data["workflow"], settings)
        return Plan(digest, packed, program, data["workflow"], data["file"], kept, settings)


def worker_settings(plan: Plan, own: Settings) -> Settings:
    """The settings with which a worker sends the requests of a plan: its own go over the run's.

    Raises:
        CredentialsError: the run names a command that the worker would have to run.
    """
    for name, value in plan.kept["credentials"].items():
        fields = (value,) if isinstance(value, str) else value.values()
        if name not in own.credentials and any(text.startswith("cmd:") for text in fields):
            raise CredentialsError(
                f"the credential '{name}' runs a command, which a worker does only for itself",
                hint=f"give it to the workers: arazzo worker --auth {name}=cmd:…",
            )
    settings = settings_again(plan.kept, own)
    return settings._replace(run=plan.settings.run, resend_throttled=plan.settings.resend_throttled)
