"""Whether a condition can ever be true, cheaply: constants, ranges, memberships and presence, no solver.

What is refuted here is never true. What is not refuted may still be: a solver looks deeper. An expression
that fails is not true, so failing counts as a refutation too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from holdfast.decision.cedar.facts import NOTHING_KNOWN, Clash, Facts, Knowledge, Pattern, Term, Why
from holdfast.decision.cedar.folding import Open, fold
from holdfast.decision.cedar.operations import make_matcher
from holdfast.decision.cedar.shapes import UNKNOWN, Shape, Type
from holdfast.decision.cedar.spelling import path_of, spell, spell_pattern, spell_value
from holdfast.decision.cedar.syntax import Expression, Policy, did_you_mean
from holdfast.decision.cedar.values import CedarError, Entity, make_set, same
from holdfast.decision.cedar.writer import COMPARE_DECIMALS

BRANCHES_MAX: Final = 256
"""Alternatives that are followed; a condition with more is left to the solver."""
MEMBERS_MAX: Final = 16

Goal = tuple[Expression, bool]
"""An expression and the truth it must have."""
Ways = list[list[Goal]]
"""Alternatives, each a list of goals; none when there is nothing more to follow."""
DONE: Final[Ways] = []

NEGATED: Final = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}


class Constant(NamedTuple):
    """A value that is known beforehand."""

    value: Any


def refute(policy: Policy, *, shape: Shape, known: Knowledge) -> Why | None:
    """Why a policy can never hold; None when nothing cheap shows it.

    Args:
        policy: its scope counts too.
        shape: what is known of the context; attributes of an unknown record may be there.
        known: what is known of values in it.
    """
    goals = [*_scope("principal", policy.principal), *_scope("resource", policy.resource)]
    goals += [(clause.body, clause.kind == "when") for clause in policy.conditions]
    return Refuter(shape, known).search(goals, [], Facts())


class Refuter:
    """Follows every way in which the goals could come true until each ends in a clash, or one does not."""

    def __init__(self, shape: Shape, known: Knowledge) -> None:
        self.shape = shape
        self.known = known
        self.left = BRANCHES_MAX

    def search(self, goals: list[Goal], later: list[Ways], facts: Facts) -> Why | None:
        """Why the goals clash; None when they may all be met. What branches is looked at last."""
        try:
            while goals:
                expression, want = goals.pop()
                ways = self.step(expression, facts, want=want)
                if len(ways) == 1:
                    goals.extend(ways[0])
                elif ways:
                    later.append(ways)
        except Clash as clash:
            return clash.why
        if not later:
            return None
        *rest, ways = sorted(later, key=len, reverse=True)
        first: Why | None = None
        for way in ways:
            self.left -= 1
            why = self.search([*way], [*rest], facts.copy()) if self.left >= 0 else None
            if why is None:
                return None
            first = first or why
        return first

    def step(self, expression: Expression, facts: Facts, *, want: bool) -> Ways:
        """Take one goal in, and say what follows from it."""
        ((operator, operand),) = expression.items()
        if operator in LOGIC:
            return LOGIC[operator](operand, want)
        if operator in ("==", "!="):
            return self.equal(operand["left"], operand["right"], facts, want=want is (operator == "=="))
        if operator in ("containsAny", "containsAll"):
            return self.contain_many(operator, operand["left"], operand["right"], facts, want=want)
        demand = DEMANDS.get(operator, Refuter.other)
        demand(self, expression, facts, want)
        return DONE

    def equal(self, left: Expression, right: Expression, facts: Facts, *, want: bool) -> Ways:
        """`left == right`."""
        one, two = constant(left), constant(right)
        if one and two:
            if same(one.value, two.value) is not want:
                word = "different" if want else "the same"
                raise Clash(f"{spell(left)} and {spell(right)} are always {word}")
        elif not (one or two):
            if not want and spell(left) == spell(right):
                raise Clash(f"`{spell(left)}` is always equal to itself")
        else:
            expression, value = (right, one.value) if one else (left, two.value if two else None)
            if isinstance(value, bool):
                return [[(expression, value is want)]]
            if isinstance(value, (str, int, Entity)):
                if is_ordered(value):
                    expression, value = _shifted(expression, value)
                (facts.be if want else facts.differ)(self.term(expression), value)
        return DONE

    def order(self, expression: Expression, facts: Facts, want: bool) -> None:  # as every demand
        """`left < right` and its like."""
        ((operator, operand),) = expression.items()
        decimals = operator in COMPARE_DECIMALS
        left, right = operand if decimals else (operand["left"], operand["right"])
        operator = COMPARE_DECIMALS[operator] if decimals else operator
        operator = operator if want else NEGATED[operator]
        one, two = constant(left), constant(right)
        if one and two:
            if not _compare(operator, one.value, two.value):
                raise Clash(f"{spell_value(one.value)} is never {operator} {spell_value(two.value)}")
        elif one:
            self.bound(right, MIRRORED[operator], one.value, facts)
        elif two:
            self.bound(left, operator, two.value, facts)
        elif spell(left) == spell(right) and operator in {"<", ">"}:
            raise Clash(f"`{spell(left)}` is never {operator} itself")

    def bound(self, expression: Expression, operator: str, limit: Any, facts: Facts) -> None:
        """`expression < limit` and its like, where the limit is a constant."""
        if not is_ordered(limit):
            return
        expression, limit = _shifted(expression, limit)
        kind = cast("type[int]", type(limit))
        if operator in {"<", "<="}:
            facts.bound(self.term(expression), high=kind(limit - (operator == "<")))
        else:
            facts.bound(self.term(expression), low=kind(limit + (operator == ">")))

    def contain(self, expression: Expression, facts: Facts, want: bool) -> None:
        """`group.contains(member)`."""
        group, member = expression["contains"]["left"], expression["contains"]["right"]
        one, two = constant(group), constant(member)
        keyed = next(iter(make_set([two.value]))) if two else None
        if one and two:
            if (keyed in one.value) is not want:
                raise Clash(f"{spell(group)} {'never holds' if want else 'always holds'} {spell(member)}")
        elif two:
            facts.contain(self.term(group), keyed, want=want)
        elif one and want:
            facts.be_among(self.term(member), one.value)
        elif one:
            for value in one.value:
                facts.differ(self.term(member), value)

    def contain_many(
        self, operator: str, left: Expression, right: Expression, facts: Facts, *, want: bool
    ) -> Ways:
        """`left.containsAny(right)` and `left.containsAll(right)`."""
        one, two = constant(left), constant(right)
        if not (one or two):
            self.other({operator: {"left": left, "right": right}}, facts, want)
            return DONE
        if operator == "containsAll" and one and not two:
            # Every member of the right one stands in the left one: where that is empty, so is the other.
            return DONE if one.value or not want else [[({"isEmpty": {"arg": right}}, True)]]
        group = left if two else right
        members = two.value if two else one.value if one else frozenset[Any]()
        every = (operator == "containsAll") is want
        goals: Ways = [[({"contains": {"left": group, "right": one}}, want)] for one in _literals(members)]
        if not members and every is not want:
            word = "shares a member with" if operator == "containsAny" else "lacks a member of"
            raise Clash(f"`{spell(group)}` never {word} the empty set")
        if every:
            return [[goal for way in goals for goal in way]]
        return goals if len(goals) == len(members) <= MEMBERS_MAX else DONE

    def be_empty(self, expression: Expression, facts: Facts, want: bool) -> None:
        """`group.isEmpty()`."""
        group = expression["isEmpty"]["arg"]
        found = constant(group)
        if not found:
            facts.be_empty(self.term(group), want=want)
        elif (not found.value) is not want:
            raise Clash(f"{spell(group)} is {'never' if want else 'always'} empty")

    def have(self, expression: Expression, facts: Facts, want: bool) -> None:
        """`owner has name`."""
        owner, name = expression["has"]["left"], str(expression["has"]["attr"])
        shape = self.shape_of(owner)
        if shape.type is Type.RECORD:
            found = shape.attributes.get(name)
            if found is None and want:
                hint = did_you_mean(name, shape.attributes)
                raise Clash(f"`{spell(owner)}` never has `{name}`", needle=name, hint=hint)
            if found is not None and found.required and not want:
                raise Clash(f"`{spell(owner)}` always has `{name}`", needle=name)
        facts.hold(f"{spell(owner)} has {name}", want=want)

    def like(self, expression: Expression, facts: Facts, want: bool) -> None:
        """`text like pattern`."""
        text, pattern = expression["like"]["left"], _pattern(expression["like"]["pattern"])
        found = constant(text)
        if not found:
            facts.match(self.term(text), pattern, want=want)
        elif pattern.matches(found.value) is not want:
            raise Clash(f"{spell(text)} is {'never' if want else 'always'} like {pattern.text}")

    def other(self, expression: Expression, facts: Facts, want: bool) -> None:
        """Whatever else has a truth: the same thing cannot have two."""
        found = constant(expression)
        if found:
            if found.value is not want:
                raise Clash(f"it is always {str(not want).lower()}")
            return
        term = self.term(expression)
        if term.known.among is not None and want not in term.known.among:
            raise Clash(f"`{term.name}` is always {str(not want).lower()}", needle=term.needle)
        facts.hold(term.name, want=want)

    def term(self, expression: Expression) -> Term:
        """The value that is read, with what is known of it."""
        path = path_of(expression)
        return Term(spell(expression), self.known.get(path, NOTHING_KNOWN) if path else NOTHING_KNOWN)

    def shape_of(self, expression: Expression) -> Shape:
        """What is known of an expression's shape."""
        path = path_of(expression)
        shape = UNKNOWN if path is None else self.shape
        for step in path or ():
            found = shape.attributes.get(step)
            if found is None:
                return UNKNOWN
            shape = found.shape
        return shape


