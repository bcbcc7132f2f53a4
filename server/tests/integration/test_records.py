"""What agents ship becomes runs, steps and ledger entries, each once."""

from __future__ import annotations


async def ship(here, agent) -> dict:
    response = await here.http.post("/v1/records", json=agent.envelope())
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_run_is_shown_from_its_records(here, make_agent):
    agent = make_agent()
    agent.begin("refund order 7")
    model = agent.decide("model", "openai/gpt-4o-mini")
    agent.end(model, tokens_in=100, tokens_out=20, cost_micro_usd=1500, model="gpt-4o-mini")
    refused = agent.decide(
        "tool", "issue_refund", "deny", payload={"reasons": [{"rule": "cap", "message": "too much"}]}
    )
    agent.end(refused, "refused")
    running = agent.decide("tool", "lookup_order")
    await ship(here, agent)
    run = (await here.http.get(f"/v1/runs/{agent.run}")).json()
    assert (run["agent"], run["title"], run["framework"], run["state"]) == (
        "refunds",
        "refund order 7",
        "langgraph",
        "running",
    )
    assert (run["steps"], run["model_calls"], run["tool_calls"], run["denied"]) == (3, 1, 2, 1)
    assert (run["tokens_in"], run["tokens_out"], run["cost_usd"], run["unpriced_calls"]) == (
        100,
        20,
        0.0015,
        0,
    )
    assert [one["step"] for one in run["in_flight"]] == [running]
    assert run["verdicts"] == {"allow": 3, "transform": 0, "ask": 0, "deny": 1, "halt": 0}
    agent.finish()
    await ship(here, agent)
    run = (await here.http.get(f"/v1/runs/{agent.run}")).json()
    assert (run["state"], run["in_flight"], run["chain"]) == ("completed", [], ["refunds"])
    assert run["duration_ms"] > 0


async def test_sending_twice_is_the_same_as_once(here, make_agent):
    agent = make_agent()
    agent.begin()
    agent.end(agent.decide("model", "m"), tokens_in=5, cost_micro_usd=7, model="m")
    envelope = agent.envelope()
    first = (await here.http.post("/v1/records", json=envelope)).json()
    again = (await here.http.post("/v1/records", json=envelope)).json()
    run = (await here.http.get(f"/v1/runs/{agent.run}")).json()
    assert (first["accepted"], again["accepted"], again["duplicate"]) == (3, 0, 3)
    assert (run["tokens_in"], run["steps"]) == (5, 1)
    entries = (await here.http.get("/v1/ledger")).json()["items"]
    assert [(one["type"], one["target"]) for one in entries[:2]] == [("outcome", "m"), ("decision", "m")]
    assert len(entries) == 3
    assert entries[0]["agent"] == entries[1]["agent"]


async def test_every_record_can_be_proved(here, make_agent):
    from holdfast.record.ledger import Proof, VerifierKey

    agent = make_agent()
    agent.begin()
    await ship(here, agent)
    key = VerifierKey.parse((await here.http.get("/v1/ledger/checkpoint")).json()["key"] + "\n")
    receipt = (await here.http.get("/v1/ledger/0/receipt")).json()
    assert Proof.parse(receipt["text"]).verify(key) == receipt["size"]
    assert (await here.http.post("/v1/ledger/verify")).json()["ok"]


async def test_the_ledger_can_be_searched_and_paged(here, make_agent):
    agent = make_agent("billing")
    agent.begin()
    for _ in range(5):
        agent.decide("tool", "charge", "deny")
    await ship(here, agent)
    page = (await here.http.get("/v1/ledger", params={"q": "deny", "limit": 2})).json()
    rest = (await here.http.get("/v1/ledger", params={"q": "deny", "cursor": page["next"]})).json()
    indexes = [entry["index"] for entry in page["items"] + rest["items"]]
    assert (indexes, rest["next"]) == ([5, 4, 3, 2, 1], None)
    assert page["items"][0]["record"]["target"] == "charge"


async def test_an_unknown_price_is_never_zero(here, make_agent):
    agent = make_agent()
    agent.begin()
    step = agent.decide("model", "acme/secret-model")
    agent.end(
        step, tokens_in=10, model="secret-model", payload={"provider": "acme", "usage": {"input_tokens": 10}}
    )
    await ship(here, agent)
    run = (await here.http.get(f"/v1/runs/{agent.run}")).json()
    detail = (await here.http.get(f"/v1/steps/{step}")).json()
    assert (run["cost_usd"], run["unpriced_calls"]) == (None, 1)
    assert (detail["cost_usd"], detail["priced"]) == (None, False)
    assert detail["price"]["warnings"]


