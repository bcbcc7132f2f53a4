"""A tool as it is shown: its contract, what changed in it, and who uses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.action import Contract
from holdfast.action.contracts import TOLD, Drift, drift
from holdfast_server.decision.registry.entry import ContractChange, ContractDrift, ToolEntry
from holdfast_server.kit.wire import NS_PER_S, at
from holdfast_server.record.runs.tables import steps

USED_NS: Final = 7 * 24 * 3600 * NS_PER_S
"""How far back calls are counted."""
REFUSED: Final = frozenset({"deny", "halt"})
AGENTS_MAX: Final = 100


class Use(msgspec.Struct):
    """How one tool was used lately."""

    calls: int = 0
    denied: int = 0
    agents: set[str] = msgspec.field(default_factory=set[str])


class Written(msgspec.Struct, frozen=True):
    """What the policy files in force say of tools."""

    contracts: Mapping[str, Contract]
    since_ns: int
    """When they came into force."""


NOTHING_WRITTEN: Final = Written({}, 0)


async def read_uses(connection: AsyncConnection, names: Sequence[str], now: int) -> Mapping[str, Use]:
    """How tools were used in the last seven days, by name."""
    uses: defaultdict[str, Use] = defaultdict(Use)
    if not names:
        return uses
    columns = (steps.c.target, steps.c.verdict, steps.c.agent)
    query = (
        sa.select(*columns, sa.func.count().label("calls"))
        .where(steps.c.target.in_(names), steps.c.started_ns >= now - USED_NS, steps.c.kind == "tool")
        .group_by(*columns)
    )
    for row in await connection.execute(query):
        use = uses[row.target]
        use.calls += row.calls
        use.denied += row.calls if row.verdict in REFUSED else 0
        if len(use.agents) < AGENTS_MAX:
            use.agents.add(row.agent)
    return uses


def show_written(contract: Contract, use: Use, since_ns: int) -> ToolEntry:
    """A tool that only a policy file describes: no process has registered it."""
    return _entry(
        contract, use, contract.fingerprint(), msgspec.to_builtins(contract), None, since_ns, since_ns
    )


def show_tool(row: sa.RowMapping, use: Use) -> ToolEntry:
    """One tool, as it is shown."""
    contract = msgspec.convert(row["contract"], Contract)
    drifted = find_drift(contract, row["reviewed"], row["told"])
    return _entry(
        contract, use, row["fingerprint"], row["contract"], drifted, row["first_ns"], row["last_ns"]
    )


def _entry(  # noqa: PLR0917  # what its two callers know, one of each
    contract: Contract,
    use: Use,
    fingerprint: str,
    data: dict[str, Any],
    drifted: ContractDrift | None,
    first_ns: int,
    last_ns: int,
) -> ToolEntry:
    return ToolEntry(
        tool=contract.tool,
        fingerprint=fingerprint,
        effect=contract.effect.value,
        reversible=contract.reversible,
        egress=contract.egress,
        critical=list(contract.critical),
        payload=list(contract.payload),
        output_labels=list(contract.output_labels),
        origin="framework" if contract.inferred else contract.origin.value,
        inferred=contract.inferred,
        agents=sorted(use.agents - {""}),
        calls=use.calls,
        denied=use.denied,
        contract=data,
        drift=drifted,
        first_seen=at(first_ns),
        last_seen=at(last_ns),
    )


def find_drift(
    contract: Contract, reviewed: dict[str, Any] | None, told: dict[str, Any] | None
) -> ContractDrift | None:
    """What a person should look at: the contract changed, or the tool is not what the file says of it."""
    known = msgspec.convert(reviewed, Contract) if reviewed else contract
    found = drift(known, contract)
    if found is not None:
        return _show(found, "reviewed")
    own = drift(contract, msgspec.convert(told, Contract), fields=TOLD) if told else None
    return _show(own, "written") if own is not None else None


def _show(found: Drift, since: Literal["reviewed", "written"]) -> ContractDrift:
    return ContractDrift(
        old=found.old,
        new=found.new,
        since=since,
        loosens=found.loosens,
        more=found.more,
        changes=[
            ContractChange(
                path=one.path, about=one.about, before=one.before, after=one.after, loosens=one.loosens
            )
            for one in found.changes
        ],
    )