Demand = Callable[[Refuter, Expression, Facts, bool], None]
DEMANDS: Final[Mapping[str, Demand]] = {
    **dict.fromkeys((*NEGATED, *COMPARE_DECIMALS), Refuter.order),
    "contains": Refuter.contain,
    "isEmpty": Refuter.be_empty,
    "has": Refuter.have,
    "like": Refuter.like,
}
"""What each operator demands of the values it reads."""


def _negation(operand: Any, want: bool) -> Ways:
    return [[(operand["arg"], not want)]]


def _junction(operand: Any, *, every: bool, want: bool) -> Ways:
    left, right = operand["left"], operand["right"]
    if every:
        return [[(left, want), (right, want)]]
    # Cedar looks at the right side only when the left one leaves it open.
    return [[(left, want)], [(left, not want), (right, want)]]


def _choice(operand: Any, want: bool) -> Ways:
    test, then, other = operand["if"], operand["then"], operand["else"]
    return [[(test, True), (then, want)], [(test, False), (other, want)]]


def _literal(operand: Any, want: bool) -> Ways:
    if operand is not want:
        raise Clash(f"it is always {str(not want).lower()}")
    return DONE


LOGIC: Final[Mapping[str, Callable[[Any, bool], Ways]]] = {
    "!": _negation,
    "&&": lambda operand, want: _junction(operand, every=want, want=want),
    "||": lambda operand, want: _junction(operand, every=not want, want=want),
    "if-then-else": _choice,
    "Value": _literal,
}
"""How the truth of the parts follows from that of the whole."""


