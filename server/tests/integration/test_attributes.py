"""What nobody understands is kept, and named."""

from __future__ import annotations

import json
import time


async def test_what_is_not_understood_is_listed_by_name(start_here):
    now = time.time_ns()
    said = {"acme.flavour": "vanilla", "gen_ai.request.model": "gpt-4o", "http.method": "GET"}
    span = {
        "traceId": "01" * 16,
        "spanId": "02" * 8,
        "name": "mix",
        "startTimeUnixNano": str(now),
        "endTimeUnixNano": str(now),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in said.items()],
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"scope": {"name": "acme"}, "spans": [span]}]}]})
    async with start_here() as here:
        sent = await here.http.post("/v1/traces", content=body, headers={"content-type": "application/json"})
        assert sent.status_code == 200
        await here.stored()
        listed = (await here.http.get("/v1/attributes/not-understood")).json()
        step = (await here.http.get("/v1/steps/" + "02" * 8)).json()
    (one,) = listed["items"]
    assert (one["name"], one["spans"], one["scope"], one["example"]) == ("acme.flavour", 1, "acme", "vanilla")
    assert step["attributes"]["acme.flavour"] == "vanilla"
