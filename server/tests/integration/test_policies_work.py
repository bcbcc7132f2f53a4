"""Policies over REST: listed with their Cedar, tried before they are in force, kept in every version."""

from __future__ import annotations

from typing import Any

import pytest

HOUSE = """\
pack: shop
agents: {"*": {}}
tools:
  refund: {effect: spend, parameters: {type: object, properties: {amount: {type: integer}}}}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [spend]}
  - threshold: {tool: refund, arg: amount, approve_over: 50, deny_over: 500, approver: finance}
"""
TESTS = "tests:\n  - {name: small, tool: refund, arguments: {amount: 10}, expect: allow}\n"


def source(text: str = HOUSE, name: str = "shop.yaml", kind: str = "yaml") -> dict[str, str]:
    return {"name": name, "kind": kind, "text": text}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "policies"
    made.mkdir()
    (made / "shop.yaml").write_text(HOUSE)
    (made / "shop.test.yaml").write_text(TESTS)
    return made


@pytest.fixture
async def shop(start_here, folder):
    async with start_here(policies=folder) as here:
        yield here


async def test_every_rule_is_listed_with_the_cedar_it_becomes(shop):
    told = (await shop.http.get("/v1/policies")).json()
    (pack,) = told["packs"]
    rule = next(one for one in pack["rules"] if one["id"] == "shop/threshold")
    assert (rule["preset"], rule["tools"], rule["verdict"], rule["level"]) == (
        "threshold",
        ["refund"],
        "deny",
        "enforce",
    )
    assert rule["cedar"].count("forbid (") == 2
    assert rule["line"] == 8
    assert [one["name"] for one in told["tests"]] == ["shop.test.yaml"]
    assert told["bundle"]["error"] == ""


async def test_policies_are_checked_without_being_put_in_force(shop):
    before = (await shop.http.get("/v1/bundle")).json()["hash"]
    good = (await shop.http.post("/v1/policies/check", json={"sources": [source()]})).json()
    assert (good["ok"], good["errors"], bool(good["hash"])) == (True, [], True)
    never = source("forbid (principal, action, resource) when { context.hour > 24 };", "x.cedar", "cedar")
    bad = (await shop.http.post("/v1/policies/check", json={"sources": [never]})).json()
    (error,) = bad["errors"]
    assert (bad["ok"], error["path"], error["line"], error["column"]) == (False, "x.cedar", 1, 53)
    assert "never over 23" in error["message"]
    assert (await shop.http.get("/v1/bundle")).json()["hash"] == before


async def test_tests_are_run_as_they_stand_and_as_they_are_sent(shop):
    stood = (await shop.http.post("/v1/policies/test", json={})).json()
    assert (stood["passed"], stood["failed"]) == (1, 0)
    harder = source(TESTS.replace("expect: allow", "expect: deny"), "a.test.yaml")
    sent = (await shop.http.post("/v1/policies/test", json={"sources": [harder]})).json()
    (case,) = sent["cases"]
    assert (sent["failed"], case["expected"], case["got"].split()[0]) == (1, "deny", "allow")
    assert "the verdict is allow, not deny" in case["why"]


async def test_a_diff_names_the_change_with_a_request(shop):
    edited = source(HOUSE.replace("approve_over: 50", "approve_over: 100"))
    told = (await shop.http.post("/v1/policies/diff", json={"new": [edited]})).json()
    (change,) = told["changes"]
    assert (change["tool"], change["direction"], change["before"]) == ("refund", "allows", "ask (finance)")
    assert 50 < change["example"]["arguments"]["amount"] <= 100
    same = (await shop.http.post("/v1/policies/diff", json={"new": [source()]})).json()
    assert same["same"] is True


async def save(here: Any, name: str, text: str, *, kind: str = "yaml", by: str = "ann") -> Any:
    return await here.http.put(f"/v1/policies/{name}", json={"text": text, "kind": kind, "by": by})


async def test_an_edit_is_in_force_at_once_and_kept_with_who_and_when(shop, folder):
    text = HOUSE.replace("approve_over: 50", "approve_over: 100")
    saved = await save(shop, "shop", text)
    assert saved.status_code == 200
    assert (saved.json()["name"], saved.json()["n"], saved.json()["by"]) == ("shop.yaml", 2, "ann")
    assert (folder / "shop.yaml").read_text() == text
    assert (await shop.http.get("/v1/bundle")).json()["hash"] == saved.json()["bundle"]
    kept = (await shop.http.get("/v1/policies/shop.yaml/versions")).json()["items"]
    assert [(one["n"], one["event"], one["by"]) for one in kept] == [
        (2, "saved", "ann"),
        (1, "found", "the folder"),
    ]
    assert kept[1]["text"] == HOUSE
    entry = (await shop.http.get("/v1/ledger", params={"q": "policy"})).json()["items"][0]
    assert (entry["type"], entry["target"], entry["status"]) == ("policy", "shop.yaml", "saved")
    assert entry["record"]["by"] == "ann"


