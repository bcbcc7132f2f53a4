"""The mould of a stream's events: nearly all of them differ in nothing but the words that they bring.

And in what pads them: several providers add as many characters as make the length of a chunk tell nothing of
its words (OpenAI's `obfuscation`, Mistral's `p`, spaces before the last brace at Anthropic).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

PLAIN: Final = bytes(byte for byte in range(0x20, 0x7F) if byte not in b'"\\')
"""What stands for itself in a JSON string, each byte for one character."""
MARKS: Final = (b'"', b"\\", b"\n", b"\r")
"""One of these stands wherever one event ends and another begins, or a character is written as several."""
find_words = re.compile(
    rb'"(?:content|text|thinking|reasoning|reasoning_content|refusal)": ?"([^"\\]+)"'
).search
_find_padding = re.compile(rb'(?<=")(?:obfuscation|p)": ?"([^"\\]*)"|(?<="})( *)}\n\n\Z').search


class Mould:
    """An event without its words: what stands before them, behind them, and after what pads the event."""

    __slots__ = ("_fixed", "_marks", "after", "before", "within")

    def __init__(self, before: bytes, after: bytes, within: bytes = b"") -> None:
        self.before, self.within, self.after = before, within, after
        fixed = before + within + after
        self._fixed, self._marks = len(fixed), [(mark, fixed.count(mark)) for mark in MARKS]

    def weigh_all(self, data: bytes, pieces: int) -> int:
        """How many characters pieces say that each begin and end so; 0 where that takes a closer look.

        Nearly every piece is one event of plain words; in any other stands more than the mould itself holds.
        """
        if not data.isascii() or any(data.count(mark) != pieces * times for mark, times in self._marks):
            return self.weigh(data)
        said = len(data) - pieces * self._fixed
        if not self.within:
            return said
        padded = data.split(self.within)[1:]
        padding = [one.find(self.after) for one in padded]
        return said - sum(padding) if len(padding) == pieces and min(padding) >= 0 else 0

    def weigh(self, events: bytes) -> int:
        """How many characters whole events of this form say; 0 where that cannot be told so quickly."""
        if not events.startswith(self.before) or not events.endswith(self.after):
            return 0
        if self.within:
            first, *padded = events.split(self.within)
            if not all(self.after in one for one in padded):
                return 0
            words = b"".join([first, *[one.partition(self.after)[2] for one in padded]])
        else:
            words = events.replace(self.after, b"")
        words = words.replace(self.before, b"")
        return 0 if words.translate(None, PLAIN) else len(words)


def mould_of(event: bytes, words: re.Match[bytes], weigh: Callable[[bytes], int]) -> Mould | None:
    """The mould of an event that says something in one place and is silent without it.

    Args:
        event: with the blank line at its end.
        words: where it says something.
        weigh: how many characters an event says, read in full.
    """
    if weigh(event) != len(words[1].decode(errors="replace")):
        return None
    before, after = event[: words.start(1)], event[words.end(1) :]
    if weigh(before + after) != 0:
        return None
    padded = _find_padding(after)
    if padded is None:
        return Mould(before, after)
    begin, end = padded.span(padded.lastindex or 1)
    within, after = after[:begin], after[end:]
    return None if within in before or within in after else Mould(before, after, within)