async def test_a_call_without_a_price_is_priced_here(here, make_agent):
    agent = make_agent()
    agent.begin()
    step = agent.decide("model", "openai/gpt-4o-mini")
    usage = {"input_tokens": 1_000_000, "output_tokens": 0}
    agent.end(step, model="gpt-4o-mini", payload={"provider": "openai", "usage": usage})
    await ship(here, agent)
    detail = (await here.http.get(f"/v1/steps/{step}")).json()
    assert detail["cost_usd"] > 0
    assert detail["price"]["source"]
    assert (await here.http.get("/v1/fleet")).json()["burn"]["today_usd"] == detail["cost_usd"]


async def test_a_halt_says_what_stopped_the_run(here, make_agent):
    agent = make_agent()
    agent.begin()
    reasons = [
        {"rule": "holdfast:exchanges", "category": "detector", "message": "ten exchanges, no progress"}
    ]
    agent.decide("delegate", "other", "halt", stage="detectors", payload={"reasons": reasons})
    await ship(here, agent)
    run = (await here.http.get(f"/v1/runs/{agent.run}")).json()
    assert run["state"] == "halted"
    assert run["stopped_by"] == {
        "rule": "holdfast:exchanges",
        "message": "ten exchanges, no progress",
        "stage": "detectors",
    }
    agent.finish("halted")
    await ship(here, agent)
    assert (await here.http.get(f"/v1/runs/{agent.run}")).json()["state"] == "halted"


async def test_child_runs_stand_in_their_trace(here, make_agent):
    parent, child = make_agent("coordinator"), make_agent("worker")
    parent.begin()
    step = parent.decide("delegate", "worker")
    await ship(here, parent)
    child.begin(trace=parent.run, parent=step)
    child.decide("tool", "lookup", trace=parent.run)
    await ship(here, child)
    shown = (await here.http.get(f"/v1/runs/{child.run}")).json()
    family = (await here.http.get(f"/v1/runs/{parent.run}")).json()["runs"]
    steps = (await here.http.get(f"/v1/runs/{parent.run}/steps")).json()["items"]
    assert (shown["parent_run"], shown["trace"]) == (parent.run, parent.run)
    assert [one["id"] for one in family] == [child.run]
    assert {one["agent"] for one in steps} == {"coordinator", "worker"} or len(steps) == 4


async def test_steps_are_paged_in_order_across_decisions_and_spans(here, make_agent, trace_request):
    agent = make_agent()
    agent.begin()
    for _ in range(7):
        agent.end(agent.decide("tool", "look"))
    await ship(here, agent)
    request = trace_request(6, trace=bytes.fromhex(agent.run), root=False)
    await here.http.post(
        "/v1/traces", content=request.SerializeToString(), headers={"content-type": "application/x-protobuf"}
    )
    await here.stored()
    seen, cursor = [], None
    for _ in range(20):
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await here.http.get(f"/v1/runs/{agent.run}/steps", params=params)).json()
        seen += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len({one["id"] for one in seen}) == 8 + 6
    assert [one["started_at"] for one in seen] == sorted(one["started_at"] for one in seen)
    assert sum(one["governed"] for one in seen) == 8


async def test_a_span_of_a_decided_step_only_adds_to_it(here, make_agent, trace_request):
    agent = make_agent()
    agent.begin()
    step = agent.decide("model", "openai/gpt-4o-mini")
    agent.end(step, cost_micro_usd=5, model="gpt-4o-mini")
    await ship(here, agent)
    said = '[{"role":"user","parts":[{"type":"text","content":"hello"}]}]'
    request = trace_request(
        1,
        trace=bytes.fromhex(agent.run),
        root=False,
        attributes={"holdfast.run.id": agent.run, "gen_ai.input.messages": said},
    )
    request.resource_spans[0].scope_spans[0].spans[0].span_id = bytes.fromhex(step)
    await here.http.post(
        "/v1/traces", content=request.SerializeToString(), headers={"content-type": "application/x-protobuf"}
    )
    await here.stored()
    steps = (await here.http.get(f"/v1/runs/{agent.run}/steps")).json()["items"]
    detail = (await here.http.get(f"/v1/steps/{step}")).json()
    talk = (await here.http.get(f"/v1/runs/{agent.run}/conversation")).json()["messages"]
    assert [one["id"] for one in steps] == [agent.start, step]
    assert detail["messages_in"][0]["parts"][0]["text"] == "hello"
    assert [message["role"] for message in talk] == ["user"]
    assert (await here.http.get(f"/v1/runs/{agent.run}")).json()["cost_usd"] == 5e-6


