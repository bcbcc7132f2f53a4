"""What changes is told as it changes."""

from __future__ import annotations

import asyncio
import json

PROTOBUF = {"content-type": "application/x-protobuf"}


async def next_events(frames, wanted: set[str]) -> dict[str, dict]:
    """Read until every wanted type was seen."""
    seen: dict[str, dict] = {}
    async with asyncio.timeout(10):
        async for frame in frames:
            lines = dict(line.split(": ", 1) for line in frame.decode().strip().splitlines())
            if "event" in lines:
                seen[lines["event"]] = json.loads(lines["data"]) | {"_id": lines.get("id", "")}
            if wanted <= set(seen):
                return seen
    raise AssertionError(f"only {set(seen)} came")


async def test_records_and_answers_are_told(here, make_agent):
    frames = here.services.hub.follow()
    agent = make_agent()
    agent.begin("the task")
    step = agent.decide("tool", "look")
    await here.http.post("/v1/records", json=agent.envelope())
    seen = await next_events(frames, {"run.updated", "step.updated", "ledger.updated", "fleet.updated"})
    assert seen["run.updated"]["title"] == "the task"
    assert seen["step.updated"]["id"] in (step, agent.start)
    assert seen["ledger.updated"]["size"] == 2
    await here.http.post("/v1/kills", json={"scope": "org", "by": "ann"})
    assert (await next_events(frames, {"kill.updated"}))["kill.updated"]["scope"] == "org"


async def test_traces_are_told(here, trace_request):
    frames = here.services.hub.follow()
    await here.http.post("/v1/traces", content=trace_request(2).SerializeToString(), headers=PROTOBUF)
    assert (await next_events(frames, {"run.updated"}))["run.updated"]["agent"] == "shop"


async def test_whoever_comes_back_gets_what_it_missed(here):
    hub = here.services.hub
    frames = hub.follow()
    hub.publish("one", "{}")
    first = (await next_events(frames, {"one"}))["one"]["_id"]
    hub.publish("two", "{}")
    assert "two" in await next_events(hub.follow(first), {"two"})


async def test_whoever_missed_too_much_is_told_so(here):
    assert "resync" in await next_events(here.services.hub.follow("another-server-7"), {"resync"})


def test_streams_run_over_http(up):
    server = up()
    with server.http.stream("GET", "/v1/control", params={"process": "p1"}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        text = ""
        for chunk in response.iter_text():
            text += chunk
            if "event: bundle" in text:
                break
    assert "event: kills" in text
    assert server.stop() == 0


def test_an_open_stream_does_not_hold_up_the_stop(up):
    server = up()
    with server.http.stream("GET", "/v1/events") as response:
        next(response.iter_bytes())
        server.process.terminate()
        assert server.process.wait(timeout=8) == 0
