"""What a contract asks of a call that is judged over HTTP: its result, its effect, one effect a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

RULES = """
agents: {"*": {}}
rules: [allow_agents: {}, allow_effects: {effects: [read, write, spend]}]
tools:
  get_refund:
    effect: read
    output_labels: []
    parameters: {type: object, properties: {id: {type: string}}, required: [id]}
  cancel_refund: {effect: write, parameters: {type: object, properties: {id: {type: string}}, required: [id]}}
  refund:
    effect: spend
    output_labels: []
    parameters:
      {type: object, properties: {order: {type: string}, amount: {type: integer}}, required: [order, amount]}
    output: {type: object, properties: {id: {type: string}}, required: [id]}
    postconditions:
      - {tool: get_refund, arguments: {id: $result.id}, expect: {status: done, amount: $arguments.amount}}
    compensation: {tool: cancel_refund, arguments: {id: $result.id}}
  ticket:
    effect: write
    output_labels: []
    idempotency_key: [key]
    parameters: {type: object, properties: {key: {type: string}, text: {type: string}}, required: [text]}
"""


class Caller:
    """A program without the SDK."""

    def __init__(self, here: Any, session: str = "s1") -> None:
        self.http, self.session = here.http, session

    async def ask(self, target: str, arguments: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        body = {"target": target, "arguments": arguments or {}, "actor": {"agent": "clerk"}, **more}
        response = await self.http.post("/v1/decisions", json={"session": self.session, **body})
        assert response.status_code == 200, response.text
        return response.json()

    async def tell(self, step: str, result: Any = None, status: str = "done", **more: Any) -> dict[str, Any]:
        body = {"step": step, "status": status, "result": result, **more}
        response = await self.http.post("/v1/outcomes", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def refund(self, order: str, shown: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
        """Pay a refund, read it back, and say that it is done."""
        step = (await self.ask("refund", {"order": order, "amount": 40}, **more))["step"]
        if shown is not None:
            probe = await self.ask("get_refund", {"id": f"R{order}"}, parent=step, **more)
            await self.tell(probe["step"], shown)
        return {"step": step, **await self.tell(step, {"id": f"R{order}"})}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path / "rules.yaml"


@pytest.fixture
async def caller(start_here, rules):
    async with start_here(policies=rules) as here:
        yield Caller(here)


async def test_a_claim_that_a_probe_confirms_is_done_and_says_how_it_is_taken_back(caller):
    told = await caller.refund("7", {"status": "done", "amount": 40})
    assert (told["status"], told["observed"]) == ("done", "confirmed")
    undo = {"tool": "cancel_refund", "arguments": {"id": "R7"}}
    assert told["undo"] == undo
    step = (await caller.http.get(f"/v1/steps/{told['step']}")).json()
    assert (step["state"], step["observed"], step["undo"]) == ("done", "confirmed", undo)


async def test_a_claim_that_a_probe_contradicts_has_failed(caller):
    told = await caller.refund("7", {"status": "open", "amount": 40})
    assert (told["status"], told["observed"]) == ("failed", "contradicted")
    assert told["detail"] == "get_refund shows status='open', not 'done'"
    step = (await caller.http.get(f"/v1/steps/{told['step']}")).json()
    assert (step["state"], step["observed"], step["observed_detail"]) == (
        "failed",
        "contradicted",
        told["detail"],
    )


async def test_a_claim_that_nobody_looked_after_is_unknown_and_no_success(caller):
    told = await caller.refund("7", None)
    assert (told["status"], told["observed"]) == ("failed", "unknown")
    assert told["detail"] == "get_refund: nobody has called it for this step"


async def test_a_probe_that_looks_at_something_else_shows_nothing(caller):
    step = (await caller.ask("refund", {"order": "7", "amount": 40}))["step"]
    probe = await caller.ask("get_refund", {"id": "R8"}, parent=step)
    await caller.tell(probe["step"], {"status": "done", "amount": 40})
    assert (await caller.tell(step, {"id": "R7"}))["observed"] == "unknown"


async def test_a_run_that_leaves_what_nothing_shows_has_failed(caller):
    start = await caller.ask("clerk", kind="start")
    await caller.refund("7", None)
    told = await caller.tell(start["step"], "all is paid")
    assert (told["status"], told["observed"]) == ("failed", "unknown")
    run = (await caller.http.get(f"/v1/runs/{start['run']}")).json()
    assert (run["state"], run["observed"]) == ("failed", "unknown")
    assert run["error"] == "the run left effects that the world does not show (unknown: refund)"


async def test_the_same_call_confirmed_later_makes_up_for_it(caller):
    start = await caller.ask("clerk", kind="start")
    await caller.refund("7", None)
    await caller.refund("7", {"status": "done", "amount": 40})
    assert (await caller.tell(start["step"], "paid"))["status"] == "done"


async def test_a_run_below_that_failed_fails_the_one_above(caller):
    start = await caller.ask("clerk", kind="start")
    below = {"run": "b" * 32, "trace": start["run"]}
    inner = await caller.ask("helper", kind="start", **below)
    await caller.refund("7", None, **below)
    assert (await caller.tell(inner["step"], "done"))["status"] == "failed"
    assert (await caller.tell(start["step"], "done"))["status"] == "failed"


async def test_a_result_that_is_not_as_promised_is_a_failure_in_doubt(caller):
    step = (await caller.ask("refund", {"order": "7", "amount": 40}))["step"]
    told = await caller.tell(step, {"number": 7})
    assert (told["status"], told["observed"]) == ("failed", "unknown")
    assert '"id" is a required property' in told["detail"]


async def test_one_effect_a_key(caller):
    first = await caller.ask("ticket", {"key": "k1", "text": "a"})
    waiting = await caller.ask("ticket", {"key": "k1", "text": "a"})
    await caller.tell(first["step"], "T1")
    again = await caller.ask("ticket", {"key": "k1", "text": "a"})
    other = await caller.ask("ticket", {"key": "k1", "text": "b"})
    without = await caller.ask("ticket", {"text": "b"})
    said = [one["reasons"][0]["message"] for one in (waiting, again, other, without)]
    assert {one["verdict"] for one in (waiting, again, other, without)} == {"deny"}
    assert said == [
        f"The same call is on its way (step {first['step']}); wait for it.",
        f"Step {first['step']} had this effect already.",
        f"This idempotency key stands for another call (step {first['step']}); use a new one.",
        "ticket needs key: it names the effect, so that it is had once.",
    ]


async def test_a_key_is_free_after_a_failure_and_not_after_a_doubt(caller):
    first = await caller.ask("ticket", {"key": "k1", "text": "a"})
    await caller.tell(first["step"], status="failed", error_class="ValueError")
    second = await caller.ask("ticket", {"key": "k1", "text": "a"})
    assert second["verdict"] == "allow"
    told = await caller.tell(
        second["step"], status="failed", error_class="TimedOut", error="it took too long"
    )
    assert (told["observed"], told["detail"]) == ("unknown", "it took too long")
    third = await caller.ask("ticket", {"key": "k1", "text": "a"})
    assert third["reasons"][0]["message"].startswith(
        f"Whether step {second['step']} took effect is not known"
    )


async def test_what_was_had_and_what_is_unproven_outlives_the_server(start_here, rules):
    async with start_here(policies=rules) as here:
        caller = Caller(here)
        start = await caller.ask("clerk", kind="start")
        await caller.refund("7", None)
        ticket = await caller.ask("ticket", {"key": "k1", "text": "a"})
        await caller.tell(ticket["step"], "T1")
        late = (await caller.ask("refund", {"order": "8", "amount": 40}))["step"]
        probe = await caller.ask("get_refund", {"id": "R8"}, parent=late)
        await caller.tell(probe["step"], {"status": "done", "amount": 40})
    async with start_here(policies=rules) as here:
        caller = Caller(here)
        assert (await caller.ask("ticket", {"key": "k1", "text": "a"}))["verdict"] == "deny"
        assert (await caller.tell(late, {"id": "R8"}))["observed"] == "confirmed"
        assert (await caller.tell(start["step"], "paid"))["status"] == "failed"
