"""A person at the console: approves a discount and stops a session, and the agents obey."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import AGENTS, Agents

from holdfast.testing.drills.serving import OwnServer

pytestmark = pytest.mark.e2e
WAIT_S = 90


def test_a_person_edits_and_approves_the_discount_and_the_run_finishes(
    server: OwnServer, page: Page, agents: Agents
) -> None:
    drill = agents.start(
        "holdfast", "drill", "rogue-discount", "--server", server.url, "--answer", "wait", "--json"
    )
    page.goto(f"{server.url}/approvals")
    page.get_by_role("link", name=re.compile("grant_discount")).click()
    page.get_by_role("button", name="Edit arguments").click()
    editor = page.get_by_role("textbox", name="Arguments")
    editor.fill(editor.input_value().replace("50", "15"))
    page.get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name=re.compile("Approve with edits")).click()

    outcome = page.get_by_role("region", name="Outcome")
    expect(outcome).to_contain_text("exactly once")
    out, _ = drill.communicate(timeout=WAIT_S)
    (told,) = json.loads(out)["drills"]
    assert told["ok"], told
    assert told["governed"]["damage"] == 0
    assert "15 % granted" in out

    outcome.get_by_role("link", name="See the run").click()
    expect(page.get_by_role("region", name="Run", exact=True).get_by_text("completed").first).to_be_visible()


def test_a_person_stops_a_running_session_and_the_agent_halts(
    server: OwnServer, page: Page, agents: Agents
) -> None:
    patrol = agents.start("python", str(AGENTS / "patrol.py"))
    page.goto(f"{server.url}/runs")
    page.get_by_role("row", name=re.compile("patrol")).get_by_role("link").click()
    page.get_by_role("button", name=re.compile("Stop")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Stop", exact=True).select_option("session")
    dialog.get_by_label("Reason").fill("it walks in circles")
    dialog.get_by_label("Your name").fill("Ada")
    dialog.get_by_role("button", name=re.compile("Stop now")).click()
    expect(page.get_by_role("dialog")).to_contain_text("is stopped")

    out, errors = patrol.communicate(timeout=WAIT_S)
    assert "halted: " in out, errors
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("region", name="Run", exact=True).get_by_text("halted").first).to_be_visible()
