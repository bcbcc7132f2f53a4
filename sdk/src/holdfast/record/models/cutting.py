"""Cutting a streamed answer short when budgets hold no more for it.

What a call may use is held before it is sent, for an answer as long as the request says, or as
`guard.output_tokens` says. An answer that goes on beyond that asks for as much again; where some budget has
too little left, the answer ends, and what was produced is paid for. Streams that no budget in money or tokens
counts never come here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from holdfast.record.models.dialect import Dialect
from holdfast.record.models.endings import ending_of
from holdfast.record.models.parts import Json, mapping, read_json
from holdfast.record.models.streams import LINE_BYTES_MAX, Inflater

CHARACTERS_A_TOKEN: Final = 4
"""No real tokenizer needs more tokens for a request than a quarter of its bytes, JSON and all."""
LONGEST_TOKENS: Final = 8
"""Characters a token where the provider keeps the limit itself: only one that does not keep it is cut."""
SHARES: Final = (1, 4, 16)
"""Parts of as much again that are asked for, the largest first."""
TOKENS_MIN: Final = 16
"""Fewer tokens are not worth going on for."""

_event_end = re.compile(rb"\r?\n\r?\n").search


class Cutter:
    """One streamed answer, passed on event by event as long as it is paid for."""

    def __init__(
        self,
        dialect: Dialect,
        request: Json,
        more: Callable[[int], bool],
        *,
        coding: str,
        tokens_in: int,
        tokens_out: int,
        limited: bool,
    ) -> None:
        """Begin to count.

        Args:
            dialect: the API it comes from.
            request: what was asked.
            more: holds so many more tokens in every budget; False when one of them has not as much.
            coding: its content coding, one that `Inflater` knows.
            tokens_in: tokens of the question, as they are held.
            tokens_out: tokens of the answer that are held.
            limited: whether the request names that limit to the provider, too.
        """
        self._ending = ending_of(dialect, request)
        self._more, self._chunk = more, tokens_out
        self._inflate = Inflater(coding)
        self._tokens_in = tokens_in
        self._a_token = LONGEST_TOKENS if limited else CHARACTERS_A_TOKEN
        self._held = tokens_out
        self._said = 0
        self._rest = b""
        self.due = False
        """Whether `settle` has to say whether it goes on."""
        self.over = False
        """Whether it was cut: nothing follows."""

    @property
    def tokens_out(self) -> int:
        """How long the answer is so far, by our own count."""
        return math.ceil(self._said / CHARACTERS_A_TOKEN)

    def feed(self, chunk: bytes) -> bytes:
        """Take some bytes as they came; what may pass of them and before them."""
        self._rest += self._inflate(chunk)
        return self._pass()

    def settle(self) -> bytes:
        """Ask for more; what follows is the rest that has come, or the ending. May wait for an exchange."""
        self.due = False
        if any(self._prolong(self._chunk // share) for share in SHARES):
            return self._pass()
        self.over, self._rest = True, b""
        return b"".join(self._ending.events(self._tokens_in, self.tokens_out))

    def finish(self) -> bytes:
        """What came after the last whole event."""
        rest, self._rest = self._rest, b""
        return rest

    def _prolong(self, tokens: int) -> bool:
        if tokens < TOKENS_MIN or not self._more(tokens):
            return False
        self._held += tokens
        return True

    def _pass(self) -> bytes:
        passing: list[bytes] = []
        while not self.due and (end := _event_end(self._rest)):
            event, self._rest = self._rest[: end.end()], self._rest[end.end() :]
            passing.append(event)
            said = self._ending.see(_read(event))
            self._said += said
            self.due = said > 0 and self._said > self._held * self._a_token
        if len(self._rest) > LINE_BYTES_MAX:
            passing.append(self.finish())
        return b"".join(passing)


def _read(event: bytes) -> Json:
    said = b"".join(line[5:] for line in event.splitlines() if line.startswith(b"data:"))
    return mapping(read_json(said))
