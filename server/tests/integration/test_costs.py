"""Money is counted once, and every page that tells of it says the same."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from holdfast_server.record.books.tables import conduct, latencies

BY = ("agent", "version", "team", "workflow", "tool", "model", "customer", "release")
USAGE = {"input_tokens": 1_000, "output_tokens": 100}


async def ship(here, *agents) -> None:
    for agent in agents:
        response = await here.http.post("/v1/records", json=agent.envelope())
        assert response.status_code == 200, response.text


async def work(here, agent, *costs: int, tags: dict[str, str] | None = None, end: str = "done") -> None:
    payload = {"title": "t", "framework": "langgraph", "tags": tags or {}}
    agent.decide("start", agent.name, step=agent.start, payload=payload)
    for cost in costs:
        step = agent.decide("model", "openai/gpt-4o-mini")
        about = {"provider": "openai", "usage": USAGE}
        agent.end(
            step, tokens_in=1_000, tokens_out=100, cost_micro_usd=cost, model="gpt-4o-mini", payload=about
        )
    if end:
        agent.finish(end)
    await ship(here, agent)


async def traced(here, trace_request, **options) -> None:
    body = trace_request(**options).SerializeToString()
    answer = await here.http.post(
        "/v1/traces", content=body, headers={"content-type": "application/x-protobuf"}
    )
    assert answer.status_code == 200, answer.text
    await here.stored()


async def get(here, path: str, **query) -> dict:
    answer = await here.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_page_says_the_same_sum(here, make_agent, trace_request):
    await work(here, make_agent("refunds"), 1_500, 2_500, tags={"customer": "acme", "workflow": "returns"})
    await work(here, make_agent("support", session="s2"), 4_000, tags={"customer": "zeta"})
    await traced(here, trace_request, spans=5)
    runs = (await get(here, "/v1/runs"))["items"]
    whole = sum(run["cost_usd"] or 0 for run in runs)
    unpriced = sum(run["unpriced_calls"] for run in runs)
    fleet = await get(here, "/v1/fleet")
    assert whole > 0.008
    assert fleet["burn"]["today_usd"] == pytest.approx(whole, abs=1e-9)
    for by in BY:
        found = await get(here, "/v1/costs", by=by)
        assert sum(row["cost_usd"] or 0 for row in found["items"]) == pytest.approx(whole, abs=1e-9), by
        assert found["total"]["cost_usd"] == pytest.approx(whole, abs=1e-9)
        assert found["total"]["unpriced_calls"] == unpriced
    for every in ("hour", "day", "week", "month"):
        series = await get(here, "/v1/costs/series", by="agent", every=every, time_zone="Asia/Kathmandu")
        totals = [point["total_usd"] for point in series["items"] if point["total_usd"] is not None]
        assert sum(totals) == pytest.approx(whole, abs=1e-9), every
        for point in series["items"]:
            if point["total_usd"] is not None:
                assert sum(point["values"]) == pytest.approx(point["total_usd"], abs=1e-9)


async def test_costs_are_told_by_whom_they_were_made_for(here, make_agent):
    await work(here, make_agent("refunds"), 1_000, tags={"customer": "acme", "cost_centre": "7"})
    await work(here, make_agent("refunds"), 3_000, tags={"customer": "zeta", "cost_centre": "7"})
    customers = await get(here, "/v1/costs", by="customer")
    assert [(row["key"], row["cost_usd"], row["share"]) for row in customers["items"]] == [
        ("zeta", 0.003, 0.75),
        ("acme", 0.001, 0.25),
    ]
    tags = await get(here, "/v1/costs", by="tag")
    assert [(row["key"], row["cost_usd"]) for row in tags["items"]] == [("cost_centre=7", 0.004)]
    only = await get(here, "/v1/costs", by="model", customer="acme")
    assert [(row["key"], row["cost_usd"], row["tokens_in"]) for row in only["items"]] == [
        ("openai/gpt-4o-mini", 0.001, 1_000)
    ]
    assert (await get(here, "/v1/costs", by="agent", tag="cost_centre=7"))["total"]["cost_usd"] == 0.004


async def test_what_was_asked_from_inside_a_tool_is_the_tools_doing(here, make_agent):
    agent = make_agent()
    agent.begin()
    tool = agent.decide("tool", "summarise")
    inside = agent.decide("model", "openai/gpt-4o-mini", parent=tool)
    agent.end(inside, tokens_in=10, cost_micro_usd=700, model="gpt-4o-mini")
    agent.end(tool)
    outside = agent.decide("model", "openai/gpt-4o-mini")
    agent.end(outside, tokens_in=10, cost_micro_usd=300, model="gpt-4o-mini")
    await ship(here, agent)
    found = await get(here, "/v1/costs", by="tool")
    assert [(row["key"], row["cost_usd"]) for row in found["items"]] == [("summarise", 0.0007), ("", 0.0003)]


async def test_failures_are_paid_for_by_successes(here, make_agent):
    good, bad, claimed = make_agent(), make_agent(), make_agent()
    await work(here, good, 1_000)
    await work(here, bad, 2_000, end="failed")
    await work(here, claimed, 5_000)
    before = (await get(here, "/v1/costs"))["per_success"]
    assert (before["succeeded"], before["failed"], before["unproven"]) == (0, 1, 2)
    assert (before["cost_usd"], before["high_usd"]) == (None, None)
    said = {"run": good.run, "name": "refund_settled", "success": True, "value_usd": 40}
    answer = await here.http.post("/v1/signals", json=said, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 201, answer.text
    again = await here.http.post("/v1/signals", json=said, headers={"Idempotency-Key": "k1"})
    assert again.json() == answer.json()
    after = (await get(here, "/v1/costs"))["items"][0]["per_success"]
    assert (after["succeeded"], after["failed"], after["unproven"]) == (1, 1, 1)
    assert after["cost_usd"] == pytest.approx(0.003)
    assert after["low_usd"] == pytest.approx(0.004)
    assert after["high_usd"] == pytest.approx(0.008)


async def test_the_last_signal_of_a_name_counts_and_a_runs_own_is_believed_first(here, make_agent):
    agent = make_agent(session="chat-1")
    await work(here, agent, 1_000)
    for said in (
        {"session": "chat-1", "name": "solved", "success": True},
        {"session": "chat-1", "name": "reopened", "success": False},
    ):
        assert (await here.http.post("/v1/signals", json=said)).status_code == 201
    assert (await get(here, "/v1/costs"))["per_success"]["failed"] == 1
    await here.http.post("/v1/signals", json={"session": "chat-1", "name": "reopened", "success": True})
    assert (await get(here, "/v1/costs"))["per_success"]["succeeded"] == 1
    await here.http.post("/v1/signals", json={"run": agent.run, "name": "solved", "success": False})
    assert (await get(here, "/v1/costs"))["per_success"]["failed"] == 1
    listed = await get(here, "/v1/signals", session="chat-1")
    assert [one["name"] for one in listed["items"]] == ["reopened", "reopened", "solved"]


async def test_a_confirmed_effect_is_a_success_and_a_claim_is_not(here, make_agent):
    agent = make_agent()
    agent.begin()
    tool = agent.decide("tool", "issue_refund")
    agent.end(tool, observed="confirmed", cost_micro_usd=900)
    agent.finish()
    await ship(here, agent)
    found = (await get(here, "/v1/costs"))["per_success"]
    assert (found["succeeded"], found["unproven"], found["cost_usd"]) == (1, 0, 0.0009)


async def test_a_signal_about_nobody_is_refused(here):
    answer = await here.http.post("/v1/signals", json={"run": "f" * 32, "name": "ok", "success": True})
    assert answer.status_code == 404
    assert "holdfast runs" in answer.json()["hint"]
    neither = await here.http.post("/v1/signals", json={"name": "ok", "success": True})
    assert neither.status_code == 422


async def test_an_unknown_price_is_a_gap_in_every_sum(here, make_agent):
    agent = make_agent()
    agent.begin()
    step = agent.decide("model", "acme/secret")
    agent.end(step, tokens_in=10, model="secret", payload={"provider": "acme", "usage": {"input_tokens": 10}})
    await ship(here, agent)
    row = (await get(here, "/v1/costs", by="model"))["items"][0]
    assert (row["key"], row["cost_usd"], row["unpriced_calls"]) == ("acme/secret", None, 1)


async def test_lists_are_csv_when_asked_for(here, make_agent):
    await work(here, make_agent("=cmd"), 1_000)
    table = await here.http.get("/v1/costs", params={"by": "agent", "format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    head, row = table.text.splitlines()
    assert head.startswith("cost_usd,calls,unpriced_calls")
    assert "per_success.succeeded" in head
    assert "'=cmd" in row
    accepted = await here.http.get("/v1/costs/series", params={"by": "agent"}, headers={"accept": "text/csv"})
    assert accepted.text.splitlines()[0].startswith("at,until,total_usd")


async def test_pages_of_costs_follow_each_other(here, make_agent):
    for place, name in enumerate(("a", "b", "c")):
        await work(here, make_agent(name), 1_000 * (place + 1))
    first = await get(here, "/v1/costs", limit=2)
    rest = await get(here, "/v1/costs", limit=2, cursor=first["next"])
    assert [row["key"] for row in first["items"] + rest["items"]] == ["c", "b", "a"]
    assert rest["next"] is None


async def test_a_period_that_cannot_be_is_refused_with_the_next_step(here):
    for query in (
        {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"time_zone": "Mars/Olympus"},
        {"since": "2020-01-01T00:00:00Z"},
    ):
        answer = await here.http.get("/v1/costs", params=query)
        assert (answer.status_code, bool(answer.json()["hint"])) == (400, True)
    long = {"every": "hour", "since": f"{time.gmtime().tm_year}-01-01T00:00:00Z"}
    answer = await here.http.get("/v1/costs/series", params=long)
    assert answer.status_code in (200, 400)


async def test_a_run_is_forecast_from_its_finished_siblings(here, make_agent):
    for _ in range(12):
        await work(here, make_agent(), 100, 200, 300, 400)
    live = make_agent()
    await work(here, live, 100, 200, end="")
    told = await get(here, "/v1/costs/forecast", run=live.run)
    assert (told["subject"], told["method"], told["basis"]) == ("run", "siblings", 12)
    assert told["spent_usd"] == pytest.approx(0.0003)
    assert told["expected_usd"] == pytest.approx(0.001)
    assert told["low_usd"] <= told["expected_usd"] <= told["high_usd"]
    assert told["calibration"]["measured"] >= told["calibration"]["promised"]
    lone = make_agent("other")
    await work(here, lone, 100, end="")
    unknown = await get(here, "/v1/costs/forecast", run=lone.run)
    assert (unknown["expected_usd"], unknown["method"], bool(unknown["note"])) == (None, "none", True)


async def test_a_budget_is_forecast_by_the_books(here, make_agent):
    body = {"scope": "agent", "key": "refunds", "unit": "usd", "limit": 5, "window": "month", "by": "sam"}
    budget = (await here.http.post("/v1/budgets", json=body)).json()
    await work(here, make_agent(), 1_000_000)
    told = await get(here, "/v1/costs/forecast", budget=budget["id"])
    assert (told["subject"], told["key"], told["limit_usd"]) == ("budget", "refunds", 5.0)
    assert told["spent_usd"] == 1.0
    assert (told["method"], told["expected_usd"]) == ("none", None)
    tokens = {**body, "unit": "tokens"}
    other = (await here.http.post("/v1/budgets", json=tokens)).json()
    refused = await here.http.get("/v1/costs/forecast", params={"budget": other["id"]})
    assert (refused.status_code, refused.json()["hint"]) == (400, "Ask for one in usd.")


async def test_a_run_far_beyond_its_siblings_is_an_anomaly(here, make_agent):
    for place in range(32):
        await work(here, make_agent(), 1_000 + place)
    wild = make_agent()
    await work(here, wild, 90_000)
    found = await get(here, "/v1/costs/anomalies")
    assert [(one["kind"], one["run"]) for one in found["items"]] == [("run", wild.run)]
    assert found["items"][0]["times"] > 80
    assert found["items"][0]["false_alarm_rate"] == pytest.approx(1 / 33)
    assert found["looked_at"] >= 33


async def test_the_same_tokens_are_priced_with_another_model(here, make_agent):
    await work(here, make_agent(), 250, 250, 250)
    query = {"model_instead": "gpt-4o", "provider_instead": "openai"}
    told = await get(here, "/v1/costs/what-if", **query)
    # Three times (1,000 in at $2.50 + 100 out at $10) a million.
    assert told["would_cost_usd"] == pytest.approx(0.0105)
    assert told["difference_usd"] == pytest.approx(0.0105 - 0.00075)
    assert (told["items"][0]["model"], told["items"][0]["calls"]) == ("gpt-4o-mini", 3)
    unknown = await get(here, "/v1/costs/what-if", model_instead="nobody-knows-it")
    assert (unknown["would_cost_usd"], unknown["items"][0]["difference_usd"]) == (None, None)
    assert unknown["warnings"]


def make_invoice(*lines: tuple[str, float]) -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime())
    rows = [f'{day}T00:00:00+00:00,"{item}",{value},usd,\n' for item, value in lines]
    return "start_time_iso,line_item,amount_value,amount_currency,quantity\n" + "".join(rows)


async def test_an_invoice_is_explained_by_the_books(here, make_agent):
    await work(here, make_agent(), 150_000, 100_000)
    text = make_invoice(
        ("gpt-4o-mini-2024-07-18, input", 0.2), ("gpt-4o-mini-2024-07-18, output", 0.05), ("o3, input", 9)
    )
    sent = await here.http.post("/v1/invoices", content=text, params={"name": "january", "by": "sam"})
    assert (sent.status_code, sent.json()["provider"], sent.json()["billed_usd"]) == (201, "openai", 9.25)
    again = await here.http.post("/v1/invoices", content=text)
    assert again.json()["id"] == sent.json()["id"]
    told = await get(here, f"/v1/invoices/{sent.json()['id']}/variance")
    assert {one["model"]: one["reason"] for one in told["items"]} == {
        "gpt-4o-mini": "matched",
        "o3": "not_seen",
    }
    assert (told["difference_usd"], told["explained_usd"], told["unexplained_usd"]) == (9.0, 9.0, 0.0)
    assert [one["name"] for one in (await get(here, "/v1/invoices"))["items"]] == ["january"]
    await here.http.delete(f"/v1/invoices/{sent.json()['id']}")
    assert (await here.http.get(f"/v1/invoices/{sent.json()['id']}/variance")).status_code == 404


async def test_a_file_that_is_no_invoice_is_refused(here):
    for body in (b"\xff\xfe\x00", b"hello", b""):
        answer = await here.http.post("/v1/invoices", content=body)
        assert (answer.status_code, bool(answer.json()["hint"])) == (400, True)


async def test_a_filter_by_team_and_a_row_of_the_team_say_the_same(here, make_agent, tmp_path):
    policies = here.services.policies.folder
    (policies / "teams.yaml").write_text("agents:\n  refunds: {team: care}\n  sales: {team: growth}\n")
    await here.services.policies.look()
    await work(here, make_agent("refunds"), 1_000)
    await work(here, make_agent("sales"), 4_000, tags={"team": "care"})
    rows = {row["key"]: row["cost_usd"] for row in (await get(here, "/v1/costs", by="team"))["items"]}
    assert rows == {"care": 0.005}
    assert (await get(here, "/v1/costs", team="care"))["total"]["cost_usd"] == 0.005
    assert (await get(here, "/v1/costs", team="growth"))["total"]["cost_usd"] == 0


async def test_a_customer_that_is_named_last_is_charged_all_the_same(here, trace_request):
    import secrets

    trace = secrets.token_bytes(16)
    calls = trace_request(spans=3, trace=trace, root=False)
    root = trace_request(spans=1, trace=trace, attributes={"holdfast.customer": "acme"})
    for request in (calls, root):
        kind = {"content-type": "application/x-protobuf"}
        answer = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=kind)
        assert answer.status_code == 200
        await here.stored()
    rows = (await get(here, "/v1/costs", by="customer"))["items"]
    assert [row["key"] for row in rows] == ["acme"]
    assert rows[0]["calls"] >= 3


@pytest.mark.parametrize("first", ["records", "traces"])
async def test_a_call_that_traces_and_records_tell_of_is_counted_once_whichever_comes_first(
    here, make_agent, trace_request, first
):
    agent = make_agent("shop")
    other = make_agent("shop", session="s2")
    await work(here, other, 2_500)

    async def by_traces():
        await traced(here, trace_request, spans=3, trace=bytes.fromhex(agent.run))

    if first == "traces":
        await by_traces()
        assert (await get(here, "/v1/costs"))["total"]["calls"] == 3
        assert (await get(here, "/v1/runs", q="model:gpt-4o-mini governed:no"))["items"] != []
    await work(here, agent, 1_500, tags={"customer": "acme"})
    await by_traces()
    told = (await get(here, "/v1/costs"))["total"]
    assert (told["cost_usd"], told["calls"], told["unpriced_calls"]) == (0.004, 2, 0)
    run = await get(here, f"/v1/runs/{agent.run}")
    assert (run["cost_usd"], run["model_calls"], run["tokens_in"]) == (0.0015, 1, 1_000)
    assert (await get(here, "/v1/fleet"))["burn"]["today_usd"] == pytest.approx(0.004, abs=1e-9)
    (acme,) = [row for row in (await get(here, "/v1/costs", by="customer"))["items"] if row["key"] == "acme"]
    assert (acme["cost_usd"], acme["calls"]) == (0.0015, 1)


@pytest.mark.parametrize("first", ["records", "traces"])
async def test_how_a_call_went_is_counted_once_whichever_tells_of_it_first(
    here, make_agent, trace_request, first
):
    agent = make_agent("shop")

    async def by_traces():
        await traced(here, trace_request, spans=3, trace=bytes.fromhex(agent.run))

    if first == "traces":
        await by_traces()
        assert (await conduct_of(here))["calls"] == 2
    await work(here, agent, 1_500)
    await by_traces()
    assert await conduct_of(here) == {"models_done": 1, "models_failed": 0, "model_ns": 1_000_000, "calls": 1}


async def conduct_of(here) -> dict[str, int]:
    """How calls of models went, how long they took in all, and how many were timed."""
    names = "models_done", "models_failed", "model_ns"
    async with here.services.runs._db.read() as connection:
        told = await connection.execute(sa.select(*(sa.func.sum(conduct.c[name]) for name in names)))
        timed = await connection.scalar(sa.select(sa.func.sum(latencies.c.calls)))
    return {**dict(zip(names, map(int, told.one()), strict=True)), "calls": int(timed)}
