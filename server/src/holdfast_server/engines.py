"""Which engine keeps the spans: begun before anything else is imported, because it takes longest to open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast_server.adapters.spans.clickhouse import ClickHouseSpans
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.errors import Misconfigured
from holdfast_server.record.spans.store import SpanStore
from holdfast_server.settings import Settings

if TYPE_CHECKING:
    from holdfast_server.insight.search.engine import SpanSearch
    from holdfast_server.record.retention.days import SpanDays


def begin_span_store(settings: Settings) -> SpanStore:
    """The engine that the URL's scheme picks, on its way to being open; `open` waits for it.

    Raises:
        Misconfigured: no engine has this scheme.
    """
    url = settings.stores.spans
    scheme, _, rest = url.partition("://")
    match scheme:
        case "memory":
            return MemorySpans()
        case "chdb":
            folder = rest or str((settings.data / "spans").resolve())
            spans = ClickHouseSpans(f"chdb:///{folder.lstrip('/')}")
        case "clickhouse" | "clickhouses" | "http" | "https":
            spans = ClickHouseSpans(url)
        case _:
            raise Misconfigured(
                f"no engine keeps spans at {scheme}://",
                hint="Set stores.spans to chdb://, clickhouse://… or memory://.",
            )
    spans.begin()
    return spans


def days_of(spans: SpanStore) -> SpanDays:
    """What lets the days of this store go."""
    from holdfast_server.adapters.spans.days import ClickHouseDays, MemoryDays

    match spans:
        case ClickHouseSpans():
            return ClickHouseDays(spans)
        case MemorySpans():
            return MemoryDays(spans)
        case _:
            raise Misconfigured(f"nobody knows how to let days of {type(spans).__name__} go")


def search_of(spans: SpanStore) -> SpanSearch:
    """What searches the spans of this store; imported late, when the store is opening already."""
    from holdfast_server.adapters.spans.searching import ClickHouseSearch, MemorySearch

    match spans:
        case ClickHouseSpans():
            return ClickHouseSearch(spans)
        case MemorySpans():
            return MemorySearch(spans)
        case _:
            raise Misconfigured(f"nobody knows how to search {type(spans).__name__}")
