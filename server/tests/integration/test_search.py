"""Searching by REST: what is found, what is counted, what is suggested, what is saved."""

from __future__ import annotations

import pytest


@pytest.fixture
async def shop(here, make_agent):
    """Three runs: a refund that was denied, one that failed, one of another agent."""
    agents = [make_agent("refunds"), make_agent("refunds", session="s2"), make_agent("billing")]
    for place, agent in enumerate(agents):
        agent.begin(f"refund order {place}")
        model = agent.decide("model", "openai/gpt-4o-mini")
        agent.end(model, tokens_in=100 * (place + 1), cost_micro_usd=300_000 * place, model="gpt-4o-mini")
    refused = agents[0].decide(
        "tool", "issue_refund", "deny", payload={"reasons": [{"rule": "cap", "message": "too much"}]}
    )
    agents[0].end(refused, "refused")
    agents[1].end(agents[1].decide("tool", "lookup_order"))
    agents[1].finish("failed")
    for agent in agents:
        assert (await here.http.post("/v1/records", json=agent.envelope())).status_code == 200
    return [agent.run for agent in agents]


async def find(here, q: str, noun: str = "runs", **more) -> list[str]:
    response = await here.http.get("/v1/search", params={"q": q, "in": noun, **more})
    assert response.status_code == 200, response.text
    return [item.get("id") or item["index"] for item in response.json()["items"]]


@pytest.mark.parametrize(
    ("q", "places"),
    [
        ("", [2, 1, 0]),
        ("agent:refunds", [1, 0]),
        ("agent:ref* -state:failed", [0]),
        ("verdict:deny cost:<0.5", [0]),
        ("tool:issue_refund OR agent:billing", [2, 0]),
        ("rule:cap", [0]),
        ("cost:>=0.3 tokens:>150", [2, 1]),
        ("ORDER", [2, 1, 0]),
        ('"order 1" session:s2', [1]),
        ("model:gpt-4o-mini -(agent:billing)", [1, 0]),
        ("started:>-1h has:session", [2, 1, 0]),
        ("started:<-1h", []),
    ],
)
async def test_runs_are_found(here, shop, q, places):
    assert await find(here, q) == [shop[place] for place in places]
    listed = (await here.http.get("/v1/runs", params={"q": q})).json()["items"]
    assert [run["id"] for run in listed] == [shop[place] for place in places]


async def test_a_filter_and_a_query_both_hold(here, shop):
    found = (await here.http.get("/v1/runs", params={"q": "agent:refunds", "state": "failed"})).json()
    assert [run["id"] for run in found["items"]] == [shop[1]]


async def test_decisions_and_records_are_found(here, shop):
    decisions = (await here.http.get("/v1/search", params={"q": "rule:cap", "in": "decisions"})).json()
    assert [(one["target"], one["verdict"]) for one in decisions["items"]] == [("issue_refund", "deny")]
    records = (await here.http.get("/v1/ledger", params={"q": f"type:decision run:{shop[0]}"})).json()
    assert [one["target"] for one in records["items"]] == ["issue_refund", "openai/gpt-4o-mini", "refunds"]


async def test_spans_are_found(here, trace_request):
    request = trace_request(attributes={"shop.order": "4711", "gen_ai.tool.name": ""})
    headers = {"content-type": "application/x-protobuf"}
    sent = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=headers)
    assert sent.status_code == 200
    await here.stored()
    assert len(await find(here, "attr.shop.order:4711 kind:model", "spans")) == 2
    assert await find(here, "attr.shop.order:>5000", "spans") == []


