"""A span sent as plain values comes to the same as through OTLP."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.record import Scope, Usage, chat_span
from holdfast.record import attributes as a
from holdfast.record.otlp import encode_spans
from holdfast.record.price import Priced
from holdfast.record.span import usage_attributes
from holdfast_server.action.otlp.decode import PROTOBUF, decode, read_traces
from holdfast_server.action.otlp.normalise import normalise
from holdfast_server.action.otlp.plain import PlainSpan, PlainSpans, encode_plain
from holdfast_server.action.otlp.reading_plain import decode_plain, normalise_plain

NOW = 1_800_000_000_000_000_000
LIBRARY = "holdfast-gateway"
RESOURCE = {"service.name": LIBRARY, "service.instance.id": "a" * 16}

words = st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace").decode())
ids = st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}")
tokens = st.integers(0, 2**40)


@settings(deadline=None)
@given(st.data())
def test_a_span_comes_to_the_same_as_through_otlp(data: st.DataObject) -> None:
    draw = data.draw
    scope = Scope(
        *(draw(ids) * 2, draw(ids) * 2, draw(words), draw(words), draw(words), draw(words), draw(words)),
        "gateway",
        tags=tuple(
            draw(st.lists(st.tuples(st.sampled_from(["team", "customer", "other"]), words), max_size=3))
        ),
    )
    priced = Priced(draw(st.none() | tokens), draw(words), draw(words), "small", ())
    said = (
        '[{"role":"user","parts":[{"type":"text","content":"'
        + draw(st.sampled_from(["hello", "ü 😀"]))
        + '"}]}]'
    )
    span = chat_span(
        scope,
        draw(words),
        step=draw(ids),
        parent=draw(st.just("") | ids),
        start_ns=NOW - 5,
        end_ns=NOW,
        provider=draw(words),
        messages_in=draw(st.just(b"") | st.just(said.encode())),
        messages_out=draw(st.just(b"") | st.just(said.encode())),
        response_model=draw(words),
        error=draw(words),
        extra=(
            *usage_attributes(Usage(*(draw(tokens) for _ in range(4))), priced),
            (a.RULES, tuple(draw(st.lists(words, max_size=3)))),
            (a.ENFORCED, draw(st.booleans())),
            (a.COST_USD, draw(st.floats(0, 10))),
            ("holdfast.gateway.own_us", draw(tokens)),
        ),
    )
    otlp = encode_spans([span], RESOURCE, library=LIBRARY, version="1")
    kept = decode(otlp, PROTOBUF, now_ns=NOW).kept
    through_otlp = list(normalise(read_traces(kept.body)))
    plain = encode_plain(PlainSpans(RESOURCE, LIBRARY, [PlainSpan.of(span)]))
    assert list(normalise_plain(decode_plain(plain, now_ns=NOW).kept.body)) == through_otlp
