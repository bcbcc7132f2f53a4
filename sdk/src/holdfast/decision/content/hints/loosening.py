"""A pattern of a detector made into one for an automaton: it matches wherever the detector's does, and more.

Automata know no looking around and no references, and they read a text as `plain` makes it: one byte a
character, with a question mark for whatever is not ASCII. So what only narrows a pattern is left out, and a
question mark passes for every letter, digit and space that Unicode knows.
"""

from __future__ import annotations

import re
from typing import Final

REPEAT_MAX: Final = 40
"""A longer repetition is not counted to its end: an automaton needs a state for every step."""

_looks_around = re.compile(r"\(\?(?:=|!|<=|<!)").match
_looks_behind = re.compile(r"\(\?<=").match
_names = re.compile(r"\(\?P<\w+>|\((?!\?)").match
_refers = re.compile(r"\(\?P=\w+\)").match
_repeats = re.compile(r"\{([0-9]+),([0-9]*)\}").match
_flags = re.compile(r"\(\?[aimsx]+\)").match
_QUOTE: Final = "[\"']?"
"""The only thing that a reference refers to in the patterns of our detectors."""
_NARROWING: Final = frozenset("bBZ")
_WIDE: Final = frozenset("wds")


def plain(text: str) -> bytes:
    """The text as the automaton reads it: one byte a character."""
    return text.encode("ascii", "replace")


def loosen(pattern: str, *, ascii_only: bool = False) -> str:
    r"""The pattern without what only narrows it; what must stand before it is read as its beginning.

    Args:
        pattern: one that `re` knows.
        ascii_only: whether its `\w`, `\d` and `\s` mean ASCII.

    Raises:
        ValueError: it holds something that this cannot make wider.
    """
    parts, at = list[str](), 0
    while at < len(pattern):
        part, at = _next(pattern, at, ascii_only=ascii_only)
        parts.append(part)
    return "".join(parts)


def _next(pattern: str, at: int, *, ascii_only: bool) -> tuple[str, int]:  # one return a case reads best
    letter = pattern[at]
    if letter == "\\":
        return _escape(pattern[at + 1], ascii_only=ascii_only), at + 2
    if letter == "[":
        end = _class_end(pattern, at)
        return _class(pattern[at + 1 : end - 1], ascii_only=ascii_only), end
    if letter == "(":
        return _group(pattern, at)
    if letter in "{*+?":
        return _repeat(pattern, at)
    if letter in "^$":
        return "", at + 1
    return (letter if letter.isascii() else "\\?"), at + 1


def _repeat(pattern: str, at: int) -> tuple[str, int]:
    """How often at least; that no other way is tried afterwards, which a second plus says, only narrows."""
    times = _repeats(pattern, at)
    if times is None:
        return pattern[at], at + 1 + pattern.startswith("+", at + 1)
    least = min(int(times[1]), REPEAT_MAX)
    repeated = "*" if not least else "+" if least == 1 else f"{{{least},}}"
    return repeated, times.end() + pattern.startswith("+", times.end())


def _escape(letter: str, *, ascii_only: bool) -> str:
    if letter in _NARROWING:
        return ""
    return f"[\\{letter}?]" if letter in _WIDE and not ascii_only else f"\\{letter}"


def _class(inside: str, *, ascii_only: bool) -> str:
    negated = inside.startswith("^")
    shorthands = set(re.findall(r"\\([A-Za-z])", inside))
    if negated:
        if shorthands & {"W", "D", "S"}:
            raise ValueError(f"[{inside}] cannot be widened")
        return "[" + "".join(filter(str.isascii, inside.replace("?", ""))) + "]"
    kept = "".join(filter(str.isascii, inside))
    wide = len(kept) != len(inside) or (shorthands & _WIDE and not ascii_only)
    return f"[?{kept}]" if wide else f"[{kept}]"


def _group(pattern: str, at: int) -> tuple[str, int]:
    if not at and (behind := _looks_behind(pattern)):
        return "(?:", behind.end()
    if _looks_around(pattern, at):
        return "", _group_end(pattern, at)
    if refers := _refers(pattern, at):
        return _QUOTE, refers.end()
    if flags := _flags(pattern, at):
        return "", flags.end()
    if names := _names(pattern, at):
        return "(?:", names.end()
    return "(", at + 1


def _class_end(pattern: str, at: int) -> int:
    """Where a set of characters that begins here is over."""
    at += 2 if pattern.startswith("[^", at) else 1
    first = True
    while pattern[at] != "]" or first:
        at += 2 if pattern[at] == "\\" else 1
        first = False
    return at + 1


def _group_end(pattern: str, at: int) -> int:
    """Where a group that begins here is over."""
    depth = 0
    while True:
        letter = pattern[at]
        if letter == "\\":
            at += 2
            continue
        if letter == "[":
            at = _class_end(pattern, at)
            continue
        depth += (letter == "(") - (letter == ")")
        at += 1
        if not depth:
            return at
