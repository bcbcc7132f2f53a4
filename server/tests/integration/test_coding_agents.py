"""Coding agents send log records only; they are runs all the same."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

SESSION = "ses_0001"


def value(plain: Any) -> dict[str, Any]:
    if isinstance(plain, bool):
        return {"boolValue": plain}
    return {"intValue": str(plain)} if isinstance(plain, int) else {"stringValue": plain}


def record(name: str, at: int, **said: Any) -> dict[str, Any]:
    about = {"event.name": name, **said}
    return {
        "timeUnixNano": str(at),
        "body": {"stringValue": name},
        "attributes": [{"key": key.replace("__", "."), "value": value(one)} for key, one in about.items()],
    }


def claude(now: int) -> list[dict[str, Any]]:
    said = {"session__id": SESSION, "user__account_uuid": "u-1"}
    tokens = {
        "input_tokens": 10,
        "output_tokens": 100,
        "cache_read_tokens": 1_000,
        "cache_creation_tokens": 200,
    }
    about = {"model": "claude-sonnet-4-5-20250929", "cost_usd": "0.0026", "duration_ms": "1500"}
    return [
        record("claude_code.user_prompt", now, prompt="fix the test", **said),
        record("claude_code.api_request", now + 2 * 10**9, **about, **tokens, **said),
        record(
            "claude_code.tool_result",
            now + 3 * 10**9,
            tool_name="Bash",
            success="true",
            duration_ms="20",
            **said,
        ),
        record(
            "claude_code.api_error", now + 4 * 10**9, model="claude-sonnet-4-5", error="overloaded", **said
        ),
    ]


def codex(now: int) -> list[dict[str, Any]]:
    said = {"conversation__id": SESSION, "model": "gpt-5.6-sol"}
    tokens = {"input_token_count": 1_210, "cached_token_count": 1_000, "output_token_count": 100}
    return [
        record("codex.user_prompt", now, prompt="fix the test", **said),
        record("codex.sse_event", now + 1, event__kind="response.created", **said),
        record("codex.sse_event", now + 2, event__kind="response.completed", **tokens, **said),
        record("codex.tool_result", now + 3, tool_name="shell", call_id="c1", success=True, **said),
    ]


@pytest.mark.parametrize(("make", "calls", "cached"), [(claude, 2, 1_000), (codex, 1, 1_000)])
async def test_a_session_is_a_run_with_its_calls_and_its_cost(start_here, make, calls, cached):
    records = make(time.time_ns() - 60 * 10**9)
    body = {"resourceLogs": [{"scopeLogs": [{"scope": {"name": "coding"}, "logRecords": records}]}]}
    async with start_here() as here:
        for _ in range(2):  # a retry changes nothing
            assert (await here.http.post("/v1/logs", json=body)).status_code == 200
            body["resourceLogs"][0]["scopeLogs"][0]["schemaUrl"] = "again"
            await here.stored()
        for _ in range(100):
            runs = (await here.http.get("/v1/runs")).json()["items"]
            if runs:
                break
            await asyncio.sleep(0.05)
        (run,) = runs
        steps = (await here.http.get(f"/v1/runs/{run['id']}/steps")).json()["items"]
    assert (run["session"], run["model_calls"], run["tool_calls"]) == (SESSION, calls, 1)
    assert (run["tokens_in"], run["tokens_out"]) == (1_210, 100)
    assert run["cost_usd"] > 0
    assert run["title"] == "fix the test"
    assert len(steps) == len([one for one in records if "created" not in str(one)])
