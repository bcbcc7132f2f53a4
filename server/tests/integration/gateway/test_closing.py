"""Closing the books of a call: after its answer, before anything that depends on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from server.tests.integration.gateway.conftest import ALLOW, SECRET, Bank

from holdfast.decision import Source
from holdfast.decision.budgets import BudgetTerms
from holdfast_server.action.llm.config import Key, Provider, Snapshot, digest_key
from holdfast_server.action.llm.exchange.call import Call
from holdfast_server.action.llm.exchange.governor import Gateway
from holdfast_server.action.llm.exchange.recording import Recorder
from holdfast_server.action.llm.messages import Start
from holdfast_server.action.llm.seam import Forward, Headers, Reply, Request, Send
from holdfast_server.errors import Unavailable

TOKENS = 50
"""More than one of these calls may use, and less than two."""
CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 8}
USAGE = {"prompt_tokens": 3, "completion_tokens": 1}
ANSWER: dict[str, Any] = {
    "id": "a",
    "model": "m",
    "choices": [{"index": 0, "message": {"content": "yes"}, "finish_reason": "stop"}],
    "usage": USAGE,
}
EVENTS: list[dict[str, Any]] = [
    {"id": "a", "model": "m", "choices": [{"index": 0, "delta": {"content": "yes"}}]},
    {"id": "a", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "a", "model": "m", "choices": [], "usage": USAGE},
]


class Desk:
    """A gateway whose turns end when they are told to."""

    def __init__(self, folder: Path, scope: str) -> None:
        self.soon: list[Callable[[], object]] = []
        self.names: Headers = [(b"x-holdfast-session", b"talk")] if scope == "session" else []
        lent = BudgetTerms("bud_1", "key", "*", "tokens", TOKENS)
        start = Start("test", "", 0, str(folder), str(folder / "keys" / "ledger.ed25519"))
        self.gateway = Gateway(start, Bank({lent.id: lent}), self.soon.append)
        own = f"budgets: [{{scope: session, tokens: {TOKENS}}}]" if scope == "session" else ""
        self.gateway.configure(
            Snapshot(
                1,
                keys=(Key("key_1", digest_key(SECRET.encode()), "worker"),),
                providers=(Provider("one", "http://127.0.0.1:1", secret="x", models=("m",)),),
                sources=(
                    Source("rules.yaml", f"agents: {{'*': {{}}}}\n{own}\n", "yaml"),
                    Source("rules.cedar", ALLOW, "cedar"),
                ),
                budgets=() if own else (lent,),
            )
        )

    async def ask(self, **said: Any) -> tuple[Call, Send | Reply]:
        """A call, and what is done about it first."""
        headers = [(b"authorization", f"Bearer {SECRET}".encode()), *self.names]
        body = json.dumps(CHAT | said).encode()
        call = self.gateway.admit(Request(b"POST", b"/v1/chat/completions", headers, body, "peer", 1))
        assert isinstance(call, Call)
        first = call.next()
        return call, first if isinstance(first, Send | Reply) else await first

    def end_turn(self) -> None:
        soon, self.soon[:] = list(self.soon), []
        for do in soon:
            do()


@pytest.fixture(params=["session", "key"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """With a budget of a session's own, or with one that is lent."""
    return Desk(tmp_path, request.param)


def status_of(call: Call) -> str:
    assert call.step is not None
    return call.step.status


def answer(call: Call) -> None:
    """Let a whole answer come."""
    reply = call.whole(200, [(b"content-type", b"application/json")], json.dumps(ANSWER).encode())
    assert isinstance(reply, Reply)
    assert reply.status == 200


def stream(call: Call) -> None:
    """Let a stream come to its end."""
    assert isinstance(call.head(200, [(b"content-type", b"text/event-stream")]), Forward)
    for event in EVENTS:
        call.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
    call.feed(b"data: [DONE]\n\n")
    assert isinstance(call.end(), bytes)


@pytest.mark.parametrize("finish", [answer, stream])
async def test_books_are_closed_once_the_turn_is_over(desk: Desk, finish: Callable[[Call], None]) -> None:
    call, _ = await desk.ask(stream=finish is stream)
    finish(call)
    gateway = desk.gateway
    assert (status_of(call), gateway.calls, gateway.ended) == ("running", {call}, [])
    desk.end_turn()
    assert (status_of(call), gateway.calls, gateway.ended) == ("done", set(), [call.step])
    assert call.step is not None
    assert (call.step.usage.input_tokens, call.step.usage.output_tokens) == (3, 1)
    await gateway.close()


@pytest.mark.parametrize("finish", [answer, stream])
async def test_an_answer_that_could_not_be_passed_on_ends_its_call_once(
    desk: Desk, finish: Callable[[Call], None]
) -> None:
    call, _ = await desk.ask(stream=finish is stream)
    finish(call)
    call.gone()
    desk.end_turn()
    assert (status_of(call), desk.gateway.ended) == ("cancelled", [call.step])
    await desk.gateway.close()


async def test_several_are_closed_in_one_turn(desk: Desk) -> None:
    calls = [(await desk.ask(max_tokens=1))[0] for _ in range(2)]
    for call in calls:
        answer(call)
    assert len(desk.soon) == 1
    desk.end_turn()
    assert [status_of(call) for call in calls] == ["done", "done"]
    await desk.gateway.close()


async def test_who_ends_the_gateway_closes_what_waits(desk: Desk) -> None:
    call, _ = await desk.ask()
    answer(call)
    await desk.gateway.close()
    assert status_of(call) == "done"


async def test_a_call_is_over_though_what_came_of_it_cannot_be_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("the disk is full")

    call, _ = await desk.ask()
    answer(call)
    with monkeypatch.context() as full:
        full.setattr(Recorder, "ended", refuse)
        desk.end_turn()
    assert (desk.gateway.calls, desk.gateway.ended) == (set(), [call.step])
    second, sent = await desk.ask()
    assert isinstance(sent, Send), "what it held is free"
    answer(second)
    await desk.gateway.close()


async def test_what_was_answered_holds_nothing_that_another_call_needs(desk: Desk) -> None:
    first, _ = await desk.ask()
    answer(first)
    second, sent = await desk.ask()
    assert isinstance(sent, Send), "there is room for two such answers, not for two such holds"
    assert status_of(first) == "done"
    answer(second)
    desk.end_turn()
    assert desk.gateway.ended == [first.step, second.step], "nobody is closed twice"
    await desk.gateway.close()


async def test_two_calls_under_way_hold_what_they_may_use(desk: Desk) -> None:
    first, _ = await desk.ask()
    second, refused = await desk.ask()
    assert isinstance(refused, Reply)
    assert refused.status == 403
    assert (status_of(first), status_of(second)) == ("running", "refused")
    await desk.gateway.close()
