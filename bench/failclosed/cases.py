"""Rules as a person would write them, each with a call that it forbids."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

ONE: Final = 'action == Action::"wire"'


AMOUNT: Final[dict[str, Any]] = {"amount": {"type": "integer"}}


class Case(NamedTuple):
    """One rule in both languages, and the call that must not run."""

    name: str
    ours: str
    """Cedar; what is not understood must be refused at load."""
    theirs: str
    """The condition of a deny rule; empty when their language has no such thing."""
    arguments: dict[str, Any]
    by: Literal["name", "position"] = "name"
    tool: str = "wire"
    properties: dict[str, Any] = AMOUNT
    policy: str = ""
    """Their whole policy, where it is not one rule in a list."""


def _forbid(when: str, action: str = ONE) -> str:
    return f'@id("natural") forbid (principal, {action}, resource) when {{ {when} }};'


TEXT: Final = {"type": "string"}

HAS: Final = "context.args has amount && context.args.amount"
ANY: Final = 'action in Action::"holdfast:tool"'
FIVE: Final = {"amount": 5000}
TO: Final = {"to": TEXT}
MISSING: Final = "if context.args has amount then context.args.amount != 5 else true"

CASES: Final = (
    Case("a threshold on an argument", _forbid(f"{HAS} > 1000"), "amount > 1000", FIVE),
    Case("a threshold, in the peer's own form", _forbid(f"{HAS} > 1000"), "amount.value > 1000", FIVE),
    Case("parentheses and `and`", _forbid(f'(action == Action::"wire") && ({HAS} > 1000)', ANY),
         "(action.type == 'wire') and (amount.value > 1000)", FIVE),
    Case("everything but reading", _forbid('!(action == Action::"read")', ANY),
         "not action.type == 'read'", FIVE),
    Case("not in a list of names", _forbid('!(["read"].contains(resource.name))', ANY),
         "action.type not in ['read']", FIVE),
    Case("a negative limit", _forbid(f"{HAS} > -5"), "amount.value > -5", FIVE),
    Case("one exact value", _forbid(f"{HAS} == 5000"), "amount.value == 5000", FIVE),
    Case("a text that contains a word", _forbid('context.args has to && context.args.to like "*evil*"'),
         "to.value contains 'evil'", {"to": "eve@evil.example"}, properties=TO),
    Case("a typo in the rule", _forbid('acton == Action::"drop"'), "acton.type == 'drop'", FIVE),
    Case("an argument that does not exist", _forbid("context.args.amout > 1000"), "amout.value > 1000", FIVE),
    Case("a literal with ` or ` in it",
         _forbid('context.args has region && context.args.region == "us or eu"'),
         "region.value == 'us or eu'", {"region": "us or eu"}, properties={"region": TEXT}),
    Case("an argument given by position", _forbid(f"{HAS} > 1000"), "amount.value > 1000", FIVE,
         by="position"),
    Case("the function's name is the action", _forbid("true", 'action == Action::"send_email"'),
         "action.type == 'send_email'", {"to": "eve@evil.example"}, tool="send_email", properties=TO),
    Case("a rule on a field that is missing", _forbid(MISSING), "amount.value != 5", {"to": "eve"},
         properties={"amount": {"type": "integer"}, "to": TEXT}),
    Case("a condition that fails while it is evaluated", _forbid("context.args.amount > 10"), "", {}),
    Case("forbid everything", _forbid("true", "action"), "", {"amount": 1},
         policy="cedar:forbid(principal, action, resource);"),
    Case("forbid everything, with a when clause", _forbid(f"{HAS} > 10", "action"), "", {"amount": 50},
         policy="cedar:forbid(principal, action, resource) when { context.amount > 10 };"),
    Case("no policy at all", "", "", {"amount": 1}, policy="none"),
)  # fmt: skip
"""docs/concepts/fail-closed.md explains each; what each rule forbids, its call does."""
