"""A streamed answer on its way to the client: passed on first, understood afterwards.

Nearly every piece goes on as the very object that came. A piece is looked into only where something may have
to happen: an event that the client did not ask for, or the end of what is held for the answer. An answer is
never longer than the bytes of its pieces; only when those could reach the end of the hold are events read.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from holdfast.record.models import Answered, Dialect, Responses, Why, ending_of
from holdfast.record.models.glimpses import glimpse_of
from holdfast.record.models.parts import Json, read_json
from holdfast_server.action.llm.exchange.moulding import Mould, find_words, mould_of
from holdfast_server.action.llm.seam import NO_CREDIT, Credit

KEPT_MAX: Final = 512 * 1024
"""Bytes of an answer that are kept from its beginning, and as many from its end."""
LAST_EVENTS: Final = 4
"""At the end of an answer: why it ended, what it used, that it is done, and nothing after a blank line."""
EVENT_MAX: Final = 8 * 1024 * 1024
"""A longer event is no event."""
CHARACTERS_A_TOKEN: Final = 4
LONGEST_TOKENS: Final = 8
"""Characters a token where the provider keeps the limit itself: only one that does not keep it is cut."""
SHARES: Final = (1, 4, 16)
"""Parts of as much again that are asked for, the largest first."""
TOKENS_MIN: Final = 16
"""Fewer tokens are not worth going on for."""
PLENTY: Final = 1 << 62
CREDIT_MAX: Final = 64 * 1024
"""Bytes of an answer that may pass before they are looked at."""
MOULDS: Final = 64
"""Events that say something in which a mould for the next ones is looked for."""
BLANK: Final = b"\n\n"
COUNT: Final = b'_tokens"'
"""Stands in every event that tells what was used, where that is told only to those who ask."""
COUNTS: Final = (COUNT, b'TokenCount"')
"""One of these stands in every event that tells what was used, whatever API it is."""
_blank_line = re.compile(rb"\r?\n\r?\n")

Prolong = Callable[[int], bool | None]
"""Holds so many more tokens: yes, no, or None while somebody is asked."""


class Watch:
    """One streamed answer."""

    __slots__ = (
        "_begun",
        "_carry",
        "_chunk",
        "_dialect",
        "_ending",
        "_glimpse",
        "_held",
        "_held_back",
        "_hides",
        "_holds",
        "_is_plain",
        "_kept",
        "_lent",
        "_mould",
        "_moulds",
        "_per_token",
        "_prolong",
        "_request",
        "_said",
        "_size",
        "_slack",
        "_tail",
        "_tokens_in",
        "_uncounted",
        "_waits",
        "cut",
        "first_ns",
        "gap_max_ns",
        "last_ns",
        "pieces",
    )

    def __init__(
        self,
        dialect: Dialect,
        request: Json,
        *,
        hides_usage: bool = False,
        holds: Callable[[bytes], object] | None = None,
        tokens_in: int = 0,
        held: int = 0,
        prolong: Prolong | None = None,
        limited: bool = False,
    ) -> None:
        """Begin.

        Args:
            dialect: the API it comes in.
            request: what was asked, as far as an ending needs it.
            hides_usage: whether the event with the usage was asked for by us alone.
            holds: says of bytes whether an event in them must wait, and with it everything after it.
            tokens_in: tokens of the question, as they are held.
            held: tokens of the answer that are held; only with `prolong`.
            prolong: holds more; without it nothing is counted.
            limited: whether the provider was told the limit, too.
        """
        self._dialect, self._request, self._hides = dialect, request, hides_usage
        self._ending, self._glimpse = ending_of(dialect, request), glimpse_of(dialect)
        self._holds = holds
        self._held_back: list[bytes] = []
        self._carry = b""
        self._kept: list[bytes] = []
        self._tail: list[bytes] = []
        self._size = self._said = 0
        self._tokens_in, self._held, self._chunk, self._prolong = tokens_in, held, held, prolong
        self._per_token = LONGEST_TOKENS if limited else CHARACTERS_A_TOKEN
        self._slack = PLENTY if prolong is None else held * self._per_token
        self._uncounted: list[bytes] = []
        self._lent = NO_CREDIT
        self._mould: Mould | None = None
        self._moulds = 0 if isinstance(dialect, Responses) else MOULDS
        self._begun = self._waits = False
        self._is_plain = not hides_usage and holds is None
        self.cut = False
        """Whether it was ended for want of budget: nothing follows."""
        self.pieces = 0
        self.first_ns = self.last_ns = self.gap_max_ns = 0
        """Monotonic: first and last piece, and the longest pause between two."""

    def feed(self, data: bytes) -> bytes:
        """Take a piece as it came; what goes on now."""
        now = time.monotonic_ns()
        if not self.pieces:
            self.first_ns = now
        elif now - self.last_ns > self.gap_max_ns:
            self.gap_max_ns = now - self.last_ns
        self.last_ns = now
        self.pieces += 1
        quiet = not self._carry and (self._is_plain or self._is_quiet(data))
        if not quiet or not self._pass(data):
            return self._look(data)
        # Not before it passed: the first of all is read, for the end that it may come to.
        self._look_for_mould(data)
        return data

    @property
    def credit(self) -> Credit:
        """What may pass before `passed` tells of it: whatever it says is paid for."""
        self._lent = NO_CREDIT
        if self._holds is None and not self._carry and not self.cut:
            mould, size = self._fitting, min(self._slack, CREDIT_MAX)
            if mould is not None:
                without = COUNT if self._hides else b""
                self._lent = Credit(size, mould.before, mould.after, mould.within, without)
            elif not self._hides:
                self._lent = Credit(size)
        return self._lent

    def passed(self, pieces: list[bytes], last_ns: int, gap_ns: int) -> None:
        """Take what passed on credit after the first piece: when the last came, and the longest pause."""
        self.gap_max_ns = max(self.gap_max_ns, gap_ns)
        self.last_ns = last_ns
        self.pieces += len(pieces)
        data, lent = b"".join(pieces), self._lent
        self._keep(data)
        spared = len(pieces) * (len(lent.before) + len(lent.within) + len(lent.after))
        mould = self._fitting
        self._spend(data, 0 if mould is None else mould.weigh_all(data, len(pieces)), len(data) - spared)

    def _pass(self, data: bytes) -> bool:
        """Let pass what is within the hold, whatever it says; False for what has to be looked at."""
        said = self._weigh_quickly(data)
        if (said or len(data)) >= self._slack:
            return False
        self._keep(data)
        self._spend(data, said, len(data))
        return True

    @property
    def _fitting(self) -> Mould | None:
        """The mould, unless an event has begun and not ended: that makes something else of what follows."""
        uncounted = self._uncounted
        return self._mould if not uncounted or uncounted[-1].endswith(BLANK) else None

    def _weigh_quickly(self, data: bytes) -> int:
        mould = self._fitting
        return 0 if mould is None else mould.weigh(data)

    def _spend(self, data: bytes, said: int, most: int) -> None:
        """Take off the hold what passes, or the most that it may say until it is counted."""
        if self._prolong is not None:
            self._said += said
            self._slack -= said or most
            if not said:
                self._uncounted.append(data)

    def rest(self) -> bytes:
        """What was held back, now that nothing follows."""
        passing = self._look(b"") if self._carry else b""
        if self._waits and not self.cut:
            return passing + self.end_early()
        rest, self._carry = self._carry, b""
        return passing + self._pass_on(rest)

    @property
    def holds_back(self) -> bool:
        """Whether something waits to be judged."""
        return bool(self._held_back)

    def release(self) -> bytes:
        """Let go on what was held back."""
        held, self._held_back = self._held_back, []
        for event in held:
            self._keep(event)
        return b"".join(event for event in held if not (self._hides and self._is_count(event)))

    def end_early(self, why: Why = "length") -> bytes:
        """The events that end the answer here, as its provider would have ended it."""
        self.cut, self._carry = True, b""
        if self._prolong is None:
            self._uncounted = [*self._kept, *self._tail]
        self._count_passed()
        return b"".join(self._ending.events(self._tokens_in, self.tokens_out, why))

    # What came of it

    @property
    def body(self) -> bytes:
        """What passed, without its middle when it was long."""
        self._kept = [b"".join(self._kept)]
        return b"".join((*self._kept, *self._tail, *self._held_back))

    @property
    def number(self) -> int:
        """The number of the last event that passed; -1 where events are not numbered."""
        for event in reversed(_events(b"".join((*self._kept, *self._tail)))):
            number = (_read(event) or {}).get("sequence_number")
            if isinstance(number, int):
                return number
        return -1

    @property
    def said(self) -> int:
        """How many characters of it were counted."""
        return self._said

    @property
    def held(self) -> int:
        """Tokens of it that are held."""
        return self._held

    @property
    def tokens_out(self) -> int:
        """How long it is by our own count, where it is counted."""
        return -(-self._said // CHARACTERS_A_TOKEN)

    def answered(self) -> Answered:
        """What the answer says, and what it says that it used."""
        return self._gather(_events(self.body))

    def outcome(self) -> Answered:
        """What the answer says of itself, perhaps without its words: id, model, usage and why it ended.

        That stands in the last few events, or in the first and those; where it does not, all of it is read.
        """
        first, _, rest = _plain(self.body).partition(BLANK)
        last = rest.rsplit(BLANK, LAST_EVENTS)[-LAST_EVENTS:]
        found = Answered() if any(one in first for one in COUNTS) else self._gather(last)
        if not (found.id and found.model and found.usage):
            found = self._gather((first, *last))
        return found if found.usage and found.finish else self.answered()

    # Inside

    def _gather(self, events: Iterable[bytes]) -> Answered:
        found = Answered()
        for event in events:
            read = _read(event)
            if read is not None:
                self._dialect.read_event(read, found)
        return found

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= KEPT_MAX:
            self._kept.append(data)
            return
        self._tail.append(data)
        if self._size > 3 * KEPT_MAX:
            self._tail = [b"".join(self._tail)[-KEPT_MAX:]]
            self._size = 2 * KEPT_MAX

    def _look(self, data: bytes) -> bytes:
        """Go through a piece event by event."""
        text = self._carry + data if self._carry else data
        passing: list[bytes] = []
        place = 0
        while (end := _blank_line.search(text, place)) is not None:
            event = text[place : end.end()]
            pays = self._affords(event) or self._pays(event)
            self._waits = pays is None
            if pays is None and len(text) < EVENT_MAX:
                break
            if not pays:
                return b"".join(passing) + self.end_early()
            place = end.end()
            passing.append(self._pass_on(event))
        self._carry = text[place:]
        if len(self._carry) > EVENT_MAX:
            passing.append(self._pass_on(self._carry))
            self._carry = b""
        return b"".join(passing)

    def _pass_on(self, event: bytes) -> bytes:
        """What goes on of an event that is paid for."""
        if self._held_back or (self._holds is not None and self._holds(event)):
            self._held_back.append(event)
            return b""
        self._keep(event)
        return b"" if self._hides and self._is_count(event) else event

    def _is_quiet(self, data: bytes) -> bool:
        """Whether these are whole events, and nothing has to be done about any of them."""
        if self._held_back or not data.endswith(BLANK) or (self._hides and COUNT in data):
            return False
        return self._holds is None or not self._holds(data)

    def _affords(self, event: bytes) -> bool:
        """Whether an event is within the hold, whatever it says; it is then counted later, if ever."""
        if not self._begun:
            return False  # the first of all is read, for the end that it may come to
        said = self._weigh_quickly(event)
        if (said or len(event)) >= self._slack:
            return False
        self._spend(event, said, len(event))
        return True

    def _pays(self, event: bytes) -> bool | None:
        """Whether what is held covers this event, prolonged if need be; None while somebody is asked."""
        if self._prolong is None:
            return True
        begun = self._count_passed()
        whole = begun + event
        said = self._weigh(whole)
        while said and self._said + said > self._held * self._per_token:
            more = self._go_on(self._prolong)
            if not more:
                self._uncounted = [begun] if begun else []
                return more
        self._take(whole)
        self._said += said
        self._look_for_mould(whole)
        self._slack = self._held * self._per_token - self._said
        return True

    def _look_for_mould(self, event: bytes) -> None:
        """The mould for what follows, where there is none yet, or where what is said has another by now."""
        mould = self._mould
        if not self._moulds or (mould is not None and event.startswith(mould.before)):
            return
        words = find_words(event)
        if words is None:
            return
        self._moulds -= 1
        self._mould = mould_of(event, words, self._weigh) or mould
        if self._uncounted and self._mould is not mould:
            # What passed before at the most that it could say is told exactly from here on.
            begun = self._count_passed()
            self._uncounted = [begun] if begun else []
            self._slack = self._held * self._per_token - self._said - len(begun)

    def _count_passed(self) -> bytes:
        """Count what passed uncounted; the beginning of an event that has not ended yet is given back."""
        *events, begun = _blank_line.split(b"".join(self._uncounted))
        self._uncounted.clear()
        for event in events:
            self._said += self._take(event)
        return begun

    def _weigh(self, event: bytes) -> int:
        """How many characters of an answer an event brings."""
        data = data_of(event)
        said, marked = self._glimpse(data)
        if not marked:
            return said
        read = _object(data)
        return 0 if read is None else ending_of(self._dialect, self._request).see(read)

    def _take(self, event: bytes) -> int:
        """Let the ending know of an event that passes; how many characters of an answer it brings."""
        data = data_of(event)
        said, marked = self._glimpse(data)
        read = _object(data) if marked or not self._begun else None
        self._begun = True
        if read is not None:
            return self._ending.see(read)
        self._ending.skip(data)
        return said

    def _go_on(self, prolong: Prolong) -> bool | None:
        for share in SHARES:
            tokens = self._chunk // share
            if tokens < TOKENS_MIN:
                break
            more = prolong(tokens)
            if more:
                self._held += tokens
            if more is not False:
                return more
        return False

    def _is_count(self, event: bytes) -> bool:
        if COUNT not in event:
            return False
        found = _read(event)
        return found is not None and self._dialect.is_count(found)


def data_of(event: bytes) -> bytes:
    """The data of one event, without its name."""
    if event.startswith(b"data: ") and event.count(b"\n") <= 2:
        return event[6:].rstrip()
    lines = (line[5:].strip() for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(lines)


def _events(body: bytes) -> list[bytes]:
    return _plain(body).split(BLANK)


def _plain(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n") if b"\r" in body else body


def _read(event: bytes) -> Json | None:
    return _object(data_of(event))


def _object(data: bytes) -> Json | None:
    found: Any = read_json(data) if b"{" in data else None
    return cast("Json", found) if isinstance(found, dict) else None
