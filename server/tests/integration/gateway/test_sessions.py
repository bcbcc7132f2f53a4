"""What a call leaves behind in its session: all where somebody can come back to it, else nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.action import Estimate, Kind
from holdfast.decision import Session, Source
from holdfast.decision.stages.accounts import need_of
from holdfast_server.action.llm.config import Key, Provider, Route, Snapshot, Target, digest_key
from holdfast_server.action.llm.exchange.call import Call
from holdfast_server.action.llm.exchange.governor import Gateway
from holdfast_server.action.llm.exchange.spending import need_for
from holdfast_server.action.llm.messages import Start
from holdfast_server.action.llm.seam import Again, Headers, Reply, Request, Send

SECRET = b"hf-" + b"s" * 46
PERMIT = '@id("p") permit (principal, action == Action::"holdfast:model", resource);'
CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
TOOL = {"type": "function", "function": {"name": "f"}}
ANSWER: dict[str, Any] = {
    "id": "a",
    "model": "m",
    "choices": [{"index": 0, "message": {"content": "yes"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1},
}


def gateway(folder: Path, budgets: str = "{scope: session, tokens: 1000}") -> Gateway:
    settings = f"agents: {{'*': {{}}}}\nbudgets: [{budgets}]\n"
    made = Gateway(Start("test", "", 0, str(folder), str(folder / "keys" / "ledger.ed25519")), _nobody)
    made.configure(
        Snapshot(
            1,
            keys=(Key("key_1", digest_key(SECRET), "worker"),),
            providers=tuple(Provider(name, "http://127.0.0.1:1", secret="x") for name in ("one", "two")),
            routes=(Route("both", (Target("one", "m"), Target("two", "m"))),),
            sources=(Source("s.yaml", settings, "yaml"), Source("p.cedar", PERMIT, "cedar")),
        )
    )
    return made


_nobody: Any = object()
"""Nobody is asked for a lease or an approval here."""


def call(to: Gateway, headers: Headers | None = None, **said: Any) -> Call:
    sent: Headers = [(b"authorization", b"Bearer " + SECRET), *(headers or [])]
    body = json.dumps(CHAT | said).encode()
    found = to.admit(Request(b"POST", b"/v1/chat/completions", sent, body, "peer", 1))
    assert isinstance(found, Call)
    return found


def answered(one: Call) -> Reply:
    assert isinstance(one.next(), Send)
    one.head(200, [(b"content-type", b"application/json")])
    reply = one.whole(200, [(b"content-type", b"application/json")], json.dumps(ANSWER).encode())
    assert isinstance(reply, Reply)
    assert reply.status == 200
    return reply


async def test_a_session_with_a_name_remembers_what_was_used(tmp_path: Path) -> None:
    to = gateway(tmp_path)
    for n in range(1, 3):
        one = call(to, [(b"x-holdfast-session", b"talk")])
        answered(one)
        assert one.step is not None
        assert (one.step.session.calls, one.step.session.usage.tokens) == (n, 4 * n)
    await to.close()


async def test_a_session_without_a_name_is_over_with_its_call(tmp_path: Path) -> None:
    to = gateway(tmp_path)
    first, second = call(to), call(to)
    answered(first)
    answered(second)
    assert first.step is not None
    assert second.step is not None
    assert first.step.action.session != second.step.action.session
    await to.close()


@pytest.mark.parametrize("budget", ["{scope: session, tokens: 1000}", "{scope: run, tokens: 1}"])
async def test_what_calls_without_a_name_share_learns_nothing_of_them(tmp_path: Path, budget: str) -> None:
    to = gateway(tmp_path, budget)
    for _ in range(2):
        one = call(to)
        sent = one.next()
        assert one.step is not None
        assert isinstance(sent, Send) == ("1000" in budget)
        one.gone()
        shared = one.step.caller.nobody
        assert shared.snapshot() == Session("").snapshot()
        assert shared.purses is None
    await to.close()


async def test_what_a_call_without_a_name_says_marks_itself_alone(tmp_path: Path) -> None:
    to = gateway(tmp_path)
    one, other = call(to), call(to)
    for each in (one, other):
        assert isinstance(each.next(), Send)
    assert one.step is not None
    assert other.step is not None
    own = one.step.own_session()
    own.label("untrusted")
    assert (one.step.session, own.id) == (own, one.step.action.session)
    assert other.step.session.labels == frozenset()
    await to.close()


async def test_what_is_asked_again_within_a_call_knows_its_beginning(tmp_path: Path) -> None:
    to = gateway(tmp_path)
    one = call(to, tools=[TOOL])
    assert isinstance(one.next(), Send)
    assert one.step is not None
    assert one.step.session.usage.held_tokens > 0
    one.gone()
    assert one.step.session.usage.held_tokens == 0
    await to.close()


@pytest.mark.parametrize(("limit", "goes_on"), [(1000, True), (130, False)])
async def test_a_stream_without_a_name_knows_what_it_holds_as_soon_as_it_wants_more(
    tmp_path: Path, limit: int, *, goes_on: bool
) -> None:
    to = gateway(tmp_path, f"{{scope: session, tokens: {limit}}}")
    one = call(to, stream=True, max_tokens=100)
    assert isinstance(one.next(), Send)
    assert one.step is not None
    nobody = one.step.caller.nobody
    assert one.step.session is nobody
    one.head(200, [(b"content-type", b"text/event-stream")])
    delta = {"id": "a", "choices": [{"index": 0, "delta": {"content": "word " * 20}, "finish_reason": None}]}
    for _ in range(9):
        if not one.over:
            one.feed(b"data: " + json.dumps(delta).encode() + b"\n\n")
    assert one.over != goes_on
    own = one.step.session
    assert own is not nobody
    assert (own.usage.held_tokens > 200) == goes_on
    one.gone()
    assert own.usage.held_tokens == 0
    assert own.usage.tokens > (200 if goes_on else 100)
    assert nobody.snapshot() == Session("").snapshot()
    await to.close()


async def test_a_second_try_is_judged_with_the_first_behind_it(tmp_path: Path) -> None:
    to = gateway(tmp_path, "{scope: run, calls: 1}")
    one = call(to, model="both")
    assert isinstance(one.next(), Send)
    assert isinstance(one.head(500, []), Again)
    refused = one.next()
    assert isinstance(refused, Reply)
    assert refused.status == 403
    await to.close()


def test_what_is_held_for_a_call_is_what_judging_takes_it_for() -> None:
    for estimate in (Estimate(), Estimate(7, 5, 3), Estimate(7, 5, None)):
        assert need_for(estimate) == need_of(Kind.MODEL, estimate, None)
