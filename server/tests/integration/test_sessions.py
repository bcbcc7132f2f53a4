"""Sessions, what is missing of a run, and the runs of others, as the API shows them."""

from __future__ import annotations

import time

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

HEADERS = {"content-type": "application/x-protobuf"}


async def ship(here, agent) -> None:
    assert (await here.http.post("/v1/records", json=agent.envelope())).status_code == 200


async def send(here, request) -> None:
    answer = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=HEADERS)
    assert answer.status_code == 200, answer.text
    await here.stored()


async def get(here, path: str, **query):
    answer = await here.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_session_is_the_sum_of_its_runs(here, make_agent):
    first, second, other = make_agent(), make_agent("billing"), make_agent(session="s2")
    for agent, title in ((first, "refund order 7"), (second, "write the invoice"), (other, "hello")):
        agent.begin(title)
        agent.end(agent.decide("model", "m"), tokens_in=10, tokens_out=2, cost_micro_usd=500, model="m")
        await ship(here, agent)
    first.finish()
    second.finish("failed")
    await ship(here, first)
    await ship(here, second)
    page = await get(here, "/v1/sessions")
    assert {one["id"]: one["runs"] for one in page["items"]} == {"s1": 2, "s2": 1}
    one = await get(here, "/v1/sessions/s1")
    assert (one["title"], one["state"], one["failed"]) == ("refund order 7", "failed", 1)
    assert (one["agents"], one["people"]) == (["billing", "refunds"], ["ann"])
    assert (one["tokens_in"], one["tokens_out"], one["cost_usd"]) == (20, 4, 0.001)
    runs = await get(here, "/v1/sessions/s1/runs")
    assert {run["id"] for run in runs["items"]} == {first.run, second.run}
    assert (await get(here, "/v1/sessions/s2"))["state"] == "running"


