"""Breakers of every process on one page, and closed by one hand."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from holdfast_server.errors import Unavailable


def breaker(name: str = "fetch", state: str = "open", **said) -> dict:
    return {
        "scope": "tool",
        "name": name,
        "state": state,
        "failures": 3,
        "reason": "3 failures in a row",
    } | said


async def report(here, process: str, *items: dict) -> None:
    response = await here.http.post("/v1/breakers", json={"process": process, "items": list(items)})
    assert response.status_code == 204, response.text


async def shown(here) -> list[dict]:
    return (await here.http.get("/v1/breakers")).json()["items"]


async def test_the_worst_state_of_all_processes_counts(here):
    await report(here, "p1", breaker(state="closed"), breaker("search", "half-open"))
    await report(here, "p2", breaker(opened_at="2027-01-15T08:00:00Z", retry_at="2027-01-15T08:00:30Z"))
    first, second = await shown(here)
    assert (first["name"], first["state"], first["failures"], first["processes"]) == (
        "fetch",
        "open",
        6,
        ["p2"],
    )
    assert first["retry_at"] == "2027-01-15T08:00:30Z"
    assert (second["name"], second["state"], second["processes"]) == ("search", "half-open", ["p1"])


async def test_what_a_process_says_replaces_what_it_said(here):
    await report(here, "p1", breaker())
    await report(here, "p1")
    assert await shown(here) == []


async def test_a_reset_reaches_every_process_that_listens(here):
    await report(here, "p1", breaker("mcp/files"))
    frames = here.services.control.follow("p1")
    await anext(frames)
    reset = await here.http.post("/v1/breakers/tool/mcp/files/reset", json={"by": "ann"})
    assert (reset.status_code, reset.json()["state"]) == (200, "open")
    async with asyncio.timeout(5):
        async for frame in frames:
            lines = dict(line.split(": ", 1) for line in frame.decode().strip().splitlines())
            if lines.get("event") == "breaker":
                break
    assert json.loads(lines["data"]) == {"scope": "tool", "name": "mcp/files", "by": "ann"}


async def test_a_breaker_that_nobody_reported_is_not_found(here):
    response = await here.http.post("/v1/breakers/tool/unheard/reset", json={"by": "ann"})
    assert response.status_code == 404
    assert "lists them" in response.json()["hint"]


@pytest.mark.parametrize(
    "body",
    [
        {"process": "p1", "items": [breaker() | {"state": "ajar"}]},
        {"process": "p1", "items": [breaker()] * 1_001},
        {"process": "", "items": []},
        {"process": "p1", "items": [breaker() | {"failures": -1}]},
    ],
)
async def test_a_report_that_makes_no_sense_is_refused(here, body):
    assert (await here.http.post("/v1/breakers", json=body)).status_code == 422


async def test_what_opens_and_who_resets_it_is_in_the_ledger(here):
    await report(here, "p1", breaker())
    await report(here, "p1", breaker())
    await here.http.post("/v1/breakers/tool/fetch/reset", json={"by": "ann"})
    await report(here, "p1")
    entries = (await here.http.get("/v1/ledger")).json()["items"]
    told = [(one["status"], one["target"], one["record"]["by"]) for one in reversed(entries)]
    assert told == [("open", "tool:fetch", ""), ("reset", "tool:fetch", "ann"), ("closed", "tool:fetch", "")]


async def test_what_could_not_be_written_down_is_written_with_the_next_report(here, monkeypatch):
    db = here.services.breakers._db

    @asynccontextmanager
    async def away():
        raise Unavailable("the control database is not available", retry_after_s=2)
        yield

    with monkeypatch.context() as patched:
        patched.setattr(db, "write", away)
        said = {"process": "p1", "items": [breaker()]}
        assert (await here.http.post("/v1/breakers", json=said)).status_code == 503
    await report(here, "p1", breaker())
    entries = (await here.http.get("/v1/ledger")).json()["items"]
    opened = [one["record"] for one in entries if one["type"] == "breaker"]
    assert [(one["name"], one["event"]) for one in opened] == [("fetch", "open")]
