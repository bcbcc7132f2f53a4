"""Rates are counted for all processes together, and forgotten when no window reaches back to them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from holdfast.decision.permits import PermitAsk, PermitAsks
from holdfast_server.decision.rates.rates import LONGEST_NS, Rates
from holdfast_server.decision.rates.tables import rate_counts

ASK = PermitAsks("p1", (PermitAsk("tool", "fetch", calls=1, per_s=60),))


async def test_a_rate_in_which_nothing_is_counted_any_more_leaves_nothing_behind(here: Any) -> None:
    db, now = here.services.backtests.db, [LONGEST_NS]
    rates = Rates(db, lambda: now[0])

    async def rows() -> int:
        async with db.read() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(rate_counts)) or 0

    assert (await rates.permit(ASK)).permits[0].granted == 1
    await rates.forget()
    assert await rows() == 2, "what is counted, and its lock"
    assert (await rates.permit(ASK)).permits[0].granted == 0
    now[0] += 2 * LONGEST_NS
    await rates.forget()
    assert await rows() == 0
    assert (await rates.permit(ASK)).permits[0].granted == 1
