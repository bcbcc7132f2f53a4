"""Deciding over HTTP: the same core, written down before the answer."""

from __future__ import annotations

CONTRACT = {
    "tool": "lookup_order",
    "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
    "effect": "read",
}
PAY = {
    "tool": "wire_money",
    "parameters": {"type": "object", "properties": {"amount": {"type": "number"}}},
    "effect": "destroy",
    "reversible": False,
}


async def decide(here, target="lookup_order", arguments=None, **fields) -> dict:
    body = {
        "target": target,
        "arguments": arguments or {},
        "actor": {"agent": "clerk"},
        "session": "s1",
    } | fields
    response = await here.http.post("/v1/decisions", json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def register(here, *contracts) -> dict:
    response = await here.http.post(
        "/v1/registry", json={"agents": [{"agent": "clerk"}], "tools": list(contracts)}
    )
    assert response.status_code == 200, response.text
    return response.json()


async def test_an_allowed_action_is_in_the_ledger_before_the_answer(here):
    await register(here, CONTRACT)
    answer = await decide(here, arguments={"order": "7"})
    assert (answer["verdict"], answer["arguments"]) == ("allow", {"order": "7"})
    entry = (await here.http.get("/v1/ledger")).json()["items"][0]
    assert (entry["index"], entry["step"]) == (answer["ledger_index"], answer["step"])
    settled = await here.http.post(
        "/v1/outcomes", json={"step": answer["step"], "status": "done", "result": "found"}
    )
    assert settled.status_code == 200
    step = (await here.http.get(f"/v1/steps/{answer['step']}")).json()
    assert (step["state"], step["result"], step["agent"]) == ("done", "found", "clerk")


async def test_a_tool_without_a_contract_is_denied(here):
    answer = await decide(here, "unheard_of")
    assert (answer["verdict"], answer["stage"]) == ("deny", "contract")
    assert answer["reasons"][0]["cure"]


async def test_arguments_that_break_the_schema_are_denied_naming_the_path(here):
    await register(here, CONTRACT)
    answer = await decide(here, arguments={"order": 7})
    assert answer["verdict"] == "deny"
    assert "order" in answer["reasons"][0]["message"]


async def test_a_kill_halts(here):
    await register(here, CONTRACT)
    await here.http.post("/v1/kills", json={"scope": "agent", "target": "clerk", "by": "ann"})
    assert (await decide(here, arguments={"order": "7"}))["verdict"] == "halt"


async def test_an_approved_action_passes_once(here):
    await register(here, PAY)
    asked = await decide(here, "wire_money", {"amount": 5})
    assert (asked["verdict"], asked["roles"]) == ("ask", ["owner"])
    question = {
        "step": asked["step"],
        "run": asked["run"],
        "session": "s1",
        "agent": "clerk",
        "target": "wire_money",
        "arguments": asked["arguments"],
        "digest": asked["digest"],
        "roles": asked["roles"],
        "contract": PAY,
    }
    approval = (await here.http.post("/v1/approvals", json=question)).json()
    early = await here.http.post(
        "/v1/decisions",
        json={
            "target": "wire_money",
            "arguments": {"amount": 5},
            "actor": {"agent": "clerk"},
            "session": "s1",
            "approval": approval["id"],
        },
    )
    assert early.status_code == 409
    await here.http.post(f"/v1/approvals/{approval['id']}/answer", json={"verdict": "approve", "by": "ann"})
    allowed = await decide(here, "wire_money", {"amount": 5}, id=asked["step"], approval=approval["id"])
    assert allowed["verdict"] == "allow"
    again = await here.http.post(
        "/v1/decisions",
        json={
            "target": "wire_money",
            "arguments": {"amount": 5},
            "actor": {"agent": "clerk"},
            "session": "s1",
            "approval": approval["id"],
        },
    )
    assert again.status_code == 409


async def test_an_outcome_nobody_asked_for_is_refused(here):
    response = await here.http.post("/v1/outcomes", json={"step": "ab" * 8, "status": "done"})
    assert response.status_code == 404


async def test_a_changed_contract_is_noticed(here):
    await register(here, CONTRACT)
    changed = await register(here, CONTRACT | {"description": "now also sends mail"})
    assert changed["changed"] == ["lookup_order"]
    tools = (await here.http.get("/v1/tools")).json()["items"]
    agents = (await here.http.get("/v1/agents")).json()["items"]
    assert ([tool["tool"] for tool in tools], [agent["agent"] for agent in agents]) == (
        ["lookup_order"],
        ["clerk"],
    )


async def test_what_is_no_contract_is_refused_by_place(here):
    response = await here.http.post("/v1/registry", json={"tools": [CONTRACT, {"effect": "read"}]})
    assert response.status_code == 422
    assert "tools.1" in response.json()["detail"]
