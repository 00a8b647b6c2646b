"""What ``arazzo.toml`` may hold: one table; reading, messages and the schema are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json

__all__ = ["KEYS", "Key", "configuration_schema"]


class Key(NamedTuple):
    """A key: the kind of its value, what it means, and the keys below it for a table.

    Kinds: ``text``, ``flag``, ``time``, ``count``, ``texts``, ``path``, ``paths``,
    ``choice`` (one of ``choices``), ``table`` (fixed keys), and maps from names of the
    document: ``map`` (to texts), ``maps`` (to maps), ``texts-or-maps``, ``values``.
    """

    kind: str
    text: str
    keys: Mapping[str, Key] = {}
    choices: tuple[str, ...] = ()


_PACING: Final[Mapping[str, Key]] = {
    "interval": Key("time", "first wait of a poll, doubled each time; 0 turns pacing off"),
    "max-interval": Key("time", "longest wait between two polls"),
    "timeout": Key("time", "stop when one poll takes longer"),
    "throttle-limit": Key("count", "throttling answers in a row that are waited for"),
}

_SETTINGS: Final[Mapping[str, Key]] = {
    "servers": Key("map", "source description to the URL its requests go to"),
    "server-variables": Key("maps", "source description to values of its server's variables"),
    "headers": Key("map", "headers added to every request that does not set them"),
    "credentials": Key("texts-or-maps", "security scheme, or SOURCE.SCHEME, to where it is"),
    "inputs": Key("values", "inputs of workflows that declare them"),
    "pacing": Key("pacing", "how polls wait; a table below for WORKFLOW or WORKFLOW.STEP", _PACING),
    "timeouts": Key(
        "table",
        "time limits",
        {
            "run": Key("time", "the whole run"),
            "request": Key("time", "one request"),
        },
    ),
    "limits": Key(
        "table",
        "guards",
        {
            "max-steps": Key("count", "step attempts of a run"),
            "max-response-bytes": Key("count", "size of one answer"),
        },
    ),
    "tls": Key(
        "table",
        "certificates",
        {
            "ca-bundle": Key("path", "file of certificate authorities to trust"),
            "insecure": Key("flag", "accept any certificate (for tests only)"),
            "certificate": Key("path", "file of the client certificate to show (PEM)"),
            "key": Key("path", "file of its private key"),
            "key-password": Key("text", "where the key's password is"),
        },
    ),
    "proxy": Key("text", "URL of the proxy for every request"),
    "network": Key(
        "table",
        "where requests and documents may lead",
        {
            "allow-hosts": Key("texts", "reach only these hosts"),
            "deny-private": Key("flag", "refuse addresses that are not public"),
            "offline": Key("flag", "refuse every request and every fetch"),
            "allow-files-under": Key("paths", "documents may refer only to files below these"),
        },
    ),
    "aws": Key(
        "table",
        "signing for AWS",
        {
            "profile": Key("text", "profile of the AWS configuration"),
            "region": Key("text", "region to sign for"),
            "service": Key("text", "service to sign for"),
            "sign": Key("flag", "false sends AWS requests unsigned"),
        },
    ),
    "secrets": Key(
        "table",
        "names whose values are masked, besides the usual ones; -NAME takes one of those away",
        {
            "headers": Key("texts", "header fields"),
            "fields": Key("texts", "members of bodies, parameters of queries"),
        },
    ),
    "check-responses": Key(
        "choice", "hold answers against their descriptions", choices=("warn", "error")
    ),
    "strict": Key("flag", "refuse what the specification forbids"),
    "durable": Key(
        "table",
        "runs that are kept",
        {
            "after": Key("time", "keep runs that wait longer"),
            "on-uncertain": Key(
                "choice",
                "a request that may have done its work and may not be sent twice",
                choices=("ask", "fail", "resend", "skip"),
            ),
            "idempotent": Key("texts", "operations and steps whose requests may be sent twice"),
            "idempotency-key": Key("text", "header that carries a key with every POST and PATCH"),
            "probes": Key("map", "step to the operation that tells whether it did its work"),
        },
    ),
    "finally": Key("text", "the workflow that runs after a run, however it ends"),
    "documents": Key("paths", "more documents that sources may refer to by their $self"),
}

KEYS: Final[Mapping[str, Key]] = {
    **_SETTINGS,
    "validate": Key("values", "settings of arazzo validate (docs/validate.md)"),
    "environments": Key("environments", "the same keys by the name of an environment", _SETTINGS),
}


def configuration_schema() -> Json:
    """The keys as a JSON Schema (2020-12), for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "arazzo.toml",
        "description": "Settings of the arazzo command and library",
        **_table(KEYS),
    }


def _table(keys: Mapping[str, Key]) -> dict[str, Json]:
    properties = {name: {"description": k.text, **_schema(k)} for name, k in keys.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}


_TEXT: Final[Json] = {"type": "string"}
_TEXTS: Final[Json] = {"type": "object", "additionalProperties": _TEXT}
_PLAIN: Final[Mapping[str, Json]] = {
    "map": _TEXTS,
    "maps": {"type": "object", "additionalProperties": _TEXTS},
    "texts-or-maps": {"type": "object", "additionalProperties": {"anyOf": [_TEXT, _TEXTS]}},
    "values": {"type": "object"},
    "flag": {"type": "boolean"},
    "count": {"type": "integer", "minimum": 1},
    "time": {"anyOf": [{"type": "number", "minimum": 0}, _TEXT]},
    "texts": {"type": "array", "items": _TEXT},
    "paths": {"type": "array", "items": _TEXT},
    "text": _TEXT,
    "path": _TEXT,
}


def _schema(key: Key) -> dict[str, Json]:
    if key.kind == "table":
        return _table(key.keys)
    if key.kind == "pacing":
        return {**_table(key.keys), "additionalProperties": _table(key.keys)}
    if key.kind == "environments":
        return {"type": "object", "additionalProperties": _table(key.keys)}
    if key.kind == "choice":
        return {"enum": list(key.choices)}
    return dict(_PLAIN[key.kind])
