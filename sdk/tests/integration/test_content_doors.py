"""Rules about content where models are asked and answer: both ways, in every dialect, whole and streamed."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.testing import ScriptedProvider, call, say, turns

pytest.importorskip("httpx2")
openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")

pytestmark = pytest.mark.integration
PACK = """
agents: {"*": {}}
tools:
  pay: {effect: write, reversible: true, output_labels: []}
rules:
  - allow_agents: {}
  - allow_tools: {tools: [rows, mixed, pay, arows]}
content:
"""
ADDRESS = "ann.example@example.com"
TEXT = f"You may write to {ADDRESS} whenever it suits you, and she will answer within a day or two."
SHOWN = TEXT.replace(ADDRESS, "[redacted:email]")


@pytest.fixture
def rule(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    def begin(*rules: str, desk: Any = None, **options: Any) -> Any:
        text = PACK + "".join(f"  - {one}\n" for one in rules)
        (tmp_path / "house.yaml").write_text(text)
        if desk is not None:
            desk.sources = [{"name": "house.yaml", "text": text, "kind": "yaml"}]
        server = desk.url if desk is not None else ""
        return holdfast.init(
            policies=tmp_path / "house.yaml", data=tmp_path / "data", server=server, **options
        )

    yield begin
    holdfast.shutdown()


def chat(provider: Any, *, streamed: bool, text: str = "Hi") -> tuple[str, Any]:
    with openai.OpenAI(base_url=provider.openai_url, api_key="unused") as client:
        given: Any = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
        if not streamed:
            said = client.chat.completions.create(**given).choices[0].message
            return said.content or "", json.loads(
                said.tool_calls[0].function.arguments
            ) if said.tool_calls else None
        words, arguments = "", ""
        for event in client.chat.completions.create(**given, stream=True):
            for choice in event.choices:
                words += choice.delta.content or ""
                for one in choice.delta.tool_calls or ():
                    arguments += one.function.arguments or ""
        return words, json.loads(arguments) if arguments else None


def respond(provider: Any, *, streamed: bool, text: str = "Hi") -> tuple[str, Any]:
    with openai.OpenAI(base_url=provider.openai_url, api_key="unused") as client:
        given: Any = {"model": "gpt-4o", "input": text}
        if not streamed:
            answer = client.responses.create(**given)
            calls = [one for one in answer.output if one.type == "function_call"]
            return answer.output_text, json.loads(calls[0].arguments) if calls else None
        words, arguments, last = "", "", None
        for event in client.responses.create(**given, stream=True):
            words += event.delta if event.type == "response.output_text.delta" else ""
            arguments += event.delta if event.type == "response.function_call_arguments.delta" else ""
            last = event
        assert ADDRESS not in last.model_dump_json()
        return words, json.loads(arguments) if arguments else None


def message(provider: Any, *, streamed: bool, text: str = "Hi") -> tuple[str, Any]:
    with anthropic.Anthropic(base_url=provider.url, api_key="unused") as client:
        given: Any = {"model": "claude-haiku-4-5", "max_tokens": 100}
        given["messages"] = [{"role": "user", "content": text}]
        if streamed:
            with client.messages.stream(**given) as stream:
                answer = stream.get_final_message()
        else:
            answer = client.messages.create(**given)
        words = "".join(one.text for one in answer.content if one.type == "text")
        calls = [one.input for one in answer.content if one.type == "tool_use"]
        return words, calls[0] if calls else None


CALLS = {"chat": chat, "responses": respond, "messages": message}
each_way = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
each_api = pytest.mark.parametrize("api", CALLS)


@each_way
@each_api
def test_what_models_answer_is_rewritten(api: str, streamed: bool, rule: Any, records: Any) -> None:
    rule("{find: [email], at: [answers], do: redact}")
    with ScriptedProvider(turns(say(TEXT))) as provider:
        assert CALLS[api](provider, streamed=streamed)[0] == SHOWN
    holdfast.shutdown()
    assert any("pii" in one.get("labels", ()) for one in records() if one["type"] == "outcome")


@each_way
@each_api
def test_the_arguments_of_calls_are_rewritten(api: str, streamed: bool, rule: Any) -> None:
    rule("{find: [email], at: [answers], do: redact}")
    with ScriptedProvider(turns(call("pay", to=ADDRESS, note=TEXT, amount=7))) as provider:
        made = CALLS[api](provider, streamed=streamed)[1]
    assert made == {"to": "[redacted:email]", "note": SHOWN, "amount": 7}


@each_way
@each_api
def test_an_answer_that_a_rule_denies_is_withheld(api: str, streamed: bool, rule: Any) -> None:
    rule("{find: [email], at: [answers], do: deny, message: no addresses here}")
    errors = (openai.APIError, anthropic.APIError)
    with (
        ScriptedProvider(turns(say(TEXT))) as provider,
        pytest.raises(errors, match="no addresses here") as error,
    ):
        CALLS[api](provider, streamed=streamed)
    assert ADDRESS not in str(error.value)


@each_way
@each_api
def test_an_answer_without_findings_is_what_the_provider_said(api: str, streamed: bool, rule: Any) -> None:
    rule("{find: [email], at: [answers], do: redact}", "{find: [credit-card], at: [answers], do: deny}")
    plain = "Nothing in this text is anything that a rule would look at twice, and it is long enough."
    with ScriptedProvider(turns(say(plain))) as provider:
        assert CALLS[api](provider, streamed=streamed)[0] == plain


@each_way
@each_api
def test_what_models_are_sent_is_rewritten(api: str, streamed: bool, rule: Any) -> None:
    rule("{find: [email], at: [requests], do: token}")
    with ScriptedProvider(turns(say("Fine."))) as provider:
        CALLS[api](provider, streamed=streamed, text=TEXT)
        sent = json.dumps(provider.requests[-1].body, ensure_ascii=False)
    assert ADDRESS not in sent
    assert "\N{MATHEMATICAL LEFT ANGLE BRACKET}email:" in sent


@each_api
def test_a_request_that_a_rule_denies_is_not_sent(api: str, rule: Any) -> None:
    rule("{find: [email], at: [requests], do: deny, message: no addresses here}")
    with ScriptedProvider(turns(say("Fine."))) as provider:
        with pytest.raises((openai.APIError, anthropic.APIError), match="no addresses here"):
            CALLS[api](provider, streamed=False, text=TEXT)
        assert not provider.requests


def test_items_of_generators_are_one_text_in_pieces(rule: Any) -> None:
    rule("{find: [email], at: [results], tools: [rows, mixed], do: redact}")

    @holdfast.tool(effect="read")
    def rows() -> Iterator[str]:
        for place in range(0, len(TEXT), 9):
            yield TEXT[place : place + 9]

    @holdfast.tool(effect="read")
    def mixed() -> Iterator[Any]:
        yield {"to": ADDRESS}
        yield 7

    assert "".join(rows()) == SHOWN
    assert list(mixed()) == [{"to": "[redacted:email]"}, 7]


async def test_items_of_an_async_generator_that_a_rule_denies_are_withheld(rule: Any) -> None:
    rule("{find: [email], at: [results], do: deny, message: no addresses here}")

    @holdfast.tool(effect="read")
    async def arows() -> AsyncIterator[str]:
        for place in range(0, len(TEXT), 9):
            yield TEXT[place : place + 9]

    assert [item async for item in arows()] == ["Withheld: no addresses here"]


@pytest.mark.parametrize(("do", "ran"), [("redact", ["[redacted:email]"]), ("deny", [])])
def test_what_a_person_writes_instead_is_read_too(do: str, ran: list[str], rule: Any, desk: Any) -> None:
    rule(
        f"{{find: [email], at: [arguments], tools: [pay], do: {do}}}", "{find: [us-ssn], do: ask}", desk=desk
    )
    paid: list[str] = []

    @holdfast.tool(effect="write", reversible=True, labels=())
    def pay(to: str) -> str:
        paid.append(to)
        return "paid"

    person = threading.Thread(target=desk.answer, args=("approve", {"to": ADDRESS}))
    person.start()
    if ran:
        pay("ssn 536-22-8726")
    else:
        with pytest.raises(holdfast.Denied):
            pay("ssn 536-22-8726")
    person.join()
    assert paid == ran


def test_a_policy_reads_what_the_arguments_hold(tmp_path: Path) -> None:
    (tmp_path / "house.yaml").write_text(PACK.replace("content:\n", ""))
    (tmp_path / "own.cedar").write_text(
        'forbid (principal, action == Action::"pay", resource)\n'
        'when { context.derived.content.contains("pii") };'
    )
    holdfast.init(policies=tmp_path, data=tmp_path / "data")

    @holdfast.tool(effect="write", reversible=True, labels=())
    def pay(to: str) -> str:
        return to

    try:
        assert pay("Ann") == "Ann"
        with pytest.raises(holdfast.Denied):
            pay(ADDRESS)
    finally:
        holdfast.shutdown()
