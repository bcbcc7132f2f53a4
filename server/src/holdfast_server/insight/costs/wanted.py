"""Which costs are wanted: a filter over the books."""

from __future__ import annotations

from typing import Final

import msgspec
import sqlalchemy as sa

from holdfast_server.record.books.tables import charges
from holdfast_server.record.runs.tables import runs

ON_RUNS: Final = ("agent", "version", "team", "workflow", "customer", "release")
"""Names that a run has one of."""


class Wanted(msgspec.Struct, frozen=True):
    """Only costs with these names; an empty one does not filter."""

    agent: str = ""
    version: str = ""
    team: str = ""
    workflow: str = ""
    tool: str = ""
    model: str = ""
    customer: str = ""
    release: str = ""
    tag: str = ""
    run: str = ""

    def of_charges(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on money."""
        said = [charges.c[name] == value for name, value in self._named() if name != "tag"]
        return [*said, _has_tag(charges.c.tags, self.tag)] if self.tag else said

    def of_runs(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on runs, as far as runs have such names."""
        said = [runs.c[name] == value for name, value in self._named() if name in ON_RUNS]
        if self.run:
            said.append(runs.c.id == self.run)
        spent = [charges.c[name] == value for name, value in self._named() if name in ("tool", "model")]
        if self.tag:
            spent.append(_has_tag(charges.c.tags, self.tag))
        if spent:
            said.append(runs.c.id.in_(sa.select(charges.c.run).where(*spent)))
        return said

    def _named(self) -> list[tuple[str, str]]:
        return [(name, value) for name in self.__struct_fields__ if (value := getattr(self, name))]


def _has_tag(column: sa.Column[str], tag: str) -> sa.ColumnElement[bool]:
    """Tags stand a line each; whole lines only."""
    lined: sa.ColumnElement[str] = sa.literal("\n") + column + sa.literal("\n")
    return lined.contains(f"\n{tag}\n", autoescape=True)
