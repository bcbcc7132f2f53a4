"""The policies in force: read, compiled, watched; a typo keeps the last good bundle in force."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from holdfast.action import Contract
from holdfast.decision import STARTER, Bundle, Source, compile_bundle
from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.trial import is_trial_file
from holdfast_server.decision.control.kills import Control
from holdfast_server.decision.policies.bundle import BundleView, PolicyFault, SourceView
from holdfast_server.decision.registry.registry import Registry
from holdfast_server.decision.registry.tools import Written
from holdfast_server.errors import Misconfigured, PolicySyntaxError
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.hub import Hub
from holdfast_server.kit.wire import MICRO, at, usd
from holdfast_server.record.runs.run import BudgetUse, RunSummary

log = structlog.get_logger(__name__)

KINDS: Final = {".yaml": "yaml", ".yml": "yaml", ".cedar": "cedar"}
FILES_MAX: Final = 500
BYTES_MAX: Final = 1024 * 1024

Said = tuple[str, tuple[BudgetTerms, ...], tuple[BudgetTerms, ...]]
"""The hash of a bundle with its budgets: those counted here, and those each session keeps by itself."""


class Policies:
    """One bundle in force, and why the files on disk may not be."""

    def __init__(self, folder: Path, registry: Registry, control: Control, hub: Hub, clock: Clock) -> None:
        """Compile what is there.

        Raises:
            Misconfigured: the folder cannot be used; nothing is in force yet, so nothing may start.
        """
        self.folder = folder
        self._registry, self._control, self._hub, self._clock = registry, control, hub, clock
        self._sources = read_sources(folder)
        self._compiled = compile_bundle(self._sources)
        self._error: PolicyFault | None = None
        self._loaded_ns = clock()
        self._looked_at = _fingerprint(self._sources)
        self._whole: tuple[str, tuple[Contract, ...], Bundle] | None = None
        self._budget_terms: Said = ("", (), ())
        self._turn = asyncio.Lock()
        control.set_bundle(self._compiled.hash)

    @property
    def tag(self) -> str:
        """Changes whenever what `view` says does."""
        about = msgspec.json.encode([self._compiled.hash, self._error.message if self._error else ""])
        return hashlib.sha256(about).hexdigest()[:32]

    @property
    def problem(self) -> str:
        """Why the files on disk are not in force; empty when they are."""
        return self._error.message if self._error else ""

    def bundle(self) -> Bundle:
        """The bundle in force, with every registered contract."""
        # Contracts that did not change are the same objects, so that comparing them is a glance at each.
        state = (self._compiled.hash, tuple(self._registry.contracts))
        if self._whole is None or self._whole[:2] != state:
            self._whole = (*state, self._with(state[1]))
        return self._whole[2]

    def _with(self, contracts: Sequence[Contract]) -> Bundle:
        """The bundle with these tools; one that a rule in force does not fit is left out, and so refused."""
        try:
            return self._compiled.with_contracts(*contracts)
        except Misconfigured:
            bundle = self._compiled
        for contract in contracts:
            try:
                bundle = bundle.with_contracts(contract)
            except Misconfigured as error:
                log.warning("contract_refused", tool=contract.tool, error=error.message)
        return bundle

    @property
    def budget_terms(self) -> tuple[BudgetTerms, ...]:
        """What the files say of budgets that are counted here; the same object until they change."""
        return self._said_of_budgets()[1]

    @property
    def inside_terms(self) -> tuple[BudgetTerms, ...]:
        """What the files say of budgets that each session or run keeps by itself."""
        return self._said_of_budgets()[2]

    def _said_of_budgets(self) -> Said:
        if self._budget_terms[0] != self._compiled.hash:
            budgets = self._compiled.budgets
            shared = tuple(terms for one in budgets if not one.inside for terms in one.terms)
            inside = tuple(terms for one in budgets if one.inside for terms in one.said)
            self._budget_terms = (self._compiled.hash, shared, inside)
        return self._budget_terms

    @property
    def written(self) -> Written:
        """What the files say of tools."""
        return Written(self._compiled.contracts, self._loaded_ns)

    def view(self) -> BundleView:
        """The bundle as it is handed out."""
        return BundleView(
            hash=self._compiled.hash,
            sources=[
                SourceView(name=one.name, kind=one.kind, text=one.text) for one in self._compiled.sources
            ],
            warnings=list(self._compiled.warnings),
            loaded_at=at(self._loaded_ns),
            error=self._error,
        )

    def tests(self) -> tuple[Source, ...]:
        """The tests that stand beside the policies, as they are on the disk; reads files."""
        return read_tests(self.folder)

    async def look(self) -> None:
        """Read the folder again and put it in force if it changed and can be used.

        One at a time: who comes while others look finds in force what was on the disk when they came.
        """
        async with self._turn:
            await self._look()

    async def _look(self) -> None:
        try:
            sources = await asyncio.to_thread(read_sources, self.folder)
            looked_at = _fingerprint(sources)
            if looked_at == self._looked_at:
                return
            self._looked_at = looked_at
            compiled = await asyncio.to_thread(compile_bundle, sources)
        except Misconfigured as error:
            self._refuse(error)
            return
        self._sources, self._compiled, self._error, self._loaded_ns = sources, compiled, None, self._clock()
        log.info(
            "policies_loaded", bundle=compiled.hash[:12], files=len(sources), warnings=len(compiled.warnings)
        )
        self._control.set_bundle(compiled.hash)
        self._hub.publish("fleet.updated", "{}")

    def budgets_of(self, run: RunSummary, *, held_micro_usd: int) -> list[BudgetUse]:
        """The bundle's run budgets, and how much of them this run has used."""
        found: list[BudgetUse] = []
        used = {
            "micro_usd": round((run.cost_usd or 0) * MICRO),
            "tokens": run.tokens_in + run.tokens_out,
            "calls": run.model_calls + run.tool_calls,
        }
        for budget in self._compiled.budgets:
            for unit, limit in budget.limits if budget.scope == "run" else ():
                held = held_micro_usd if unit == "micro_usd" else 0
                money = unit == "micro_usd"
                numbers = (limit, used[unit], held)
                limit_, used_, held_ = (usd(n) or 0.0 for n in numbers) if money else map(float, numbers)
                shown = "usd" if money else unit
                found.append(BudgetUse(scope="run", unit=shown, limit=limit_, used=used_, held=held_))
        return found

    def _refuse(self, error: Misconfigured) -> None:
        """Keep what is in force, and say everywhere that the files are not."""
        if self._error is not None and self._error.message == error.message:
            return
        place = error if isinstance(error, PolicySyntaxError) else None
        self._error = PolicyFault(
            message=error.message,
            path=place.path if place else str(self.folder),
            line=place.line if place else 0,
            column=place.column if place else 0,
            at=at(self._clock()),
        )
        log.error("policies_refused", error=error.message, in_force=self._compiled.hash[:12])
        self._hub.publish("policy.error", self._error.model_dump_json())


