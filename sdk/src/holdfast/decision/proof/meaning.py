"""What stands for what in a formula: constants, who is meant, sets, and when two of them are the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from holdfast.decision.cedar import Entity, Shape, Type
from holdfast.decision.cedar.spelling import Path
from holdfast.decision.cedar.syntax import Policy
from holdfast.decision.proof.symbols import Beyond, Candidate, Members, Symbols


class Somebody(NamedTuple):
    """An entity that is one of several: each with the formula under which it is meant."""

    ways: tuple[tuple[Entity, Any], ...]


class Meaning:
    """What the policies of one bundle about one action can speak of."""

    def __init__(
        self,
        symbols: Symbols,
        *,
        action: Entity,
        groups: frozenset[Entity],
        principals: Iterable[Candidate],
        resources: Iterable[Candidate],
        fixed: Mapping[Path, Any],
    ) -> None:
        self.symbols, self.fixed = symbols, fixed
        self.z3 = symbols.z3
        self.action, self.groups = action, groups
        self.principals, self.resources = tuple(principals), tuple(resources)
        self.ancestors = {one.entity: one.node.ancestors for one in (*self.principals, *self.resources)}
        self.nodes = {one.entity: one.node for one in (*self.principals, *self.resources)}
        self.yes, self.no = self.z3.BoolVal(True), self.z3.BoolVal(False)

    def scope(self, policy: Policy) -> Any:
        """When the scope of a policy fits; that of the action does already."""
        parts = [
            self._scope(policy.principal, self.variable("principal")),
            self._scope(policy.resource, self.variable("resource")),
        ]
        return self.z3.And(*parts)

    def literal(self, value: Any) -> Any:
        """A constant."""
        match value:
            case bool():
                return self.z3.BoolVal(value)
            case int():
                return self.z3.IntVal(int(value))
            case str():
                return self.z3.StringVal(value)
            case Entity():
                return Somebody(((value, self.yes),))
            case frozenset():
                members = cast("frozenset[Any]", value)
                if not {type(one) for one in members} <= {str, int, Entity}:
                    raise Beyond("a set of such members is not translated")
                return Members(dict.fromkeys(members, self.yes))
            case _:
                raise Beyond(f"{value} is not translated")

    def variable(self, name: str) -> Somebody:
        """Who acts, what is done, what is acted on."""
        match name:
            case "principal":
                return Somebody(
                    tuple((one.entity, self.symbols.who == n) for n, one in enumerate(self.principals))
                )
            case "resource":
                return Somebody(
                    tuple((one.entity, self.symbols.what == n) for n, one in enumerate(self.resources))
                )
            case "action":
                return Somebody(((self.action, self.yes),))
            case _:
                raise Beyond("the context as a whole is not translated")

    def symbol(self, path: tuple[str, ...], shape: Shape) -> Any:
        """What a request has at this place of its context."""
        if shape.type is Type.SET:
            return self.symbols.members(path, shape)
        return self.symbols.value(path, shape)

    def same(self, left: Any, right: Any) -> Any:
        """When two values are equal."""
        z3 = self.z3
        if isinstance(left, Somebody) and isinstance(right, Somebody):
            pairs = [z3.And(a, b) for one, a in left.ways for two, b in right.ways if one == two]
            return z3.Or(self.no, *pairs)
        if isinstance(left, Members) and isinstance(right, Members):
            return z3.And(self.covers(left, right), self.covers(right, left))
        if isinstance(left, tuple) or isinstance(right, tuple) or left.sort() != right.sort():
            raise Beyond("these two are not compared")
        return left == right

    def covers(self, outer: Members, inner: Members) -> Any:
        """When every member of one set is in the other."""
        missing = [
            self.z3.And(held, self.z3.Not(outer.held.get(one, self.no))) for one, held in inner.held.items()
        ]
        return self.z3.Not(self.z3.Or(self.no, *missing))

    def alike(self, group: Members, member: Any) -> Iterable[tuple[Any, Any]]:
        """The members that a value of this sort could be."""
        return [(one, held) for one, held in group.held.items() if self.literal(one).sort() == member.sort()]

    def within(self, somebody: Somebody, groups: Iterable[tuple[Entity, Any]]) -> Any:
        """When whoever is meant is in one of these groups."""
        pairs = [
            self.z3.And(meant, wanted)
            for one, meant in somebody.ways
            for group, wanted in groups
            if group in self.above(one)
        ]
        return self.z3.Or(self.no, *pairs)

    def above(self, entity: Entity) -> frozenset[Entity]:
        """Everything an entity is in, itself included."""
        if entity == self.action:
            return self.groups
        return self.ancestors.get(entity, frozenset([entity]))

    def _scope(self, constraint: Mapping[str, Any], somebody: Somebody) -> Any:
        entities = constraint.get("entities") or ([constraint["entity"]] if "entity" in constraint else [])
        named = [(Entity(one["type"], one["id"]), self.yes) for one in entities]
        match constraint["op"]:
            case "==":
                return self.same(somebody, Somebody(tuple(named)))
            case "in":
                return self.within(somebody, named)
            case "is":
                fits = [meant for one, meant in somebody.ways if one.type == constraint["entity_type"]]
                inner = constraint.get("in")
                group = [(Entity(**inner["entity"]), self.yes)] if inner else []
                return self.z3.And(
                    self.z3.Or(self.no, *fits), self.within(somebody, group) if inner else self.yes
                )
            case _:
                return self.yes
