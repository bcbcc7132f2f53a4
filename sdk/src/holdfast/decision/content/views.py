"""The same text as something else might read it: one layer of disguise taken off, within bounds.

Full-width letters, hidden characters and look-alikes are folded over the whole text; percent signs, HTML
entities and base64 are undone where they stand. A finding in what comes out concerns the stretch it came
from.
"""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from holdfast.decision.content.invisible import HIDDEN, LATIN, is_dressed

ENCODED_MIN: Final = 24
"""Characters of base64: eighteen bytes, the least that say something."""
STRETCHES_MAX: Final = 16
"""So many encoded stretches of a text are opened."""
STRETCH_MAX: Final = 16 * 1024
"""A longer stretch is opened only so far."""

_foreign = re.compile(r"[^\x00-\x7f]+").finditer
_percent = re.compile(r"[\w.~+-]{0,256}+(?:%[0-9A-Fa-f]{2}[\w.~+-]{0,256}+){2,4096}+").match
_BEFORE_PERCENT: Final = 256
_UNRESERVED: Final = ".~+-_"
_entity = re.compile(
    r"(?:&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|quot|apos|amp|lt|gt|nbsp);[^&\n]{0,64}){1,512}"
).finditer
_base64_run = re.compile(r"[A-Za-z0-9+/_-]{24,16384}={0,2}").match
_readable = re.compile(r"[\x20-\x7e\t\r\n]{12,}").fullmatch


class View(NamedTuple):
    """A text, and where each place in it lies in the original."""

    text: str
    starts: tuple[int, ...]
    """Where pieces begin here …"""
    origins: tuple[tuple[int, int, bool], ...]
    """… and what stretch of the original each is; whether character by character."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that a stretch here came from."""
        first = bisect_right(self.starts, start) - 1
        last = bisect_right(self.starts, max(start, end - 1)) - 1
        began, _, same = self.origins[first]
        _, ended, same_last = self.origins[last]
        return (
            began + start - self.starts[first] if same else began,
            self.origins[last][0] + end - self.starts[last] if same_last else ended,
        )


def views(text: str, stretches: Sequence[tuple[int, int]]) -> Iterator[View]:
    """Other readings of a text, whose runs are given; most texts have none."""
    if not text.isascii():
        folded = fold(text)
        if folded is not None:
            yield folded
    left = STRETCHES_MAX
    for start, end, plain in _opened(text, stretches):
        yield View(plain, (0,), ((start, end, False),))
        left -= 1
        if not left:
            return


def fold(text: str) -> View | None:
    """Compatibility forms (NFKC) replaced, hidden characters gone, look-alikes as what they pass for."""
    if unicodedata.is_normalized("NFKC", text) and not is_dressed(text):
        return None
    parts, starts, origins = list[str](), list[int](), list[tuple[int, int, bool]]()
    size = at = 0
    changed = False
    for match in _foreign(text):
        plain = HIDDEN.sub(_spoken, unicodedata.normalize("NFKC", match[0]))
        if _stands_in_latin(text, *match.span()):
            plain = plain.translate(LATIN)
        changed = changed or plain != match[0]
        for piece, begin, end, same in (
            (text[at : match.start()], at, match.start(), True),
            (plain, *match.span(), len(plain) == len(match[0])),
        ):
            if piece:
                parts.append(piece)
                starts.append(size)
                origins.append((begin, end, same))
                size += len(piece)
        at = match.end()
    if not changed or not size + len(text) - at:
        return None
    if at < len(text):
        parts.append(text[at:])
        starts.append(size)
        origins.append((at, len(text), True))
    return View("".join(parts), tuple(starts), tuple(origins))


def _spoken(match: re.Match[str]) -> str:
    """Tag characters spell ASCII that nobody sees; other hidden ones say nothing."""
    said = "".join(chr(ord(each) - 0xE0000) for each in match[0] if 0xE0020 <= ord(each) <= 0xE007E)
    return f" {said} " if said else ""


def _stands_in_latin(text: str, start: int, end: int) -> bool:
    return (start > 0 and text[start - 1].isalpha()) or (end < len(text) and text[end].isalpha())


def _opened(text: str, stretches: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    for start, end in _percented(text):
        plain = unquote(text[start : min(end, start + STRETCH_MAX)])
        if plain != text[start:end]:
            yield start, end, plain
    if "&" in text and ";" in text:
        for match in _entity(text):
            yield *match.span(), html.unescape(match[0][:STRETCH_MAX])
    done = 0
    for start, end in stretches:
        if start < done or end - start < ENCODED_MIN or text[start + 8] == "-":  # a UUID
            continue
        match = _base64_run(text, start) if _decode(text[start : start + ENCODED_MIN]) else None
        if match is not None:
            done = match.end()
            plain = _decode(match[0])
            if plain:
                yield *match.span(), plain


def _percented(text: str) -> Iterator[tuple[int, int]]:
    """Where percent signs stand for characters, with what runs on before and between them."""
    done, at = 0, text.find("%")
    while at >= 0:
        start, least = at, max(done, at - _BEFORE_PERCENT)
        while start > least and (text[start - 1].isalnum() or text[start - 1] in _UNRESERVED):
            start -= 1
        match = _percent(text, start)
        if match is not None:
            yield match.span()
        done = match.end() if match is not None else at + 1
        at = text.find("%", done)


def _decode(value: str) -> str:
    """What base64 says, when it says text."""
    body = value.rstrip("=").translate(_URL_SAFE)
    body = body[: len(body) // 4 * 4] if len(body) % 4 == 1 else body + "=" * (-len(body) % 4)
    try:
        plain = base64.b64decode(body).decode()
    except ValueError:
        return ""
    return plain if _readable(plain) else ""


_URL_SAFE: Final = str.maketrans("-_", "+/")
