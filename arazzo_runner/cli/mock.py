"""``arazzo mock``: the described operations as a local service."""

from __future__ import annotations

import json
import signal
import threading
from argparse import Namespace
from collections.abc import Callable
from types import FrameType

from arazzo_runner.cli.case_files import read_data
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.errors import LinkError, UsageError
from arazzo_runner.execution import link_file
from arazzo_runner.linking.program import Program
from arazzo_runner.reporting.text import one_line
from arazzo_runner.simulation.scenarios import Script, check_script, read_script
from arazzo_runner.simulation.server import MockServer
from arazzo_runner.simulation.serving import Entry, Service, Trouble

__all__ = ["run"]

_PORT = 4010


def run(values: Namespace, screen: Screen) -> int:
    """Serve until interrupted.

    Raises:
        ArazzoError: it cannot begin.
    """
    settings = make_settings(values, screen.redactor)
    linked = link_file(values.file, None, settings, any_server=True)
    if linked.errors:
        raise LinkError(linked.errors)
    service = Service(
        linked.program,
        script=_script(values, linked.program),
        seed=values.seed or 0,
        trouble=Trouble(values.fail or 0.0, values.throttle or 0, values.latency or 0.0),
        validate=not values.no_validate,
    )
    log = _Log(values, screen)
    port = _PORT if values.port is None else values.port
    server = MockServer(service, host=values.host or "127.0.0.1", port=port, on_entry=log.entry)
    stopped = threading.Event()
    before = {one: signal.signal(one, _stopper(stopped)) for one in _SIGNALS}
    try:
        with server:
            screen.err(f"serving {len(service.router.operations)} operations; Ctrl-C stops it\n")
            for name, url in server.servers.items():
                screen.out(f"--server {name}={url}\n")
            while not stopped.wait(0.5):
                pass
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    screen.err(f"{len(server.entries)} requests served\n")
    return 0


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _stopper(stopped: threading.Event) -> Callable[[int, FrameType | None], None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    return stop


def _script(values: Namespace, program: Program) -> Script:
    if values.scenario is None:
        return Script()
    script = read_script(read_data(values.scenario, "--scenario"), values.scenario)
    check_script(script, program, values.scenario)
    return script


class _Log:
    """One line for each request, on standard error and as JSON lines in a file."""

    def __init__(self, values: Namespace, screen: Screen) -> None:
        self._screen = screen
        self._quiet = values.quiet
        self._lock = threading.Lock()
        self._file = None
        if values.log is not None:
            try:
                self._file = open(values.log, "a", encoding="utf-8")  # noqa: SIM115, PTH123
            except OSError as error:
                raise UsageError(f"cannot write '{values.log}': {error.strerror}") from None

    def entry(self, entry: Entry) -> None:
        """Write one entry."""
        redactor = self._screen.redactor
        with self._lock:
            if not self._quiet:
                name = entry.operation or "not described"
                status = entry.status or "closed"
                line = f"{entry.method} {entry.path}  {name}  {status}"
                self._screen.err(f"{one_line(redactor.text(line))}\n")
                for problem in entry.problems:
                    self._screen.err(f"    ! {one_line(redactor.text(problem))}\n")
            if self._file is not None:
                data = entry._asdict() | {"problems": list(entry.problems)}
                self._file.write(redactor.text(json.dumps(data)) + "\n")
                self._file.flush()
