"""The tree of a simple condition (Arazzo 1.1.0, Criterion Object: Literals, Operators)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias

from arazzo_runner.expressions import Expression
from arazzo_runner.values import Json
from arazzo_runner.values.node import Node as SyntaxNode

__all__ = ["Comparison", "Literal", "Logical", "Node", "Not", "Reference", "references"]


class Literal(SyntaxNode):
    """A boolean, null, number or string; by a tolerance also an object or array.

    ``media_type`` is set on an unquoted media type, which compares without parameters
    (``simple-unquoted-string``).
    """

    value: Json
    media_type: bool = False

    def __str__(self) -> str:
        if isinstance(self.value, str):
            return "'" + self.value.replace("'", "''") + "'"
        return json.dumps(self.value, ensure_ascii=False)


class Reference(SyntaxNode):
    """A runtime expression; accessors after it make an ``Accessed`` of it (A-01)."""

    expression: Expression

    def __str__(self) -> str:
        return self.expression.text


class Not(SyntaxNode):
    """``!operand``."""

    operand: Node

    def __str__(self) -> str:
        return f"!{_grouped(self.operand)}"


class Comparison(SyntaxNode):
    """``left operator right``; comparisons do not chain."""

    operator: str
    left: Node
    right: Node

    def __str__(self) -> str:
        return f"{_grouped(self.left)} {self.operator} {_grouped(self.right)}"


class Logical(SyntaxNode):
    """Two or more operands joined by the same ``&&`` or ``||``."""

    operator: str
    operands: tuple[Node, ...]

    def __str__(self) -> str:
        return f" {self.operator} ".join(
            f"({operand})" if isinstance(operand, Logical) else str(operand)
            for operand in self.operands
        )


Node: TypeAlias = Literal | Reference | Not | Comparison | Logical


def references(node: Node) -> Iterator[Expression]:
    """The runtime expressions of the tree, from left to right."""
    if isinstance(node, Reference):
        yield node.expression
    elif isinstance(node, Not):
        yield from references(node.operand)
    elif isinstance(node, Comparison):
        yield from references(node.left)
        yield from references(node.right)
    elif isinstance(node, Logical):
        for operand in node.operands:
            yield from references(operand)


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, Comparison | Logical) else str(node)
