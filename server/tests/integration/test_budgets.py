"""Budgets: leased in parts, never overspent, edited without forgetting, settled when a process dies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast_server.decision.budgets.budget import LeasesAsk

HOUR_NS = 3_600_000_000_000


async def add(here: Any, **changes: Any) -> dict[str, Any]:
    body = {"scope": "org", "unit": "calls", "limit": 100, "by": "ann"} | changes
    answer = await here.http.post("/v1/budgets", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def lease(here: Any, *asks: dict[str, Any], process: str = "p1", **more: Any) -> list[dict[str, Any]]:
    answer = await here.http.post("/v1/budgets/leases", json={"process": process, "asks": asks, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["leases"]


def ask(budget: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"budget": budget["id"], "key": "", **more}


def report(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {name: of[name] for name in ("budget", "key", "lease", "fence")} | more


async def show(here: Any, budget: dict[str, Any]) -> dict[str, Any]:
    return (await here.http.get(f"/v1/budgets/{budget['id']}")).json()


async def test_what_is_leased_and_used_never_passes_the_limit(here: Any) -> None:
    budget = await add(here)
    leased = 0
    for process in range(40):
        got = (await lease(here, ask(budget, need=1), process=f"p{process}"))[0]
        leased += got["amount"]
    assert leased <= 100
    shown = await show(here, budget)
    assert shown["held"] == leased
    assert shown["used"] == 0
    assert len(shown["holders"]) == 40


async def test_a_call_holds_in_every_budget_or_in_none(here: Any) -> None:
    wide, narrow = await add(here), await add(here, scope="agent", key="a", limit=5)
    both = [ask(wide, need=10), {"budget": narrow["id"], "key": "a", "need": 10}]
    got = await lease(here, *both)
    assert [one["state"] for one in got] == ["open", "refused"]
    assert [one["amount"] for one in got] == [0, 0]
    assert (await show(here, wide))["held"] == 0


async def test_what_was_used_is_settled_and_the_rest_goes_back(here: Any) -> None:
    budget = await add(here)
    got = (await lease(here, ask(budget, need=20)))[0]
    await lease(here, report(got, used=7, held=0, close=True))
    shown = await show(here, budget)
    assert (shown["used"], shown["held"], shown["left"], shown["holders"]) == (7, 0, 93, [])


async def test_a_renewal_gives_back_what_is_not_needed(here: Any) -> None:
    budget = await add(here)
    got = (await lease(here, ask(budget, need=50)))[0]
    renewed = (await lease(here, report(got, used=5, held=3, keep=2)))[0]
    assert renewed["amount"] == 5 + 3 + 2
    assert (await show(here, budget))["held"] == 5


async def test_an_answer_that_was_lost_leases_nothing_twice(here: Any) -> None:
    budget = await add(here)
    first = (await lease(here, ask(budget, need=30)))[0]
    again = (await lease(here, ask(budget, need=30)))[0]
    assert (again["lease"], again["fence"]) == (first["lease"], first["fence"])
    assert (await show(here, budget))["held"] <= 36


async def test_reports_that_come_late_or_twice_count_once(here: Any) -> None:
    budget = await add(here)
    got = (await lease(here, ask(budget, need=30)))[0]
    for used in (10, 25, 10, 25):
        await lease(here, report(got, used=used))
    assert (await show(here, budget))["used"] == 25


async def test_another_process_cannot_speak_for_a_lease(here: Any) -> None:
    budget = await add(here)
    got = (await lease(here, ask(budget, need=30)))[0]
    theirs = (await lease(here, report(got, used=0, close=True), process="p2"))[0]
    stale = (await lease(here, report(got, used=0, close=True) | {"fence": 99}))[0]
    assert {theirs["amount"], stale["amount"]} == {0}
    assert (await show(here, budget))["held"] == got["amount"]


class Clock:
    def __init__(self) -> None:
        self.now = 1_763_736_000_000_000_000  # 2025-11-21T14:40:00Z

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock(here: Any, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The budgets' clock, in the test's hands."""
    made = Clock()
    monkeypatch.setattr(here.services.budgets, "_clock", made)
    return made


async def test_a_lease_nobody_renews_counts_as_used_until_its_process_says_what_it_did(
    here: Any, clock: Clock
) -> None:
    budget = await add(here)
    got = (await lease(here, ask(budget, need=40)))[0]
    clock.now += HOUR_NS
    await here.services.budgets.expire()
    shown = await show(here, budget)
    assert (shown["held"], shown["in_doubt"]) == (got["amount"], got["amount"])
    assert shown["holders"][0]["state"] == "expired"
    # The process was only slow: its lease is over, what it used is the truth, the rest goes back.
    late = (await lease(here, report(got, used=12)))[0]
    assert late["state"] == "fenced"
    shown = await show(here, budget)
    assert (shown["used"], shown["held"], shown["in_doubt"]) == (12, 0, 0)


