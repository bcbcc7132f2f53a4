"""Coverage tells what of all that was seen passed a contract, a policy and a guard."""

from __future__ import annotations

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROTOBUF = {"content-type": "application/x-protobuf"}
TOOL = {
    "tool": "lookup",
    "parameters": {"type": "object", "properties": {}},
    "effect": "read",
    "output_labels": [],
}


async def coverage(here) -> dict:
    response = await here.http.get("/v1/coverage")
    assert response.status_code == 200, response.text
    return response.json()


async def decide(here, target: str, **arguments: object) -> dict:
    body = {"target": target, "actor": {"agent": "clerk"}, "session": "s1", "arguments": arguments}
    answer = await here.http.post("/v1/decisions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def gaps(told: dict) -> set[tuple[str, str]]:
    return {(gap["kind"], gap["name"]) for gap in told["gaps"]}


async def test_nothing_seen_is_nothing_missing(here):
    told = await coverage(here)
    assert (told["share"], told["seen"], told["gaps"]) == (1.0, 0, [])


async def test_calls_seen_by_traces_only_are_gaps_with_their_next_step(here, trace_request):
    await here.http.post("/v1/registry", json={"tools": [TOOL]})
    await decide(here, "lookup")
    foreign: ExportTraceServiceRequest = trace_request(spans=3)
    tool = trace_request(
        spans=2, attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "shell"}
    )
    for request in (foreign, tool):
        sent = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
        assert sent.status_code == 200
    await here.stored()
    told = await coverage(here)
    assert gaps(told) >= {("model", "openai/gpt-4o-mini"), ("agent", "shop"), ("tool", "shell")}
    assert (told["governed"], told["seen"]) == (1, 1 + 2 + 2)
    assert told["share"] == 1 / 5
    assert all(gap["next_step"] and gap["why"] for gap in told["gaps"])


async def test_what_has_no_contract_or_no_policy_is_named(start_here, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "rules.yaml").write_text("agents: {'*': {}}\nrules: [{allow_tools: {tools: [lookup]}}]\n")
    async with start_here(policies=folder) as here:
        await here.http.post("/v1/registry", json={"tools": [TOOL, TOOL | {"tool": "forgotten"}]})
        for target in ("lookup", "lookup", "unheard_of", "forgotten"):
            await decide(here, target)
        told = await coverage(here)
    found = {gap["name"]: gap for gap in told["gaps"]}
    assert found["unheard_of"]["calls"] == 1
    assert "no contract" in found["unheard_of"]["why"]
    assert "no policy" in found["forgotten"]["why"]
    assert "lookup" not in found


async def test_a_call_that_its_contract_refuses_is_governed_by_it(here):
    strict = TOOL | {"parameters": TOOL["parameters"] | {"additionalProperties": False}}
    await here.http.post("/v1/registry", json={"tools": [strict]})
    refused = await decide(here, "lookup", unknown=1)
    assert (refused["verdict"], refused["stage"]) == ("deny", "contract")
    told = await coverage(here)
    assert (told["governed"], told["seen"]) == (1, 1)
    assert ("tool", "lookup") not in gaps(told)


async def test_what_was_decided_and_not_enforced_is_a_gap(here, make_agent):
    agent = make_agent()
    agent.begin()
    agent.decide("tool", "lookup", "deny", enforced=False)
    await here.http.post("/v1/registry", json={"tools": [TOOL]})
    await here.http.post("/v1/records", json=agent.envelope())
    told = await coverage(here)
    assert ("call", "tool lookup") in gaps(told)
    assert told["share"] == 0


async def test_a_window_beyond_the_limit_is_refused(here):
    for days in (0, 91):
        assert (await here.http.get(f"/v1/coverage?days={days}")).status_code == 422
