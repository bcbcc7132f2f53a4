"""What an expression that reads nothing comes to."""

from __future__ import annotations

from typing import Any, Final

from holdfast.decision.cedar.extensions import BINARY, UNARY
from holdfast.decision.cedar.operations import add, multiply, negate, subtract
from holdfast.decision.cedar.spelling import read_value
from holdfast.decision.cedar.syntax import Expression
from holdfast.decision.cedar.values import make_set

ARITHMETIC: Final = {"+": add, "-": subtract, "*": multiply}


class Open(Exception):
    """The expression reads something, so its value is not known beforehand."""


def fold(expression: Expression) -> Any:
    """The value of an expression that reads nothing.

    Raises:
        Open: it reads something.
        CedarError: it has no value.
    """
    ((operator, operand),) = expression.items()
    if operator == "Value":
        return read_value(operand)
    if operator == "Set":
        return make_set(map(fold, operand))
    if operator == "neg":
        return negate(fold(operand["arg"]))
    if operator in ARITHMETIC:
        return ARITHMETIC[operator](fold(operand["left"]), fold(operand["right"]))
    if operator in UNARY:
        return UNARY[operator](fold(operand[0]))
    if operator in BINARY:
        return BINARY[operator](fold(operand[0]), fold(operand[1]))
    raise Open
