"""Routes and caches through a worker: who is asked, who is not, and what that costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.decision.budgets import BudgetTerms
from holdfast.testing import Rule, ScriptedProvider, call, say, turns
from holdfast_server.action.llm.config import CacheTerms, EscalateTerms, Provider, Route, Target
from holdfast_server.action.llm.routing.escalating import Example, as_model, learn

CHAT = "/v1/chat/completions"
MODEL = "gpt-4o-mini"
EXACT = Route("fast", (Target("one", MODEL),), cache=CacheTerms(exact=True))
MEANT = Route("fast", (Target("one", MODEL),), cache=CacheTerms(semantic=True, sample=0.0))


def asked(text: str = "Where is my order?", **more: Any) -> dict[str, Any]:
    return {"model": "fast", "messages": [{"role": "user", "content": text}], **more}


def end(name: str, url: str, **more: Any) -> Provider:
    return Provider(name, url, apis=("chat",), secret="sk", **more)


def raw(status: int, body: dict[str, Any], **headers: str) -> bytes:
    sent = json.dumps(body).encode()
    said = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = (
        f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{said}content-length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent


def chat(text: str, finish: str = "stop") -> dict[str, Any]:
    """A whole answer."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "model": MODEL, "choices": choices, "usage": usage}


# Falling back


FILTERED = {"error": {"code": "content_filter", "message": "no", "type": None}}


@pytest.mark.parametrize(
    "refusal",
    [
        raw(500, {}),
        raw(429, {}, retry_after="20"),
        raw(401, {"error": {"message": "wrong key"}}),
        raw(400, FILTERED),
        raw(200, chat("", "content_filter")),
    ],
    ids=["error", "rate limit", "wrong key", "filtered request", "filtered answer"],
)
async def test_what_one_provider_refuses_another_answers(
    run_worker: Callable[..., Any], raw_upstream: Any, refusal: bytes
) -> None:
    route = Route("fast", (Target("one", MODEL), Target("two", MODEL)))
    with ScriptedProvider(turns(say("On its way."))) as provider:
        async with raw_upstream([refusal]) as upstream:
            ends = (end("one", upstream.url), end("two", provider.url))
            async with run_worker(*ends, routes=(route,)) as worker, worker.client() as client:
                answer = await client.post(CHAT, json=asked())
                steps = await worker.settled(1)
    assert answer.status_code == 200
    assert answer.json()["choices"][0]["message"]["content"] == "On its way."
    assert steps[-1].provider == "two"
    assert len(upstream.bodies) == 1


