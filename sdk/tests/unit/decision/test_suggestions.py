"""A word that does not exist is refused at its place, with the one that was perhaps meant."""

from __future__ import annotations

import pytest

from holdfast.decision import Source, compile_bundle
from holdfast.errors import PolicySyntaxError

TOOLS = """
agents: {"*": {}}
tools:
  refund: {effect: spend, parameters: {type: object, properties: {amount: {type: integer}}}}
"""


@pytest.mark.parametrize(
    ("text", "column", "meant"),
    [
        ("permt (principal, action, resource);", 1, "permit"),
        ("permit (prinicpal, action, resource);", 9, "principal"),
        ("permit (principal, action, resource) whn { true };", 38, "when"),
        ("permit (principal, action, resource) when { contxt.hour > 3 };", 45, "context"),
        ("permit (principal, action, resource) when { context.labls.isEmpty() };", 53, "labels"),
        ("permit (principal, action, resource) when { context.labels.isEmty() };", 60, "isEmpty"),
        ('permit (principal, action, resource) when { decmal("1.0") == decimal("1.0") };', 45, "decimal"),
        ('permit (principal, action, resource) when { principal in Rol::"a" };', 58, "Role"),
        ('permit (principal, action, resource) when { principal.ownr == "a" };', 55, "owner"),
        (
            'permit (principal, action == Action::"refund", resource) when { context.args.amuont > 5 };',
            78,
            "amount",
        ),
    ],
)
def test_a_slip_in_cedar_is_shown_with_what_was_meant(text: str, column: int, meant: str) -> None:
    with pytest.raises(PolicySyntaxError, match=rf"Did you mean {meant}\?") as refused:
        compile_bundle([Source("tools.yaml", TOOLS), Source("rules.cedar", text, "cedar")])
    assert (refused.value.path, refused.value.line, refused.value.column) == ("rules.cedar", 1, column)


@pytest.mark.parametrize(
    ("text", "line", "column", "meant"),
    [
        ("budgets: [{scope: sesion, calls: 4}]", 1, 12, "session"),
        ("budgets:\n  - {scope: org, usd: 4, window: dya}", 2, 26, "day"),
        ("budgets:\n  - {scope: org, usd: 4, verdict: hlat}", 2, 26, "halt"),
        ("tools:\n  pay: {effect: spnd}", 2, 9, "spend"),
        ("budgets: [{scope: org, usd: 1, window: day, time_zone: Europe/Berlim}]", 1, 11, "Europe/Berlin"),
        ("content: [{find: [emial], at: [results], do: redact}]", 1, 11, "email"),
        ("content: [{find: [email], at: [reslts], do: redact}]", 1, 32, "results"),
    ],
)
def test_a_slip_in_yaml_is_shown_with_what_was_meant(text: str, line: int, column: int, meant: str) -> None:
    with pytest.raises(PolicySyntaxError, match=rf"(?i)did you mean {meant}\?") as refused:
        compile_bundle([Source("rules.yaml", text)])
    assert (refused.value.path, refused.value.line, refused.value.column) == ("rules.yaml", line, column)
