"""What ``arazzo auth`` tells, as data: needs, what was found (never its value), how to give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote
from typing import Final

from arazzo_runner.auth import Given, describe_scheme, place_of
from arazzo_runner.auth.given import VALUE, is_public, variable_name
from arazzo_runner.auth.making import option_name, ways_to_give
from arazzo_runner.auth.oauth2_setup import OAuth2Setup
from arazzo_runner.cli.workflow_view import view_signature
from arazzo_runner.errors import ArazzoError, CredentialsError
from arazzo_runner.execution.credentials import Credentials, SchemeUse
from arazzo_runner.linking import LinkedStep, OperationCall
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi import SecurityScheme
from arazzo_runner.reporting.json_data import timestamp
from arazzo_runner.values import MASK, Json

__all__ = ["AWS_SIGNATURE", "Use", "uses", "view_credentials"]

AWS_SIGNATURE: Final = "AWS signature"
"""The description of a scheme whose credentials are AWS's."""


class Use(NamedTuple):
    """A security scheme of a source, and all that the calls want of it."""

    call: OperationCall
    name: str
    scheme: SecurityScheme | None
    scopes: tuple[str, ...]

    @property
    def source(self) -> str:
        """The source description's name."""
        return self.call.source_name

    def setup(self, credentials: Credentials) -> OAuth2Setup | None:
        """Its OAuth2 side, None when it has none."""
        if self.scheme is None or self.scheme.type not in ("oauth2", "openIdConnect"):
            return None
        given = credentials.given(self.call, self.name)
        return OAuth2Setup(self.scheme, self.scopes, given, credentials.context(self.call))


def uses(steps: Iterable[LinkedStep]) -> list[Use]:
    """Every scheme that the steps' operations name, with all scopes."""
    found: dict[tuple[str, str], Use] = {}
    for call in _calls(steps):
        for alternative in Credentials.alternatives(call):
            for one in alternative:
                key = (call.source_name, one.name)
                before = found.get(key)
                scopes = (*(before.scopes if before else ()), *one.scopes)
                first = before.call if before else call
                found[key] = Use(first, one.name, one.scheme, tuple(dict.fromkeys(scopes)))
    return list(found.values())


def _calls(steps: Iterable[LinkedStep]) -> Iterator[OperationCall]:
    for step in steps:
        if isinstance(step.target, OperationCall):
            yield step.target


def view_credentials(file: str, steps: list[LinkedStep], credentials: Credentials) -> Json:
    """The whole report."""
    schemes = [_scheme(file, use, credentials) for use in uses(steps)]
    requirements = list(_requirements(steps, credentials))
    signatures: list[Json] = []
    for call in _calls(steps):
        signature = view_signature(call)
        if signature is not None and signature not in signatures:
            signatures.append(signature)
    return {
        "file": file,
        "complete": all(r["met"] for r in requirements) and not any(s["problem"] for s in schemes),
        "credentials": schemes,
        "requirements": requirements,
        "signatures": signatures,
    }


def _scheme(file: str, use: Use, credentials: Credentials) -> dict[str, Json]:
    data: dict[str, Json] = {
        "source": use.source,
        "scheme": use.name,
        "server": use.call.base_url,
        "type": None,
        "description": "the description does not have this scheme",
        "scopes": list(use.scopes),
        "found": False,
        "problem": None,
        "from": [],
        "token": None,
        "give": [],
        "login": None,
    }
    scheme = use.scheme
    if scheme is None:
        return data
    data.update(type=scheme.type, description=describe_scheme(scheme))
    if scheme.is_sigv4:
        data["description"] = AWS_SIGNATURE
        return data
    if place_of(scheme) is None:
        data["problem"] = "this engine does not know such a scheme"
        return data
    given = credentials.given(use.call, use.name)
    data["give"] = [_way(use, way) for way in ways_to_give(scheme)]
    try:
        one = SchemeUse(use.name, use.scopes, scheme)
        data["found"] = credentials.credential(use.call, one) is not None
        data["from"] = _read(given)
        _about_tokens(file, use, data, credentials)
    except ArazzoError as error:
        data.update(found=False, problem=str(error))
    return data


def _read(given: Given) -> list[Json]:
    """Every field that was given, read: a reference that leads nowhere is a problem."""
    return [
        {
            "field": name,
            "origin": field.origin,
            "value": given.read(name) if is_public(name) else given.read(name) and MASK,
        }
        for name, field in given.fields.items()
    ]


def _way(use: Use, way: list[tuple[str, str]]) -> Json:
    name = f"{use.source}.{use.name}"
    return {
        "options": [f"--auth {option_name(name, f)}={what}" for f, what in way],
        "variables": [variable_name(use.source, use.name, field) for field, _ in way],
    }


def _about_tokens(file: str, use: Use, data: dict[str, Json], credentials: Credentials) -> None:
    setup = use.setup(credentials)
    if setup is None:
        return
    if setup.login_flow() is not None:
        given = setup.given.has("client_id")
        client = "" if given else f" --auth {use.source}.{use.name}.client_id=ID"
        data["login"] = f"arazzo auth {quote(file)} --login {use.name}{client}"
    if setup.given.first(VALUE, "token") or setup.flow() != "login":
        return
    token = setup.context.tokens.get(setup.login_key)
    if token is not None:
        fresh = token.is_fresh(setup.context.now())
        data["token"] = {
            "expiresAt": None if token.expires_at is None else timestamp(token.expires_at),
            "refreshable": token.refresh_token is not None,
        }
        if not fresh and not token.refresh_token:
            data.update(found=False, problem="the login has ended")


def _requirements(
    steps: Iterable[LinkedStep], credentials: Credentials
) -> Iterator[dict[str, Json]]:
    """What the operations require, each once, with the steps that do."""
    listed: dict[tuple[object, ...], dict[str, Json]] = {}
    for step in steps:
        call = step.target
        if not isinstance(call, OperationCall) or not call.operation.security:
            continue
        names = [list(alternative) for alternative in call.operation.security]
        try:
            met = credentials.missing(step) is None
        except CredentialsError:
            met = False
        entry = listed.setdefault(
            (call.source_name, str(names), met),
            {"source": call.source_name, "anyOf": names, "met": met, "steps": []},
        )
        if step.step_id not in entry["steps"]:
            entry["steps"].append(step.step_id)
    yield from listed.values()