def seed(folder: Path) -> None:
    """Put the starter pack into a folder that does not exist yet."""
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / STARTER.name).write_text(STARTER.text)


def read_sources(folder: Path) -> tuple[Source, ...]:
    """Every policy file of a folder, by name; or the one file itself.

    Raises:
        Misconfigured: the folder or a file cannot be read, or there is too much of it.
    """
    try:
        paths = [folder] if folder.is_file() else _files(folder, tests=False)
        if not folder.exists():
            raise Misconfigured(f"there is no policy folder {folder}", hint="Name one with --policies.")
        if len(paths) > FILES_MAX:
            raise Misconfigured(f"{folder} holds over {FILES_MAX} policy files")
        return tuple(_read(path, folder) for path in paths)
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{folder} cannot be read: {error}") from error


def read_tests(folder: Path) -> tuple[Source, ...]:
    """Every file of tests that stands beside the policies of a folder.

    Raises:
        Misconfigured: one cannot be read, or there is too much of it.
    """
    try:
        return tuple(_read(path, folder) for path in _files(folder, tests=True)) if folder.is_dir() else ()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{folder} cannot be read: {error}") from error


def _files(folder: Path, *, tests: bool) -> list[Path]:
    """The policies of a folder, or the tests beside them; what is hidden is left out."""
    found = (p for p in folder.rglob("*") if p.suffix in KINDS and not p.name.startswith("."))
    return sorted(path for path in found if is_trial_file(path.name) is tests)[: FILES_MAX + 1]


def _read(path: Path, folder: Path) -> Source:
    if path.stat().st_size > BYTES_MAX:
        raise Misconfigured(f"{path} is over {BYTES_MAX} bytes")
    name = path.name if path == folder else str(path.relative_to(folder))
    kind = "cedar" if KINDS[path.suffix] == "cedar" else "yaml"
    return Source(name, path.read_text(encoding="utf-8"), kind)


def _fingerprint(sources: tuple[Source, ...]) -> str:
    return hashlib.sha256(msgspec.json.encode(sources)).hexdigest()
