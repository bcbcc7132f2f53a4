"""The same traced no-op tool call, done by each recorder the way its documentation says."""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

ARGUMENTS: dict[str, Any] = {"order": "A-1042", "customer": {"id": 7, "tier": "gold"}, "lines": [1, 2, 3]}
RESULT: dict[str, Any] = {"status": "shipped", "eta_days": 3, "carrier": "post"}


def look_up(**_: Any) -> dict[str, Any]:
    return RESULT


Call = Callable[[], object]
Finish = Callable[[], object]


def untraced(_url: str) -> tuple[Call, Finish]:
    """The call alone, at the same pace: what is taken off everybody's CPU."""
    return lambda: look_up(**ARGUMENTS), lambda: None


def opentelemetry(url: str) -> tuple[Call, Finish]:
    """OpenTelemetry SDK, BatchSpanProcessor, OTLP over HTTP with gzip, as they come; four attributes."""
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "bench"}))
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces", compression=Compression.Gzip)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("bench")

    def call() -> None:
        with tracer.start_as_current_span("execute_tool look_up") as span:
            span.set_attribute("gen_ai.operation.name", "execute_tool")
            span.set_attribute("gen_ai.tool.name", "look_up")
            span.set_attribute("gen_ai.tool.call.arguments", json.dumps(ARGUMENTS))
            result = look_up(**ARGUMENTS)
            span.set_attribute("gen_ai.tool.call.result", json.dumps(result))

    return call, provider.shutdown


def recorder(url: str) -> tuple[Call, Finish]:
    """Our recorder: an id, two clock reads, both bodies encoded, one append; the rest in the background."""
    from holdfast.client import Endpoint, Recorder, identify
    from holdfast.record import Scope, tool_span

    me = identify()
    data = Path(tempfile.mkdtemp(prefix="holdfast-bench-"))
    ours = Recorder(Endpoint(url), lambda: me, data=data, service="bench")
    scope = Scope(trace=os.urandom(16).hex(), run=os.urandom(16).hex(), session="bench", agent="bench")
    encode, bits, now = msgspec.json.Encoder().encode, random.Random().getrandbits, time.time_ns
    record = ours.record

    def call() -> None:
        step = f"{bits(64):016x}"
        arguments = encode(ARGUMENTS)
        started = now()
        result = look_up(**ARGUMENTS)
        record(
            tool_span(
                scope, "look_up", step=step, parent="", start_ns=started, end_ns=now(),
                arguments=arguments, result=encode(result),
            )
        )  # fmt: skip

    def finish() -> None:
        ours.flush(30)
        ours.close()

    return call, finish


def ledger(_url: str) -> tuple[Call, Finish]:
    """Our ledger: one decision record made, committed to, encoded and appended, its receipt in hand."""
    from holdfast.record import Commitments, encode_leaf
    from holdfast.record.events import DecisionRecord
    from holdfast.record.ledger import LocalLedger

    log = LocalLedger(Path(tempfile.mkdtemp(prefix="holdfast-bench-")))
    commitments, now = Commitments(bytes(32)), time.time_ns
    encode = msgspec.json.Encoder(order="sorted").encode

    def call() -> None:
        step = "12" * 8
        made = DecisionRecord(
            v=1, at_ns=now(), log=log.log, step=step, run="a" * 32, session="session", trace="a" * 32,
            agent="bench", version="1", owner="owner", person="person", chain=("bench",), kind="tool",
            target="look_up", effect="read", contract="c0ffee",
            args_commit=commitments.commit(step, "arguments", encode(ARGUMENTS)), verdict="allow",
            stage="allow", rules=("rule",), errors=(), labels=(), unendorsed=(), hold_micro_usd=0,
            bundle="bundle", engine="engine", approval="", enforced=True,
        )  # fmt: skip
        log.append(encode_leaf(made))
        look_up(**ARGUMENTS)

    return call, log.close


SUBJECTS: dict[str, Callable[[str], tuple[Call, Finish]]] = {
    "untraced": untraced,
    "opentelemetry": opentelemetry,
    "recorder": recorder,
    "ledger": ledger,
}