async def test_sessions_are_found_and_paged(here, make_agent):
    for number in range(5):
        agent = make_agent("a" if number % 2 else "b", session=f"job/{number}")
        agent.begin(f"task {number}")
        await ship(here, agent)
    seen, cursor = [], None
    for _ in range(3):
        page = await get(here, "/v1/sessions", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert (seen, cursor) == ([f"job/{number}" for number in (4, 3, 2, 1, 0)], None)
    assert [one["id"] for one in (await get(here, "/v1/sessions", q="TASK 3"))["items"]] == ["job/3"]
    assert [one["id"] for one in (await get(here, "/v1/sessions", agent="a"))["items"]] == ["job/3", "job/1"]
    assert (await get(here, "/v1/sessions", state="failed"))["items"] == []
    assert (await get(here, "/v1/sessions/job/3"))["title"] == "task 3"
    assert (await here.http.get("/v1/sessions/nobody")).status_code == 404


async def test_a_span_sent_twice_counts_once(here, trace_request):
    request = trace_request(3, trace=b"\x01" * 16)
    await send(here, request)
    request.resource_spans[0].scope_spans[0].spans[2].name = "another body, the same spans"
    await send(here, request)
    run = await get(here, f"/v1/runs/{'01' * 16}")
    assert (run["steps"], run["model_calls"], run["tokens_in"]) == (3, 2, 200)
    told = run["completeness"]
    assert (told["accepted"], told["stored"], told["duplicates"]) == (6, 3, 3)
    assert (told["sent"], told["state"]) == (None, "unknown")
    assert len((await get(here, f"/v1/runs/{'01' * 16}/steps"))["items"]) == 3


async def test_orphans_are_marked_until_their_parent_comes(here, trace_request):
    request = trace_request(3, trace=b"\x02" * 16)
    root = request.resource_spans[0].scope_spans[0].spans[0]
    whole = request.SerializeToString()
    del request.resource_spans[0].scope_spans[0].spans[0]
    await send(here, request)
    run = await get(here, f"/v1/runs/{'02' * 16}")
    assert (run["state"], run["completeness"]["orphaned"]) == ("running", 2)
    assert [one["step"] for one in run["in_flight"]] == [root.span_id.hex()]
    shown = (await get(here, f"/v1/runs/{'02' * 16}/steps"))["items"]
    assert [one["orphan"] for one in shown] == [True, True]
    request.ParseFromString(whole)
    await send(here, request)
    run = await get(here, f"/v1/runs/{'02' * 16}")
    assert (run["state"], run["completeness"]["orphaned"], run["in_flight"]) == ("completed", 0, [])
    assert run["completeness"]["stored"] == 3
    shown = (await get(here, f"/v1/runs/{'02' * 16}/steps"))["items"]
    assert [one["orphan"] for one in shown] == [False, False, False]


async def test_a_run_of_ours_says_what_never_arrived(here, make_agent, trace_request):
    agent = make_agent()
    agent.begin()
    agent.end(agent.start, payload={"number": 4})
    await ship(here, agent)
    request = trace_request(2, trace=bytes.fromhex(agent.run), attributes={"holdfast.run.id": agent.run})
    scope = request.resource_spans[0].scope_spans[0]
    scope.scope.name = "holdfast"
    for number, span in ((4, scope.spans[0]), (1, scope.spans[1])):
        said = AnyValue(int_value=number)
        span.attributes.append(KeyValue(key="holdfast.run.number", value=said))
    scope.spans[0].attributes.append(KeyValue(key="holdfast.kind", value=AnyValue(string_value="start")))
    await send(here, request)
    told = (await get(here, f"/v1/runs/{agent.run}"))["completeness"]
    assert (told["sent"], told["stored"], told["missing"], told["state"]) == (4, 2, 2, "partial")
    assert told["text"] == "2 of 4 spans that its agent made are here. 2 never arrived."
    lost = agent.envelope() | {"dropped": {"spans": 9, "records": 0}}
    assert (await here.http.post("/v1/records", json=lost)).status_code == 200
    told = (await get(here, f"/v1/runs/{agent.run}"))["completeness"]
    assert (told["dropped"], told["missing"]) == (2, 2)


async def test_a_run_whose_spans_all_came_is_whole(here, make_agent, trace_request):
    agent = make_agent()
    agent.begin()
    agent.end(agent.start, payload={"number": 1})
    await ship(here, agent)
    request = trace_request(1, trace=bytes.fromhex(agent.run), attributes={"holdfast.run.id": agent.run})
    scope = request.resource_spans[0].scope_spans[0]
    scope.scope.name = "holdfast"
    scope.spans[0].attributes.append(KeyValue(key="holdfast.run.number", value=AnyValue(int_value=1)))
    await send(here, request)
    assert (await get(here, f"/v1/runs/{agent.run}"))["completeness"]["state"] == "whole"


async def test_a_span_of_the_year_2554_does_not_stop_the_others(here, trace_request):
    wild = trace_request(2, trace=b"\x03" * 16, end_ns=2**64 - 2)
    await send(here, wild)
    await send(here, trace_request(2, trace=b"\x04" * 16))
    runs = (await get(here, "/v1/runs"))["items"]
    assert {"04" * 16} <= {run["id"] for run in runs}
    assert all(run["started_at"] < f"{time.gmtime().tm_year + 1}-02" for run in runs)


async def test_delegation_is_an_edge_between_agents(here, make_agent):
    parent, child = make_agent("coordinator"), make_agent("worker")
    parent.begin()
    step = parent.decide("delegate", "worker")
    child.begin(trace=parent.run, parent=step)
    for agent in (parent, child):
        await ship(here, agent)
    (edge,) = (await get(here, f"/v1/runs/{parent.run}/edges"))["edges"]
    shown = {name: edge[name] for name in ("source", "target", "kind", "step", "child_run")}
    assert shown == {
        "source": "coordinator",
        "target": "worker",
        "kind": "delegation",
        "step": step,
        "child_run": child.run,
    }
    assert (await here.http.get("/v1/runs/nobody/edges")).status_code == 404


async def test_traces_of_one_session_that_overlap_are_one_run(here, trace_request):
    now = time.time_ns()
    for number, later_s in ((1, 0), (2, 0), (3, 60)):
        said = {"gen_ai.conversation.id": "chat-1"}
        trace = bytes([number]) * 16
        await send(here, trace_request(3, trace=trace, end_ns=now + later_s * 10**9, attributes=said))
    first = await get(here, f"/v1/runs/{'01' * 16}")
    second = await get(here, f"/v1/runs/{'02' * 16}")
    held = [first, second] if first["parts"] else [second, first]
    assert [part["by"] for part in held[0]["parts"]] == ["session"]
    assert (held[0]["parts"][0]["trace"], held[1]["parts"]) == (held[1]["id"], [])
    assert len((await get(here, f"/v1/runs/{held[0]['id']}/steps"))["items"]) == 6
    assert (await get(here, f"/v1/runs/{'03' * 16}"))["parts"] == []
    assert (await get(here, "/v1/sessions/chat-1"))["runs"] == 3


async def test_a_trace_that_carries_the_id_of_a_run_belongs_to_it(here, make_agent, trace_request):
    agent = make_agent()
    agent.begin()
    await ship(here, agent)
    said = {"holdfast.run.id": agent.run}
    await send(here, trace_request(2, trace=b"\x07" * 16, attributes=said))
    run = await get(here, f"/v1/runs/{agent.run}")
    assert run["parts"] == [{"run": "07" * 16, "trace": "07" * 16, "by": "run"}]
    shown = await get(here, f"/v1/runs/{agent.run}/steps")
    pages, cursor = [], None
    for _ in range(4):
        page = await get(
            here, f"/v1/runs/{agent.run}/steps", limit=1, **({"cursor": cursor} if cursor else {})
        )
        pages += page["items"]
        cursor = page["next"]
        if not cursor:
            break
    assert len(shown["items"]) == 3
    assert [one["id"] for one in pages] == [one["id"] for one in shown["items"]]
    assert (await get(here, f"/v1/runs/{'07' * 16}"))["parent_run"] == agent.run


async def test_parents_in_a_circle_are_a_run_that_everything_can_be_asked_of(here, trace_request):
    request = trace_request(4, trace=b"\x09" * 16, root=False)
    spans = request.resource_spans[0].scope_spans[0].spans
    for span, above in zip(spans, [spans[1], spans[2], spans[0], spans[3]], strict=True):
        span.parent_span_id = above.span_id
    await send(here, request)
    run = "09" * 16
    assert (await get(here, f"/v1/runs/{run}"))["completeness"]["orphaned"] == 0
    assert len((await get(here, f"/v1/runs/{run}/steps"))["items"]) == 4
    assert (await get(here, f"/v1/runs/{run}/edges"))["edges"] == []
    assert (await get(here, f"/v1/runs/{run}/attribution"))["acts"]
