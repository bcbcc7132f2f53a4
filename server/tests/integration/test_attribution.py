"""Where a run turned, over the API: from records, from traces, beside a good run, and with a judge asked."""

from __future__ import annotations

import msgspec
import pytest

from holdfast.testing import Fault, Reply, Rule, Scenario, ScriptedProvider
from holdfast_server.errors import Unavailable
from holdfast_server.insight.attribution.act import Act
from holdfast_server.insight.attribution.judge import ModelJudge, tell
from holdfast_server.settings import Attribution

ACTS = [Act(str(number), "call", "refunds", "refund", asked=f'{{"order": {number}}}') for number in range(9)]


async def ship(here, agent) -> None:
    assert (await here.http.post("/v1/records", json=agent.envelope())).status_code == 200


async def get(here, path: str, status: int = 200, **query):
    answer = await here.http.get(path, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


def failed(make_agent, order: int = 8):
    """A run that looks something up, refunds, and is refused a payment."""
    agent = make_agent()
    agent.begin("refund order 7")
    looked = agent.decide("tool", "lookup", payload={"arguments": {"order": 7}}, effect="read")
    agent.end(looked, payload={"result": {"order": 7}})
    changed = agent.decide("tool", "refund", payload={"arguments": {"order": order}}, effect="spend")
    agent.end(changed, payload={"result": "done"})
    return agent, looked, changed


async def test_a_refused_step_stands_first_beside_the_guesses(here, make_agent):
    agent, looked, _ = failed(make_agent)
    reasons = [{"rule": "cap", "message": "above the cap"}]
    refused = agent.decide("tool", "pay", "deny", payload={"reasons": reasons})
    agent.end(refused, "refused")
    agent.finish("failed")
    await ship(here, agent)
    found = await get(here, f"/v1/runs/{agent.run}/attribution")
    assert (found["turned_at"], found["suspects"][0]["kinds"]) == (refused, ["policy", "basis"])
    assert found["evidence"][0]["text"] == "Refused: above the cap"
    assert found["baselines"] == {"first_step": looked, "last_step": refused, "first_error": None}
    assert (found["sibling"], found["opinion"], found["acts"]) == (None, None, 4)


async def test_a_run_is_compared_with_one_that_succeeded_at_the_same(here, make_agent):
    good, _, _ = failed(make_agent, order=7)
    good.finish()
    bad, _, changed = failed(make_agent, order=8)
    bad.finish("failed")
    for agent in (good, bad):
        await ship(here, agent)
    found = await get(here, f"/v1/runs/{bad.run}/attribution")
    divergence = next(one for one in found["evidence"] if one["kind"] == "divergence")
    assert (found["sibling"], divergence["step"]) == (good.run, changed)


async def test_a_trace_of_others_has_evidence_too(here, trace_request):
    request = trace_request(2, trace=b"\x05" * 16)
    root, inner = request.resource_spans[0].scope_spans[0].spans
    del inner.attributes[:]
    for name, value in (("gen_ai.operation.name", "execute_tool"), ("gen_ai.tool.name", "refund")):
        inner.attributes.add(key=name).value.string_value = value
    inner.status.code, inner.status.message = 2, "timeout"
    root.status.code = 2
    sent = await here.http.post(
        "/v1/traces",
        content=request.SerializeToString(),
        headers={"content-type": "application/x-protobuf"},
    )
    assert sent.status_code == 200
    await here.stored()
    found = await get(here, f"/v1/runs/{'05' * 16}/attribution")
    assert (found["state"], found["turned_at"]) == ("failed", inner.span_id.hex())
    assert found["evidence"][0]["text"] == "refund failed: timeout"


async def test_who_is_asked_for_nothing_says_so(here, make_agent):
    agent, _, _ = failed(make_agent)
    await ship(here, agent)
    assert (await get(here, "/v1/runs/nobody/attribution", 404))["code"]
    told = await get(here, f"/v1/runs/{agent.run}/attribution", 409, ask="true")
    assert "attribution.judge_url" in told["hint"]


async def test_a_judge_is_asked_when_one_is_set_up(start_here, make_agent):
    said = '{"act": 2, "reason": "It refunded the wrong order."}'
    with ScriptedProvider(Scenario(defaults=Reply(text=f"Sure: {said}"))) as provider:
        settings = Attribution(judge_url=provider.openai_url, judge_model="gpt-4o-mini")
        async with start_here(attribution=settings) as here:
            agent, _, changed = failed(make_agent)
            agent.finish("failed")
            await ship(here, agent)
            found = await get(here, f"/v1/runs/{agent.run}/attribution", ask="true")
            silent = await get(here, f"/v1/runs/{agent.run}/attribution")
    assert found["opinion"] == {
        "model": "gpt-4o-mini",
        "step": changed,
        "reason": "It refunded the wrong order.",
    }
    assert silent["opinion"] is None
    assert found["suspects"] == silent["suspects"]
    assert provider.stats.requests == 1


@pytest.mark.parametrize(
    "reply", [Reply(text="no idea"), Reply(text='{"act": "two"}'), Reply(error=Fault(status=500))]
)
async def test_a_judge_that_cannot_be_read_is_no_opinion(reply):
    with ScriptedProvider([Rule(reply=reply)]) as provider:
        judge = ModelJudge(Attribution(judge_url=provider.openai_url, judge_model="m", judge_timeout_s=5))
        with pytest.raises(Unavailable):
            await judge.judge(ACTS)


async def test_an_act_that_does_not_exist_is_none():
    with ScriptedProvider(Scenario(defaults=Reply(text='{"act": 99}'))) as provider:
        judge = ModelJudge(Attribution(judge_url=provider.openai_url, judge_model="m"))
        assert (await judge.judge(ACTS)).place is None


def test_of_a_long_run_the_middle_is_left_out():
    long = [msgspec.structs.replace(act, result="x" * 300) for act in ACTS]
    told = tell(long, chars_max=1_500)
    assert len(told) < 1_600
    assert told.splitlines()[0].startswith("[0]")
    assert told.splitlines()[-1].startswith("[8]")
    assert "acts are left out" in told
    assert "left out" not in tell(long, chars_max=10_000)
