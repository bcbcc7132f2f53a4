"""Two runs side by side: which step of one answers to which of the other, and where they part first.

Steps are read as a tree is read, a parent before its children, so that branches which ran at once do not
count as parted only because they took turns otherwise. Two steps answer to each other when they are of one
kind, do one thing and stand at one depth; their arguments and what came of them may differ, and then the row
says so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final, cast

import msgspec

from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.outline import Line
from holdfast_server.record.runs.run import RunSummary

COMPARED_MAX: Final = 20_000
"""Steps of each run that are compared."""
AHEAD_MAX: Final = 256
"""How far one run is searched for where it meets the other again."""
DEPTH_MAX: Final = 400

Key = tuple[str, str, str, int]
"""Kind, what it does, agent, depth."""
_DIGITS: Final = re.compile(r"\d+")


class Mark(IntEnum):
    """How two rows stand to each other, from the least to the most."""

    SAME = 0
    ARGUMENTS = 1
    """The same call with other arguments."""
    OUTCOME = 2
    """The same call, decided or ended otherwise."""
    ONLY_LEFT = 3
    ONLY_RIGHT = 4


_ONLY: Final = frozenset({Mark.ONLY_LEFT, Mark.ONLY_RIGHT})


class Reading(msgspec.Struct, frozen=True):
    """The lines of a run in reading order."""

    order: Sequence[int]
    """Indices into the lines."""
    keys: Sequence[Key]
    depths: Sequence[int]


class Pairs(msgspec.Struct, frozen=True):
    """Rows of a comparison, columns of one length; indices are into the lines of each run, -1 for none."""

    left: list[int]
    right: list[int]
    marks: list[int]


class Comparison(Wire):
    """Two runs, row by row; `left`, `right`, `marks` and `depths` have one entry a row."""

    left_run: RunSummary
    right_run: RunSummary
    left: list[int]
    """Index into the outline of the left run; -1 when nothing there answers to the row."""
    right: list[int]
    marks: list[int]
    """0 same, 1 other arguments, 2 other outcome, 3 only left, 4 only right."""
    depths: list[int]
    diverged: int | None
    """The first row at which they did something else, or it ended otherwise."""
    arguments_diverged: int | None
    """The first row at which only the arguments were others."""
    text: str
    """The first divergence in a sentence."""
    truncated: bool
    """True when a run has more steps than are compared."""


def compare(left: Sequence[Line], right: Sequence[Line]) -> tuple[Pairs, list[int]]:
    """Align two runs; returns the rows and the depth of each. Linear in the number of steps."""
    a, b = read(left), read(right)
    pairs = Pairs([], [], [])
    for i, j in align(a.keys, b.keys):
        one = a.order[i] if i >= 0 else -1
        other = b.order[j] if j >= 0 else -1
        pairs.left.append(one)
        pairs.right.append(other)
        pairs.marks.append(_mark(left[one] if i >= 0 else None, right[other] if j >= 0 else None).value)
    depth_of = dict(zip(a.order, a.depths, strict=True))
    depth_of_right = dict(zip(b.order, b.depths, strict=True))
    rows = zip(pairs.left, pairs.right, strict=True)
    return pairs, [depth_of[one] if one >= 0 else depth_of_right[other] for one, other in rows]


def first(marks: Sequence[int], *wanted: Mark) -> int | None:
    """The first row that is marked so."""
    return next((row for row, mark in enumerate(marks) if mark in wanted), None)


def parted(left: Sequence[Line], right: Sequence[Line], pairs: Pairs) -> int | None:
    """The row at which two runs part first.

    What holds other steps ends as they end: its own end counts only where nothing beneath it tells more.
    """
    holders = {line.parent for line in left} | {line.parent for line in right}
    for row, mark in enumerate(pairs.marks):
        held = pairs.left[row] >= 0 and left[pairs.left[row]].id in holders
        if mark in _ONLY or (mark == Mark.OUTCOME and not held):
            return row
    return first(pairs.marks, Mark.OUTCOME)


def say(left: Sequence[Line], right: Sequence[Line], pairs: Pairs, row: int | None) -> str:
    """A row of a comparison in a sentence."""
    if row is None:
        changed = first(pairs.marks, Mark.ARGUMENTS)
        return "Both did the same." if changed is None else "Both did the same, with other arguments."
    one = left[pairs.left[row]] if pairs.left[row] >= 0 else None
    other = right[pairs.right[row]] if pairs.right[row] >= 0 else None
    if one and other:
        return f"{_name(one)}: {_outcome(one)} on the left, {_outcome(other)} on the right."
    here, side = (one, "left") if one else (cast("Line", other), "right")
    follows = _facing(left if other else right, pairs.left if other else pairs.right, row)
    instead = f"; the other went on with {_name(follows)}" if follows else "; the other had ended"
    return f"Only the {side} did {_name(here)}{instead}."


def read(lines: Sequence[Line]) -> Reading:
    """Lines as they are read: parents before children, both in the order they began."""
    place = {line.id: index for index, line in enumerate(lines)}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        children[place.get(line.parent, -1) if line.parent != line.id else -1].append(index)
    seen: dict[int, int] = {}
    _walk(children, children[-1], seen)
    # What hangs on a cycle of parents is reached from no root; its first step stands in for one.
    for index in range(len(lines)):
        if index not in seen:
            _walk(children, [index], seen)
    keys = [_key(lines[index], depth) for index, depth in seen.items()]
    return Reading(list(seen), keys, list(seen.values()))


def align(left: Sequence[Key], right: Sequence[Key]) -> list[tuple[int, int]]:
    """Rows of indices into both, -1 for none: equal keys face each other, the nearest meeting point first."""
    places: defaultdict[Key, list[int]] = defaultdict(list)
    for index, key in enumerate(right):
        places[key].append(index)
    rows: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        skip, jump = _meeting(left, places, i, j)
        rows += [(one, -1) for one in range(i, i + skip)]
        rows += [(-1, one) for one in range(j, j + jump)]
        i, j = i + skip, j + jump
        if i < len(left) and j < len(right) and left[i] == right[j]:
            rows.append((i, j))
            i, j = i + 1, j + 1
    rows += [(one, -1) for one in range(i, len(left))]
    return [*rows, *((-1, one) for one in range(j, len(right)))]


def _meeting(left: Sequence[Key], places: Mapping[Key, list[int]], i: int, j: int) -> tuple[int, int]:
    """How many of each to leave alone until both agree again; one of each when they do not soon."""
    best = (1, 1)
    cost = 2 * AHEAD_MAX
    for skip in range(min(AHEAD_MAX, len(left) - i)):
        if skip >= cost:
            break
        found = places.get(left[i + skip], ())
        at = bisect_left(found, j)
        if at < len(found) and skip + found[at] - j < cost:
            jump = found[at] - j
            best, cost = (skip, jump), skip + jump
    return best


def _walk(children: Mapping[int, list[int]], roots: Sequence[int], seen: dict[int, int]) -> None:
    """Note every step beneath these with its depth, in reading order."""
    stack = [(index, 0) for index in reversed(roots)]
    while stack:
        index, depth = stack.pop()
        if index in seen:
            continue
        seen[index] = depth
        below = min(depth + 1, DEPTH_MAX)
        stack += [(child, below) for child in reversed(children.get(index, ()))]


def _key(line: Line, depth: int) -> Key:
    # A frame is often numbered ("batch 12"); its number is not what it does.
    named = _DIGITS.sub("#", line.name) if line.kind == "span" else line.name
    return line.kind, line.target or named, line.agent, depth


def _mark(left: Line | None, right: Line | None) -> Mark:
    if left is None or right is None:
        return Mark.ONLY_RIGHT if left is None else Mark.ONLY_LEFT
    if (left.state, left.verdict) != (right.state, right.verdict):
        return Mark.OUTCOME
    known = left.digest and right.digest
    return Mark.ARGUMENTS if known and left.digest != right.digest else Mark.SAME


def _name(line: Line) -> str:
    return line.target or line.name or line.kind


def _outcome(line: Line) -> str:
    return f"{line.verdict}, {line.state}" if line.verdict not in ("", "allow") else line.state


def _facing(lines: Sequence[Line], column: Sequence[int], row: int) -> Line | None:
    """What the run that lacks this row did next."""
    return next((lines[index] for index in column[row:] if index >= 0), None)