async def test_a_new_lease_after_an_expired_one_has_a_higher_fence(here: Any, clock: Clock) -> None:
    budget = await add(here)
    got = (await lease(here, ask(budget, need=4)))[0]
    clock.now += HOUR_NS
    await here.services.budgets.expire()
    fresh = (await lease(here, report(got, used=1, held=1, need=4)))[0]
    assert fresh["lease"] != got["lease"]
    assert fresh["fence"] > got["fence"]
    settled = (await lease(here, report(got, used=2)))[0]
    assert settled["state"] == "fenced"
    assert (await show(here, budget))["used"] == 2


async def test_a_window_begins_anew_and_calls_settle_where_they_began(here: Any, clock: Clock) -> None:
    budget = await add(here, window="day", time_zone="Europe/Berlin")
    got = (await lease(here, ask(budget, need=90)))[0]
    assert (await lease(here, ask(budget, need=20), process="p2"))[0]["state"] == "refused"
    clock.now += 12 * HOUR_NS
    fresh = (await lease(here, report(got, used=50, held=40, need=20)))[0]
    assert fresh["state"] == "open"
    assert fresh["starts_ns"] == got["ends_ns"]
    shown = await show(here, budget)
    assert (shown["used"], shown["held"]) == (0, fresh["amount"])
    await lease(here, report(got, used=90))
    assert (await show(here, budget))["used"] == 0


async def test_an_edit_keeps_what_was_used(here: Any) -> None:
    budget = await add(here, unit="usd", limit=1.5, soft=1)
    got = (await lease(here, ask(budget, need=1_200_000)))[0]
    await lease(here, report(got, used=1_200_000))
    edited = await here.http.patch(f"/v1/budgets/{budget['id']}", json={"limit": 3, "by": "bob"})
    shown = edited.json()
    assert (shown["used"], shown["limit"], shown["soft"], shown["state"]) == (1.2, 3, 1, "soft")
    assert shown["by"] == "bob"
    more = (await lease(here, report(got, used=1_200_000, need=1_800_000)))[0]
    assert more["state"] == "open"
    assert (await show(here, budget))["left"] == 0


async def test_a_lowered_limit_takes_back_what_nobody_uses(here: Any) -> None:
    budget = await add(here)
    got = (await lease(here, ask(budget, need=80)))[0]
    await here.http.patch(f"/v1/budgets/{budget['id']}", json={"limit": 30, "by": "bob"})
    kept = (await lease(here, report(got, used=0, held=20)))[0]
    assert kept["amount"] == 30


async def test_a_removed_budget_that_comes_back_knows_what_was_used(here: Any) -> None:
    budget = await add(here)
    got = (await lease(here, ask(budget, need=10)))[0]
    await lease(here, report(got, used=10))
    gone = await here.http.request("DELETE", f"/v1/budgets/{budget['id']}", json={"by": "ann"})
    assert gone.status_code == 200
    assert (await lease(here, report(got, used=11, need=1)))[0]["state"] == "gone"
    assert (await add(here, limit=50))["used"] == 11


async def test_a_budget_for_each_has_an_account_for_each(here: Any) -> None:
    budget = await add(here, scope="agent", key="*", limit=10)
    for agent, used in (("a", 4), ("b", 9)):
        got = (await lease(here, {"budget": budget["id"], "key": agent, "need": used}))[0]
        await lease(here, report(got, used=used, close=True))
    shown = await show(here, budget)
    assert [(one["key"], one["used"]) for one in shown["accounts"]] == [("b", 9), ("a", 4)]
    assert (shown["fullest"], shown["used"], shown["left"]) == ("b", 9, 1)


async def test_the_same_key_makes_one_budget_and_the_same_budget_is_refused(here: Any) -> None:
    body = {"scope": "team", "key": "support", "unit": "usd", "limit": 5, "window": "month", "by": "ann"}
    first = await here.http.post("/v1/budgets", json=body, headers={"Idempotency-Key": "k"})
    again = await here.http.post("/v1/budgets", json=body, headers={"Idempotency-Key": "k"})
    assert first.json()["id"] == again.json()["id"]
    refused = await here.http.post("/v1/budgets", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert first.json()["id"] in refused.json()["hint"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": -1},
        {"unit": "euros"},
        {"scope": "planet"},
        {"time_zone": "Mars/Olympus"},
        {"soft": 200},
        {"scope": "session", "window": "day"},
        {"scope": "org", "key": "somebody"},
        {"scope": "tag", "key": "cost"},
        {"colour": "red"},
        {"limit": "NaN"},
        {"limit": 2.5},
        {"soft": 0.5},
    ],
)
async def test_what_cannot_be_is_refused_with_a_reason(here: Any, wrong: dict[str, Any]) -> None:
    body = {"scope": "org", "unit": "calls", "limit": 100, "by": "ann"} | wrong
    answer = await here.http.post("/v1/budgets", json=body)
    assert answer.status_code in {400, 422}
    assert answer.json()["detail"]


