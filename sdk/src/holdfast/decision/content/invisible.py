"""Text that people do not see, or take for another: zero-width, bidirectional, tags, look-alike letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from holdfast.decision.content.finding import Family, Finding

_HIDDEN: Final[tuple[tuple[str, float, str], ...]] = (
    ("tag", 0.98, r"(?<!\U0001F3F4)(?<![\U000E0020-\U000E007E])[\U000E0000-\U000E007F]+"),
    ("bidi", 0.9, r"[\u202A-\u202E\u2066-\u2069]+"),
    ("variation", 0.9,
        (r"[\uFE00-\uFE0F\U000E0100-\U000E01EF]{2,}|(?<=[A-Za-z0-9 ])[\U000E0100-\U000E01EF\uFE"
        r"00-\uFE0D]")),
    ("zero-width", 0.8,
        (r"[\u200B\u2060-\u2064\u180E\u00AD\u034F\u115F\u1160\u3164\uFFA0]+|"
        r"(?<=[A-Za-z0-9 ])[\u200C\u200D\uFEFF]+|[\u200C\u200D]{2,}|(?<=.)\uFEFF+")),
)  # fmt: skip
_hidden = re.compile("|".join(f"(?P<h{at}>{pattern})" for at, (_, _, pattern) in enumerate(_HIDDEN))).finditer
_control = re.compile(r"[\x00-\x08\x0B\x0C\x0E-\x1A\x1C-\x1F\x7F]+|\x1b(?!\[[0-9;]{0,16}m)").finditer

# Unicode's confusables (UTS 39), the part that looks like a Latin letter in most fonts.
_CYRILLIC: Final = (
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u0501\u04cf\u04bb\u051b\u051d\u0410"
    "\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0405\u0408\u050c\u04ae"
)
_GREEK: Final = (
    "\u03b1\u03bd\u03bf\u03c1\u03c5\u03b9\u03c4\u03ba\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c"
    "\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)
LATIN: Final = str.maketrans(
    _CYRILLIC + _GREEK,
    "aeopcyxisjdlhqwABEKMHOPCTYXISJGY" + "avopuitkABEZHIKMNOPTYX",
)
"""Letters of other scripts → the Latin ones they pass for."""
_mixed = re.compile(rf"[A-Za-z][{_CYRILLIC}{_GREEK}]|[{_CYRILLIC}{_GREEK}][A-Za-z]")
_rest_of_word = re.compile(r"\w*+").match
HIDDEN_CODES: Final = (
    *range(0xE0000, 0xE01F0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFE00, 0xFE10),
    *range(0x200B, 0x200E), *range(0x2060, 0x2065), 0x180E, 0xAD,
    0x34F, 0x115F, 0x1160, 0x3164, 0xFFA0, 0xFEFF,
)  # fmt: skip
"""Everything that takes no room on a screen."""
_HIDDEN_SET: Final = frozenset(map(chr, HIDDEN_CODES))
_PASSING: Final = frozenset(map(chr, LATIN))
_ASCII: Final = bytes(range(128))
_CONTROLS: Final = bytes((*range(9), 11, 12, *range(14, 32), 127))
HIDDEN_CLASS: Final = "".join(map(chr, HIDDEN_CODES))
HIDDEN: Final = re.compile(f"[{HIDDEN_CLASS}]+")
_other = re.compile(r"[^\W\d_a-zA-Z]").findall


def invisible(text: str, flat: bytes) -> Iterator[Finding]:
    """What a person who reads the text would not see, or would misread."""
    odd = foreigners(text)
    if not _HIDDEN_SET.isdisjoint(odd):
        for match in _hidden(text):
            kind, sure, _ = _HIDDEN[int((match.lastgroup or "h0")[1:])]
            yield Finding(Family.INVISIBLE, kind, *match.span(), sure, f"invisible/{kind}")
    if not _PASSING.isdisjoint(odd):
        yield from _look_alikes(text)
    if len(flat.translate(None, _CONTROLS)) != len(flat):
        for match in _control(text):
            yield Finding(Family.INVISIBLE, "control", *match.span(), 0.6, "invisible/control")


def _look_alikes(text: str) -> Iterator[Finding]:
    end = 0
    for match in _mixed.finditer(text):
        if match.start() < end:
            continue
        start, least = match.start(), end
        while start > least and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        rest = _rest_of_word(text, match.end())
        end = rest.end() if rest else match.end()
        letters: list[str] = _other(text[start:end])
        if all(ord(letter.translate(LATIN)) < 128 for letter in letters):  # ASCII
            yield Finding(Family.INVISIBLE, "look-alike", start, end, 0.85, "invisible/look-alike")


def foreigners(text: str) -> str:
    """The characters of a text beyond ASCII, run together."""
    if text.isascii():
        return ""
    return text.encode("utf-8", "replace").translate(None, _ASCII).decode()


def is_dressed(text: str) -> bool:
    """Whether a text holds letters that pass for others, or characters that take no room."""
    odd = foreigners(text)
    return not _HIDDEN_SET.isdisjoint(odd) or (
        not _PASSING.isdisjoint(odd) and _mixed.search(text) is not None
    )


KINDS: Final = frozenset(kind for kind, *_ in _HIDDEN) | {"look-alike", "control"}
