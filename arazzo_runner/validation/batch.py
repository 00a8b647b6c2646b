"""Many documents: read, validated and fixed, in several processes when there are many."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import DocumentError, DocumentNotFound, DocumentSyntaxError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.validation.findings import Finding
from arazzo_runner.validation.kept import KeptFindings, Reads, digest
from arazzo_runner.validation.registry import installed_rules
from arazzo_runner.validation.settings import ValidationSettings

if TYPE_CHECKING:
    from arazzo_runner.validation.validator import Validator

__all__ = ["BatchSettings", "Outcome", "make_validator", "validate_files"]

_STANDARD_INPUT: Final = "<stdin>"


class BatchSettings(NamedTuple):
    """How documents are read. ``cache`` is the folder of parsed descriptions; ``fix`` writes the
    conforming forms into the files; ``jobs`` is the number of processes."""

    validation: ValidationSettings = ValidationSettings()
    cache: Path | None = None
    fix: bool = False
    jobs: int = 1


class Outcome(NamedTuple):
    """What came of one file. ``unreadable`` is the message and hint when it cannot be read."""

    file: str
    findings: tuple[Finding, ...] = ()
    ignored: int = 0
    fixed: int = 0
    unreadable: tuple[str, str | None] | None = None


def validate_files(files: Sequence[str], settings: BatchSettings) -> Iterator[Outcome]:
    """The outcomes, in the order of the files.

    Raises:
        UsageError: a fixed file cannot be written.
    """
    # The documents of a folder mostly share their descriptions.
    groups = [list(group) for _, group in groupby(files, key=os.path.dirname)]
    jobs = min(settings.jobs, len(groups))
    if jobs <= 1:
        for group in groups:
            yield from _validate_group(group, settings)
        return
    from concurrent.futures import ProcessPoolExecutor

    validation = settings.validation
    plain = validation._replace(severities=dict(validation.severities))  # goes through pickle
    settings = settings._replace(validation=plain)
    with ProcessPoolExecutor(jobs) as pool:
        for outcomes in pool.map(_validate_list, groups, [settings] * len(groups)):
            yield from outcomes


def make_validator(settings: BatchSettings, reads: Reads | None = None) -> Validator:
    """A validator with a loader of its own, which keeps what it has read; ``reads`` learns what."""
    from arazzo_runner.reading import DescriptionCache, Fetched, Loader
    from arazzo_runner.validation.validator import Validator

    cache = None if settings.cache is None else DescriptionCache(settings.cache)
    offline = settings.validation.offline
    seen = Reads() if reads is None else reads

    def fetch(uri: str) -> bytes | Fetched:
        if not uri.startswith(("http:", "https:")):
            return _read(uri, seen)
        seen.certain = False
        if offline:
            raise DocumentNotFound(f"{uri} is on the network, and validation is offline")
        from arazzo_runner.execution import Settings
        from arazzo_runner.execution.fetching import fetch_url

        return fetch_url(uri, Settings())

    validation = settings.validation
    if settings.cache is not None:
        validation = validation._replace(cache=settings.cache / "verdicts")
    return Validator(Loader(fetch, cache=cache, permit=_permit), validation)


def _read(uri: str, seen: Reads) -> bytes:
    """The bytes of a file, remembered by what they are."""
    from arazzo_runner.reading import file_path, read_file

    path = str(file_path(uri) or "")
    try:
        text = read_file(uri)
    except DocumentNotFound:
        seen.files[path] = None
        raise
    seen.files[path] = digest(text)
    return text


def _permit(uri: str, referrer: str) -> None:
    """What documents may refer to: one from the network to no file of this machine."""
    if not referrer.startswith("file:"):
        from arazzo_runner.execution.fetching import file_rule

        file_rule(())(uri, referrer)


def _validate_list(files: Sequence[str], settings: BatchSettings) -> list[Outcome]:
    return list(_validate_group(files, settings))


def _validate_group(files: Sequence[str], settings: BatchSettings) -> Iterator[Outcome]:
    kept = _kept_findings(settings)
    validator, reads = None, Reads()
    for file in files:
        plain = kept is not None and file != "-" and "://" not in file
        known = kept.get(file) if kept is not None and plain else None
        if known is not None:
            yield Outcome(file, *known)
            continue
        if validator is None:
            validator = make_validator(settings, reads)
        validator.ignored = 0
        try:
            outcome = _validate(validator, file, fix=settings.fix)
        except DocumentNotFound as error:
            yield Outcome(file, unreadable=(error.message, error.hint))
            continue
        if kept is not None and plain:
            kept.put(file, reads, outcome.findings, outcome.ignored)
        yield outcome


def _kept_findings(settings: BatchSettings) -> KeptFindings | None:
    """Where findings are kept; nowhere when files change on the way, or others add rules."""
    if settings.cache is None or settings.fix or settings.validation.rules or installed_rules():
        return None
    return KeptFindings(settings.cache / "findings", settings.validation)


def _validate(validator: Validator, file: str, *, fix: bool) -> Outcome:
    if file == "-":
        from arazzo_runner.reading import to_uri

        text = sys.stdin.buffer.read()
        findings = validator.validate_text(text, to_uri("stdin"), _STANDARD_INPUT)
        return Outcome(_STANDARD_INPUT, findings, validator.ignored)
    if not fix or "://" in file:
        return Outcome(file, validator.validate(file), validator.ignored)
    try:
        document = validator.loader.load(file)
    except DocumentSyntaxError:
        return Outcome(file, validator.validate(file))
    from arazzo_runner.validation.fixes import fix_document

    fixed = fix_document(document, validator.validate_document)
    if fixed.made:
        _write(Path(file), fixed.document.text)
    return Outcome(file, fixed.findings, validator.ignored, fixed.made)


def _write(path: Path, text: bytes) -> None:
    """Replace a file as a whole, or leave it as it is."""
    from arazzo_runner.values.whole_files import write_whole

    try:
        write_whole(path, text)
    except OSError as error:
        raise DocumentError(f"{path} cannot be written: {error.strerror}") from None
