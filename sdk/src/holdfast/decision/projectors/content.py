"""What the texts of a call hold, for policies that ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.action import Contract
from holdfast.decision.content.finding import EVERYTHING
from holdfast.decision.content.rules import ContentRule, Place, apply

ALL = (ContentRule(find=tuple(sorted(family.value for family in EVERYTHING))),)


def content(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Families of content in the arguments: `secret`, `pii`, `injection`, `invisible`."""
    del contract
    return apply(arguments, ALL, place=Place.ARGUMENTS).labels
