"""Errors of the engine as diagnostics, all causes of one error included."""

from __future__ import annotations

from arazzo_runner.errors import ArazzoError, InputError, LinkError, SyntaxFault
from arazzo_runner.reporting.diagnostics import Diagnostic, from_fault

__all__ = ["diagnostics"]


def diagnostics(error: ArazzoError) -> list[Diagnostic]:
    """What to show for an error: one message, or one for each fault of a link error."""
    if isinstance(error, LinkError):
        # With --strict, warnings are among them: they are what the run stops for.
        return [from_fault(fault._replace(severity="error")) for fault in error.faults]
    message = error.message
    details: tuple[str, ...] = ()
    if isinstance(error, InputError) and len(error.problems) > 1:
        message = f"{len(error.problems)} inputs do not fit"
        details = tuple(f"- {problem}" for problem in error.problems)
    elif isinstance(error, SyntaxFault) and error.location is None:
        details = (error.text, f"{' ' * error.offset}^")
    return [Diagnostic(error.kind, message, "error", error.location, error.hint, details)]
