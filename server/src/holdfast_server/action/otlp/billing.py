"""Which spans are counted and cost money: each call once, however often it is reported.

```text
a model call below it was counted     → wrapper      its usage is reported, not billed
another report of one call was seen   → duplicate    linked by `same_as`, not billed
nothing of the kind                   → once         billed and priced
```

Children end, and so arrive, before their parents: it is enough to remember which spans stand above a counted
one. Two reports of one call are known by the provider's id of the answer, or else by what they say alike;
tool calls by the id under which they were asked for, or by name and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from holdfast_server.action.otlp.inheriting import inherit
from holdfast_server.action.otlp.reports import Reports, ToolReports
from holdfast_server.kit.recent import Recent
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.pricing import PriceOf
from holdfast_server.record.spans.span import Span

REMEMBERED: Final = 50_000
NS_PER_MINUTE: Final = 60 * NS_PER_S
TIERS: Final = (
    *(
        "openai.response.service_tier",
        "gen_ai.openai.response.service_tier",
        "anthropic.response.service_tier",
    ),
    *("gen_ai.response.service_tier", "aws.bedrock.service_tier"),
)
"""Attributes that say how a call was asked for, where that has a price of its own."""
USUAL: Final = frozenset({"", "auto", "default", "standard", "on_demand", "on-demand"})


class Pricer:
    """Marks what is counted and billed, and prices what has no price yet; one for all spans that arrive."""

    def __init__(self, price: PriceOf) -> None:
        self._price = price
        self._above: Recent[tuple[str, str], bool] = Recent(REMEMBERED)
        self._models = Reports()
        self._tools = ToolReports()

    def bill(self, spans: Iterable[Span]) -> Iterator[Span]:
        """The same spans, oldest end first, each with what is to be counted of it."""
        batch = sorted(inherit(list(spans)), key=_in_order)
        for span in batch:
            if span.run and span.step_kind == "model":
                # What the guard reports is believed before what others saw of the same call.
                self._models.remember(span)
        for span in batch:
            wrapper = self._above.get((span.trace_id, span.span_id)) is not None
            if wrapper or span.step_kind == "model":
                found = self._model(span, wrapper=wrapper)
                if span.parent_id and found.same_as != span.parent_id:
                    self._above.add((span.trace_id, span.parent_id), True)
                yield found
            elif span.step_kind == "tool":
                yield self._tool(span)
            elif span.usage:
                yield msgspec.structs.replace(span, counted="wrapper")
            else:
                yield span

    def _model(self, span: Span, *, wrapper: bool) -> Span:
        """A model call, or what stands above one."""
        if span.step_kind == "tool":
            return self._tool(span)
        if span.step_kind != "model":
            return msgspec.structs.replace(span, counted="wrapper") if span.usage else span
        calls = self._tools.ask(span, only_named=wrapper)
        if wrapper or _opens_stream(span):
            return msgspec.structs.replace(span, counted="wrapper", tool_calls=calls)
        same_as = self._models.find(span)
        if same_as:
            return msgspec.structs.replace(span, counted="duplicate", same_as=same_as, tool_calls=calls)
        if not span.run:
            self._models.remember(span)
        return self._priced(span, calls)

    def _tool(self, span: Span) -> Span:
        same_as, calls = self._tools.run(span)
        return msgspec.structs.replace(
            span, counted="duplicate" if same_as else "once", same_as=same_as, tool_calls=calls
        )

    def _priced(self, span: Span, calls: int) -> Span:
        if span.cost_micro_usd is not None or not span.usage:
            return msgspec.structs.replace(span, billed=True, counted="once", tool_calls=calls)
        on, tier = _minute(span.end_ns // NS_PER_MINUTE), _tier(span)
        cost, note = self._price(span.provider, span.model, span.usage, on=on, tier=tier)
        return msgspec.structs.replace(
            span,
            billed=True,
            counted="once",
            tool_calls=calls,
            cost_micro_usd=cost,
            price=msgspec.json.encode(note).decode(),
        )


@lru_cache(maxsize=1024)
def _minute(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).isoformat(timespec="minutes")


def _tier(span: Span) -> str:
    tier = next((span.attributes[name].lower() for name in TIERS if name in span.attributes), "")
    return "" if tier in USUAL else tier


def _in_order(span: Span) -> tuple[int, int]:
    """By end; of two that end at once the inner one, which began later."""
    return span.end_ns, -span.start_ns


def _opens_stream(span: Span) -> bool:
    """Logfire reports a stream twice: a span that opens it, and a record with the answer when it ends."""
    return span.scope.startswith("logfire.") and not (span.usage or span.output or span.status == "error")
