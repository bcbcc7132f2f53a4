"""Runs of many frameworks as their instrumentations send them: who gave work to whom, in any order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CAPTURES = Path(__file__).parents[4] / "shared" / "data" / "otlp-captures"
DELEGATED = [("coordinator", "delegation", "refund_agent")]
HANDED_OVER = [("coordinator", "hand_off", "refund_agent")]
EDGES = {
    "a2a-httpx-asgi": DELEGATED,
    "agent-framework-native": DELEGATED,
    "agent-framework-openinference": DELEGATED,
    "agno-openinference": [("coordinator", "delegation", "refund-agent")],
    "autogen-openinference": HANDED_OVER,
    "crewai-openllmetry": [("coordinator", "delegation", "refund agent")],
    "google-adk-native": HANDED_OVER,
    "langgraph-otel-genai": DELEGATED,
    "langgraph-otel-genai-eventonly": DELEGATED,
    "openai-agents-openinference": HANDED_OVER,
    "pydantic-ai-logfire": DELEGATED,
    "pydantic-ai-native": DELEGATED,
    "smolagents-otel-genai": DELEGATED,
    "strands-agents-openinference": DELEGATED,
}
"""What the payloads show; in the other captures no agent is named, or none hands over."""

TRUTH = ("requests", "input_tokens", "output_tokens")


@pytest.fixture
def control_url() -> str:
    """Where spans come from makes no difference to the control database: one engine is enough."""
    return "sqlite://"


async def send(here, request: dict) -> None:
    sent = await here.http.post(
        "/v1/traces", content=json.dumps(request), headers={"content-type": "application/json"}
    )
    assert sent.status_code == 200, sent.text
    await here.stored()


@pytest.mark.parametrize("name", sorted(EDGES))
async def test_work_goes_from_agent_to_agent_whatever_the_framework(start_here, name):
    path = CAPTURES / f"{name}.json"
    if not path.exists():
        pytest.skip("../shared/data/otlp-captures is not here: real captures are not checked")
    requests = json.loads(path.read_text())["traces"]
    async with start_here() as here:
        for one in [*reversed(requests), *requests]:
            await send(here, one)
        runs = (await here.http.get("/v1/runs")).json()["items"]
        run = max(runs, key=lambda one: one["steps"])
        edges = (await here.http.get(f"/v1/runs/{run['id']}/edges")).json()["edges"]
    assert [(edge["source"], edge["kind"], edge["target"]) for edge in edges] == EDGES[name]
    told = run["completeness"]
    assert (told["orphaned"], run["state"]) == (0, "completed")
    assert told["stored"] == run["steps"]


@pytest.mark.parametrize("name", sorted(path.stem for path in CAPTURES.glob("openai-[!a]*.json")) or ["none"])
async def test_a_run_counts_what_the_provider_counted_and_embeddings_only_as_money(start_here, name):
    path = CAPTURES / f"{name}.json"
    if not path.exists():
        pytest.skip("../shared/data/otlp-captures is not here: real captures are not checked")
    capture = json.loads(path.read_text())
    truth = capture["meta"]["truth"]
    async with start_here() as here:
        for one in capture["traces"]:
            await send(here, one)
        runs = (await here.http.get("/v1/runs", params={"limit": 200})).json()["items"]
        costs = (await here.http.get("/v1/costs", params={"by": "model"})).json()
    told = {name: sum(run[name] for run in runs) for name in ("model_calls", "tokens_in", "tokens_out")}
    counted = "model_calls", "tokens_in", "tokens_out"
    assert told == dict(zip(counted, (truth[one] for one in TRUTH), strict=True))
    embedded = [row for row in costs["items"] if "embedding" in row["key"]]
    assert len(embedded) == truth.get("embeddings", 0)
