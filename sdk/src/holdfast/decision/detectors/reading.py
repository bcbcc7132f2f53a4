"""What a result says about progress, read off how it begins: something, nothing, or an error told as text."""

from __future__ import annotations

import re
from typing import Final, Literal

Reading = Literal["something", "nothing", "silence", "error"]
"""`silence` is an empty result: no news, and not a failure to find any either."""

CLASS_MAX: Final = 64
HEAD: Final = 160
"""Characters read of a result."""
SILENCE: Final = frozenset({"", "[]", "{}", "null", "none", '""'})
FAILURES: Final = ("error", "exception", "traceback", "fatal")

_error = re.compile(rf"[\s\"'#(\[{{<]{{0,4}}(?:{'|'.join(FAILURES)})\b").match
_nothing = re.compile(
    r".{0,40}?\b(?:could not|couldn't|cannot|can't|unable to) (?:find|locate)\b"
    r"|.{0,40}?\bno (?:results?|match(?:es)?|such|records?|entries|items?|hits?)\b"
    r"|.{0,60}?\b(?:not found|does not exist|doesn't exist|nothing found)\b",
    re.DOTALL,
).match
_particular = re.compile(r"[\[\](){}<>\"'`\n:]|\d+").search


def read_result(text: str) -> Reading:
    """What a result is, as far as its beginning tells."""
    head = text[:HEAD].lower()
    if _error(head):
        return "error"
    # One of these stands in every text that says so; looking for them first is ten times faster.
    if (
        "no " in head or "not " in head or "n't " in head or "find" in head or "nothing" in head
    ) and _nothing(head):
        return "nothing"
    return "silence" if len(text) < HEAD and head.strip() in SILENCE else "something"


def class_of(error: str) -> str:
    """What kind of error a message is: its words up to the first particular; `HTTP` of `HTTP 503: …`."""
    told = error.strip()
    for prefix in ("Error:", "error:", "ERROR:"):
        told = told.removeprefix(prefix).lstrip()
    cut = _particular(told)
    kind = told[: cut.start()] if cut and cut.start() else told
    return kind.strip()[:CLASS_MAX].casefold() or "error"
