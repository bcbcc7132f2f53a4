"""How fast money goes: by minute, by agent, today."""

from __future__ import annotations

from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.record.runs.projection import NS_PER_MINUTE
from holdfast_server.record.runs.tables import spend

SERIES_MINUTES: Final = 60
BURN_MINUTES: Final = 10
MINUTES_PER_DAY: Final = 24 * 60


class Spend(msgspec.Struct, frozen=True):
    """What was spent today, by agent, and in the last hour, by minute and agent."""

    now_minute: int
    today: dict[str, int]
    unpriced_today: int
    recent: dict[tuple[int, str], int]

    def series(self) -> list[tuple[int, int]]:
        """(minute, micro-USD) of the last hour, oldest first, without gaps."""
        sums = dict.fromkeys(range(self.now_minute - SERIES_MINUTES + 1, self.now_minute + 1), 0)
        for (minute, _), micro_usd in self.recent.items():
            if minute in sums:
                sums[minute] += micro_usd
        return list(sums.items())

    def burn_micro_usd(self, agent: str | None = None) -> float:
        """Micro-USD an hour, from the last ten minutes."""
        first = self.now_minute - BURN_MINUTES
        spent = sum(
            micro_usd
            for (minute, who), micro_usd in self.recent.items()
            if minute > first and agent in (None, who)
        )
        return spent * 60 / BURN_MINUTES


async def read_spend(connection: AsyncConnection, now_ns: int) -> Spend:
    """Today's spend and the last hour's."""
    now = now_ns // NS_PER_MINUTE
    midnight = now - now % MINUTES_PER_DAY
    sums = sa.func.sum(spend.c.micro_usd), sa.func.sum(spend.c.unpriced)
    today = await connection.execute(
        sa.select(spend.c.agent, *sums).where(spend.c.minute >= midnight).group_by(spend.c.agent)
    )
    rows = today.all()
    recent = await connection.execute(sa.select(spend).where(spend.c.minute > now - SERIES_MINUTES))
    return Spend(
        now_minute=now,
        today={agent: int(micro_usd) for agent, micro_usd, _ in rows},
        unpriced_today=sum(int(unpriced) for _, _, unpriced in rows),
        recent={(row.minute, row.agent): row.micro_usd for row in recent},
    )
