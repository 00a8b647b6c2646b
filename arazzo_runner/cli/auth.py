"""``arazzo auth``: which credentials are needed, what was found, how to give the rest; logins."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator

from arazzo_runner.auth.oauth2_login import Person, log_in
from arazzo_runner.cli.auth_view import AWS_SIGNATURE, Use, uses, view_credentials
from arazzo_runner.cli.help import wrap
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import check_sources, make_settings
from arazzo_runner.errors import CredentialsError, LinkError, UsageError, did_you_mean
from arazzo_runner.execution import Runner, link_file
from arazzo_runner.execution.credentials import reachable_workflows
from arazzo_runner.linking import LinkedStep, Program
from arazzo_runner.reporting.text import Style, one_line
from arazzo_runner.values import Json, Redactor

__all__ = ["run"]

_INDENT = 10  # columns before what is said of a scheme


def run(values: Namespace, screen: Screen) -> int:
    """Show needs and findings, after a login or logout; 2 with ``--strict`` when something lacks.

    Raises:
        DocumentError: the document cannot be read or linked.
        UsageError: there is no such workflow or scheme.
        CredentialsError: a login came to nothing.
    """
    if values.login and values.logout:
        raise UsageError("--login and --logout contradict each other")
    settings = make_settings(values, screen.redactor)
    linked = link_file(values.file, values.workflow_id, settings, any_server=True)
    if linked.errors:
        raise LinkError(linked.errors)
    check_sources(values, linked.program)
    steps = _steps(linked.program, values.workflow_id)
    with Runner(settings, redactor=screen.redactor) as runner:
        if values.login:
            _log_in(values, _named(values.login, uses(steps), "--login"), runner, screen)
        if values.logout:
            _log_out(_named(values.logout, uses(steps), "--logout"), runner, screen)
        view = view_credentials(values.file, steps, runner.credentials)
    if values.json:
        screen.out_json(view)
    else:
        screen.out("\n".join(_lines(view, screen.out_style, screen.redactor)) + "\n")
    if settings.strict and not view["complete"]:
        return CredentialsError.exit_code
    return 0


def _steps(program: Program, workflow_id: str | None) -> list[LinkedStep]:
    workflows = (
        program.workflows.values()
        if workflow_id is None
        else reachable_workflows(program, program.entries[workflow_id])
    )
    return [step for workflow in workflows for step in workflow.steps]


def _named(name: str, known: list[Use], option: str) -> Use:
    """The scheme that is meant by ``SCHEME`` or ``SOURCE.SCHEME``.

    Raises:
        UsageError: there is none, or there are several.
    """
    found = [use for use in known if name in (use.name, f"{use.source}.{use.name}")]
    if len(found) == 1:
        return found[0]
    if found:
        choices = " or ".join(f"{use.source}.{use.name}" for use in found)
        raise UsageError(f"{option}: several sources have a scheme '{name}'", hint=f"say {choices}")
    names = [use.name for use in known]
    raise UsageError(
        f"{option}: no operation of these workflows needs a security scheme '{name}'",
        hint=did_you_mean(name, names) or f"they need: {', '.join(names) or 'none'}",
    )


# -- logins --------------------------------------------------------------------------------------


def _log_in(values: Namespace, use: Use, runner: Runner, screen: Screen) -> None:
    setup = use.setup(runner.credentials)
    if setup is None:
        raise UsageError(
            f"--login: nobody can log in for '{use.name}': it has no OAuth2 flow",
            hint=f"'arazzo auth {values.file}' says how to give it",
        )
    if runner.settings.offline:
        raise UsageError("--login needs the network", hint="leave out --offline")
    if runner.settings.tokens is None:
        raise UsageError("--login: there is no place to keep a token", hint="set XDG_STATE_HOME")

    def tell(text: str) -> None:
        screen.err(screen.redactor.text(text) + "\n")

    log_in(setup, Person(tell, _open_page, time.sleep))
    tell(f"logged in: {use.source}.{use.name}")


def _open_page(url: str) -> bool:
    """Open a browser beside, where there is a screen for one."""
    has_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not (has_screen or os.environ.get("BROWSER") or sys.platform in ("darwin", "win32")):
        return False
    import webbrowser
    from threading import Thread

    # Some browsers return only when they are closed; the answer has to be waited for meanwhile.
    Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    return True


def _log_out(use: Use, runner: Runner, screen: Screen) -> None:
    context = runner.credentials.context(use.call)
    count = context.tokens.forget({"origin": context.origin, "scheme": use.name})
    tokens = "1 token" if count == 1 else f"{count or 'no'} tokens"
    screen.err(f"logged out: {use.source}.{use.name}, {tokens} forgotten\n")


# -- for people ----------------------------------------------------------------------------------


def _lines(view: dict[str, Json], style: Style, redactor: Redactor) -> Iterator[str]:
    by_source: dict[str, list[Json]] = {}
    for one in (*view["credentials"], *view["signatures"]):
        by_source.setdefault(one["source"], []).append(one)
    if not by_source:
        yield "No credentials are needed."
    for source, needs in by_source.items():
        server = next((one["server"] for one in needs if one.get("server")), "")
        yield f"{style.strong(one_line(source))}  {one_line(redactor.text(server))}".rstrip()
        for one in needs:
            yield from _signature(one) if "kind" in one else _scheme(one, style, redactor)
        for requirement in view["requirements"]:
            if requirement["source"] == source:
                yield _requirement(requirement, style)


def _signature(one: Json) -> Iterator[str]:
    if "problem" in one:
        yield f"  AWS signature: {one_line(one['problem'])}"
        return
    yield f"  AWS signature  service {one['service']}, region {one['region']}"
    yield from wrap(
        "found as the AWS command line finds its credentials; 'arazzo aws whoami' tells more",
        _INDENT,
    )


def _scheme(one: Json, style: Style, redactor: Redactor) -> Iterator[str]:
    scopes = f", scopes {' '.join(map(one_line, one['scopes']))}" if one["scopes"] else ""
    yield f"  {one_line(one['scheme'])}  {one_line(one['description'])}{scopes}"
    if one["problem"]:
        yield f"    {style.bad('wrong')}   {one_line(redactor.text(one['problem']))}"
    for field in one["from"]:
        name = "" if field["field"] == "value" else f"{field['field']} "
        yield f"    {style.good('found')}   {name}{field['value']} from {one_line(field['origin'])}"
    token = one["token"]
    if token is not None:
        until = f"until {token['expiresAt']}" if token["expiresAt"] else "without an end"
        renewed = ", renewed by itself" if token["refreshable"] else ""
        yield f"    {style.good('found')}   a login, {until}{renewed}"
    if one["found"]:
        return
    if not one["problem"] and one["description"] != AWS_SIGNATURE:
        yield f"    {style.warn('missing')}"
    lead = "give"
    for way in one["give"]:
        yield f"    {lead:<7} {' '.join(way['options'])}"
        yield f"            or {' and '.join(way['variables'])}"
        lead = "or"
    if one["login"]:
        yield f"    {lead:<7} {one_line(one['login'])}"


def _requirement(requirement: Json, style: Style) -> str:
    choices = [
        " and ".join(map(one_line, together)) or "nothing" for together in requirement["anyOf"]
    ]
    state = style.good("met") if requirement["met"] else style.warn("not met")
    steps = requirement["steps"]
    of = ", ".join(map(one_line, steps[:3])) + (f" and {len(steps) - 3} more" if steps[3:] else "")
    return f"  needed: {', or '.join(choices)}: {state} ({of})"