async def test_pages_end_and_terms_say_whole_numbers(here: Any) -> None:
    for agent in ("a", "b", "c"):
        await add(here, scope="agent", key=agent, unit="usd", limit=0.25)
    first = (await here.http.get("/v1/budgets?scope=agent&limit=2")).json()
    rest = (await here.http.get(f"/v1/budgets?scope=agent&limit=2&cursor={first['next']}")).json()
    assert [one["key"] for one in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next"] is None
    terms = (await here.http.get("/v1/budgets/terms")).json()
    assert {one["limit"] for one in terms["items"]} == {250_000}
    assert (await here.http.get("/v1/budgets/bud_none")).status_code == 404


async def test_what_a_policy_file_says_is_followed_and_changed_only_there(
    here: Any, start_here: Callable[..., Any]
) -> None:
    folder = here.services.policies.folder
    text = "budgets:\n  - {scope: org, usd: 10, window: month, soft: 0.8}\n"
    (folder / "money.yaml").write_text(text)
    await here.services.policies.look()
    await here.services.budgets.follow_policies(here.services.policies.budget_terms)
    shown = (await here.http.get("/v1/budgets")).json()["items"]
    assert [(one["source"], one["limit"], one["soft"], one["window"]) for one in shown] == [
        ("policy", 10, 8, "month")
    ]
    refused = await here.http.patch(f"/v1/budgets/{shown[0]['id']}", json={"limit": 99, "by": "eve"})
    assert refused.status_code == 409
    got = (await lease(here, {"budget": shown[0]["id"], "key": "", "need": 4_000_000}))[0]
    await lease(here, report(got, used=4_000_000, close=True))
    (folder / "money.yaml").write_text(text.replace("10", "20"))
    await here.services.policies.look()
    await here.services.budgets.follow_policies(here.services.policies.budget_terms)
    shown = (await here.http.get("/v1/budgets")).json()["items"][0]
    assert (shown["limit"], shown["used"]) == (20, 4)


async def test_processes_and_the_console_are_told_of_changes(here: Any) -> None:
    control = here.services.control.follow("p1")
    await anext(control)
    events = here.services.hub.follow()
    await anext(events)
    budget = await add(here, limit=7)
    told = await anext(events)
    assert b"event: budget.updated" in told
    assert json.loads(told.partition(b"data: ")[2])["limit"] == 7
    pushed = b""
    while b"event: budgets" not in pushed or budget["id"].encode() not in pushed:
        pushed = await anext(control)


async def test_two_servers_on_one_database_lease_from_the_same_books(here: Any) -> None:
    budget = await add(here)
    other = type(here.services.budgets)
    second = other(
        db=here.services.budgets._db,
        ledger=here.services.ledger,
        hub=here.services.hub,
        control=here.services.control,
        clock=here.services.budgets._clock,
        times=here.services.settings.budgets,
    )
    await second.open()
    wanted = {"process": "far", "asks": [ask(budget, need=60)]}
    got = await second.lease(LeasesAsk.model_validate(wanted))
    assert got.leases[0].state == "open"
    assert (await lease(here, ask(budget, need=60)))[0]["state"] == "refused"


async def test_a_budget_that_each_session_keeps_by_itself_is_shown_with_what_its_records_say(
    start_here: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "rules.yaml").write_text(
        'agents: {"*": {}}\nrules: [{allow_tools: {tools: ["*"]}}]\n'
        "budgets: [{scope: session, calls: 4, usd: 2, soft: 0.5}]\n"
    )
    fetch = {"tool": "fetch", "effect": "read", "reversible": True, "cost_micro_usd": 600_000}
    async with start_here(policies=folder) as here:
        await here.http.post("/v1/registry", json={"tools": [fetch]})
        call = {"target": "fetch", "actor": {"agent": "clerk"}}
        for session, times in (("a", 3), ("b", 1)):
            for _ in range(times):
                body = {**call, "session": session}
                step = (await here.http.post("/v1/decisions", json=body)).json()["step"]
                told = {"step": step, "status": "done", "cost_usd": 0.6}
                await here.http.post("/v1/outcomes", json=told)
        policies = here.services.policies
        await here.services.budgets.follow_policies(policies.budget_terms, inside=policies.inside_terms)
        shown = (await here.http.get("/v1/budgets?scope=session")).json()["items"]
        found = {one["unit"]: one for one in shown}
        assert {unit: (one["used"], one["limit"], one["fullest"]) for unit, one in found.items()} == {
            "calls": (3, 4, "a"),
            "usd": (pytest.approx(1.8), 2, "a"),
        }
        assert [one["state"] for one in found["usd"]["accounts"]] == ["soft", "ok"]
        assert {one["inside"] for one in shown} == {True}
        edited = await here.http.patch(f"/v1/budgets/{shown[0]['id']}", json={"limit": 9, "by": "ann"})
        assert edited.status_code == 409
        terms = (await here.http.get("/v1/budgets/terms")).json()["items"]
        assert terms == [], "nobody else has to be asked for it"
