"""Spans as plain values: what they should not be is refused, and nobody bills himself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from holdfast.record import attributes as a
from holdfast_server.action.otlp.normalise import UNREADABLE
from holdfast_server.action.otlp.reading_plain import decode_plain, normalise_plain
from holdfast_server.errors import Invalid
from holdfast_server.record.spans.span import Span

NOW = 1_800_000_000_000_000_000
LIBRARY = "holdfast-gateway"
RESOURCE = {"service.name": LIBRARY, "service.instance.id": "a" * 16}
SPAN = ["a" * 32, "b" * 16, "", NOW - 2, NOW - 1, "chat small", False, {a.KIND: "model"}]


def block(*spans: Any, resource: Any = RESOURCE) -> bytes:
    return msgspec.msgpack.encode([resource, LIBRARY, spans])


def changed(place: int, value: Any) -> list[Any]:
    return [value if at == place else one for at, one in enumerate(SPAN)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        block(SPAN)[:-1],
        block(SPAN) + b"\0",
        b"\x91" * 10_000,
        msgspec.msgpack.encode({"spans": []}),
        block(*[SPAN] * 5_001),
        block(SPAN, resource={"service.name": 1}),
        block([*SPAN, True]),
        block(changed(0, "0" * 32)),
        block(changed(0, "A" * 32)),
        block(changed(1, "0" * 16)),
        block(changed(1, "b" * 17)),
        block(changed(2, "up")),
        block(changed(3, 0)),
        block(changed(3, NOW)),
        block(changed(4, 2**63)),
        block(changed(4, NOW + 2 * 86_400 * 10**9)),
        block(changed(5, "x" * 1_025)),
        block(changed(7, {"deep": {"er": 1}})),
        block(changed(7, {f"{number}": 1 for number in range(1_025)})),
    ],
)
def test_what_is_no_block_of_spans_is_refused_whole(body: bytes) -> None:
    with pytest.raises(Invalid):
        decode_plain(body, now_ns=NOW)


def test_what_a_sender_says_of_money_is_its_word_and_not_the_bill() -> None:
    (span,) = normalise_plain(block(changed(7, {"billed": True, "counted": "once", "price": "{}"})))
    assert (span.billed, span.counted, span.price) == (False, "", "")


def test_a_span_that_nobody_understands_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from holdfast_server.action.otlp import reading_plain

    understand = reading_plain.interpret

    def interpret(said: dict[str, Any], *rest: Any, **told: Any) -> Span:
        if "bad" in said:
            raise ValueError("what is this?")
        return understand(said, *rest, **told)

    monkeypatch.setattr(reading_plain, "interpret", interpret)
    first, second = normalise_plain(block(changed(7, {"bad": 1}), SPAN))
    assert "what is this?" in first.attributes[UNREADABLE]
    assert second.step_kind == "model"
