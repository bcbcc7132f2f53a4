"""Own prices hold for every process of the server, and history is priced anew only when somebody lets it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from holdfast.errors import Misconfigured

USAGE = {"input_tokens": 1_000, "output_tokens": 100}
OWN = {"provider": "in-house", "model": "llama-*", "input": 1.0, "output": 10.0, "by": "kim"}
SPANS = {"content-type": "application/json"}


def chat(name: str, *, trace: str = "01", provider: str = "in-house", at: int = 0) -> dict[str, Any]:
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.response.model": name,
        "gen_ai.usage.input_tokens": 1_000,
        "gen_ai.usage.output_tokens": 100,
    }
    at = at or time.time_ns()
    return {
        "traceId": trace * 16,
        "spanId": trace * 8,
        "name": "chat",
        "startTimeUnixNano": str(at - 1_000_000),
        "endTimeUnixNano": str(at),
        "attributes": [
            {"key": key, "value": {"intValue": value} if isinstance(value, int) else {"stringValue": value}}
            for key, value in said.items()
        ],
    }


async def send(here: Any, *spans: dict[str, Any]) -> None:
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]})
    answer = await here.http.post("/v1/traces", content=body, headers=SPANS)
    assert answer.status_code == 200, answer.text
    await here.stored()


async def post(here: Any, path: str, body: dict[str, Any], *, status: int = 200) -> dict[str, Any]:
    answer = await here.http.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def cost(here: Any) -> tuple[float | None, int]:
    (run,) = (await here.http.get("/v1/runs")).json()["items"]
    return run["cost_usd"], run["unpriced_calls"]


async def test_an_own_price_holds_from_now_on_and_after_a_start(start_here):
    async with start_here() as here:
        made = await post(here, "/v1/prices", OWN, status=201)
        found = (
            await here.http.get("/v1/prices/find", params={"model": "llama-4", "provider": "in-house"})
        ).json()
        assert found["rates"] == {"input": 1.0, "output": 10.0}
    async with start_here() as here:
        await send(here, chat("llama-4"))
        assert await cost(here) == (0.002, 0)
        listed = (await here.http.get("/v1/prices")).json()
        assert [one["id"] for one in listed["items"]] == [made["id"]]
        assert listed["source"].startswith("pydantic/genai-prices")
        gone = await here.http.request("DELETE", f"/v1/prices/{made['id']}", json={"by": "kim"})
        assert gone.status_code == 200
        call = await post(
            here, "/v1/prices/price", {"provider": "in-house", "model": "llama-4", "usage": USAGE}
        )
        assert call["cost_usd"] is None


async def test_history_is_priced_anew_only_when_somebody_lets_it(start_here):
    async with start_here() as here:
        await send(
            here, chat("llama-4"), chat("gpt-4o", provider="openai", trace="02") | {"traceId": "01" * 16}
        )
        before = await cost(here)
        assert before == (0.0035, 1)
        await post(here, "/v1/prices", OWN, status=201)
        shown = await post(here, "/v1/prices/reprice", {"by": "kim"})
        (change,) = shown["changes"]
        assert (shown["applied"], change["model"], change["calls"]) == (False, "llama-4", 1)
        assert (change["before_usd"], change["unpriced_before"], change["after_usd"]) == (0.0, 1, 0.002)
        assert await cost(here) == before
        held = await post(here, "/v1/prices/reprice", {"by": "kim", "apply": True})
        assert held["applied"]
        assert held["changes"] == shown["changes"]
        assert await cost(here) == (0.0055, 0)
        by_model = (await here.http.get("/v1/costs", params={"by": "model"})).json()["items"]
        assert sum(row["cost_usd"] for row in by_model) == pytest.approx(0.0055)
        fleet = (await here.http.get("/v1/fleet")).json()
        assert fleet["burn"]["today_usd"] == pytest.approx(0.0055)
        again = await post(here, "/v1/prices/reprice", {"by": "kim", "apply": True})
        assert again["changes"] == []


async def test_a_call_is_priced_as_on_its_day(start_here):
    async with start_here() as here:
        day = 1_785_542_400_000_000_000  # 2026-08-01, when this model cost more
        await send(here, chat("gpt-5.6-sol", provider="openai", at=day))
        assert await cost(here) == (0.008, 0)
        assert (await post(here, "/v1/prices/reprice", {"by": "kim"}))["changes"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"model": "m", "by": "kim"}, 400),
        ({"model": "", "input": 1, "by": "kim"}, 400),
        ({"model": "m", "input": -1, "by": "kim"}, 400),
        ({"model": "m", "input": 1, "by": "kim", "inptu": 3}, 400),
        ({"model": "m", "input": 1, "by": "kim", "since": "soon"}, 400),
    ],
)
async def test_a_price_that_is_none_is_refused(start_here, body, status):
    async with start_here() as here:
        answer = await here.http.post("/v1/prices", json=body)
        assert answer.status_code in {status, 422}, answer.text


async def test_prices_of_a_file_stand_behind_those_set_here(start_here, tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text('[[price]]\nmodel = "llama-4"\ninput = 5\noutput = 5\n')
    async with start_here(prices=file) as here:
        of_file = await post(here, "/v1/prices/price", {"model": "llama-4", "usage": USAGE})
        assert (of_file["cost_usd"], of_file["price"]["source"]) == (0.0055, str(file))
        await post(here, "/v1/prices", OWN | {"provider": ""}, status=201)
        here_set = await post(here, "/v1/prices/price", {"model": "llama-4", "usage": USAGE})
        assert here_set["cost_usd"] == 0.002


async def test_a_price_file_that_is_none_is_said_before_anything_starts(start_here, tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text('[[price]]\nmodel = "m"\ninptu = 5\n')
    with pytest.raises(Misconfigured, match="price 1"):
        async with start_here(prices=file):
            pass


def test_an_own_price_reaches_the_process_that_reads_spans(up):
    server = up(spans="chdb://")
    server.wait_ready()
    assert server.http.post("/v1/prices", json=OWN).status_code == 201
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [chat("llama-4")]}]}]})
    assert server.http.post("/v1/traces", content=body, headers=SPANS).status_code == 200
    (run,) = server.wait_for(lambda: server.http.get("/v1/runs").json()["items"])
    assert (run["cost_usd"], run["unpriced_calls"]) == (0.002, 0)
