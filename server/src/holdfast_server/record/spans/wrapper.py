"""A span above a call: what it reports of the call is shown, and not billed."""

from __future__ import annotations

from typing import Final

import msgspec

from holdfast_server.record.spans.span import Span

ABOVE_MAX: Final = 64
"""So many spans above a call are looked at; a circle of parents ends there, too."""


def as_wrapper(span: Span) -> Span:
    """A span that was taken for a call: its usage is reported, and not billed."""
    # Tool calls that have no id were counted here and are counted again where they were really asked for.
    unnamed = sum(said.startswith(f"{name}#") for said, name in span.calls.items())
    cost = None if span.price else span.cost_micro_usd
    calls = max(0, span.tool_calls - unnamed)
    return msgspec.structs.replace(
        span, counted="wrapper", billed=False, tool_calls=calls, cost_micro_usd=cost, price=""
    )
