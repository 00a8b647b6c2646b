"""From a path or URL to a linked program."""

from __future__ import annotations

from urllib.parse import urlsplit

from arazzo_runner.errors import DocumentNotFound, LinkError, UsageError, did_you_mean
from arazzo_runner.execution.settings import Settings
from arazzo_runner.linking import Linked, LinkSettings, Program, link
from arazzo_runner.reading import DescriptionCache, Loader, read_file

__all__ = ["link_file", "load_program", "make_loader"]


def load_program(file: str, workflow_id: str | None, settings: Settings) -> Program:
    """Read and link a document, or only what one workflow of it comes to.

    Raises:
        DocumentError: it cannot be read, or (LinkError) its references do not resolve; with
            ``settings.strict``, a tolerance is such an error as well.
        UsageError: it has no such workflow.
    """
    linked = link_file(file, workflow_id, settings)
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
    loader = make_loader(settings)
    document = loader.load(file)
    provided = [loader.load(name) for name in settings.documents]
    link_settings = LinkSettings(
        settings.servers, settings.server_variables, settings.aws.region, any_server
    )
    linked = link(
        document, loader, link_settings, workflow_id=workflow_id, provided=tuple(provided)
    )
    names = list(linked.program.entries)
    if workflow_id is not None and workflow_id not in names:
        raise UsageError(
            f"there is no workflow '{workflow_id}' in {document.name}",
            hint=did_you_mean(workflow_id, names) or f"it has: {', '.join(names[:20])}",
        )
    unknown = [name for name in settings.servers if name not in _source_names(linked.program)]
    if unknown:
        known = _source_names(linked.program)
        raise UsageError(
            f"there is no source description '{unknown[0]}' to give a server to",
            hint=did_you_mean(unknown[0], known) or f"the document has: {', '.join(known)}",
        )
    return linked


def _source_names(program: Program) -> list[str]:
    return [source.name for document in program.documents for source in document.sources]


def make_loader(settings: Settings) -> Loader:
    """A loader of documents under the settings: cache, network."""
    cache = None if settings.cache is None else DescriptionCache(settings.cache)

    def fetch(uri: str) -> bytes:
        if urlsplit(uri).scheme not in ("http", "https"):
            return read_file(uri)
        if settings.offline:
            raise DocumentNotFound(
                f"{uri} is on the network and the run is offline",
                hint="give the document with --document FILE, or leave out --offline",
            )
        from arazzo_runner.execution.fetching import fetch_url

        return fetch_url(uri, settings)

    return Loader(fetch, cache=cache)
