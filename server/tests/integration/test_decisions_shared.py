"""What sessions and processes share holds over HTTP as in a guard: budgets, breakers, rates, spawns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from holdfast_server.decision.budgets import store
from holdfast_server.decision.budgets.proof import Proof
from holdfast_server.record.ledger.log import LOG

READ = {"tool": "fetch", "parameters": {"type": "object"}, "effect": "read", "reversible": True}
POLL = READ | {
    "tool": "job",
    "parameters": {"type": "object", "properties": {"name": {"type": "string"}}},
    "polling": {"every_s": 3600},
}
COSTLY = READ | {"tool": "buy", "cost_micro_usd": 250_000}
RULES = """
agents: {"*": {team: office}}
rules: [{allow_agents: {}}, {allow_tools: {tools: ["*"]}}]
detectors: {identical_calls: off, identical_errors: off, same_errors: off, repeated_denials: off}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Callable[[str], Path]:
    """A folder with one policy file: everything is allowed, and what else is said."""

    def write(more: str = "") -> Path:
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        (folder / "rules.yaml").write_text(RULES + more)
        return folder

    return write


async def register(here: Any, *tools: dict[str, Any]) -> None:
    answer = await here.http.post("/v1/registry", json={"tools": list(tools) or [READ]})
    assert answer.status_code == 200, answer.text


