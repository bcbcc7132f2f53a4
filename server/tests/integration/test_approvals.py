"""A question to people: one answer, bound to a digest, used once."""

from __future__ import annotations

import asyncio
import time

import pytest

from holdfast.action import canonicalise, digest

SCHEMA = {
    "type": "object",
    "properties": {"percent": {"type": "number", "maximum": 40}, "customer": {"type": "string"}},
    "required": ["percent"],
}
CONTRACT = {"tool": "give_discount", "parameters": SCHEMA, "effect": "spend"}


def digest_of(arguments: dict) -> str:
    return digest("tool", "give_discount", canonicalise(arguments)[1])


def question(step: str = "ab" * 8, **fields) -> dict:
    arguments = {"percent": 50, "customer": "C-7"}
    known = {
        "step": step,
        "run": "cd" * 16,
        "session": "s1",
        "agent": "sales",
        "target": "give_discount",
        "effect": "spend",
        "arguments": arguments,
        "digest": digest_of(arguments),
        "roles": ["sales-lead"],
        "contract": CONTRACT,
    }
    return known | fields


async def ask(here, **fields) -> dict:
    response = await here.http.post("/v1/approvals", json=question(**fields))
    assert response.status_code == 201, response.text
    return response.json()


async def answer(here, approval: dict, verdict: str = "approve", by: str = "ann", **fields):
    return await here.http.post(
        f"/v1/approvals/{approval['id']}/answer", json={"verdict": verdict, "by": by} | fields
    )


async def use(here, approval: dict, digest: str):
    return await here.http.post(
        f"/v1/approvals/{approval['id']}/use", json={"digest": digest, "step": "ab" * 8}
    )


async def test_asking_twice_is_one_question(here):
    first, again = await ask(here), await ask(here)
    assert first["id"] == again["id"]
    assert len((await here.http.get("/v1/approvals", params={"state": "pending"})).json()["items"]) == 1


async def test_a_call_resumed_elsewhere_meets_its_question_by_the_key(here):
    headers = {"idempotency-key": "call-1"}
    first = (await here.http.post("/v1/approvals", json=question(), headers=headers)).json()
    again = (await here.http.post("/v1/approvals", json=question(step="ef" * 8), headers=headers)).json()
    assert first["id"] == again["id"]


async def test_what_was_approved_is_used_exactly_once(here):
    asked = await ask(here)
    approved = (await answer(here, asked, note="fine by me")).json()
    assert (approved["state"], approved["answered_by"], approved["note"]) == ("approved", "ann", "fine by me")
    assert (approved["edited"], approved["approved_digest"]) == (False, asked["digest"])
    assert (await use(here, asked, asked["digest"])).json()["state"] == "used"
    again = await use(here, asked, asked["digest"])
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_many_at_once_use_it_once(here):
    asked = await ask(here)
    await answer(here, asked)
    answers = await asyncio.gather(*(use(here, asked, asked["digest"]) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 7


async def test_an_edit_is_what_is_approved(here):
    asked = await ask(here)
    edited = {"percent": 15, "customer": "C-7"}
    approved = (await answer(here, asked, arguments=edited)).json()
    assert approved["edited"]
    assert (approved["approved_arguments"], approved["approved_digest"]) == (edited, digest_of(edited))
    refused = await use(here, asked, asked["digest"])
    assert refused.status_code == 409
    assert "other arguments" in refused.json()["detail"]
    assert (await use(here, asked, digest_of(edited))).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "named"),
    [({"percent": 99}, "$.percent"), ({"customer": "x"}, "percent"), ({"percent": 1, "extra": 2}, "extra")],
)
async def test_an_edit_that_breaks_the_schema_is_refused_with_its_path(here, arguments, named):
    asked = await ask(here)
    response = await answer(here, asked, arguments=arguments)
    assert response.status_code == 422
    assert named in response.json()["detail"]
    assert (await here.http.get(f"/v1/approvals/{asked['id']}")).json()["state"] == "pending"


async def test_an_answer_is_final(here):
    asked = await ask(here)
    await answer(here, asked, "refuse", note="no")
    late = await answer(here, asked, by="bob")
    assert (late.status_code, late.json()["detail"]) == (409, "the approval is already refused")
    assert (await use(here, asked, asked["digest"])).status_code == 409


async def test_silence_is_refusal(here):
    asked = await ask(here, ttl_s=0.01)
    await asyncio.sleep(0.02)
    late = await answer(here, asked)
    assert late.status_code == 409
    await here.services.approvals.expire()
    assert (await here.http.get(f"/v1/approvals/{asked['id']}")).json()["state"] == "expired"


