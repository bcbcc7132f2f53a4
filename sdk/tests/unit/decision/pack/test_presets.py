"""Every preset of every category lets through what it should, and asks about or refuses the rest."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from holdfast.action import Contract, Estimate, Kind
from holdfast.decision import Session, Source, Verdict, cedar_text, compile_bundle, decide
from holdfast.decision.pack import CATEGORIES, PRESETS
from holdfast.errors import PolicySyntaxError

from .cases import FRIDAY_NOON_NS, SETTINGS, TOOLS, Case, compile_rule, judge, make_action

HOUR_NS: Final = 3_600_000_000_000
DAY_NS: Final = 24 * HOUR_NS
START, MODEL, OUTPUT, DELEGATE, MEMORY = Kind.START, Kind.MODEL, Kind.OUTPUT, Kind.DELEGATE, Kind.MEMORY
BASE64: Final = "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQ="
FOUND: Final = {"relevance": 0.6, "source_age_hours": 1, "source_count": 2}

CASES: Final[dict[str, list[Case]]] = {
    "allow_agents": [Case("{role: worker}", "allow", "ada", kind=START)],
    "allow_effects": [Case("", "allow", "look"), Case("", "allow", "note")],
    "allow_tools": [Case("{tools: ['lo*']}", "allow", "look")],
    "allowed_hosts": [
        Case("", "allow", arguments={"url": "https://API.corp.example/x"}),
        Case("", "allow", arguments={"url": "https://a.docs.example"}),
        Case("", "deny", arguments={"url": "https://corp.example.evil.com"}),
        Case("", "deny", arguments={"url": "https://api.corp.example\\@evil.com"}),
        Case("{hosts: [a.example], otherwise: approve}", "ask", arguments={"q": "see http://b.example"}),
        Case("{hosts: [a.example], otherwise: halt}", "halt", arguments={"q": "see http://b.example"}),
        Case("{hosts: [a.example], tools: [query]}", "allow", arguments={"q": "see http://b.example"}),
        Case("{hosts: [a.example], role: worker}", "allow", arguments={"q": "http://b.example"}, agent="ben"),
    ],
    "allowed_models": [
        Case("", "allow", "openai/gpt-4o", kind=MODEL),
        Case("", "deny", "openai/gpt-5-preview", kind=MODEL),
        Case("", "deny", "other/gpt-4o", kind=MODEL),
        Case("{barred: ['x/*']}", "allow", "openai/gpt-4o", kind=MODEL),
    ],
    "allowed_values": [
        Case("", "allow", "refund", {"reason": "late"}),
        Case("", "deny", "refund", {"reason": "because"}),
        Case("", "deny", "refund"),
        Case("{tool: refund, arg: reason, values: [late], otherwise: approve}", "ask", "refund"),
    ],
    "ask_effects": [
        Case("", "ask", "mail"),
        Case("", "allow", "note"),
        Case("", "allow", "mail", approvals=("owner",)),
        Case("{effects: [write], irreversible: true}", "allow", "note"),
        Case("{effects: [write], irreversible: true}", "ask", "keep"),
    ],
    "ask_tools": [
        Case("", "ask", "refund"),
        Case("", "allow", "refund", approvals=("finance-lead",)),
        Case("", "ask", "refund", approvals=("owner",)),
        Case("", "allow", "look"),
    ],
    "blocked_addresses": [
        Case("{}", "allow", arguments={"url": "https://corp.example"}),
        Case("{}", "allow", arguments={"url": "https://93.184.216.34"}),
        Case("{}", "deny", arguments={"url": "http://2852039166/latest"}),
        Case("{}", "deny", arguments={"url": "http://[::ffff:7f00:1]/"}),
        Case("{}", "deny", arguments={"url": "localhost:8080"}),
        Case("{classes: [metadata]}", "allow", arguments={"url": "http://10.0.0.1"}),
    ],
    "budget": [
        Case("{calls: 2}", "allow", before=1),
        Case("{calls: 2}", "deny", arguments={"q": "x"}, before=2),
        Case("{calls: 2, otherwise: halt}", "halt", before=2),
        Case("{usd: 1}", "deny", "openai/x", kind=MODEL, estimate=Estimate(cost_micro_usd=1_000_001)),
        Case("{usd: 1}", "deny", "openai/x", kind=MODEL, estimate=Estimate(cost_micro_usd=None)),
    ],
    "business_hours": [
        Case("{from: 9, to: 17}", "allow"),
        Case("{from: 9, to: 12}", "deny"),
        Case("{from: 9, to: '12:01'}", "allow"),
        Case("{from: 22, to: 6}", "deny"),
        Case("{from: 22, to: 6}", "allow", now_ns=FRIDAY_NOON_NS + 11 * HOUR_NS),
        Case("{from: 9, to: 17}", "deny", now_ns=FRIDAY_NOON_NS + DAY_NS),
        Case("{from: 9, to: 17, time_zone: America/New_York}", "deny"),
        Case("{from: 9, to: 17, time_zone: Europe/Berlin, otherwise: approve}", "allow"),
        Case("{from: 9, to: 12, otherwise: approve, approver: duty}", "ask"),
        Case("{from: 9, to: 12, otherwise: approve, approver: duty}", "allow", approvals=("duty",)),
    ],
    "change_freeze": [
        Case("{periods: [{from: 2026-07-17, to: 2026-07-17}]}", "deny", "keep"),
        Case("{periods: [{from: 2026-07-17, to: 2026-07-17}]}", "allow", "note"),
        Case("{periods: [{from: 2026-07-18, to: 2026-07-19}]}", "allow", "keep"),
        Case("{periods: [{from: 2026-07-18, to: 2026-07-18}], time_zone: Asia/Tokyo}", "allow", "keep"),
        Case("{periods: [{from: 2026-07-18, to: 2026-07-18}], time_zone: Etc/GMT-14}", "deny", "keep"),
        Case("{periods: [{from: 2026-07-01, to: 2026-07-31}], effects: [write]}", "deny", "note"),
        Case("{periods: [{from: 2026-07-01, to: 2026-07-31}], otherwise: approve}", "ask", "keep"),
    ],
    "citations_required": [
        Case("", "allow", "ada", kind=OUTPUT, facts={"citations": 2, "confidence": 0.7}),
        Case("", "deny", "ada", kind=OUTPUT, facts={"citations": 1, "confidence": 0.9}),
        Case("", "deny", "ada", kind=OUTPUT, facts={"citations": 2}),
        Case("", "deny", "ada", kind=OUTPUT),
        Case("{citations: 1, tools: [mail]}", "deny", "mail"),
        Case("{citations: 1, tools: [mail]}", "allow", "ada", kind=OUTPUT),
    ],
    "clamp": [
        Case("{tool: look, arg: limit, max: 100}", "transform", arguments={"limit": 1000}),
        Case("{tool: look, arg: limit, max: 100}", "allow", arguments={"limit": 100}),
    ],
    "code_languages": [
        Case("", "allow", "run_code", {"language": "Python3"}),
        Case("", "deny", "run_code", {"language": "bash"}),
        Case("", "deny", "run_code", {"code": "1"}),
    ],
    "content": [Case("{find: [secret], do: redact}", "allow")],
    "cost_tags": [
        Case("", "allow", "openai/x", kind=MODEL, facts={"tags": ["project", "cost_centre", "team"]}),
        Case("", "deny", "openai/x", kind=MODEL, facts={"tags": ["project"]}),
        Case("", "deny", "ada", kind=START),
        Case("", "allow", "look"),
    ],
    "data_access": [
        Case("", "allow", arguments={"path": "/srv/reports/a"}),
        Case("", "allow", arguments={"path": "data/x"}),
        Case("", "deny", arguments={"path": "/srv/reports/../../etc/passwd"}),
        Case("", "deny", arguments={"path": "/srv/reports/Board/minutes"}),
        Case("", "deny", arguments={"path": "/srv/reports/%2e%2e/x"}),
    ],
    "data_residency": [
        Case("", "allow", "eu-gateway/x", kind=MODEL, labels=("pii",)),
        Case("", "deny", "us/x", kind=MODEL, labels=("pii",)),
        Case("", "allow", "us/x", kind=MODEL),
        Case("", "allow", "us/x", kind=MODEL, labels=("pii",), facts={"region": "eu"}),
        Case("", "deny", "mail", {"to": "a@b.example"}, labels=("pii",)),
        Case("", "allow", "look", labels=("pii",)),
        Case("{regions: [eu], otherwise: approve}", "ask", "us/x", kind=MODEL),
    ],
    "delegation": [
        Case("", "allow", "clerk-2", kind=DELEGATE),
        Case("", "deny", "boss", kind=DELEGATE),
        Case("{depth: 1}", "deny", "ben", kind=DELEGATE, chain=("eve",)),
        Case("{depth: 2}", "allow", "ben", kind=DELEGATE, chain=("eve",)),
    ],
    "deny_tools": [Case("", "deny", "drop_prod"), Case("", "allow", "drop_table")],
    "described_tools": [
        Case("{}", "allow", "look"),
        Case("{}", "deny", "raw"),
        Case("{}", "deny", "inferred"),
        Case("", "ask", "raw"),
    ],
    "disclosure_required": [
        Case("{}", "allow", "ada", kind=OUTPUT, facts={"disclosed": True}),
        Case("{}", "deny", "ada", kind=OUTPUT, facts={"disclosed": False}),
        Case("{}", "deny", "ada", kind=OUTPUT),
        Case("", "deny", "mail", {"to": "a@b.example"}),
    ],
    "evaluated": [
        Case("{score: 0.8}", "allow", "ada", kind=OUTPUT, facts={"score": 0.8}),
        Case("{score: 0.8}", "deny", "ada", kind=OUTPUT, facts={"score": 0.79}),
        Case("{score: 0.8}", "deny", "ada", kind=OUTPUT),
        Case("{score: 0, evaluators: [me]}", "deny", "ada", kind=OUTPUT, facts={"score": 1}),
        Case("{score: 0.5, otherwise: approve}", "ask", "ada", kind=OUTPUT),
    ],
    "external_recipients": [
        Case("", "allow", "mail", {"to": "Ann <ann@Corp.example>, b@x.corp.example"}),
        Case("", "ask", "mail", {"to": "ann@corp.example, eve@evil.com"}),
        Case("", "ask", "mail", {"to": "ann@c\u043erp.example"}),
        Case("", "ask", "mail", {"to": "somebody"}),
        Case("{allowed_domains: [a.example], otherwise: deny}", "deny", "mail", {"to": "a@b.example"}),
    ],
    "first_contact": [
        Case("", "allow", "mail", {"to": "ann@corp.example"}),
        Case("", "ask", "mail", {"to": "eve@evil.com"}),
        Case("", "allow", "mail", {"to": "bob@other.example"}, endorsed="tell bob@other.example"),
        Case("{otherwise: deny}", "deny", "mail", {"to": "ann@corp.example"}),
    ],
    "four_eyes": [
        Case("", "ask", "drop_table"),
        Case("", "ask", "drop_table", approvals=("owner",)),
        Case("", "allow", "drop_table", approvals=("owner", "security")),
        Case("", "allow", "look"),
    ],
    "green": [Case("", "allow", "look")],
    "halt_on": [
        Case("", "halt", "drop_prod"),
        Case("", "allow", "drop_table"),
        Case("{labels: [secret]}", "halt", labels=("secret",)),
    ],
    "hidden_text": [
        Case("{}", "allow", arguments={"q": "Привет, Anna"}),
        Case("{}", "deny", arguments={"q": "pay\u200bpal"}),
        Case("{}", "deny", arguments={"q": "p\u0430ypal"}),
    ],
    "input_size": [
        Case("{characters: 5}", "allow", arguments={"q": "12345"}),
        Case("{characters: 5}", "deny", arguments={"q": "123456"}),
    ],
    "irreversible_in": [
        Case("", "ask", "drop_prod"),
        Case("", "ask", "drop_prod", approvals=("owner",)),
        Case("", "allow", "drop_prod", approvals=("owner", "operations")),
        Case("", "allow", "drop_table"),
    ],
    "known_code": [
        Case("", "allow", version="1.4"),
        Case("", "deny", version="1.3"),
        Case("{digests: [abc]}", "allow", facts={"code": "abc"}),
        Case("{digests: [abc]}", "deny", facts={"code": "abd"}),
        Case("{digests: [abc]}", "deny", "ada", kind=START),
    ],
    "labels_never_reach": [
        Case("", "deny", "mail", {"to": "a@b.example"}, labels=("pii",)),
        Case("", "allow", "mail", {"to": "a@b.example"}),
        Case("", "allow", "look", labels=("pii",)),
        Case("{labels: [pii], sink: tools, tools: [note]}", "deny", "note", labels=("pii",)),
    ],
    "loops": [
        Case("", "allow", before=2),
        Case("", "ask", before=3),
        Case("{repeats: 2}", "halt", before=2),
    ],
    "mcp_servers": [
        Case("", "allow", "mcp__github__issue"),
        Case("", "deny", "mcp__evil__issue"),
        Case("", "allow", "look"),
        Case("{servers: []}", "deny", "mcp__github__issue"),
    ],
    "memory_scope": [
        Case("", "allow", "shop/orders", kind=MEMORY, facts={"snapshot": "v7"}),
        Case("", "deny", "shop/orders", kind=MEMORY, facts={"snapshot": ""}),
        Case("", "deny", "shop/orders", kind=MEMORY),
        Case("", "deny", "home", kind=MEMORY, facts={"snapshot": "v7"}),
        Case("{}", "deny", "home", kind=MEMORY, labels=("untrusted",)),
        Case("{otherwise: approve}", "ask", "home", kind=MEMORY, labels=("untrusted",)),
    ],
    "model_call_limit": [
        Case("", "allow", "openai/x", kind=MODEL, estimate=Estimate(100, 100, 500_000)),
        Case("", "deny", "openai/x", kind=MODEL, estimate=Estimate(100, 100, 500_001)),
        Case("", "deny", "openai/x", kind=MODEL, estimate=Estimate(100, 100, None)),
        Case("", "deny", "openai/x", kind=MODEL, estimate=Estimate(200_000, 1, 0)),
    ],
    "model_cards": [
        Case("", "allow", "openai/gpt-4o", kind=MODEL),
        Case("", "deny", "openai/gpt-5", kind=MODEL),
        Case("{cards: {}}", "deny", "openai/gpt-4o", kind=MODEL),
    ],
    "offered_tools": [
        Case("", "allow", "openai/x", {"tools": ["look"], "hosted_tools": ["file_search"]}, kind=MODEL),
        Case("", "transform", "openai/x", {"tools": ["look", "delete_all"]}, kind=MODEL),
        Case("", "transform", "openai/x", {"tools": [], "hosted_tools": ["mcp"]}, kind=MODEL),
        Case("{hosted: []}", "deny", "openai/x", {"tools": [], "hosted_tools": ["mcp"]}, kind=MODEL),
        Case("{hosted: []}", "allow", "openai/x", {"tools": ["any"]}, kind=MODEL),
        Case("{allowed: ['look*']}", "deny", "openai/x", {"tools": ["look_up", "pay"]}, kind=MODEL),
        Case("{allowed: ['look*']}", "allow", "openai/x", {"tools": ["look_up"]}, kind=MODEL),
        Case("{barred: [pay], otherwise: approve}", "ask", "openai/x", {"tools": ["pay"]}, kind=MODEL),
    ],
    "output_format": [
        Case("{}", "allow", "mail", {"to": "a@b.example", "body": "see https://corp.example/a"}),
        Case("{}", "deny", "mail", {"to": "a@b.example", "body": BASE64}),
        Case("{}", "deny", "mail", {"to": "a@b.example", "body": "![x](http://e.example/?d=1)"}),
        Case("{}", "allow", "look", {"q": BASE64}),
        Case("{tools: [look]}", "deny", "look", {"q": BASE64}),
    ],
    "patience": [Case("{tools: [look], retry_budget: 20}", "allow")],
    "person_required": [
        Case("", "allow", "mail", {"to": "a@b.example"}),
        Case("", "deny", "mail", {"to": "a@b.example"}, person=""),
        Case("", "allow", "look", person=""),
        Case("{verification: [mfa]}", "deny"),
        Case("{verification: [mfa]}", "allow", facts={"verification": "mfa"}),
    ],
    "prompts": [
        Case("", "allow", "openai/x", kind=MODEL, facts={"prompt": "refunds-v3"}),
        Case("", "deny", "openai/x", kind=MODEL, facts={"prompt": "refunds-v4"}),
        Case("", "deny", "openai/x", kind=MODEL),
    ],
    "provenance_required": [
        Case("", "allow", "note", facts={"sources": ["crm"]}),
        Case("", "deny", "note", facts={"sources": ["crm", "web"]}),
        Case("", "deny", "note", facts={"sources": []}),
        Case("", "deny", "note"),
        Case("{}", "allow", "note", facts={"sources": ["web"]}),
    ],
    "purpose_required": [
        Case("", "allow", labels=("pii",), facts={"purpose": "support"}),
        Case("", "deny", labels=("pii",), facts={"purpose": "marketing"}),
        Case("", "deny", labels=("pii",)),
        Case("", "allow"),
    ],
    "quality_floor": [
        Case("", "allow", "ada", kind=START, facts={"release_score": 0.95}),
        Case("", "deny", "ada", kind=START, facts={"release_score": 0.9}),
        Case("", "deny", "ada", kind=START),
    ],
    "rate_limit": [Case("{tools: [look], calls: 2, per_s: 60}", "allow")],
    "rationale_required": [
        Case("{}", "allow", "note", {"reason": "asked for"}),
        Case("{}", "deny", "note", {"reason": "  "}),
        Case("", "deny", "drop_table"),
        Case("", "allow", "look"),
    ],
    "recipient_limit": [
        Case("{max: 2}", "allow", "mail", {"to": "a@x.example, b@x.example"}),
        Case("{max: 2}", "deny", "mail", {"to": "a@x.example, b@x.example, c@x.example"}),
    ],
    "record_limit": [
        Case("{max: 10}", "allow", arguments={"limit": 10}),
        Case("{max: 10}", "deny", arguments={"limit": 11}),
        Case("{max: 1}", "deny", arguments={"ids": ["a", "b"]}),
        Case("{max: 10}", "deny"),
        Case("{max: 10, otherwise: approve}", "ask"),
    ],
    "recursion_bound": [
        Case("{}", "allow", "ben", kind=DELEGATE),
        Case("{}", "deny", "ben", kind=DELEGATE, chain=("ben",)),
        Case("", "allow", "ben", kind=DELEGATE, chain=("ben",)),
    ],
    "red": [
        Case("", "deny", "drop_table", person="", approvals=("owner", "security")),
        Case("", "deny", "drop_table", approvals=("owner", "security")),
        Case("", "ask", "drop_table", facts={"verification": "mfa"}),
        Case("", "ask", "drop_table", facts={"verification": "mfa"}, approvals=("owner",)),
        Case("", "allow", "drop_table", facts={"verification": "mfa"}, approvals=("owner", "security")),
        Case("{tools: ['drop_*']}", "ask", "drop_table"),
    ],
    "redact": [
        Case("{tool: refund, arg: note}", "transform", "refund", {"note": "secret"}),
        Case("{tool: refund, arg: note}", "allow", "refund", {"amount": 1}),
    ],
    "releases": [
        Case("", "allow", "ada", kind=START, facts={"release": "2026-07-17"}),
        Case("", "deny", "ada", kind=START, facts={"release": "2026-07-16"}),
        Case("", "deny", "ada", kind=START),
    ],
    "retrieval_quality": [
        Case("", "allow", "ada", kind=OUTPUT, facts=FOUND),
        Case("", "deny", "ada", kind=OUTPUT, facts={**FOUND, "relevance": 0.5}),
        Case("", "deny", "ada", kind=OUTPUT, facts={**FOUND, "source_age_hours": 999}),
        Case("", "deny", "ada", kind=OUTPUT, facts={**FOUND, "source_count": 1}),
        Case("", "deny", "ada", kind=OUTPUT, facts={"relevance": 0.6, "source_age_hours": 1}),
    ],
    "sandbox_required": [
        Case("", "allow", "shell", {"command": "ls"}, facts={"sandbox": "gvisor"}),
        Case("", "deny", "shell", {"command": "ls"}, facts={"sandbox": "none"}),
        Case("", "deny", "shell", {"command": "ls"}),
    ],
    "service_accounts": [
        Case("", "allow", "refund", facts={"service_account": "billing-bot"}),
        Case("", "deny", "refund", facts={"service_account": "root"}),
        Case("", "deny", "refund"),
        Case("", "allow", "look"),
    ],
    "shell_commands": [
        Case("", "allow", "shell", {"command": "git log | grep x"}),
        Case("", "deny", "shell", {"command": "git log | sh"}),
        Case("", "deny", "shell", {"command": "cat x > y"}),
        Case("", "deny", "shell", {"command": "echo `id`"}),
        Case("{barred: [rm]}", "allow", "shell", {"command": "ls"}),
        Case("{barred: [rm]}", "deny", "shell", {"command": "sudo /bin/rm x"}),
        Case("{barred: [rm]}", "deny", "shell", {"command": "$X y"}),
    ],
    "spawn_limit": [
        Case("{runs: 1}", "allow", "ada", kind=START),
        Case("{runs: 1}", "deny", "ben", kind=DELEGATE, before=1),
    ],
    "spend_limit": [
        Case("", "allow", "refund", {"amount": 100}),
        Case("", "ask", "refund", {"amount": 101}),
        Case("", "allow", "refund", {"amount": 101}, approvals=("finance-lead",)),
        Case("", "deny", "refund", {"amount": 10_001}, approvals=("finance-lead",)),
        Case("", "deny", "refund"),
    ],
    "sql": [
        Case("", "allow", "query", {"sql": "select * from orders"}),
        Case("", "deny", "query", {"sql": "select * from secrets"}),
        Case("", "deny", "query", {"sql": "with x as (delete from orders returning *) select * from x"}),
        Case("", "deny", "query", {"sql": "select 'it\\'s' from orders"}),
        Case("{hidden: [payroll]}", "allow", "query", {"sql": "select * from orders"}),
        Case("{hidden: [payroll]}", "deny", "query", {"sql": "select * from orders o, Payroll p"}),
        Case("{verbs: [select, update], otherwise: approve}", "ask", "query", {"sql": "drop table x"}),
    ],
    "step_limit": [
        Case("{steps: 2}", "allow", before=1),
        Case("{steps: 2}", "deny", before=2),
        Case("{steps: 2, otherwise: approve}", "ask", before=2),
    ],
    "stop_on_errors": [
        Case("", "allow", before=2, failing=True),
        Case("", "halt", before=3, failing=True),
        Case("", "allow", before=3),
    ],
    "threshold": [
        Case("", "allow", "refund", {"amount": 50}),
        Case("", "ask", "refund", {"amount": 51}),
        Case("", "deny", "refund", {"amount": 501}),
        Case("", "deny", "refund"),
    ],
    "ticket_required": [
        Case("{tickets: 'OPS-*'}", "allow", facts={"ticket": "OPS-12"}),
        Case("{tickets: 'OPS-*'}", "deny", facts={"ticket": "none"}),
        Case("{tickets: 'OPS-*'}", "deny"),
        Case("{retention_days: 180}", "deny", facts={"ticket": "x", "retention_days": 30}),
        Case("{retention_days: 180}", "allow", facts={"ticket": "x", "retention_days": 180}),
    ],
    "undo_required": [
        Case("{}", "allow", "note"),
        Case("{}", "deny", "keep"),
        Case("", "ask", "keep"),
        Case("", "allow", "drop_table"),
    ],
    "untrusted_never": [
        Case("", "ask", "shell", {"command": "ls"}, labels=("untrusted",)),
        Case("{effects: [execute]}", "deny", "shell", {"command": "ls"}, labels=("untrusted",)),
        Case("{effects: [execute]}", "allow", "shell", {"command": "ls"}),
        Case("{effects: [execute]}", "allow", "look", labels=("untrusted",)),
    ],
    "url_schemes": [
        Case("", "allow", arguments={"url": "https://a.example"}),
        Case("", "deny", arguments={"url": "http://a.example"}),
        Case("", "deny", arguments={"url": "https://a.example:8443"}),
        Case("", "deny", arguments={"q": "file:///etc/passwd"}),
    ],
    "yellow": [
        Case("", "ask", "note"),
        Case("", "allow", "note", approvals=("owner",)),
        Case("", "allow", "look"),
    ],
}  # fmt: skip
PERMITS: Final = frozenset({"allow_agents", "allow_effects", "allow_tools", "green"})
"""Presets that only allow: what they do not name is refused by silence, tested below."""
ELSEWHERE: Final = frozenset({"content", "patience", "rate_limit"})
"""Presets that set up what the guard keeps, before or after deciding: what they set is tested below."""

BESIDE_CEDAR: Final = frozenset(
    PRESETS[word] for word in ("budget", "content", "loops", "stop_on_errors", "rate_limit", "patience")
)


@pytest.mark.parametrize(
    ("preset", "case"),
    [
        pytest.param(word, case, id=f"{word}-{n}")
        for word, cases in CASES.items()
        for n, case in enumerate(cases)
    ],
)
def test_a_preset_lets_through_asks_or_refuses(preset: str, case: Case) -> None:
    decision = judge(preset, case, PRESETS[preset].example)
    assert str(decision.verdict) == case.verdict, (decision.message, decision.errors)
    assert not decision.errors
    if case.verdict in {"ask", "deny", "halt"} and PRESETS[preset] not in BESIDE_CEDAR:
        assert {reason.category for reason in decision.reasons} == {PRESETS[preset].category}
        assert decision.reasons[0].rule.startswith("house/")


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_has_a_preset_that_allows_and_refuses(category: str) -> None:
    words = [word for word, preset in PRESETS.items() if preset.category == category]
    assert words, category
    verdicts = {case.verdict for word in words for case in CASES[word]}
    assert "allow" in verdicts
    assert verdicts & {"transform", "ask", "deny", "halt"} or set(words) & (PERMITS | ELSEWHERE)


@pytest.mark.parametrize("word", PRESETS)
def test_every_preset_says_what_it_is_and_becomes_cedar_that_stands_on_its_own(word: str) -> None:
    preset = PRESETS[word]
    assert preset.category in CATEGORIES
    assert all((preset.__doc__, preset.reads, preset.exceeds, preset.example))
    source = Source("house.yaml", f"rules:\n  - {word}: {preset.example}\n")
    contracts = {one.tool: one for one in (*TOOLS, *_mentioned(preset.example))}
    compile_bundle([SETTINGS, source], contracts=contracts.values())
    text = cedar_text(source, contracts)
    again = compile_bundle([SETTINGS, Source("shown.cedar", text, "cedar")], contracts=contracts.values())
    assert f"house/{word}" in text
    policies = [one for gate in again.gates.values() for one in gate.policies if one.effect == "forbid"]
    assert all(one.annotations.get("category") == preset.category for one in policies)
    assert all(one.annotations.get("message") for one in policies)


@pytest.mark.parametrize(
    ("preset", "settings", "target"),
    [
        ("allow_agents", "{role: clerk}", ""),
        ("allow_effects", "{effects: [read]}", "note"),
        ("allow_effects", "{effects: [write], role: clerk}", "note"),
        ("allow_tools", "{tools: ['lo*']}", "note"),
        ("green", "{effects: [read]}", "note"),
    ],
)
def test_what_no_rule_allows_is_refused(preset: str, settings: str, target: str) -> None:
    source = Source("house.yaml", f"rules:\n  - {preset}: {settings}\n")
    bundle = compile_bundle([SETTINGS, source], contracts=TOOLS)
    case = Case("", "", target) if target else Case("", "", "ada", kind=START)
    assert decide(make_action(case), Session("s" * 32), bundle).verdict is Verdict.DENY


def test_presets_that_set_the_guard_up_set_it_up() -> None:
    (tool, model) = compile_rule("rate_limit", "{tools: [look], models: ['*'], calls: 2, per_s: 60}").rates
    assert (tool.of, tool.name, tool.calls, tool.per_s) == ("tool", "look", 2, 60)
    assert (model.of, model.name) == ("model", "*")
    (rule,) = compile_rule("content", "{find: [secret, email], do: token, restore: [mail]}").content.rules
    assert (rule.find, rule.do, rule.restore, rule.least) == (("secret", "email"), "token", ("mail",), 0.5)
    bundle = compile_rule("patience", "{tools: [look], timeout_s: 5, retries: 3, retry_budget: 7}")
    look = bundle.contracts["look"]
    assert (look.timeout_s, look.retries.times) == (5, 3)
    assert bundle.detectors.retries.limit == 7


@pytest.mark.parametrize(
    ("rule", "line", "column", "says"),
    [
        ("business_hours: {from: 9, to: 25}", 2, 5, "25 is no hour"),
        ("business_hours: {from: 9, to: '9:61'}", 2, 5, "9:61 is no time"),
        ("business_hours: {from: 9, to: 17, time_zone: Europe/Berln}", 2, 5, "Berln"),
        ("change_freeze: {periods: [{from: 2026-12-24, to: 2026-12-20}]}", 2, 31, "comes before"),
        ("change_freeze: {periods: [{from: 2026-13-01, to: 2026-12-20}]}", 2, 32, "match"),
        ("allowed_hosts: {hosts: ['a.*.b']}", 2, 29, "match"),
        ("green: {}", 2, 5, "name tools or effects"),
        ("red: {tools: [look], approvers: [owner]}", 2, 26, "length >= 2"),
        ("sql: {verbs: [selct]}", 2, 19, "selct"),
        ("rate_limit: {calls: 1, per_s: 1}", 2, 5, "name tools"),
        ("content: {find: [secret], restore: [mail]}", 2, 5, "do: token"),
        ("patience: {tools: ['lo*'], timeout_s: 1}", 2, 24, "match"),
        ("budget: {scope: session, window: day, calls: 1}", 2, 5, "has no window"),
        ("shell_commands: {}", 2, 5, "name commands"),
        ("blocked_addresses: {clases: [private]}", 2, 25, "Did you mean classes?"),
        ("bussiness_hours: {from: 9, to: 17}", 2, 5, "Did you mean business_hours?"),
        ("data_access: {folders: [../x]}", 2, 5, "../x"),
        ("business_hours: {from: 9, to: '9:00'}", 2, 5, "no time at all"),
        ("budget: {scope: agent, window: day}", 2, 5, "limits nothing; give it one of usd, tokens, calls"),
        ("threshold: {tool: refund, arg: amount}", 2, 5, "says nothing"),
        ("threshold: {tool: refund, arg: amount, approve_over: 9, deny_over: 9}", 2, 5, "nobody would ever"),
        ("spend_limit: {}", 2, 5, "`holdfast policy presets spend_limit` shows"),
        ("spend_limit: {approve_over: 500, deny_over: 90}", 2, 5, "everything over 90 is refused"),
        ("model_call_limit: {}", 2, 5, "says nothing"),
        ("known_code: {}", 2, 5, "name versions or digests"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_preset_is_a_load_error_at_its_place(
    rule: str, line: int, column: int, says: str
) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        compile_bundle([SETTINGS, Source("house.yaml", f"rules:\n  - {rule}\n")], contracts=TOOLS)
    assert says in f"{caught.value} {caught.value.hint}"
    assert (caught.value.line, caught.value.column) == (line, column), str(caught.value)


def test_what_is_said_twice_and_not_the_same_is_a_load_error() -> None:
    text = "detectors: {cycles: {halt: 3}}\nrules:\n  - loops: {cycles: 4}\n"
    with pytest.raises(PolicySyntaxError, match="cycles is set twice"):
        compile_bundle([SETTINGS, Source("house.yaml", text)])
    text = "tools: {look: {timeout_s: 3}}\nrules:\n  - patience: {tools: [look], timeout_s: 4}\n"
    with pytest.raises(PolicySyntaxError, match="timeout_s of look is said twice"):
        compile_bundle([SETTINGS, Source("house.yaml", text)])


def _mentioned(example: str) -> list[Contract]:
    """Contracts for tools that only the example knows."""
    known = {one.tool for one in TOOLS}
    found: list[Contract] = []
    for name, arg in re.findall(r"tool: (\w+), arg: (\w+)", example):
        if name not in known:
            kind: dict[str, Any] = {"type": "integer" if "max" in example else "string"}
            found.append(Contract(name, parameters={"type": "object", "properties": {arg: kind}}))
    return found
