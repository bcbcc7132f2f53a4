from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast

RULES = """\
agents:
  refunds: {owner: support}

tools:
  refund: {effect: spend, reversible: true}
  look_up: {effect: read, output_labels: []}
  drop: {effect: destroy}

rules:
  - allow_agents: {}
  - allow_effects: {effects: [read, spend]}
  - threshold: {tool: refund, arg: amount, approve_over: 25, deny_over: 100, approver: lead}
"""


@pytest.fixture(autouse=True)
def rules(empty_folder: Path) -> Path:
    folder = empty_folder / "policies"
    folder.mkdir()
    (folder / "refunds.yaml").write_text(RULES)
    return folder


def decide(question: Any, *options: str) -> Result:
    text = question if isinstance(question, bytes) else json.dumps(question).encode()
    return CliRunner().invoke(holdfast, ["decide", *options], input=text)


def refund(amount: float, **more: Any) -> dict[str, Any]:
    return {"tool": "refund", "agent": "refunds", "arguments": {"amount": amount}, **more}


@pytest.mark.parametrize(
    ("question", "verdict", "code"),
    [
        (refund(10), "allow", 0),
        (refund(50), "ask", 3),
        (refund(50, approvals=["lead"]), "allow", 0),
        (refund(500), "deny", 4),
        (refund(500, approvals=["lead"]), "deny", 4),
        ({"tool": "refund", "agent": "refunds"}, "deny", 4),
        ({"tool": "refund", "agent": "refunds", "arguments": {"note": "all of it"}}, "deny", 4),
        ({"tool": "look_up", "agent": "refunds"}, "allow", 0),
        ({"tool": "drop", "agent": "refunds"}, "deny", 4),
        ({"tool": "look_up", "agent": "stranger"}, "deny", 4),
        ({"kind": "model", "target": "openai/gpt-5", "agent": "refunds"}, "allow", 0),
    ],
)
def test_the_exit_code_says_the_verdict(question: dict[str, Any], verdict: str, code: int) -> None:
    done = decide(question)
    assert json.loads(done.stdout)["verdict"] == verdict
    assert done.exit_code == code


def test_scripts_find_what_they_rely_on() -> None:
    told = json.loads(decide(refund(50)).stdout)
    assert {"verdict", "reasons", "obligations", "took_us", "bundle"} <= set(told)
    [reason] = told["reasons"]
    assert {"rule", "message", "cure"} <= set(reason)
    assert reason["cure"] == "approval:lead"
    assert told["roles"] == ["lead"]
    assert told["took_us"] > 0
    assert len(told["bundle"]) == 64


def test_an_explanation_comes_when_it_is_asked_for() -> None:
    assert "explanation" not in json.loads(decide(refund(50)).stdout)
    sections = json.loads(decide(refund(50), "--explain").stdout)["explanation"]
    assert all(section["title"] and section["text"] for section in sections)


def test_other_policies_may_be_named(empty_folder: Path) -> None:
    stricter = empty_folder / "stricter.yaml"
    stricter.write_text(RULES.replace("approve_over: 25", "approve_over: 5"))
    assert decide(refund(10), "--policies", str(stricter)).exit_code == 3


def test_the_action_may_be_in_a_file(empty_folder: Path) -> None:
    (empty_folder / "action.json").write_text(json.dumps(refund(500)))
    assert CliRunner().invoke(holdfast, ["decide", "action.json"]).exit_code == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "there is no action"),
        (b"{", "not JSON"),
        (b'{"tool": "refund", "arguments": 1}', "$.arguments"),
        (b'{"tool": "refund", "arguments": {"n": ' + b"9" * 30 + b"}}", "64 bits"),
        (b" " * (1024 * 1024 + 1), "larger than"),
    ],
)
def test_bad_input_is_said_and_nothing_is_printed(text: bytes, told: str) -> None:
    done = decide(text)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert told in done.stderr


def test_policies_that_cannot_be_used_are_bad_input_with_their_place(rules: Path) -> None:
    (rules / "refunds.yaml").write_text(RULES.replace("threshold:", "treshold:"))
    done = decide(refund(10))
    assert done.exit_code == 2
    assert "policies/refunds.yaml:12:" in done.stderr


def test_nothing_is_written(empty_folder: Path) -> None:
    before = sorted(empty_folder.rglob("*"))
    decide(refund(50))
    assert sorted(empty_folder.rglob("*")) == before
