"""The head that a connection read last: one that says the same again needs no parser.

A client says the same before every body, and a provider nearly the same. Such a head went through the parser
and every check. The next one is known when it has the same lines, or lines of which only values differ that
frame nothing and are visible characters; a length is digits. Whatever differs in more goes to the parser too.
One head is kept, as long as its connection lives.
"""

from __future__ import annotations

from typing import Final

from holdfast_server.action.llm.seam import Headers
from holdfast_server.action.llm.wire.heads import CONNECTION, CONTENT_LENGTH, HOST, OWN

LINE: Final = b"\r\n"
END: Final = b"\r\n\r\n"
VISIBLE: Final = bytes(range(0x20, 0x7F))
LENGTH_DIGITS: Final = 15
HEAD_BYTES: Final = 16 * 1024
"""A longer head is not kept."""
LESSONS_MAX: Final = 16
"""After so many heads one after the other that were not known, a connection's are left to the parser."""
_STEADY: Final = -1
_LENGTH: Final = -2
_SAME: Final = frozenset({HOST, CONNECTION, b"keep-alive"})
"""Of the headers that stay on their connection, those that a known head may have, with one value."""


class Known:
    """A head, and what was read in it."""

    __slots__ = ("_begins", "_head", "_lines", "_places", "headers", "length")

    def __init__(
        self, lines: list[bytes], begins: list[bytes], places: list[int], headers: Headers, length: int
    ) -> None:
        self._head = LINE.join(lines)
        self._lines: list[bytes] = lines
        self._begins = begins
        """Of each line, what stands before its value."""
        self._places = places
        """Of each line, where it is in `headers`."""
        self.headers = headers
        """The same object as long as nothing in it changed."""
        self.length = length
        """Bytes of the body."""

    def find(self, data: bytes) -> int:
        """Where the body begins if this begins with a known head, whose values then are in force; else 0."""
        end = data.find(END)
        if not 0 < end <= HEAD_BYTES:
            return 0
        head = data[:end]
        return end + len(END) if head == self._head or self._adopt(head) else 0

    def _adopt(self, head: bytes) -> bool:
        lines = head.split(LINE)
        if len(lines) != len(self._lines):
            return False
        headers, length = self.headers, self.length
        for number, line in enumerate(lines):
            if line == self._lines[number]:
                continue
            place, begin = self._places[number], self._begins[number]
            value = line[len(begin) :]
            if place == _STEADY or not line.startswith(begin) or not _is_plain(value):
                return False
            if place == _LENGTH:
                if not value.isdigit() or len(value) > LENGTH_DIGITS:
                    return False
                length = int(value)
            else:
                headers = list(headers) if headers is self.headers else headers
                headers[place] = (headers[place][0], value)
        self._head, self._lines = head, lines
        self.headers, self.length = headers, length
        return True


def learn(data: bytes, first: bytes, headers: Headers) -> Known | None:
    """What can be known of a head that the parser read and that was found right.

    Args:
        data: begins with it.
        first: how its first line begins.
        headers: what the parser found in it. None comes back where these lines do not say just that.
    """
    end = data.find(END)
    lines = data[: max(end, 0)].split(LINE)
    if not 0 < end <= HEAD_BYTES or not lines[0].startswith(first):
        return None
    begins, places, length, met = [b""], [_STEADY], 0, 0
    for line in lines[1:]:
        name, _, rest = line.partition(b":")
        value, lower = rest.strip(b" \t"), name.lower()
        place = _STEADY
        if lower == CONTENT_LENGTH and _LENGTH not in places and value.isdigit():
            place, length = _LENGTH, int(value)
        elif lower not in OWN and met < len(headers) and (name, value) == headers[met]:
            place, met = met, met + 1
        elif lower not in _SAME:
            return None
        begin = line[: len(line) - len(value)]
        begins.append(begin)
        places.append(place if line == begin + value else _STEADY)
    return Known(lines, begins, places, headers, length) if met == len(headers) else None


def _is_plain(value: bytes) -> bool:
    """Whether a parser would read this value as it stands."""
    return bool(value) and value == value.strip() and not value.translate(None, VISIBLE)
