"""At a glance: the stages of one gate as one function, for the action that none of them objects to.

Nearly every action is allowed. What the stages would find out one by one is asked here in a single generated
function, which names the first of them that has something to say. Its source is made of words that were
written in this house; whatever comes from a policy or a contract goes through names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from holdfast.decision.case import Case, Part
from holdfast.decision.directory import Directory

WORDS: Final[Mapping[str, str]] = {
    "action": "case.action",
    "session": "case.session",
    "controls": "case.controls",
    "links": "known(action.chain) or find_links(action.chain)",
    "track": "session.tracks.get(action.run)",
}
"""What every glance may speak of, beside `case`."""

Glance = Callable[[Case], int | None]
"""The place of the first stage that has to look closer; None when none has to."""


def make_glance(parts: Iterable[Part], directory: Directory) -> Glance:
    """The function for these parts, in their order; it may raise, and then nothing is known."""
    scope: dict[str, Any] = {"known": directory.known, "find_links": directory.links}
    lines = ["def glance(case):", *(f" {word} = {source}" for word, source in WORDS.items())]
    for place, part in enumerate(parts):
        assert scope.keys().isdisjoint(part.names), "two stages use one name"
        scope |= part.names
        lines.append(f" if not ({part.glance or False}): return {place}")
    exec(compile("\n".join(lines), "<glance>", "exec"), scope)  # noqa: S102  # see the module's docstring
    return scope["glance"]
