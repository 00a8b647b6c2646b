"""``arazzo replay``: a recorded run again, without the network, and what has drifted."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from arazzo_runner.cli.case_files import read_data
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.errors import LinkError, UsageError
from arazzo_runner.execution import link_file
from arazzo_runner.reporting.console import NORMAL, VERBOSE, Console
from arazzo_runner.reporting.diagnostics import Diagnostic
from arazzo_runner.reporting.outputs import outputs_text
from arazzo_runner.reporting.simulated import simulation_to_json
from arazzo_runner.simulation.cassettes import replay

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Replay a cassette; 1 when requests or outcome differ from the recording.

    Raises:
        ArazzoError: the cassette or the document cannot be read.
    """
    data = read_data(values.cassette)
    document = values.against or _document(data, values.cassette)
    workflow = data.get("workflow") if isinstance(data, dict) else None
    own = Namespace(**{**vars(values), "file": document})
    settings = make_settings(own, screen.redactor)._replace(servers=_servers(data))
    linked = link_file(document, workflow, settings, any_server=True)
    if linked.errors:
        raise LinkError(linked.errors)
    done = replay(linked.program, data, values.cassette)
    verbosity = VERBOSE if values.verbose else NORMAL
    console = Console(
        screen.stderr, color=screen.color, verbosity=verbosity, redactor=screen.redactor
    )
    for record in done.simulation.records:
        console.record(record)
    console.close()
    for text in done.drift:
        screen.show(Diagnostic("drift", text))
    if values.json:
        result = simulation_to_json(done.simulation, screen.redactor)
        result["drift"] = [screen.redactor.text(text) for text in done.drift]
        screen.out_json(result)
    else:
        screen.out(outputs_text(done.simulation.result.outputs, screen.redactor))
    return 1 if done.drift else 0


def _servers(data: object) -> dict[str, str]:
    """The servers that took the place of the described ones when the run was recorded."""
    servers = data.get("servers") if isinstance(data, dict) else None
    named = servers if isinstance(servers, dict) else {}
    return {str(name): str(url) for name, url in named.items()}


def _document(data: object, cassette: str) -> str:
    document = data.get("document") if isinstance(data, dict) else None
    if not isinstance(document, str):
        raise UsageError(f"{cassette} does not name its document", hint="name it with --against")
    if "://" in document:
        return document
    return str(Path(cassette).parent / document)
