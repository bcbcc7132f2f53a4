"""The scripted provider keeps its promises to the real clients that frameworks use."""

from __future__ import annotations

import time

import anthropic
import httpx
import httpx2
import openai
import pytest
from openai import OpenAI

from holdfast.testing import (
    Fault,
    Reply,
    Rule,
    Scenario,
    ScriptedProvider,
    Tokens,
    ToolCall,
    When,
    call,
    say,
    turns,
)

pytestmark = pytest.mark.integration

LOOK_UP = {
    "type": "function",
    "function": {
        "name": "look_up",
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}},
    },
}
QUESTION = [{"role": "user", "content": "Where is A-1?"}]
TOKENS = Tokens(input=120, output=18, cached=20)


def openai_client(provider: ScriptedProvider, **more) -> OpenAI:
    return OpenAI(base_url=provider.openai_url, api_key="unused", max_retries=0, **more)


def anthropic_client(provider: ScriptedProvider) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=provider.url, api_key="unused", max_retries=0)


def test_chat_calls_a_tool_and_then_answers_with_its_result():
    script = turns(call("look_up", order="A-1"), say("It is {{last_result}}."))
    with ScriptedProvider(script) as provider, openai_client(provider) as client:
        chat = client.chat.completions
        first = chat.create(model="gpt-4o-mini", messages=QUESTION, tools=[LOOK_UP]).choices[0].message
        assert first.tool_calls[0].function.name == "look_up"
        result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "on its way"}
        said = [*QUESTION, first.model_dump(exclude_none=True), result]
        second = chat.create(model="gpt-4o-mini", messages=said, tools=[LOOK_UP])
        assert second.choices[0].message.content == "It is on its way."
        assert provider.stats.requests == 2
        assert provider.stats.tool_calls == 1


def test_a_streamed_chat_carries_usage_only_when_asked():
    script = Scenario(defaults=Reply(text="one two three", chunks=3, usage=TOKENS))
    with ScriptedProvider(script) as provider, openai_client(provider) as client:
        ask = {"model": "gpt-4o-mini", "messages": QUESTION, "stream": True}
        silent = list(client.chat.completions.create(**ask))
        counted = list(client.chat.completions.create(**ask, stream_options={"include_usage": True}))
        assert "".join(c.choices[0].delta.content or "" for c in silent) == "one two three"
        assert all(c.usage is None for c in silent)
        assert (counted[-1].usage.prompt_tokens, counted[-1].usage.completion_tokens) == (120, 18)
        assert provider.stats.spent.input == 240
        assert provider.stats.spent_by_model["gpt-4o-mini"].cached == 40


def test_responses_remembers_what_came_before():
    script = turns(call("look_up", order="A-1"), say("It is {{last_result}}."))
    tool = {"type": "function", "name": "look_up", "parameters": {"type": "object"}, "strict": False}
    with ScriptedProvider(script) as provider, openai_client(provider) as client:
        first = client.responses.create(model="gpt-4o-mini", input="Where is A-1?", tools=[tool])
        asked = first.output[0]
        result = {"type": "function_call_output", "call_id": asked.call_id, "output": "on its way"}
        second = client.responses.create(
            model="gpt-4o-mini", input=[result], previous_response_id=first.id, tools=[tool]
        )
        assert second.output_text == "It is on its way."


def test_streamed_responses_end_with_the_whole_response():
    script = [Rule(reply=Reply(text="hello there", reasoning="hm", usage=TOKENS))]
    with ScriptedProvider(script) as provider, openai_client(provider) as client:
        events = list(client.responses.create(model="gpt-4o-mini", input="hi", stream=True))
        deltas = [e.delta for e in events if e.type == "response.output_text.delta"]
        assert "".join(deltas) == "hello there"
        assert events[-1].type == "response.completed"
        assert events[-1].response.usage.input_tokens == 120
        assert [e.sequence_number for e in events] == list(range(len(events)))


def test_messages_calls_tools_whole_and_streamed_alike():
    reply = Reply(text="Looking.", reasoning="hm", tool_calls=(ToolCall("look_up", {"order": "A-1"}),))
    ask = {
        "model": "claude-sonnet-4-6",
        "max_tokens": 100,
        "messages": QUESTION,
        "tools": [{"name": "look_up", "input_schema": {"type": "object"}}],
    }
    with ScriptedProvider([Rule(reply=reply)]) as provider, anthropic_client(provider) as client:
        whole = client.messages.create(**ask)
        with client.messages.stream(**ask) as stream:
            streamed = stream.get_final_message()
        assert whole.stop_reason == streamed.stop_reason == "tool_use"
        assert [block.type for block in streamed.content] == ["thinking", "text", "tool_use"]
        assert whole.content[2].input == streamed.content[2].input == {"order": "A-1"}


