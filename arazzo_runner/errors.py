"""Every error of the engine, one class per situation.

::

    ArazzoError
    ├── UsageError (ValueError)              wrong call: option, argument, unknown workflow   exit 2
    │   ├── InputError                       workflow inputs do not fit their schema
    │   ├── CredentialsError                 a signature is due and nothing can make it
    │   ├── TemporalError                    a Temporal server cannot be used
    │   ├── JournalError                     the file that keeps runs cannot be used
    │   │   ├── RunBusy                      another process has the run
    │   │   └── RunNotFound (LookupError)    no such run is kept
    │   └── PayloadError                     what a distributed run sends or gets
    │       ├── PayloadUnreadable            wrong key, damaged, or not in the store
    │       ├── PayloadNotKept               the store of large ones cannot be written to
    │       └── PayloadTooLarge              and there is no such store
    ├── DocumentError                        a document cannot be used                        exit 3
    │   ├── DocumentNotFound (LookupError)   no such file or URL
    │   ├── DocumentSyntaxError (ValueError) not YAML or JSON, or over a limit
    │   ├── NotArazzoError (ValueError)      readable, but not an Arazzo document
    │   └── LinkError (LookupError)          references that do not resolve; carries all faults
    ├── SyntaxFault (ValueError)             an expression, condition, pointer or selector
    ├── TransportError (OSError)             a request that got no answer (a failed step)
    ├── GuardError (RuntimeError)            a limit stopped the run                          exit 4
    ├── UncertainError (RuntimeError)        nobody knows whether a request did its work     exit 1
    └── WorkflowFailed (RuntimeError)        raised only by ``result.raise_for_status()``     exit 1

Each answers three questions: *where* (``location``), *what* (``message``), *what to do* (``hint``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from arazzo_runner.named_tuples import NamedTuple

__all__ = [
    "UNREACHABLE",
    "ArazzoError",
    "CredentialsError",
    "DocumentError",
    "DocumentNotFound",
    "DocumentSyntaxError",
    "Fault",
    "GuardError",
    "InputError",
    "JournalError",
    "LinkError",
    "Location",
    "NotArazzoError",
    "PayloadError",
    "PayloadNotKept",
    "PayloadTooLarge",
    "PayloadUnreadable",
    "RunBusy",
    "RunNotFound",
    "SyntaxFault",
    "TemporalError",
    "TransportError",
    "UncertainError",
    "UsageError",
    "WorkflowFailed",
    "did_you_mean",
]


class Location(NamedTuple):
    """A place in a text. Lines and columns count from 1; the end is exclusive in columns.

    ``excerpt`` is the text of the first line, without its line break, for a caret under it.
    """

    file: str
    line: int = 1
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None
    excerpt: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Fault(NamedTuple):
    """One thing that is wrong in a document: rule id, severity, where, what, what to do.

    ``severity`` is ``error``, ``warning`` or ``hint``; ``pointer`` is its place as a JSON Pointer.
    ``rewrite`` is the conforming spelling of a part of the text there: offset, length, text.
    """

    rule: str
    message: str
    location: Location | None = None
    hint: str | None = None
    severity: str = "error"
    pointer: str = ""
    rewrite: tuple[int, int, str] | None = None

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{advice}"


class ArazzoError(Exception):
    """Base of all errors of the engine.

    Attributes:
        message: what is wrong, one sentence.
        location: where, or None.
        hint: what to do, or None.
        kind: short stable name of the situation, for machines (``error.kind`` in results).
    """

    kind = "error"
    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        location: Location | None = None,
        hint: str | None = None,
        kind: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.hint = hint
        if kind is not None:
            self.kind = kind

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{advice}"


class UsageError(ArazzoError, ValueError):
    """The call itself is wrong: an option, an argument, an unknown workflow."""

    kind = "usage"
    exit_code = 2


class InputError(UsageError):
    """Workflow inputs do not fit the schema; ``problems`` lists every violation at once."""

    kind = "inputs"

    def __init__(
        self, message: str, *, problems: Sequence[str] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class CredentialsError(UsageError):
    """A request has to be signed and no credentials can be found."""

    kind = "credentials"


class JournalError(UsageError):
    """The journal cannot be opened, read or written, or does not have what is asked for."""

    kind = "journal"


class TemporalError(UsageError):
    """A Temporal server cannot be reached or used, or does not have what is asked for."""

    kind = "temporal"


class RunBusy(JournalError):
    """Another process has the run: it is carried out there."""

    kind = "busy"


class RunNotFound(JournalError, LookupError):
    """The journal has no such run, or several that begin so."""

    kind = "run-not-found"


class PayloadError(UsageError):
    """What a distributed run sends or gets cannot go the way it should."""

    kind = "payload"


class PayloadUnreadable(PayloadError):
    """It was encrypted with a key that is not known, it is damaged, or not in the store. Nothing
    has been done with it.
    """


class PayloadNotKept(PayloadError):
    """It is large, and the store of large ones cannot be written to now."""


class PayloadTooLarge(PayloadError):
    """It is larger than the distributed engine takes, and there is no store for large ones."""


class DocumentError(ArazzoError):
    """A document or description cannot be read or used."""

    kind = "document"
    exit_code = 3


UNREACHABLE = "document-unreachable"
"""The ``kind`` of a DocumentNotFound when the network is in the way: it may well be there."""


class DocumentNotFound(DocumentError, LookupError):
    """There is no such file, or the URL does not answer with a document."""

    kind = "document-not-found"


class DocumentSyntaxError(DocumentError, ValueError):
    """The text is not YAML or JSON, has duplicate keys, or breaks a limit of the reader."""

    kind = "document-syntax"


class NotArazzoError(DocumentError, ValueError):
    """The text is well-formed but is not an Arazzo document this engine can read."""

    kind = "not-arazzo"


class LinkError(DocumentError, LookupError):
    """References that do not resolve. ``faults`` holds all of them, errors first."""

    kind = "link"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        more = len(self.faults) - 1
        message = first.message + (f" (and {more} more)" if more else "")
        super().__init__(message, location=first.location, hint=first.hint)


class SyntaxFault(ArazzoError, ValueError):
    """A runtime expression, condition, pointer or selector is not well-formed.

    Attributes:
        text: the whole text that was parsed.
        offset: index of the offending character in ``text``, from 0.
    """

    kind = "syntax"

    def __init__(self, message: str, *, text: str, offset: int = 0, hint: str | None = None):
        super().__init__(message, hint=hint)
        self.text = text
        self.offset = offset


class TransportError(ArazzoError, OSError):
    """A request got no usable answer. ``kind`` is one of ``dns``, ``connect``, ``tls``,
    ``timeout``, ``reset``, ``protocol``, ``size``, ``redirects``, ``file`` (one to send or to
    write), ``network``, or ``policy`` when it may not be sent at all."""

    kind = "network"


class GuardError(ArazzoError, RuntimeError):
    """A limit stopped the run: ``kind`` is ``deadline``, ``steps``, ``depth`` or ``size``."""

    kind = "guard"
    exit_code = 4


class UncertainError(ArazzoError, RuntimeError):
    """A request was sent, its answer was never recorded, and it may not be sent twice."""

    kind = "uncertain"


class WorkflowFailed(ArazzoError, RuntimeError):
    """A run that did not complete, as an exception; ``result`` is the whole result."""

    kind = "failed"

    def __init__(self, message: str, result: object) -> None:
        super().__init__(message)
        self.result = result


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """A hint that names the nearest candidate to ``name``, or None when none is near."""
    known = list(candidates)
    folded = {candidate.casefold(): candidate for candidate in known}
    if name.casefold() in folded:
        return f"did you mean '{folded[name.casefold()]}'?"
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else None
