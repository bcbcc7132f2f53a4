"""An answer on its way back, as rules about content let it be read: whole, or while it streams.

A whole answer is read as data. A streamed one passes event by event, each of its texts through a window that
holds back what could still become a finding; one that may have to be withheld is read to its end first.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any, Final, Protocol

from holdfast.decision.content import Reading, Stream
from holdfast.errors import Denied
from holdfast.record.models.dialect import Answered, Dialect
from holdfast.record.models.endings import error_event
from holdfast.record.models.parts import Json, data
from holdfast.record.models.pieces import ALL, Piece, ended, further, pieces, wholes
from holdfast.record.models.streams import BODY_BYTES_MAX, Inflater
from holdfast.record.models.texts import put_texts, read_texts

CODE: Final = "holdfast_withheld"
CODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


class Rules(Protocol):
    """What rules about content make of one answer."""

    stops: bool
    """Whether it may have to be withheld, so that it must be read whole first."""

    def read(self, value: Any) -> Reading:
        """Read data."""
        ...

    def stream(self) -> Stream:
        """Read one text that comes in pieces."""
        ...


class Rewriter:
    """One answer: `feed` gives the bytes that may go on, `finish` the rest."""

    def __init__(self, dialect: Dialect, answering: Rules, *, streamed: bool, coding: str) -> None:
        self._dialect, self._answering, self._streamed = dialect, answering, streamed
        self._readable = coding in CODINGS
        self._inflate = Inflater(coding)
        self._rest = b""
        self.withheld = False
        """Whether an error stands in the place of the answer."""
        self._whole = bytearray()
        self._texts: dict[Hashable, dict[Hashable, tuple[Stream, Piece]]] = {}

    def feed(self, chunk: bytes) -> bytes:
        """Take some bytes as they came.

        Raises:
            Denied: too much would have to be held back.
        """
        plain = self._inflate(chunk)
        if not self._streamed or self._answering.stops:
            if len(self._whole) + len(plain) > BODY_BYTES_MAX:
                raise Denied("the answer is too long to be read for what it holds")
            self._whole += plain
            return b""
        return self._pass(plain)

    def finish(self) -> bytes:
        """What was held back, now that nothing follows."""
        if not self._readable:
            return self._withhold("it came in a coding that cannot be read")
        if not self._streamed:
            return self.rewrite(bytes(self._whole))
        if self._answering.stops:
            refused = self._objection()
            if refused:
                return self._withhold(refused)
        before = self._pass(bytes(self._whole))
        last = self._rest
        self._rest = b""
        return before + (self._event(last) if last else b"") + self._flush(ALL)

    def rewrite(self, body: bytes) -> bytes:
        """A whole answer."""
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = body.decode("utf-8", "replace")
        texts = read_texts(found)
        reading = self._answering.read(texts)
        if reading.objections:
            return self._withhold(reading.objections[0].message)
        if not reading.changed:
            return body
        put = put_texts(found, reading.value)
        return put.encode() if isinstance(put, str) else json.dumps(put, ensure_ascii=False).encode()

    def _objection(self) -> str:
        """What speaks against the answer as a whole; empty when nothing does."""
        answered = Answered()
        for line in bytes(self._whole).splitlines():
            if line.startswith(b"data:"):
                event = data(line[5:].decode("utf-8", "replace").strip())
                if isinstance(event, dict):
                    self._dialect.read_event(event, answered)  # pyright: ignore[reportUnknownArgumentType]  # json returns Any by nature
        calls = [data("".join(one["text"])) for one in answered.calls.values()]
        said = ["".join(answered.text), "".join(answered.reasoning), *calls]
        objections = self._answering.read(said).objections
        return objections[0].message if objections else ""

    def _withhold(self, why: str) -> bytes:
        """An error of the provider's own shape, so that its clients raise one."""
        self.withheld = True
        why = f"Withheld: {why}"
        if self._streamed:
            return error_event(self._dialect, why, CODE)
        return json.dumps(self._dialect.refusal(why, CODE)).encode()

    def _pass(self, plain: bytes) -> bytes:
        """Whole events; the last may go on in the next bytes."""
        text = self._rest + plain
        cut = max(text.rfind(b"\n\n") + 2, text.rfind(b"\r\n\r\n") + 4)
        if cut < 2 or (cut < 4 and not text.startswith(b"\n\n")):
            cut = 0
        self._rest = text[cut:]
        if len(self._rest) > BODY_BYTES_MAX:
            raise Denied("an event of the answer is too long to be read for what it holds")
        ready = text[:cut].replace(b"\r\n", b"\n")
        return b"".join(self._event(one + b"\n\n") for one in ready.split(b"\n\n") if one)

    def _event(self, block: bytes) -> bytes:
        lines = block.split(b"\n")
        place = next((n for n, line in enumerate(lines) if line.startswith(b"data:")), None)
        event = data(lines[place][5:].decode("utf-8", "replace").strip()) if place is not None else None
        if place is None or not isinstance(event, dict):
            return (self._flush(ALL) if b"[DONE]" in block else b"") + block
        changed = self._change(event)  # pyright: ignore[reportUnknownArgumentType]  # as above
        before = b"".join(self._flush(group) for group in ended(self._dialect, event))  # pyright: ignore[reportUnknownArgumentType]  # as above
        if not changed:
            return before + block
        lines[place] = _data(event).rstrip(b"\n")  # pyright: ignore[reportUnknownArgumentType]  # as above
        return before + b"\n".join(lines)

    def _change(self, event: Json) -> bool:
        """Let the event say only what may go out by now; whether that is something else than it said."""
        changed, brought = False, False
        ends = set(ended(self._dialect, event))
        for piece in pieces(self._dialect, event):
            brought = True
            group = self._texts.setdefault(piece.group, {})
            stream = group[piece.name][0] if piece.name in group else self._answering.stream()
            group[piece.name] = (stream, piece)
            told = stream.feed(piece.text)
            if piece.group in ends:
                # Its last words and its end are one event: nothing can follow them.
                told += stream.finish()
                del group[piece.name]
            changed |= told != piece.text
            piece.holder[piece.field] = told
        # Events that end something repeat it whole.
        whole = list(wholes(self._dialect, event)) if brought else [event]
        return self._read(whole) or changed

    def _read(self, whole: list[Json]) -> bool:
        """What is said whole; whether it is something else afterwards."""
        reading = self._answering.read(read_texts(whole)) if whole else None
        if reading is None or not reading.changed:
            return False
        for one, other in zip(whole, put_texts(whole, reading.value), strict=True):
            one.update(other)
        return True

    def _flush(self, group: Hashable) -> bytes:
        """The rest of the texts that end here, as further events of the kind they came in."""
        groups = list(self._texts) if group is ALL else [group]
        told: list[bytes] = []
        for one in groups:
            for stream, piece in self._texts.pop(one, {}).values():
                text = stream.finish()
                if text:
                    event = further(piece, text)
                    name = event.get("type")
                    told.append((f"event: {name}\n".encode() if name else b"") + _data(event) + b"\n")
        return b"".join(told)


def _data(event: Any) -> bytes:
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n"
