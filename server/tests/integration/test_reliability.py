"""Reliability is counted with intervals, objectives burn their budgets, and Prometheus can read it all."""

from __future__ import annotations

import pytest


async def ship(here, agent) -> None:
    response = await here.http.post("/v1/records", json=agent.envelope())
    assert response.status_code == 200, response.text


async def get(here, path: str, **query) -> dict:
    answer = await here.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def work(here, agent, *, good: int = 0, bad: int = 0, version: str = "1", end: str = "done") -> None:
    agent.begin(version=version)
    for place in range(good + bad):
        step = agent.decide("tool", "look_up", version=version)
        took = {"duration_ns": 50_000_000}
        agent.end(step, "failed" if place >= good else "done", payload=took)
    agent.finish(end)
    await ship(here, agent)


async def test_calls_are_counted_by_agent_and_version_with_intervals(here, make_agent):
    await work(here, make_agent(), good=8, bad=2, version="1")
    await work(here, make_agent(), good=10, version="2")
    await work(here, make_agent("support"), good=1)
    told = await get(here, "/v1/reliability", by="version")
    assert [(one["agent"], one["version"]) for one in told["items"]] == [
        ("refunds", "1"),
        ("refunds", "2"),
        ("support", "1"),
    ]
    first = told["items"][0]["tool_success"]
    assert (first["value"], first["good"], first["total"]) == (0.8, 8, 10)
    assert (first["low"], first["high"]) == (pytest.approx(0.49, abs=0.01), pytest.approx(0.943, abs=0.01))
    by_agent = await get(here, "/v1/reliability", agent="refunds")
    assert [(one["agent"], one["tool_success"]["total"]) for one in by_agent["items"]] == [("refunds", 20)]
    assert told["total"]["tool_success"]["total"] == 21
    assert told["total"]["tool"]["calls"] == 21
    assert 45 <= told["total"]["tool"]["p50_ms"] <= 65
    assert told["total"]["model_time_share"] == 0


async def test_invalid_calls_refusals_and_loops_are_told_apart(here, make_agent):
    agent = make_agent()
    agent.begin()
    agent.decide("tool", "issue_refund", "deny", stage="contract", rules=("holdfast:arguments",))
    agent.decide("tool", "issue_refund", "deny", stage="policy", rules=("cap",))
    reasons = {
        "reasons": [{"rule": "manager", "category": "", "message": "over 100", "cure": "approval:lead"}]
    }
    agent.decide("tool", "issue_refund", "ask", stage="policy", payload=reasons)
    agent.decide(
        "tool", "look_up", "halt", stage="detector", payload={"reasons": [{"rule": "holdfast:repeats"}]}
    )
    await ship(here, agent)
    told = (await get(here, "/v1/reliability"))["total"]
    assert (told["tool_validity"]["good"], told["tool_validity"]["total"]) == (3, 4)
    assert (told["asked"], told["denied"], told["halted"], told["loops"]) == (1, 2, 1, 1)
    why = await get(here, "/v1/reliability/escalations")
    assert [(one["verdict"], one["stage"], one["rule"], one["count"]) for one in why["items"]] == [
        ("ask", "policy", "manager", 1),
        ("halt", "detector", "holdfast:repeats", 1),
    ]
    assert (why["total"], why["complete"]) == (2, True)


async def test_what_the_world_contradicts_counts_against_the_agent(here, make_agent):
    agent = make_agent()
    agent.begin()
    for seen in ("confirmed", "confirmed", "contradicted", "unknown"):
        agent.end(agent.decide("tool", "issue_refund"), observed=seen)
    agent.finish("failed")
    await ship(here, agent)
    told = (await get(here, "/v1/reliability"))["total"]
    assert (told["postconditions"]["good"], told["postconditions"]["total"]) == (2, 4)
    assert (told["task_success"]["value"], told["task_success"]["total"]) == (0.0, 1)


async def test_unproven_runs_are_in_no_ratio(here, make_agent):
    await work(here, make_agent(), good=1)
    told = (await get(here, "/v1/reliability"))["total"]
    assert (told["runs"], told["unproven"]) == (1, 1)
    assert (told["task_success"]["value"], told["task_success"]["total"]) == (None, 0)


async def test_the_time_to_safety_begins_with_the_trouble(here, make_agent):
    recovered, handed, stuck = make_agent(), make_agent(), make_agent()
    recovered.begin()
    recovered.end(recovered.decide("tool", "pay"), "failed")
    recovered.end(recovered.decide("tool", "refund"))
    handed.begin()
    handed.decide("tool", "pay", "ask")
    stuck.begin()
    stuck.decide("tool", "pay", "deny")
    for agent in (recovered, handed, stuck):
        await ship(here, agent)
    told = (await get(here, "/v1/reliability"))["safe_fallback"]
    assert (told["runs"], told["still_open"], told["longest_run"]) == (3, 1, recovered.run)
    assert told["longest_s"] == pytest.approx(0.002)


