"""Model calls of unmodified clients: judged before they are sent, counted as the provider counts."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import holdfast
from holdfast.guard import current
from holdfast.testing import Fault, Reply, ScriptedProvider, Tokens, say, turns

httpx2 = pytest.importorskip("httpx2")
httpx = pytest.importorskip("httpx")
openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")

pytestmark = pytest.mark.integration

QUESTION: Any = [{"role": "user", "content": "Where is my order?"}]
TRUTH = Tokens(input=120, output=30, cached=20)
ANSWER = say("It is on its way to you.", usage=TRUTH)
CLAUDE = "claude-haiku-4-5"
Records = Callable[[], list[dict[str, Any]]]


def chat(client: Any, **options: Any) -> Any:
    return client.chat.completions.create(model="gpt-4o", messages=QUESTION, max_tokens=100, **options)


def respond(client: Any, **options: Any) -> Any:
    return client.responses.create(model="gpt-4o", input="Where is my order?", **options)


def message(client: Any, **options: Any) -> Any:
    return client.messages.create(model=CLAUDE, messages=QUESTION, max_tokens=100, **options)


CALLS = {"chat": chat, "responses": respond, "messages": message}


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(turns(ANSWER)) as made:
        yield made


def open_client(api: str, provider: ScriptedProvider, *, asynchronous: bool = False) -> Any:
    if api == "messages":
        kind = anthropic.AsyncAnthropic if asynchronous else anthropic.Anthropic
        return kind(base_url=provider.url, api_key="unused")
    kind = openai.AsyncOpenAI if asynchronous else openai.OpenAI
    return kind(base_url=provider.openai_url, api_key="unused")


def options_of(api: str, *, streamed: bool) -> dict[str, Any]:
    if not streamed:
        return {}
    return {"stream": True, "stream_options": {"include_usage": True}} if api == "chat" else {"stream": True}


def outcome(records: list[dict[str, Any]]) -> dict[str, Any]:
    [decision] = [one for one in records if one.get("kind") == "model"]
    [found] = [one for one in records if one["type"] == "outcome" and one["step"] == decision["step"]]
    return found


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("api", CALLS)
def test_usage_and_cost_are_what_the_provider_says(
    *, api: str, streamed: bool, asynchronous: bool, govern: Any, provider: ScriptedProvider, records: Records
) -> None:
    govern()
    options = options_of(api, streamed=streamed)
    if asynchronous:

        async def work() -> None:
            async with open_client(api, provider, asynchronous=True) as client:
                answer = await CALLS[api](client, **options)
                if streamed:
                    _ = [event async for event in answer]

        asyncio.run(work())
    else:
        with open_client(api, provider) as client:
            answer = CALLS[api](client, **options)
            if streamed:
                list(answer)
    holdfast.shutdown()
    found = outcome(records())
    # Anthropic counts cached tokens apart, OpenAI within its input; a total is the whole prompt with either.
    whole = TRUTH.input + (TRUTH.cached if api == "messages" else 0)
    assert (found["tokens_in"], found["tokens_out"]) == (whole, TRUTH.output)
    assert found["cost_micro_usd"] > 0
    assert found["status"] == "done"


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_not_a_byte_of_a_stream_is_changed(library: Any, govern: Any) -> None:
    chunks = [b'data: {"choices": [{"delta": {"con', b'tent": "a"}}]}\n', b"\ndata: [DO", b"NE]\n\n"]

    class Chunks(library.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from chunks

    def answer(_: Any) -> Any:
        return library.Response(200, headers={"content-type": "text/event-stream"}, stream=Chunks())

    govern()
    with library.Client(transport=library.MockTransport(answer)) as client:
        body = {"model": "gpt-4o", "messages": QUESTION, "stream": True}
        with client.stream("POST", "http://model.test/v1/chat/completions", json=body) as response:
            assert list(response.iter_raw()) == chunks


def test_a_tool_that_may_not_be_offered_is_taken_out(
    govern: Any, provider: ScriptedProvider, tmp_path: Any
) -> None:
    rules = tmp_path / "tools.yaml"
    rules.write_text(
        'agents: {"*": {}}\nrules:\n  - allow_agents: {}\n  - offered_tools: {hosted: [], strip: true}\n'
    )
    govern(policies=rules)
    function: Any = {"type": "function", "name": "look_up", "parameters": {}}
    with open_client("responses", provider) as client:
        respond(client, tools=[function, {"type": "web_search"}], tool_choice={"type": "web_search"})
    sent = provider.requests[0].body
    assert sent["tools"] == [function]
    assert "tool_choice" not in sent


@pytest.mark.parametrize("api", CALLS)
def test_a_refused_call_is_not_sent_and_not_tried_again(
    api: str, govern: Any, provider: ScriptedProvider, tmp_path: Any
) -> None:
    rules = tmp_path / "none.yaml"
    rules.write_text('agents:\n  "*": {models: []}\nrules:\n  - allow_agents: {}\n')
    govern(policies=rules)
    refused = anthropic.PermissionDeniedError if api == "messages" else openai.PermissionDeniedError
    with open_client(api, provider) as client, pytest.raises(refused) as caught:
        CALLS[api](client)
    assert provider.stats.requests == 0
    body = caught.value.response.json()
    assert body["holdfast"]["verdict"] == "deny"
    assert "Refused" in body["error"]["message"]


def test_a_reservation_that_does_not_fit_is_refused_before_it_is_sent(
    govern: Any, provider: ScriptedProvider, tmp_path: Any
) -> None:
    rules = tmp_path / "poor.yaml"
    rules.write_text(
        'agents:\n  "*": {}\nrules:\n  - allow_agents: {}\nbudgets:\n  - {scope: session, usd: 0.0001}\n'
    )
    govern(policies=rules)
    with open_client("chat", provider) as client, pytest.raises(openai.PermissionDeniedError, match="budget"):
        chat(client)
    assert provider.stats.requests == 0


def test_a_halted_run_cannot_ask_a_model_any_more(govern: Any, provider: ScriptedProvider) -> None:
    govern()

    @holdfast.tool(name="wipe_disk", effect="destroy")
    def wipe() -> None: ...

    @holdfast.agent("careless")
    def work(client: Any) -> None:
        try:
            wipe()
        except BaseException:
            chat(client)  # a framework that swallows everything goes on here

    with open_client("chat", provider) as client, pytest.raises(holdfast.Halted):
        work(client)
    assert provider.stats.requests == 0


def test_a_kill_reaches_the_next_call(govern: Any, provider: ScriptedProvider, desk: Any) -> None:
    guard = govern(desk)
    with open_client("chat", provider) as client:
        with holdfast.session("doomed"):
            chat(client)
            desk.kill("session", "doomed")
            pause = asyncio.run(_until(lambda: bool(guard.link.controls.kills)))
            assert pause, "the kill never came"
            with pytest.raises(holdfast.Halted):
                chat(client)
        with holdfast.session("another"):
            chat(client)
    assert provider.stats.requests == 2


async def _until(condition: Callable[[], bool]) -> bool:
    for _ in range(500):
        if condition():
            return True
        await asyncio.sleep(0.02)
    return False


def test_other_traffic_is_nobodys_business(govern: Any, provider: ScriptedProvider) -> None:
    govern()
    before = current().journal.ledger.size
    with httpx2.Client() as client:
        assert client.get(f"{provider.openai_url}/models").status_code == 200
        client.post(f"{provider.url}/v1/other", json={"model": "gpt-4o"})
    assert current().journal.ledger.size == before


def test_an_error_of_the_provider_is_recorded_and_costs_nothing(govern: Any, records: Records) -> None:
    govern()
    broken = Reply(error=Fault(status=400, message="no such thing"))
    with (
        ScriptedProvider(turns(broken)) as provider,
        open_client("chat", provider) as client,
        pytest.raises(openai.BadRequestError),
    ):
        chat(client)
    holdfast.shutdown()
    found = outcome(records())
    assert (found["status"], found["error_class"], found["cost_micro_usd"]) == (
        "failed",
        "ModelCallFailed",
        0,
    )


def test_a_stream_without_usage_is_counted_by_us(
    govern: Any, provider: ScriptedProvider, records: Records
) -> None:
    govern()
    with open_client("chat", provider) as client:
        list(chat(client, stream=True))
    holdfast.shutdown()
    found = outcome(records())
    assert found["tokens_in"] > 0
    assert found["tokens_out"] == math.ceil(len(ANSWER.text) / 4)


def test_a_stream_that_is_left_early_settles_what_came(
    govern: Any, provider: ScriptedProvider, records: Records
) -> None:
    govern()
    with open_client("chat", provider) as client:
        stream = chat(client, stream=True)
        next(iter(stream))
        stream.close()
    holdfast.shutdown()
    assert outcome(records())["status"] == "done"


def test_afterwards_the_clients_are_as_they_were(govern: Any) -> None:
    before = (httpx2.Client.send, httpx2.AsyncClient.send, httpx.Client.send, httpx.AsyncClient.send)
    govern()
    assert httpx2.Client.send is not before[0]
    holdfast.shutdown()
    assert (httpx2.Client.send, httpx2.AsyncClient.send, httpx.Client.send, httpx.AsyncClient.send) == before