async def test_what_cannot_be_used_is_refused_and_nothing_changes(shop, folder):
    before = (await shop.http.get("/v1/bundle")).json()["hash"]
    refused = await save(shop, "shop.yaml", HOUSE.replace("threshold", "threshhold"))
    assert refused.status_code == 422
    assert "shop.yaml:8:5" in refused.json()["detail"]
    assert refused.json()["hint"] == "Did you mean threshold?"
    assert (folder / "shop.yaml").read_text() == HOUSE
    assert (await shop.http.get("/v1/bundle")).json()["hash"] == before
    assert (await shop.http.get("/v1/policies/shop.yaml/versions")).json()["items"] == []


async def test_an_older_version_is_restored_as_a_new_one(shop, folder):
    await save(shop, "shop.yaml", HOUSE.replace("approve_over: 50", "approve_over: 100"))
    done = await shop.http.post("/v1/policies/shop.yaml/versions/1/restore", json={"by": "bob"})
    assert (done.json()["n"], done.json()["event"], done.json()["by"]) == (3, "restored", "bob")
    assert (folder / "shop.yaml").read_text() == HOUSE
    missing = await shop.http.post("/v1/policies/shop.yaml/versions/9/restore", json={"by": "bob"})
    assert missing.status_code == 404


async def test_a_deleted_file_is_out_of_force_and_can_come_back(shop, folder):
    await save(shop, "more", '@id("no")\nforbid (principal, action, resource);\n', kind="cedar")
    gone = await shop.http.request("DELETE", "/v1/policies/more.cedar", json={"by": "ann"})
    assert gone.json()["event"] == "deleted"
    assert not (folder / "more.cedar").exists()
    assert [one["name"] for one in (await shop.http.get("/v1/bundle")).json()["sources"]] == ["shop.yaml"]
    back = await shop.http.post("/v1/policies/more.cedar/versions/1/restore", json={"by": "ann"})
    assert back.status_code == 200
    assert (folder / "more.cedar").exists()
    again = await shop.http.request("DELETE", "/v1/policies/nowhere.yaml", json={"by": "ann"})
    assert again.status_code == 404


async def test_tests_are_saved_beside_the_policies_and_judge_nothing(shop, folder):
    before = (await shop.http.get("/v1/bundle")).json()["hash"]
    assert (await save(shop, "more.test.yaml", TESTS)).status_code == 200
    assert (await shop.http.get("/v1/bundle")).json()["hash"] == before
    assert (await shop.http.post("/v1/policies/test", json={})).json()["passed"] == 2
    assert (await save(shop, "more.test.yaml", "tests: [{expect: allow}]")).status_code == 422


@pytest.mark.parametrize("name", ["..%2Fx", ".hidden", "a%2F..%2F..%2Fb", "a b", "x" * 200])
async def test_no_name_leads_out_of_the_folder(shop, folder, name):
    done = await save(shop, name, HOUSE)
    assert done.status_code in {400, 404}
    assert sorted(one.name for one in folder.parent.rglob("*.yaml")) == ["shop.test.yaml", "shop.yaml"]


async def test_editing_a_single_file_of_policies_is_a_conflict(start_here, folder):
    async with start_here(policies=folder / "shop.yaml") as here:
        assert (await save(here, "shop", HOUSE)).status_code == 409


async def test_an_alarm_of_an_agent_stands_in_the_ledger_and_in_the_state_of_health(here, make_agent):
    from holdfast.record import AlarmRecord, ShippedRecord, encode_leaf

    agent = make_agent()
    leaf = AlarmRecord(
        1,
        agent.log,
        "disagreement",
        "s" * 16,
        "r" * 32,
        "s",
        "ada",
        "refund",
        "b",
        "e",
        ("allow", "open"),
        ("deny", "much"),
    )
    agent.records.append(ShippedRecord.of(agent.log, 0, encode_leaf(leaf)))
    done = await here.http.post("/v1/records", json=agent.envelope())
    assert done.json()["accepted"] == 1
    assert (await here.http.get("/v1/health")).json()["alarms"] == 1
    (entry,) = (await here.http.get("/v1/ledger", params={"q": "alarm"})).json()["items"]
    assert (entry["type"], entry["agent"], entry["record"]["stock"]) == ("alarm", "ada", ["deny", "much"])


async def test_a_role_that_nobody_has_is_named(start_here, folder):
    from holdfast_server.settings import Approvals

    async with start_here(policies=folder, approvals=Approvals(roles=["finanze", "owner"])) as here:
        lints = (await here.http.get("/v1/policies")).json()["lints"]
        checked = (await here.http.post("/v1/policies/check", json={"sources": [source()]})).json()["lints"]
        for found in (lints, checked):
            [lint] = [one for one in found if one["code"] == "unknown-approver"]
            assert "nobody has the role finance" in lint["message"]
            assert "finanze" in lint["suggestion"]


async def test_a_name_says_what_a_file_holds(shop):
    text = '@id("night") forbid (principal, action, resource) when { context.hour > 24 };'
    for name in ("night.cedar", "rules/night.cedar"):
        sources = [{"name": name, "text": text}]
        checked = (await shop.http.post("/v1/policies/check", json={"sources": sources})).json()
        assert [(one["path"], one["line"]) for one in checked["errors"]] == [(name, 1)]
        saved = await shop.http.put(f"/v1/policies/{name}", json={"text": text, "by": "ann"})
        assert saved.json()["detail"].startswith(f"{name}:1:"), saved.text
