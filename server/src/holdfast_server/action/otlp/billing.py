"""Which spans are counted and cost money: each call once, however often it is reported.

```text
a model call below it was counted     → wrapper      its usage is reported, not billed
another report of one call was seen   → duplicate    linked by `same_as`, not billed
nothing of the kind                   → once         billed and priced
```

Children end, and so mostly arrive, before their parents. A parent that came first was taken for a call: when
a call below it comes it is one no more, here and, by `record/runs/taking_back.py`, in what was counted of it.
Two reports of one call are known by the provider's id of the answer, or else by what they say alike, and tool
calls by the id under which they were asked for, or by name and time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from holdfast_server.action.otlp.inheriting import inherit
from holdfast_server.action.otlp.reports import Report, Reports, ToolReports
from holdfast_server.kit.recent import Recent
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.pricing import PriceOf
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.wrapper import ABOVE_MAX, as_wrapper

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


class Place(msgspec.Struct, gc=False):
    """A span, or one that only those below it have told of."""

    parent: str = ""
    above: bool = False
    """Whether a call below it is counted."""
    report: Report | None = None
    """What is remembered of it while it is counted as a call."""

    @property
    def stays(self) -> bool:
        """Whether it is counted, and another report was found to be of it."""
        return self.report is not None and self.report.claimed

    @property
    def gives_way(self) -> bool:
        """Whether it is counted, and is no more as soon as a call below it comes."""
        return self.report is not None and not self.report.claimed


class Pricer:
    """Marks what is counted and billed, and prices what has no price yet; one for all spans that arrive."""

    def __init__(self, price: PriceOf) -> None:
        self._price = price
        self._places: Recent[tuple[str, str], Place] = Recent(REMEMBERED)
        self._models = Reports()
        self._tools = ToolReports()
        self._wrong: set[tuple[str, str]] = set()
        """Spans that were counted as calls and are none."""

    def bill(self, spans: Iterable[Span]) -> list[Span]:
        """The same spans, oldest end first, each with what is to be counted of it."""
        batch = sorted(inherit(list(spans)), key=_in_order)
        for span in batch:
            if span.run and span.step_kind == "model":
                # What the guard reports is believed before what others saw of the same call.
                self._models.remember(span)
        billed = [self._bill(span) for span in batch]
        wrong, self._wrong = self._wrong, set()
        if not wrong:
            return billed
        return [
            as_wrapper(span) if span.billed and (span.trace_id, span.span_id) in wrong else span
            for span in billed
        ]

    def _bill(self, span: Span) -> Span:
        place = self._place(span)
        if place.above or span.step_kind == "model":
            found = self._model(span, place)
            self._rise(found)
            return found
        if span.step_kind == "tool":
            return self._tool(span)
        return msgspec.structs.replace(span, counted="wrapper") if span.usage else span

    def _place(self, span: Span) -> Place:
        key = (span.trace_id, span.span_id)
        place = self._places.get(key)
        if place is None:
            place = Place(span.parent_id)
            self._places.add(key, place)
        place.parent = span.parent_id
        return place

    def _above(self, span: Span) -> list[tuple[str, Place]]:
        """The spans above, the nearest first, as far as they are known; none where they form a circle."""
        found: list[tuple[str, Place]] = []
        parent = span.parent_id
        while parent and len(found) < ABOVE_MAX:
            if parent == span.span_id:
                return []
            place = self._places.get((span.trace_id, parent))
            if place is None:
                break
            found.append((parent, place))
            parent = place.parent
        return found

    def _rise(self, span: Span) -> None:
        """Say of what stands above a call that it is none itself."""
        above = self._above(span)
        for name, place in above:
            if name == span.same_as:
                return
            if place.stays:
                continue
            if place.report is not None:
                place.report.gone, place.report = True, None
                self._wrong.add((span.trace_id, name))
            place.above = True
        top = above[-1][1].parent if above else span.parent_id
        if top and top != span.same_as and (span.trace_id, top) not in self._places:
            self._places.add((span.trace_id, top), Place(above=True))

    def _model(self, span: Span, place: Place) -> Span:
        """A model call, or what stands above one."""
        if span.step_kind == "tool":
            return self._tool(span)
        if span.step_kind != "model":
            return msgspec.structs.replace(span, counted="wrapper") if span.usage else span
        calls = self._tools.ask(span, only_named=place.above)
        if place.above or _opens_stream(span):
            return msgspec.structs.replace(span, counted="wrapper", tool_calls=calls)
        # Inside of one that was counted it is that call, more exactly, and none that is reported elsewhere.
        inside = any(above.gives_way for _, above in self._above(span))
        same_as = "" if inside else self._models.find(span)
        if same_as:
            return msgspec.structs.replace(span, counted="duplicate", same_as=same_as, tool_calls=calls)
        if not span.run:
            place.report = self._models.remember(span)
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
