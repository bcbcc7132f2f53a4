"""Evidence: places in a run that a person can look at and see for themselves. Pure, and the same every time.

Each finder names at most one act, the first of its kind: what went wrong later may follow from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from holdfast_server.insight.attribution.act import Act, Acts
from holdfast_server.insight.attribution.words import ADMITTED, CLAIMED, FACT, INVENTED

CHANGING: Final = frozenset({"write", "spend", "send", "destroy", "execute"})
"""Effects of calls that change something."""
FACTS_MIN: Final = 3
"""Facts that an act must state before it is asked where they came from."""
SUPPORT_MIN: Final = 0.5
"""The share of them that somebody must have said or returned before."""
FACTS_MAX: Final = 64
PLAN_CHARS: Final = 160
ALIKE_MIN: Final = 0.5
"""Share of words that two requests have in common when they ask nearly the same."""
TOLD_MAX: Final = 120
SOURCE_MAX: Final = 400_000
"""Characters of results that facts are looked up in."""

WORDS_MIN: Final = 4
"""Words that a request has when it is worth comparing."""
_plan = re.compile(r"\b(?:plan|steps? (?:required|needed|to)|outline)\b", re.IGNORECASE).search
_word = re.compile(r"\w{4,}").findall

EvidenceKind = Literal[
    "contradicted",
    "policy",
    "error",
    "invented",
    "divergence",
    "unsupported",
    "undone",
    "asked_again",
    "basis",
    "repeat",
]


class Finding(msgspec.Struct, frozen=True):
    """One act that something speaks against."""

    kind: EvidenceKind
    place: int
    """Where the act stands among the acts."""
    text: str


def find_contradicted(acts: Acts) -> Iterator[Finding]:
    """The first effect that the world does not show as its contract asks."""
    for place, act in enumerate(acts):
        if act.observed in {"contradicted", "unknown"}:
            said = "is contradicted by" if act.observed == "contradicted" else "cannot be seen in"
            yield Finding("contradicted", place, f"What {act.target} claims {said} the world.")
            return


def find_policy(acts: Acts) -> Iterator[Finding]:
    """The first act that a rule refused."""
    for place, act in enumerate(acts):
        if act.refused:
            yield Finding("policy", place, f"Refused: {_short(act.refused)}")
            return


def find_error(acts: Acts) -> Iterator[Finding]:
    """The first call that failed."""
    for place, act in enumerate(acts):
        if act.error and not act.refused:
            yield Finding("error", place, f"{act.target or act.agent} failed: {_short(act.error)}")
            return


def find_repeat(acts: Acts) -> Iterator[Finding]:
    """The first call that asks the same of the same as one before."""
    seen: dict[tuple[str, str, str], int] = {}
    for place, act in enumerate(acts):
        if act.kind in {"call", "delegate"} and act.asked:
            if act.signature in seen:
                yield Finding("repeat", place, f"The same was asked of {act.target} before.")
                return
            seen[act.signature] = place


def find_invented(acts: Acts) -> Iterator[Finding]:
    """The first act that puts something thought up in the place of what should have been found out."""
    for place, act in _own(acts):
        if found := INVENTED.search(act.text):
            yield Finding("invented", place, f"It works with something thought up: “{found.group(0)}”.")
            return


def find_unsupported(acts: Acts) -> Iterator[Finding]:
    """The first act that states facts which nobody said and no tool returned before."""
    sources: list[str] = []
    for place, act in enumerate(acts):
        if place and act.kind == "say" and not _is_plan(act.text):
            stated = _facts(act.text)
            known = "\n".join(sources)[-SOURCE_MAX:]
            new = [fact for fact in stated if fact not in known]
            if len(stated) >= FACTS_MIN and len(new) > len(stated) * (1 - SUPPORT_MIN):
                claimed = CLAIMED.search(act.text)
                said = f"It says “{claimed.group(0)}”; " if claimed else ""
                text = f"{said}{len(new)} of {len(stated)} facts in it came from nowhere: {_list(new)}."
                yield Finding("unsupported", place, text[:1].upper() + text[1:])
                return
        sources.append(act.result.casefold())
        if act.kind == "person" or place == 0:
            sources.append(act.text.casefold())


def find_undone(acts: Acts) -> Iterator[Finding]:
    """The act right before it is first admitted that something did not work."""
    for place, act in _own(acts):
        if place and acts[place - 1].kind != "person" and (found := ADMITTED.search(act.text)):
            text = f"Right after it, {act.agent or 'the agent'} says “{found.group(0)}”."
            yield Finding("undone", place - 1, text)
            return


def find_asked_again(acts: Acts) -> Iterator[Finding]:
    """The answer after which nearly the same was asked again: it was not good enough."""
    asked: list[frozenset[str]] = []
    answer = -1
    for place, act in enumerate(acts):
        if act.kind in {"call", "delegate"}:
            words = frozenset(_word(act.asked.casefold()))
            if answer >= 0 and any(_alike(words, other) for other in asked):
                yield Finding("asked_again", answer, "Right after it, nearly the same was asked again.")
                return
            asked.append(words)
        if act.kind == "call":
            answer = place


def find_basis(acts: Acts) -> Iterator[Finding]:
    """The last call before the end: what was answered rests on it."""
    calls = [place for place, act in enumerate(acts) if act.kind == "call"]
    if calls:
        yield Finding("basis", calls[-1], "It is the last call before the answer, which rests on it.")


FINDERS: Final[Mapping[EvidenceKind, Callable[[Acts], Iterator[Finding]]]] = {
    "contradicted": find_contradicted,
    "policy": find_policy,
    "error": find_error,
    "invented": find_invented,
    "unsupported": find_unsupported,
    "undone": find_undone,
    "asked_again": find_asked_again,
    "basis": find_basis,
    "repeat": find_repeat,
}


def find_divergence(acts: Acts, good: Acts) -> Iterator[Finding]:
    """The first call with an effect that a good run of the same kind never made.

    Where nobody says which calls have an effect, all of them count.

    Args:
        acts: the failed run.
        good: a run of the same agent, version and task that succeeded.
    """
    made = {(act.target, _canonical(act.asked)) for act in good if act.kind == "call"}
    targets = {target for target, _ in made}
    told = any(act.effect for act in acts)
    for place, act in enumerate(acts):
        counts = act.kind == "call" and (act.effect in CHANGING if told else True)
        if made and counts and (act.target, _canonical(act.asked)) not in made:
            how = "with other arguments" if act.target in targets else "not at all"
            yield Finding("divergence", place, f"The run that succeeded called {act.target} {how}.")
            return


def find_all(acts: Acts, good: Acts = ()) -> list[Finding]:
    """Everything that speaks against an act, in the order of the acts."""
    found = [one for find in FINDERS.values() for one in find(acts)]
    return sorted([*found, *find_divergence(acts, good)], key=lambda one: one.place)


def _own(acts: Acts) -> Iterator[tuple[int, Act]]:
    """What agents did; how it was begun is nobody's mistake."""
    return ((place, act) for place, act in enumerate(acts) if place and act.kind != "person")


def _is_plan(text: str) -> bool:
    """What is yet to be done, and what agents say to a program, claims nothing."""
    return bool(_plan(text[:PLAN_CHARS])) or text.count('":') >= FACTS_MIN


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one) >= WORDS_MIN and len(one & other) > ALIKE_MIN * len(one | other)


def _facts(text: str) -> list[str]:
    found = (match.group(0).strip("\"“”' ").casefold() for match in FACT.finditer(text))
    return list(dict.fromkeys(found))[:FACTS_MAX]


def _canonical(text: str) -> str:
    """Arguments, however they were written down."""
    try:
        return msgspec.json.encode(msgspec.json.decode(text), order="sorted").decode()
    except (msgspec.DecodeError, RecursionError):
        return " ".join(text.split())


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= TOLD_MAX else f"{plain[:TOLD_MAX]}…"


def _list(facts: list[str]) -> str:
    return ", ".join(facts[:3]) + (", …" if len(facts) > 3 else "")
