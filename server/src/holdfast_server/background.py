"""What the server does without being asked, each at its own pace, for as long as it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Final

from holdfast_server.action.llm.desk.publishing import Publishing
from holdfast_server.decision.budgets.jobs import budget_jobs
from holdfast_server.decision.decisions.pacing import REPORT_S
from holdfast_server.decision.decisions.spending import WORK_S
from holdfast_server.decision.decisions.store import forget_sessions
from holdfast_server.kit.beat import beat
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.idempotency import forget_before
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.retention.retention import folder_bytes
from holdfast_server.record.runs.changes import Changes
from holdfast_server.record.runs.lost import LostRuns
from holdfast_server.record.runs.seen import forget_seen
from holdfast_server.services import Services
from holdfast_server.stores import OpenStores

POLICIES_S: Final = 1.0
EXPIRE_S: Final = 1.0
LOST_S: Final = 5.0
ENFORCEMENT_S: Final = 30.0
SLOS_S: Final = 30.0
PUBLISH_S: Final = 0.05
FORGET_S: Final = 3600.0
WEIGH_S: Final = 5.0
KEYS_KEPT_S: Final = 86_400
SEEN_KEPT_S: Final = 7 * 86_400


def jobs(
    services: Services, stores: OpenStores, changes: Changes, clock: Clock
) -> Iterator[Coroutine[object, object, None]]:
    """What runs in the background, for as long as the server does."""
    approvals = services.approvals
    lost = LostRuns(
        stores.db,
        changes,
        clock,
        services.settings.runs,
        connected=lambda: services.control.connected,
        asking=approvals.find_asking,
    )

    async def forget_keys() -> None:
        async with stores.db.write() as connection:
            await forget_before(connection, clock() - KEYS_KEPT_S * NS_PER_S)
            kept_s = services.settings.decisions.session_ttl_s
            await forget_sessions(connection, clock() - int(kept_s * NS_PER_S))
            await forget_seen(connection, clock() - SEEN_KEPT_S * NS_PER_S)

    async def weigh() -> None:
        services.intake.weigh(await asyncio.to_thread(folder_bytes, services.settings.data))

    yield services.intake.store_forever()
    yield beat("retention", services.settings.retention.every_s, services.retention.look)
    if services.settings.limits.data_bytes is not None:
        yield beat("weigh", WEIGH_S, weigh)
    yield beat("changes", 0, changes.tell)
    yield beat("decisions", 0, services.minutes.work)
    yield beat("decision_leases", WORK_S, services.decider.renew)
    yield beat("decision_breakers", REPORT_S, services.pacing.report)
    yield beat("policies", POLICIES_S, services.policies.look)
    yield beat("expire", EXPIRE_S, approvals.expire)
    yield from budget_jobs(services.budgets, services.policies)
    yield beat("lost", LOST_S, lost.look)
    yield beat("enforcement", ENFORCEMENT_S, services.enforcements.look)
    yield beat("slos", SLOS_S, services.reliability.slos.look)
    yield beat("forget", FORGET_S, forget_keys)
    yield beat("rates_forget", FORGET_S, services.rates.forget)
    publishing = Publishing(stores.db, services.policies, services.prices)
    yield beat("gateway_policies", PUBLISH_S, publishing.look)
    yield beat("gateway_keys_forget", FORGET_S, services.gateway.forget)
    yield beat("delegations_forget", FORGET_S, services.delegations.forget)