async def test_pages_follow_one_another(here, shop):
    first = (await here.http.get("/v1/search", params={"limit": 2})).json()
    rest = (await here.http.get("/v1/search", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == shop[::-1]
    assert rest["next"] is None


async def test_a_mistake_is_told_with_its_column(here):
    for path in ("/v1/search", "/v1/runs", "/v1/search/facets"):
        response = await here.http.get(path, params={"q": "state:failed agnt:x"})
        problem = response.json()
        assert (response.status_code, problem["code"]) == (400, "query")
        assert problem["detail"] == "column 14: unknown field `agnt`; did you mean `agent`?"
        assert problem["hint"]


async def test_values_are_counted_and_can_be_chosen(here, shop):
    params = {"q": "order agent:refunds"}
    facets = {
        one["field"]: one for one in (await here.http.get("/v1/search/facets", params=params)).json()["items"]
    }
    agents = [(one["value"], one["count"], one["chosen"], one["q"]) for one in facets["agent"]["values"]]
    assert agents == [
        ("refunds", 2, True, "order"),
        ("billing", 1, False, "order agent:(billing,refunds)"),
    ]
    assert [(one["value"], one["count"]) for one in facets["state"]["values"]] == [
        ("failed", 1),
        ("running", 1),
    ]
    assert ("deny", 1) in [(one["value"], one["count"]) for one in facets["verdict"]["values"]]
    for one in facets["state"]["values"]:
        assert len(await find(here, one["q"])) == one["count"]


@pytest.mark.parametrize(
    ("q", "said", "start"),
    [
        ("ag", "agent:", 0),
        ("-to", "tool:", 1),
        ("agent:re", "refunds", 6),
        ("agent:(billing,re", "refunds", 15),
        ("state:f", "failed", 6),
        ("cost:", ">0.5", 5),
        ("started:>", ">-1h", 8),
        ("has:err", "error", 4),
    ],
)
async def test_the_next_word_is_suggested(here, shop, q, said, start):
    params = {"q": f"{q} x", "at": len(q)}
    answer = (await here.http.get("/v1/search/suggest", params=params)).json()
    assert said in [one["text"] for one in answer["items"]]
    assert (answer["start"], answer["end"]) == (start, len(q))


async def test_a_mistake_is_told_while_typing(here):
    answer = (await here.http.get("/v1/search/suggest", params={"q": 'agent:"re', "at": 9})).json()
    assert answer["mistake"]["column"] == 7


async def test_views_are_saved_renamed_shared_and_deleted(here, shop):
    asked = {"name": "Refused refunds", "q": "verdict:deny tool:issue_refund", "by": "ann"}
    saved = await here.http.post("/v1/views", json=asked)
    assert saved.status_code == 201
    view = saved.json()
    assert view["link"] == f"/runs?view={view['id']}"
    twice = await here.http.post("/v1/views", json=asked)
    assert twice.status_code == 409
    renamed = await here.http.patch(f"/v1/views/{view['id']}", json={"name": "Refused"})
    assert (renamed.json()["name"], renamed.json()["q"]) == ("Refused", asked["q"])
    wrong = await here.http.patch(f"/v1/views/{view['id']}", json={"q": "agnt:x"})
    assert wrong.status_code == 400
    assert [one["name"] for one in (await here.http.get("/v1/views")).json()["items"]] == ["Refused"]
    assert await find(here, (await here.http.get(f"/v1/views/{view['id']}")).json()["q"]) == [shop[0]]
    assert (await here.http.delete(f"/v1/views/{view['id']}")).status_code == 200
    assert (await here.http.get(f"/v1/views/{view['id']}")).status_code == 404


async def test_the_fields_are_listed(here):
    nouns = (await here.http.get("/v1/search/fields")).json()["items"]
    assert [one["noun"] for one in nouns] == ["runs", "spans", "decisions", "ledger"]
    assert all(field["about"] for one in nouns for field in one["fields"])


async def test_runs_that_only_their_traces_tell_of_are_found_by_what_they_called(here, shop, trace_request):
    request = trace_request(3)
    span = request.resource_spans[0].scope_spans[0].spans[2]
    span.name = "execute_tool lookup_order"
    for attribute in span.attributes:
        if attribute.key == "gen_ai.operation.name":
            attribute.value.string_value = "execute_tool"
    span.attributes.add(key="gen_ai.tool.name").value.string_value = "lookup_order"
    headers = {"content-type": "application/x-protobuf"}
    sent = await here.http.post("/v1/traces", content=request.SerializeToString(), headers=headers)
    assert sent.status_code == 200
    await here.stored()
    run = span.trace_id.hex()
    assert await find(here, "tool:lookup_order") == [run, shop[1]]
    assert await find(here, "tool:lookup_order model:*gpt-4o-mini governed:false") == [run]
    assert run not in await find(here, "-tool:lookup_order")
    assert await find(here, "completeness:unknown governed:false") == [run]
    # Of the failed one its records came, and none of its spans.
    assert await find(here, "completeness:partial") == [shop[1]]
