"""Texts that are not what they look like: hidden characters, mixed scripts, look-alike domains."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from holdfast.decision.cedar.syntax import place
from holdfast.decision.content.invisible import HIDDEN, LATIN
from holdfast.decision.lint.finding import Lint, Severity, about
from holdfast.decision.lint.written import Literal, Written

SHAPES: Final = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s", "|": "l", "i": "l"})
"""Signs that pass for one another in most fonts."""
PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_domain = re.compile(r"[^\s@/:*\"']{1,253}\.[^\s@/:*\"'.]{2,63}").fullmatch


def check_hidden(written: Written) -> Iterator[Lint]:
    """Characters that take no room on a screen, anywhere in a file, comments included."""
    for source in written.bundle.sources:
        for match in HIDDEN.finditer(source.text) if not source.text.isascii() else ():
            line, column = place(source.text, match.start())
            names = ", ".join(f"U+{ord(one):04X} {unicodedata.name(one, 'unnamed')}" for one in match[0][:4])
            yield Lint(
                "hidden-character", Severity.WARNING, f"hidden here: {names}",
                source.name, line, column, "Delete it; what is judged differs from what is read.",
            )  # fmt: skip


def check_scripts(written: Written) -> Iterator[Lint]:
    """Words that mix letters of several scripts, or pass for Latin ones."""
    for literal in _once(written):
        if literal.text.isascii():
            continue
        plain = unicodedata.normalize("NFKC", literal.text).translate(LATIN)
        mixed = [word for word in re.findall(r"[^\W\d_]+", literal.text) if len(_scripts(word)) > 1]
        if mixed:
            scripts = " and ".join(sorted(_scripts(mixed[0])))
            message = f'"{literal.text}" mixes {scripts.title()} letters'
        elif plain.isascii() and _domain(literal.text):
            message = f'"{literal.text}" passes for "{plain}"'
        else:
            continue
        yield about(literal.policy, "mixed-script", message, needle=literal.text, suggestion=_write(plain))


def check_domains(written: Written) -> Iterator[Lint]:
    """Domains that pass for another one that the policies name, and those in punycode."""
    first: dict[str, str] = {}
    for literal in _once(written):
        text = literal.text.lower()
        if not _domain(text):
            continue
        if any(part.startswith("xn--") for part in text.split(".")):
            shown = _spoken(text)
            message = f'"{literal.text}" is shown to people as "{shown}"'
            yield about(literal.policy, "look-alike-domain", message, needle=literal.text)
        known = first.setdefault(skeleton(text), text)
        if known != text:
            message = f'"{literal.text}" looks like "{known}", which is another domain'
            yield about(
                literal.policy, "look-alike-domain", message, needle=literal.text, suggestion=_write(known)
            )


def skeleton(text: str) -> str:
    """What a text looks like at a glance: the same for all that pass for one another."""
    plain = unicodedata.normalize("NFKC", text).translate(LATIN).lower()
    for pair, one in PAIRS:
        plain = plain.replace(pair, one)
    return plain.translate(SHAPES)


def _once(written: Written) -> Iterator[Literal]:
    """Every text once, where it stands first."""
    seen: set[str] = set()
    for literal in written.literals():
        if literal.text not in seen:
            seen.add(literal.text)
            yield literal


def _scripts(word: str) -> set[str]:
    """The scripts of a word's letters, by the names of its characters."""
    return {unicodedata.name(one, "UNKNOWN").partition(" ")[0] for one in word if one.isalpha()}


def _spoken(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain


def _write(text: str) -> str:
    return f'If that was meant, write "{text}".' if text.isascii() else ""
