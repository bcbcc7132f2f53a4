"""What a result says about progress, read off how it begins: something, nothing, or an error told as text."""

from __future__ import annotations

import re
from typing import Final, Literal

Reading = Literal["something", "nothing", "silence", "error"]
"""`silence` is an empty result: no news, and not a failure to find any either."""

CLASS_MAX: Final = 64
HEAD: Final = 160
"""Characters read of a result."""

_silence = re.compile(r"\s*(?:\[\s*\]|\{\s*\}|null|none|\"\"|)\s*\Z", re.IGNORECASE).match
_error = re.compile(r"[\s\"'#(\[{<]{0,4}(?:error|exception|traceback|fatal)\b", re.IGNORECASE).match
_nothing = re.compile(
    r".{0,40}?\b(?:could not|couldn't|cannot|can't|unable to) (?:find|locate)\b"
    r"|.{0,40}?\bno (?:results?|match(?:es)?|such|records?|entries|items?|hits?)\b"
    r"|.{0,60}?\b(?:not found|does not exist|doesn't exist|nothing found)\b",
    re.IGNORECASE | re.DOTALL,
).match
_particular = re.compile(r"[\[\](){}<>\"'`\n:]|\d+").search


def read_result(text: str) -> Reading:
    """What a result is, as far as its beginning tells."""
    head = text[:HEAD]
    if _error(head):
        return "error"
    if _nothing(head):
        return "nothing"
    return "silence" if len(text) < HEAD and _silence(head) else "something"


def class_of(error: str) -> str:
    """What kind of error a message is: its words up to the first particular; `HTTP` of `HTTP 503: …`."""
    told = error.strip()
    for prefix in ("Error:", "error:", "ERROR:"):
        told = told.removeprefix(prefix).lstrip()
    cut = _particular(told)
    kind = told[: cut.start()] if cut and cut.start() else told
    return kind.strip()[:CLASS_MAX].casefold() or "error"
