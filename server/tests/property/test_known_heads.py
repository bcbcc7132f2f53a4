"""A connection that knows a head reads what comes like one that gives every byte to the parser."""

from __future__ import annotations

import random
from typing import Any

import pytest
from server.tests.property.test_wire import (
    LIMITS,
    SPICES,
    UPSTREAM,
    Caller,
    Clock,
    Home,
    Transport,
    pieces,
)

from holdfast_server.action.llm.wire.known import LESSONS_MAX
from holdfast_server.action.llm.wire.limits import Room
from holdfast_server.action.llm.wire.reading import Reader
from holdfast_server.action.llm.wire.upstream import Up

ROUNDS = 3000
ASKED = (
    b"POST /v1/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s\r\nX-Trace: 00-1\r\nContent-Length:%b\r\n"
    b"Connection: keep-alive\r\n\r\n"
)
ANSWERED = (
    b"HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov\r\nX-Request-Id: req_1\r\nConnection: keep-alive\r\n"
    b"Content-Length:%b\r\nServer: a\r\n\r\n"
)
LENGTHS = (
    b" 5", b"5", b" 5 ", b"  5", b"\t5", b" 05", b" +5", b" 0x5", b" 5, 5", b" -5", b" 5_0", b"", b" ",
    b" 5\r\nContent-Length: 5", b" 5\r\nTransfer-Encoding: chunked", b" 99999999999999999999", b" 4096",
    b" 4097", b" \xb2", b" 5\r\n 5", b" 0", b" 3",
)  # fmt: skip


def changed(chance: random.Random, template: bytes, body: bytes) -> bytes:
    """A message like the others, or with something else in its head."""
    length = b" 5" if chance.random() < 0.7 else chance.choice(LENGTHS)
    raw = bytearray(template % length + body)
    for _ in range(chance.choice((0, 1, 1, 2))):
        at = chance.randrange(len(raw) - len(body))
        match chance.randrange(5):
            case 0:
                raw[at:at] = chance.choice(SPICES)
            case 1:
                del raw[at : at + chance.choice((1, 1, 2, 10))]
            case 2:
                raw[at] = chance.randrange(256)
            case 3:
                lines = bytes(raw).split(b"\r\n")
                chance.shuffle(lines)
                raw = bytearray(b"\r\n".join(lines))
            case _:
                raw[at] = chance.choice(b"0123456789abcdefXYZ:-, ")
    return bytes(raw)


class Read:
    """A reader of requests, and what it told."""

    def __init__(self, *, knows: bool) -> None:
        self.told: list[Any] = []
        self.room = Room()
        self.reader = Reader(self._arrived, peer="", limits=LIMITS, room=self.room)
        if not knows:
            self.reader._lessons = LESSONS_MAX

    def _arrived(self, request: Any, *said: Any) -> None:
        self.room.give(said[-1])
        self.told.append((request.method, request.target, request.headers, request.body, *said))

    @property
    def found(self) -> Any:
        reader = self.reader
        wrong = reader.wrong and (reader.wrong.status, reader.wrong.code)
        return self.told, wrong, not wrong and reader.reading


@pytest.mark.parametrize("seed", range(4))
def test_requests_after_a_known_head_are_read_as_the_parser_reads_them(seed: int) -> None:
    chance = random.Random(seed)
    recognised = 0
    for _ in range(ROUNDS // 4):
        some, other = Read(knows=True), Read(knows=False)
        for _ in range(3):
            for one in (some, other):
                one.reader.feed(ASKED % b" 5" + b"hello")
        for _ in range(chance.choice((1, 2, 3))):
            message = changed(chance, ASKED, b"hello" * chance.choice((1, 1, 1, 2)))
            cut = [message[:-3], message[-3:]] if chance.random() < 0.5 else pieces(chance, message)
            for piece in cut:
                before = some.reader._known
                some.reader.feed(piece)
                other.reader.feed(piece)
                recognised += before is not None and some.reader._known is before
            assert some.found == other.found
        some.reader.close()
        assert some.room.free == Room().free
    assert recognised > ROUNDS // 30


class Heard(Caller):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Any] = []
        self.said = b""

    def answered(self, status: int, headers: Any) -> None:
        super().answered(status, headers)
        self.told.append((status, headers))

    def body(self, data: bytes, chunk: bytes = b"") -> None:
        super().body(data, chunk)
        self.said += data

    def ended(self) -> None:
        super().ended()
        self.told.append("ended")

    def broke(self, kind: str, detail: str) -> None:
        super().broke(kind, detail)
        self.told.append((kind, detail))


