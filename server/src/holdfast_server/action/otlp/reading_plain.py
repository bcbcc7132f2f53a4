"""Reading spans that were sent as plain values: what of them may be kept, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from holdfast_server.action.otlp.decode import AHEAD_NS_MAX, NS_MAX, Arrived
from holdfast_server.action.otlp.frames import Kept, digest_of
from holdfast_server.action.otlp.normalise import Sender, interpret, unreadable
from holdfast_server.action.otlp.plain import read_plain
from holdfast_server.errors import Invalid
from holdfast_server.record.spans.span import Span


def decode_plain(body: bytes, *, now_ns: int, digest: bytes = b"") -> Arrived:
    """Read a request.

    Args:
        body: the request, inflated.
        now_ns: the present, by which times in the future are judged.
        digest: of the request as it travelled, by which a retry is known; of the body when it is not given.

    Raises:
        Invalid: something in it is none of what it should be; nothing of it may be stored.
    """
    try:
        spans = read_plain(body).spans
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(f"the body holds no spans: {error}") from error
    until_ns = min(now_ns + AHEAD_NS_MAX, NS_MAX)
    for place, span in enumerate(spans):
        if not span.start_ns <= span.end_ns <= until_ns or not int(span.trace_id, 16) * int(span.span_id, 16):
            raise Invalid(f"span {place} has ids of zero, ends before it starts, or is of the future")
    return Arrived(Kept("spans", len(spans), digest or digest_of(body), body), None, ())


def normalise_plain(body: bytes) -> Iterator[Span]:
    """Every span that was kept; one that cannot be understood is kept by its frame, and costs no other."""
    block = read_plain(body)
    sender = Sender(block.resource)
    for one in block.spans:
        told: dict[str, Any] = {
            "trace_id": one.trace_id,
            "span_id": one.span_id,
            "parent_id": one.parent_id,
            "start_ns": one.start_ns,
            "end_ns": one.end_ns,
            "name": one.name or "unnamed",
        }
        status = "error" if one.failed else "unset"
        try:
            yield interpret(one.attributes, [], sender, **told, status=status, scope=block.scope)
        except Exception as error:  # noqa: BLE001  # whatever a hostile span provokes
            yield unreadable(error, **told)
