"""What reading a description of tools gives: contracts, and what a person should know of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from holdfast.action.action import Effect
from holdfast.action.contract import RESERVED_PREFIX, Contract
from holdfast.action.contracts.schemas import properties_of
from holdfast.errors import Misconfigured

TOOLS_MAX: Final = 2_000
DESCRIPTION_MAX: Final = 8_000
CRITICAL: Final = re.compile(
    r"(?:^|_)(?:to|cc|bcc|recipients?|attendees|accounts?|account_id|iban|payee|destination|customer|channel"
    r"|channel_id|url|uri|hosts?|domain|path|paths|owner|repo|repository|branch|amount|currency|user_id|email)$"
)
"""Arguments that decide where an effect lands, by the names they usually have."""
PAYLOAD: Final = re.compile(
    r"(?:^|_)(?:body|text|content|contents|message|subject|html|comment|attachments?)$"
)
"""Arguments that carry content, by the names they usually have."""
_camel: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_name: Final = re.compile(r"[\w.:/@-]{1,128}").fullmatch


class Note(msgspec.Struct, frozen=True):
    """One thing that a person should know before the contract counts."""

    tool: str
    message: str


class Imported(msgspec.Struct, frozen=True):
    """Contracts as they were read, and what was not taken as it was said."""

    contracts: tuple[Contract, ...]
    notes: tuple[Note, ...] = ()


def check_name(name: Any, taken: Iterable[str]) -> str:
    """The tool's name, if it can be one.

    Raises:
        Misconfigured: it cannot, or another tool has it.
    """
    if not isinstance(name, str) or not _name(name) or name.startswith(RESERVED_PREFIX):
        told = "a tool has no name" if name is None else f"{name!r:.140} is not a tool's name"
        raise Misconfigured(told, hint="1 to 128 letters, digits and . : / @ - _")
    if name in taken:
        raise Misconfigured(
            f"the tool {name} stands twice", hint="One name, one tool: nobody could tell them apart."
        )
    return name


def with_named(contract: Contract) -> Contract:
    """The contract with critical and payload arguments guessed by name: it can only make us ask more."""
    if contract.effect is Effect.READ:
        return contract
    names = [
        (name, _camel.sub("_", name).lower().replace("-", "_")) for name in properties_of(contract.parameters)
    ]
    return msgspec.structs.replace(
        contract,
        critical=tuple(name for name, plain in names if CRITICAL.search(plain)),
        payload=tuple(name for name, plain in names if PAYLOAD.search(plain)),
    )
