"""Values that steps and actions hand to workflows."""

from __future__ import annotations

from collections.abc import Sequence

from arazzo_runner.expressions import Scope
from arazzo_runner.linking.program import LinkedParameter
from arazzo_runner.values import ABSENT, Value

__all__ = ["produce_all"]


def produce_all(parameters: Sequence[LinkedParameter], scope: Scope) -> dict[str, Value]:
    """The inputs of a workflow by name; absent ones are left out (A-35).

    Raises:
        ArazzoError: a required value is absent, or a value cannot be embedded in its text.
    """
    values = {parameter.name: parameter.produce(scope) for parameter in parameters}
    return {name: value for name, value in values.items() if value is not ABSENT}
