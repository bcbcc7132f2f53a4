"""Log records that tell what happened inside a span join it, whether they come before it or after.

Several instrumentations send what a model was asked and answered as log events beside the span. Each becomes
an event of its span: `event_name` is the event's name, the record's attributes are its attributes, and its
body is one more attribute, `body`. So whoever reads a span's events reads them, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from holdfast_server.kit.recent import Recent

BODY: Final = "body"
EVENT_NAME: Final = "event.name"
SAID_MAX: Final = 20_000
"""So many spans are remembered to have had something said inside, and twice as many at most."""
PLACES_MAX: Final = 50_000
SAID_A_SPAN_MAX: Final = 128
SAID_BYTES_MAX: Final = 128 * 1024 * 1024
"""Beyond it everything that was said is forgotten here; it stays among the logs."""


class Joining:
    """What was said inside of which span, and where in the journal each span stands."""

    def __init__(self) -> None:
        self._said: Recent[bytes, list[bytes]] = Recent(SAID_MAX)
        self._said_bytes = 0
        self._places: Recent[bytes, int] = Recent(PLACES_MAX)

    def take_spans(self, request: ExportTraceServiceRequest, place: int) -> None:
        """Give spans what was said inside of them, and remember where they stand."""
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                ids = [span.span_id for span in scope.spans]
                self._places.add_all(ids, place)
                if self._said:
                    self._join(scope.spans)

    def take_logs(self, request: ExportLogsServiceRequest) -> set[int]:
        """Remember what was said; returns where spans stand that are stored already, and should hear it."""
        late: set[int] = set()
        for resource in request.resource_logs:
            for scope in resource.scope_logs:
                for record in scope.log_records:
                    if record.span_id and self._hear(record):
                        place = self._places.get(record.span_id)
                        if place is not None:
                            late.add(place)
        return late

    def pick(self, request: ExportTraceServiceRequest) -> bool:
        """Leave in a request only the spans in which something was said, and give it to them."""
        found = False
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                kept = [span for span in scope.spans if self._said.get(span.span_id)]
                self._join(kept)
                found = found or bool(kept)
                _replace(scope.spans, kept)
        return found

    def _hear(self, record: LogRecord) -> bool:
        said = self._said.get(record.span_id)
        if said is None:
            said = list[bytes]()
            self._said.add(record.span_id, said)
        if len(said) >= SAID_A_SPAN_MAX:
            return False
        said.append(record.SerializeToString())
        self._said_bytes += len(said[-1])
        if self._said_bytes > SAID_BYTES_MAX:
            self._said, self._said_bytes = Recent(SAID_MAX), 0
        return True

    def _join(self, spans: Iterable[Span]) -> None:
        for span in spans:
            for one in self._said.get(span.span_id) or ():
                _add_event(span, LogRecord.FromString(one))


def _add_event(span: Span, record: LogRecord) -> None:
    if record.trace_id and record.trace_id != span.trace_id:
        return
    event = span.events.add()
    event.time_unix_nano = record.time_unix_nano or record.observed_time_unix_nano
    event.name = event_name(record)
    event.attributes.extend(record.attributes)
    if record.HasField("body"):
        event.attributes.append(KeyValue(key=BODY, value=record.body))


def event_name(record: LogRecord) -> str:
    """The name of the event, which older senders wrote into an attribute."""
    if record.event_name:
        return record.event_name
    return next((one.value.string_value for one in record.attributes if one.key == EVENT_NAME), "")


def _replace(held: object, kept: list[Span]) -> None:
    copies = [Span.FromString(span.SerializeToString()) for span in kept]
    del held[:]  # type: ignore[attr-defined]  # pyright: ignore[reportIndexIssue]  # a repeated field
    held.extend(copies)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # the same
