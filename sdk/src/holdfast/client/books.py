"""The books of a machine without a server: what was used of its budgets outlives the process that used it.

Processes that share a data folder share its budgets: they lease parts from one SQLite file, by the rules of
the server. It is opened for each exchange, which is seldom, so that there is nothing to close.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from holdfast.client.lender import Lent
from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.budgets.bank import expire
from holdfast.decision.budgets.exchange import AccountRow, Ask, Borrower, Exchange, LeaseRow, settle
from holdfast.record import decode_leaf
from holdfast.record.ledger import LEDGERS, Reader, is_locked
from holdfast.record.tally import tally

if TYPE_CHECKING:
    import sqlite3

FILE: Final = "budgets.db"
TTL_S: Final = 60.0
NS_PER_S: Final = 1_000_000_000
BUSY_S: Final = 5.0
KEPT_NS: Final = 400 * 86_400 * NS_PER_S
PAGE: Final = 2_000
NAMES: Final[Mapping[type, str]] = {AccountRow: "accounts", LeaseRow: "leases"}
"""The table of each kind of row."""
Row = TypeVar("Row", AccountRow, LeaseRow)
OUT: Final = ("open", "expired")

_log = logging.getLogger("holdfast")
_turn = threading.Lock()
if hasattr(os, "register_at_fork"):
    # SQLite has locks of its own; a child that is forked while another thread holds one would wait for ever.
    os.register_at_fork(before=_turn.acquire, after_in_parent=_turn.release, after_in_child=_turn.release)


class Books:
    """Leases parts of the budgets that the policies of this machine set."""

    def __init__(self, data: Path, terms: Callable[[], Iterable[BudgetTerms]]) -> None:
        """Name them; nothing is opened before something is asked.

        Args:
            data: the data folder.
            terms: the budgets in force, asked for with every exchange.
        """
        self._data, self._terms = data, terms
        self._looked = False

    def exchange(self, borrower: Borrower, asks: Sequence[Ask]) -> Lent | None:
        """Take in what was used, and lease what is needed: of every account, or of none."""
        try:
            with _turn, self._open() as books:
                if not self._looked:
                    self._settle_the_dead(books, borrower.log)
                    self._looked = True
                return self._exchange(books, borrower, asks)
        except Exception as error:  # noqa: BLE001  # a full disk, a damaged file: nobody can be asked now
            _log.warning("holdfast: the budgets in %s cannot be kept: %s", self._data / FILE, error)
            return None

    def _exchange(self, books: sqlite3.Connection, borrower: Borrower, asks: Sequence[Ask]) -> Lent:
        now = time.time_ns()
        self._expire(books, now)
        exchange = Exchange(
            borrower, asks, {one.id: one for one in self._terms()},
            now_ns=now, expires_ns=now + int(TTL_S * NS_PER_S), new_id=lambda: f"lea_{os.urandom(8).hex()}",
        )  # fmt: skip
        named = _load(books, LeaseRow, "id", exchange.lease_ids)
        wanted = {row.id: row for row in exchange.accounts(named)}
        accounts = wanted | {row.id: row for row in _load(books, AccountRow, "id", wanted)}
        out = [row for row in _load(books, LeaseRow, "account", accounts) if row.state == "open"]
        answers = exchange.run(accounts, named, out)
        _save(books, exchange.changed_accounts)
        _save(books, exchange.changed_leases)
        return Lent(answers, TTL_S)

    def _expire(self, books: sqlite3.Connection, now: int) -> None:
        """Leases nobody renewed: what they hold counts as used until it is proved what became of it."""
        due = [lease for lease in _load(books, LeaseRow, "state", ["open"]) if lease.expires_ns <= now]
        for lease in due:
            expire(lease)
        _save(books, due)
        books.execute("DELETE FROM leases WHERE state = 'closed'")
        books.execute("DELETE FROM accounts WHERE end_ns < ?", (now - KEPT_NS,))

    def _settle_the_dead(self, books: sqlite3.Connection, own: str) -> None:
        """What processes held that are gone, by what their ledgers prove they used."""
        out = [lease for lease in _load(books, LeaseRow, "state", OUT) if lease.log not in {own, ""}]
        for log in {lease.log for lease in out}:
            folder = self._data / LEDGERS / log
            if folder.is_dir() and not is_locked(folder):
                self._settle(books, folder, [lease for lease in out if lease.log == log])

    def _settle(self, books: sqlite3.Connection, folder: Path, leases: Sequence[LeaseRow]) -> None:
        units = {one.id: one.unit for one in self._terms()}
        known = {lease.id: units[lease.budget] for lease in leases if lease.budget in units}
        used = tally(map(decode_leaf, _leaves(folder)), known)
        accounts = {row.id: row for row in _load(books, AccountRow, "id", {one.account for one in leases})}
        for lease in leases:
            if lease.id in used and lease.account in accounts:
                settle(accounts[lease.account], lease, used[lease.id])
        _save(books, [*accounts.values(), *leases])

    @contextlib.contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        """One transaction that may write; processes take turns."""
        import sqlite3

        self._data.mkdir(parents=True, exist_ok=True)
        books = sqlite3.connect(self._data / FILE, timeout=BUSY_S, isolation_level=None)
        try:
            books.row_factory = sqlite3.Row
            books.execute("PRAGMA journal_mode=WAL")
            books.execute("PRAGMA synchronous=FULL")
            books.execute("BEGIN IMMEDIATE")
            for kind, name in NAMES.items():
                books.execute(_table(name, kind))
            yield books
            books.execute("COMMIT")
        except BaseException:
            if books.in_transaction:
                books.execute("ROLLBACK")
            raise
        finally:
            books.close()


def _leaves(folder: Path) -> Iterable[bytes]:
    reader, start = Reader(folder), 0
    while page := reader.records(start, PAGE):
        yield from (leaf for _, leaf in page)
        start = page[-1][0] + 1


def _table(name: str, kind: type[msgspec.Struct]) -> str:
    columns = (
        f"{field.name} {'TEXT' if isinstance(field.default, str) else 'INTEGER'} NOT NULL"
        for field in msgspec.structs.fields(kind)
    )
    return f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(columns)}, PRIMARY KEY (id))"


def _load(books: sqlite3.Connection, kind: type[Row], column: str, values: Iterable[Any]) -> list[Row]:
    """The rows in which a column holds one of these values."""
    wanted = list(values)
    marks = ", ".join("?" * len(wanted))
    query = f"SELECT * FROM {NAMES[kind]} WHERE {column} IN ({marks})"  # noqa: S608  # names of our own
    return [kind(**row) for row in books.execute(query, wanted)]


def _save(books: sqlite3.Connection, rows: Iterable[AccountRow | LeaseRow]) -> None:
    """Keep rows; what they replace is gone."""
    for row in rows:
        said = msgspec.structs.asdict(row)
        names, marks = ", ".join(said), ", ".join("?" * len(said))
        query = f"INSERT OR REPLACE INTO {NAMES[type(row)]} ({names}) VALUES ({marks})"  # noqa: S608  # as above
        books.execute(query, list(said.values()))