async def test_every_role_needs_its_own_person(here):
    asked = await ask(here, roles=["operations", "owner"])
    first = (await answer(here, asked, by="ann")).json()
    assert first["state"] == "pending"
    same = await answer(here, asked, by="Ann")
    assert same.status_code == 409
    second = (await answer(here, asked, by="bob")).json()
    assert (second["state"], second["answered_by"]) == ("approved", "ann, bob")
    assert [one["role"] for one in second["answers"]] == ["operations", "owner"]


async def test_an_edit_by_the_second_person_needs_the_first_again(here):
    asked = await ask(here, roles=["operations", "owner"])
    await answer(here, asked, by="ann")
    edited = {"percent": 5}
    changed = (await answer(here, asked, by="bob", arguments=edited)).json()
    assert (changed["state"], [one["by"] for one in changed["answers"]]) == ("pending", ["bob"])
    done = (await answer(here, asked, by="ann")).json()
    assert (done["state"], done["approved_arguments"]) == ("approved", edited)


async def test_one_refusal_refuses(here):
    asked = await ask(here, roles=["operations", "owner"])
    await answer(here, asked, by="ann")
    assert (await answer(here, asked, "refuse", by="ann")).json()["state"] == "refused"


async def test_a_role_nobody_waits_for_is_refused(here):
    asked = await ask(here)
    assert (await answer(here, asked, role="janitor")).status_code == 409


async def test_waiting_ends_with_the_answer(here):
    asked = await ask(here)
    began = time.monotonic()
    waiting = asyncio.create_task(here.http.get(f"/v1/approvals/{asked['id']}", params={"wait_s": 20}))
    await asyncio.sleep(0.05)
    await answer(here, asked)
    assert (await waiting).json()["state"] == "approved"
    assert time.monotonic() - began < 5


async def test_waiting_ends_with_the_time(here):
    asked = await ask(here)
    found = await here.http.get(f"/v1/approvals/{asked['id']}", params={"wait_s": 0.05})
    assert found.json()["state"] == "pending"


async def test_every_answer_is_in_the_ledger(here):
    asked = await ask(here)
    await answer(here, asked)
    await use(here, asked, asked["digest"])
    entries = (await here.http.get("/v1/ledger", params={"q": "approval"})).json()["items"]
    assert [entry["status"] for entry in entries] == ["used", "approved", "asked"]
    assert entries[1]["record"]["by"] == "ann"


async def test_the_person_sees_what_the_run_did_before(here, make_agent):
    agent = make_agent("sales")
    agent.begin()
    for place in range(7):
        agent.end(agent.decide("tool", f"look_{place}"))
    held = agent.decide("tool", "give_discount", "ask")
    await here.http.post("/v1/records", json=agent.envelope())
    asked = await ask(here, step=held, run=agent.run)
    assert [step["target"] for step in asked["recent"]] == [f"look_{place}" for place in range(2, 7)]
    run = (await here.http.get(f"/v1/runs/{agent.run}")).json()
    assert (run["state"], run["asked"]) == ("waiting", 1)
    agent.end(held, "refused")
    await here.http.post("/v1/records", json=agent.envelope())
    withdrawn = (await here.http.get(f"/v1/approvals/{asked['id']}")).json()
    assert withdrawn["state"] == "withdrawn"
    assert (await here.http.get(f"/v1/runs/{agent.run}")).json()["state"] == "running"


async def test_a_question_is_withdrawn_however_many_steps_end_with_its_own(here, make_agent):
    agent = make_agent("sales")
    agent.begin()
    held = agent.decide("tool", "give_discount", "ask")
    asked = await ask(here, step=held, run=agent.run)
    for step in [agent.decide("tool", "look") for _ in range(600)]:
        agent.end(step)
    agent.end(held, "refused")
    shipped = await here.http.post("/v1/records", json=agent.envelope())
    assert shipped.json()["accepted"] == 1_203, shipped.text
    assert (await here.http.get(f"/v1/approvals/{asked['id']}")).json()["state"] == "withdrawn"


async def test_an_answer_survives_a_restart_between_ask_and_answer(start_here):
    async with start_here() as here:
        asked = await ask(here)
    async with start_here() as here:
        assert (await answer(here, asked)).json()["state"] == "approved"
    async with start_here() as here:
        assert (await use(here, asked, asked["digest"])).json()["state"] == "used"
    async with start_here() as here:
        assert (await use(here, asked, asked["digest"])).status_code == 409
