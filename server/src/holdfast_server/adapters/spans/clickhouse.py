"""Spans in ClickHouse: embedded as chDB in the data folder, or a server; one dialect, two transports.

The library is imported when the store opens, in a thread: it takes a quarter of a second and 300 MB, and a
deployment on a server need not have chDB at all. One process may hold one chDB path, opened once:
docs/adr/0008-chdb.md.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, TypeVar, cast

import msgspec

from holdfast_server.adapters.spans.upkeep import LATE_DAYS, Upkeep, when_to_index
from holdfast_server.errors import Misconfigured, Unavailable
from holdfast_server.record.spans.bare import BareSpans, read_columns
from holdfast_server.record.spans.log import LOG_COLUMNS, Log
from holdfast_server.record.spans.rows import SPAN_COLUMNS, VERSION, log_rows, span_rows
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import EXAMPLE_MAX, SURVEYED, Sighting, Strange

if TYPE_CHECKING:
    from clickhouse_connect.driver.query import QueryResult

    class Client(Protocol):
        """What is used of clickhouse-connect's client; its own types are partly unknown."""

        def query(
            self, query: str, parameters: dict[str, Any] | None = None, settings: dict[str, Any] | None = None
        ) -> QueryResult: ...
        def command(self, cmd: str) -> object: ...
        def insert(
            self,
            table: str,
            data: Sequence[Sequence[Any]],
            column_names: Sequence[str],
            *,
            column_oriented: bool = False,
            settings: dict[str, Any] | None = None,
        ) -> object: ...
        def raw_insert(
            self,
            table: str,
            column_names: Sequence[str],
            insert_block: bytes | BinaryIO,
            settings: dict[str, Any] | None = None,
            fmt: str | None = None,
        ) -> object: ...
        def close(self) -> None: ...


T = TypeVar("T")

READERS: Final = 4
PAGE_MAX: Final = 1_000
"""Up to so many spans are looked for by their place first: reading all the content of a trace of 50,000 for
a page of it took four times as long."""
MINUTE_NS: Final = 60_000_000_000
"""Rows stand in the order of their minutes."""
QUERY_S_MAX: Final = 20
MEMORY_BYTES_MAX: Final = 2_000_000_000
COLUMNS: Final = SPAN_COLUMNS
ROWS: Final = "MsgPack"
"""The engine's name for the format of `record/spans/rows.py`."""
INSERT: Final = {
    # The same batch again is nothing new, neither here nor in what is derived from it.
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    # A sender with a wrong clock must not stop everybody's block.
    "max_partitions_per_insert_block": 0,
    # Reads take the newest version; looking for older ones in the block itself took a sixth of the time.
    "optimize_on_insert": 0,
}
NOTHING: Final[Mapping[str, Any]] = {}
_SELECTED: Final = ", ".join(COLUMNS)
_NEWEST: Final = "ORDER BY start_ns, span_id, version DESC LIMIT 1 BY trace_id, span_id"


LIMITS: Final = {"max_execution_time": QUERY_S_MAX, "max_memory_usage": MEMORY_BYTES_MAX}
_SURVEY: Final = """
SELECT step_kind, if(target != '', target, model) AS what, if(agent != '', agent, service) AS who,
       count() AS calls, max(end_ns) AS last_ns
FROM {table}
WHERE start_ns >= {{since:UInt64}} AND run = '' AND step_kind IN {{kinds:Array(String)}}
  AND (step_kind != 'model' OR billed)
  AND trace_id NOT IN (SELECT trace_id FROM {table} WHERE start_ns >= {{since:UInt64}} AND run != '')
GROUP BY step_kind, what, who ORDER BY calls DESC, step_kind, what, who LIMIT {{most:UInt32}}
"""
_OUTLINE: Final = """
SELECT span_id, parent_id, start_ns, end_ns, step_kind, name, target, if(agent != '', agent, service),
       status = 'error', tokens_in, tokens_out, if(billed, cost_micro_usd, NULL),
       billed AND cost_micro_usd IS NULL{digest}
FROM {table} WHERE trace_id = {{trace:String}} {newest} LIMIT {{most:UInt32}}
"""