def test_gemini_speaks_whole_and_in_pieces():
    ask = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    with ScriptedProvider([Rule(reply=say("a b", chunks=2))]) as provider, httpx.Client() as client:
        model = f"{provider.url}/v1beta/models/gemini-2.5-flash"
        whole = client.post(f"{model}:generateContent", json=ask).json()
        streamed = client.post(f"{model}:streamGenerateContent?alt=sse", json=ask).text
        assert whole["candidates"][0]["content"]["parts"] == [{"text": "a b"}]
        assert streamed.count("data: ") == 3
        assert '"finishReason":"STOP"' in streamed


def test_faults_look_like_the_real_providers_faults():
    fault = Fault(status=429, message="slow down", retry_after=2)
    with ScriptedProvider([Rule(reply=Reply(error=fault))]) as provider:
        with openai_client(provider) as client, pytest.raises(openai.RateLimitError, match="slow down") as no:
            client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
        assert no.value.response.headers["retry-after"] == "2"
        with anthropic_client(provider) as client, pytest.raises(anthropic.RateLimitError):
            client.messages.create(model="claude-sonnet-4-6", max_tokens=9, messages=QUESTION)
        assert provider.stats.errors == {429: 2}


@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_connection_is_an_error_for_the_client_and_counted(stream: bool):
    script = [Rule(reply=say("one two three four", drop_after_chunks=1))]
    with ScriptedProvider(script) as provider, openai_client(provider) as client:
        with pytest.raises((openai.APIConnectionError, httpx2.RemoteProtocolError)):  # noqa: PT012  # either half may notice
            answer = client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION, stream=stream)
            list(answer)
        assert provider.stats.dropped == 1


def test_a_hanging_provider_ends_in_the_clients_own_timeout():
    script = [Rule(reply=Reply(hang_ms=60_000))]
    with ScriptedProvider(script) as provider, openai_client(provider, timeout=0.2) as client:
        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
        assert provider.stats.hung == 1


def test_a_stream_the_client_leaves_is_counted():
    script = [Rule(reply=Reply(text="x " * 200, chunks=200, chunk_interval_ms=5))]
    with ScriptedProvider(script) as provider, openai_client(provider) as client:
        stream = client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION, stream=True)
        next(iter(stream))
        stream.close()
        deadline = time.monotonic() + 10
        while not provider.stats.aborted_streams and time.monotonic() < deadline:
            time.sleep(0.01)
        assert provider.stats.aborted_streams == 1


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[1]", 400), (b"{}", 200)])
def test_bad_bodies_are_refused(body: bytes, status: int):
    with ScriptedProvider() as provider, httpx.Client() as client:
        assert client.post(provider.openai_url + "/chat/completions", content=body).status_code == status


def test_unknown_paths_are_not_found():
    with ScriptedProvider() as provider, httpx.Client() as client:
        assert client.post(provider.url + "/v1/nothing", json={}).status_code == 404


def test_credentials_are_not_kept():
    with ScriptedProvider() as provider, openai_client(provider) as client:
        client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
        assert not {"authorization", "x-api-key"} & provider.requests[0].headers.keys()


def test_conditions_pick_the_rule():
    script = [
        Rule(name="big", when=When(model="gpt-4o$"), reply=say("big")),
        Rule(name="once", when=When(user="again"), reply=say("once"), max_uses=1),
        Rule(name="rest", reply=say("rest")),
    ]
    with ScriptedProvider(script) as provider, openai_client(provider) as client:

        def ask(model: str, text: str) -> str:
            said = [{"role": "user", "content": text}]
            return client.chat.completions.create(model=model, messages=said).choices[0].message.content

        assert [ask("gpt-4o", "x"), ask("gpt-4o-mini", "again"), ask("gpt-4o-mini", "again")] == [
            "big",
            "once",
            "rest",
        ]
        assert provider.stats.by_rule == {"big": 1, "once": 1, "rest": 1}
