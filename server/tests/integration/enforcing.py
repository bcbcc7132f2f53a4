"""One rule whose level tests set, the tool it is about, and where both are written."""

from __future__ import annotations

from pathlib import Path

RULES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_tools: {tools: ["*"]}
  - threshold: {tool: refund, arg: amount, deny_over: 50}
"""
RULE = "money/threshold/deny"
REFUND = {
    "tool": "refund",
    "parameters": {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
    "effect": "spend",
}


def write_rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "money.yaml").write_text(RULES)
    return folder
