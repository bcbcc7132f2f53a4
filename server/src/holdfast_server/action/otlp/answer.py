"""The OTLP answer: everything taken, or which spans were not and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from holdfast_server.action.otlp.decode import JSON, Bad

NAMED_MAX: Final = 5


def encode_answer(rejected: Sequence[Bad], kind: str) -> bytes:
    """The response body in the request's own format."""
    said = "; ".join(f"{bad.name}: {bad.reason}" for bad in rejected[:NAMED_MAX])
    if kind == JSON:
        partial = {"rejectedSpans": str(len(rejected)), "errorMessage": said}
        return json.dumps({"partialSuccess": partial} if rejected else {}).encode()
    answer = ExportTraceServiceResponse()
    if rejected:
        answer.partial_success.rejected_spans = len(rejected)
        answer.partial_success.error_message = said
    return answer.SerializeToString()
