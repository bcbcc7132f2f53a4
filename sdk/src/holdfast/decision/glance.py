"""At a glance: the stages of one gate as one function, for the action that none of them objects to.

Nearly every action is allowed. What the stages would find out one by one is asked here in a single generated
function, which names the first of them that has something to say. Its source is made of words that were
written in this house; whatever comes from a policy or a contract goes through names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from holdfast.action import Action
from holdfast.decision.case import Part
from holdfast.decision.controls import Controls
from holdfast.decision.directory import Directory
from holdfast.decision.session import Session

GIVEN: Final = "action, session, controls, now_ns, approvals"
"""What a glance is handed: of what a case is made."""
WORDS: Final[Mapping[str, str]] = {
    "arguments": "action.arguments",
    "chain": "action.chain",
    "links": "known(id(chain))",
    "actor": "action.actor",
    "track": "session.tracks.get(action.run)",
    "usage": "session.usage",
    "used": "session.runs.get(action.run, NOTHING_USED)",
    "estimate": "action.estimate",
    "cost": "estimate.cost_micro_usd",
}
"""What every glance may speak of, beside what it is handed; only what it does speak of is looked up."""

Glance = Callable[[Action, Session, Controls, int, frozenset[str]], int | None]
"""The place of the first stage that has to look closer; None when none has to."""


def make_glance(parts: Iterable[Part], directory: Directory) -> Glance:
    """The function for these parts, in their order; it may raise, and then nothing is known."""
    scope: dict[str, Any] = {"known": directory.known.get, "find_links": directory.links}
    lines: list[str] = []
    for place, part in enumerate(parts):
        assert scope.keys().isdisjoint(part.names), "two stages use one name"
        scope |= part.names
        lines.append(f" if not ({part.glance or False}): return {place}")
    for word, source in reversed(WORDS.items()):
        if any(re.search(rf"(?<!\.)\b{word}\b", line) for line in lines):
            lines.insert(0, f" {word} = {source}")
    lines.insert(0, f"def glance({GIVEN}):")
    exec(compile("\n".join(lines), "<glance>", "exec"), scope)  # noqa: S102  # see the module's docstring
    return scope["glance"]
