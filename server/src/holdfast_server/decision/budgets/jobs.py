"""What is done about budgets in the background."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import Final

from holdfast_server.decision.budgets.budgets import Budgets
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.kit.beat import beat

TELL_S: Final = 0.25
EXPIRE_S: Final = 1.0
LOOK_S: Final = 1.0
FORGET_S: Final = 3600.0


def budget_jobs(budgets: Budgets, policies: Policies) -> Iterator[Coroutine[object, object, None]]:
    """Tell what moved, end leases nobody renews, follow the policy files, forget what is long over."""

    async def look() -> None:
        await budgets.follow_policies(policies.budget_terms, inside=policies.inside_terms)
        await budgets.look()

    yield beat("budgets_tell", TELL_S, budgets.tell)
    yield beat("budgets_expire", EXPIRE_S, budgets.expire)
    yield beat("budgets_look", LOOK_S, look)
    yield beat("budgets_forget", FORGET_S, budgets.forget)