async def ask(here: Any, target: str = "fetch", **fields: Any) -> dict[str, Any]:
    body = {"target": target, "actor": {"agent": "clerk"}, "session": "s1"} | fields
    answer = await here.http.post("/v1/decisions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def tell(here: Any, step: str, status: str = "done", **fields: Any) -> None:
    answer = await here.http.post("/v1/outcomes", json={"step": step, "status": status} | fields)
    assert answer.status_code == 200, answer.text


async def add(here: Any, **changes: Any) -> dict[str, Any]:
    body = {"scope": "org", "unit": "calls", "limit": 5, "by": "ann"} | changes
    answer = await here.http.post("/v1/budgets", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def show(here: Any, budget: dict[str, Any]) -> dict[str, Any]:
    return (await here.http.get(f"/v1/budgets/{budget['id']}")).json()


async def test_a_budget_of_the_org_holds_for_all_sessions(start_here: Any, rules: Any) -> None:
    async with start_here(policies=rules()) as here:
        await register(here)
        budget = await add(here)
        answers = [await ask(here, session=f"s{n}") for n in range(7)]
        assert [one["verdict"] for one in answers] == ["allow"] * 5 + ["deny"] * 2
        assert answers[5]["reasons"][0]["rule"] == f"holdfast:budget:{budget['id']}"
        for one in answers[:2]:
            await tell(here, one["step"])
        await tell(here, answers[2]["step"], "refused")
        again = await ask(here, session="s9")
        assert again["verdict"] == "allow", "what was not made is given back"
        await here.services.decider.close()
        assert (await show(here, budget))["used"] == 2


async def test_money_is_held_at_its_most_and_settled_at_what_it_was(start_here: Any, rules: Any) -> None:
    async with start_here(policies=rules()) as here:
        await register(here, COSTLY)
        budget = await add(here, unit="usd", limit=1)
        steps = [await ask(here, "buy", session=f"s{n}") for n in range(5)]
        assert [one["verdict"] for one in steps] == ["allow"] * 4 + ["deny"]
        for one in steps[:4]:
            await tell(here, one["step"], cost_usd=0.1)
        await here.services.decider.close()
        assert (await show(here, budget))["used"] == pytest.approx(0.4)


async def test_nothing_is_overspent_beside_other_processes(start_here: Any, rules: Any) -> None:
    async with start_here(policies=rules()) as here:
        await register(here)
        budget = await add(here, limit=60)
        asks = [{"budget": budget["id"], "key": "", "need": 1}]
        leased = 0
        verdicts: list[str] = []
        for n in range(40):
            other = here.http.post("/v1/budgets/leases", json={"process": f"p{n}", "asks": asks})
            mine = asyncio.gather(*(ask(here, session=f"s{n}-{k}") for k in range(4)))
            answer, judged = await asyncio.gather(other, mine)
            leased += answer.json()["leases"][0]["amount"]
            verdicts += [one["verdict"] for one in judged]
        allowed = verdicts.count("allow")
        assert allowed
        assert allowed + leased <= 60
        shown = await show(here, budget)
        assert shown["used"] + shown["held"] <= 60


async def test_a_refused_call_holds_nothing(start_here: Any, rules: Any) -> None:
    async with start_here(
        policies=rules("rates: [{of: tool, name: fetch, calls: 1, per_s: 3600}]\n")
    ) as here:
        await register(here)
        budget = await add(here)
        assert [(await ask(here))["verdict"] for _ in range(3)] == ["allow", "deny", "deny"]
        await here.services.decider.close()
        holders = (await show(here, budget))["holders"]
        assert sum(one["held"] for one in holders) == 1


async def test_what_is_under_way_is_held_over_a_restart(start_here: Any, rules: Any) -> None:
    async with start_here(policies=rules()) as here:
        await register(here)
        budget = await add(here)
        done, open_ = [await ask(here, session="a"), await ask(here, session="b")]
        await tell(here, done["step"])
    async with start_here(policies=rules()) as here:
        verdicts = [(await ask(here, session="c"))["verdict"] for _ in range(4)]
        assert verdicts == ["allow"] * 3 + ["deny"]
        await tell(here, open_["step"], "refused")
        assert (await ask(here, session="d"))["verdict"] == "allow"
        await here.services.decider.close()
        shown = await show(here, budget)
        assert (shown["used"], shown["used"] + shown["held"]) == (1, 5)


async def test_a_ledger_is_read_back_whole_however_few_records_are_in_memory(
    start_here: Any, rules: Any
) -> None:
    async with start_here(policies=rules()) as here:
        await register(here)
        await add(here, limit=50)
        steps = [(await ask(here, session=f"s{n}"))["step"] for n in range(7)]
        for step in steps[:4]:
            await tell(here, step)
        for step in steps[4:6]:
            await tell(here, step, "refused")
        await here.services.minutes.take_in()
        proof = Proof(here.services.ledger, page=2)
        async with here.services.backtests.db.read() as connection:
            rows = {one.id: one for one in await store.list_out_of_log(connection, LOG)}
            terms = {one.id: one.terms for one in await store.list_budgets(connection)}
            (told,) = await proof.recall(connection, LOG, rows, terms)
        assert (told.used, list(told.holds)) == (4, steps[6:])


def test_what_was_used_is_known_though_the_server_was_killed(tmp_path: Path, up: Any, rules: Any) -> None:
    folder = str(rules())
    server = up(tmp_path / "data", HOLDFAST_POLICIES=folder)
    server.http.post("/v1/registry", json={"tools": [READ]}).raise_for_status()
    limit = {"scope": "org", "unit": "calls", "limit": 5, "by": "ann"}
    budget = server.http.post("/v1/budgets", json=limit).json()
    call = {"target": "fetch", "actor": {"agent": "clerk"}, "session": "s1"}
    steps = [server.http.post("/v1/decisions", json=call).json() for _ in range(3)]
    server.http.post("/v1/outcomes", json={"step": steps[0]["step"], "status": "done"}).raise_for_status()
    server.kill()
    again = up(tmp_path / "data", HOLDFAST_POLICIES=folder)
    verdicts = [again.http.post("/v1/decisions", json=call).json()["verdict"] for _ in range(4)]
    assert verdicts == ["allow", "allow", "deny", "deny"]
    for one in steps[1:]:
        again.http.post("/v1/outcomes", json={"step": one["step"], "status": "refused"}).raise_for_status()
    verdicts = [again.http.post("/v1/decisions", json=call).json()["verdict"] for _ in range(3)]
    assert verdicts == ["allow", "allow", "deny"]
    shown = again.http.get(f"/v1/budgets/{budget['id']}").json()
    assert shown["used"] + shown["held"] == 5


async def test_a_soft_limit_is_said_and_refuses_nothing(start_here: Any, rules: Any) -> None:
    async with start_here(policies=rules("budgets: [{scope: session, calls: 4, soft: 0.5}]\n")) as here:
        await register(here)
        answers = [await ask(here) for _ in range(4)]
        assert [one["verdict"] for one in answers] == ["allow"] * 4
        warned = [any(said.startswith("warn:budget:") for said in one["obligations"]) for one in answers]
        assert warned == [False, False, True, True]


async def test_a_budget_counts_by_customer_and_team(start_here: Any, rules: Any) -> None:
    async with start_here(policies=rules()) as here:
        await register(here)
        await add(here, scope="customer", key="*", limit=1)
        await add(here, scope="team", key="office", limit=3)
        tagged = [await ask(here, tags={"customer": name}) for name in ("a", "a", "b", "c", "d")]
        assert [one["verdict"] for one in tagged] == ["allow", "deny", "allow", "allow", "deny"]


async def test_what_is_down_is_spared_in_every_session_until_a_person_resets_it(
    start_here: Any, rules: Any
) -> None:
    terms = "breakers: {tools: {consecutive: 3, runs: 2, open_s: 600}}\n"
    async with start_here(policies=rules(terms)) as here:
        await register(here)
        for n in range(3):
            step = await ask(here, session=f"s{n}")
            await tell(here, step["step"], "failed", error_class="TimeoutError")
        refused = await ask(here, session="s9")
        assert (refused["verdict"], refused["stage"]) == ("deny", "breaker")
        assert "3 failures in a row with TimeoutError" in refused["reasons"][0]["message"]
        await here.services.pacing.report()
        [shown] = (await here.http.get("/v1/breakers")).json()["items"]
        assert (shown["name"], shown["state"]) == ("fetch", "open")
        assert shown["processes"] == [here.services.ledger.name]
        reset = await here.http.post("/v1/breakers/tool/fetch/reset", json={"by": "ann"})
        assert reset.status_code == 200, reset.text
        assert (await ask(here, session="s9"))["verdict"] == "allow"


async def test_a_rate_holds_here_and_in_other_processes_together(start_here: Any, rules: Any) -> None:
    async with start_here(
        policies=rules("rates: [{of: tool, name: fetch, calls: 4, per_s: 3600}]\n")
    ) as here:
        await register(here)
        assert (await ask(here))["verdict"] == "allow"
        wanted = {"of": "tool", "name": "fetch", "calls": 4, "per_s": 3600}
        body = {"process": "p1", "asks": [wanted]}
        granted = [
            (await here.http.post("/v1/rates/permits", json=body)).json()["permits"][0] for _ in range(2)
        ]
        assert [one["granted"] for one in granted] == [1, 1]
        answers = [await ask(here, session=f"s{n}") for n in range(2)]
        assert [one["verdict"] for one in answers] == ["allow", "deny"]
        assert answers[1]["stage"] == "rate"
        refused = (await here.http.post("/v1/rates/permits", json=body)).json()["permits"][0]
        assert (refused["granted"], refused["holders"]) == (0, 2)
        assert 3500 < refused["wait_s"] <= 3800


async def test_the_rate_of_a_contract_holds_beside_those_of_rules(start_here: Any, rules: Any) -> None:
    terms = "rates: [{of: tool, calls: 5, per_s: 3600}, {of: agent, calls: 4, per_s: 3600}]\n"
    async with start_here(policies=rules(terms)) as here:
        await register(here, READ | {"rate": {"calls": 2, "per_s": 3600}}, READ | {"tool": "other"})
        verdicts = [(await ask(here))["verdict"] for _ in range(3)]
        assert verdicts == ["allow", "allow", "deny"]
        others = [(await ask(here, "other"))["verdict"] for _ in range(3)]
        assert others == ["allow", "allow", "deny"], "four calls of one agent"


async def test_a_poll_comes_no_sooner_than_its_rhythm(start_here: Any, rules: Any) -> None:
    async with start_here(policies=rules()) as here:
        await register(here, POLL)
        asked = [await ask(here, "job", arguments={"name": name}) for name in ("a", "b", "a")]
        assert [one["verdict"] for one in asked] == ["allow", "allow", "deny"], asked


async def test_a_storm_of_sub_agents_is_stopped(start_here: Any, rules: Any) -> None:
    quiet = RULES.replace("detectors: {", "detectors: {spawns: {deny: 3}, ")
    folder = rules()
    (folder / "rules.yaml").write_text(quiet)
    async with start_here(policies=folder) as here:
        chief = {"kind": "start", "chain": [{"agent": "chief"}], "trace": "ab" * 16}
        spawned = [
            await ask(here, "helper", actor={"agent": "helper"}, run=f"{n:032x}", **chief) for n in range(5)
        ]
        verdicts = [one["verdict"] for one in spawned]
        assert verdicts.count("allow") == 2
        assert verdicts[-1] == "deny"


async def test_a_kill_that_was_lifted_is_over(start_here: Any, rules: Any) -> None:
    async with start_here(policies=rules()) as here:
        await register(here)
        kill = {"scope": "agent", "target": "clerk", "by": "ann"}
        made = (await here.http.post("/v1/kills", json=kill)).json()
        assert (await ask(here))["verdict"] == "halt"
        lifted = await here.http.request("DELETE", f"/v1/kills/{made['id']}", json={"by": "ann"})
        assert lifted.status_code == 200, lifted.text
        assert (await ask(here))["verdict"] == "allow"


async def test_a_call_whose_end_nobody_tells_has_used_what_it_held(start_here: Any, rules: Any) -> None:
    from holdfast_server.settings import Decisions

    async with start_here(policies=rules(), decisions=Decisions(session_ttl_s=0.05)) as here:
        await register(here)
        budget = await add(here)
        await ask(here)
        await asyncio.sleep(0.1)
        await here.services.decider.renew()
        await here.services.decider.close()
        assert (await show(here, budget))["used"] == 1


MAIL = {
    "tool": "send_mail",
    "parameters": {"type": "object", "properties": {"to": {"type": "string"}}},
    "effect": "send",
    "reversible": True,
    "egress": True,
}


async def test_whom_a_person_approved_is_nobody_new(start_here: Any, rules: Any) -> None:
    folder = rules()
    text = RULES.replace("rules: [", "rules: [{first_contact: {tools: [send_mail], approver: lead}}, ")
    (folder / "rules.yaml").write_text(text)

    async def approve(here: Any, asked: dict[str, Any]) -> str:
        question = {name: asked[name] for name in ("step", "run", "target", "arguments", "digest", "roles")}
        body = {**question, "session": "s1", "agent": "clerk", "contract": MAIL}
        made = (await here.http.post("/v1/approvals", json=body)).json()
        answer = {"verdict": "approve", "by": "ann"}
        done = await here.http.post(f"/v1/approvals/{made['id']}/answer", json=answer)
        assert done.status_code == 200, done.text
        return made["id"]

    to = {"arguments": {"to": "bob@new.example"}}
    async with start_here(policies=folder) as here:
        await register(here, MAIL)
        asked = await ask(here, "send_mail", **to)
        assert (asked["verdict"], asked["roles"]) == ("ask", ["lead"])
        allowed = await ask(here, "send_mail", id=asked["step"], approval=await approve(here, asked), **to)
        assert allowed["verdict"] == "allow"
        assert (await ask(here, "send_mail", **to))["verdict"] == "allow"
    async with start_here(policies=folder) as here:
        assert (await ask(here, "send_mail", **to))["verdict"] == "allow", "also after a restart"
        other = await ask(here, "send_mail", arguments={"to": "eve@evil.example"})
        assert other["verdict"] == "ask"


async def test_records_add_up_over_all_sessions_of_an_agent(start_here: Any, rules: Any) -> None:
    more = "budgets: [{scope: agent, window: day, records: 10}]\n"
    async with start_here(policies=rules(more)) as here:
        await register(here, READ | {"parameters": {"type": "object", "additionalProperties": True}})
        first = await ask(here, arguments={"limit": 6})
        assert first["verdict"] == "allow"
        await tell(here, first["step"])
        refused = await ask(here, arguments={"ids": [1, 2, 3, 4, 5]}, session="s2")
        assert (refused["verdict"], refused["stage"]) == ("deny", "budget")
        assert "6 records of 10 records" in refused["reasons"][0]["message"]
        assert (await ask(here, arguments={"limit": 4}, session="s2"))["verdict"] == "allow"
        found = (await here.http.get("/v1/budgets")).json()["items"]
        assert [(one["unit"], one["used"] + one["held"]) for one in found if one["unit"] == "records"] == [
            ("records", 10)
        ]


async def test_steps_that_are_called_the_same_in_two_sessions_end_one_by_one(
    start_here: Any, rules: Any
) -> None:
    async with start_here(policies=rules()) as here:
        await register(here)
        budget, step = await add(here), "00000000000000aa"
        for session in ("a", "b"):
            assert (await ask(here, session=session, id=step))["step"] == step
        await tell(here, step, "refused")
        await tell(here, step, "refused")
        missing = await here.http.post("/v1/outcomes", json={"step": step, "status": "done"})
        assert missing.status_code == 404
        await here.services.decider.close()
        assert (await show(here, budget))["used"] == 0
