"""The process that ships what workers wrote down: records to `/v1/records`, spans to `/v1/gateway/spans`.

```text
<data>/gateway/<worker>/journal/     frames: one kind byte, then the body
                        ledger/<log> what a killed worker's journal no longer got
                        shipped      how far the server has all of it
```

A frame is forgotten only when the server has acknowledged what was in it. Whatever is sent twice counts once.
It is told where by one line on its input, and ends with that input, after it has shipped what it can.
"""

from __future__ import annotations

import gc
import gzip
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import msgspec
import structlog

from holdfast.record import Dropped, Envelope, Process, ShippedRecord
from holdfast.record.ledger import Reader, is_locked
from holdfast_server import __version__
from holdfast_server.action.llm.backlog import Backlog, read_state, segments_of, write_state
from holdfast_server.action.llm.pace import Pace, read_use
from holdfast_server.action.llm.slots import list_folders
from holdfast_server.action.otlp.plain import MEDIA, PlainSpan, PlainSpans, encode_plain
from holdfast_server.errors import HoldfastError
from holdfast_server.kit.logging import configure
from holdfast_server.kit.tls import trust
from holdfast_server.record.spans.journal import read_frames

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)
Some = TypeVar("Some")

RECORD: Final = b"R"
LIBRARY: Final = "holdfast-gateway"
FRAMES_MAX: Final = 1_000
"""Frames of one shipment."""
BYTES_MAX: Final = 4 * 1024 * 1024
"""Of frames in one shipment."""
PAGE: Final = 1_000
PAUSE_S: Final = 0.2
AWAY_S: Final = 1.0
BEAT_S: Final = 10.0
"""A log that is written is heard of at least so often, so that its runs do not count as lost."""
NEAR: Final = frozenset({"127.0.0.1", "localhost", "::1"})
"""To these nothing is compressed: the same cores would inflate it again."""
PLAIN_MAX: Final = 4 * 1024 * 1024
"""A larger body is compressed all the same, because a server takes only so much."""
LAST_S: Final = 5.0
"""For what is left when the input has ended."""
LOGS_KEPT: Final = 8
"""Ledgers of workers before this one that stay here; the server has all that is in them."""
CONNECT_S: Final = 2.0
ANSWER_S: Final = 30.0
NICER: Final = 19
COLLECT_AFTER: Final = (20_000, 20, 20)
"""A call leaves no cycles behind: looking for some after every 700 objects took a twentieth of the time."""
END: Final = 2**62
PRESSED: Final = 0.75
"""Of a journal: with so much waiting, nothing is left that a worker could leave out."""
REFUSED: Final = frozenset({400, 409, 413, 415, 422})
"""It will never be taken, however often it is sent."""


class Post(msgspec.Struct, frozen=True):
    """What to ship, and where."""

    folder: str
    server: str
    key: str = ""
    pii: bool = False
    contents: bool = True
    journal_bytes: int = END
    """Of one worker, beyond which nothing but records goes into it."""
    within_s: float = 30.0
    """How long records may wait for a processor that calls need."""


class Unfold(Protocol):
    """Makes of a frame what is sent."""

    def unfold(self, body: bytes) -> tuple[Sequence[ShippedRecord], Sequence[PlainSpan]]:
        """Records, and spans."""
        ...


class Away(Exception):  # a state of the server, no fault
    """The server does not take anything now."""