async def test_a_foreign_trace_is_a_run_nobody_governed(here, trace_request):
    body = trace_request(3).SerializeToString()
    headers = {"content-type": "application/x-protobuf"}
    await here.http.post("/v1/traces", content=body, headers=headers)
    await here.http.post("/v1/traces", content=body, headers=headers)  # an exporter's retry
    await here.stored()
    (run,) = (await here.http.get("/v1/runs")).json()["items"]
    assert (run["agent"], run["governed"], run["state"], run["steps"]) == ("shop", False, "completed", 3)
    assert (run["model_calls"], run["tokens_in"], run["unpriced_calls"]) == (2, 200, 0)
    assert run["cost_usd"] > 0


async def test_runs_are_filtered_and_paged(here, make_agent):
    for place in range(5):
        agent = make_agent(f"agent-{place % 2}", session=f"s{place}")
        agent.begin(f"task {place}")
        if place == 3:
            agent.decide("tool", "x", "deny")
        if place == 4:
            agent.finish("failed")
        await ship(here, agent)

    async def ask(**params):
        return [run["title"] for run in (await here.http.get("/v1/runs", params=params)).json()["items"]]

    assert await ask() == ["task 4", "task 3", "task 2", "task 1", "task 0"]
    assert await ask(agent="agent-1") == ["task 3", "task 1"]
    assert await ask(state="failed") == ["task 4"]
    assert await ask(verdict="deny") == ["task 3"]
    assert await ask(session="s2") == ["task 2"]
    assert await ask(q='"TASK 1"') == ["task 1"]
    assert await ask(q="100%") == []
    page = (await here.http.get("/v1/runs", params={"limit": 2})).json()
    rest = (await here.http.get("/v1/runs", params={"cursor": page["next"]})).json()
    assert [run["title"] for run in page["items"] + rest["items"]] == await ask()


async def test_a_run_whose_process_died_is_lost(start_here, make_agent):
    from holdfast_server.kit.wire import NS_PER_S
    from holdfast_server.record.runs.lost import LostRuns
    from holdfast_server.settings import Runs

    async with start_here() as here:
        agent = make_agent()
        agent.begin()
        await ship(here, agent)
        asking = [agent.run]

        async def find_asking(_):
            return asking

        later = here.services.started_ns + 100 * NS_PER_S
        clock = iter([here.services.started_ns, later, later])
        records, changes = here.services.records, here.services.records._changes
        watch = LostRuns(
            records._db, changes, lambda: next(clock), Runs(), connected=tuple, asking=find_asking
        )
        await watch.look()
        waits = (await here.http.get(f"/v1/runs/{agent.run}")).json()
        assert waits["state"] == "running", "another process may resume what waits for a person"
        asking.clear()
        await watch.look()
        run = (await here.http.get(f"/v1/runs/{agent.run}")).json()
        assert run["state"] == "lost"
        agent.decide("tool", "back_again")
        await ship(here, agent)
        assert (await here.http.get(f"/v1/runs/{agent.run}")).json()["state"] == "running"


async def test_an_agent_that_ran_is_known_without_introducing_itself(here, make_agent):
    for _ in range(2):
        agent = make_agent("quiet")
        agent.begin()
        await ship(here, agent)
    await here.http.post(
        "/v1/registry", json={"agents": [{"agent": "loud", "version": "2", "tools": ["look"]}]}
    )
    agents = (await here.http.get("/v1/agents")).json()["items"]
    assert [(one["agent"], one["version"], one["runs"], one["tools"]) for one in agents] == [
        ("loud", "2", 0, ["look"]),
        ("quiet", "1", 2, []),
    ]
    page = (await here.http.get("/v1/agents", params={"limit": 1})).json()
    rest = (await here.http.get("/v1/agents", params={"cursor": page["next"]})).json()
    assert [one["agent"] for one in page["items"] + rest["items"]] == ["loud", "quiet"]
