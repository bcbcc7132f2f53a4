"""What shape outgoing text has: encodings and links that carry data out unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from holdfast.action import Contract
from holdfast.decision.projectors.texts import texts

LENGTH_MAX: Final = 256 * 1024
INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\U000e0000-\U000e0fff"
)
"""Characters that nobody sees: zero-width ones, fillers, tags, and those that turn the direction of text."""

_invisible = re.compile(f"[{INVISIBLE}]").search
_data_uri = re.compile(r"data:[\w.+-]{0,64}(?:/[\w.+-]{1,64})?[;,]", re.IGNORECASE).search
_run = re.compile(r"[A-Za-z0-9+/_-]{48,}={0,2}")
_wrapped = re.compile(r"(?:[A-Za-z0-9+/]{60,80}\r?\n){2}").search
_hex = re.compile(r"[0-9a-fA-F]{48,}").fullmatch
_image = re.compile(r"!\[[^\]\n]{0,256}\]\s?[(\[]").search
_markup = re.compile(
    r"<(?:img|script|iframe|form|a|link|meta|object|embed|svg|style|base)\b", re.IGNORECASE
).search
_link = re.compile(r"https?:[\\/]{1,4}([^\s\"'<>)\]]{1,2048})", re.IGNORECASE).findall
_mixed = re.compile(r"(?=\w*[A-Za-z])\w*[\u0370-\u03ff\u0400-\u052f\u13a0-\u13ff]\w*").search


def shapes(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Shapes of outgoing text: the payload where the contract names one, else every argument.

    `base64`, `hex`, `data-uri`, `url`, `url-data` (a link that carries more than an address), `image-link`,
    `markup`, `invisible` (characters that nobody sees), `mixed-script` (several alphabets in one word).
    """
    chosen = {name: arguments[name] for name in contract.payload if name in arguments} or arguments
    return frozenset(shape for text in texts(chosen) for shape in shapes_of(text))


def shapes_of(text: str) -> Iterator[str]:
    """The shapes of one text."""
    if len(text) > LENGTH_MAX:
        raise ValueError(f"a text longer than {LENGTH_MAX} characters")
    if not text.isascii():
        if _invisible(text):
            yield "invisible"
        if _mixed(text):
            yield "mixed-script"
    if len(text) >= 48:
        yield from _encodings(text)
    if ":" in text:
        yield from _links(text)
    if "![" in text and _image(text):
        yield "image-link"
    if "<" in text and _markup(text):
        yield "markup"


def _encodings(text: str) -> Iterator[str]:
    for run in _run.findall(text):
        if _hex(run):
            yield "hex"
        elif _is_dense(run):
            yield "base64"
    if "\n" in text and _wrapped(text):
        yield "base64"


def _is_dense(run: str) -> bool:
    """Whether a run of characters is an encoding rather than a path or a long name."""
    digits = sum(sign.isdigit() for sign in run)
    upper = sum(sign.isupper() for sign in run)
    return digits * 24 >= len(run) and upper * 8 >= len(run)


def _links(text: str) -> Iterator[str]:
    if _data_uri(text):
        yield "data-uri"
    for rest in _link(text):
        yield "url"
        host, _, path = rest.partition("/")
        labels = re.split(r"[.?#]", host)
        behind = re.split(r"[?#]", rest, maxsplit=1)
        longest = max(map(len, re.split(r"[/?#&=]", path)), default=0)
        if len(behind) > 1 or max(map(len, labels)) > 40 or longest > 64:
            yield "url-data"
