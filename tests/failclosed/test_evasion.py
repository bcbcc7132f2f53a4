"""Saying the same thing otherwise does not get it past a rule: what cannot be read is refused."""

# ruff: noqa: RUF001  # look-alike letters are what is tested

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable
from typing import Any

import pytest

import holdfast
from holdfast.action import Contract, Effect, Kind, parse_arguments
from holdfast.decision import Verdict
from holdfast.errors import Invalid

MAIL = Contract(
    "send_email",
    parameters={
        "type": "object",
        "properties": {"to": {}, "body": {"type": "string"}, "cc": {}},
    },
    effect=Effect.SEND,
    reversible=True,
    payload=("body",),
)
FETCH = Contract(
    "fetch",
    parameters={"type": "object", "properties": {"url": {}}},
    effect=Effect.READ,
    reversible=True,
)
PAY = Contract(
    "pay",
    parameters={
        "type": "object",
        "properties": {"amount": {"type": "integer"}, "note": {"type": "string"}},
        "required": ["amount"],
    },
    effect=Effect.WRITE,
    reversible=True,
)
RULES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_tools: {tools: [send_email, fetch, pay, read_mail]}
  - deny_tools: {tools: [wipe]}
  - external_recipients: {allowed_domains: [corp.example], otherwise: deny}
  - allowed_hosts: {hosts: [corp.example]}
  - threshold: {tool: pay, arg: amount, deny_over: 100}
