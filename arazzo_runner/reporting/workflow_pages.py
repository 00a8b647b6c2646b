"""Readable documentation of workflows, as Markdown and as HTML, from what ``arazzo show`` knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.flow import Flow
from arazzo_runner.reporting.flow_svg import svg_text
from arazzo_runner.reporting.html_flow import steps_html
from arazzo_runner.reporting.html_page import copied, html, page
from arazzo_runner.reporting.text import one_line, printable
from arazzo_runner.values import Json, json_text

__all__ = ["DocumentPage", "WorkflowPage", "document_html", "document_markdown", "index_pages"]


class WorkflowPage(NamedTuple):
    """A workflow: its ``view`` (the data of ``arazzo show --json``), its flow with all that it
    comes to, what it needs as credentials, in words, and how a library call looks.
    """

    view: Json
    flows: tuple[Flow, ...]
    credentials: tuple[str, ...]
    call: str


class DocumentPage(NamedTuple):
    """A document and its workflows; ``name`` is the file name of its pages without an ending."""

    name: str
    title: str
    version: str
    summary: str
    description: str
    workflows: tuple[WorkflowPage, ...]


def document_html(document: DocumentPage) -> str:
    """The HTML page of a document."""
    head = (
        f'<header class="top"><div><h1>{html(document.title)}</h1>'
        f'<p class="faint">version {html(document.version)}</p></div>'
        '<button type="button" id="theme" aria-label="Light or dark">◐</button></header>'
    )
    parts = [head, *_paragraphs(document.summary), *_paragraphs(document.description)]
    if len(document.workflows) > 1:
        items = "".join(
            f'<li><a href="#{_slug(w.view["workflowId"])}">{html(w.view["workflowId"])}</a> '
            f"{html(w.view['summary'] or '')}</li>"
            for w in document.workflows
        )
        parts.append(f'<section class="panel"><h2>Workflows</h2><ul>{items}</ul></section>')
    parts += [_workflow_html(workflow) for workflow in document.workflows]
    return page(document.title, "\n".join(parts))


def _paragraphs(text: str | None) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", (text or "").strip()):
        if paragraph:
            words = html(" ".join(paragraph.split()))
            yield "<p>" + re.sub(r"`([^`]+)`", r"<code>\1</code>", words) + "</p>"


def _workflow_html(workflow: WorkflowPage) -> str:
    view = workflow.view
    name = view["workflowId"]
    text = "".join([*_paragraphs(view["summary"]), *_paragraphs(view["description"])])
    rows = "".join(
        f"<tr><td><code>{html(i['name'])}</code></td><td>{html(_kind(i))}</td>"
        f"<td>{html(i['description'] or '')}</td></tr>"
        for i in view["inputs"]
    )
    inputs = f'<h3>Inputs</h3><table class="io"><tbody>{rows}</tbody></table>' if rows else ""
    steps = "".join(
        f"<details><summary><b>{number}.</b><span class=name>{html(step.step_id)}</span>"
        f'<span class="mono faint">{html(step.calls)}</span></summary>'
        f'<div class="inside">{steps_html(step)}</div></details>'
        for number, step in enumerate(workflow.flows[0].steps, 1)
    )
    outputs = "".join(f"<li><code>{html(output)}</code></li>" for output in view["outputs"])
    servers = "".join(f"<li>{html(server)}</li>" for server in _servers(view))
    needs = "".join(f"<li>{html(need)}</li>" for need in workflow.credentials)
    parts = [
        f'<h2 id="{_slug(name)}">{html(name)}</h2>{text}{inputs}<h3>Steps</h3>{steps}',
        f"<h3>Outputs</h3><ul>{outputs}</ul>" if outputs else "",
        f"<h3>Servers</h3><ul>{servers}</ul>" if servers else "",
        f"<h3>Credentials</h3><ul>{needs}</ul>" if needs else "",
        f"<h3>On the command line</h3>{copied(view['example'])}",
        f"<h3>In Python</h3>{copied(workflow.call)}",
    ]
    picture = svg_text(workflow.flows, inline=True)
    return (
        f'<section class="panel"><div class="columns"><div class="side">{picture}</div>'
        f"<div>{''.join(parts)}</div></div></section>"
    )


def _kind(entry: Mapping[str, Json]) -> str:
    parts = [str(entry["type"]) + (f" ({entry['format']})" if "format" in entry else "")]
    parts.append("required" if entry["required"] else "optional")
    if "default" in entry:
        parts.append(f"default {json_text(entry['default'])}")
    if isinstance(entry.get("enum"), list):
        parts.append("one of " + ", ".join(map(json_text, entry["enum"])))
    return ", ".join(parts)


def _servers(view: Json) -> Iterator[str]:
    for server in view["servers"]:
        yield f"{server['source']}: {server['declaredUrl']}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "workflow"


# -- Markdown ----------------------------------------------------------------------------------

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>#|])")


def document_markdown(document: DocumentPage) -> str:
    """The Markdown page of a document; pictures are files beside it."""
    lines = [f"# {_plain(document.title)}", "", f"Version {_plain(document.version)}", ""]
    for text in (document.summary, document.description):
        if text:
            lines += [printable(text.strip()), ""]
    for number, workflow in enumerate(document.workflows, 1):
        lines += _workflow_markdown(workflow, f"{document.name}-{number}.svg")
    return "\n".join(lines).rstrip() + "\n"


def _workflow_markdown(workflow: WorkflowPage, picture: str) -> Iterator[str]:
    view = workflow.view
    yield from (f"## {_plain(view['workflowId'])}", "")
    for text in (view["summary"], view["description"]):
        if text:
            yield from (printable(text.strip()), "")
    yield from (f"![Flow of {_plain(view['workflowId'])}]({picture})", "")
    if view["inputs"]:
        yield from ("### Inputs", "", "| name | type | description |", "|---|---|---|")
        for entry in view["inputs"]:
            about = _plain(str(entry["description"] or ""))
            name = _code(entry["name"]).replace("|", "\\|")
            yield f"| `{name}` | {_plain(_kind(entry))} | {about} |"
        yield ""
    yield from ("### Steps", "")
    for number, step in enumerate(workflow.flows[0].steps, 1):
        about = f" {_plain(step.description)}" if step.description else ""
        yield f"{number}. **{_plain(step.step_id)}** `{_code(step.calls)}`{about}"
        for action in step.actions:
            when = " and ".join(f"`{_code(text)}`" for text in action.conditions)
            what = f"{_plain(action.name)}, {_plain(action.summary)}"
            yield f"    - on {action.on}: {what}" + (f" if {when}" if when else "")
    yield ""
    sections: tuple[tuple[str, Sequence[str]], ...] = (
        ("Outputs", [f"`{_code(name)}`" for name in view["outputs"]]),
        ("Servers", [_plain(server) for server in _servers(view)]),
        ("Credentials", [_plain(need) for need in workflow.credentials]),
    )
    for title, items in sections:
        if items:
            yield from (f"### {title}", "", *(f"- {item}" for item in items), "")
    yield from ("### On the command line", "", *_fenced("shell", view["example"]))
    yield from ("### In Python", "", *_fenced("python", workflow.call))


def _fenced(language: str, text: str) -> Iterator[str]:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text) or [""]))
    yield from (f"{fence}{language}", printable(text), fence, "")


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", one_line(text))


def _code(text: str) -> str:
    return one_line(text).replace("`", "'")


def index_pages(documents: Sequence[DocumentPage]) -> tuple[str, str]:
    """The first page, as Markdown and as HTML: all documents with their workflows."""
    lines, panels = ["# Workflows", ""], []
    for document in documents:
        lines += [f"## [{_plain(document.title)}]({document.name}.md)", ""]
        items = []
        for workflow in document.workflows:
            name, summary = workflow.view["workflowId"], workflow.view["summary"] or ""
            lines.append(f"- **{_plain(name)}** {_plain(summary)}".rstrip())
            link = f"{document.name}.html#{_slug(name)}"
            items.append(f'<li><a href="{html(link)}">{html(name)}</a> {html(summary)}</li>')
        lines.append("")
        panels.append(
            f'<section class="panel"><h2><a href="{html(document.name)}.html">'
            f"{html(document.title)}</a></h2><ul>{''.join(items)}</ul></section>"
        )
    head = (
        '<header class="top"><h1>Workflows</h1>'
        '<button type="button" id="theme" aria-label="Light or dark">◐</button></header>'
    )
    return "\n".join(lines).rstrip() + "\n", page("Workflows", head + "\n".join(panels))
