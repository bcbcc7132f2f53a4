"""Graduated enforcement: a rule is watched, counts, and steps back when people call too much of it wrong."""

from __future__ import annotations

import asyncio

import pytest
from server.tests.integration.enforcing import REFUND, RULE, write_rules


@pytest.fixture
async def ruled(start_here, tmp_path):
    async with start_here(policies=write_rules(tmp_path)) as here:
        await here.http.post("/v1/registry", json={"tools": [REFUND]})
        yield here


async def refund(here, amount: int, n: int = 0) -> dict:
    body = {"target": "refund", "arguments": {"amount": amount}, "actor": {"agent": "clerk"}}
    answer = (await here.http.post("/v1/decisions", json={**body, "session": f"s{n}"})).json()
    await here.services.minutes.take_in()
    return answer


async def put(here, level: str, **fields):
    return await here.http.put(f"/v1/enforcement/{RULE}", json={"level": level, "by": "ann", **fields})


async def level_of(here) -> dict:
    items = (await here.http.get("/v1/enforcement")).json()["items"]
    return next(one for one in items if one["rule"] == RULE)


async def test_a_rule_counts_as_it_says_itself_until_somebody_sets_it(ruled):
    one = await level_of(ruled)
    assert (one["level"], one["own"], one["rate"], one["refused"]) == ("enforce", True, None, 0)


async def test_a_watched_rule_lets_pass_and_the_ledger_says_what_it_would_have_done(ruled):
    assert (await put(ruled, "shadow")).status_code == 200
    answer = await refund(ruled, 60)
    assert answer["verdict"] == "allow"
    step = (await ruled.http.get(f"/v1/steps/{answer['step']}")).json()
    assert [(one["rule"], one["verdict"], one["level"]) for one in step["would"]] == [
        (RULE, "deny", "shadow")
    ]
    entries = (await ruled.http.get("/v1/ledger?q=refund")).json()["items"]
    assert any(one["record"].get("would") == [f"{RULE}=deny"] for one in entries)
    one = await level_of(ruled)
    assert (one["level"], one["own"], one["by"], one["would_refuse"], one["refused"]) == (
        "shadow", False, "ann", 1, 0,
    )  # fmt: skip


async def test_a_level_outlives_a_restart_and_can_be_given_back(start_here, tmp_path):
    folder = write_rules(tmp_path)
    async with start_here(policies=folder) as here:
        await here.http.post("/v1/registry", json={"tools": [REFUND]})
        await put(here, "sample", percent=25, limit=0.5)
    async with start_here(policies=folder) as again:
        one = await level_of(again)
        assert (one["level"], one["percent"], one["limit"], one["by"]) == ("sample", 25, 0.5, "ann")
        gone = await again.http.request("DELETE", f"/v1/enforcement/{RULE}", json={"by": "ann"})
        assert (gone.status_code, gone.json()["level"], gone.json()["own"]) == (200, "enforce", True)


async def test_levels_set_at_the_same_time_are_all_kept(ruled, tmp_path):
    (tmp_path / "rules" / "mail.yaml").write_text("rules: [{deny_tools: {name: mail, tools: [refund]}}]")
    await ruled.services.policies.look()
    other = ruled.http.put("/v1/enforcement/mail/mail", json={"level": "warn", "by": "bea"})
    await asyncio.gather(put(ruled, "shadow"), other)
    items = (await ruled.http.get("/v1/enforcement")).json()["items"]
    assert {one["rule"]: (one["level"], one["by"]) for one in items} == {
        "mail/mail": ("warn", "bea"),
        RULE: ("shadow", "ann"),
    }


async def test_a_level_set_here_goes_before_what_a_later_file_says(ruled, tmp_path):
    (tmp_path / "rules" / "zones.yaml").write_text(f"enforcement: {{{RULE}: enforce}}")
    await ruled.services.policies.look()
    assert (await put(ruled, "warn")).json()["level"] == "warn"
    assert (await refund(ruled, 60))["verdict"] == "allow"


async def test_what_a_person_wrote_into_the_file_of_levels_is_kept(ruled, tmp_path):
    levels = tmp_path / "rules" / "enforcement.yaml"
    levels.write_text(f"enforcement: {{{RULE}: shadow}}")
    (tmp_path / "rules" / "mail.yaml").write_text("rules: [{deny_tools: {name: mail, tools: [refund]}}]")
    await ruled.services.policies.look()
    await ruled.http.put("/v1/enforcement/mail/mail", json={"level": "warn", "by": "bea"})
    assert (await level_of(ruled))["level"] == "shadow"
    levels.write_text("rules: [{deny_tools: {name: mail, tools: [refund]}}]")
    (tmp_path / "rules" / "mail.yaml").unlink()
    await ruled.services.policies.look()
    refused = await put(ruled, "warn")
    assert (refused.status_code, "more than levels" in refused.text) == (409, True)


async def test_a_rule_steps_back_when_too_much_that_it_refuses_is_called_wrong(ruled):
    await put(ruled, "enforce", limit=0.2)
    steps = [(await refund(ruled, 60, n))["step"] for n in range(20)]
    for step in steps[:4]:
        called = await ruled.http.post(f"/v1/steps/{step}/false-block", json={"by": "bea"})
        assert called.status_code == 201, called.text
    one = await level_of(ruled)
    assert (one["level"], one["refused"], one["false_blocks"], one["rate"]) == ("enforce", 20, 4, 0.2)
    await ruled.http.post(f"/v1/steps/{steps[4]}/false-block", json={"by": "bea"})
    one = await level_of(ruled)
    assert (one["level"], one["by"], one["own"]) == ("warn", "holdfast", False)
    assert one["stepped_back_at"]
    assert (await refund(ruled, 60, 99))["verdict"] == "allow"


async def test_saying_it_twice_counts_once_and_it_can_be_taken_back(ruled):
    step = (await refund(ruled, 60))["step"]
    for _ in range(2):
        await ruled.http.post(f"/v1/steps/{step}/false-block", json={"by": "bea"})
    assert (await level_of(ruled))["false_blocks"] == 1
    assert (await ruled.http.delete(f"/v1/steps/{step}/false-block")).status_code == 204
    assert (await level_of(ruled))["false_blocks"] == 0
    assert (await ruled.http.delete(f"/v1/steps/{step}/false-block")).status_code == 404


async def test_what_cannot_be_is_refused_with_the_reason(ruled):
    unknown = await ruled.http.put("/v1/enforcement/money/treshold/deny", json={"level": "warn", "by": "a"})
    assert unknown.status_code == 404
    assert RULE in unknown.text
    assert (await put(ruled, "sometimes")).status_code == 422
    assert (await put(ruled, "warn", percent=30)).status_code == 422
    allowed = (await refund(ruled, 5))["step"]
    refused = await ruled.http.post(f"/v1/steps/{allowed}/false-block", json={"by": "bea"})
    assert refused.status_code == 409
    nowhere = await ruled.http.post("/v1/steps/feedfeedfeedfeed/false-block", json={"by": "bea"})
    assert nowhere.status_code == 404