def constant(expression: Expression) -> Constant | None:
    """The value of an expression that reads nothing.

    Raises:
        Clash: it has none, so nothing made of it is ever true.
    """
    try:
        return Constant(fold(expression))
    except Open:
        return None
    except CedarError as error:
        raise Clash(f"{spell(expression)} always fails: {error}") from error


def is_ordered(value: Any) -> bool:
    """Whether a value is a number, an instant or a length of time."""
    return isinstance(value, int) and not isinstance(value, bool)


def _scope(variable: str, scope: Mapping[str, Any]) -> Iterator[Goal]:
    if scope["op"] in ("==", "in") and "entity" in scope:
        entity = {"Value": {"__entity": scope["entity"]}}
        yield {str(scope["op"]): {"left": {"Var": variable}, "right": entity}}, True


def _shifted(expression: Expression, limit: Any) -> tuple[Expression, Any]:
    """`x + 5 < 10` as `x < 5`."""
    for operator, sign in (("+", -1), ("-", 1)):
        if operator not in expression:
            continue
        left, right = expression[operator]["left"], expression[operator]["right"]
        if added := constant(right):
            return _shifted(left, limit + sign * added.value)
        if operator == "+" and (first := constant(left)):
            return _shifted(right, limit - first.value)
    return expression, limit


def _compare(operator: str, one: Any, two: Any) -> bool:
    if type(one) is not type(two) or not is_ordered(one):
        raise Clash(f"{spell_value(one)} and {spell_value(two)} cannot be compared")
    return COMPARE[operator](one, two)


def _literals(members: Iterable[Any]) -> Iterator[Expression]:
    """The members of a constant set as expressions; only those that a literal can write."""
    for member in sorted(members, key=str):
        if isinstance(member, Entity):
            yield {"Value": {"__entity": {"type": member.type, "id": member.id}}}
        elif isinstance(member, (str, int)):
            yield {"Value": member}


def _pattern(pieces: list[Any]) -> Pattern:
    texts: list[str | None] = [None if piece == "Wildcard" else piece["Literal"] for piece in pieces]
    wild = [n for n, text in enumerate(texts) if text is None]
    first, last = (wild[0], wild[-1]) if wild else (len(texts), -1)
    literal = tuple(text for text in texts if text is not None)
    return Pattern(
        make_matcher(pieces),
        "".join(literal[:first]),
        "".join(text for text in texts[last + 1 :] if text is not None),
        literal,
        spell_pattern(pieces),
        anything=bool(wild) and not literal,
    )
