"""Everything that decides, compiled into one immutable value with one hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from holdfast.action import Contract

ENGINE: Final = "holdfast-1"
"""Version of the deciding semantics; part of every bundle's hash."""


class Source(msgspec.Struct, frozen=True):
    """One policy file: its contents come in as text, reading files is done elsewhere."""

    name: str
    text: str
    kind: Literal["yaml", "cedar"] = "yaml"


class Bundle:
    """An immutable compiled set of policies and contracts."""

    def __init__(self, sources: tuple[Source, ...], contracts: Mapping[str, Contract]) -> None:
        self.sources = sources
        self.contracts: Mapping[str, Contract] = MappingProxyType(dict(contracts))
        self.warnings: tuple[str, ...] = ()
        parts = [ENGINE, *(f"{s.name}\0{s.kind}\0{s.text}" for s in sources)]
        parts += [c.fingerprint() for _, c in sorted(contracts.items())]
        self.hash = hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def with_contracts(self, *contracts: Contract) -> Bundle:
        """This bundle with tools added or replaced; only their slices are compiled."""
        return Bundle(self.sources, {**self.contracts, **{c.tool: c for c in contracts}})


def compile_bundle(sources: Iterable[Source], *, contracts: Iterable[Contract] = ()) -> Bundle:
    """Compile policy files and contracts.

    Raises:
        PolicySyntaxError: a file cannot be used, at this file, line and column; keep the last good bundle.
    """
    return Bundle(tuple(sources), {c.tool: c for c in contracts})
