"""A second call beside a silent first one: one answer, both written down, both paid for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.decision.budgets import BudgetTerms
from holdfast.testing import Reply, Rule, Scenario, ScriptedProvider, say, turns
from holdfast_server.action.llm.config import Provider, Route, Target

CHAT = "/v1/chat/completions"
ASKED: dict[str, Any] = {"model": "fast", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 50}
LONG_MS = 30_000
SILENT = Scenario(rules=(Rule(reply=Reply(text="Late.", latency_ms=LONG_MS)),))
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def route(hedge_ms: int = 20, **more: Any) -> Route:
    return Route("fast", (Target("one", "gpt-4o-mini"), Target("two", "gpt-4o")), hedge_ms=hedge_ms, **more)


def ends(one: str, two: str) -> tuple[Provider, ...]:
    return tuple(Provider(name, url, secret="sk") for name, url in (("one", one), ("two", two)))


@STREAMED
async def test_the_first_answer_wins_and_the_other_try_is_dropped_and_paid_for(
    run_worker: Callable[..., Any], stream: bool
) -> None:
    with ScriptedProvider(SILENT) as slow, ScriptedProvider(turns(say("Here.", chunks=1))) as quick:
        async with run_worker(*ends(slow.url, quick.url), routes=(route(),)) as worker:
            async with worker.client() as client:
                answer = await client.post(CHAT, json={**ASKED, "stream": stream})
            steps = {one.provider: one for one in await worker.settled(2)}
            assert not worker.gateway.calls
            assert not worker.door.relays
    assert answer.status_code == 200
    assert "Here" in answer.text
    assert "Late" not in answer.text
    won, lost = steps["two"], steps["one"]
    assert answer.headers["x-holdfast-step"] == won.id
    assert (won.status, won.error) == ("done", "")
    assert (lost.status, lost.error, lost.estimated) == ("cancelled", "Outrun", True)
    assert lost.usage.input_tokens == lost.action.estimate.tokens_in > 0
    assert lost.cost_micro_usd
    assert lost.action.run == won.action.run


@STREAMED
async def test_a_first_target_that_answers_in_time_is_alone(
    run_worker: Callable[..., Any], stream: bool
) -> None:
    with ScriptedProvider(turns(say("Here."))) as quick, ScriptedProvider() as other:
        ways = (route(hedge_ms=LONG_MS),)
        async with run_worker(*ends(quick.url, other.url), routes=ways) as worker, worker.client() as client:
            answer = await client.post(CHAT, json={**ASKED, "stream": stream})
            (step,) = await worker.settled(1)
    assert (answer.status_code, step.provider, other.stats.requests) == (200, "one", 0)


async def test_without_hedge_ms_nothing_is_hedged(run_worker: Callable[..., Any]) -> None:
    slow = Scenario(rules=(Rule(reply=Reply(text="In the end.", latency_ms=200)),))
    with ScriptedProvider(slow) as one, ScriptedProvider() as other:
        ways = (route(hedge_ms=0),)
        async with run_worker(*ends(one.url, other.url), routes=ways) as worker, worker.client() as client:
            answer = await client.post(CHAT, json=ASKED)
    assert ("In the end." in answer.text, other.stats.requests) == (True, 0)


@STREAMED
async def test_an_error_of_the_second_leaves_the_first_to_answer(
    run_worker: Callable[..., Any], stream: bool
) -> None:
    slow = Scenario(rules=(Rule(reply=Reply(text="In the end.", latency_ms=400, chunks=1)),))
    with ScriptedProvider(slow) as one:
        ways = (route(tries=2),)
        async with run_worker(*ends(one.url, "http://127.0.0.1:9"), routes=ways) as worker:
            async with worker.client() as client:
                answer = await client.post(CHAT, json={**ASKED, "stream": stream})
            steps = {step.provider: step for step in await worker.settled(2)}
    assert answer.status_code == 200
    assert "end" in answer.text
    assert (steps["one"].status, steps["two"].status) == ("done", "failed")


async def test_hedges_are_bounded_by_the_budget_of_retries(run_worker: Callable[..., Any]) -> None:
    slow = Scenario(rules=(Rule(reply=Reply(text="In the end.", latency_ms=100)),))
    with ScriptedProvider(slow) as one, ScriptedProvider(SILENT) as other:
        ways = (route(retry_ratio=0.0),)
        async with run_worker(*ends(one.url, other.url), routes=ways) as worker, worker.client() as client:
            answers = [await client.post(CHAT, json=ASKED) for _ in range(15)]
    assert {answer.status_code for answer in answers} == {200}
    assert other.stats.requests < len(answers)


async def test_both_tries_are_held_for_and_nothing_stays_held(run_worker: Callable[..., Any]) -> None:
    budget = BudgetTerms("bud_1", "org", "*", "usd", 1_000_000)
    with ScriptedProvider(SILENT) as slow, ScriptedProvider(turns(say("Here."))) as quick:
        async with run_worker(*ends(slow.url, quick.url), routes=(route(),), budgets=(budget,)) as worker:
            async with worker.client() as client:
                await client.post(CHAT, json=ASKED)
            steps = await worker.settled(2)
            costs = worker.spent_steps
        spent = worker.bank.spent
    assert sum(costs) == sum(step.cost_micro_usd or 0 for step in steps) == spent > 0


async def test_a_client_that_leaves_ends_both(run_worker: Callable[..., Any]) -> None:
    with ScriptedProvider(SILENT) as one, ScriptedProvider(SILENT) as two:
        async with run_worker(*ends(one.url, two.url), routes=(route(),)) as worker:
            async with worker.client() as client, asyncio.timeout(10):
                asking = asyncio.create_task(client.post(CHAT, json=ASKED))
                while not (one.stats.requests and two.stats.requests):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.005)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            steps = await worker.settled(2)
            assert not worker.door.relays
    assert {(step.status, step.error) for step in steps} == {("cancelled", "ClientGone")}


async def test_a_kill_ends_both(run_worker: Callable[..., Any]) -> None:
    with ScriptedProvider(SILENT) as one, ScriptedProvider(SILENT) as two:
        async with (
            run_worker(*ends(one.url, two.url), routes=(route(),)) as worker,
            worker.client() as client,
        ):
            asking = asyncio.create_task(client.post(CHAT, json=ASKED))
            async with asyncio.timeout(10):
                while len(worker.gateway.calls) < 2:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.005)
            kills = frozenset({("agent", "bot")})
            worker.gateway.controlled(kills, heard=True)
            for call in worker.gateway.covered(kills):
                worker.door.stop(call, "killed")
            answer = await asking
            steps = await worker.settled(2)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "holdfast_halt"
    assert {step.status for step in steps} <= {"halted", "cancelled"}
