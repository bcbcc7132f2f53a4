"""`holdfast policy lint`, `test`, `diff`, `show` and `format`: what they print and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast
from holdfast.decision.packs import PACK_NAMES

HOUSE = """\
pack: shop
agents:
  "*": {}
tools:
  refund: {effect: spend, parameters: {type: object, properties: {amount: {type: integer}}}}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [spend]}
  - threshold: {tool: refund, arg: amount, approve_over: 50, deny_over: 500, approver: finance}
"""
TESTS = """\
tests:
  - {name: small, tool: refund, arguments: {amount: 10}, expect: allow}
  - {name: large, tool: refund, arguments: {amount: 80}, expect: {verdict: ask, approver: finance}}
"""


def run(*said: str) -> Result:
    return CliRunner().invoke(holdfast, ["policy", *said])


@pytest.fixture
def house(empty_folder: Path) -> Path:
    folder = empty_folder / "policies"
    folder.mkdir()
    (folder / "shop.yaml").write_text(HOUSE)
    (folder / "shop.test.yaml").write_text(TESTS)
    return folder


def test_tests_that_pass_end_well(house: Path) -> None:
    done = run("test")
    assert (done.exit_code, done.stdout) == (0, "2 passed, 0 failed\n")
    assert json.loads(run("test", str(house / "shop.test.yaml"), "--json").stdout)["passed"] == 2


def test_a_test_that_fails_is_told_with_its_reason(house: Path) -> None:
    (house / "shop.test.yaml").write_text(TESTS.replace("expect: allow", "expect: deny"))
    done = run("test")
    assert done.exit_code == 1
    assert "policies/shop.test.yaml:2 small" in done.stdout
    assert "expected deny" in done.stdout
    assert "got      allow" in done.stdout
    case = json.loads(run("test", "--json").stdout)["cases"][0]
    assert (case["ok"], case["line"], case["expected"]) == (False, 2, "deny")


def test_the_tests_of_a_pack_are_found_by_its_name(empty_folder: Path) -> None:
    for pack in PACK_NAMES:
        done = run("test", pack)
        assert done.exit_code == 0, done.output
        assert done.stdout.endswith(" passed, 0 failed\n")
        assert not done.stdout.startswith("0 ")


def test_no_tests_is_bad_input(empty_folder: Path) -> None:
    done = run("test")
    assert done.exit_code == 2
    assert ".test.yaml" in done.stderr


def test_a_diff_tells_the_change_with_a_request(house: Path) -> None:
    pytest.importorskip("z3", reason="z3 is not installed: pip install 'holdfast[prove]'")
    edited = house.parent / "edited.yaml"
    edited.write_text(HOUSE.replace("approve_over: 50", "approve_over: 100"))
    done = run("diff", "policies/shop.yaml", "edited.yaml")
    assert done.exit_code == 1
    assert "allows     refund: ask (finance) → allow" in done.stdout
    told = json.loads(run("diff", "policies/shop.yaml", "edited.yaml", "--json").stdout)
    assert 50 < told["changes"][0]["example"]["arguments"]["amount"] <= 100
    same = run("diff", "policies/shop.yaml", "policies/shop.yaml")
    assert (same.exit_code, "nothing changes" in same.stdout) == (0, True)


def test_a_diff_says_which_tools_it_knows_nothing_of(house: Path) -> None:
    pytest.importorskip("z3", reason="z3 is not installed: pip install 'holdfast[prove]'")
    for name, limit in (("a", 50), ("b", 60)):
        rule = f"  - threshold: {{tool: payout, arg: amount, deny_over: {limit}}}\n"
        (house.parent / f"{name}.yaml").write_text(HOUSE + rule)
    done = run("diff", "a.yaml", "b.yaml")
    assert done.exit_code == 1
    assert "undecided  payout: its contract is not known here" in done.stdout
    assert "--contracts FILE" in done.stderr
    contracts = house.parent / "tools.json"
    schema = {"type": "object", "properties": {"amount": {"type": "integer"}}}
    contracts.write_text(
        json.dumps({"items": [{"contract": {"tool": "payout", "effect": "spend", "parameters": schema}}]})
    )
    known = run("diff", "a.yaml", "b.yaml", "--contracts", "tools.json")
    assert "payout: deny → allow" in known.stdout


@pytest.mark.parametrize("text", ["", "agents: {'*': {}}\nrules: []\n", "[1, 2]", "payout: 3", "{]"])
def test_what_holds_no_contracts_is_told_as_such(house: Path, text: str) -> None:
    (house.parent / "tools.json").write_text(text)
    done = run("lint", "--no-prove", "--contracts", "tools.json")
    assert (done.exit_code, "It must hold contracts" in done.stderr) == (2, True), done.output


def test_lints_are_told_and_fail_only_when_strict(house: Path) -> None:
    (house / "more.cedar").write_text('forbid (principal in Role::"nobody", action, resource);\n')
    done = run("lint", "--no-prove")
    assert done.exit_code == 0
    assert "policies/more.cedar:1:29: warning: no agent has the role nobody [unknown-role]" in done.stderr
    assert run("lint", "--no-prove", "--strict").exit_code == 1
    assert json.loads(run("lint", "--no-prove", "--json").stdout)["lints"][0]["code"] == "unknown-role"


def test_a_lint_of_what_cannot_be_loaded_is_an_error(house: Path) -> None:
    (house / "more.cedar").write_text("forbid (principal, action, resource) when { context.hour > 24 };\n")
    done = run("lint", "--json")
    (found,) = json.loads(done.stdout)["lints"]
    assert done.exit_code == 1
    assert (found["severity"], found["line"], found["column"]) == ("error", 1, 53)


def test_what_presets_become_is_shown_with_its_place(house: Path) -> None:
    done = run("show", "--rule", "shop/threshold")
    assert done.stdout.count("forbid (") == 2
    assert "// policies/shop.yaml:9" in done.stdout
    assert run("show", "--rule", "shop/thresold").exit_code == 2


def test_cedar_is_laid_out_and_keeps_its_meaning(house: Path) -> None:
    file = house / "more.cedar"
    file.write_text('// why\n@id("a") forbid(principal,action,resource) when {context.hour>3};\n')
    assert run("format", "policies", "--check").exit_code == 1
    assert run("format", "policies").exit_code == 0
    assert (
        file.read_text()
        == '// why\n@id("a")\nforbid (principal, action, resource)\nwhen { context.hour > 3 };\n'
    )
    assert run("format", "policies", "--check").exit_code == 0
