"""The lean recorder: spans leave the agent for the price of one append.

The caller hands over a finished `Span` whose content is encoded already. Everything else — redaction, OTLP,
gzip, the wire, the disk when the server is away — happens on one background thread, in slices small enough
not to hold the GIL.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Final

from holdfast.client.outbox import Delivery, Limits, Outbox
from holdfast.client.process import SDK_VERSION
from holdfast.client.spool import Parcel
from holdfast.client.wire import Answer, Endpoint, Wire
from holdfast.errors import Unavailable
from holdfast.record import SECRETS_ONLY, Process, Redactor, Span
from holdfast.record import attributes as a
from holdfast.record.otlp import encode_spans
from holdfast.record.span import Value

LIBRARY: Final = "holdfast"
INTERVAL_S: Final = 0.4
"""A body costs a millisecond whatever it holds, so spans wait a little for one another."""
BODY_BYTES_MAX: Final = 3 * 1024 * 1024
"""Larger bodies are cut in two: a server may refuse them whole."""
_HEADERS: Final = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
_PASSING: Final = frozenset({401, 403, 404, 408, 425, 429})
"""Client errors that a person or time can mend; the parcel is kept."""


class Recorder:
    """Takes spans; loses none that it does not count."""

    def __init__(
        self,
        endpoint: Endpoint,
        process: Callable[[], Process],
        *,
        data: Path | None,
        service: str = "holdfast",
        limits: Limits | None = None,
        redactor: Redactor = SECRETS_ONLY,
    ) -> None:
        """Begin to record; nothing is opened before the first span.

        Args:
            endpoint: where the spans go.
            process: who records; asked again in the child of a fork.
            data: the data folder, for what cannot be sent at once; without it that is dropped and counted.
            service: `service.name` of the resource.
            limits: how much may wait.
            redactor: takes out of what was said what must not leave.
        """
        self._sender = _SpanSender(endpoint, process, service, lambda: self.dropped, redactor)
        root = data / "spool" / "spans" if data else None
        self._outbox: Outbox[Span] = Outbox(
            "spans", self._sender, root=root, limits=limits or Limits(interval_s=INTERVAL_S)
        )
        self.record: Callable[[Span], None] = self._outbox.put
        """Take one finished span; never waits, never raises."""

    @property
    def dropped(self) -> int:
        """How many spans were lost since the process started; told to the server with every batch."""
        return self._outbox.dropped

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until every span is delivered; False when time runs out first."""
        return self._outbox.flush(timeout_s)

    def close(self, timeout_s: float = 2.0) -> None:
        """Deliver or spool what is left."""
        self._outbox.close(timeout_s)


class _SpanSender:
    """Spans as OTLP over HTTP."""

    def __init__(
        self,
        endpoint: Endpoint,
        process: Callable[[], Process],
        service: str,
        dropped: Callable[[], int],
        redactor: Redactor,
    ) -> None:
        self._endpoint, self._process, self._service, self._dropped = endpoint, process, service, dropped
        self._redact = redactor.text
        self.renew()

    def encode(self, items: list[Span]) -> list[Parcel]:
        resource = {**self._resource, a.DROPPED_SPANS: self._dropped()}
        body = encode_spans(items, resource, library=LIBRARY, version=SDK_VERSION, redact=self._redact)
        if len(body) > BODY_BYTES_MAX and len(items) > 1:
            middle = len(items) // 2
            return self.encode(items[:middle]) + self.encode(items[middle:])
        return [Parcel(gzip.compress(body, 1), len(items))]

    def deliver(self, parcel: Parcel) -> Delivery:
        try:
            answer = self._wire.post("/v1/traces", parcel.body, _HEADERS)
        except Unavailable:
            return Delivery.AWAY
        return judge(answer, accepted=_accepted(answer))

    def delivered(self, parcel: Parcel) -> None: ...

    def idle(self) -> bool:
        return False

    def abort(self) -> None:
        self._wire.abort()

    def close(self) -> None:
        self._wire.close()

    def renew(self) -> None:
        self._wire = Wire(self._endpoint)
        me = self._process()
        self._resource: dict[str, Value] = {
            "service.name": self._service,
            "host.name": me.host,
            "process.pid": me.pid,
            "telemetry.sdk.name": LIBRARY,
            "telemetry.sdk.language": "python",
            "telemetry.sdk.version": SDK_VERSION,
            a.PROCESS: me.id,
        }


def judge(answer: Answer, *, accepted: bool) -> Delivery:
    """What an answer means for the parcel it is about."""
    if 200 <= answer.status < 300:
        # Something that says yes without having understood, a portal or another program, is not the server.
        return Delivery.DONE if accepted else Delivery.AWAY
    if 400 <= answer.status < 500 and answer.status not in _PASSING:
        return Delivery.REFUSED
    return Delivery.AWAY


def _accepted(answer: Answer) -> bool:
    kind = answer.content_type.partition(";")[0].strip().lower()
    return kind in {"application/x-protobuf", "application/json"} or not answer.body
