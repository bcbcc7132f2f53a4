"""Cedar's expressions as Python source, and the constants that source needs.

No text of a policy ever reaches the generated source: literals, names and patterns go through a table of
constants, so the source is made of operators and of names that were written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, cast

from holdfast.decision.cedar.extensions import BINARY, UNARY
from holdfast.decision.cedar.operations import make_matcher
from holdfast.decision.cedar.shapes import BOOL, LONG, STRING, UNKNOWN, Shape, Type
from holdfast.decision.cedar.syntax import Expression, Policy, complain
from holdfast.decision.cedar.values import CedarError, Entity, Record, make_set
from holdfast.decision.cedar.views import BLIND, View

DEPTH_MAX: Final = 48
"""Python's own parser refuses what is nested much deeper."""


class Code(NamedTuple):
    """A piece of Python source and what is known of the value it makes."""

    text: str
    shape: Shape = UNKNOWN
    constant: bool = False
    path: tuple[str, ...] | None = None
    """Where in the context it stands, for an attribute of it."""


TYPES: Final = {bool: BOOL, int: LONG, str: STRING}
VARIABLES: Final = {"principal": "P", "action": "A", "resource": "R"}
ORDERED: Final = {Type.LONG, Type.DATETIME, Type.DURATION}
SCALAR: Final = ORDERED | {Type.BOOL, Type.STRING, Type.ENTITY, Type.DECIMAL, Type.SET, Type.ADDRESS}
ORDER: Final = {"<": "less", "<=": "at_most", ">": "less", ">=": "at_most"}
ARITHMETIC: Final = {"+": "add", "-": "subtract", "*": "multiply"}
COMPARE_DECIMALS: Final = {
    "lessThan": "<",
    "lessThanOrEqual": "<=",
    "greaterThan": ">",
    "greaterThanOrEqual": ">=",
}
MAKES: Final = {
    "ip": Type.ADDRESS,
    "decimal": Type.DECIMAL,
    "datetime": Type.DATETIME,
    "duration": Type.DURATION,
    "offset": Type.DATETIME,
    "toDate": Type.DATETIME,
    "durationSince": Type.DURATION,
    "toTime": Type.DURATION,
    "toMilliseconds": Type.LONG,
    "toSeconds": Type.LONG,
    "toMinutes": Type.LONG,
    "toHours": Type.LONG,
    "toDays": Type.LONG,
}


