"""Whose rows a search may see: the one gate between a query and every engine.

What a person typed becomes a condition; `fence` puts it behind the conditions of the scope, and compilers
take only what was fenced. So no query, whatever its text, reaches rows beyond its scope. There is one
project a server today, and its scope sees everything; projects become one more condition here.
"""

from __future__ import annotations

from typing import Final

import msgspec

from holdfast_server.insight.search.condition import Condition, Every
from holdfast_server.insight.search.fields import NounName


class Scope(msgspec.Struct, frozen=True):
    """What may be seen: of each noun the rows that fit its condition; every row of a noun not listed."""

    must: tuple[tuple[NounName, Condition], ...] = ()


class Fenced(msgspec.Struct, frozen=True):
    """A condition that may be asked of an engine; only `fence` makes one."""

    noun: NounName
    where: Condition


EVERYTHING: Final = Scope()


def fence(noun: NounName, asked: Condition, scope: Scope) -> Fenced:
    """What was asked, of the rows that may be seen."""
    must = tuple(condition for name, condition in scope.must if name == noun)
    return Fenced(noun, Every((*must, asked)))
