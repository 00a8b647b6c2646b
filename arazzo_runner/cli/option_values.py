"""What the texts of options mean. Each function reads one text; a bad one raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from arazzo_runner.lazy import lazy_pattern

__all__ = [
    "Assignment",
    "allowed_host",
    "assignment",
    "check_mode",
    "count",
    "credential",
    "duration",
    "existing_file",
    "existing_folder",
    "exploration_format",
    "header",
    "header_name",
    "number",
    "on_uncertain",
    "port",
    "positive_duration",
    "probe",
    "proxy",
    "rate",
    "report_format",
    "row_format",
    "row_order",
    "rule_names",
    "run_status",
    "server",
    "server_variable",
    "severity",
    "share",
    "test_format",
    "url",
    "word",
    "words",
]

_TOKEN: Final = lazy_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a header's name, RFC 9110 §5.6.2
_AUTHORITY: Final = lazy_pattern(r"(https?|socks5h?)://([^/?#]*)", re.IGNORECASE)


class Assignment:
    """One ``-i``. ``kind`` is text (``=VALUE``), file (``=@PATH``) or json (``:=JSON``)."""

    __slots__ = ("kind", "name", "option", "text")

    def __init__(self, name: str, kind: str, text: str, option: str) -> None:
        self.name = name
        self.kind = kind
        self.text = text
        self.option = option


def duration(text: str) -> float:
    """Seconds: ``90``, ``1.5``, ``500ms``, ``30s``, ``5m``, ``2h``."""
    from arazzo_runner.values.durations import parse_duration

    return parse_duration(text)


def positive_duration(text: str) -> float:
    """As :func:`duration`, and not zero."""
    seconds = duration(text)
    if not seconds:
        raise ValueError("must be more than 0")
    return seconds


def count(text: str) -> int:
    """A whole number from 1 on."""
    if not re.fullmatch(r"[0-9]{1,12}", text) or not int(text):
        raise ValueError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def number(text: str) -> int:
    """A whole number from 0 on."""
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise ValueError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def port(text: str) -> int:
    """A port: 0 to 65535."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise ValueError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def share(text: str) -> float:
    """A share: ``10%`` or ``0.1``."""
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]+)?|\.[0-9]+)\s*(%)?", text)
    value = float(found[1]) / (100 if found[2] else 1) if found else 2.0
    if value > 1:
        raise ValueError(f"{text!r} is not a share, such as 10% or 0.1")
    return value


def test_format(text: str) -> str:
    """``text``, ``junit`` or ``tap``."""
    if text not in ("text", "junit", "tap"):
        raise ValueError(f"{text!r} is not text, junit or tap")
    return text


def exploration_format(text: str) -> str:
    """``text``, ``json``, ``html`` or ``markdown``."""
    if text not in ("text", "json", "html", "markdown"):
        raise ValueError(f"{text!r} is not text, json, html or markdown")
    return text


def word(text: str) -> str:
    """A name: not empty, no space."""
    if not text or re.search(r"\s", text):
        raise ValueError(f"{text!r} is not a name")
    return text


def words(text: str) -> list[str]:
    """Names separated by commas, at least one."""
    return [word(part.strip()) for part in text.split(",")]


def url(text: str) -> str:
    """An http or https URL."""
    if not _is_url(text, "http"):
        raise ValueError(f"{text!r} is not an http or https URL")
    return text


def assignment(text: str) -> Assignment:
    """``NAME=VALUE``, ``NAME=@PATH`` or ``NAME:=JSON``."""
    name, sign, value = text.partition("=")
    if not sign or not name.rstrip(":"):
        raise ValueError(f"{text!r} is not NAME=VALUE")
    if name.endswith(":"):
        return Assignment(name[:-1], "json", value, f"-i {name}={_start(value)}")
    if value.startswith("@"):
        if value == "@":
            raise ValueError(f"{text!r} names no file after @")
        return Assignment(name, "file", value[1:], f"-i {text}")
    return Assignment(name, "text", value, f"-i {name}={_start(value)}")


def _start(value: str) -> str:
    return value if len(value) <= 40 else value[:39] + "…"


def server(text: str) -> tuple[str, str]:
    """``NAME=URL``: a source description's name and an http or https URL."""
    name, sign, url = text.partition("=")
    if not sign or not name or "://" in name:
        raise ValueError(f"{text!r} is not NAME=URL; NAME is a source description of the document")
    if not _is_url(url, "http"):
        raise ValueError(f"{url!r} is not an http or https URL")
    if "#" in url or "?" in url:
        raise ValueError(f"{url!r} has a query or fragment; a server URL has neither")
    return name, url


def _is_url(url: str, scheme: str) -> bool:
    match = _AUTHORITY.match(url)
    if match is None or not match[1].lower().startswith(scheme) or re.search(r"\s", url):
        return False
    host = match[2].rpartition("@")[2]
    return re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(:[0-9]{1,5})?", host) is not None


