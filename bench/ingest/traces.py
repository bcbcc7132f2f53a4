"""Traces of agents as OTLP, twelve spans each: an agent, five model calls of 2 to 4 KB, six tools."""

from __future__ import annotations

import gzip
import json
import os
import random
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

SPANS_A_TRACE: Final = 12
TRACES_A_BODY: Final = 20
CALLS: Final = 5
MARK: Final = b"\xfe\xca\x01\xef"
"""The first bytes of every id: a body gets fresh ids by replacing them."""
SHAPES: Final = 40
"""Bodies that are written out; the others are the same with fresh ids."""
PROJECT: Final = "bench"
_MS: Final = 1_000_000
_TEXT: Final = (
    "order refund lamp policy customer shipped broken warehouse address payment card invoice agent lookup "
    "status delivery window complaint replacement total tax discount account verify identity notes history "
    "escalate"
)
_WORDS: Final = tuple(_TEXT.split())
_TOOLS: Final = ("lookup_order", "refund", "search_kb")


class Body(NamedTuple):
    """One request, and what it holds."""

    packed: bytes
    """OTLP protobuf, gzip."""
    traces: tuple[str, ...]
    """Ids, hex."""

    @property
    def spans(self) -> int:
        """How many."""
        return len(self.traces) * SPANS_A_TRACE


def make_bodies(count: int, *, spread_s: float = 0.0, traces: int = TRACES_A_BODY) -> list[Body]:
    """Requests with fresh ids, made before any clock starts; they began in the last `spread_s` seconds."""
    shapes = [_shape(seed, spread_s, traces) for seed in range(min(count, SHAPES))]
    return [_fresh(*shapes[place % len(shapes)]) for place in range(count)]


def _fresh(raw: bytes, traces: tuple[bytes, ...]) -> Body:
    mark = os.urandom(len(MARK))
    ids = tuple((mark + one[len(MARK) :]).hex() for one in traces)
    fresh = raw.replace(MARK, mark).replace(MARK.hex().encode(), mark.hex().encode())
    return Body(gzip.compress(fresh, 1), ids)


def _shape(seed: int, spread_s: float, traces: int) -> tuple[bytes, tuple[bytes, ...]]:
    chance = random.Random(seed)
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    about = {"service.name": "support-agent", "service.version": "1.4.2", "telemetry.sdk.language": "python"}
    about |= {"deployment.environment.name": "prod", "openinference.project.name": PROJECT}
    resource.resource.attributes.extend(_attribute(*one) for one in about.items())
    scope = resource.scope_spans.add()
    scope.scope.name = "bench"
    ids = []
    for _ in range(traces):
        start = time.time_ns() - int((10 + chance.random() * spread_s) * 1_000 * _MS)
        ids.append(_Trace(scope, chance, start).fill())
    return request.SerializeToString(), tuple(ids)


class _Trace:
    def __init__(self, scope: ScopeSpans, chance: random.Random, start_ns: int) -> None:
        self._scope, self._chance, self._start = scope, chance, start_ns
        self._id = self._make_id(16)
        # Fresh like the ids: traces of one session that overlap are taken for one run.
        self._session = f"s-{MARK.hex()}-{chance.randrange(1 << 40):x}"

    def fill(self) -> bytes:
        root = self._span("invoke_agent support", b"", 0, 1_900, self._agent())
        for call in range(CALLS):
            at = call * 350
            chat = self._span("chat gpt-4o-mini", root, at, 250 + self._chance.randrange(50), self._chat())
            for _ in range(1 if call < CALLS - 1 else 2):
                failed = self._chance.random() < 0.03
                self._span("execute_tool", chat, at + 255, 40, self._tool(), failed=failed)
        return self._id

    def _span(
        self,
        name: str,
        parent: bytes,
        at_ms: int,
        took_ms: int,
        said: Mapping[str, Any],
        *,
        failed: bool = False,
    ) -> bytes:
        span = self._scope.spans.add()
        span.trace_id, span.span_id, span.parent_span_id = self._id, self._make_id(8), parent
        span.name, span.kind = name, 1
        span.start_time_unix_nano = self._start + at_ms * _MS
        span.end_time_unix_nano = span.start_time_unix_nano + took_ms * _MS
        span.attributes.extend(_attribute(*one) for one in said.items())
        if failed:
            span.status.code, span.status.message = 2, "tool timed out"
        return span.span_id

    def _agent(self) -> dict[str, Any]:
        return {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "support",
            "gen_ai.agent.id": "agent-7",
            "gen_ai.conversation.id": self._session,
            "session.id": self._session,
            "user.id": f"u-{self._chance.randrange(800)}",
            "gen_ai.provider.name": "openai",
        }

    def _chat(self) -> dict[str, Any]:
        chance = self._chance
        asked = [
            _message("system", self._text(500)),
            _message("user", self._text(chance.randrange(900, 2_200))),
        ]
        answer = [{**_message("assistant", self._text(chance.randrange(300, 900))), "finish_reason": "stop"}]
        return {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.response.id": f"chatcmpl-{chance.randrange(1 << 48):x}",
            "gen_ai.request.temperature": 0.0,
            "gen_ai.request.max_tokens": 512,
            "gen_ai.usage.input_tokens": chance.randrange(300, 4_000),
            "gen_ai.usage.output_tokens": chance.randrange(20, 600),
            "gen_ai.response.finish_reasons": "stop",
            "gen_ai.conversation.id": self._session,
            "server.address": "127.0.0.1",
            "gen_ai.input.messages": json.dumps(asked),
            "gen_ai.output.messages": json.dumps(answer),
        }

    def _tool(self) -> dict[str, Any]:
        chance = self._chance
        return {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": chance.choice(_TOOLS),
            "gen_ai.tool.call.id": f"call_{chance.randrange(1 << 40):x}",
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.arguments": json.dumps(
                {"order": chance.randrange(9_999), "why": self._text(40)}
            ),
            "gen_ai.tool.call.result": json.dumps(
                {"ok": True, "notes": self._text(chance.randrange(80, 400))}
            ),
        }

    def _make_id(self, length: int) -> bytes:
        return MARK + self._chance.randbytes(length - len(MARK))

    def _text(self, length: int) -> str:
        words, size = list[str](), 0
        while size < length:
            number = str(self._chance.randrange(9_999)) if self._chance.random() < 0.15 else ""
            words.append(self._chance.choice(_WORDS) + number)
            size += len(words[-1]) + 1
        return " ".join(words)


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _attribute(key: str, value: Any) -> KeyValue:
    kinds = {int: "int_value", float: "double_value", str: "string_value"}
    return KeyValue(key=key, value=AnyValue(**{kinds[type(value)]: value}))
