"""Edited arguments must keep the tool's contract, like those of a model."""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.action import Contract, canonicalise
from holdfast.decision.validation import make_validator, problems
from holdfast_server.errors import Misconfigured, Unprocessable


def check_edit(contract: dict[str, Any] | None, arguments: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Edited arguments in their canonical form.

    Raises:
        Unprocessable: they break the schema; every fault is named with its path.
        Invalid: they have no canonical form.
    """
    plain, canonical = canonicalise(arguments)
    if contract is None:
        return plain, canonical
    try:
        faults = problems(make_validator(msgspec.convert(contract, Contract)), plain)
    except (Misconfigured, msgspec.ValidationError) as error:
        raise Unprocessable(
            f"the tool's own contract cannot be used: {error}", hint="Fix it and ask again."
        ) from error
    if faults:
        said = "; ".join(faults)
        raise Unprocessable(
            f"the edited arguments break the schema: {said}", hint="Change them and answer again."
        )
    return plain, canonical
