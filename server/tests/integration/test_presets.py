"""`/v1/presets` says what policies can be made of."""

from __future__ import annotations

from holdfast.decision.pack import PRESETS


async def test_every_preset_and_pack_is_there(here):
    told = (await here.http.get("/v1/presets")).json()
    assert [one["name"] for one in told["items"]] == sorted(PRESETS)
    shown = next(one for one in told["items"] if one["name"] == "sql")
    assert shown["parameters"]["properties"]["verbs"]["default"] == ["select", "explain", "show", "describe"]
    assert {"name", "category", "summary", "parameters", "example", "exceeds", "reads", "cedar"} == set(shown)
    assert len(told["categories"]) == 49
    assert any("pack: finance" in one["text"] for one in told["packs"])
