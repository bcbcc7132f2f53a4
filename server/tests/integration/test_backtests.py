"""The time machine: a draft judges what was recorded; nothing changes but what one knows."""

from __future__ import annotations

import pytest

RULES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_tools: {tools: ["*"]}
  - threshold: {tool: refund, arg: amount, deny_over: 500}
"""
REFUND = {
    "tool": "refund",
    "parameters": {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
    "effect": "spend",
}


@pytest.fixture
async def past(start_here, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "money.yaml").write_text(RULES)
    async with start_here(policies=folder) as here:
        await here.http.post("/v1/registry", json={"tools": [REFUND]})
        for amount in (10, 60, 70, 800):
            body = {"target": "refund", "arguments": {"amount": amount}, "actor": {"agent": "clerk"}}
            await here.http.post("/v1/decisions", json={**body, "session": f"s{amount}"})
        await here.services.minutes.take_in()
        yield here


def draft(text: str, **fields) -> dict:
    return {"sources": [{"name": "money.yaml", "kind": "yaml", "text": text}], **fields}


async def test_changed_verdicts_are_listed_by_agent_tool_and_example(past):
    tighter = RULES.replace("deny_over: 500", "deny_over: 50")
    response = await past.http.post("/v1/policies/backtest", json=draft(tighter))
    assert response.status_code == 200, response.text
    found = response.json()
    assert (found["actions"], found["inexact"], found["skipped"]) == (4, 0, {})
    [change] = found["changed"]
    assert (change["agent"], change["tool"], change["before"], change["after"]) == (
        "clerk", "refund", "allow", "deny",
    )  # fmt: skip
    assert [one["arguments"]["amount"] for one in change["examples"]] == [60, 70]
    assert change["examples"][0]["reasons"][0]["rule"] == "money/threshold/deny"
    step = (await past.http.get(f"/v1/steps/{change['examples'][0]['step']}")).json()
    assert step["verdict"] == "allow"


async def test_the_policies_in_force_change_nothing_and_stay_in_force(past):
    before = (await past.http.get("/v1/bundle")).json()["hash"]
    found = (await past.http.post("/v1/policies/backtest", json=draft(RULES))).json()
    assert (found["actions"], found["changed"]) == (4, [])
    assert (await past.http.get("/v1/bundle")).json()["hash"] == before


async def test_an_agent_and_a_time_narrow_what_is_judged(past):
    nobody = await past.http.post("/v1/policies/backtest", json=draft(RULES, agent="nobody"))
    assert nobody.json()["actions"] == 0
    later = await past.http.post("/v1/policies/backtest", json=draft(RULES, since="2999-01-01T00:00:00Z"))
    assert later.json()["actions"] == 0
    ever = await past.http.post("/v1/policies/backtest", json=draft(RULES, since="0001-01-01T00:00:00+14:00"))
    assert (ever.json()["actions"] > 0, ever.json()["since"]) == (True, "1970-01-01T00:00:00Z")
    newest = await past.http.post("/v1/policies/backtest", json=draft(RULES, limit=1, since="1h"))
    assert newest.json()["actions"] == 1


@pytest.mark.parametrize(
    ("ask", "status", "told"),
    [
        (draft("rules: [{thresold: {}}]"), 422, "money.yaml:1"),
        (draft(RULES, since="yesterday"), 400, "yesterday"),
        (draft(RULES, since="2026-01-01T00:00:00"), 400, "time zone"),
        ({"sources": []}, 422, "sources"),
    ],
)
async def test_what_cannot_be_judged_is_refused_with_the_reason(past, ask, status, told):
    response = await past.http.post("/v1/policies/backtest", json=ask)
    assert response.status_code == status, response.text
    assert told in response.text


async def test_what_a_program_said_of_an_action_is_judged_again(start_here, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    cedar = (
        '@id("ok") permit (principal, action, resource);\n'
        '@id("cited") forbid (principal, action == Action::"refund", resource)\n'
        "unless { context.facts has citations && context.facts.citations > 0 };"
    )
    (folder / "rules.cedar").write_text(cedar)
    (folder / "agents.yaml").write_text('agents: {"*": {}}\n')
    async with start_here(policies=folder) as here:
        await here.http.post("/v1/registry", json={"tools": [REFUND]})
        body = {"target": "refund", "arguments": {"amount": 1}, "actor": {"agent": "clerk"}, "session": "s"}
        answer = await here.http.post("/v1/decisions", json={**body, "facts": {"citations": 2}})
        assert answer.json()["verdict"] == "allow", answer.text
        await here.services.minutes.take_in()
        sources = [
            {"name": "rules.cedar", "kind": "cedar", "text": cedar},
            {"name": "agents.yaml", "kind": "yaml", "text": 'agents: {"*": {}}\n'},
        ]
        found = (await here.http.post("/v1/policies/backtest", json={"sources": sources})).json()
        assert (found["actions"], found["inexact"], found["changed"]) == (1, 0, [])
