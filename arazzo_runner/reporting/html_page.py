"""The page around reports, pictures and documentation: one file that needs nothing but itself.

A content security policy forbids it to load or send anything; its only script is named by its hash,
so text of a server that came to look like a script would not be run either.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from typing import Final

from arazzo_runner._version import __version__
from arazzo_runner.reporting.flow_svg import FLOW_STYLE, flow_variables
from arazzo_runner.reporting.text import duration_text, printable
from arazzo_runner.values import Json

__all__ = ["LONGEST", "copied", "html", "page", "pre", "rows", "value_html"]

_FOLDER: Final = Path(__file__).parent / "page"
LONGEST: Final = 20_000
"""Characters of one body that a page shows; a trace has all of it."""


def page(title: str, body: str, *, script: bool = True) -> str:
    """The whole document. ``body`` is HTML, ``title`` is text."""
    light, dark = flow_variables()
    style = (_FOLDER / "page.css").read_text(
        encoding="utf-8"
    ) + f":root{{{light}}}:root[data-theme=dark]{{{dark}}}{FLOW_STYLE}"
    code = (_FOLDER / "page.js").read_text(encoding="utf-8") if script else ""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="arazzo {__version__}">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{html(title)}</title>\n<style>\n{style}</style>\n"
        + (f"<script>{code}</script>\n" if code else "")
        + f'</head>\n<body>\n<a class="skip" href="#content">Skip to the content</a>\n'
        f'<main id="content">\n{body}\n</main>\n</body>\n</html>\n'
    )


def html(text: object) -> str:
    """Any text as HTML text or attribute value; what cannot be encoded or seen is escaped."""
    return escape(printable(str(text)).encode("utf-8", "backslashreplace").decode())


def pre(text: str, kind: str = "") -> str:
    """Text as it is, cut where it is very long. Scrolls by keyboard too."""
    more = ""
    if len(text) > LONGEST:
        more = f'<p class="faint">{len(text) - LONGEST} more characters are in the trace</p>'
        text = text[:LONGEST]
    name = f' class="{kind}"' if kind else ""
    return f'<pre{name} tabindex="0">{html(text)}</pre>{more}'


def copied(text: str) -> str:
    """Text with a button that copies it."""
    return f'<button type="button" class="copy">Copy</button><pre class="line">{html(text)}</pre>'


def value_html(value: Json) -> str:
    """JSON data: short values in the line, long ones below."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    if len(text) <= 160 and "\n" not in text:
        return f"<code>{html(text)}</code>"
    return pre(text)


def rows(pairs: dict[str, Json] | list[tuple[str, Json]]) -> str:
    """A table of names and values; nothing when there are none."""
    items = list(pairs.items()) if isinstance(pairs, dict) else pairs
    if not items:
        return ""
    cells = "".join(
        f'<tr><th scope="row">{html(n)}</th><td>{value_html(v)}</td></tr>' for n, v in items
    )
    return f"<table><tbody>{cells}</tbody></table>"


def took(milliseconds: float) -> str:
    """A duration for people."""
    return html(duration_text(milliseconds / 1000))
