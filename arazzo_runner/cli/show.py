"""``arazzo show``: what a workflow needs and does, and a command to paste."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from arazzo_runner.cli.help import wrap
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import check_sources, make_settings, tell_configuration
from arazzo_runner.cli.workflow_view import view_workflow
from arazzo_runner.cli.workflows import choose_workflow, read_document
from arazzo_runner.errors import LinkError
from arazzo_runner.execution import link_file, make_loader
from arazzo_runner.reporting.text import Style, one_line, value_text
from arazzo_runner.values import Json, Redactor

__all__ = ["credential_lines", "run"]

_INDENT = 6  # columns before a description


def run(values: Namespace, screen: Screen) -> int:
    """Show a workflow; 3 when it does not link (what the document says is shown all the same).

    Raises:
        DocumentError: the document cannot be read or is not an Arazzo document.
        UsageError: there is no such workflow.
    """
    settings = make_settings(values, screen.redactor)
    tell_configuration(values, screen)
    document, faults = read_document(values.file, make_loader(settings))
    workflow = choose_workflow(document, faults, values.workflow_id)
    linked = link_file(values.file, workflow.workflow_id, settings, any_server=True)
    check_sources(values, linked.program)
    view = view_workflow(values.file, document, workflow, linked.program)
    if values.json:
        screen.out_json(view)
    else:
        screen.out("\n".join(_lines(view, screen.out_style, screen.redactor)) + "\n")
    errors = linked.faults if settings.strict else linked.errors
    screen.warnings(fault for fault in linked.faults if fault not in errors)
    if errors:
        problem = LinkError(errors)
        screen.report(problem)
        return problem.exit_code
    return 0


def _lines(view: dict[str, Json], style: Style, redactor: Redactor) -> Iterator[str]:
    yield style.strong(one_line(view["workflowId"]))
    for text in (view["summary"], view["description"]):
        if text:
            yield from wrap(one_line(text), 2)
    sections = (
        ("Inputs", _inputs(view["inputs"], style, redactor)),
        ("Runs first", (f"  {one_line(name)}" for name in view["dependsOn"])),
        ("Steps", _steps(view["steps"], style)),
        ("Servers", _servers(view["servers"])),
        ("Credentials", _credentials(view["credentials"])),
        ("Outputs", (f"  {one_line(name)}" for name in view["outputs"])),
    )
    for title, content in sections:
        lines = list(content)
        if lines:
            yield ""
            yield style.strong(title)
            yield from lines
    yield ""
    yield style.strong("Example")
    yield from (f"  {line}" for line in view["example"].splitlines())


def _inputs(inputs: list[Json], style: Style, redactor: Redactor) -> Iterator[str]:
    names = max((len(one_line(entry["name"])) for entry in inputs), default=0)
    for entry in inputs:
        notes = [entry["type"]]
        if "format" in entry:
            notes.append(f"({one_line(str(entry['format']))})")
        if entry["required"]:
            notes.append("required")
        if "default" in entry:
            notes.append(f"default {value_text(entry['default'], redactor)}")
        if isinstance(entry.get("enum"), list):
            notes.append("one of " + ", ".join(value_text(v, redactor) for v in entry["enum"]))
        yield f"  {style.strong(one_line(entry['name']).ljust(names))}  {'  '.join(notes)}"
        if entry["description"]:
            yield from wrap(one_line(str(entry["description"])), _INDENT)


def _steps(steps: list[Json], style: Style) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield f"  {number}. {style.strong(one_line(step['stepId']))}  {_target(step)}"
        if step["description"]:
            yield from wrap(one_line(step["description"]), _INDENT)


def _target(step: Json) -> str:
    if "workflow" in step:
        return f"runs workflow {one_line(step['workflow'])}"
    operation = step["operation"]
    if operation is None:
        return "calls nothing"
    if "method" not in operation:
        return f"{one_line(operation['operationId'])} (not resolved)"
    name = f"  {one_line(operation['operationId'])}" if operation["operationId"] else ""
    path = one_line(operation["path"]).partition("#")[0]
    return f"{operation['method']} {path}{name}  ({one_line(operation['source'])})"


def _servers(servers: list[Json]) -> Iterator[str]:
    for server in servers:
        source = one_line(server["source"])
        yield f"  {source}  {one_line(server['url'])}"
        if server["url"] != server["declaredUrl"]:
            yield f"      instead of {one_line(server['declaredUrl'])}"
        for name, default in server["variables"].items():
            yield f"      --server-var {source}.{one_line(name)}={one_line(str(default))}"


def _credentials(credentials: list[Json]) -> Iterator[str]:
    for need in credentials:
        source = one_line(need["source"])
        if "problem" in need:
            yield f"  {source}  AWS signature: {need['problem']}"
        elif need["kind"] == "aws-sigv4":
            target = f"service {need['service']}, region {need['region']}"
            yield f"  {source}  AWS Signature V4, {target}"
            yield from wrap(
                "from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (--aws-profile), or "
                "wherever the AWS command line finds them; --no-sign sends unsigned requests",
                _INDENT,
            )
        else:
            choices = [" and ".join(map(_scheme, together)) for together in need["anyOf"]]
            listed = ", or ".join(choice or "none" for choice in choices)
            yield f"  {source}  {listed}"


def credential_lines(credentials: list[Json]) -> Iterator[str]:
    """Each credential that is needed in one line."""
    for line in _credentials(credentials):
        if not line.startswith(" " * _INDENT):
            yield " ".join(line.split())


def _scheme(scheme: Json) -> str:
    details = [scheme["type"], scheme["detail"], scheme["in"] and f"in {scheme['in']}"]
    what = " ".join(one_line(str(detail)) for detail in details if detail)
    return f"{one_line(scheme['name'])} ({what})" if what else one_line(scheme["name"])
