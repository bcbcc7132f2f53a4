"""Redaction of a text that arrives in pieces: a value split between two is found, and no first half leaves.

What could still become a finding is held back: the last characters, the run of letters they stand in, a key
block that has begun. Everything held is bounded; what stands before goes out at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from typing import Final

from holdfast.decision.content.detect import Look, announced, scan
from holdfast.decision.content.finding import SECRETS, Family, Finding

HOLD: Final = 64
"""Characters that are always held back: a number in groups, an address, a sign and its value."""
STEP: Final = 24
"""So many characters are gathered before the text is read again: models speak in pieces of four."""
AGAIN: Final = 4
"""Where more is held, a quarter of it is gathered first, so that no text is read many times over."""
RUN_MAX: Final = 8 * 1024
"""A run without a space that is longer is let go piece by piece."""
BLOCK_MAX: Final = 20 * 1024
"""A key block is held so long, at most; a longer one is none."""
CONTEXT: Final = 256
"""So much of what went out is still read, because a name stands before its value."""
CONTEXT_MAX: Final = 4 * 1024
"""So much, where a word announces that a login may follow: `curl`, `Cookie:`."""
MARK_MAX: Final = 32
"""No such word is longer; one may be split."""
CONTEXTS: Final = 16
"""A sixteenth of what is still read is gathered first, too."""
_BEGIN: Final = "-----BEGIN "
_END: Final = "-----END "

_BEGINNINGS: Final = ("mnemonic", "phrase", "echo")
_beginning = re.compile(
    r"mnemonic|(?:seed|recovery|backup)[ _-]?phrase|\becho\s[^\n|]{4,140}\|", re.IGNORECASE
).finditer
SLOW_MAX: Final = 288
"""So long is the list of words of a wallet, or a command that is given a password by another."""
Replace = Callable[[Finding, str], str]


class Stream:
    """One text in pieces; `feed` gives what may go out, `finish` the rest."""

    def __init__(
        self, families: Set[Family] = SECRETS, *, replace: Replace | None = None, look: Look = scan
    ) -> None:
        """Begin.

        Args:
            families: what to take out.
            replace: what to put in the place of a finding with this text; `[redacted:<kind>]` without it.
            look: finds what a text holds.
        """
        self._families = families
        self._replace = replace or _blank
        self._look = look
        self._context = ""
        self._far: list[tuple[int, int]] = []
        """Where words in it begin that announce something, and how far they reach."""
        self._held = ""
        self._due = HOLD + STEP

    @property
    def held(self) -> int:
        """How many characters wait."""
        return len(self._held)

    def feed(self, piece: str) -> str:
        """Take a piece; what comes back holds nothing that was to be taken out."""
        self._held += piece
        held = len(self._held)
        waits = self._held.startswith(_BEGIN) and held < BLOCK_MAX and _END not in self._held
        if held < self._due or waits:
            return ""
        findings = self._findings()
        out = self._let_go(self._cut(findings), findings)
        step = max(STEP, len(self._held) // AGAIN, len(self._context) // CONTEXTS)
        self._due = max(HOLD, len(self._held)) + step
        return out

    def finish(self) -> str:
        """What was held back, now that nothing follows."""
        findings = self._findings()
        return self._let_go(len(self._held), findings)

    def _findings(self) -> list[Finding]:
        """Those in what is held, at their places in it."""
        known = len(self._context)
        return [
            Finding(
                each.family,
                each.kind,
                max(0, each.start - known),
                each.end - known,
                each.confidence,
                each.rule,
            )
            for each in self._look(self._context + self._held, self._families, deep=False)
            if each.end > known
        ]

    def _cut(self, findings: list[Finding]) -> int:
        """Where what may go out ends."""
        text = self._held
        cut = len(text) - HOLD
        run = max(text.rfind(space, 0, cut + 1) for space in " \n\t\r") + 1
        if cut - run < RUN_MAX:
            cut = run
        block = text.rfind(_BEGIN, 0, cut + len(_BEGIN))
        if block >= 0 and text.find(_END, block) < 0 and len(text) - block < BLOCK_MAX:
            cut = min(cut, block)
        cut = min(cut, _begun(text))
        for each in reversed(findings):
            if each.start < cut < each.end:
                cut = each.start
        return cut

    def _let_go(self, cut: int, findings: list[Finding]) -> str:
        text, parts, end = self._held, list[str](), 0
        for each in findings:
            if end <= each.start and each.end <= cut:
                parts += (text[end : each.start], self._replace(each, text[each.start : each.end]))
                end = each.end
        parts.append(text[end:cut])
        self._remember(text[:cut])
        self._held = text[cut:]
        return "".join(parts)

    def _remember(self, gone: str) -> None:
        """Keep of what went out as much as what follows may need."""
        known, whole = len(self._context), self._context + gone
        begin = max(0, len(whole) - CONTEXT)
        if Family.SECRET in self._families:
            fresh = max(0, known - MARK_MAX)
            for start, end, until in announced(whole[fresh:]):
                if fresh + end > known:
                    self._far.append((fresh + start, fresh + until))
        if self._far:
            least = max(0, len(whole) - CONTEXT_MAX)
            live = [each for each in self._far if each[1] > len(whole) and each[0] >= least]
            begin = min((begin, *(start for start, _ in live)))
            self._far = [(start - begin, until - begin) for start, until in live]
        self._context = whole[begin:]


def _begun(text: str) -> int:
    """Where something begins that is known only by what stands far behind: its first words must wait, too."""
    lower = text.lower()
    if any(word in lower for word in _BEGINNINGS):
        for match in _beginning(text):
            if len(text) - match.start() < SLOW_MAX:
                return match.start()
    return len(text)


def _blank(found: Finding, value: str) -> str:
    del value
    return f"[redacted:{found.kind}]"