async def test_a_series_has_gaps_where_nothing_was_counted(here, make_agent):
    await work(here, make_agent(), good=3, bad=1)
    told = await get(here, "/v1/reliability/series", metric="tool_success", every="day")
    values = [point["value"] for point in told["items"]]
    assert values[-1] == 0.75
    assert set(values[:-1]) == {None}
    table = await here.http.get("/v1/reliability/series", params={"metric": "tool_success", "format": "csv"})
    assert table.text.splitlines()[0] == "at,until,value,low,high,good,total"
    assert ",,,,0,0" in table.text


SLO = {"indicator": "tool_success", "objective": 0.99, "agent": "refunds", "days": 28, "by": "sam"}


async def test_a_budget_that_burns_too_fast_rings_and_stops_ringing(here, make_agent):
    made = await here.http.put("/v1/slos/refund-tools", json=SLO)
    assert (made.status_code, made.json()["state"]) == (200, "no data")
    await work(here, make_agent(), good=5, bad=15)
    await here.services.reliability.slos.look()
    await here.services.reliability.slos.look()
    told = await get(here, "/v1/slos/refund-tools")
    assert (told["state"], told["good"], told["total"], told["budget"]) == (
        "burning",
        5,
        20,
        pytest.approx(0.2),
    )
    assert told["budget_left"] == pytest.approx(1 - 15 / 0.2)
    assert sorted(alert["severity"] for alert in told["alerts"]) == ["page", "ticket"]
    alerts = (await get(here, "/v1/slos/alerts"))["items"]
    assert {(one["slo"], one["state"]) for one in alerts} == {("refund-tools", "firing")}
    assert len(alerts) == 2
    await here.http.put("/v1/slos/refund-tools", json={**SLO, "objective": 0.01})
    await here.services.reliability.slos.look()
    after = (await get(here, "/v1/slos/alerts"))["items"]
    assert {one["state"] for one in after} == {"resolved"}
    assert all(one["ended_at"] for one in after)


async def test_a_few_calls_are_no_burn_rate(here, make_agent):
    await here.http.put("/v1/slos/refund-tools", json=SLO)
    await work(here, make_agent(), bad=3)
    await here.services.reliability.slos.look()
    assert (await get(here, "/v1/slos/alerts"))["items"] == []
    assert (await get(here, "/v1/slos/refund-tools"))["state"] == "spent"


@pytest.mark.parametrize(
    ("indicator", "threshold", "good"),
    [("tool_latency", 0.1, 10), ("tool_latency", 0.01, 0), ("run_cost", 0.5, 1), ("run_duration", 60, 1)],
)
async def test_thresholds_say_what_is_good(here, make_agent, indicator, threshold, good):
    await work(here, make_agent(), good=10)
    body = {"indicator": indicator, "objective": 0.9, "threshold": threshold}
    assert (await here.http.put("/v1/slos/limit", json=body)).json()["good"] == good


async def test_objectives_that_cannot_be_are_refused(here):
    for body in (
        {**SLO, "objective": 1.0},
        {**SLO, "indicator": "vibes"},
        {**SLO, "indicator": "run_cost"},
        {**SLO, "agent": "", "version": "2"},
    ):
        assert (await here.http.put("/v1/slos/bad", json=body)).status_code == 422
    assert (await here.http.put("/v1/slos/No Such", json=SLO)).status_code == 422
    missing = await here.http.get("/v1/slos/nobody")
    assert (missing.status_code, missing.json()["hint"]) == (404, "`holdfast slos` lists them.")


async def test_prometheus_reads_counters_that_agree_with_the_books(here, make_agent):
    agent = make_agent('ref"unds\n')
    await work(here, agent, good=3, bad=1)
    text = (await here.http.get("/metrics")).text
    assert 'holdfast_agent_tool_calls_total{agent="ref\\"unds\\n",version="1",outcome="done"} 3' in text
    assert 'outcome="failed"} 1' in text
    assert "# TYPE holdfast_agent_cost_usd_total counter" in text
    assert "holdfast_ready 1" in text


async def test_no_number_of_agents_makes_a_scrape_grow_without_bound(here):
    import sqlalchemy as sa

    from holdfast_server.insight.reliability.prometheus import AGENTS_MAX, OTHER
    from holdfast_server.record.books.tables import totals

    rows = [{"agent": f"a{place}", "version": "", "micro_usd": 1_000_000} for place in range(AGENTS_MAX + 50)]
    async with here.services.reliability.meters._db.write() as connection:
        await connection.execute(sa.insert(totals), rows)
    text = (await here.http.get("/metrics")).text
    cost = [line for line in text.splitlines() if line.startswith("holdfast_agent_cost_usd_total")]
    assert len(cost) == AGENTS_MAX + 1
    assert cost[-1] == f'holdfast_agent_cost_usd_total{{agent="{OTHER}",version=""}} 50'


async def test_metrics_are_behind_the_access_key(start_here):
    from holdfast_server.settings import Access

    async with start_here(access=Access(key="a-key-of-sixteen-letters")) as locked:
        assert (await locked.http.get("/metrics")).status_code == 401
        held = {"authorization": "Bearer a-key-of-sixteen-letters"}
        assert (await locked.http.get("/metrics", headers=held)).status_code == 200
