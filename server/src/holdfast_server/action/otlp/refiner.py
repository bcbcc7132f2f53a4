"""What was accepted becomes what is stored: read, joined with its logs, normalised, redacted, capped, billed.

All of it works through the journal in its order, so that whoever starts again after a kill, with the frames
that the journal still holds, comes to the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Final

import structlog
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from holdfast.record import Redactor
from holdfast_server.action.otlp.billing import Pricer
from holdfast_server.action.otlp.contents import write
from holdfast_server.action.otlp.decode import read_logs, read_traces
from holdfast_server.action.otlp.frames import Kept, unpack
from holdfast_server.action.otlp.joining import BODY, Joining, event_name
from holdfast_server.action.otlp.normalise import normalise, read_attributes, unreadable
from holdfast_server.action.otlp.orders import Refined
from holdfast_server.action.otlp.reading_plain import normalise_plain
from holdfast_server.action.otlp.steps_of_logs import steps_of_logs
from holdfast_server.record.blobs.spilling import Spilling
from holdfast_server.record.spans.journal import Frame, read_frames
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.redacting import Redacting
from holdfast_server.record.spans.span import Span

log = structlog.get_logger(__name__)

AGAIN_MAX: Final = 500
"""So many frames are read again in one block for logs that came after their span."""


class Refiner:
    """Works through a journal; one at a time."""

    def __init__(self, folder: Path, *, redactor: Redactor, pricer: Pricer, spilling: Spilling) -> None:
        self._folder = folder
        self._redacting = Redacting(redactor)
        self._pricer, self._spilling = pricer, spilling
        self._joining = Joining()

    def warm(self, start: int, end: int) -> None:
        """Learn from what was stored before, without storing it again."""
        self.refine(start, end, spans_max=2**62)

    def refine(self, start: int, end: int, *, spans_max: int) -> Refined:
        """The next stretch, up to `end` or to so many spans."""
        made = Refined(start, start, [], [], [], 0)
        late: set[int] = set()
        for frame in read_frames(self._folder, start, end):
            kept = unpack(frame.body)
            if kept.kind == "logs":
                late |= self._take_logs(kept.body, made)
            else:
                made.accepted += kept.count
                made.spans += self._take_spans(kept, made.end)
            made.end = frame.end
            if made.accepted + len(made.logs) >= spans_max:
                break
        # A run that lies in one piece is loaded and saved once when it is counted.
        made.spans = sorted(self._pricer.bill(made.spans), key=attrgetter("trace_id"))
        made.again = [
            span for place in sorted(late)[:AGAIN_MAX] for span in self._read_again(place, made.end)
        ]
        return made

    def _take_spans(self, kept: Kept, place: int) -> Iterator[Span]:
        if kept.kind == "spans":
            return map(self._spilling.span, self._redacting.spans(list(normalise_plain(kept.body))))
        request = read_traces(kept.body)
        self._joining.take_spans(request, place)
        return self._spans(request)

    def _take_logs(self, body: bytes, made: Refined) -> set[int]:
        request = read_logs(body)
        made.logs += (self._spilling.log(self._redacting.log(one)) for one in _logs(request))
        made.spans += map(self._spilling.span, self._redacting.spans(_steps(request)))
        return self._joining.take_logs(request)

    def _spans(self, request: ExportTraceServiceRequest) -> Iterator[Span]:
        return map(self._spilling.span, self._redacting.spans(_normalised(request)))

    def _read_again(self, place: int, end: int) -> Iterator[Span]:
        frame: Frame | None = next(iter(read_frames(self._folder, place, end)), None)
        if frame is None:
            return  # the journal let it go
        request = read_traces(unpack(frame.body).body)
        if self._joining.pick(request):
            yield from self._spans(request)


def _normalised(request: ExportTraceServiceRequest) -> list[Span]:
    """The spans; one that cannot be understood is kept by its frame, and costs no other."""
    try:
        return list(normalise(request))
    except Exception:  # whatever a hostile span provokes
        log.exception("span_not_understood")
    return [one for part in _one_by_one(request) for one in part]


def _steps(request: ExportLogsServiceRequest) -> list[Span]:
    """Steps that log records tell of alone; what cannot be understood stays a record only."""
    try:
        return list(steps_of_logs(request))
    except Exception:  # whatever a hostile record provokes
        log.exception("records_not_understood")
        return []


def _one_by_one(request: ExportTraceServiceRequest) -> Iterator[list[Span]]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                single = ExportTraceServiceRequest()
                around = single.resource_spans.add(resource=resource.resource)
                around.scope_spans.add(scope=scope.scope).spans.append(span)
                try:
                    yield list(normalise(single))
                except Exception as error:  # noqa: BLE001  # the one at fault
                    yield [
                        unreadable(
                            error,
                            trace_id=span.trace_id.hex(),
                            span_id=span.span_id.hex(),
                            parent_id=span.parent_span_id.hex(),
                            start_ns=span.start_time_unix_nano,
                            end_ns=span.end_time_unix_nano,
                            name=span.name or "unnamed",
                        )
                    ]


def _logs(request: ExportLogsServiceRequest) -> Iterator[Log]:
    for resource in request.resource_logs:
        about = _written(resource.resource.attributes)
        for scope in resource.scope_logs:
            for record in scope.log_records:
                body = _written([KeyValue(key=BODY, value=record.body)]) if record.HasField("body") else {}
                yield Log(
                    trace_id=record.trace_id.hex(),
                    span_id=record.span_id.hex(),
                    at_ns=record.time_unix_nano or record.observed_time_unix_nano,
                    name=event_name(record),
                    severity=record.severity_text,
                    body=body.get(BODY, ""),
                    attributes=_written(record.attributes),
                    resource=about,
                    scope=scope.scope.name,
                )


def _written(pairs: Iterable[KeyValue]) -> dict[str, str]:
    return {name: write(value) for name, value in read_attributes(pairs).items()}
