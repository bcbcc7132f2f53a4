"""English words that turn an answer round, or that say nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS: Final = _words("""
    no not never none nobody nothing neither nor without cannot unable except unless stop stopped fail
    failed fails failing avoid missing lacks ain't can't won't don't doesn't didn't isn't aren't wasn't
    weren't haven't hasn't hadn't couldn't shouldn't wouldn't mustn't dont cant wont doesnt didnt isnt
""")
ASKING: Final = _words("who whom whose what which when where why how")
YES_OR_NO: Final = _words("""
    is are am was were do does did can could will would should shall may might has have had must
""")
"""A question that begins with one of these wants a yes or a no."""
RELATIONS: Final = _words("to from into than versus vs over by against minus onto for of")
"""What stands on their two sides must not change sides."""
OPPOSITES: Final = tuple(
    frozenset(pair.split("/"))
    for pair in _words("""
        before/after first/last min/max minimum/maximum increase/decrease raise/lower more/less most/least
        buy/sell open/close enable/disable on/off start/end add/remove up/down left/right old/new
        import/export send/receive lend/borrow win/lose push/pull upload/download encode/decode
        encrypt/decrypt lock/unlock install/uninstall include/exclude accept/reject allow/deny above/below
        inside/outside positive/negative true/false male/female north/south east/west morning/evening
        yesterday/tomorrow today/tomorrow today/yesterday cheap/expensive best/worst high/low hot/cold
        begin/finish love/hate credit/debit deposit/withdraw deposit/withdrawal arrive/depart early/late
        long/short public/private create/delete activate/deactivate
    """)
)
EMPTY: Final = _words("""
    a an the this that these those it its i me my mine we us our you your he she they them his her their is
    are am was were be been being do does did have has had having can could will would should shall may
    might must of to in on at by for from with about into onto as if then than so and or but also just very
    really please there here what which who whom whose when where why how some any all each every own same
    such too s t d ll re ve m kindly hi hello hey ok okay tell know let want need like get got go way
""")
"""Words without a content of their own."""
NUMBERS: Final[Mapping[str, str]] = {
    "zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20",
    "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "thousand": "1000", "million": "1000000",
}  # fmt: skip
"""Numbers that are written out; `one` is more often no number at all."""
