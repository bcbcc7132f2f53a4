"""Packs that extend others: the rules of both hold, and the one that extends can only be stricter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from holdfast.decision.agents import ANY, Agent
from holdfast.decision.alarms import RUNGS, Alarm
from holdfast.decision.cedar import did_you_mean
from holdfast.decision.pack.pack import Pack, read_pack
from holdfast.decision.packs import PACK_NAMES, find_pack
from holdfast.decision.source import Source

ALWAYS: Final = "enforce"
SCOPES: Final = ("tools", "models", "agents")
"""What limits an agent."""


def gather(sources: Iterable[Source]) -> tuple[tuple[Source, ...], list[Pack]]:
    """Every source that counts and what each YAML file of them says; packs that others extend come first.

    Raises:
        PolicySyntaxError: a file cannot be used, names a pack that does not exist, or loosens one it extends.
    """
    sources = tuple(sources)
    packs = {one.name: read_pack(one.text, source=one.name) for one in sources if one.kind == "yaml"}
    named = {pack.name for pack in packs.values()}
    added: dict[str, Source] = {}
    for pack in packs.values():
        for name in pack.extends:
            if name in named or name in added:
                continue
            if name not in PACK_NAMES:
                hint = did_you_mean(name, {*named, *PACK_NAMES} - {pack.name})
                raise pack.problem(f"there is no pack {name}", ("extends",), hint=hint)
            added[name] = find_pack(name)
    found = (*added.values(), *sources)
    ordered = [
        packs.get(one.name) or read_pack(one.text, source=one.name) for one in found if one.kind == "yaml"
    ]
    _check(ordered)
    return found, ordered


def _check(packs: list[Pack]) -> None:
    by_name = {pack.name: pack for pack in packs}
    for child in packs:
        for parent in _parents(child, by_name):
            _check_agents(child, parent)
            _check_detectors(child, parent)
            _check_same(child, "flow", child.flow, parent.name, parent.flow)
            _check_levels(child, parent)
            if parent.breakers is not None and child.breakers not in (None, parent.breakers):
                message = f"{parent.name} has settled breakers; a pack that extends it cannot change them"
                raise child.problem(message, ("breakers",))
            for tool, said in parent.tools.items():
                _check_same(child, "tools", child.tools.get(tool, {}), parent.name, said, about=tool)


def _parents(child: Pack, by_name: Mapping[str, Pack]) -> Iterator[Pack]:
    """Every pack that this one extends, directly or through others."""
    seen = {child.name}
    waiting = list(child.extends)
    while waiting:
        name = waiting.pop()
        if name == child.name:
            raise child.problem(f"{name} extends itself", ("extends",))
        if name not in seen and name in by_name:
            seen.add(name)
            waiting += by_name[name].extends
            yield by_name[name]


def _check_agents(child: Pack, parent: Pack) -> None:
    for name, agent in child.agents.items():
        bound = parent.agents.get(name) or parent.agents.get(ANY)
        for scope in SCOPES if bound else ():
            if not _is_within(getattr(agent, scope), getattr(bound, scope)):
                message = f"{name} may use more {scope} here than {parent.name} lets it"
                raise child.problem(message, ("agents", name), hint=_told(bound, scope))


def _check_detectors(child: Pack, parent: Pack) -> None:
    for name, alarm in child.detectors.items():
        bound = parent.detectors.get(name)
        if name in parent.detectors and alarm != bound and not _is_stricter(alarm, bound):
            message = f"{parent.name} is stricter about {name}; a pack that extends it cannot loosen it"
            raise child.problem(message, ("detectors", name))


def _check_levels(child: Pack, parent: Pack) -> None:
    """A rule counts as much as its own file says, or more."""
    for name, level in child.enforcement.items():
        theirs = [rule.id for rule in parent.rules if name == rule.id or name.startswith(f"{rule.id}/")]
        if level != ALWAYS and (theirs or fnmatchcase(f"{parent.name}/x", name)):
            message = f"{name} stands in {parent.name}; a pack that extends it cannot make it count less"
            raise child.problem(message, ("enforcement", name))


def _check_same(
    child: Pack,
    section: str,
    said: Mapping[str, Any],
    parent: str,
    bound: Mapping[str, Any],
    *,
    about: str = "",
) -> None:
    """What a parent has settled stays settled; only a smaller depth is stricter without a doubt."""
    for word, value in said.items():
        tighter = word == "depth_max" and value <= bound.get(word, value)
        if word in bound and bound[word] != value and not tighter:
            path = (section, about) if about else (section, word)
            where = f"{word} of {about}" if about else word
            raise child.problem(
                f"{parent} has settled {where}; a pack that extends it cannot change it", path
            )


def _is_within(patterns: tuple[str, ...], bounds: tuple[str, ...]) -> bool:
    """Whether everything that the patterns match is matched by the bounds."""
    return all(
        any(
            bound in {ANY, one} or ("?" not in bound and "[" not in bound and fnmatchcase(one, bound))
            for bound in bounds
        )
        for one in patterns
    )


def _is_stricter(alarm: Any, bound: Any) -> bool:
    if not isinstance(alarm, Alarm) or not isinstance(bound, Alarm):
        return bound is None
    said = [(alarm.rung(times), rung) for times, rung in bound.ladder]
    return all(mine is not None and RUNGS.index(mine) >= RUNGS.index(rung) for mine, rung in said)


def _told(agent: Agent | None, scope: str) -> str:
    return f"It may use: {', '.join(getattr(agent, scope))}." if agent else ""