class Writer:
    """Writes expressions as Python and keeps the constants they need."""

    def __init__(
        self, action: Entity, groups: frozenset[Entity], context: Shape, view: View | None = None
    ) -> None:
        self.view = view or BLIND
        self.constants: dict[str, Any] = {"A": action, "AA": groups}
        self.context = context
        self.depth = 0

    def constant(self, value: Any) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def known(self, value: Any, shape: Shape = UNKNOWN) -> Code:
        return Code(self.constant(value), shape, constant=True)

    def value(self, code: Code) -> Any:
        return self.constants[code.text]

    def condition(self, policy: Policy) -> str:
        parts = [*self.scope("P", policy.principal), *self.scope("R", policy.resource)]
        for clause in policy.conditions:
            try:
                body = self.truth(self.write(clause.body))
            except RecursionError as error:
                raise complain(policy, f"nested more than {DEPTH_MAX} levels deep; split it up") from error
            except KeyError as error:
                raise complain(policy, f"{error} is not understood by this engine") from error
            parts.append(body if clause.kind == "when" else f"(not {body})")
        return " and ".join(parts) or "True"

    def scope(self, variable: str, constraint: Mapping[str, Any]) -> Iterable[str]:
        match constraint["op"]:
            case "==":
                yield f"{variable} == {self.constant(read_entity(constraint['entity']))}"
            case "in":
                names = self.constant(frozenset(read_entities(constraint)))
                yield f"not {names}.isdisjoint({variable}A)"
            case "is":
                yield f"{variable}.type == {self.constant(constraint['entity_type'])}"
                if "in" in constraint:
                    yield f"{self.constant(read_entity(constraint['in']['entity']))} in {variable}A"
            case _:
                pass

    def truth(self, code: Code) -> str:
        return code.text if code.shape.type is Type.BOOL else f"truth({code.text})"

    def write(self, expression: Expression) -> Code:
        """One expression; the operator says which method writes it."""
        ((operator, operand),) = expression.items()
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise RecursionError
        try:
            if operator in UNARY or operator in BINARY:
                return self.extension(operator, [self.write(one) for one in operand])
            return WRITERS[operator](self, operator, operand)
        finally:
            self.depth -= 1

    def extension(self, name: str, operands: list[Code]) -> Code:
        call, arity = (UNARY[name], 1) if name in UNARY else (BINARY[name], 2)
        if len(operands) != arity:
            return Code(f"fail({self.constant(f'{name} takes {arity}')})")
        shape = Shape(MAKES[name]) if name in MAKES else BOOL
        if all(one.constant for one in operands):
            try:
                return self.known(call(*map(self.value, operands)), shape)
            except CedarError as error:
                return Code(f"fail({self.constant(str(error))})", shape)
        if name in COMPARE_DECIMALS and {one.shape.type for one in operands} == {Type.DECIMAL}:
            left, right = operands
            return Code(f"({left.text} {COMPARE_DECIMALS[name]} {right.text})", BOOL)
        return Code(f"{self.constant(call)}({', '.join(one.text for one in operands)})", shape)

    def literal(self, _: str, value: Any) -> Code:
        if isinstance(value, dict):
            return self.known(read_entity(cast("Any", value)["__entity"]), Shape(Type.ENTITY))
        return self.known(value, TYPES[type(value)])

    def variable(self, _: str, name: str) -> Code:
        if name == "context":
            shape = self.context if self.context.type is Type.RECORD else Shape(Type.RECORD)
            return Code("C", shape, path=())
        return Code(VARIABLES[name], Shape(Type.ENTITY))

    def junction(self, operator: str, operand: Any) -> Code:
        terms = [*spine(operator, operand)]
        texts = [self.truth(self.write(term)) for term in terms]
        word = " and " if operator == "&&" else " or "
        return Code(f"({word.join(texts)})", BOOL)

    def negation(self, _: str, operand: Any) -> Code:
        return Code(f"(not {self.truth(self.write(operand['arg']))})", BOOL)

    def minus(self, _: str, operand: Any) -> Code:
        code = self.write(operand["arg"])
        return Code(f"long(-{code.text})" if code.shape.type is Type.LONG else f"negate({code.text})", LONG)

    def both(self, operand: Any) -> tuple[Code, Code]:
        return self.write(operand["left"]), self.write(operand["right"])

    def equality(self, operator: str, operand: Any) -> Code:
        left, right = self.both(operand)
        if left.shape.type is right.shape.type and left.shape.type in SCALAR:
            return Code(f"({left.text} {operator} {right.text})", BOOL)
        text = f"same({left.text}, {right.text})"
        return Code(text if operator == "==" else f"(not {text})", BOOL)

    def ordering(self, operator: str, operand: Any) -> Code:
        left, right = self.both(operand)
        if left.shape.type is right.shape.type and left.shape.type in ORDERED:
            return Code(f"({left.text} {operator} {right.text})", BOOL)
        pair = (left, right) if operator[0] == "<" else (right, left)
        return Code(f"{ORDER[operator]}({pair[0].text}, {pair[1].text})", BOOL)

    def arithmetic(self, operator: str, operand: Any) -> Code:
        left, right = self.both(operand)
        if left.shape.type is Type.LONG is right.shape.type:
            return Code(f"long({left.text} {operator} {right.text})", LONG)
        return Code(f"{ARITHMETIC[operator]}({left.text}, {right.text})", LONG)

    def membership(self, operator: str, operand: Any) -> Code:
        left, right = self.both(operand)
        sets = left.shape.type is Type.SET
        if operator == "contains":
            if sets and right.shape.type in {Type.STRING, Type.LONG, Type.ENTITY}:
                return Code(f"({right.text} in {left.text})", BOOL)
            return Code(f"contains({left.text}, {right.text})", BOOL)
        if not (sets and right.shape.type is Type.SET):
            name = "contains_any" if operator == "containsAny" else "contains_all"
            return Code(f"{name}({left.text}, {right.text})", BOOL)
        if operator == "containsAny":
            return Code(f"(not {left.text}.isdisjoint({right.text}))", BOOL)
        return Code(f"({left.text} >= {right.text})", BOOL)

    def emptiness(self, _: str, operand: Any) -> Code:
        code = self.write(operand["arg"])
        return Code(f"(not {code.text})" if code.shape.type is Type.SET else f"is_empty({code.text})", BOOL)

    def attribute(self, _: str, operand: Any) -> Code:
        owner, name = self.write(operand["left"]), self.constant(operand["attr"])
        found = owner.shape.attributes.get(operand["attr"])
        if owner.shape.type is Type.RECORD:
            shape, path = found.shape if found else UNKNOWN, below(owner, operand["attr"])
            place = self.view.places.get(path) if path else None
            if place is None:
                # A KeyError is as good as a CedarError: whatever is raised makes the policy fail.
                return Code(f"{owner.text}[{name}]", shape, path=path)
            # Without the check, what is absent would be a value like any other.
            text = (
                place.name if place.sure else f"({place.name} if {place.name} is not None else fail({name}))"
            )
            return Code(text, shape, path=path)
        return Code(f"get(W, {owner.text}, {name})")

    def presence(self, _: str, operand: Any) -> Code:
        owner, name = self.write(operand["left"]), self.constant(operand["attr"])
        if owner.shape.type is Type.RECORD:
            path = below(owner, operand["attr"])
            place = self.view.places.get(path) if path else None
            if place is None:
                return Code(f"({name} in {owner.text})", BOOL)
            return Code("True" if place.sure else f"({place.name} is not None)", BOOL)
        return Code(f"has(W, {owner.text}, {name})", BOOL)

    def tag(self, operator: str, operand: Any) -> Code:
        left, right = self.both(operand)
        if operator == "hasTag":
            return Code(f"has_tag(W, {left.text}, {right.text})", BOOL)
        return Code(f"get_tag(W, {left.text}, {right.text})")

    def hierarchy(self, _: str, operand: Any) -> Code:
        left, right = self.both(operand)
        if left.text in VARIABLES.values() and right.constant and right.shape.type is Type.ENTITY:
            return Code(f"({right.text} in {left.text}A)", BOOL)
        return Code(f"within(W, {left.text}, {right.text})", BOOL)

    def kind(self, _: str, operand: Any) -> Code:
        value = self.write(operand["left"])
        text = f"is_type({value.text}, {self.constant(operand['entity_type'])})"
        if "in" in operand:
            text = f"({text} and within(W, {value.text}, {self.write(operand['in']).text}))"
        return Code(text, BOOL)

    def pattern(self, _: str, operand: Any) -> Code:
        value, pattern = self.write(operand["left"]), operand["pattern"]
        known = value.shape.type is Type.STRING
        match pattern:
            case ["Wildcard", *parts, "Wildcard"] if known and "Wildcard" not in parts:
                part = self.constant("".join(one["Literal"] for one in parts))
                return Code(f"({part} in {value.text})", BOOL)
            case _:
                matches = self.constant(make_matcher(pattern))
        return Code(f"{matches}({value.text})" if known else f"like({matches}, {value.text})", BOOL)

    def choice(self, _: str, operand: Any) -> Code:
        then, other = self.write(operand["then"]), self.write(operand["else"])
        test = self.truth(self.write(operand["if"]))
        shape = then.shape if then.shape == other.shape else UNKNOWN
        return Code(f"({then.text} if {test} else {other.text})", shape)

    def set_literal(self, _: str, members: list[Expression]) -> Code:
        codes = [self.write(member) for member in members]
        if all(code.constant for code in codes):
            return self.known(make_set(map(self.value, codes)), Shape(Type.SET))
        return Code(f"make_set(({', '.join(code.text for code in codes)},))", Shape(Type.SET))

    def record_literal(self, _: str, members: Mapping[str, Expression]) -> Code:
        codes = {name: self.write(member) for name, member in members.items()}
        if all(code.constant for code in codes.values()):
            return self.known(Record({n: self.value(c) for n, c in codes.items()}), Shape(Type.RECORD))
        pairs = "".join(f"({self.constant(name)}, {code.text})," for name, code in codes.items())
        return Code(f"make_record(({pairs}))", Shape(Type.RECORD))


