"""Policies: loaded, watched, and never lost to a typo."""

from __future__ import annotations

import pytest

from holdfast_server.errors import Misconfigured, PolicySyntaxError

GOOD = "pack: house\nagents:\n  '*': {}\nrules:\n  - allow_agents: {}\n"
TYPO = "pack: house\nagents:\n  '*': {}\nrules:\n  - alow_agents: {}\n"


async def test_the_starter_pack_is_in_force_at_first(here):
    bundle = (await here.http.get("/v1/bundle")).json()
    assert [source["name"] for source in bundle["sources"]] == ["starter.yaml"]
    assert bundle["error"] is None


async def test_a_change_is_put_in_force_without_a_restart(start_here, tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "house.yaml").write_text(GOOD)
    async with start_here(policies=folder) as here:
        before = (await here.http.get("/v1/bundle")).json()["hash"]
        (folder / "more.cedar").write_text('@id("no")\nforbid (principal, action, resource);\n')
        await here.services.policies.look()
        after = (await here.http.get("/v1/bundle")).json()
        assert after["hash"] != before
        assert [source["name"] for source in after["sources"]] == ["house.yaml", "more.cedar"]


async def test_a_typo_keeps_the_last_good_bundle_and_is_shown_with_its_place(start_here, tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    file = folder / "house.yaml"
    file.write_text(GOOD)
    async with start_here(policies=folder) as here:
        before = (await here.http.get("/v1/bundle")).json()
        file.write_text(TYPO)
        await here.services.policies.look()
        after = (await here.http.get("/v1/bundle")).json()
        assert (after["hash"], after["sources"]) == (before["hash"], before["sources"])
        assert (after["error"]["path"], after["error"]["line"]) == ("house.yaml", 5)
        assert "alow_agents" in after["error"]["message"]
        assert (await here.http.get("/v1/health")).json()["status"] == "degraded"
        file.write_text(GOOD)
        await here.services.policies.look()
        assert (await here.http.get("/v1/bundle")).json()["error"] is None
        assert (await here.http.get("/v1/health")).json()["status"] == "ok"


async def test_the_same_bundle_is_not_sent_twice(here):
    first = await here.http.get("/v1/bundle")
    again = await here.http.get("/v1/bundle", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_nothing_starts_under_policies_that_cannot_be_read(start_here, tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "house.yaml").write_text(TYPO)
    with pytest.raises(PolicySyntaxError, match=r"house\.yaml:5"):
        async with start_here(policies=folder):
            pass


async def test_a_missing_policy_folder_is_said(start_here, tmp_path):
    with pytest.raises(Misconfigured, match="no policy folder"):
        async with start_here(policies=tmp_path / "nowhere"):
            pass


async def test_a_tool_that_a_rule_in_force_does_not_fit_is_refused_and_the_others_go_on(start_here, tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    rules = "  - threshold: {tool: pay, arg: amount, deny_over: 5}\n  - allow_tools: {tools: ['*']}\n"
    (folder / "house.yaml").write_text(GOOD + rules)
    text = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}
    tools = [{"tool": "pay", "parameters": text}, {"tool": "look", "parameters": {"type": "object"}}]
    async with start_here(policies=folder) as here:
        await here.http.post("/v1/registry", json={"tools": tools})
        verdicts = {}
        for tool, arguments in (("pay", {"sum": 1}), ("look", {})):
            body = {"target": tool, "arguments": arguments, "actor": {"agent": "ada"}, "session": "s"}
            answer = await here.http.post("/v1/decisions", json=body)
            assert answer.status_code == 200, answer.text
            verdicts[tool] = answer.json()["verdict"]
        assert verdicts == {"pay": "deny", "look": "allow"}
