"""Nothing leaves unredacted: secrets become `[redacted:<kind>]` before they reach a file or a wire.

What is a secret the detectors of `holdfast.decision.content` say: its own shape (`sk-ant-…`, a JWT), the name
of the field it stands in, or its place in a URL. A value that was found once is taken out wherever else it
stands. Text beyond a limit is cut rather than let through unread. With `pii`, personal data goes the
same way.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from holdfast.decision.content import SECRETS, TEXT_MAX, Family, Finding, names_a_secret, scan
from holdfast.decision.content.detect import check_names, families_of
from holdfast.errors import Misconfigured

DEPTH_MAX: Final = 32
ITEMS_MAX: Final = 10_000
SIMPLE: Final = (bool, int, float, type(None))
LISTED: Final = (list, tuple)
SHORT: Final = 8
"""A text with fewer characters holds no name with a secret behind it, and no key."""
AGAIN_MIN: Final = 8
"""A shorter value is taken out only where it was found: elsewhere it may be a word."""
OPEN, CLOSE = "[redacted:", "]"
BETWEEN: Final = "\n\n"
"""Keeps texts apart that are read as one."""
NEAR: Final = 32
"""Characters before a finding that are looked at for what it stands in."""
NAME_MAX: Final = 64
"""Characters at the end of a name by which it tells."""
DIGITS_MIN: Final = 9
"""A number with fewer digits is no card, account or telephone number."""

_escape = re.compile(r"[nrtbf/]|u[0-9a-fA-F]{4}").match
_goes_on = re.compile(r"\s{0,64}[,\]}]").match
_is_plain_data = re.compile(r"\s*[{\[]").match


@lru_cache(maxsize=1024)
def _is_telling(name: str) -> bool:
    """The same few names stand in every record."""
    return names_a_secret(name)


class Redactor:
    """Takes what it is told to take out of texts and plain data."""

    def __init__(self, what: Iterable[str] = ("secret",)) -> None:
        """Make one.

        Args:
            what: families (`secret`, `pii`) and single kinds (`email`, `phone`, `credit-card` …).

        Raises:
            Misconfigured: one of them is neither.
        """
        self.what: Final = frozenset(what)
        try:
            check_names(self.what)
        except ValueError as error:
            raise Misconfigured(f"redaction: {error}") from error
        families = families_of(self.what)
        self._only_secrets: Final = families == SECRETS
        self._families: Final = SECRETS if self._only_secrets else families
        self._whole: Final = frozenset(family for family in Family if family.value in self.what)
        self._by_name: Final = Family.SECRET in self._whole

    def text(self, text: str) -> str:
        """The text without what is to be taken out; JSON text stays JSON."""
        if len(text) < SHORT and self._only_secrets:
            return text
        missing = len(text) - TEXT_MAX
        if missing > 0:
            text = f"{text[:TEXT_MAX]}[cut: {missing} characters]"
        found = scan(text, self._families)
        if not found:
            return text
        return _cut(text, [each for each in found if self._takes(each)])

    def passes(self, text: str) -> bool:
        """Whether a text may leave as it is."""
        if not self.what:
            return True
        return len(text) <= TEXT_MAX and not any(self._takes(each) for each in scan(text, self._families))

    def spares(self, value: Any) -> bool:
        """Whether plain data may leave as it is; all its texts are read as one, which is far cheaper."""
        texts = list[str]()
        return self._gather(value, texts) and self.passes(BETWEEN.join(texts))

    def value(self, value: Any) -> Any:
        """Plain data without what is to be taken out: a new value, the given one is left alone."""
        return self._value(value, 0)

    def _takes(self, found: Finding) -> bool:
        return found.family in self._whole or found.kind in self.what

    def _gather(self, value: Any, texts: list[str]) -> bool:
        """Add the texts that must be read; false when something must go whatever they hold."""
        level: Collection[Any] = (value,)
        for depth in range(DEPTH_MAX + 1):
            below = list[Any]()
            for one in level:
                if isinstance(one, str):
                    texts.append(one)
                elif isinstance(one, SIMPLE):
                    if self._number(one) is not one:
                        return False
                elif depth == DEPTH_MAX or (inners := self._inners(one)) is None:
                    return False
                else:
                    below += inners
            if not below:
                return True
            level = below
        return False

    def _inners(self, value: Any) -> Collection[Any] | None:
        """What plain data holds; None when it is none, or holds what must go."""
        if isinstance(value, LISTED):
            inners = cast("Collection[Any]", value)
        elif isinstance(value, Mapping):
            named = cast("Mapping[Any, Any]", value)
            for key, inner in named.items():
                if self._is_blanked(str(key), inner):
                    return None
            inners = named.values()
        else:
            return None
        return inners if len(inners) <= ITEMS_MAX else None

    def _value(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, SIMPLE):
            return self._number(value)
        if depth >= DEPTH_MAX:
            return "[redacted:too-deep]"
        if isinstance(value, Mapping):
            items = list(cast("Mapping[Any, Any]", value).items())[:ITEMS_MAX]
            return {key: self._named(str(key), inner, depth) for key, inner in items}
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
            return [self._value(inner, depth + 1) for inner in cast("Sequence[Any]", value)[:ITEMS_MAX]]
        return f"[redacted:{type(value).__name__}]"

    def _number(self, value: float | None) -> float | str | None:
        """A number of many digits may be a card's or an account's."""
        if not isinstance(value, int) or self._only_secrets or abs(value) < 10 ** (DIGITS_MIN - 1):
            return value
        text = str(value)
        return value if self.passes(text) else self.text(text)

    def _named(self, name: str, value: Any, depth: int) -> Any:
        return "[redacted:field]" if self._is_blanked(name, value) else self._value(value, depth + 1)

    def _is_blanked(self, name: str, value: Any) -> bool:
        """A field with a telling name is blanked whole; an empty one or a switch tells nothing."""
        return self._by_name and bool(value) and not isinstance(value, bool) and _is_telling(name[-NAME_MAX:])


def _cut(text: str, findings: Sequence[Finding]) -> str:
    elsewhere = _Elsewhere(text, findings)
    numbered = _is_plain_data(text) is not None
    parts, end = list[str](), 0
    for found in findings:
        if found.start >= end:
            start = _after_escape(text, found.start)
            # What was a number of JSON becomes a text of JSON.
            quote = '"' if numbered and _is_number(text, start, found.end) else ""
            parts += (*elsewhere.cut(text[end:start]), quote, OPEN, found.kind, CLOSE, quote)
            end = found.end
    return "".join((*parts, *elsewhere.cut(text[end:])))


class _Elsewhere:
    """Takes out what was found as a secret wherever else it stands, all of it in one pass."""

    def __init__(self, text: str, findings: Sequence[Finding]) -> None:
        kinds = {
            value: found.kind
            for found in findings
            if found.family is Family.SECRET and len(value := text[found.start : found.end]) >= AGAIN_MIN
        }
        self._kinds = tuple(kinds.values())
        self._find = AhoCorasick(
            kinds, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.NoncontiguousNFA
        ).find_matches_as_indexes

    def cut(self, text: str) -> Iterator[str]:
        """The parts of a text without it."""
        end = 0
        for which, start, stop in self._find(text):
            yield from (text[end:start], OPEN, self._kinds[which], CLOSE)
            end = stop
        yield text[end:]


def _after_escape(text: str, start: int) -> int:
    """Where a finding begins, without the letter of a JSON escape before it that looked like its first."""
    if text[max(0, start - 1) : start] != "\\":
        return start
    before = text[max(0, start - NEAR) : start]
    slashes = len(before) - len(before.rstrip("\\"))
    escape = _escape(text, start) if slashes % 2 else None
    return escape.end() if escape else start


def _is_number(text: str, start: int, end: int) -> bool:
    """Whether what stands there is a number in plain data."""
    if not text[start:end].isdigit() or _goes_on(text, end) is None:
        return False
    return text[max(0, start - NEAR) : start].rstrip().endswith((":", ",", "["))


SECRETS_ONLY: Final = Redactor()


def redact_text(text: str) -> str:
    """The text without the secrets in it; JSON text stays JSON."""
    return SECRETS_ONLY.text(text)


def redact(value: Any) -> Any:
    """Plain data without the secrets in it: a new value, the given one is left alone."""
    return SECRETS_ONLY.value(value)


def restore(value: Any, *, shown: Any, original: Any) -> Any:
    """Put the secrets back where a person left a redacted text as it was shown.

    Args:
        value: what came back, perhaps edited.
        shown: what the person saw: `redact(original)`.
        original: what was redacted.
    """
    if value == shown:
        return original
    if all(isinstance(each, dict) for each in (value, shown, original)):
        fields: dict[str, Any] = value
        return {
            key: restore(inner, shown=shown.get(key), original=original.get(key, inner))
            for key, inner in fields.items()
        }
    if all(isinstance(each, list) for each in (value, shown, original)) and len(value) == len(shown):
        places: list[Any] = value
        return [restore(inner, shown=shown[at], original=original[at]) for at, inner in enumerate(places)]
    return value
