"""A person at the console changes what is in force: rules, their levels, files, budgets, known tools."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
SALES = """agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_tools: {tools: ["*"]}
  - threshold: {name: too-much, tool: apply_discount, arg: percent, deny_over: 15}
"""
EXTRA = """rules:
  - deny_tools: {name: no-mail, tools: [send_mail]}
"""
DISCOUNT = {
    "tool": "apply_discount",
    "description": "Lower the price of an order.",
    "parameters": {"type": "object", "properties": {"percent": {"type": "integer"}}, "required": ["percent"]},
    "effect": "write",
    "reversible": True,
}
MAIL = {"tool": "send_mail", "parameters": {"type": "object"}, "effect": "read", "reversible": True}


class Governed:
    """A server of its own, and what an agent asks of it."""

    def __init__(self, url: str, policies: Path) -> None:
        self.url, self.policies = url, policies
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30)

    def decide(self, tool: str, **arguments: Any) -> dict[str, Any]:
        body = {"target": tool, "arguments": arguments, "actor": {"agent": "sales"}, "session": "s1"}
        return self.post("/v1/decisions", body)

    def post(self, path: str, body: Any) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        return self.http.get(path).json()


@pytest.fixture
def governed(tmp_path: Path) -> Iterator[Governed]:
    """A server with two policy files and two tools."""
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "sales.yaml").write_text(SALES)
    (policies / "extra.yaml").write_text(EXTRA)
    ports = ("--port", "0", "--otlp-port", "-1", "--data", str(tmp_path / "server"))
    process = subprocess.Popen(
        [sys.executable, "-m", "holdfast_server", *ports, "--policies", str(policies), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "HOLDFAST_STORES__SPANS": "memory://"},
    )
    assert process.stdout is not None
    try:
        made = Governed(json.loads(process.stdout.readline())["url"], policies)
        with made.http:
            made.post("/v1/registry", {"tools": [DISCOUNT, MAIL]})
            yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.fixture
def shoot(page: Page) -> Any:
    """Keep a picture of the page where HOLDFAST_SHOTS says, for people to look at."""
    folder = os.environ.get("HOLDFAST_SHOTS", "")

    def take(name: str) -> None:
        if folder:
            page.screenshot(path=f"{folder}/{name}.png")

    return take


def test_a_wrong_refusal_is_counted_against_its_rule(governed: Governed, page: Page, shoot: Any) -> None:
    refused = governed.decide("apply_discount", percent=40)
    assert refused["verdict"] == "deny"
    page.goto(f"{governed.url}/runs/{refused['run']}?step={refused['step']}")
    page.get_by_role("button", name="This refusal was wrong").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What should have happened").fill("the customer had a voucher")
    dialog.get_by_label("Your name").fill("Ada")
    shoot("false-block")
    dialog.get_by_role("button", name=re.compile("Count it as wrong")).click()
    expect(page.get_by_text("Counted as wrong against")).to_be_visible()
    [rule] = [one for one in governed.get("/v1/enforcement")["items"] if "too-much" in one["rule"]]
    assert rule["false_blocks"] == 1


def test_a_rule_steps_down_to_a_warning_and_the_next_call_passes(
    governed: Governed, page: Page, shoot: Any
) -> None:
    page.goto(f"{governed.url}/policies")
    page.get_by_role("row").filter(has_text="too-much").click()
    pane = page.get_by_role("region", name=re.compile("Rule .*too-much"))
    pane.get_by_role("group", name="Level").get_by_role("button", name="warn").click()
    pane.get_by_label("Your name").fill("Ada")
    shoot("ramp")
    pane.get_by_role("button", name="Set to warn").click()
    expect(pane).to_contain_text("set by Ada")
    assert governed.decide("apply_discount", percent=40)["verdict"] == "allow"
    pane.get_by_role("button", name="Back to what its file says").click()
    expect(pane).to_contain_text("as its file says")
    assert governed.decide("apply_discount", percent=40)["verdict"] == "deny"


def test_an_edit_is_checked_compared_judged_by_the_past_and_saved(
    governed: Governed, page: Page, shoot: Any
) -> None:
    for percent in (10, 20, 40):
        governed.decide("apply_discount", percent=percent)
    page.goto(f"{governed.url}/policies")
    page.get_by_role("row").filter(has_text="sales.yaml").click()
    editor = page.get_by_label("Text of sales.yaml")
    editor.fill(SALES.replace("threshold", "treshold"))
    expect(page.get_by_role("list", name="Findings")).to_contain_text("treshold")
    expect(page.get_by_role("button", name="Save")).to_have_attribute("aria-disabled", "true")
    shoot("check")
    editor.fill(SALES.replace("deny_over: 15", "deny_over: 30"))
    page.get_by_role("tab", name="Diff").click()
    page.get_by_role("button", name=re.compile("Compare")).click()
    changes = page.get_by_role("list", name="Changes")
    expect(changes).to_contain_text("newly allows")
    shoot("diff")
    page.get_by_role("tab", name="Backtest").click()
    page.get_by_role("button", name=re.compile("Judge the past")).click()
    expect(page.get_by_text("1 verdict would change")).to_be_visible()
    shoot("backtest")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile(r"Version \d+ is in force"))).to_be_visible()
    assert "deny_over: 30" in (governed.policies / "sales.yaml").read_text()
    assert governed.decide("apply_discount", percent=20)["verdict"] == "allow"


def test_a_file_is_deleted_and_its_rules_are_not_in_force(governed: Governed, page: Page, shoot: Any) -> None:
    assert governed.decide("send_mail")["verdict"] == "deny"
    page.goto(f"{governed.url}/policies")
    page.get_by_role("row").filter(has_text="extra.yaml").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 rule will go out of force")
    expect(dialog.get_by_role("button", name="Delete it")).to_have_attribute("aria-disabled", "true")
    dialog.get_by_label("Your name").fill("Ada")
    shoot("delete")
    dialog.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("grid", name="Policies")).not_to_contain_text("extra.yaml")
    assert not (governed.policies / "extra.yaml").exists()
    assert governed.decide("send_mail")["verdict"] == "allow"
    [newest, *_] = governed.get("/v1/policies/extra.yaml/versions")["items"]
    assert (newest["event"], newest["by"]) == ("deleted", "Ada")


def test_a_budget_gets_another_limit_and_keeps_what_was_used(
    governed: Governed, page: Page, shoot: Any
) -> None:
    limit = {"scope": "agent", "key": "sales", "unit": "calls", "limit": 2, "by": "ann"}
    budget = governed.post("/v1/budgets", limit)
    steps = [governed.decide("apply_discount", percent=n) for n in (1, 2, 3)]
    assert [one["verdict"] for one in steps] == ["allow", "allow", "deny"]
    for one in steps[:2]:
        governed.post("/v1/outcomes", {"step": one["step"], "status": "done"})
    page.goto(f"{governed.url}/budgets")
    page.get_by_role("row").filter(has_text="sales").click()
    page.get_by_role("button", name="Change the limit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Limit, in calls").fill("5")
    dialog.get_by_label("Your name").fill("Ada")
    shoot("budget")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    shown = governed.get(f"/v1/budgets/{budget['id']}")
    assert (shown["limit"], shown["by"]) == (5, "Ada")
    assert governed.decide("apply_discount", percent=4)["verdict"] == "allow"


def test_a_tool_that_changed_is_shown_and_reviewed(governed: Governed, page: Page, shoot: Any) -> None:
    governed.post("/v1/registry", {"tools": [DISCOUNT | {"description": "Also mails the customer."}]})
    page.goto(f"{governed.url}/tools")
    page.get_by_role("row").filter(has_text="apply_discount").click()
    pane = page.get_by_role("region", name="Tool apply_discount")
    expect(pane.get_by_role("list", name="What changed")).to_contain_text("Also mails the customer")
    pane.get_by_label("Your name").fill("Ada")
    shoot("drift")
    pane.get_by_role("button", name="It is as it should be").click()
    expect(pane.get_by_role("list", name="What changed")).to_have_count(0)
    assert governed.get("/v1/tools/apply_discount")["drift"] is None
