"""A contract is suspicious until it says otherwise, and any change makes it another one."""

from __future__ import annotations

import msgspec
import pytest

from holdfast.action import Contract, Effect


def test_the_defaults_are_the_suspicious_ones() -> None:
    contract = Contract("t")
    assert contract.irreversible
    assert contract.output_labels == ("untrusted",)
    assert contract.effect is Effect.EXECUTE


@pytest.mark.parametrize(
    ("effect", "reversible", "irreversible"),
    [(Effect.READ, False, False), (Effect.WRITE, False, True), (Effect.DESTROY, True, False)],
)
def test_what_cannot_be_undone(effect: Effect, reversible: bool, irreversible: bool) -> None:
    assert Contract("t", effect=effect, reversible=reversible).irreversible is irreversible


@pytest.mark.parametrize(
    "change",
    [
        {"description": "x"},
        {"parameters": {"type": "object", "title": "x"}},
        {"egress": True},
        {"critical": ("a",)},
    ],
)
def test_any_change_is_another_contract(change: dict[str, object]) -> None:
    contract = Contract("t")
    assert msgspec.structs.replace(contract, **change).fingerprint() != contract.fingerprint()
    assert contract.fingerprint() == Contract("t").fingerprint()


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="reversable"):
        msgspec.json.decode(b'{"tool": "t", "reversable": true}', type=Contract)
