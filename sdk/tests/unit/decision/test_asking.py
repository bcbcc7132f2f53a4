"""What a policy asks beyond the arguments: facts, the time somewhere, whether anything lies outside."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import Decision, Session, Source, Verdict, compile_bundle, decide
from holdfast.errors import PolicySyntaxError

SETTINGS = Source("settings.yaml", "agents: {'*': {}}")
OPEN = "permit (principal, action, resource);\n"
NOON_NS = 1_784_289_600_000_000_000  # 2026-07-17T12:00:00Z, a Friday
TOOL = Contract("go", effect=Effect.SEND, parameters={"properties": {"url": {"type": "string"}}}, open=True)


def judge(act: Any, rule: str, *, now_ns: int = NOON_NS, facts: Any = None, **arguments: Any) -> Decision:
    text = f"{OPEN}forbid (principal, action, resource) when {{ {rule} }};"
    bundle = compile_bundle([SETTINGS, Source("rules.cedar", text, "cedar")], contracts=[TOOL])
    action = msgspec.structs.replace(act("go", arguments), facts=facts)
    return decide(action, Session("s" * 32), bundle, now_ns=now_ns)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"citations": 2}, Verdict.ALLOW),
        ({"citations": 1}, Verdict.DENY),
        ({"citations": "2"}, Verdict.DENY),
        ({"citations": None}, Verdict.DENY),
        ({}, Verdict.DENY),
        (None, Verdict.DENY),
    ],
)
def test_a_fact_that_nobody_stated_or_that_is_no_fact_refuses(act: Any, facts: Any, verdict: Verdict) -> None:
    rule = "!(context.facts has citations && context.facts.citations >= 2)"
    assert judge(act, rule, facts=facts).verdict is verdict


def test_a_fact_must_be_asked_for_before_it_is_read(act: Any) -> None:
    with pytest.raises(PolicySyntaxError, match="citations"):
        judge(act, "context.facts.citations < 2")
    with pytest.raises(PolicySyntaxError, match="citatoins"):
        judge(act, "context.facts has citatoins && context.facts.citatoins < 2")


@pytest.mark.parametrize(
    ("zone", "clock", "date", "weekday"),
    [
        ("UTC", 1200, 20260717, 5),
        ("Europe/Berlin", 1400, 20260717, 5),
        ("Asia/Kathmandu", 1745, 20260717, 5),
        ("Pacific/Kiritimati", 200, 20260718, 6),
    ],
)
def test_it_is_another_time_elsewhere(act: Any, zone: str, clock: int, date: int, weekday: int) -> None:
    here = f'context.local["{zone}"]'
    rule = f"{here}.clock == {clock} && {here}.date == {date} && {here}.weekday == {weekday}"
    assert judge(act, rule).verdict is Verdict.DENY


def test_a_place_that_does_not_exist_is_a_load_error(act: Any) -> None:
    with pytest.raises(PolicySyntaxError, match="Atlantis") as caught:
        judge(act, 'context.local["Europe/Atlantis"].clock > 1')
    assert (caught.value.path, caught.value.line) == ("rules.cedar", 2)


@pytest.mark.parametrize(
    ("question", "arguments", "outside"),
    [
        ('hosts_outside["corp.example *.corp.example"]', {"url": "https://a.corp.example"}, False),
        ('hosts_outside["corp.example *.corp.example"]', {"url": "https://corp.example"}, False),
        ('hosts_outside["*.corp.example"]', {"url": "https://corp.example"}, True),
        ('hosts_outside["*.corp.example"]', {"url": "https://evilcorp.example"}, True),
        ('hosts_outside["corp.example"]', {"url": "https://corp.example", "more": "http://e.com"}, True),
        ('hosts_outside["corp.example"]', {"url": "none"}, True),
        ('hosts_outside["corp.example"]', {"note": "none"}, False),
        ('domains_outside["*.corp.example"]', {"to": "a@b.corp.example"}, False),
        ('domains_outside["*.corp.example"]', {"to": "a@b.corp.example, e@evil.com"}, True),
        ('paths_outside["/srv/shop ./src"]', {"path": "/srv/shop/a", "file": "src/b"}, False),
        ('paths_outside["/srv/shop"]', {"path": "/srv/shop/../etc"}, True),
        ('paths_outside["/srv/shop"]', {"path": "/srv/shops"}, True),
        ('paths_outside["/srv/shop"]', {"path": "/SRV/SHOP/a"}, True),
    ],
)
def test_everything_lies_inside_or_something_is_outside(
    act: Any, question: str, arguments: dict[str, Any], outside: bool
) -> None:
    verdict = judge(act, f"context.{question}", **arguments).verdict
    assert (verdict is Verdict.DENY) is outside


@pytest.mark.parametrize("question", ['hosts_outside["a.*"]', 'hosts_outside[" "]', 'paths_outside["../x"]'])
def test_a_question_that_makes_no_sense_is_a_load_error(act: Any, question: str) -> None:
    with pytest.raises(PolicySyntaxError):
        judge(act, f"context.{question}")
