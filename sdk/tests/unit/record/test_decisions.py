"""The leaf of a decision: written in parts, it is the same bytes as written whole."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from holdfast.action import Action, Actor, Effect, Kind, canonicalise, digest
from holdfast.decision import Decision, Reason, Verdict
from holdfast.record import DecisionWriter, decision_record, decode_leaf, encode_leaf

ADA, EVE = Actor("ada", "1", "ops"), Actor("eve")
FACTS = {"at_ns": 5, "log": "log-1", "contract": "c0ffee", "args_commit": "00"}


def action(**changes: Any) -> Action:
    plain, canonical = canonicalise({"amount": 5})
    known: dict[str, Any] = {
        "id": "5" * 16, "kind": Kind.TOOL, "actor": ADA, "target": "pay", "arguments": plain,
        "canonical": canonical, "digest": digest("tool", "pay", canonical), "effect": Effect.SPEND,
        "run": "a" * 32, "session": "s", "trace": "a" * 32, "chain": (ADA,), "person": "ann",
    }  # fmt: skip
    return Action(**known | changes)


def decision(verdict: Verdict = Verdict.ALLOW, **changes: Any) -> Decision:
    known: dict[str, Any] = {
        "action": "5" * 16, "verdict": verdict, "stage": "allow", "reasons": (), "arguments": {},
        "digest": "d", "bundle": "b",
    }  # fmt: skip
    return Decision(**known | changes)


REFUSED = decision(
    Verdict.DENY,
    stage="policy",
    reasons=(Reason("limit", "spend", "too much"),),
    errors=("error:limit",) * 40,
    labels=("pii", "untrusted"),
    unendorsed=("iban=DE00",),
    hold_micro_usd=3,
    enforced=False,
)


CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"chain": (EVE, ADA)},
    {"actor": EVE, "chain": (EVE,)},
    {"person": "bob"},
    {"session": "t"},
    {"trace": "b" * 32},
    {"target": "x" * 500},
    {"effect": Effect.READ},
    {"kind": Kind.DELEGATE},
    {"parent": "6" * 16},
    {"run": "c" * 32},
    {"run": "", "session": "", "trace": ""},
    {"session": 'a "run":"","session":"","trace":"" b'},
    {"person": '"run":"","session":"","trace":""'},
)


@pytest.mark.parametrize("second", CHANGES)
def test_the_parts_of_a_leaf_are_the_same_bytes_as_the_whole(second: dict[str, Any]) -> None:
    writer = DecisionWriter()
    for asked, answered, approval in (
        (action(), decision(), ""),
        (action(**second), REFUSED, "approval-1"),
        (action(), decision(bundle="other"), ""),
    ):
        whole = decision_record(asked, answered, **FACTS, approval=approval)
        assert writer.leaf(asked, answered, **FACTS, approval=approval) == encode_leaf(whole)
        assert decode_leaf(encode_leaf(whole)) == whole


def test_another_log_is_another_leaf() -> None:
    """A forked child writes a log of its own, with the runs of its parent."""
    writer = DecisionWriter()
    writer.leaf(action(), decision(), **FACTS)
    leaf = writer.leaf(action(), decision(), **FACTS | {"log": "log-2"})
    assert msgspec.json.decode(leaf)["log"] == "log-2"


def test_a_leaf_without_names_is_whole() -> None:
    nameless = action(run="", session="", trace="")
    leaf = DecisionWriter().leaf(nameless, decision(), **FACTS)
    assert leaf == encode_leaf(decision_record(nameless, decision(), **FACTS))
    assert msgspec.json.decode(leaf)["run"] == ""


def test_what_is_ordinary_is_not_written() -> None:
    leaf = msgspec.json.decode(DecisionWriter().leaf(action(), decision(), **FACTS))
    assert leaf.keys().isdisjoint(
        {"rules", "errors", "labels", "unendorsed", "approval", "enforced", "parent"}
    )
    assert leaf["v"] == 1
    assert leaf["verdict"] == "allow"