Write = Callable[[Writer, str, Any], Code]
WRITERS: Final[Mapping[str, Write]] = {
    "Value": Writer.literal,
    "Var": Writer.variable,
    "&&": Writer.junction,
    "||": Writer.junction,
    "!": Writer.negation,
    "neg": Writer.minus,
    "==": Writer.equality,
    "!=": Writer.equality,
    "<": Writer.ordering,
    "<=": Writer.ordering,
    ">": Writer.ordering,
    ">=": Writer.ordering,
    "+": Writer.arithmetic,
    "-": Writer.arithmetic,
    "*": Writer.arithmetic,
    "contains": Writer.membership,
    "containsAll": Writer.membership,
    "containsAny": Writer.membership,
    "isEmpty": Writer.emptiness,
    ".": Writer.attribute,
    "has": Writer.presence,
    "getTag": Writer.tag,
    "hasTag": Writer.tag,
    "in": Writer.hierarchy,
    "is": Writer.kind,
    "like": Writer.pattern,
    "if-then-else": Writer.choice,
    "Set": Writer.set_literal,
    "Record": Writer.record_literal,
}
"""Which method writes which operator of Cedar's JSON form."""


def below(owner: Code, name: str) -> tuple[str, ...] | None:
    """The path of an attribute of what stands in the context."""
    return None if owner.path is None else (*owner.path, name)


def spine(operator: str, operand: Any) -> Iterable[Expression]:
    """The terms of `a && b && c`, which Cedar nests to the left, in order."""
    terms: list[Expression] = []
    while True:
        terms.append(operand["right"])
        left = operand["left"]
        if operator not in left:
            return [left, *reversed(terms)]
        operand = left[operator]


def read_entities(constraint: Mapping[str, Any]) -> list[Entity]:
    """The entities that a scope names."""
    named = constraint["entities"] if "entities" in constraint else [constraint["entity"]]
    return [read_entity(one) for one in named]


def read_entity(value: Mapping[str, str]) -> Entity:
    """An entity in Cedar's JSON form."""
    return Entity(value["type"], value["id"])
