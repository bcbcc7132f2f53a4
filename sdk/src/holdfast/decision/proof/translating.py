"""Cedar's expressions as formulas: for each, when it has a value and which.

An expression has no value where Cedar would fail: an attribute that is missing, a number that grows out of
its 64 bits. What lies beyond the translation becomes a truth that is left open, the same one wherever it is
asked; a difference that rests on one is told only when judging confirms it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from holdfast.decision.cedar import CedarError, Type
from holdfast.decision.cedar.folding import Open, fold
from holdfast.decision.cedar.operations import make_matcher
from holdfast.decision.cedar.spelling import path_of, spell
from holdfast.decision.cedar.syntax import Expression, Policy
from holdfast.decision.cedar.values import LONG_MAX, LONG_MIN
from holdfast.decision.cedar.writer import COMPARE_DECIMALS
from holdfast.decision.proof.meaning import Meaning, Somebody
from holdfast.decision.proof.symbols import Beyond, Members


class Formula(NamedTuple):
    """When an expression has a value, and the value."""

    fine: Any
    value: Any


class Verdicts(NamedTuple):
    """When a policy holds and when it fails."""

    holds: Any
    fails: Any


class Translator(Meaning):
    """Translates the policies of one bundle about one action."""

    def policy(self, policy: Policy) -> Verdicts:
        """When a policy about this action holds, and when it fails."""
        z3, holds, fails = self.z3, self.scope(policy), self.no
        for clause in policy.conditions:
            found = self.truth(clause.body)
            fails = z3.Or(fails, z3.And(holds, z3.Not(found.fine)))
            value = found.value if clause.kind == "when" else z3.Not(found.value)
            holds = z3.And(holds, found.fine, value)
        return Verdicts(holds, fails)

    def truth(self, expression: Expression) -> Formula:
        """An expression that is a Bool; what cannot be translated is left open here."""
        try:
            return self.write(expression)
        except Beyond:
            return Formula(self.yes, self.symbols.left_open(spell(expression)))

    def write(self, expression: Expression) -> Formula:
        """One expression.

        Raises:
            Beyond: it cannot be translated.
        """
        try:
            return Formula(self.yes, self.literal(fold(expression)))
        except CedarError:
            return Formula(self.no, self.no)
        except Open:
            pass
        ((operator, operand),) = expression.items()
        if operator in COMPARE_DECIMALS:
            left, right = operand
            return self.order(COMPARE_DECIMALS[operator], {"left": left, "right": right})
        if operator not in FORMS:
            raise Beyond(f"{spell(expression)} is not translated")
        return FORMS[operator](self, operator, operand)

    def read_variable(self, _: str, name: Any) -> Formula:
        return Formula(self.yes, self.variable(name))

    def attribute(self, _: str, operand: Any) -> Formula:
        path = path_of({".": operand})
        if path is None:
            return self.of_entity(operand)
        if path in self.fixed:
            return Formula(self.yes, self.literal(self.fixed[path]))
        fine, shape = [self.yes], self.symbols.about.shape
        for n, step in enumerate(path):
            found = shape.attributes.get(step)
            if found is None:
                return Formula(self.no, self.no)
            if not found.required:
                fine.append(self.symbols.presence(path[: n + 1]))
            shape = found.shape
        return Formula(self.z3.And(*fine), self.symbol(path, shape))

    def of_entity(self, operand: Any) -> Formula:
        """`principal.name` and its like: what each of those who may be meant has there."""
        owner = self.write(operand["left"])
        if not isinstance(owner.value, Somebody):
            raise Beyond("an attribute of a computed record is not translated")
        fine, value = self.no, None
        for entity, meant in owner.value.ways:
            node = self.nodes.get(entity)
            if node is None or operand["attr"] not in node.attributes:
                continue
            here = self.literal(node.attributes[operand["attr"]])
            fine = self.z3.Or(fine, meant)
            value = here if value is None else self.z3.If(meant, here, value)
        return Formula(self.z3.And(owner.fine, fine), self.no if value is None else value)

    def presence(self, _: str, operand: Any) -> Formula:
        owner, name = operand["left"], operand["attr"]
        path = path_of(owner)
        if path is None:
            somebody = self.write(owner)
            if not isinstance(somebody.value, Somebody):
                raise Beyond("an attribute of a computed record is not translated")
            has = [
                meant
                for one, meant in somebody.value.ways
                if one in self.nodes and name in self.nodes[one].attributes
            ]
            return Formula(somebody.fine, self.z3.Or(self.no, *has))
        fine, shape = [self.yes], self.symbols.about.shape
        for n, step in enumerate(path):
            above = shape.attributes.get(step)
            if above is None:
                return Formula(self.no, self.no)
            if not above.required:
                fine.append(self.symbols.presence(path[: n + 1]))
            shape = above.shape
        if shape.type is Type.UNKNOWN:
            raise Beyond(f"nobody has said what is in {spell(owner)}")
        found = shape.attributes.get(name)
        there = (
            self.no if found is None else self.yes if found.required else self.symbols.presence((*path, name))
        )
        return Formula(self.z3.And(*fine), there)

    def junction(self, operator: str, operand: Any) -> Formula:
        left, right = self.truth(operand["left"]), self.truth(operand["right"])
        z3, settles = self.z3, operator == "||"
        # The right side is not looked at when the left one settles it.
        settled = left.value if settles else z3.Not(left.value)
        fine = z3.And(left.fine, z3.Or(settled, right.fine))
        value = z3.Or(left.value, right.value) if settles else z3.And(left.value, right.value)
        return Formula(fine, value)

    def negation(self, _: str, operand: Any) -> Formula:
        found = self.truth(operand["arg"])
        return Formula(found.fine, self.z3.Not(found.value))

    def choice(self, _: str, operand: Any) -> Formula:
        test = self.truth(operand["if"])
        then, other = self.write(operand["then"]), self.write(operand["else"])
        if isinstance(then.value, (Somebody, Members)) or isinstance(other.value, (Somebody, Members)):
            raise Beyond("a choice between sets or entities is not translated")
        fine = self.z3.And(test.fine, self.z3.If(test.value, then.fine, other.fine))
        return Formula(fine, self.z3.If(test.value, then.value, other.value))

    def both(self, operand: Mapping[str, Expression]) -> tuple[Any, Any, Any]:
        left, right = self.write(operand["left"]), self.write(operand["right"])
        return self.z3.And(left.fine, right.fine), left.value, right.value

    def equality(self, operator: str, operand: Any) -> Formula:
        fine, left, right = self.both(operand)
        same = self.same(left, right)
        return Formula(fine, same if operator == "==" else self.z3.Not(same))

    def order(self, operator: str, operand: Any) -> Formula:
        fine, left, right = self.both(operand)
        if isinstance(left, tuple) or isinstance(right, tuple):
            raise Beyond("these two are not ordered")
        return Formula(fine, COMPARE[operator](left, right))

    def arithmetic(self, operator: str, operand: Any) -> Formula:
        fine, left, right = self.both(operand)
        made = left + right if operator == "+" else left - right if operator == "-" else left * right
        return Formula(self.z3.And(fine, made >= LONG_MIN, made <= LONG_MAX), made)

    def minus(self, _: str, operand: Any) -> Formula:
        found = self.write(operand["arg"])
        return Formula(self.z3.And(found.fine, found.value > LONG_MIN), -found.value)

    def membership(self, _: str, operand: Any) -> Formula:
        fine, group, member = self.both(operand)
        if not isinstance(group, Members) or isinstance(member, Members):
            raise Beyond("membership of such a value is not translated")
        if isinstance(member, Somebody):
            return Formula(
                fine, self.z3.Or(self.no, *(when for one, when in member.ways if one in group.held))
            )
        known = all(held is self.yes for held in group.held.values())
        if not (known or self.z3.is_string_value(member) or self.z3.is_int_value(member)):
            self.symbols.narrowed.add(f"{spell(operand['left'])}.contains({spell(operand['right'])})")
        found = [self.z3.And(self.literal(one) == member, held) for one, held in self.alike(group, member)]
        return Formula(fine, self.z3.Or(self.no, *found))

    def memberships(self, operator: str, operand: Any) -> Formula:
        fine, left, right = self.both(operand)
        if not (isinstance(left, Members) and isinstance(right, Members)):
            raise Beyond("these are no sets")
        if operator == "containsAll":
            return Formula(fine, self.covers(left, right))
        shared = [self.z3.And(held, right.held[one]) for one, held in left.held.items() if one in right.held]
        return Formula(fine, self.z3.Or(self.no, *shared))

    def emptiness(self, _: str, operand: Any) -> Formula:
        found = self.write(operand["arg"])
        if not isinstance(found.value, Members):
            raise Beyond("this is no set")
        return Formula(found.fine, self.z3.Not(self.z3.Or(self.no, *found.value.held.values())))

    def pattern(self, _: str, operand: Any) -> Formula:
        found, z3 = self.write(operand["left"]), self.z3
        any_text = z3.Full(z3.ReSort(z3.StringSort()))
        pieces = [
            any_text if piece == "Wildcard" else z3.Re(z3.StringVal(piece["Literal"]))
            for piece in operand["pattern"]
        ]
        whole = z3.Concat(*pieces) if len(pieces) > 1 else pieces[0] if pieces else z3.Re(z3.StringVal(""))
        if z3.is_string_value(z3.simplify(found.value)):
            matches = make_matcher(operand["pattern"])(z3.simplify(found.value).as_string())
            return Formula(found.fine, z3.BoolVal(matches))
        return Formula(found.fine, z3.InRe(found.value, whole))

    def hierarchy(self, _: str, operand: Any) -> Formula:
        fine, left, right = self.both(operand)
        if not isinstance(left, Somebody):
            raise Beyond("this is no entity")
        groups = (
            right.ways if isinstance(right, Somebody) else [(one, held) for one, held in right.held.items()]
        )
        return Formula(fine, self.within(left, groups))

    def kind(self, _: str, operand: Any) -> Formula:
        found = self.write(operand["left"])
        if not isinstance(found.value, Somebody):
            raise Beyond("this is no entity")
        right = [meant for one, meant in found.value.ways if one.type == operand["entity_type"]]
        value = self.z3.Or(self.no, *right)
        if "in" in operand:
            group = self.write(operand["in"])
            value = self.z3.And(value, self.within(found.value, group.value.ways))
        return Formula(found.fine, value)


Form = Callable[[Translator, str, Any], Formula]
FORMS: Final[Mapping[str, Form]] = {
    "Var": Translator.read_variable,
    ".": Translator.attribute,
    "has": Translator.presence,
    "&&": Translator.junction,
    "||": Translator.junction,
    "!": Translator.negation,
    "if-then-else": Translator.choice,
    "==": Translator.equality,
    "!=": Translator.equality,
    **dict.fromkeys(("<", "<=", ">", ">="), Translator.order),
    **dict.fromkeys(("+", "-", "*"), Translator.arithmetic),
    "neg": Translator.minus,
    "contains": Translator.membership,
    "containsAny": Translator.memberships,
    "containsAll": Translator.memberships,
    "isEmpty": Translator.emptiness,
    "like": Translator.pattern,
    "in": Translator.hierarchy,
    "is": Translator.kind,
}
"""How each operator of Cedar's JSON form is translated; the others are left open."""
COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}
