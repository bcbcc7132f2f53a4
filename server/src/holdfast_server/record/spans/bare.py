"""Spans with only what a drawing of their whole trace needs: columns, and not a word of content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from holdfast_server.record.spans.span import Span


class BareSpans(msgspec.Struct, frozen=True):
    """A trace's spans as columns of one length, in the order they began, then by id."""

    ids: Sequence[str] = ()
    parents: Sequence[str] = ()
    starts_ns: Sequence[int] = ()
    ends_ns: Sequence[int] = ()
    kinds: Sequence[str] = ()
    names: Sequence[str] = ()
    targets: Sequence[str] = ()
    agents: Sequence[str] = ()
    """The agent, or the service where no agent is named."""
    failed: Sequence[bool] = ()
    tokens_in: Sequence[int] = ()
    tokens_out: Sequence[int] = ()
    costs_micro_usd: Sequence[int | None] = ()
    """Null for what costs nothing, and for what nobody has a price of."""
    unpriced: Sequence[bool] = ()
    """True for a billed call that nobody has a price of."""
    digests: Sequence[int] = ()
    """Two spans of one engine with equal digests had the same input; empty unless asked for."""


BARE: Final[tuple[str, ...]] = tuple(BareSpans.__struct_fields__)


def strip(spans: Sequence[Span], *, digests: bool) -> BareSpans:
    """Whole spans as columns."""
    return BareSpans(
        ids=[span.span_id for span in spans],
        parents=[span.parent_id for span in spans],
        starts_ns=[span.start_ns for span in spans],
        ends_ns=[span.end_ns for span in spans],
        kinds=[span.step_kind for span in spans],
        names=[span.name for span in spans],
        targets=[span.target for span in spans],
        agents=[span.agent or span.service for span in spans],
        failed=[span.status == "error" for span in spans],
        tokens_in=[span.tokens_in for span in spans],
        tokens_out=[span.tokens_out for span in spans],
        costs_micro_usd=[span.cost_micro_usd if span.billed else None for span in spans],
        unpriced=[span.billed and span.cost_micro_usd is None for span in spans],
        digests=[hash(span.input) for span in spans] if digests else (),
    )


def read_columns(columns: Sequence[Sequence[Any]]) -> BareSpans:
    """Columns in the order of `BARE` as an engine returned them; none for no rows."""
    named: dict[str, Sequence[Any]] = dict(zip(BARE, columns, strict=False))
    return BareSpans(**named)
