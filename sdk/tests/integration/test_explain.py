"""`holdfast explain`: from the ledger of this machine alone, with the rules that judged then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import holdfast
from holdfast.cli.group import holdfast as command
from holdfast.record import DecisionRecord, decode_leaf
from holdfast.record.ledger.reader import Reader

RULES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [read, write]}
  - threshold: {tool: refund, arg: amount, deny_over: 50}
"""


@pytest.fixture
def governed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text(RULES)
    holdfast.init(policies=tmp_path / "rules.yaml", data=tmp_path / "data", integrations=False)
    yield tmp_path
    holdfast.shutdown()


@holdfast.tool(effect="write", reversible=True)
def refund(amount: int) -> str:
    """Pay money back."""
    return f"paid {amount}"


@holdfast.tool(effect="read", reversible=True)
def read_mail() -> str:
    """Untrusted by default."""
    return "hello"


@holdfast.agent("clerk")
def work(amount: int) -> None:
    """Read, then pay."""
    read_mail()
    try:
        refund(amount)
    except holdfast.Denied:
        return


def explain(*options: str) -> Result:
    return CliRunner().invoke(command, ["explain", *options])


def told(*options: str) -> dict[str, Any]:
    done = explain(*options)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def step_of(data: Path, target: str) -> str:
    [log] = (data / "ledger").iterdir()
    leaves = [decode_leaf(raw) for _, raw in Reader(log).records(0, 100)]
    return next(leaf.step for leaf in leaves if isinstance(leaf, DecisionRecord) and leaf.target == target)


def test_a_recorded_refusal_is_explained_by_the_rules_of_its_time(governed: Path) -> None:
    work(80)
    (governed / "rules.yaml").write_text(RULES.replace("deny_over: 50", "deny_over: 500"))
    step = step_of(governed / "data", "refund")
    found = told(step, "--data", str(governed / "data"))
    [rule] = found["rules"]
    assert (found["verdict"], rule["id"], rule["line"]) == ("deny", "rules/threshold/deny", 6)
    assert "> 50" in rule["text"]
    assert found["chain"] == ["clerk"]
    [label] = found["labels"]
    assert (label["label"], label["from"], label["since_step"]) == (
        "untrusted",
        "read_mail",
        step_of(governed / "data", "read_mail"),
    )
    assert not found["exact"]
    assert any("--arguments" in note for note in found["notes"])


def test_with_the_very_arguments_it_is_worked_out_what_would_have_passed(governed: Path) -> None:
    work(80)
    step = step_of(governed / "data", "refund")
    (governed / "given.json").write_text('{"amount": 80}')
    found = told(step, "--data", str(governed / "data"), "--arguments", "given.json")
    assert found["exact"]
    assert [way["text"] for way in found["would_pass_if"]] == ["amount were at most 50"]


def test_other_arguments_than_the_ledger_commits_to_are_refused(governed: Path) -> None:
    work(80)
    (governed / "given.json").write_text('{"amount": 60}')
    done = explain(step_of(governed / "data", "refund"), "--data", "data", "--arguments", "given.json")
    assert done.exit_code == 2
    assert "not the arguments of step" in done.stderr


def test_a_bundle_that_was_tampered_with_is_not_believed(governed: Path) -> None:
    work(80)
    for kept in (governed / "data" / "bundles").iterdir():
        kept.write_text(kept.read_text().replace("deny_over: 50", "deny_over: 90"))
    found = told(step_of(governed / "data", "refund"), "--data", "data")
    assert any("not kept" in note for note in found["notes"])


def test_an_action_in_a_file_is_judged_now_and_explained(governed: Path) -> None:
    (governed / "action.json").write_text('{"tool": "refund", "arguments": {"amount": 80}}')
    (governed / "tools.yaml").write_text(RULES + "tools: {refund: {effect: write, reversible: true}}\n")
    found = told("--file", "action.json", "--policies", "tools.yaml")
    assert found["would_pass_if"][0]["changes"] == {"arguments.amount": 50}


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ((), 2, "name one step"),
        (("ab" * 8, "--file", "x.json"), 2, "x.json"),
        (("nonsense", "--data", "data"), 2, "is no step"),
        (("ab" * 8, "--data", "data"), 2, "no ledger in data"),
    ],
)
def test_bad_input_is_said(governed: Path, options: tuple[str, ...], code: int, message: str) -> None:
    done = explain(*options)
    assert done.exit_code == code
    assert message in done.stderr
