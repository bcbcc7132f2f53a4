"""Calls through the gateways: those that workers remember, and all that are recorded, as one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Final, Literal

from holdfast.record import attributes as a
from holdfast_server.action.llm.desk.status import GatewayCall
from holdfast_server.action.llm.messages import LiveCall
from holdfast_server.errors import Unavailable
from holdfast_server.insight.search.engine import Spot
from holdfast_server.insight.search.search import Search, read_spot, write_spot
from holdfast_server.kit.paging import Page, PageAsk
from holdfast_server.kit.wire import MICRO, at, usd
from holdfast_server.record.spans.span import Span

RECORDED: Final = "service:holdfast-gateway kind:model"
OVER: Final = frozenset({"done", "refused", "failed", "halted", "cancelled"})
OF_ERROR: Final[Mapping[str, Literal["halted", "cancelled"]]] = {
    "Stopped": "halted",
    "ClientGone": "cancelled",
    "Outrun": "cancelled",
}
"""What ended without anything being wrong; every other error is a failure."""
OF_VERDICT: Final[Mapping[str, Literal["refused", "halted"]]] = {
    "deny": "refused",
    "ask": "refused",
    "halt": "halted",
}
TTFT: Final = "gen_ai.response.time_to_first_chunk"


class Calls:
    """What passes the gateways, and what passed."""

    def __init__(self, search: Search) -> None:
        self._search = search

    async def page(
        self, remembered: Sequence[LiveCall], page: PageAsk, *, live: bool | None
    ) -> Page[GatewayCall]:
        """Calls under way, then those that ended, newest first.

        Args:
            remembered: what workers told lately.
            page: which part is wanted.
            live: only calls under way, or only those that ended; both when nothing is said.
        """
        before = read_spot(page.cursor) if page.cursor else None
        going = {call.id: call for call in remembered if call.state not in OVER}
        shows = before is None and live is not False
        under_way = sorted(going.values(), key=lambda call: -call.began_ns) if shows else []
        room = page.limit - len(under_way)
        if live or room <= 0:
            return Page(items=[show_call(call) for call in under_way[: page.limit]])
        spans, more = await self._recorded(before, room)
        ended = {call.id: (_spot(call), call) for call in remembered if call.state in OVER}
        ended |= {span.span_id: (_place(span), recorded(span)) for span in spans}
        found = [one for name, one in ended.items() if name not in going and (not before or one[0] < before)]
        found.sort(key=itemgetter(0), reverse=True)
        shown = found[:room]
        more = more or len(found) > len(shown)
        return Page(
            items=[show_call(call) for call in (*under_way, *(call for _, call in shown))],
            next=write_spot(shown[-1][0]) if shown and more else None,
        )

    async def _recorded(self, before: Spot | None, limit: int) -> tuple[Sequence[Span], bool]:
        try:
            found = await self._search.list_spans(RECORDED, before=before, limit=limit, also=("attributes",))
        except Unavailable:
            return (), False  # the span store opens or is away; what workers remember is shown all the same
        return found.spans, found.next is not None


def show_call(call: LiveCall) -> GatewayCall:
    """A call as people see it."""
    said = {name: getattr(call, name) for name in GatewayCall.model_fields if hasattr(call, name)}
    return GatewayCall.model_validate({
        **said,
        "began_at": at(call.began_ns),
        "ttft_ms": None if call.ttft_us is None else call.ttft_us / 1_000,
        "upstream_ms": None if call.upstream_us is None else call.upstream_us / 1_000,
        "cost_usd": usd(call.cost_micro_usd),
    })  # fmt: skip


def recorded(span: Span) -> LiveCall:
    """What a worker would remember of a call."""
    said = span.attributes
    verdict = said.get(a.VERDICT, "")
    refused = OF_VERDICT.get(verdict) if said.get(a.ENFORCED) != "false" else None
    failed = span.status == "error"
    return LiveCall(
        id=span.span_id,
        run=span.run,
        agent=span.agent,
        key=said.get("holdfast.gateway.key", ""),
        route=said.get("holdfast.gateway.route", ""),
        provider=span.provider,
        model=span.model,
        state=refused or (OF_ERROR.get(said.get(a.ERROR_TYPE, ""), "failed") if failed else "done"),
        streamed="holdfast.gateway.streamed" in said,
        began_ns=span.start_ns,
        ttft_us=_scaled(said.get(TTFT), MICRO),
        own_us=_scaled(said.get("holdfast.gateway.own_us"), 1),
        upstream_us=_scaled(said.get("holdfast.gateway.upstream_us"), 1),
        tokens_in=span.tokens_in,
        tokens_out=span.tokens_out,
        cost_micro_usd=span.cost_micro_usd,
        verdict=verdict,
        cache=said.get("holdfast.gateway.cache", ""),
    )


def _scaled(text: str | None, times: int) -> int | None:
    try:
        return round(float(text) * times) if text else None
    except (ValueError, OverflowError):
        return None


def _place(span: Span) -> Spot:
    return span.start_ns, span.trace_id, span.span_id


def _spot(call: LiveCall) -> Spot:
    """Where it will stand among what is recorded; a run that only a gateway knows of is its own trace."""
    return call.began_ns, call.run, call.id
