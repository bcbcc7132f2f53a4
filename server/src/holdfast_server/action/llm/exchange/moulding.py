"""The mould of a stream's events: nearly all of them differ in nothing but the words that they bring."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

PLAIN: Final = bytes(byte for byte in range(0x20, 0x7F) if byte not in b'"\\')
"""What stands for itself in a JSON string, each byte for one character."""
_words: Final = re.compile(rb'"(?:content|text|thinking|reasoning|reasoning_content|refusal)": ?"([^"\\]+)"')


class Mould:
    """An event without its words: what stands before them, and after."""

    __slots__ = ("_between", "_words", "after", "before")

    def __init__(self, before: bytes, after: bytes) -> None:
        self.before, self.after = before, after
        self._between = after + before
        self._words = slice(len(before), -len(after))

    def weigh_all(self, pieces: Sequence[bytes]) -> int:
        """How many characters pieces say that each begin and end so; 0 where that cannot be told so quickly.

        Nearly every piece is one event; where one is several, quotes stand between its words.
        """
        words = self._words
        said = b"".join([piece[words] for piece in pieces])
        return self.weigh(b"".join(pieces)) if said.translate(None, PLAIN) else len(said)

    def weigh(self, events: bytes) -> int:
        """How many characters whole events of this form say; 0 where that cannot be told so quickly."""
        if not events.startswith(self.before) or not events.endswith(self.after):
            return 0
        words = events[self._words].replace(self._between, b"")
        return 0 if words.translate(None, PLAIN) else len(words)


def mould_of(event: bytes, weigh: Callable[[bytes], int]) -> Mould | None:
    """The mould of an event that says something in one place and is silent without it.

    Args:
        event: with the blank line at its end.
        weigh: how many characters an event says, read in full.
    """
    words = _words.search(event)
    if words is None or weigh(event) != len(words[1].decode(errors="replace")):
        return None
    before, after = event[: words.start(1)], event[words.end(1) :]
    return Mould(before, after) if weigh(before + after) == 0 else None