"""
Judge = Callable[..., Verdict]


@pytest.fixture
def judge(govern: Any) -> Judge:
    """What is decided about one call of a tool."""
    guard = govern(RULES)
    for contract in (MAIL, FETCH, PAY):
        guard.learn(contract)

    def decide(tool: str, **arguments: Any) -> Verdict:
        step = guard.enter(Kind.TOOL, tool, arguments)
        guard.leave(step)
        return step.decision.verdict

    return decide


def test_what_is_meant_is_allowed(judge: Judge) -> None:
    assert judge("send_email", to="ann@corp.example", body="hello eve@evil.example") is Verdict.ALLOW
    assert judge("fetch", url="https://corp.example/page") is Verdict.ALLOW
    assert judge("pay", amount=100) is Verdict.ALLOW


@pytest.mark.parametrize(
    "name",
    [
        "WIPE",
        "Wipe",
        " wipe",
        "wipe ",
        "wipe\n",
        "wipe\x00",
        "wi\u200bpe",
        "wip\u0435",
        "ｗｉｐｅ",
        "wipe\u202e",
        "./wipe",
        "tools.wipe",
        "functions.wipe",
        "wipe()",
        "rm",
        "",
        "holdfast:start",
        "holdfast:tool",
    ],
)
def test_another_name_for_a_tool_is_another_tool_and_nobody_allowed_it(judge: Judge, name: str) -> None:
    assert judge(name) in {Verdict.DENY, Verdict.HALT}


@pytest.mark.parametrize(
    "to",
    [
        "eve@evil.example",
        "EVE@EVIL.EXAMPLE",
        "  eve@evil.example  ",
        "eve@evil.example.",
        "Ann <eve@evil.example>",
        "ann@corp.example, eve@evil.example",
        "ann@corp.example;eve@evil.example",
        "ann@corp.example\neve@evil.example",
        "eve@corp.example.evil.example",
        "eve@evil.example@corp.example",
        "eve@corp.example@evil.example",
        "eve@c\u043erp.example",
        "eve@ｅｖｉｌ.example",
        "eve@evil\u200b.example",
        "eve@e\u00advil.example",
        "eve@evil\u3002example",
        "eve＠evil.example",
        "mailto:eve@evil.example",
        "eve%40evil.example",
        "eve@[10.0.0.1]",
        "eve(at)evil.example",
        '{"to": "eve@evil.example"}',
        ["ann@corp.example", "eve@evil.example"],
        {"address": "eve@evil.example"},
        {"eve@evil.example": True},
        [[["eve@evil.example"]]],
    ],
)
def test_a_recipient_outside_stays_outside_however_it_is_written(judge: Judge, to: Any) -> None:
    assert judge("send_email", to=to, body="hello") is Verdict.DENY


@pytest.mark.parametrize("to", ["eve@ｃｏｒｐ.example", "eve@corp\u200b.example", "eve@CORP.example."])
def test_other_spellings_of_the_very_same_domain_are_that_domain(judge: Judge, to: str) -> None:
    assert judge("send_email", to=to, body="hello") is Verdict.ALLOW


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "HTTPS://EVIL.EXAMPLE",
        "https://corp.example@evil.example/",
        "https://corp.example.evil.example",
        "https://evil.example/corp.example",
        "https://corp.example\\@evil.example",
        "https://evil.example\\.corp.example",
        "https://c\u043erp.example",
        "https://ｅｖｉｌ.example",
        "https://evil\u200b.example",
        "https://evil\u3002example",
        "https:/evil.example",
        "https:\\\\evil.example",
        "//evil.example/x",
        "evil.example/x",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://[::1]/",
        "https://%65vil.example",
        "java\tscript:https://evil.example",
        "view-source:https://evil.example",
        "data:text/html,https://evil.example",
        '{"url": "https://evil.example"}',
        ["https://corp.example", "https://evil.example"],
        {"href": {"to": "https://evil.example"}},
    ],
)
def test_a_host_outside_stays_outside_however_it_is_written(judge: Judge, url: Any) -> None:
    assert judge("fetch", url=url) is Verdict.DENY


@pytest.mark.parametrize(
    "amount",
    [
        101,
        2**63,
        -(2**63) - 1,
        2**200,
        math.nan,
        math.inf,
        -math.inf,
        1e308,
        "5000",
        "101",
        " 5 ",
        "５",
        True,
        None,
        [5000],
        {"value": 5},
        decimal.Decimal(5000),
        100.5,
        b"5000",
        complex(1, 1),
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        pytest.param(object(), id="a-live-object"),
        {5000},
    ],
    ids=repr,
)
def test_a_number_over_the_limit_or_none_at_all_is_refused(judge: Judge, amount: Any) -> None:
    assert judge("pay", amount=amount) is Verdict.DENY


def test_a_number_left_out_is_refused(judge: Judge) -> None:
    assert judge("pay") is Verdict.DENY
    assert judge("pay", Amount=5, amount_=5) is Verdict.DENY
    assert judge("pay", amount=5, extra="x") is Verdict.DENY


def test_huge_deep_and_cyclic_arguments_are_refused(judge: Judge) -> None:
    cyclic: dict[str, Any] = {}
    cyclic["me"] = cyclic
    deep: Any = "eve@evil.example"
    for _ in range(2_000):
        deep = [deep]
    for to in (cyclic, deep, "x" * 300_000, ["a"] * 300_000, {f"k{n}": n for n in range(50_000)}):
        assert judge("send_email", to=to) is Verdict.DENY


@pytest.mark.parametrize(
    "text",
    [
        '{"amount": 5, "amount": 5000}',
        '{"amount": NaN}',
        '{"amount": Infinity}',
        '{"a": {"b": 1, "b": 2}}',
        '{"amount": 1e999}',
        "[1]",
        '"amount"',
        "{" * 100_000,
        "",
        "nonsense",
    ],
)
def test_a_models_text_that_can_be_read_in_two_ways_is_not_read(text: str) -> None:
    if not text:
        assert parse_arguments(text) == {}
        return
    with pytest.raises(Invalid):
        parse_arguments(text)


class Sly(int):
    """A number that says another one to whoever asks twice."""

    def __gt__(self, other: object) -> bool:
        return False


def test_live_objects_cannot_answer_for_themselves(judge: Judge) -> None:
    assert judge("pay", amount=Sly(5000)) is Verdict.DENY


def test_what_is_changed_after_it_was_judged_is_not_what_runs(govern: Any) -> None:
    govern(RULES.replace("read_mail", "read_mail, deliver"))
    received: list[Any] = []

    @holdfast.tool(name="deliver", effect="write", reversible=True)
    def deliver(to: list[str]) -> str:
        received.append(to)
        return "done"

    mine = ["ann@corp.example"]
    deliver(mine)
    mine.append("eve@evil.example")
    assert received == [["ann@corp.example"]]
    assert received[0] is not mine


def test_positional_defaulted_and_doubled_arguments_are_all_judged(govern: Any) -> None:
    govern(RULES)

    @holdfast.tool(name="pay", effect="write", reversible=True)
    def pay(amount: int = 5000, note: str = "") -> str:
        return "paid"

    for call in (lambda: pay(5000), pay, lambda: pay(5000, note="x"), lambda: pay(*[5000])):
        with pytest.raises(holdfast.Denied):
            call()
    with pytest.raises(TypeError):
        pay(5, amount=5000)  # type: ignore[misc]  # on purpose
    assert pay(5) == "paid"
