"""What an edit changes beside the rules: limits, detectors, flow and the like, and which way each turns.

No solver is needed here: a setting has an order of its own, so that a lower budget plainly refuses more.
Where there is none, or an edit goes both ways at once, it is told as a change and no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from holdfast.action.contracts import drift
from holdfast.decision.agents import ANY, find_agent
from holdfast.decision.alarms import RUNGS, STOPS, Alarm
from holdfast.decision.breakers import BreakerTerms
from holdfast.decision.budgets import EACH
from holdfast.decision.bundle import Bundle
from holdfast.decision.content import ContentRule, Place
from holdfast.decision.limits import HELD
from holdfast.decision.proof.change import Direction, Setting

FREE: Final = float("inf")
RANKS: Final = {word: rank for rank, word in enumerate(("allow", "ask", "deny", "halt"))}
DEEDS: Final[Mapping[str, Direction]] = {"deny": "refuses", "ask": "asks"}
TOLD_MAX: Final = 200
AMOUNTS: Final = ("usd", "tokens", "calls", "seconds", "records")
TRIPS: Final = ("consecutive", "runs", "error_rate", "slow_rate", "calls_min")
"""Of a breaker: the less, the sooner it opens."""

Turn = Callable[[Any, Any], Direction]


class Entry(NamedTuple):
    """One setting as a bundle has it."""

    value: Any
    """None when it is not set."""
    turn: Turn


Entries = Iterator[tuple[str, Entry]]


def settings_changed(old: Bundle, new: Bundle) -> Iterator[Setting]:
    """Every setting that differs, by section and name."""
    for section, read in SECTIONS.items():
        before, after = dict(read(old)), dict(read(new))
        for name in sorted({*before, *after}):
            turn = (before.get(name) or after[name]).turn
            if turn in DETAILS and not (name in before and name in after):
                continue
            one, other = before.get(name, UNSET).value, after.get(name, UNSET).value
            if one != other:
                yield Setting(section, name, turn(one, other), _told(one), _told(other))
    yield from _reach(old, new)
    yield from _contracts(old, new)


def _most(before: float | None, after: float | None) -> Direction:
    """A limit; without one there is no end."""
    return (
        "refuses" if (FREE if after is None else after) < (FREE if before is None else before) else "allows"
    )


def _sooner(before: float, after: float) -> Direction:
    """A threshold of something that is there before and after."""
    return _most(before, after)


def _strict(before: str | None, after: str | None) -> Direction:
    """A verdict."""
    ranks = RANKS.get(before or "allow", 0), RANKS.get(after or "allow", 0)
    return "changes" if ranks[0] == ranks[1] else "refuses" if ranks[1] > ranks[0] else "allows"


def _open_to(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Direction:
    """Those whom something is open to; without any it is open to all."""
    one = {ANY} if before is None else set(before)
    other = {ANY} if after is None else set(after)
    if ANY in one or ANY in other:
        return "changes" if ANY in one and ANY in other else "allows" if ANY in other else "refuses"
    return "allows" if one < other else "refuses" if other < one else "changes"


def _entitled(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Direction:
    """Values that may be chosen without asking."""
    one, other = set(before or ()), set(after or ())
    return "allows" if one < other else "asks" if other < one else "changes"


def _alarm(before: Alarm | None, after: Alarm | None) -> Direction:
    """A detector: the sooner it stops an action, and the harder, the more it refuses."""
    one, other = _stops(before), _stops(after)
    return "changes" if one == other else "refuses" if other < one else "allows"


def _stops(alarm: Alarm | None) -> tuple[float, int]:
    found = [(limit, -RUNGS.index(rung)) for limit, rung in alarm.ladder if rung in STOPS] if alarm else []
    return min(found, default=(FREE, 0))


def _held(_before: object, after: object) -> Direction:
    return "refuses" if after == HELD else "allows"


def _plain(_before: object, _after: object) -> Direction:
    return "changes"


def _asks(_before: object, _after: object) -> Direction:
    return "asks"


UNSET: Final = Entry(None, _plain)
DETAILS: Final = frozenset({_strict, _sooner, _plain, _asks})
"""Say nothing of a thing that is new or gone: that it is says it all."""


def _there(direction: Direction) -> Turn:
    """Something that is there or not."""
    return lambda before, _: (
        direction if before is None else "changes" if direction == "changes" else "allows"
    )


def _budgets(bundle: Bundle) -> Entries:
    count: Counter[str] = Counter()
    for one in bundle.budgets:
        words = (
            one.scope,
            "" if one.key == EACH else one.key,
            "" if one.window == "none" else f"a {one.window}",
        )
        name = " ".join(word for word in words if word)
        count[name] += 1
        name += f" #{count[name]}" if count[name] > 1 else ""
        for unit in AMOUNTS:
            yield f"{name}: {unit}", Entry(getattr(one, unit), _most)
        yield f"{name}: verdict", Entry(one.verdict, _strict)
        yield f"{name}: unpriced", Entry(one.unpriced, _strict)
        for rest in ("soft", "time_zone", "shared"):
            yield f"{name}: {rest}", Entry(getattr(one, rest) or None, _plain)


def _detectors(bundle: Bundle) -> Entries:
    for name in bundle.detectors.__struct_fields__:
        value = getattr(bundle.detectors, name)
        yield name, Entry(value, _plain if isinstance(value, bool) else _alarm)


def _flow(bundle: Bundle) -> Entries:
    flow = bundle.flow
    yield "approver", Entry(flow.approver, _asks)
    yield "depth_max", Entry(flow.depth_max, _most)
    yield "cycles", Entry(flow.cycles, _strict)
    yield "models", Entry(flow.models, _held)
    yield from ((f"registry: {name}", Entry(values, _entitled)) for name, values in flow.registry.items())
    yield from ((f"readers: {label}", Entry(values, _open_to)) for label, values in flow.readers.items())


def _content(bundle: Bundle) -> Entries:
    for rule in bundle.content.rules:
        yield _content_name(rule), Entry(rule.message or "said", _there(DEEDS.get(rule.do, "changes")))


def _content_name(rule: ContentRule) -> str:
    tools = f" of {', '.join(rule.tools)}" if rule.tools else ""
    places = "" if len(rule.at) == len(Place) else f" at {', '.join(rule.at)}"
    return f"{rule.do} {', '.join(rule.find)}{places}{tools} from {rule.least:g}"


def _breakers(bundle: Bundle) -> Entries:
    terms = bundle.breakers
    kinds = {"tools": terms.tools, "models": terms.models, "dependencies": terms.dependencies, **terms.named}
    for name, one in kinds.items():
        yield name, Entry("on" if one else None, _there("refuses"))
        for field in BreakerTerms.__struct_fields__ if one else ():
            yield f"{name}: {field}", Entry(getattr(one, field), _sooner if field in TRIPS else _plain)


def _rates(bundle: Bundle) -> Entries:
    for one in bundle.rates:
        yield f"{one.of} {one.name} in {one.per_s:g} s", Entry(one.calls, _most)


SECTIONS: Final[Mapping[str, Callable[[Bundle], Entries]]] = {
    "budgets": _budgets,
    "detectors": _detectors,
    "flow": _flow,
    "content": _content,
    "breakers": _breakers,
    "rates": _rates,
}


def _reach(old: Bundle, new: Bundle) -> Iterator[Setting]:
    """Models and agents that an agent may reach, and who pays; its tools are among what is proved."""
    for name in sorted({*old.agents, *new.agents}):
        before, after = find_agent(old.agents, name), find_agent(new.agents, name)
        if before is None or after is None:
            continue
        for field, turn in (("models", _open_to), ("agents", _open_to), ("team", _plain), ("owner", _plain)):
            one, other = getattr(before, field), getattr(after, field)
            if one != other:
                yield Setting("agents", f"{name}: {field}", turn(one, other), _told(one), _told(other))


def _contracts(old: Bundle, new: Bundle) -> Iterator[Setting]:
    for name in sorted({*old.contracts} & {*new.contracts}):
        if old.fingerprints[name] != new.fingerprints[name]:
            found = drift(old.contracts[name], new.contracts[name])
            for one in found.changes if found is not None else ():
                direction: Direction = "allows" if one.loosens else "changes"
                yield Setting(
                    "contracts", f"{name}: {one.path}", direction, _told(one.before), _told(one.after)
                )


def _told(value: Any) -> str:
    """A setting as people read it; empty when it is not set."""
    match value:
        case None:
            return ""
        case Alarm():
            told = ", ".join(f"{rung} at {times}" for times, rung in reversed(value.ladder))
        case tuple():
            told = ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any list of a file
        case bool():
            told = "yes" if value else "no"
        case float():
            told = f"{value:g}"
        case _:
            told = str(value)
    return told if len(told) <= TOLD_MAX else f"{told[:TOLD_MAX]}…"
