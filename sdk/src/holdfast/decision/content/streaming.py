"""Redaction of a text that arrives in pieces: a value split between two is found, and no first half leaves.

What could still become a finding is held back: the last characters, the run of letters they stand in, a key
block that has begun. Everything held is bounded; what stands before goes out at once.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Final

from holdfast.decision.content.detect import Look, scan
from holdfast.decision.content.finding import SECRETS, Family, Finding

HOLD: Final = 64
"""Characters that are always held back: a number in groups, an address, a sign and its value."""
STEP: Final = 16
"""So many characters are gathered before the text is read again: models speak in pieces of four."""
AGAIN: Final = 4
"""Where more is held, a quarter of it is gathered first, so that no text is read many times over."""
RUN_MAX: Final = 8 * 1024
"""A run without a space that is longer is let go piece by piece."""
BLOCK_MAX: Final = 20 * 1024
"""A key block is held so long, at most; a longer one is none."""
CONTEXT: Final = 256
"""So much of what went out is still read, because a name stands before its value."""
_BEGIN: Final = "-----BEGIN "
_END: Final = "-----END "

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
        self._due = max(HOLD, len(self._held)) + max(STEP, len(self._held) // AGAIN)
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
        self._context = (self._context + text[:cut])[-CONTEXT:]
        self._held = text[cut:]
        return "".join(parts)


def _blank(found: Finding, value: str) -> str:
    del value
    return f"[redacted:{found.kind}]"
