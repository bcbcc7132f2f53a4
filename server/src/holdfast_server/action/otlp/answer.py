"""The OTLP answer: everything taken, or what was not and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from holdfast_server.action.otlp.decode import JSON, Bad
from holdfast_server.action.otlp.frames import Kind

NAMED_MAX: Final = 5
_COUNTS: Final = {"traces": "rejectedSpans", "logs": "rejectedLogRecords"}


def encode_answer(rejected: Sequence[Bad], media: str, kind: Kind = "traces") -> bytes:
    """The response body in the request's own format."""
    said = "; ".join(f"{bad.name}: {bad.reason}" for bad in rejected[:NAMED_MAX])
    if len(rejected) > NAMED_MAX:
        said += f"; and {len(rejected) - NAMED_MAX} more"
    if media == JSON:
        partial = {_COUNTS[kind]: str(len(rejected)), "errorMessage": said}
        return json.dumps({"partialSuccess": partial} if rejected else {}).encode()
    if not rejected:
        return b""
    if kind == "logs":
        logs = ExportLogsServiceResponse()
        logs.partial_success.rejected_log_records = len(rejected)
        logs.partial_success.error_message = said
        return logs.SerializeToString()
    traces = ExportTraceServiceResponse()
    traces.partial_success.rejected_spans = len(rejected)
    traces.partial_success.error_message = said
    return traces.SerializeToString()
