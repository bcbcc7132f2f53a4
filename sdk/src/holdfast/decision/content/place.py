"""A place where secrets are written: words that announce it, its pattern, and which values are accepted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from holdfast.decision.content.anchors import around
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.shapes import is_made_up

_DUMMIES: Final = frozenset(
    ("test", "pass", "password", "token", "yyy", "passwd", "pwd", "secret", "x-oauth-basic")
)
"""Words that the documentation of a command writes where a password would be."""
_digit = re.compile(r"[0-9]").search
_letter = re.compile(r"[A-Za-z]").search


class Place(NamedTuple):
    """Words that a pattern waits for, and what it says when it matches and the value is accepted."""

    marks: frozenset[str]
    pattern: re.Pattern[str]
    kind: str
    confidence: float
    rule: str
    accepts: Callable[[re.Match[str], str], bool]
    reach: tuple[int, int] | None = None
    """So far before a mark the pattern is tried, and so far behind it; None: only where a mark begins."""
    needs: str = ""
    """What else must stand somewhere in the text."""

    def read(self, text: str, at: Sequence[int]) -> Iterator[Finding]:
        """The secrets in such places; a pattern names what it found `value`, or by a name of its own.

        Args:
            text: the text.
            at: where the marks stand in it, in order.
        """
        if self.needs not in text:
            return
        for match in self._matches(text, at):
            group = match.lastgroup or "value"
            if match[group] is None or group == "q":
                group = "value"
            if self.accepts(match, match[group]):
                yield Finding(Family.SECRET, self.kind, *match.span(group), self.confidence, self.rule)

    def _matches(self, text: str, at: Sequence[int]) -> Iterator[re.Match[str]]:
        if self.reach is None:
            yield from filter(None, (self.pattern.match(text, place) for place in at))
            return
        for start, end in around(at, *self.reach):
            yield from self.pattern.finditer(text, start, end)


def anything(match: re.Match[str], value: str) -> bool:
    """Whatever stands there."""
    del match, value
    return True


def not_made_up(match: re.Match[str], value: str) -> bool:
    """What does not stand for a secret."""
    del match
    return not is_made_up(value)


def no_template(match: re.Match[str], value: str) -> bool:
    """What is neither made up nor put in later."""
    del match
    return not is_made_up(value) and not value.startswith(("$", "{", "<", "%s"))


def no_dummy(match: re.Match[str], value: str) -> bool:
    """What stands in no example."""
    return not is_made_up(match[0]) and value.lower() not in _DUMMIES and "$" not in match[0]


def mixed(match: re.Match[str], value: str) -> bool:
    """What holds letters and digits, as words of a sentence do not."""
    del match
    return bool(_digit(value) and _letter(value)) and not is_made_up(value)
