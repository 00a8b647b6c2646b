"""From a path or URL to a linked program."""

from __future__ import annotations

from arazzo_runner.errors import LinkError, UsageError, did_you_mean
from arazzo_runner.execution.fetching import fetcher, file_rule
from arazzo_runner.execution.settings import Settings
from arazzo_runner.linking import Linked, LinkSettings, OperationCall, Program, link
from arazzo_runner.reading import DescriptionCache, Loader
from arazzo_runner.reading.yaml_builder import collector_paused

__all__ = ["link_document", "link_file", "load_program", "make_loader"]


def load_program(file: str, workflow_id: str | None, settings: Settings) -> Program:
    """Read and link a document, or only what one workflow of it comes to.

    Raises:
        DocumentError: it cannot be read, or (LinkError) its references do not resolve; with
            ``settings.strict``, a tolerance is such an error as well.
        UsageError: it has no such workflow.
    """
    return link_document(make_loader(settings), file, workflow_id, settings)


def link_document(
    loader: Loader, file: str, workflow_id: str | None, settings: Settings
) -> Program:
    """As :func:`load_program`, with what a loader finds."""
    linked = _link(loader, file, workflow_id, settings)
    errors = linked.errors
    if settings.strict:
        errors = linked.faults
    if errors:
        raise LinkError(errors)
    return linked.program


def link_file(
    file: str, workflow_id: str | None, settings: Settings, *, any_server: bool = False
) -> Linked:
    """As :func:`load_program`, but the faults are part of the answer."""
    return _link(make_loader(settings), file, workflow_id, settings, any_server=any_server)


def _link(
    loader: Loader,
    file: str,
    workflow_id: str | None,
    settings: Settings,
    *,
    any_server: bool = False,
) -> Linked:
    document = loader.load(file)
    provided = [loader.load(name) for name in settings.documents]
    link_settings = LinkSettings(
        settings.servers, settings.server_variables, settings.aws.region, any_server
    )
    with collector_paused():  # a program is all containers and no garbage
        linked = link(
            document, loader, link_settings, workflow_id=workflow_id, provided=tuple(provided)
        )
    names = list(linked.program.entries)
    if workflow_id is not None and workflow_id not in names:
        raise UsageError(
            f"there is no workflow '{workflow_id}' in {document.name}",
            hint=did_you_mean(workflow_id, names) or f"it has: {', '.join(names[:20])}",
        )
    _check_servers(linked.program, settings)
    return linked._replace(program=linked.program._replace(texts=loader.documents))


def _check_servers(program: Program, settings: Settings) -> None:
    """Refuse a server or a server variable that nothing asks for: it is a slip of the pen."""
    sources = [source.name for document in program.documents for source in document.sources]
    variables = _server_variables(program)
    for name in settings.servers:
        if name not in sources and name not in settings.configured:
            raise UsageError(
                f"there is no source description '{name}' to give a server to",
                hint=did_you_mean(name, sources) or f"the document has: {', '.join(sources)}",
            )
    for name in settings.server_variables:
        if name in settings.configured:
            continue
        source, _, variable = name.partition(".")
        if source not in sources:
            raise UsageError(
                f"there is no source description '{source}' for the server variable '{name}'",
                hint=did_you_mean(source, sources) or f"the document has: {', '.join(sources)}",
            )
        if source in variables and variable not in variables[source]:
            raise UsageError(
                f"the server of source description '{source}' has no variable '{variable}'",
                hint=did_you_mean(variable, variables[source]),
            )


def _server_variables(program: Program) -> dict[str, set[str]]:
    """The variables of the servers that the program's operations declare, by source."""
    found: dict[str, set[str]] = {}
    for workflow in program.workflows.values():
        for step in workflow.steps:
            if isinstance(step.target, OperationCall):
                names = found.setdefault(step.target.source_name, set())
                for server in step.target.operation.servers:
                    names.update(server.variables)
    return found


def make_loader(settings: Settings) -> Loader:
    """A loader of documents under the settings: cache, network, what may refer to what."""
    cache = None if settings.cache is None else DescriptionCache(settings.cache)
    return Loader(fetcher(settings), cache=cache, permit=file_rule(settings.allow_files_under))
