"""Facts stand beside an action over REST; one that is missing or unknown never passes."""

from __future__ import annotations

RULES = """\
pack: house
agents: {'*': {}}
rules:
  - allow_agents: {}
  - citations_required: {citations: 2}
"""


async def test_a_rule_that_needs_a_fact_refuses_without_it(start_here, tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "house.yaml").write_text(RULES)
    async with start_here(policies=folder) as here:
        asked = {"kind": "output", "target": "clerk", "actor": {"agent": "clerk"}, "session": "s1"}

        async def decide(**more):
            return await here.http.post("/v1/decisions", json=asked | more)

        assert (await decide(facts={"citations": 2})).json()["verdict"] == "allow"
        assert (await decide(facts={"citations": 1})).json()["verdict"] == "deny"
        refused = (await decide()).json()
        assert refused["reasons"][0]["category"] == "grounding"
        typo = await decide(facts={"citatoins": 2})
        assert typo.status_code == 422
        assert "Did you mean citations?" in typo.text