def proxy(text: str) -> str:
    """The URL of a proxy: http, https or socks5."""
    if not (_is_url(text, "http") or _is_url(text, "socks5")):
        raise ValueError("is not the URL of a proxy, such as http://127.0.0.1:3128")
    return text


def server_variable(text: str) -> tuple[str, str]:
    """``NAME.VAR=VALUE``: gives ``NAME.VAR`` and the value."""
    name, sign, value = text.partition("=")
    source, dot, variable = name.partition(".")
    if not sign or not dot or not source or not variable:
        raise ValueError(f"{text!r} is not NAME.VAR=VALUE; NAME is a source description")
    return name, value


def header(text: str) -> tuple[str, str]:
    """``NAME:VALUE`` without line breaks."""
    name, colon, value = text.partition(":")
    value = value.strip(" \t")
    if not colon or not _TOKEN.fullmatch(name):
        raise ValueError("is not NAME:VALUE with a header's name")
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
        raise ValueError(f"the value of '{name}' has a line break or control character")
    return name, value


def credential(text: str) -> tuple[str, str]:
    """``SCHEME=VALUE``, also ``SOURCE.SCHEME=`` and ``SCHEME.FIELD=``; never shown when wrong."""
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise ValueError("is not SCHEME=VALUE with a security scheme's name")
    return name, value


def header_name(text: str) -> str:
    """The name of a header field."""
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} is not a header's name")
    return text


def on_uncertain(text: str) -> str:
    """What happens with a request whose outcome nobody knows."""
    if text not in ("ask", "fail", "resend", "skip"):
        raise ValueError(f"{text!r} is not ask, fail, resend or skip")
    return text


_STATUSES: Final = (
    "running", "waiting", "polling", "stopped", "interrupted", "uncertain", "completed", "ended",
    "failed", "cancelled",
)  # fmt: skip


def run_status(text: str) -> str:
    """The status of a kept run."""
    if text not in _STATUSES:
        raise ValueError(f"{text!r} is not one of {', '.join(_STATUSES)}")
    return text


def rate(text: str) -> float:
    """Requests per second: ``10/s``, ``600/m``, ``5``."""
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(?:/\s*(s|m|min|h))?", text, re.ASCII)
    seconds = {"s": 1, "m": 60, "min": 60, "h": 3600}
    found = float(match[1]) / seconds[match[2] or "s"] if match else 0.0
    if not found:
        raise ValueError(f"{text!r} is not a rate: write 10/s, 600/m")
    return found


def host_rate(text: str) -> tuple[str, float]:
    """``HOST=N/TIME`` or ``HOST:PORT=N/TIME``."""
    host, sign, number = text.partition("=")
    if not sign or not re.fullmatch(r"[^\s/@]+", host):
        raise ValueError(f"{text!r} is not HOST=N/TIME, such as api.example.com=10/s")
    return host, rate(number)


def row_format(text: str) -> str:
    """How rows are written."""
    if text not in ("csv", "jsonl", "json"):
        raise ValueError(f"{text!r} is not csv, jsonl or json")
    return text


def row_order(text: str) -> str:
    """In which order results are written."""
    if text not in ("rows", "ended"):
        raise ValueError(f"{text!r} is not rows or ended")
    return text


def probe(text: str) -> tuple[str, str]:
    """``STEP=OPERATION``: a stepId and an operationId."""
    step, sign, operation = text.partition("=")
    if not sign or not step or not operation:
        raise ValueError(f"{text!r} is not STEP=OPERATION: a stepId and an operationId")
    return step, operation


def existing_file(text: str) -> str:
    """The path of a file that is there."""
    from pathlib import Path

    if not Path(text).is_file():
        raise ValueError(f"there is no file {text!r}")
    return text


def report_format(text: str) -> str:
    """The name of a format of findings."""
    from arazzo_runner.reporting.findings import FORMATS

    return _one_of(text, FORMATS)


def severity(text: str) -> str:
    """``error``, ``warning`` or ``hint``."""
    return _one_of(text, ("error", "warning", "hint"))


def rule_names(text: str) -> tuple[str, ...]:
    """Ids or patterns of rules, separated by commas."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ValueError("name at least one rule")
    return names


def _one_of(text: str, allowed: Iterable[str]) -> str:
    if text not in allowed:
        raise ValueError(f"{text!r} is not one of {', '.join(allowed)}")
    return text


def existing_folder(text: str) -> str:
    """The path of a folder that is there."""
    from pathlib import Path

    if not Path(text).is_dir():
        raise ValueError(f"there is no folder {text!r}")
    return text


def allowed_host(text: str) -> str:
    """``HOST``, ``*.HOST`` or ``HOST:PORT``."""
    from arazzo_runner.execution.network_policy import host_pattern

    return host_pattern(text)


def check_mode(text: str) -> str:
    """``warn`` or ``error``."""
    if text not in ("warn", "error"):
        raise ValueError(f"{text!r} is neither warn nor error")
    return text
