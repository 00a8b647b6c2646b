"""The pytest plugin: test cases as tests, and the fixture ``arazzo``.

Files called ``*.arazzo-test.yaml`` are collected; each case is a test. It runs with answers made
from the descriptions, or with ``--arazzo-server NAME=URL`` against real servers. The engine is
imported when the first of them is used: loading the plugin imports nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from arazzo_runner.execution.result import RunResult
    from arazzo_runner.linking.program import Program
    from arazzo_runner.simulation.cases import Case
    from arazzo_runner.simulation.server import MockServer
    from arazzo_runner.simulation.simulation import Simulation

__all__ = ["ArazzoFixture"]

_ENDINGS = (".arazzo-test.yaml", ".arazzo-test.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--arazzo-server``."""
    group = parser.getgroup("arazzo", "Arazzo workflows")
    group.addoption(
        "--arazzo-server",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="run workflows against this server for source description NAME instead of "
        "simulating; repeatable",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Files of test cases."""
    if not file_path.name.endswith(_ENDINGS):
        return None
    collected: pytest.Collector = _CaseFile.from_parent(parent, path=file_path)
    return collected


@pytest.fixture
def arazzo(request: pytest.FixtureRequest) -> Iterator[ArazzoFixture]:
    """Runs, simulates and mocks workflows; see :class:`ArazzoFixture`."""
    fixture = ArazzoFixture(_servers(request.config))
    yield fixture
    fixture.close()


class ArazzoFixture:
    """What the fixture ``arazzo`` gives a test. ``servers`` are those of ``--arazzo-server``."""

    def __init__(self, servers: Mapping[str, str]) -> None:
        self.servers = dict(servers)
        self._mocks: list[MockServer] = []

    def run(
        self,
        file: str | Path,
        workflow_id: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> RunResult:
        """Run a workflow for real. ``settings`` are those of :class:`arazzo_runner.Runner`;
        ``servers`` add to those of the command line.
        """
        from arazzo_runner.execution import Runner

        servers = {**self.servers, **settings.pop("servers", {})}
        with Runner(servers=servers, **settings) as runner:
            return runner.run(str(file), workflow_id, inputs=inputs)

    def simulate(
        self,
        file: str | Path,
        workflow_id: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        *,
        seed: int = 0,
        scenario: list[dict[str, Any]] | None = None,
    ) -> Simulation:
        """Run a workflow with answers made from its descriptions; ``scenario`` scripts some."""
        from arazzo_runner.execution.beginning import pick_workflow
        from arazzo_runner.simulation.scenarios import check_script, read_script
        from arazzo_runner.simulation.simulation import simulate

        program = _load(str(file))
        name = pick_workflow(program, workflow_id)
        script = read_script(scenario or [], "the scenario")
        check_script(script, program, "the scenario")
        return simulate(program, name, inputs or {}, seed=seed, script=script)

    def mock(
        self,
        file: str | Path,
        *,
        seed: int = 0,
        scenario: list[dict[str, Any]] | None = None,
        validate: bool = True,
    ) -> MockServer:
        """Serve the described operations until the test ends: ``servers`` of it are for ``run``."""
        from arazzo_runner.simulation.scenarios import check_script, read_script
        from arazzo_runner.simulation.server import MockServer
        from arazzo_runner.simulation.serving import Service

        program = _load(str(file))
        script = read_script(scenario or [], "the scenario")
        check_script(script, program, "the scenario")
        server = MockServer(Service(program, script=script, seed=seed, validate=validate))
        server.start()
        self._mocks.append(server)
        return server

    def close(self) -> None:
        """Stop the mock servers."""
        while self._mocks:
            self._mocks.pop().close()


def _servers(config: pytest.Config) -> dict[str, str]:
    servers = {}
    for text in config.getoption("--arazzo-server"):
        name, sign, url = text.partition("=")
        if not sign or not name or "://" not in url:
            raise pytest.UsageError(f"--arazzo-server: {text!r} is not NAME=URL")
        servers[name] = url
    return servers


def _load(file: str) -> Program:
    from arazzo_runner.errors import LinkError
    from arazzo_runner.execution import link_file
    from arazzo_runner.execution.settings import Settings

    linked = link_file(file, None, Settings(), any_server=True)
    if linked.errors:
        raise LinkError(linked.errors)
    return linked.program


class _CaseFile(pytest.File):
    def collect(self) -> Iterable[pytest.Item]:
        """A test for each case."""
        from arazzo_runner.errors import ArazzoError
        from arazzo_runner.reading import parse_document
        from arazzo_runner.simulation.cases import read_cases

        try:
            text = self.path.read_bytes()
            data = parse_document(text, uri=self.path.as_uri(), name=self.path.name).data
            cases = read_cases(data, self.path.name)
        except ArazzoError as error:
            raise self.CollectError(_sentence(error)) from None
        document = cases.document
        if "://" not in document:
            document = str(self.path.parent / document)
        for case in cases.cases:
            yield _CaseItem.from_parent(self, name=case.name, case=case, document=document)


class _CaseItem(pytest.Item):
    def __init__(self, *, case: Case, document: str, **fields: Any) -> None:
        super().__init__(**fields)
        self.case = case
        self.document = document

    def runtest(self) -> None:
        """Run the case."""
        from arazzo_runner.simulation.cases import run_case
        from arazzo_runner.simulation.scenarios import check_script

        servers = _servers(self.config)
        if servers:
            self._live(servers)
            return
        program = _load(self.document)
        check_script(self.case.script, program, f"case '{self.case.name}'")
        outcome = run_case(program, self.case)
        if not outcome.ok:
            raise _Different(outcome.differences)

    def _live(self, servers: dict[str, str]) -> None:
        from arazzo_runner.execution import Runner
        from arazzo_runner.interpreter import Record
        from arazzo_runner.simulation.cases import differences

        records: list[Record] = []
        with Runner(servers=servers, on_record=records.append) as runner:
            result = runner.run(self.document, self.case.workflow, inputs=self.case.inputs)
        found = tuple(differences(self.case.expect, result, records))
        if found:
            raise _Different(found)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What differs, without a traceback."""
        from arazzo_runner.errors import ArazzoError

        if isinstance(excinfo.value, _Different):
            return "\n".join(excinfo.value.differences)
        if isinstance(excinfo.value, ArazzoError):
            return _sentence(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """File and name of the case."""
        return self.path, None, self.name


class _Different(Exception):
    """A case is not as expected."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__("; ".join(differences))
        self.differences = differences


def _sentence(error: Exception) -> str:
    hint = getattr(error, "hint", None)
    return f"{error}" + (f" ({hint})" if hint else "")
