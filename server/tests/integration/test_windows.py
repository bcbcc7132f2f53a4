"""Runs of any size at once: the outline, the steps somebody looks at, two runs side by side, files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time


async def test_an_outline_has_decisions_and_spans_together(here, make_agent, trace_request):
    agent = make_agent()
    agent.begin()
    tool = agent.decide("tool", "issue_refund", "deny")
    waits = agent.decide("tool", "lookup_order")
    await ship(here, agent)
    await trace(here, trace_request(3, trace=bytes.fromhex(agent.run)))
    made = (await here.http.get(f"/v1/runs/{agent.run}/outline")).json()
    at = {step: made["ids"].index(step) for step in (agent.start, tool, waits)}
    assert made["total"] == len(made["ids"]) == 6
    assert made["parents"][at[tool]] == at[agent.start]
    assert made["flags"][at[tool]] == 8 + 16
    assert made["flags"][at[waits]] == 8 + 4
    assert made["durations_us"][at[waits]] is None
    assert made["verdict_names"][made["verdicts"][at[tool]]] == "deny"
    assert made["starts_us"] == sorted(made["starts_us"])


async def test_what_a_run_repeats_of_its_steps_is_counted_once(here, make_agent):
    agent = make_agent()
    agent.begin()
    model = agent.decide("model", "openai/gpt-4o-mini")
    agent.end(model, tokens_in=100, tokens_out=20, cost_micro_usd=1500, model="gpt-4o-mini")
    agent.end(agent.start, tokens_in=100, tokens_out=20, cost_micro_usd=1500)
    await ship(here, agent)
    made = (await here.http.get(f"/v1/runs/{agent.run}/outline")).json()
    assert made["ids"] == [agent.start, model]
    assert (made["costs_micro_usd"], made["tokens_in"], made["tokens_out"]) == (
        [None, 1500],
        [0, 100],
        [0, 20],
    )


async def test_an_outline_travels_compressed_and_reads_the_same(here, trace_request):
    request = trace_request(500)
    run = request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()
    await trace(here, request)
    plain = await here.http.get(f"/v1/runs/{run}/outline", headers={"accept-encoding": "identity"})
    zipped = await here.http.get(f"/v1/runs/{run}/outline", headers={"accept-encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) < len(plain.content)
    assert zipped.json() == plain.json()


async def test_the_steps_somebody_looks_at_are_found_by_their_ids(here, make_agent, trace_request):
    agent = make_agent()
    agent.begin()
    tool = agent.decide("tool", "issue_refund")
    await ship(here, agent)
    request = trace_request(3, trace=bytes.fromhex(agent.run))
    span = request.resource_spans[0].scope_spans[0].spans[1].span_id.hex()
    await trace(here, request)
    answer = await here.http.get(f"/v1/runs/{agent.run}/steps", params={"ids": f"{tool},{span},{'f' * 16}"})
    assert {step["id"] for step in answer.json()["items"]} == {tool, span}
    many = ",".join(f"{place:016x}" for place in range(201))
    refused = await here.http.get(f"/v1/runs/{agent.run}/steps", params={"ids": many})
    assert (refused.status_code, refused.json()["hint"]) == (400, "Ask for 200 at once.")


async def test_two_runs_part_where_one_was_refused(here, make_agent):
    runs = []
    for verdict in ("allow", "deny"):
        agent = make_agent(session=verdict)
        agent.begin()
        agent.end(agent.decide("tool", "lookup_order"))
        refund = agent.decide("tool", "issue_refund", verdict)
        agent.end(refund, "done" if verdict == "allow" else "refused")
        agent.finish()
        await ship(here, agent)
        runs.append(agent.run)
    told = (await here.http.get(f"/v1/runs/{runs[0]}/compare", params={"with": runs[1]})).json()
    assert told["marks"] == [0, 0, 2]
    assert (told["diverged"], told["depths"]) == (2, [0, 1, 1])
    assert told["text"] == "issue_refund: done on the left, deny, refused on the right."
    assert [told[side]["id"] for side in ("left_run", "right_run")] == runs


async def test_a_run_is_written_as_json_csv_and_otlp(here, make_agent, trace_request):
    agent = make_agent()
    agent.begin()
    refused = agent.decide(
        "tool", "pay", "deny", payload={"reasons": [{"rule": "cap", "message": "too much"}]}
    )
    await ship(here, agent)
    await trace(here, trace_request(2, trace=bytes.fromhex(agent.run)))
    url = f"/v1/runs/{agent.run}/export"
    whole = (await here.http.get(url)).json()
    assert (whole["run"]["id"], len(whole["steps"]), whole["truncated"]) == (agent.run, 4, False)
    sheet = await here.http.get(url, params={"as": "csv"})
    assert sheet.headers["content-disposition"] == f'attachment; filename="run-{agent.run}.csv"'
    rows = list(csv.DictReader(io.StringIO(sheet.text)))
    assert [row["rule"] for row in rows if row["id"] == refused] == ["cap"]
    otlp = (await here.http.get(url, params={"as": "otlp"})).json()
    spans = [
        one for group in otlp["resourceSpans"] for scope in group["scopeSpans"] for one in scope["spans"]
    ]
    assert {one["spanId"] for one in spans} == {step["id"] for step in whole["steps"]}


async def test_what_was_written_as_otlp_is_taken_in_again(here, start_here, tmp_path, trace_request):
    request = trace_request(5)
    run = request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()
    await trace(here, request)
    written = (await here.http.get(f"/v1/runs/{run}/export", params={"as": "otlp"})).json()
    before = (await here.http.get(f"/v1/runs/{run}/outline")).json()
    spans = written["resourceSpans"][0]["scopeSpans"][0]["spans"]
    for span in spans:
        span["traceId"] = "e" * 32
    answer = await here.http.post("/v1/traces", json=json.loads(json.dumps(written)))
    assert answer.status_code == 200, answer.text
    await here.stored()
    after = (await here.http.get(f"/v1/runs/{'e' * 32}/outline")).json()
    assert {**before, "run": "", "trace": ""} == {**after, "run": "", "trace": ""}


async def test_traces_that_were_joined_to_a_run_are_in_its_outline(here, trace_request):
    now = time.time_ns()
    asked = [trace_request(3, end_ns=now + place, attributes={"session.id": "s"}) for place in range(2)]
    for request in asked:
        await trace(here, request)
    runs = [request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex() for request in asked]
    outlines = [(await here.http.get(f"/v1/runs/{run}/outline")).json() for run in runs]
    whole = next(one for one in outlines if one["total"] == 6)
    pages = (await here.http.get(f"/v1/runs/{whole['run']}/steps")).json()["items"]
    assert whole["ids"] == [step["id"] for step in pages]
    shown = await here.http.get(f"/v1/runs/{whole['run']}/steps", params={"ids": ",".join(whole["ids"])})
    assert {step["id"] for step in shown.json()["items"]} == set(whole["ids"])
    otlp = (await here.http.get(f"/v1/runs/{whole['run']}/export", params={"as": "otlp"})).json()
    assert len(otlp["resourceSpans"][0]["scopeSpans"][0]["spans"]) == 6


async def test_a_run_that_is_not_there_says_where_runs_are(here):
    for path in ("outline", "export", "compare?with=x", "steps?ids=a"):
        answer = await here.http.get(f"/v1/runs/none/{path}")
        assert (answer.status_code, answer.json()["hint"]) == (404, "List them at /v1/runs.")


async def ship(here, agent) -> None:
    answer = await here.http.post("/v1/records", json=agent.envelope())
    assert answer.status_code == 200, answer.text


async def trace(here, request) -> None:
    body = gzip.compress(request.SerializeToString())
    headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
    answer = await here.http.post("/v1/traces", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    await here.stored()
