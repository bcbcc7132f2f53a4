"""The way back from an effect: the call that a contract names for it, with its references filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from holdfast.action import Contract
from holdfast.action.contracts import resolve
from holdfast.errors import Invalid


class Undo(msgspec.Struct, frozen=True):
    """A call that takes an effect back."""

    tool: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.tool} {msgspec.json.encode(self.arguments).decode()}"


def find_undo(contract: Contract, known: Mapping[str, Any]) -> Undo | None:
    """How this effect is taken back; None where its contract does not say, or the result does not.

    Args:
        contract: of the tool that was called.
        known: the `arguments` and the `result` of the call.
    """
    named = contract.compensation
    if named is None:
        return None
    try:
        return Undo(named.tool, resolve(named.arguments, known))
    except Invalid:
        return None
