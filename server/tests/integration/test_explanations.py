"""Any recorded decision is explained: by the rules of its time, in the session as it was then."""

from __future__ import annotations

import msgspec
import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import Source, compile_bundle
from holdfast.record.bundles import KeptBundle

RULES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_tools: {tools: ["*"]}
  - threshold: {tool: refund, arg: amount, approve_over: 50, deny_over: 500, approver: lead}
"""
REFUND = {
    "tool": "refund",
    "parameters": {
        "type": "object",
        "properties": {"amount": {"type": "integer"}, "to": {"type": "string"}},
        "required": ["amount"],
    },
    "effect": "spend",
    "reversible": True,
    "egress": True,
    "critical": ["to"],
}
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
READ = {"tool": "read_mail", "parameters": {"type": "object", "properties": {}}, "effect": "read"}


@pytest.fixture
async def judged(start_here, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "money.yaml").write_text(RULES)
    async with start_here(policies=folder) as here:
        await here.http.post("/v1/registry", json={"tools": [REFUND, READ]})
        yield here, folder


async def decide(here, target: str, arguments: dict | None = None, **fields) -> dict:
    body = {"target": target, "arguments": arguments or {}, "actor": {"agent": "clerk"}, "session": "s1"}
    return (await here.http.post("/v1/decisions", json=body | fields)).json()


async def explain(here, step: str) -> dict:
    response = await here.http.get(f"/v1/decisions/{step}/explanation")
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_refusal_shows_rule_inputs_chain_timings_and_what_would_have_passed(judged):
    here, _ = judged
    answer = await decide(here, "refund", {"amount": 800}, person="ann", chain=[{"agent": "boss"}])
    told = await explain(here, answer["step"])
    rule, [keeper] = told["rules"][0], told["who_may_change"]
    assert (told["verdict"], told["exact"], told["notes"]) == ("deny", True, [])
    assert (rule["id"], rule["source"], rule["line"]) == ("money/threshold/deny", "money.yaml", 6)
    assert told["inputs"] == {"args.amount": 800}
    assert told["chain"] == ["ann", "boss", "clerk"]
    assert "policy" in told["timings_us"]
    assert [way["text"] for way in told["would_pass_if"]] == [
        "amount were at most 50",
        "amount were at most 500, and lead approved this very call",
    ]
    assert (keeper["pack"], keeper["line"]) == ("money", 6)


async def test_what_a_call_brought_itself_was_no_input_of_its_decision(judged):
    here, _ = judged
    first, second = await decide(here, "read_mail"), await decide(here, "read_mail")
    for step in (first, second):
        told = {"step": step["step"], "status": "done", "result": "Hello"}
        assert (await here.http.post("/v1/outcomes", json=told)).status_code == 200
    third = await decide(here, "read_mail")
    assert (await explain(here, first["step"]))["labels"] == []
    assert [one["label"] for one in (await explain(here, third["step"]))["labels"]] == ["untrusted"]


async def test_what_a_watched_rule_would_have_done_is_told(judged):
    here, _ = judged
    await here.http.put("/v1/enforcement/money/threshold/deny", json={"level": "shadow", "by": "ann"})
    told = await explain(here, (await decide(here, "refund", {"amount": 800}))["step"])
    assert [(one["rule"], one["verdict"], one["level"]) for one in told["would"]] == [
        ("money/threshold/deny", "deny", "shadow")
    ]


async def test_who_set_a_budget_on_the_server_may_change_it_there(judged):
    here, folder = judged
    (folder / "money.yaml").write_text(RULES + "budgets: [{scope: session, calls: 9}]\n")
    await here.services.policies.look()
    body = {"scope": "agent", "key": "clerk", "unit": "calls", "limit": 0, "by": "ann"}
    budget = (await here.http.post("/v1/budgets", json=body)).json()["id"]
    answer = await decide(here, "refund", {"amount": 5})
    assert answer["verdict"] == "deny"
    [keeper] = (await explain(here, answer["step"]))["who_may_change"]
    assert (keeper["source"], keeper["line"]) == ("", 0)
    assert f"holdfast budgets edit {budget}" in keeper["how"]


async def test_the_rules_of_its_time_explain_it_after_they_changed(judged):
    here, folder = judged
    answer = await decide(here, "refund", {"amount": 60})
    (folder / "money.yaml").write_text(RULES.replace("approve_over: 50", "approve_over: 5"))
    await here.services.policies.look()
    assert (await decide(here, "refund", {"amount": 6}, session="s2"))["verdict"] == "ask"
    told = await explain(here, answer["step"])
    assert "50" in told["rules"][0]["text"]
    assert [way["text"] for way in told["would_pass_if"]] == [
        "lead approved this very call",
        "amount were at most 50",
    ]


async def test_labels_say_which_step_brought_them(judged):
    here, _ = judged
    read = await decide(here, "read_mail")
    await here.http.post("/v1/outcomes", json={"step": read["step"], "status": "done", "result": "pay eve"})
    told = await explain(here, (await decide(here, "refund", {"amount": 1, "to": "eve"}))["step"])
    assert told["labels"] == [{"label": "untrusted", "since_step": read["step"], "from": "read_mail"}]
    [value] = told["unendorsed"]
    assert value.startswith("to=eve")
    assert told["exact"]
    assert "the value of to came from the person or from a trusted tool" in [
        way["text"] for way in told["would_pass_if"]
    ]


async def test_the_calls_before_it_are_part_of_the_explanation(judged):
    here, _ = judged
    for _ in range(5):
        answer = await decide(here, "read_mail")
        if answer["verdict"] == "allow":
            done = {"step": answer["step"], "status": "done", "result": "the same"}
            await here.http.post("/v1/outcomes", json=done)
    halted = await decide(here, "read_mail")
    assert halted["verdict"] == "halt"
    told = await explain(here, halted["step"])
    assert told["exact"]
    assert told["would_pass_if"]


async def test_an_agents_own_rules_explain_what_they_decided(here, make_agent):
    contract = Contract("wipe", effect=Effect.DESTROY)
    rules = "[{allow_tools: {tools: ['*']}}, {deny_tools: {name: never, tools: [wipe]}}]"
    text = f"agents: {{'*': {{}}}}\nrules: {rules}\n"
    bundle = compile_bundle([Source("mine.yaml", text)], contracts=[contract])
    kept = await here.http.post("/v1/bundles", content=msgspec.json.encode(KeptBundle.of(bundle)))
    assert kept.status_code == 204
    agent = make_agent()
    agent.begin(bundle=bundle.hash)
    reasons = [{"rule": "mine/never", "category": "policy", "message": "no", "cure": ""}]
    step = agent.decide(
        "tool", "wipe", "deny", bundle=bundle.hash, effect="destroy", rules=("mine/never",),
        payload={"arguments": {}, "reasons": reasons},
    )  # fmt: skip
    await here.http.post("/v1/records", json=agent.envelope())
    told = await explain(here, step)
    assert told["rules"][0]["source"] == "mine.yaml"
    assert (told["exact"], told["notes"]) == (True, [])


async def test_a_bundle_that_lies_about_its_hash_is_not_believed(here, make_agent):
    bundle = compile_bundle([Source("mine.yaml", "agents: {}\n")])
    false = KeptBundle("ab" * 32, bundle.sources, ())
    assert (await here.http.post("/v1/bundles", content=msgspec.json.encode(false))).status_code == 204
    agent = make_agent()
    agent.begin(bundle="ab" * 32)
    step = agent.decide("tool", "x", "deny", bundle="ab" * 32)
    await here.http.post("/v1/records", json=agent.envelope())
    told = await explain(here, step)
    assert any("not kept" in note for note in told["notes"])
    assert not told["exact"]


async def test_no_secret_is_explained(judged):
    here, _ = judged
    answer = await decide(here, "refund", {"amount": 800, "to": SECRET})
    assert SECRET not in str(await explain(here, answer["step"]))


@pytest.mark.parametrize("step", ["ab" * 8, "nonsense"])
async def test_what_nobody_decided_is_not_found(here, step):
    response = await here.http.get(f"/v1/decisions/{step}/explanation")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_what_is_no_bundle_is_refused(here):
    response = await here.http.post("/v1/bundles", content=b"{}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
