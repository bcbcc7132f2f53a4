"""Kill: in force at once, pushed to every process, remembered, lifted."""

from __future__ import annotations

import asyncio
import json

import pytest


async def order(here, scope="agent", target="refunds", **fields) -> dict:
    body = {"scope": scope, "target": target, "reason": "runaway", "by": "ann"} | fields
    response = await here.http.post("/v1/kills", json=body)
    assert response.status_code == 201, response.text
    return response.json()


async def lift(here, kill: dict, by: str = "bob"):
    return await here.http.request("DELETE", f"/v1/kills/{kill['id']}", json={"by": by})


async def read_events(frames, most: int) -> list[tuple[str, dict]]:
    events = []
    async for frame in frames:
        lines = dict(line.split(": ", 1) for line in frame.decode().strip().splitlines())
        if "event" in lines:
            events.append((lines["event"], json.loads(lines["data"])))
        if len(events) == most:
            return events
    return events


async def test_a_kill_reaches_a_connected_process_at_once(here):
    frames = here.services.control.follow("p1")
    (hello, bundle) = await read_events(frames, 2)
    assert (hello[0], hello[1]["kills"], bundle[0]) == ("kills", [], "bundle")
    kill = await order(here)
    async with asyncio.timeout(5):
        ((name, said),) = await read_events(here.services.control.follow("p2"), 1)
    assert (name, [one["id"] for one in said["kills"]]) == ("kills", [kill["id"]])
    assert here.services.kills.controls.kills == frozenset({("agent", "refunds")})


async def test_whoever_took_it_in_is_shown_with_the_latency(here):
    kill = await order(here)
    seen = {"process": "p1", "kill": kill["id"], "latency_ms": 3.5}
    assert (await here.http.post("/v1/control/seen", json=seen)).status_code == 204
    (shown,) = (await here.http.get("/v1/kills")).json()["items"]
    assert shown["seen"] == [{"process": "p1", "latency_ms": 3.5}]


async def test_a_kill_outlives_a_restart_until_it_is_lifted(start_here):
    async with start_here() as here:
        kill = await order(here, "org", "")
    async with start_here() as here:
        assert here.services.kills.controls.kills == frozenset({("org", "*")})
        lifted = (await lift(here, kill)).json()
        assert (lifted["lifted_by"], lifted["lifted_at"] is not None) == ("bob", True)
        assert (await lift(here, kill)).status_code == 409
    async with start_here() as here:
        assert not here.services.kills.controls.kills
        assert (await here.http.get("/v1/kills", params={"active": True})).json()["items"] == []


async def test_both_moves_are_in_the_ledger(here):
    await lift(here, await order(here))
    entries = (await here.http.get("/v1/ledger", params={"q": "kill"})).json()["items"]
    assert [(entry["status"], entry["record"]["by"]) for entry in entries] == [
        ("lifted", "bob"),
        ("placed", "ann"),
    ]


async def test_the_same_key_orders_once(here):
    body = {"scope": "org", "by": "ann"}
    first = await here.http.post("/v1/kills", json=body, headers={"idempotency-key": "k"})
    again = await here.http.post("/v1/kills", json=body, headers={"idempotency-key": "k"})
    other = await here.http.post("/v1/kills", json=body | {"by": "bob"}, headers={"idempotency-key": "k"})
    assert (first.json()["id"], other.status_code) == (again.json()["id"], 409)


async def test_a_kill_without_a_target_is_refused(here):
    response = await here.http.post("/v1/kills", json={"scope": "agent", "by": "ann"})
    assert response.status_code == 400


@pytest.mark.parametrize(("scope", "target"), [("org", ""), ("agent", "refunds"), ("session", "s1")])
async def test_a_run_shows_the_kill_that_covers_it(here, make_agent, scope, target):
    agent = make_agent()
    agent.begin()
    await here.http.post("/v1/records", json=agent.envelope())
    kill = await order(here, scope, target)
    assert (await here.http.get(f"/v1/runs/{agent.run}")).json()["kill"]["id"] == kill["id"]


async def test_the_fleet_shows_a_killed_agent(here, make_agent):
    agent = make_agent()
    agent.begin()
    await here.http.post("/v1/records", json=agent.envelope())
    before = (await here.http.get("/v1/fleet")).json()["agents"][0]["state"]
    await order(here)
    fleet = (await here.http.get("/v1/fleet")).json()
    assert (before, fleet["agents"][0]["state"], len(fleet["kills"])) == ("running", "killed", 1)
    assert fleet["totals"]["running"] == 1
