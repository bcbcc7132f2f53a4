"""The ledger's records on their way to the server, with the payloads that are not in the ledger.

A record that was appended is shipped sooner or later, whatever happens: from memory, else from the spool,
else from the ledger itself. A cursor for each log says up to where the server has it; the logs of processes
that were killed are shipped by whoever opens the data folder next.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from holdfast.client.cursors import Cursors
from holdfast.client.outbox import Delivery, Limits, Outbox
from holdfast.client.recorder import judge
from holdfast.client.spool import Parcel
from holdfast.client.wire import Answer, Endpoint, Wire
from holdfast.errors import Unavailable
from holdfast.record import SECRETS_ONLY, Dropped, Envelope, Process, Redactor, ShippedRecord
from holdfast.record.ledger import Reader
from holdfast.record.ledger.files import is_locked

ENVELOPE_BYTES_MAX: Final = 3 * 1024 * 1024
"""The server takes 4 MiB; what a single record adds beyond this is less than the rest."""
BACKFILL_PAGE: Final = 256
_HEADERS: Final = {"content-type": "application/json", "content-encoding": "gzip"}
_log_id = re.compile(r"[0-9a-f]{16}").fullmatch

Shipment = tuple[str, int, bytes, dict[str, Any] | None]
"""Log, index, leaf, payload."""
OnWhole = Callable[[str, int], bool]


class Shipper:
    """Takes records that are in the local ledger; the server gets every one of them at least once."""

    def __init__(
        self,
        endpoint: Endpoint,
        process: Callable[[], Process],
        *,
        data: Path,
        dropped_spans: Callable[[], int] = lambda: 0,
        on_whole: OnWhole = lambda _log, _size: True,
        limits: Limits | None = None,
        redactor: Redactor = SECRETS_ONLY,
    ) -> None:
        """Begin to ship; nothing is opened before the first record, or `start`.

        Args:
            endpoint: where the records go.
            process: who records; asked again in the child of a fork.
            data: the data folder: ledgers, spool and cursors are below it.
            dropped_spans: how many spans the recorder has lost so far.
            on_whole: told when the server has all of a log whose process is gone, and how many records it
                holds; told again until it says that it has taken it in.
            limits: how much may wait.
            redactor: takes out of payloads what must not leave.
        """
        self._sender = _RecordSender(
            endpoint,
            process,
            data,
            lambda: Dropped(dropped_spans(), self.dropped),
            on_whole,
            redactor=redactor,
        )
        self._outbox: Outbox[Shipment] = Outbox(
            "records", self._sender, root=data / "spool" / "records", limits=limits or Limits(slice_max=256)
        )

    @property
    def dropped(self) -> int:
        """How many payloads were lost since the process started; their leaves are in the ledger still."""
        return self._outbox.dropped

    def start(self) -> None:
        """Begin at once to ship what earlier processes left behind."""
        self._outbox.start()

    def ship(self, log: str, index: int, leaf: bytes, payload: dict[str, Any] | None = None) -> None:
        """Take one record that the ledger has; never waits, never raises. Its payload leaves redacted."""
        self._outbox.put((log, index, leaf, payload))

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until every record is delivered; False when time runs out first."""
        return self._outbox.flush(timeout_s)

    def close(self, timeout_s: float = 2.0) -> None:
        """Deliver or spool what is left."""
        self._outbox.close(timeout_s)


class _Accepted(msgspec.Struct):
    accepted: int
    duplicate: int


class _RecordSender:
    """Records as envelopes of `POST /v1/records`."""

    def __init__(
        self,
        endpoint: Endpoint,
        process: Callable[[], Process],
        data: Path,
        dropped: Callable[[], Dropped],
        on_whole: OnWhole,
        *,
        redactor: Redactor,
    ) -> None:
        self._redact = redactor.value
        self._endpoint, self._process, self._dropped = endpoint, process, dropped
        self._on_whole = on_whole
        self._ledgers = data / "ledger"
        self._folder = data / "cache" / "shipped"
        self.renew()

    def encode(self, items: list[Shipment]) -> list[Parcel]:
        """One envelope, or several when one would be too large."""
        clean = self._redact
        for log, index, _, _ in items:
            self._cursors.expect(log, index)
        envelope = Envelope(
            self._me,
            self._dropped(),
            tuple(ShippedRecord.of(log, index, leaf, clean(payload)) for log, index, leaf, payload in items),
        )
        body = msgspec.json.encode(envelope)
        if len(body) > ENVELOPE_BYTES_MAX and len(items) > 1:
            middle = len(items) // 2
            return self.encode(items[:middle]) + self.encode(items[middle:])
        label = msgspec.json.encode([(log, index) for log, index, _, _ in items])
        return [Parcel(gzip.compress(body, 1), len(items), label)]

    def deliver(self, parcel: Parcel) -> Delivery:
        try:
            answer = self._wire.post("/v1/records", parcel.body, _HEADERS)
        except Unavailable:
            return Delivery.AWAY
        return judge(answer, accepted=_accepted(answer))

    def delivered(self, parcel: Parcel) -> None:
        for log, index in msgspec.json.decode(parcel.label, type=list[tuple[str, int]]):
            self._cursors.note(log, index)
        self._cursors.save()

    def idle(self) -> bool:
        """Ship one page of a log that has records which the server has not."""
        if self._left_behind is None:
            self._left_behind = self._find_left_behind()
        gap = self._cursors.gap()
        if gap is not None:
            return self._backfill(*gap) > 0
        if not self._left_behind:
            return False
        log = self._left_behind[-1]
        start = self._cursors.next(log)
        sent = self._backfill(log, start, start + BACKFILL_PAGE)
        if sent == 0:
            if not self._on_whole(log, self._cursors.next(log)):
                return False
            self._cursors.finish(log)
            self._left_behind.pop()
        return sent >= 0

    def abort(self) -> None:
        self._wire.abort()

    def close(self) -> None:
        self._wire.close()

    def renew(self) -> None:
        self._me = self._process()
        self._wire = Wire(self._endpoint)
        self._cursors = Cursors(self._folder)
        self._left_behind: list[str] | None = None

    def _backfill(self, log: str, start: int, end: int) -> int:
        """Ship leaves without payloads, from the ledger; how many went, or -1 when the server is away."""
        page = Reader(self._ledgers / log).records(start, min(end - start, BACKFILL_PAGE))
        for parcel in self.encode([(log, index, leaf, None) for index, leaf in page]) if page else ():
            if self.deliver(parcel) is Delivery.AWAY:
                return -1
            self.delivered(parcel)
        return len(page)

    def _find_left_behind(self) -> list[str]:
        """The logs of processes that are gone, as far as the server may not have all of them."""
        if not self._ledgers.is_dir():
            return []
        logs = (path.name for path in self._ledgers.iterdir() if _log_id(path.name))
        return [log for log in logs if not self._cursors.finished(log) and not is_locked(self._ledgers / log)]


def _accepted(answer: Answer) -> bool:
    try:
        msgspec.json.decode(answer.body, type=_Accepted)
    except msgspec.DecodeError:
        return False
    return True
