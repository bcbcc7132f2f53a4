"""Contracts as a policy file: the one form in which people read, review and change them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import msgspec

from holdfast.action.contract import Contract
from holdfast.action.contracts.imported import Note

ORDER: Final = tuple(name for name in Contract.__struct_fields__ if name not in {"tool", "inferred"})
MICRO: Final = 1_000_000


def as_said(contract: Contract) -> dict[str, Any]:
    """A contract as a policy file says it under the tool's name; what is as usual is left out."""
    data = cast("dict[str, Any]", msgspec.to_builtins(contract))
    said = {name: data[name] for name in ORDER if name in data}
    if "cost_micro_usd" in said:
        said["cost_usd"] = said.pop("cost_micro_usd") / MICRO
    # The effect decides so much that it is written down even when it is the usual one.
    described = {"description": said.pop("description")} if contract.description else {}
    return {**described, "effect": str(contract.effect), **said}


def write_contracts(contracts: Iterable[Contract], *, head: str = "", notes: Iterable[Note] = ()) -> str:
    """The text of a policy file with these contracts, and above each tool what a person should know of it."""
    import yaml

    told: dict[str, list[str]] = {}
    for note in notes:
        told.setdefault(note.tool, []).append(note.message)
    lines = [f"# {line}" for line in (*head.splitlines(), *told.get("", ()))]
    lines.append("tools:")
    for contract in contracts:
        lines += [f"  # {message}" for message in told.get(contract.tool, ())]
        text = yaml.dump(
            {contract.tool: _plain(as_said(contract))},
            Dumper=yaml.SafeDumper,
            allow_unicode=True,
            sort_keys=False,
            default_flow_style=None,
            width=100,
        )
        lines += [f"  {line}" if line else "" for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> Any:
    """The value without tuples, and without one object standing twice, which YAML would write as an alias."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in cast("list[Any]", value)]
    return value
