"""A view: how policies read their context where no context is made.

On the path that every action takes, making records only to take them apart again costs more than judging. So
each attribute that the policies read becomes a local variable of the function that judges, made by the same
sources as in the projection; the tests hold both to the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from holdfast.action import Contract
from holdfast.decision.case import Case
from holdfast.decision.cedar import Place, Policy, Record, Shape, View
from holdfast.decision.cedar.values import LONG_MAX
from holdfast.decision.controls import FREE
from holdfast.decision.projection import (
    GIVEN,
    PLAIN,
    arguments_shape,
    find_sources,
    make_projection,
    read_shape,
)

MOMENT: Final = "m = Moment(action, session, free, now_ns, approvals, arguments, action.digest)"
"""Made only where something reads more than one field of it."""
ALL: Final = ()
"""The path of the whole context."""


def make_view(policies: Iterable[Policy], shape: Shape, contract: Contract) -> View:
    """Read what these policies read: each value into a variable, records whole where they must be."""
    policies = tuple(policies)
    paths, texts, names = find_sources(policies, shape, contract)
    assert names.keys().isdisjoint(GIVEN), "a source hides what it is read from"
    moment = {"Moment": Case, "free": FREE}
    if ALL in paths:
        names = {**moment, "project": make_projection(policies, shape, contract)}
        return View(", ".join(GIVEN), (MOMENT, "C = project(m)"), {}, names)
    lines: list[str] = []
    places: dict[tuple[str, ...], Place] = {}
    for path, text in texts.items():
        if path == ("args",) and path not in paths:
            continue
        places[path] = Place(f"c{len(places)}", sure=True)
        lines.append(f"{places[path].name} = {text}")
    if ("derived",) in paths:
        inner = {path: places.pop(path) for path in texts if path[0] == "derived"}
        items = ", ".join(f"{path[1]!r}: {place.name}" for path, place in inner.items())
        places["derived",] = Place("derived", sure=True)
        lines.append(f"derived = Record({{{items}}})")
    if ("args",) in texts and ("args",) not in paths:
        lines += _read_arguments(arguments_shape(shape, paths), places, names)
    if any(re.search(r"\bm\b", line) for line in lines):
        lines.insert(0, MOMENT)
        names |= moment
    return View(", ".join(GIVEN), tuple(lines), places, {**names, "Record": Record})


def _read_arguments(shape: Shape, places: dict[tuple[str, ...], Place], names: dict[str, Any]) -> list[str]:
    """Statements that read the arguments one by one; one that is null is one that is not there."""
    names |= {"LONG_MAX": LONG_MAX, "type": type, "str": str, "int": int, "bool": bool}
    lines: list[str] = []
    for place, (name, one) in enumerate(shape.attributes.items()):
        given = f"a{place}"
        names |= {f"n{place}": name, f"r{place}": read_shape(one.shape, name)}
        is_plain = PLAIN.get(one.shape.type, "False").replace("given", given)
        lines += [
            f"{given} = arguments.get(n{place})",
            f"if {given} is not None and not ({is_plain}): {given} = r{place}({given})",
        ]
        places["args", name] = Place(given, sure=False)
    return lines
