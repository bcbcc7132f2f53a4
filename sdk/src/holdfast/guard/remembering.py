"""Labels through memory: a write keeps the labels of its session, a read brings them back in any later one.

What nobody is known to have written is untrusted. Labels of one entry only grow: who overwrites a part of it
does not make the rest clean. Keys are kept as digests, because they may name people.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from holdfast.action import Effect, Kind
from holdfast.decision import LABELS, UNTRUSTED
from holdfast.guard.step import Step

if TYPE_CHECKING:
    import sqlite3

ENTRIES_MAX: Final = 100_000
"""Entries whose labels are kept; those written longest ago are forgotten first, and read as untrusted."""
BUSY_S: Final = 2.0
TOOLS: Final = "tools"
"""Where the memory of all tools is: one tool writes, another one reads."""
_table: Final = "create table if not exists labels (entry blob unique not null, labels text not null)"
_trim: Final = "delete from labels where rowid <= (select max(rowid) from labels) - ?"

log = logging.getLogger("holdfast")


class Memories:
    """What is known of the memory that agents write to, for every process of a data folder."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None

    def of(self, step: Step) -> tuple[str, ...]:
        """Labels that a step which ran brings out of a memory; one that wrote leaves its session's there."""
        entry = _entry(step)
        if entry is None:
            return ()
        reads = _reads(step)
        try:
            with self._lock:
                kept = self._find(entry)
                if not reads:
                    self._keep(entry, {*(kept or ()), *step.run.session.labels})
        except Exception:
            # Telemetry aside, not knowing is never the same as clean.
            log.exception("holdfast: the labels of a memory could not be read or kept")
            kept = None
        return () if not reads else (UNTRUSTED,) if kept is None else kept

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    def _find(self, entry: bytes) -> tuple[str, ...] | None:
        found = self._database().execute("select labels from labels where entry = ?", (entry,)).fetchone()
        return None if found is None else tuple(json.loads(found[0]))

    def _keep(self, entry: bytes, labels: set[str]) -> None:
        with self._database() as database:
            text = json.dumps(sorted(labels))
            database.execute("insert or replace into labels values (?, ?)", (entry, text))
            database.execute(_trim, (ENTRIES_MAX,))

    def _database(self) -> sqlite3.Connection:
        if self._open is None:
            import sqlite3

            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._open = sqlite3.connect(self._file, timeout=BUSY_S, check_same_thread=False)
            self._open.execute("pragma journal_mode = wal")
            self._open.execute(_table)
        return self._open


def _entry(step: Step) -> bytes | None:
    action, contract = step.action, step.contract
    if action.kind is Kind.MEMORY and action.target != LABELS:
        place, key = action.target, step.arguments.get("key")
    elif contract is not None and contract.memory:
        place, key = TOOLS, step.arguments.get(contract.memory)
    else:
        return None
    return hashlib.sha256(json.dumps([place, _plain(key)], sort_keys=True).encode()).digest()


def _plain(key: Any) -> Any:
    return key.casefold().strip() if isinstance(key, str) else key


def _reads(step: Step) -> bool:
    if step.action.kind is Kind.MEMORY:
        return "value" not in step.arguments
    return step.action.effect is Effect.READ
