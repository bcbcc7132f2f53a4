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
    team_agents: tuple[str, ...] = ()
    """Agents of the team as the policies say it now: theirs is what was not said to be another's."""

    def of_charges(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on money."""
        apart = ("tag", "team")
        said = [charges.c[name] == value for name, value in self._named() if name not in apart]
        if self.team:
            said.append(self._of_team(charges))
        return [*said, _has_tag(charges.c.tags, self.tag)] if self.tag else said

    def of_runs(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on runs, as far as runs have such names."""
        said = [runs.c[name] == value for name, value in self._named() if name in ON_RUNS and name != "team"]
        if self.team:
            said.append(self._of_team(runs))
        if self.run:
            said.append(runs.c.id == self.run)
        spent = [charges.c[name] == value for name, value in self._named() if name in ("tool", "model")]
        if self.tag:
            spent.append(_has_tag(charges.c.tags, self.tag))
        if spent:
            said.append(runs.c.id.in_(sa.select(charges.c.run).where(*spent)))
        return said

    def _of_team(self, table: sa.Table) -> sa.ColumnElement[bool]:
        theirs = sa.and_(table.c.team == "", table.c.agent.in_(self.team_agents))
        return sa.or_(table.c.team == self.team, theirs)

    def _named(self) -> list[tuple[str, str]]:
        named = (name for name in self.__struct_fields__ if name != "team_agents")
        return [(name, value) for name in named if (value := getattr(self, name))]


def _has_tag(column: sa.Column[str], tag: str) -> sa.ColumnElement[bool]:
    """Tags stand a line each; whole lines only."""
    lined: sa.ColumnElement[str] = sa.literal("\n") + column + sa.literal("\n")
    return lined.contains(f"\n{tag}\n", autoescape=True)