_STRANGE: Final = """
SELECT name, uniq(trace_id, span_id) AS spans, max(end_ns) AS last_ns, argMax(scope, start_ns) AS scope_of,
       argMax(substring(attributes[name], 1, {{long:UInt32}}), start_ns) AS example
FROM {table} ARRAY JOIN not_understood AS name
WHERE start_ns >= {{since:UInt64}}
GROUP BY name ORDER BY spans DESC, name LIMIT {{most:UInt32}}
"""


class ClickHouseSpans:
    """Keeps spans in one database of one engine."""

    def __init__(self, dsn: str, *, database: str = "holdfast") -> None:
        self._dsn, self._embedded = dsn, dsn.startswith("chdb:")
        self.database = database
        self._table = f"{database}.spans"
        self._own = threading.local()
        self._clients: list[Client] = []
        self._writer = ThreadPoolExecutor(1, "spans-write")
        self._readers = ThreadPoolExecutor(READERS, "spans-read")
        self._opening: Future[None] | None = None
        # A server of its own has cores of its own for it.
        self._upkeep = Upkeep(self._table, holds_merges=self._embedded)

    def begin(self) -> None:
        """Begin to open, in a thread: whoever has other things to do meanwhile calls this first."""
        self._opening = self._writer.submit(self._migrate)

    async def open(self) -> None:
        """Connect and bring the schema up to date."""
        begun, self._opening = self._opening, None
        # What was begun is only tried once; who opens again after a failure begins anew.
        await self._run(self._writer, begun.result if begun else self._migrate)

    async def write(self, batch: Sequence[Span], *, token: str) -> None:
        """Store a batch as one block."""
        if batch:
            rows = span_rows(batch, time.time_ns())
            await self._run(self._writer, lambda: self._store(COLUMNS, rows, len(batch), token))

    async def write_rows(self, rows: Path, count: int, *, columns: Sequence[str], token: str) -> None:
        """Store a file of rows as one block; nothing of it passes through Python."""
        await self._run(self._writer, lambda: self._store(columns, rows, count, token))

    async def write_logs(self, batch: Sequence[Log], *, token: str) -> None:
        """Store log records as one block."""
        if batch:
            rows = log_rows(batch)
            await self._run(self._writer, lambda: self._insert("logs", LOG_COLUMNS, rows, token))

    async def rest(self) -> None:
        """Index what is not yet, and let blocks be merged."""
        await self._run(self._writer, self._rest)

    async def list_logs(self, trace_id: str, *, span_id: str = "", limit: int) -> Sequence[Log]:
        """What was said in a trace, in its order."""
        where = "trace_id = {trace:String}" + (" AND span_id = {span:String}" if span_id else "")
        named = ", ".join(LOG_COLUMNS)
        sql = f"SELECT {named} FROM {self.database}.logs WHERE {where} ORDER BY at_ns LIMIT {limit:d}"  # noqa: S608  # constants and bound parameters only
        parameters = {"trace": trace_id, "span": span_id}
        rows = await self._run(
            self._readers,
            lambda: self._client().query(sql, parameters=parameters, settings=LIMITS).result_rows,
        )
        return [Log(*row) for row in rows]

    async def list_trace(
        self, trace_id: str, *, after: tuple[int, str] | None = None, limit: int
    ) -> Sequence[Span]:
        """A trace's spans in the order they began: where those of a page stand, and then only these."""
        where = "trace_id = {trace:String}"
        if after:
            where += " AND (start_ns, span_id) > ({start:UInt64}, {span:String})"
        start, span = after or (0, "")
        asked = {"trace": trace_id, "start": start, "span": span}
        if limit > PAGE_MAX:
            return await self._select(where, **asked, limit=limit)
        sql = f"SELECT start_ns, span_id FROM {self._table} WHERE {where} {_NEWEST} LIMIT {limit:d}"  # noqa: S608  # constants and bound parameters only
        spots = await self.query(sql, asked)
        minutes = sorted({start // MINUTE_NS for start, _ in spots})
        where += f" AND intDiv(start_ns, {MINUTE_NS}) IN {{minutes:Array(UInt64)}}"
        where += " AND span_id IN {ids:Array(String)}"
        ids = [span for _, span in spots]
        return await self._select(where, **asked, minutes=minutes, ids=ids, limit=limit) if spots else []

    async def outline(self, trace_id: str, *, limit: int, digests: bool = False) -> BareSpans:
        """A trace's spans without their content."""
        sql = _OUTLINE.format(
            table=self._table, digest=", cityHash64(input)" if digests else "", newest=_NEWEST
        )
        parameters = {"trace": trace_id, "most": limit}
        columns = await self._run(
            self._readers,
            lambda: self._client().query(sql, parameters=parameters, settings=LIMITS).result_columns,
        )
        return read_columns(columns)

    async def list_some(self, trace_id: str, span_ids: Sequence[str]) -> Sequence[Span]:
        """Those of a trace's spans that have these ids."""
        where = "trace_id = {trace:String} AND span_id IN {ids:Array(String)}"
        return await self._select(where, trace=trace_id, ids=list(span_ids), limit=len(span_ids))

    async def find(self, span_id: str, *, trace_id: str = "") -> Span | None:
        """The newest span of this id."""
        where = "span_id = {span:String}" + (" AND trace_id = {trace:String}" if trace_id else "")
        found = await self._select(where, span=span_id, trace=trace_id, limit=100)
        return found[-1] if found else None

    async def list_conversation(self, trace_id: str, *, limit: int) -> Sequence[Span]:
        """A trace's model calls that carry messages."""
        where = "trace_id = {trace:String} AND step_kind = 'model' AND (input != '' OR output != '')"
        return await self._select(where, trace=trace_id, limit=limit)

    async def survey(self, since_ns: int, *, limit: int) -> Sequence[Sighting]:
        """What was done in traces in which no guard works."""
        sql = _SURVEY.format(table=self._table)
        parameters = {"since": since_ns, "kinds": list(SURVEYED), "most": limit}
        rows = await self._run(
            self._readers,
            lambda: self._client().query(sql, parameters=parameters, settings=LIMITS).result_rows,
        )
        return [Sighting(*row) for row in rows]

    async def list_strange(self, since_ns: int, *, limit: int) -> Sequence[Strange]:
        """Attributes that no dialect's table lists."""
        sql = _STRANGE.format(table=self._table)
        parameters = {"since": since_ns, "most": limit, "long": EXAMPLE_MAX}
        rows = await self._run(
            self._readers,
            lambda: self._client().query(sql, parameters=parameters, settings=LIMITS).result_rows,
        )
        return [Strange(*row) for row in rows]

    async def query(
        self, sql: str, parameters: Mapping[str, Any], settings: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Any]]:
        """The rows of a statement; `{spans}` in it is the table, and every value is bound."""
        bound = sql.replace("{spans}", self._table)
        limits = {**LIMITS, **(settings or {})}
        return await self._run(
            self._readers,
            lambda: self._client().query(bound, parameters=dict(parameters), settings=limits).result_rows,
        )

    async def command(self, sql: str) -> None:
        """Change the schema or whole partitions, in turn with what is written."""
        await self._run(self._writer, lambda: self._client().command(sql))

    async def close(self) -> None:
        """Let every client and thread go; twice is the same as once."""
        await asyncio.to_thread(self._writer.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        while self._clients:
            self._clients.pop().close()

    async def _select(self, where: str, *, limit: int, **parameters: Any) -> list[Span]:
        sql = f"SELECT {_SELECTED} FROM {self._table} WHERE {where} {_NEWEST} LIMIT {limit:d}"  # noqa: S608  # constants and bound parameters only
        rows = await self._run(
            self._readers,
            lambda: self._client().query(sql, parameters=parameters, settings=LIMITS).result_rows,
        )
        return [read_span(row) for row in rows]

    def _store(self, columns: Sequence[str], rows: bytes | Path, count: int, token: str) -> None:
        self._command(self._upkeep.before(count))
        self._insert("spans", (*columns, VERSION), rows, token, when_to_index(count))

    def _rest(self) -> None:
        self._command(self._upkeep.let_merge())
        if self._upkeep.is_late():
            days = self._client().query(LATE_DAYS, parameters={"database": self.database}).result_rows
            self._command(self._upkeep.index([day for (day,) in days]))

    def _command(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self._client().command(statement)

    def _insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: bytes | Path,
        token: str,
        more: Mapping[str, Any] = NOTHING,
    ) -> None:
        settings = {**INSERT, **more, "insert_deduplication_token": token}
        into = f"{self.database}.{table}"
        if isinstance(rows, bytes):
            self._client().raw_insert(into, columns, rows, settings=settings, fmt=ROWS)
        elif self._embedded:
            self._client().command(_insert_file(into, columns, rows, settings))
        else:
            with rows.open("rb") as file:
                self._client().raw_insert(into, columns, file, settings=settings, fmt=ROWS)

    def _migrate(self) -> None:
        client = self._client()
        client.command(f"CREATE DATABASE IF NOT EXISTS {self.database}")
        done = f"{self.database}.migrations"
        client.command(f"CREATE TABLE IF NOT EXISTS {done} (name String) ENGINE = MergeTree ORDER BY name")
        known = {row[0] for row in client.query(f"SELECT name FROM {done}").result_rows}  # noqa: S608  # our own name
        for name, sql in _migrations():
            if name not in known:
                client.command(sql.replace("{database}", self.database))
                client.insert(done, [[name]], column_names=["name"])
        self._command(self._upkeep.let_merge())

    def _client(self) -> Client:
        """This thread's client: one serialises its own calls."""
        client: Client | None = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = _connect(self._dsn)
            self._clients.append(client)
        return client

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except (Misconfigured, Unavailable):
            raise
        except Exception as error:
            raise Unavailable(f"the span store failed: {_first_line(error)}") from error


def _insert_file(into: str, columns: Sequence[str], rows: Path, settings: Mapping[str, Any]) -> str:
    """A statement by which the engine in this process reads a file where it lies: clients copy it first."""
    said = ", ".join(f"{name} = {_quote(value)}" for name, value in settings.items())
    return (
        f"INSERT INTO {into} ({', '.join(columns)}) FROM INFILE {_quote(rows)} SETTINGS {said} FORMAT {ROWS}"
    )


def _quote(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _connect(dsn: str) -> Client:
    try:
        import clickhouse_connect
        import clickhouse_connect.driver.options
    except ImportError as error:  # pragma: no cover
        raise Misconfigured(f"the span store cannot be loaded: {error}", hint="Install chdb.") from error
    # It would import pandas, a second and 100 MB, to ask whether a list is a data frame.
    optional = cast("dict[str, object]", vars(clickhouse_connect.driver.options))
    optional.update(pd=None, pd_time_test=None)
    options: dict[str, Any] = {} if dsn.startswith("chdb:") else {"autogenerate_session_id": False}
    made = clickhouse_connect.get_client(dsn=dsn, **options)  # pyright: ignore[reportUnknownMemberType]  # its **kwargs
    return cast("Client", made)


def _migrations() -> list[tuple[str, str]]:
    folder = files("holdfast_server.migrations") / "spans"
    found = [(item.name, item.read_text()) for item in folder.iterdir() if item.name.endswith(".sql")]
    return sorted(found)


def read_span(row: Sequence[Any]) -> Span:
    """A row of `COLUMNS` as a value."""
    return msgspec.convert(dict(zip(COLUMNS, row, strict=True)), Span)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:500]
