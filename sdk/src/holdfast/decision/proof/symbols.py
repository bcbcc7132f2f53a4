"""A request that is not known yet: one symbol for each value that the policies about one action read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from holdfast.decision.agents import Principal
from holdfast.decision.cedar import Entity, Known, Node, Policy, Shape, Type
from holdfast.decision.cedar.spelling import Path, spell_value
from holdfast.decision.cedar.values import LONG_MAX, LONG_MIN
from holdfast.decision.plausible import Context

OTHERS: Final = ("other.example", "another.example")
"""Members of sets that no policy names: one to be there, one to be more."""
NUMBERS: Final = {Type.LONG, Type.DECIMAL, Type.DATETIME, Type.DURATION}


class Beyond(Exception):
    """What is asked lies beyond what is translated; its truth is left open."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Candidate(NamedTuple):
    """Somebody who may act, or something that may be acted on."""

    entity: Entity
    node: Node
    principal: Principal | None = None
    reaches: bool = True
    """Whether the action lies within its scope."""


class Members(NamedTuple):
    """A set: for each value that may stand in it, whether it does."""

    held: Mapping[Any, Any]


class Symbols:
    """The symbols of one action, shared by all the bundles that are asked about it."""

    def __init__(self, z3: Any, about: Context, constants: frozenset[Any]) -> None:
        self.z3 = z3
        self.about = about
        self.texts = tuple(sorted(one for one in constants if isinstance(one, str))) + OTHERS
        self.numbers = tuple(sorted(one for one in constants if type(one) is int))
        self.values: dict[Path, Any] = {}
        self.shapes: dict[Path, Shape] = {}
        self.present: dict[Path, Any] = {}
        self.sets: dict[Path, Members] = {}
        self.draws: dict[str, Any] = {}
        """For each sampled rule, the number that its run has drawn."""
        self.open: dict[str, Any] = {}
        """Truths that are left open, by how the policies spell them."""
        self.narrowed: set[str] = set()
        """Questions that were asked only of the values that the policies name."""
        self.limits: list[Any] = []
        """What holds of every request."""
        self.who = z3.Int("principal")
        self.what = z3.Int("resource")

    def value(self, path: Path, shape: Shape) -> Any:
        """The symbol of a Bool, a number or a text.

        Raises:
            Beyond: there is none for its type.
        """
        found = self.values.get(path)
        if found is not None:
            return found
        name, z3 = ".".join(path), self.z3
        known = self.about.known.get(path, Known())
        if shape.type is Type.BOOL:
            made = z3.Bool(name)
        elif shape.type in NUMBERS:
            made = z3.Int(name)
            low = LONG_MIN if known.low is None else known.low
            high = LONG_MAX if known.high is None else known.high
            self.limits += [made >= low, made <= high]
        elif shape.type is Type.STRING:
            made = z3.String(name)
            self.limits += self._of_text(made, known)
        else:
            raise Beyond(f"context.{name} is of a type that is not translated")
        self.shapes[path] = shape
        self.values[path] = made
        return made

    def members(self, path: Path, shape: Shape) -> Members:
        """The symbol of a set.

        Raises:
            Beyond: its members are neither texts nor whole numbers.
        """
        found = self.sets.get(path)
        if found is not None:
            return found
        name, element = ".".join(path), shape.element
        if element is None or element.type not in {Type.STRING, Type.LONG}:
            raise Beyond(f"the members of context.{name} are not translated")
        normal = self.about.known.get(path, Known()).normal
        universe = self.texts if element.type is Type.STRING else (*self.numbers, *self._more())
        held = {
            one: self.z3.Bool(f"{spell_value(one)} in {name}")
            for one in cast("tuple[Any, ...]", universe)
            if normal is None or not isinstance(one, str) or normal(one) == one
        }
        self.shapes[path] = shape
        self.sets[path] = Members(held)
        return self.sets[path]

    def presence(self, path: Path) -> Any:
        """Whether an optional attribute is there."""
        return self.present.setdefault(path, self.z3.Bool(f"{'.'.join(path)} is there"))

    def drawn(self, rule: str) -> Any:
        """The number from 0 to 99 that a run has drawn for a sampled rule."""
        if rule not in self.draws:
            made = self.draws[rule] = self.z3.Int(f"drawn for {rule}")
            self.limits += [made >= 0, made < 100]
        return self.draws[rule]

    def left_open(self, spelled: str) -> Any:
        """A truth about which nothing is known but that it is the same wherever it is asked."""
        return self.open.setdefault(spelled, self.z3.Bool(f"open: {spelled}"))

    def _of_text(self, symbol: Any, known: Known) -> Iterator[Any]:
        if known.among is not None:
            yield self.z3.Or(*(symbol == self.z3.StringVal(one) for one in sorted(known.among)))
        if known.normal is not None:
            for one in self.texts:
                if known.normal(one) != one:
                    yield symbol != self.z3.StringVal(one)

    def _more(self) -> tuple[int, int]:
        top = max(self.numbers, default=0)
        return top + 1, top + 2


def constants_of(policies: Iterable[Policy]) -> frozenset[Any]:
    """Every text and whole number that the conditions name."""
    return frozenset(one for policy in policies for one in _values(policy.form["conditions"]))


def _values(form: Any) -> Iterator[Any]:
    if isinstance(form, list):
        for one in cast("list[Any]", form):
            yield from _values(one)
    elif isinstance(form, dict):
        inner = cast("dict[str, Any]", form)
        value = inner.get("Value")
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            yield value
        for one in inner.values():
            yield from _values(one)
