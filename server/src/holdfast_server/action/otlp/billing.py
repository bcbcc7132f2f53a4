"""Which spans cost money: leaf provider calls, each once; a wrapper that repeats its child's usage does not.

Children end, and so arrive, before their parents. So it is enough to remember which spans stand above a
billed one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from holdfast_server.record.pricing import PriceOf
from holdfast_server.record.spans.span import Span

REMEMBERED: Final = 100_000


class Pricer:
    """Marks billed spans and prices those without a price."""

    def __init__(self, price: PriceOf) -> None:
        self._price = price
        self._above: OrderedDict[tuple[str, str], None] = OrderedDict()

    def bill(self, spans: Iterable[Span]) -> Iterator[Span]:
        """The same spans, oldest end first, with `billed` and a price where one is known."""
        for span in sorted(spans, key=lambda span: span.end_ns):
            wrapper = (span.trace_id, span.span_id) in self._above
            leaf = span.step_kind == "model" and not wrapper
            if wrapper or leaf:
                self._remember(span.trace_id, span.parent_id)
            yield self._priced(span) if leaf else span

    def _priced(self, span: Span) -> Span:
        if span.cost_micro_usd is not None or not span.usage:
            return msgspec.structs.replace(span, billed=True)
        cost, note = self._price(span.provider, span.model, span.usage)
        return msgspec.structs.replace(
            span, billed=True, cost_micro_usd=cost, price=msgspec.json.encode(note).decode()
        )

    def _remember(self, trace: str, parent: str) -> None:
        if parent:
            self._above[trace, parent] = None
            if len(self._above) > REMEMBERED:
                self._above.popitem(last=False)