class Sender:
    """Posts, and says whether it was taken."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._near = client.base_url.host in NEAR

    def records(self, log_id: str, records: Sequence[ShippedRecord]) -> bool:
        """Send records of one log; False when they will never be taken."""
        process = Process(
            log_id, os.getpid(), os.uname().nodename[:128], f"holdfast-gateway/{__version__}", 0
        )
        envelope = Envelope(process, Dropped(0, 0), tuple(records))
        return self._send("/v1/records", msgspec.json.encode(envelope), "application/json")

    def spans(self, log_id: str, spans: Sequence[PlainSpan]) -> bool:
        """Send spans; False when they will never be taken."""
        resource = {"service.name": LIBRARY, "service.instance.id": log_id}
        return self._send("/v1/gateway/spans", encode_plain(PlainSpans(resource, LIBRARY, spans)), MEDIA)

    def settle(self, log_id: str, size: int) -> bool:
        """Say that a log has so many records and no more."""
        body = msgspec.json.encode({"log": log_id, "size": size})
        return self._post("/v1/budgets/leases/settle", body, {"content-type": "application/json"})

    def _send(self, path: str, body: bytes, kind: str) -> bool:
        headers = {"content-type": kind}
        if not self._near or len(body) > PLAIN_MAX:
            headers["content-encoding"], body = "gzip", gzip.compress(body, 1)
        return self._post(path, body, headers)

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> bool:
        import httpx

        try:
            answer = self._client.post(path, content=body, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            raise Away(str(error)) from error
        if answer.status_code < 300:
            return True
        if answer.status_code in REFUSED:
            log.error(
                "gateway_shipment_refused", path=path, status=answer.status_code, told=answer.text[:300]
            )
            return False
        raise Away(f"{path} answered {answer.status_code}")


class Shipper:
    """Ships the folder of one worker."""

    def __init__(self, folder: Path, sender: Sender, unfolder: Unfold) -> None:
        self._folder, self._sender, self._unfolder = folder, sender, unfolder
        self._state = read_state(folder)
        self._ahead: dict[str, set[int]] = {}
        self._said: dict[str, float] = {}

    def ship(self) -> bool:
        """Ship some; whether there was anything.

        Raises:
            Away: the server takes nothing now.
        """
        frames, end = self._gather()
        if not frames:
            return self._tend_logs()
        records: dict[str, list[ShippedRecord]] = {}
        spans: dict[str, list[PlainSpan]] = {}
        log_id = ""
        for body in frames:
            some, shown = self._unfold(body)
            for one in some:
                log_id = one.log
                records.setdefault(log_id, []).append(one)
            if shown:
                spans.setdefault(log_id, []).extend(shown)
        for log_id, some in records.items():
            self._send_records(log_id, some)
        for log_id, shown in spans.items():
            send_all(partial(self._sender.spans, log_id), shown)
        self._state.place = end
        self._keep()
        self._forget()
        return True

    def _gather(self) -> tuple[list[bytes], int]:
        found: list[bytes] = []
        size, end = 0, self._state.place
        if not segments_of(self._folder):
            return found, end
        for frame in read_frames(self._folder / "journal", self._state.place, END):
            found.append(frame.body)
            size, end = size + len(frame.body), frame.end
            if len(found) >= FRAMES_MAX or size >= BYTES_MAX:
                break
        return found, end

    def _unfold(self, body: bytes) -> tuple[Sequence[ShippedRecord], Sequence[PlainSpan]]:
        """What is in a frame; one that cannot be read is left out, and the ledger still has its records."""
        try:
            if body.startswith(RECORD):
                return (msgspec.json.decode(body[1:], type=ShippedRecord),), ()
            return self._unfolder.unfold(body)
        except Exception:  # one bad frame must not keep the others here
            log.exception("gateway_frame_unreadable", folder=str(self._folder), bytes=len(body))
            return (), ()

    def _send_records(self, log_id: str, records: Sequence[ShippedRecord]) -> None:
        for start in range(0, len(records), PAGE):
            send_all(partial(self._sender.records, log_id), records[start : start + PAGE])
        self._said[log_id] = time.monotonic()
        ahead = self._ahead.setdefault(log_id, set())
        ahead.update(one.index for one in records)
        low = self._state.lows.get(log_id, 0)
        while low in ahead:
            ahead.discard(low)
            low += 1
        self._state.lows[log_id] = low

    # Logs

    def _tend_logs(self) -> bool:
        """Let the living be heard; ship, settle and in time forget the dead."""
        worked = False
        for path in sorted((self._folder / "ledger").glob("*")):
            log_id = path.name
            if log_id in self._state.done or not path.is_dir():
                continue
            if is_locked(path):
                if time.monotonic() - self._said.get(log_id, float("-inf")) > BEAT_S:
                    self._sender.records(log_id, ())
                    self._said[log_id] = time.monotonic()
            else:
                worked = self._bury(log_id, path) or worked
        return worked

    def _bury(self, log_id: str, path: Path) -> bool:
        """Ship what only the ledger of a dead worker holds, then settle its leases."""
        reader, low = Reader(path), self._state.lows.get(log_id, 0)
        while rows := reader.records(low, PAGE):
            some = [ShippedRecord.of(log_id, index, leaf) for index, leaf in rows]
            send_all(partial(self._sender.records, log_id), some)
            low = rows[-1][0] + 1
        self._sender.settle(log_id, low)
        self._state.lows.pop(log_id, None)
        self._ahead.pop(log_id, None)
        self._state.done.append(log_id)
        for old in self._state.done[:-LOGS_KEPT]:
            shutil.rmtree(self._folder / "ledger" / old, ignore_errors=True)
        self._state.done = self._state.done[-LOGS_KEPT:]
        self._keep()
        return True

    # What is kept here

    def _keep(self) -> None:
        write_state(self._folder, self._state)

    def _forget(self) -> None:
        """Delete segments that are shipped whole; the last one is the worker's."""
        for path, following in pairwise(segments_of(self._folder)):
            if int(following.stem) <= self._state.place:
                path.unlink(missing_ok=True)


