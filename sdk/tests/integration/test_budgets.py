"""Budgets around real calls: nobody overspends, a restart forgets nothing, a refusal says what to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.guard import uninstall

POLICY = """
agents: {'*': {team: support}}
rules: [allow_tools: {tools: [work]}, allow_agents: {}]
tools: {work: {effect: read, cost_usd: 0.01}}
budgets:
"""


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    def start(budgets: str, **changes: Any) -> Any:
        uninstall()
        policy = tmp_path / "policy.yaml"
        policy.write_text(POLICY + textwrap.indent(budgets, "  "))
        return holdfast.init(policies=policy, data=tmp_path / "data", integrations=False, **changes)

    yield start
    uninstall()


@holdfast.tool(effect="read")
def work(n: int) -> int:
    return n


def use(times: int, *, agent: str = "refunds", tags: dict[str, str] | None = None) -> int:
    """How many of so many calls ran."""
    ran = 0

    @holdfast.agent(agent)
    def act() -> None:
        nonlocal ran
        for n in range(times):
            try:
                work(n)
            except holdfast.BudgetSpent:
                continue
            ran += 1

    with holdfast.session(tags=tags):
        act()
    return ran


@pytest.mark.parametrize(
    ("budget", "ran"),
    [
        ("- {scope: agent, calls: 7, window: day}", 7),
        ("- {scope: agent, key: refunds, usd: 0.05, window: month}", 5),
        ("- {scope: agent, key: somebody-else, usd: 0.05, window: month}", 20),
        ("- {scope: org, calls: 9, window: week, time_zone: Asia/Tokyo}", 9),
        ("- {scope: team, key: support, calls: 4}", 4),
        ("- {scope: org, calls: 9, window: day}\n- {scope: agent, calls: 3, window: day}", 3),
    ],
)
def test_without_a_server_every_scope_is_kept_to(begin: Callable[..., Any], budget: str, ran: int) -> None:
    begin(budget)
    assert use(20) == ran
    assert use(20) == 0 or ran == 20


def test_tags_of_a_session_are_scopes(begin: Callable[..., Any]) -> None:
    begin(
        "- {scope: customer, calls: 3}\n- {scope: workflow, key: refunds, calls: 5}\n"
        "- {scope: tag, key: cost=*, calls: 6}"
    )
    assert use(9, tags={"customer": "acme"}) == 3
    assert use(9, tags={"customer": "acme"}) == 0
    assert use(9, tags={"workflow": "refunds"}) == 5
    assert use(9, tags={"cost": "7"}) == 6
    assert use(9, tags={"cost": "8"}) == 6
    assert use(9) == 9


def test_a_restart_does_not_begin_the_day_anew(begin: Callable[..., Any]) -> None:
    begin("- {scope: agent, calls: 10, window: day}")
    assert use(6) == 6
    begin("- {scope: agent, calls: 10, window: day}")
    assert use(9) == 4


def test_a_raised_limit_counts_what_was_used(begin: Callable[..., Any]) -> None:
    begin("- {scope: agent, calls: 10, window: day}")
    assert use(20) == 10
    begin("- {scope: agent, calls: 15, window: day}")
    assert use(20) == 5


def test_who_hands_work_on_pays_for_it_too(begin: Callable[..., Any]) -> None:
    begin("- {scope: agent, key: manager, calls: 5, window: day}")

    ran: list[int] = []

    @holdfast.agent("worker")
    def help_out() -> None:
        ran.append(work(1))

    @holdfast.agent("manager")
    def manage() -> None:
        for _ in range(9):
            help_out()

    with holdfast.session(), pytest.raises(holdfast.BudgetSpent):
        manage()
    assert len(ran) == 5
    assert use(9, agent="worker") == 9


def test_the_refusal_is_typed_and_says_what_to_do(begin: Callable[..., Any]) -> None:
    begin("- {scope: agent, usd: 0.015, window: month}")

    @holdfast.agent("refunds")
    def act() -> None:
        work(1)
        work(2)

    with pytest.raises(holdfast.BudgetSpent) as refused:
        act()
    assert refused.value.code == "budget_spent"
    assert "agent refunds's monthly budget is spent: $0.0100 of $0.0150" in str(refused.value)
    assert "Raise the budget bud_" in refused.value.hint


def test_a_soft_limit_warns_and_refuses_nothing(begin: Callable[..., Any]) -> None:
    guard = begin(
        "- {scope: agent, calls: 10, soft: 0.5, window: day}\n- {scope: session, calls: 20, soft: 0.1}"
    )
    seen: list[tuple[str, ...]] = []
    decided = guard.journal.decided
    guard.journal.decided = lambda step: (seen.append(step.decision.obligations), decided(step))[1]
    assert use(8) == 8
    warned = [
        any("agent refunds's daily budget is past 5 calls of 10 calls" in one for one in said)
        for said in seen
    ]
    assert sum(warned) == 3
    assert any("the session's budget is past 2 calls" in one for said in seen for one in said)


def test_parallel_calls_never_overspend(begin: Callable[..., Any]) -> None:
    begin("- {scope: org, calls: 100, window: day}")
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: use(25), range(16))) == 100


WORKER = """
import os, sys, time
import holdfast
holdfast.init(policies={policy!r}, data={data!r}, integrations=False)
@holdfast.tool(effect="read")
def work(n: int) -> int:
    os.write(1, b".")
    return n
@holdfast.agent("refunds")
def act():
    for n in range({times}):
        try: work(n)
        except holdfast.BudgetSpent: break
with holdfast.session(): act()
os.write(1, b"!")
sys.stdin.read()
"""


def test_what_a_killed_process_held_comes_back_by_what_its_ledger_proves(
    begin: Callable[..., Any], tmp_path: Path
) -> None:
    begin("- {scope: agent, calls: 40, window: day}")
    uninstall()
    code = WORKER.format(policy=str(tmp_path / "policy.yaml"), data=str(tmp_path / "data"), times=5)
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = b""
    while not said.endswith(b"!"):
        said += os.read(process.stdout.fileno(), 100)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    begin("- {scope: agent, calls: 40, window: day}")
    assert use(100) == 40 - said.count(b".")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this machine cannot fork")
def test_a_forked_child_holds_nothing_of_its_parents(begin: Callable[..., Any]) -> None:
    begin("- {scope: org, calls: 30, window: day}")
    assert use(3) == 3
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, str(use(100)).encode())
        holdfast.shutdown()
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reader, 100)) + 3 + use(100) == 30
