"""The leaves of the ledger: their exact form, and commitments instead of payloads."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from inline_snapshot import snapshot

from holdfast.errors import Misconfigured
from holdfast.record import (
    Commitments,
    DecisionRecord,
    OutcomeRecord,
    ShippedRecord,
    decode_leaf,
    encode_leaf,
)

DECISION = DecisionRecord(
    v=1,
    at_ns=1,
    log="0123456789abcdef",
    step="5" * 16,
    run="a" * 32,
    session="s",
    trace="a" * 32,
    parent="",
    agent="refunds",
    version="1",
    owner="team",
    person="",
    chain=("refunds",),
    kind="tool",
    target="issue_refund",
    effect="spend",
    contract="c0ffee",
    args_commit="00",
    verdict="deny",
    stage="policy",
    rules=("limit",),
    errors=(),
    labels=(),
    unendorsed=("amount",),
    hold_micro_usd=0,
    bundle="b",
    engine="e",
    approval="",
    enforced=True,
)


def test_a_decision_leaf_names_its_type_first_and_every_field() -> None:
    assert encode_leaf(DECISION).decode() == snapshot(
        '{"type":"decision","v":1,"log":"0123456789abcdef","run":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","session":"s","trace":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","agent":"refunds","version":"1","owner":"team","person":"","chain":["refunds"],"kind":"tool","target":"issue_refund","effect":"spend","contract":"c0ffee","bundle":"b","engine":"e","at_ns":1,"step":"5555555555555555","args_commit":"00","verdict":"deny","stage":"policy","rules":["limit"],"unendorsed":["amount"]}'
    )


def test_leaves_come_back_as_they_were() -> None:
    outcome = OutcomeRecord(2, "l", "5" * 16, "a" * 32, "s", "done", "00", None, 1, 2, "gpt-5", (), "")
    for record in (DECISION, outcome):
        assert decode_leaf(encode_leaf(record)) == record


def test_a_newer_field_is_passed_over_and_an_unknown_type_is_not() -> None:
    leaf = encode_leaf(DECISION)
    assert decode_leaf(leaf.replace(b'"v":1', b'"v":2,"newer":3')).v == 2
    with pytest.raises(msgspec.ValidationError):
        decode_leaf(leaf.replace(b'"decision"', b'"unheard-of"'))


def test_a_commitment_is_bound_to_the_key_the_step_the_field_and_the_bytes(tmp_path: Path) -> None:
    mine = Commitments.open(tmp_path / "keys" / "commit")
    assert mine.commit("s", "f", b"x") == Commitments.open(tmp_path / "keys" / "commit").commit(
        "s", "f", b"x"
    )
    others = {
        mine.commit("s", "f", b"y"),
        mine.commit("s", "g", b"x"),
        mine.commit("t", "f", b"x"),
        Commitments(b"k" * 32).commit("s", "f", b"x"),
    }
    assert len(others) == 4
    assert mine.commit("s", "f", b"x") not in others
    (tmp_path / "keys" / "commit").write_bytes(b"short")
    with pytest.raises(Misconfigured):
        Commitments.open(tmp_path / "keys" / "commit")


def test_the_exact_bytes_of_a_leaf_survive_the_envelope() -> None:
    leaf = bytes(range(256))
    assert ShippedRecord.of("l", 0, leaf).leaf_bytes() == leaf