def send_all(send: Callable[[Sequence[Some]], bool], some: Sequence[Some]) -> None:
    """Send; of what is refused, each half: it may have been too much, and nothing takes others with it."""
    if send(some) or len(some) == 1:
        return
    middle = len(some) // 2
    send_all(send, some[:middle])
    send_all(send, some[middle:])


class OnlyRecords:
    """Unfolds nothing: frames of a kind that nobody here reads are left to the ledger."""

    def unfold(self, body: bytes) -> tuple[Sequence[ShippedRecord], Sequence[PlainSpan]]:
        """Nothing."""
        raise ValueError(f"nobody reads frames of the kind {body[:1]!r}")


def main() -> None:
    """Ship until the input ends, and then what is left."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the supervisor ends its input when all is written
    configure()
    os.nice(NICER)
    post = msgspec.json.decode(sys.stdin.buffer.readline(), type=Post)
    ended = threading.Event()
    threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    import httpx

    headers = {"authorization": f"Bearer {post.key}"} if post.key else {}
    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    with httpx.Client(
        base_url=post.server, headers=headers, timeout=timeout, trust_env=False, verify=trust(post.server)
    ) as client:
        _work(post, Sender(client), ended)


def _work(post: Post, sender: Sender, ended: threading.Event) -> None:
    unfolder, shippers = _make_unfolder(post), dict[Path, Shipper]()
    gc.collect()
    gc.freeze()  # all that was imported stays
    gc.set_threshold(*COLLECT_AFTER)
    until, away, folder = float("inf"), "", Path(post.folder)
    pace, backlog = Pace(lambda: read_use(list_folders(folder)), ended.wait), Backlog(folder)
    while time.monotonic() < until:
        if ended.is_set() and until == float("inf"):
            until = time.monotonic() + LAST_S
        worked, began = False, time.monotonic()
        try:
            for one in list_folders(folder):
                shipper = shippers.get(one) or shippers.setdefault(one, Shipper(one, sender, unfolder))
                worked = shipper.ship() or worked
            away = ""
        except (Away, OSError, HoldfastError) as error:
            if not away:
                log.warning("gateway_cannot_ship", error=str(error)[:300])
            elif ended.is_set():
                return  # the next start ships it
            away = str(error)
            ended.wait(AWAY_S)
            continue
        if worked:
            waiting = backlog.look(time.monotonic())
            pressed = waiting.bytes > post.journal_bytes * PRESSED or waiting.seconds > post.within_s
            pace.worked(time.monotonic() - began, pressed=pressed)
        elif ended.is_set():
            return
        else:
            ended.wait(PAUSE_S)


def _make_unfolder(post: Post) -> Unfold:
    from holdfast_server.action.llm.exchange.unfolding import Unfolder

    return Unfolder(pii=post.pii, contents=post.contents)


def _wait_for_end(ended: threading.Event) -> None:
    # Not through `sys.stdin`: a thread that holds its lock keeps the interpreter from ending.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    ended.set()


if __name__ == "__main__":
    main()