class Conversation:
    """A connection to an upstream that answered a few times already."""

    def __init__(self, *, knows: bool) -> None:
        self.transport = Transport()
        self.up = Up(UPSTREAM, Home(), Clock(), LIMITS)
        self.up.connection_made(self.transport)
        if not knows:
            self.up._lessons = LESSONS_MAX
        for _ in range(3):
            self.hear([ANSWERED % b" 5" + b"hello"])

    def hear(self, raw: list[bytes]) -> Heard:
        heard = Heard()
        self.up.begin(heard, b"")
        for piece in raw:
            if not self.transport.closed:
                self.up.data_received(piece)
        return heard


@pytest.mark.parametrize("seed", range(4))
def test_answers_after_a_known_head_are_read_as_the_parser_reads_them(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(ROUNDS // 4):
        raw = pieces(chance, changed(chance, ANSWERED, b"hello" * chance.choice((1, 1, 1, 2))))
        told: list[Any] = []
        for knows in (True, False):
            conversation = Conversation(knows=knows)
            heard = conversation.hear(raw)
            told.append((heard.told, heard.said, conversation.transport.closed))
        assert told[0] == told[1]


def test_a_head_whose_values_changed_is_known_again() -> None:
    one = Read(knows=True)
    for number in range(4):
        one.reader.feed(ASKED.replace(b"00-1", b"00-%d" % number) % b" 5" + b"hello")
    known = one.reader._known
    for number in range(4, 9):
        one.reader.feed(ASKED.replace(b"00-1", b"00-%d" % number) % b" %d" % number + b"x" * number)
    assert one.reader._known is known, "the parser was not asked"
    headers = [(b"Authorization", b"Bearer s"), (b"X-Trace", b"00-8")]
    assert one.told[-1] == (b"POST", b"/v1/x", headers, b"x" * 8, True, True, 0)


def test_the_same_head_gives_the_same_headers() -> None:
    requests: list[Any] = []
    reader = Reader(lambda *said: requests.append(said[0]), peer="", limits=LIMITS, room=Room())
    for _ in range(4):
        reader.feed(ASKED % b" 5" + b"hello")
    assert requests[-1].headers is requests[-2].headers is not requests[0].headers


@pytest.mark.parametrize("seed", range(4))
def test_chunks_that_pass_as_they_came_say_what_the_parser_finds_in_them(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(ROUNDS // 4):
        said = [chance.randbytes(chance.choice((1, 2, 9, 17, 300))) for _ in range(chance.randrange(1, 9))]
        chunks = [b"%x\r\n%b\r\n" % (len(one), one) for one in said]
        if chance.random() < 0.3:
            chunks[chance.randrange(len(chunks))] = chance.choice(SPICES)
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        raw = [head, *chunks, b"0\r\n\r\n"]
        if chance.random() < 0.5:
            at = chance.randrange(1, len(raw))
            raw[at : at + 1] = pieces(chance, raw[at])
        told: list[Any] = []
        for cuts in (raw, [bytes([byte]) for byte in b"".join(raw)]):
            heard = Conversation(knows=False).hear(cuts)
            told.append((heard.told, heard.said))
        assert told[0] == told[1]
