"""Whether runs succeeded: what somebody who knows says of them first, then what the world was seen to show.

```text
signals      every name's last one is good → succeeded     any bad → failed   (its own, else the session's)
the run      failed · halted · lost → failed     completed, an effect confirmed → succeeded
             completed, and nobody looked → unproven     running · waiting → open
```

Unproven is not success: a claim of an agent is no evidence.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import sqlalchemy as sa

from holdfast_server.record.outcomes.tables import signals

Outcome = Literal["succeeded", "failed", "unproven", "open"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("succeeded", "failed", "unproven", "open")
LIVE: Final = ("running", "waiting")


class Judged:
    """An outer join from runs to what is said of them, and the verdict as an expression."""

    def __init__(self, runs: sa.FromClause) -> None:
        self._of_run = _last_said(signals.c.run, signals.c.run != "", "said_of_run")
        only_session = sa.and_(signals.c.run == "", signals.c.session != "")
        self._of_session = _last_said(signals.c.session, only_session, "said_of_session")
        self.joined: sa.FromClause = runs.outerjoin(self._of_run, self._of_run.c.whom == runs.c.id).outerjoin(
            self._of_session, self._of_session.c.whom == runs.c.session
        )
        said = sa.func.coalesce(self._of_run.c.good, self._of_session.c.good)
        self.outcome: sa.ColumnElement[Any] = sa.case(
            (said == 1, "succeeded"),
            (said == 0, "failed"),
            (runs.c.state.in_(LIVE), "open"),
            (runs.c.state != "completed", "failed"),
            (runs.c.observed.in_(("contradicted", "unknown")), "failed"),
            (runs.c.confirmed > 0, "succeeded"),
            else_="unproven",
        )


def _last_said(whom: sa.Column[str], given: sa.ColumnElement[bool], name: str) -> sa.Subquery:
    """For each run, or session, whether the last signal of every name is good: 1 or 0."""
    latest = sa.func.row_number().over(
        partition_by=(whom, signals.c.name), order_by=(signals.c.at_ns.desc(), signals.c.id.desc())
    )
    good = sa.case((signals.c.success, 1), else_=0)
    ranked = sa.select(whom.label("whom"), good.label("good"), latest.label("place")).where(given).subquery()
    least = sa.func.min(ranked.c.good).label("good")
    return sa.select(ranked.c.whom, least).where(ranked.c.place == 1).group_by(ranked.c.whom).subquery(name)
