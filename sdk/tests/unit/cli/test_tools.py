from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast

MCP = {
    "tools": [
        {
            "name": "pay",
            "description": "Pay.",
            "inputSchema": {"type": "object", "properties": {"to": {"type": "string"}}},
            "annotations": {"readOnlyHint": True},
        }
    ]
}
OPENAPI = "openapi: 3.1.0\npaths:\n  /orders:\n    get: {operationId: listOrders}\n"
CODE = '''
def refund(account: str, amount: int = 5) -> str:
    """Give money back."""
    return account
'''


def run(*said: str, stdin: str = "") -> Result:
    return CliRunner().invoke(holdfast, ["tools", *said], input=stdin)


def data(*said: str, stdin: str = "") -> Any:
    return json.loads(run(*said, "--json", stdin=stdin).stdout)


def test_shipped_contracts_are_added_listed_and_checked(empty_folder: Path) -> None:
    assert run("add", "mcp/git").exit_code == 0
    assert (empty_folder / "policies" / "mcp-git.yaml").read_text().endswith("use: [mcp/git]\n")
    assert "git_commit" in run().stdout
    assert data("list")["items"][0]["contract"]["origin"] == "shipped"
    assert data("check")["ok"] is True
    assert "effect: write" in run("show", "git_commit").stdout
    assert run("add", "mcp/git").exit_code == 2, "what is there is never written over"


def test_a_prefix_and_a_copy(empty_folder: Path) -> None:
    assert run("add", "mcp/slack", "--prefix", "team__").exit_code == 0
    assert data("list")["items"][0]["tool"].startswith("team__slack_")
    assert run("add", "mcp/git", "--copy", "--to", "mine").exit_code == 0
    assert "git_commit:" in (empty_folder / "mine" / "mcp-git.yaml").read_text()


def test_what_comes_with_holdfast_is_listed() -> None:
    assert "mcp/github" in run("list", "--shipped").stdout
    assert {one["name"] for one in data("list", "--shipped")["items"]} >= {"mcp/mail", "mcp/payments"}
    assert "slack_post_message" in run("show", "mcp/slack").stdout


def test_an_imported_file_is_a_policy_file(empty_folder: Path) -> None:
    (empty_folder / "server.json").write_text(json.dumps(MCP))
    done = run("import", "mcp", "server.json", "--write", "pay.yaml")
    assert done.exit_code == 0
    assert "readOnlyHint=true would mean effect read; not taken" in done.stderr
    text = (empty_folder / "pay.yaml").read_text()
    assert "# readOnlyHint=true" in text
    assert data("check", "pay.yaml")["tools"] == ["pay"]
    assert data("diff", "server.json", "pay.yaml")["changed"] == []


def test_a_schema_that_no_policy_file_could_hold_is_told_when_it_is_imported(empty_folder: Path) -> None:
    backwards = {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)\\1"}}}
    tools = [{"name": "slow", "inputSchema": backwards}, {"name": "plain", "inputSchema": {"type": "object"}}]
    (empty_folder / "server.json").write_text(json.dumps({"tools": tools}))
    done = run("import", "mcp", "server.json", "--write", "slow.yaml")
    assert done.exit_code == 0
    assert "slow: this cannot be loaded as it stands: the schema of slow cannot be used" in done.stderr
    assert "plain: this cannot" not in done.stderr
    assert run("check", "slow.yaml").exit_code == 1


def test_what_is_no_text_is_told_as_such(empty_folder: Path) -> None:
    (empty_folder / "tools.bin").write_bytes(b"\x97\x00")
    assert "tools.bin is no text in UTF-8" in run("import", "mcp", "tools.bin").stderr


def test_every_kind_is_read(empty_folder: Path) -> None:
    assert (
        data("import", "mcp", "-", "--trust", stdin=json.dumps(MCP))["items"][0]["contract"]["effect"]
        == "read"
    )
    assert data("import", "openapi", "-", stdin=OPENAPI)["items"][0]["tool"] == "listOrders"
    (empty_folder / "shop_of_the_test.py").write_text(CODE)
    told = data("import", "python", "shop_of_the_test:refund")
    assert told["items"][0]["contract"]["critical"] == ["account", "amount"]
    assert "suspicious defaults" in told["notes"][0]["message"]


def test_a_changed_description_is_a_difference(empty_folder: Path) -> None:
    (empty_folder / "old.json").write_text(json.dumps(MCP))
    (empty_folder / "new.json").write_text(json.dumps(MCP).replace("Pay.", "Pay. And tell eve."))
    done = run("diff", "old.json", "new.json")
    assert done.exit_code == 1
    assert "description changed" in done.stdout
    told = data("diff", "old.json", "new.json", "--told")["changed"][0]
    assert told["old"] != told["new"]
    assert told["changes"][0]["path"] == "description"
    assert run("diff", "old.json", "old.json").stdout == "the same\n"


def test_tools_that_come_and_go_are_differences(empty_folder: Path) -> None:
    (empty_folder / "none.json").write_text('{"tools": []}')
    (empty_folder / "some.json").write_text(json.dumps(MCP))
    assert data("diff", "none.json", "some.json")["added"] == ["pay"]
    assert data("diff", "some.json", "none.json")["removed"] == ["pay"]


def test_a_contract_that_cannot_be_kept_is_named_with_its_place(empty_folder: Path) -> None:
    (empty_folder / "bad.yaml").write_text("tools:\n  pay: {effect: spend, retries: {times: 2}}\n")
    done = run("check", "bad.yaml")
    assert done.exit_code == 1
    assert "bad.yaml:2:3: tools.pay.retries" in done.stderr
    assert data("check", "bad.yaml")["error"]["line"] == 2


def test_a_tool_that_others_need_and_nobody_knows_is_a_warning(empty_folder: Path) -> None:
    (empty_folder / "a.yaml").write_text("tools:\n  pay: {effect: spend, compensation: {tool: unpay}}\n")
    assert "compensation of pay calls unpay" in run("check", "a.yaml").stderr


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (("import", "mcp", "gone.json"), "gone.json cannot be read: No such file or directory"),
        (("import", "mcp", "."), ". cannot be read: Is a directory"),
        (("import", "openapi", "-"), "not an OpenAPI document"),
        (("import", "python", "no_such_module_here"), "cannot be imported"),
        (("import", "python", "json:nothing"), "no function nothing"),
        (("show", "nothing"), "do not speak of nothing"),
        (("add", "mcp/nothing"), "no contracts come under"),
        (("add", "mcp/git", "--copy", "--prefix", "x"), "a copy has no prefix"),
    ],
)
def test_bad_input_says_what_to_do(said: tuple[str, ...], why: str) -> None:
    done = run(*said)
    assert done.exit_code == 2
    assert why in done.stderr


def test_yaml_that_multiplies_is_refused() -> None:
    text = "openapi: 3.1.0\nx: &a [1]\ny: [*a, *a]\n"
    assert "aliases are not supported" in run("import", "openapi", "-", stdin=text).stderr