async def test_a_wrong_request_is_wrong_everywhere_and_its_refusal_passes_as_it_came(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    route = Route("fast", (Target("one", MODEL), Target("two", MODEL)))
    wrong = {"error": {"code": "invalid_value", "message": "temperature", "type": "invalid_request_error"}}
    with ScriptedProvider() as provider:
        async with raw_upstream([raw(400, wrong)]) as upstream:
            ends = (end("one", upstream.url), end("two", provider.url))
            async with run_worker(*ends, routes=(route,)) as worker, worker.client() as client:
                answer = await client.post(CHAT, json=asked())
                requests = provider.stats.requests
    assert (answer.status_code, answer.json(), requests) == (400, wrong, 0)


async def test_a_provider_that_is_down_is_asked_no_more_for_a_while(run_worker: Callable[..., Any]) -> None:
    route = Route("fast", (Target("gone", MODEL), Target("two", MODEL)))
    with ScriptedProvider() as provider:
        ends = (end("gone", "http://127.0.0.1:9"), end("two", provider.url))
        async with run_worker(*ends, routes=(route,)) as worker, worker.client() as client:
            codes = [(await client.post(CHAT, json=asked())).status_code for _ in range(8)]
            tried = [one.error for one in worker.gateway.ended]
            spent = worker.spent_steps
    assert codes == [200] * 8
    assert tried == [""] * 8
    assert len(spent) == 5 + 8


async def test_while_everybody_rests_the_client_is_told_when_to_come_back(
    run_worker: Callable[..., Any],
) -> None:
    async with run_worker(end("gone", "http://127.0.0.1:9")) as worker, worker.client() as client:
        answers = [await client.post(CHAT, json=asked(model=f"gone/{MODEL}")) for _ in range(6)]
        turned_away = dict(worker.gateway.turned_away)
    assert [one.status_code for one in answers] == [502] * 5 + [503]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 5
    assert answers[-1].json()["error"]["code"] == "holdfast_unavailable"
    assert turned_away == {"holdfast_unavailable": 1}


async def test_a_session_stays_with_the_target_that_answered_it(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    route = Route("fast", (Target("one", MODEL), Target("two", MODEL)))
    with ScriptedProvider() as first, ScriptedProvider() as second:
        ends = (end("one", first.url), end("two", second.url))
        async with run_worker(*ends, routes=(route,)) as worker:
            async with raw_upstream([raw(500, {})]) as broken:
                worker.move(end("one", broken.url), ends[1])
                async with worker.client(**{"x-holdfast-session": "s"}) as client:
                    await client.post(CHAT, json=asked())
            worker.move(*ends)
            async with worker.client(**{"x-holdfast-session": "s"}) as client:
                await client.post(CHAT, json=asked())
            async with worker.client(**{"x-holdfast-session": "t"}) as client:
                await client.post(CHAT, json=asked())
    assert (first.stats.requests, second.stats.requests) == (1, 2)


# Cheap first


async def test_an_answer_that_is_not_whole_goes_to_the_better_model(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    route = Route("fast", (Target("one", MODEL), Target("two", MODEL)), escalate=EscalateTerms())
    with ScriptedProvider(turns(say("On its way."))) as provider:
        async with raw_upstream([raw(200, chat("On i", "length"))]) as upstream:
            ends = (end("one", upstream.url), end("two", provider.url))
            async with run_worker(*ends, routes=(route,)) as worker, worker.client() as client:
                answer = await client.post(CHAT, json=asked())
                spent = worker.spent_steps
    assert answer.json()["choices"][0]["message"]["content"] == "On its way."
    assert len(spent) == 2
    assert all(spent)


async def test_a_question_that_looks_hard_never_meets_the_cheap_model(run_worker: Callable[..., Any]) -> None:
    seen = [Example(f"greet {n}", 1.0, 1.0) for n in range(30)]
    seen += [Example(f"prove the theorem {n}", 0.0, 1.0) for n in range(30)]
    terms = EscalateTerms(threshold=0.7, model=as_model(learn(seen)))
    route = Route("fast", (Target("one", MODEL), Target("two", MODEL)), escalate=terms)
    with ScriptedProvider() as cheap, ScriptedProvider() as strong:
        ends = (end("one", cheap.url), end("two", strong.url))
        async with run_worker(*ends, routes=(route,)) as worker, worker.client() as client:
            await client.post(CHAT, json=asked("greet 7"))
            await client.post(CHAT, json=asked("prove the theorem 7"))
    assert (cheap.stats.requests, strong.stats.requests) == (1, 1)


# Caches


@pytest.mark.parametrize("stream", [False, True])
async def test_the_same_request_is_answered_again_at_no_cost(
    run_worker: Callable[..., Any], stream: bool
) -> None:
    with ScriptedProvider(turns(say("On its way.", chunks=3))) as provider:
        async with run_worker(end("one", provider.url), routes=(EXACT,)) as worker, worker.client() as client:
            first, second = [await client.post(CHAT, json=asked(stream=stream)) for _ in range(2)]
            steps = await worker.settled(2)
            use = worker.gateway._house.caches.use()
    assert provider.stats.requests == 1
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert "x-holdfast-cache" not in first.headers
    assert second.headers["x-holdfast-cache"] == "exact"
    assert steps[0].cost_micro_usd
    assert (steps[1].cost_micro_usd, steps[1].avoided_micro_usd) == (0, steps[0].cost_micro_usd)
    assert (use.hits, use.misses, use.avoided_micro_usd) == (1, 1, steps[0].cost_micro_usd)


async def test_a_budget_stands_in_no_caches_way_until_it_cuts_an_answer_off(
    run_worker: Callable[..., Any], raw_upstream: Any
) -> None:
    budget = BudgetTerms("bud_1", "key", "*", "usd", 1_000_000)
    whole, cut = raw(200, chat("On its way.", "stop")), raw(200, chat("On its", "length"))
    for said, caches in ((whole, [None, "exact"]), (cut, [None, None])):
        async with raw_upstream([said]) as upstream:
            one = end("one", upstream.url)
            async with (
                run_worker(one, routes=(EXACT,), budgets=(budget,)) as worker,
                worker.client() as client,
            ):
                first, second = [await client.post(CHAT, json=asked()) for _ in range(2)]
        assert "x-holdfast-clamped" in first.headers
        assert [answer.headers.get("x-holdfast-cache") for answer in (first, second)] == caches
        assert ("x-holdfast-clamped" in second.headers) == (caches[1] is None)


async def test_a_refusal_comes_before_the_cache(run_worker: Callable[..., Any]) -> None:
    with ScriptedProvider() as provider:
        async with run_worker(end("one", provider.url), routes=(EXACT,)) as worker, worker.client() as client:
            await client.post(CHAT, json=asked())
            worker.gateway.controlled(frozenset({("org", "")}) | frozenset({("agent", "bot")}), heard=True)
            answer = await client.post(CHAT, json=asked())
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "more",
    [
        {"messages": [{"role": "user", "content": "Mail ann.miller@gmail.com about 078-05-1120"}]},
        {"tools": [{"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}]},
        {"temperature": 0.3, "user": "x", "headers": True},
    ],
    ids=["personal", "tools", "asked for"],
)
async def test_what_must_not_be_given_again_is_asked_again(
    run_worker: Callable[..., Any], more: dict[str, Any]
) -> None:
    headers = {"cache-control": "no-store"} if more.pop("headers", False) else {}
    with ScriptedProvider() as provider:
        async with run_worker(end("one", provider.url), routes=(EXACT,)) as worker, worker.client() as client:
            for _ in range(2):
                answer = await client.post(CHAT, json={**asked(), **more}, headers=headers)
                assert answer.status_code == 200
    assert provider.stats.requests == 2


async def test_an_answer_that_calls_a_tool_is_never_kept(run_worker: Callable[..., Any]) -> None:
    route = Route("fast", EXACT.targets, cache=CacheTerms(exact=True, tools=True))
    tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
    with ScriptedProvider(turns(call("look", order=7), call("look", order=7))) as provider:
        async with run_worker(end("one", provider.url), routes=(route,)) as worker, worker.client() as client:
            for _ in range(2):
                await client.post(CHAT, json=asked(tools=tools))
    assert provider.stats.requests == 2


async def test_a_question_that_means_the_same_is_answered_again_and_one_that_does_not_is_asked(
    run_worker: Callable[..., Any],
) -> None:
    pytest.importorskip("wordllama", reason="the extra `semantic` is not installed")
    with ScriptedProvider() as provider:
        async with run_worker(end("one", provider.url), routes=(MEANT,)) as worker, worker.client() as client:
            said = [
                (await client.post(CHAT, json=asked(text))).headers.get("x-holdfast-cache")
                for text in (
                    "How long will my transfer be pending for?",
                    "How long will my transfer be pending?",
                    "Why will my transfer be pending for long?",
                )
            ]
    assert said == [None, "semantic", None]
    assert provider.stats.requests == 2


async def test_a_sampled_hit_is_asked_again_and_compared(run_worker: Callable[..., Any]) -> None:
    pytest.importorskip("wordllama", reason="the extra `semantic` is not installed")
    route = Route("fast", EXACT.targets, cache=CacheTerms(semantic=True, sample=1.0))
    replies = (
        Rule(reply=say("It takes two days."), max_uses=1),
        Rule(reply=say("No idea.")),
    )
    with ScriptedProvider(replies) as provider:
        async with run_worker(end("one", provider.url), routes=(route,)) as worker, worker.client() as client:
            for text in (
                "How long will my transfer be pending for?",
                "How long will my transfer be pending?",
            ):
                answer = await client.post(CHAT, json=asked(text))
            await worker.settled(2)
            use = worker.gateway._house.caches.use()
    assert "No idea." in answer.text
    assert (use.hits, use.sampled, use.false_hits) == (0, 1, 1)
