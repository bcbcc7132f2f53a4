"""`holdfast policy presets` and `holdfast policy packs` say what policies can be made of."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast
from holdfast.decision.pack import PRESETS
from holdfast.decision.packs import PACK_NAMES


def run(*said: str) -> Result:
    return CliRunner().invoke(holdfast, ["policy", *said])


def test_every_preset_is_listed_with_its_settings() -> None:
    items = json.loads(run("presets", "--json").stdout)["items"]
    assert [one["name"] for one in items] == sorted(PRESETS)
    limit = next(one for one in items if one["name"] == "spend_limit")
    assert limit["parameters"]["properties"]["approver"]["default"] == "owner"
    assert limit["category"] == "cost"
    assert "forbid" in limit["cedar"]


def test_the_presets_of_one_category_are_listed() -> None:
    done = run("presets", "--category", "tiers")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == ["green", "red", "yellow"]


def test_one_preset_is_shown_with_its_example_and_its_cedar() -> None:
    done = run("presets", "blocked_addresses")
    assert "- blocked_addresses: {tools: [fetch, browse]}" in done.stdout
    assert '@category("network")' in done.stdout


def test_every_pack_is_listed_and_one_is_printed() -> None:
    assert [one["name"] for one in json.loads(run("packs", "--json").stdout)["items"]] == list(PACK_NAMES)
    assert "pack: finance\n" in run("packs", "finance").stdout
    assert "regulated" in run("packs").stdout


def test_what_does_not_exist_is_told_with_the_nearest_name() -> None:
    for said, hint in ((("presets", "spend_limits"), "spend_limit?"), (("packs", "finanse"), "finance?")):
        done = run(*said)
        assert done.exit_code == 2
        assert hint in done.stderr
