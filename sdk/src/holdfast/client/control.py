"""Switches thrown elsewhere take effect here: kills as they are pushed, the lease when nothing is heard."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from holdfast.decision import Controls, Unattended
from holdfast.decision.budgets import BudgetTerms
from holdfast.record.ledger.files import write_durably

EVENT_BYTES_MAX: Final = 1024 * 1024
KILLS_MAX: Final = 10_000
_log = logging.getLogger(__name__)


class Kill(msgspec.Struct, frozen=True):
    """A kill as the server pushes it; what else it says of it is passed over."""

    id: str
    scope: str
    target: str
    at: str = ""
    lifted_at: str | None = None


class Kills(msgspec.Struct, frozen=True):
    """Every kill in force; replaces what was known before."""

    kills: tuple[Kill, ...]
    seq: int = 0


class Budgets(msgspec.Struct, frozen=True):
    """Every budget in force; replaces what was known before."""

    items: tuple[BudgetTerms, ...]
    seq: int = 0


class Event(NamedTuple):
    """One server-sent event."""

    name: str
    data: bytes


def read_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Cut a stream of server-sent events into events.

    Raises:
        ValueError: one of them is longer than a megabyte.
    """
    text, half = bytearray(), b""
    for chunk in chunks:
        # A carriage return may be the first half of a line end whose second half is still on its way.
        arrived = half + chunk
        half = arrived[-1:] if arrived.endswith(b"\r") else b""
        searched = max(0, len(text) - 1)
        text += arrived.removesuffix(b"\r").replace(b"\r\n", b"\n")
        while (end := text.find(b"\n\n", searched)) >= 0:
            event = _event(bytes(text[:end]))
            del text[: end + 2]
            searched = 0
            if event is not None:
                yield event
        if len(text) > EVENT_BYTES_MAX:
            raise ValueError("an event is too long")


def _event(block: bytes) -> Event | None:
    """Read one block; comments, ids and unknown fields are passed over."""
    name, data = "message", list[bytes]()
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            name = value.decode("utf-8", "replace")
        elif field == b"data":
            data.append(value)
    return Event(name, b"\n".join(data)) if data else None


class SwitchBoard:
    """What is in force now; reading it costs one attribute and a clock."""

    def __init__(self, cache: Path | None, *, lease_s: float | None, unattended: Unattended) -> None:
        """Begin with the kills known last: a restart while the server is away lifts none of them.

        Args:
            cache: the folder where they are kept.
            lease_s: for how long authority lasts after the last word from the server; None for always.
            unattended: what goes on after that.
        """
        self._path = cache / "kills.json" if cache else None
        self._budgets_path = cache / "budgets.json" if cache else None
        self._lease_s = lease_s
        self._lock = threading.Lock()
        self._seen: frozenset[str] = frozenset()
        self.budgets = self._recall_budgets() if lease_s is not None else None
        """The budgets that the server said there are; None before it ever said so."""
        known = self._recall()
        self._controls = Controls(_pairs(known), unattended=unattended)
        self._until = time.monotonic() + lease_s if lease_s is not None else float("inf")

    @property
    def controls(self) -> Controls:
        """The switches, with the lease as it is at this instant."""
        if time.monotonic() > self._until and self._controls.lease_ok:
            self._replace(lease_ok=False)
        return self._controls

    def heard(self) -> None:
        """The server spoke: the lease begins anew."""
        if self._lease_s is not None:
            self._until = time.monotonic() + self._lease_s
            if not self._controls.lease_ok:
                self._replace(lease_ok=True)

    def apply(self, kills: Kills) -> list[Kill]:
        """Put these kills in force, and no others; return those that are new."""
        standing = Kills(tuple(kill for kill in kills.kills[:KILLS_MAX] if kill.lifted_at is None))
        self._replace(kills=_pairs(standing))
        new = [kill for kill in standing.kills if kill.id not in self._seen]
        self._seen = frozenset(kill.id for kill in standing.kills)
        self._remember(standing)
        return new

    def set_budgets(self, said: bytes) -> bool:
        """Keep to these budgets from now on; whether they differ from those before."""
        try:
            budgets = msgspec.json.decode(said, type=Budgets)
        except msgspec.DecodeError as error:
            _log.warning("holdfast: the server sent budgets that cannot be read: %s", error)
            return False
        if budgets.items == self.budgets:
            return False
        self.budgets = budgets.items
        self._keep(self._budgets_path, said, "the budgets")
        return True

    def _recall_budgets(self) -> tuple[BudgetTerms, ...] | None:
        if self._budgets_path is None or not self._budgets_path.is_file():
            return None
        try:
            return msgspec.json.decode(self._budgets_path.read_bytes(), type=Budgets).items
        except (OSError, msgspec.DecodeError):
            _log.warning("holdfast: %s cannot be read; waiting for the server", self._budgets_path)
            return None

    def _replace(self, **changes: object) -> None:
        with self._lock:
            self._controls = msgspec.structs.replace(self._controls, **changes)

    def _recall(self) -> Kills:
        if self._path is None or not self._path.is_file():
            return Kills(())
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Kills)
        except (OSError, msgspec.DecodeError):
            _log.warning(
                "holdfast: %s cannot be read; waiting for the server to say what is killed", self._path
            )
            return Kills(())

    def _remember(self, kills: Kills) -> None:
        self._keep(self._path, msgspec.json.encode(kills), "the kills in force")

    def _keep(self, path: Path | None, content: bytes, what: str) -> None:
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, content)
        except OSError as error:
            _log.warning("holdfast: %s cannot be kept in %s: %s", what, path, error)


def _pairs(kills: Kills) -> frozenset[tuple[str, str]]:
    return frozenset((kill.scope, "*" if kill.scope == "org" else kill.target) for kill in kills.kills)
