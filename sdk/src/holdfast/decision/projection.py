"""From an action to the Cedar context its policies read, and nothing they do not read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial
from typing import Any, Final, NamedTuple, cast

from holdfast.action import Action, Contract
from holdfast.decision.cedar import (
    Attribute,
    Decimal,
    Policy,
    Record,
    Shape,
    Type,
    complain,
    make_set,
    shape_of,
)
from holdfast.decision.cedar.shapes import BOOL, LONG, STRING, STRINGS, record
from holdfast.decision.cedar.values import LONG_MAX, LONG_MIN
from holdfast.decision.facts import FACTS_SHAPE
from holdfast.decision.projectors import ENVIRONMENT_WORDS, PROJECTORS, environment
from holdfast.decision.projectors.asked import ASKED
from holdfast.decision.projectors.history import Moment
from holdfast.errors import Invalid

HOUR_NS: Final = 3_600_000_000_000
DAY_NS: Final = 24 * HOUR_NS

Path = tuple[str, ...]
Read = Callable[[Any], Any]


Context = dict[str, Any]
Project = Callable[[Moment], Context]


def context_shape(
    contract: Contract, *, with_arguments: bool = True, policies: Iterable[Policy] = ()
) -> Shape:
    """The type of the context of a tool's actions, as these policies see it.

    Raises:
        PolicySyntaxError: a policy asks what makes no sense, like the time in a zone that does not exist.
    """
    arguments = shape_of(contract.parameters) if with_arguments else record()
    estimate = Shape(
        Type.RECORD, None, {"tokens": Attribute(LONG), "micro_usd": Attribute(LONG, required=False)}
    )
    derived = record(**{name: projector.shape for name, projector in PROJECTORS.items()})
    return record(
        args=arguments,
        derived=derived,
        labels=STRINGS,
        approvals=STRINGS,
        environment=STRING,
        person=STRING,
        depth=LONG,
        hour=LONG,
        weekday=LONG,
        irreversible=BOOL,
        egress=BOOL,
        calls=LONG,
        estimate=estimate,
        facts=FACTS_SHAPE,
        version=STRING,
        described=BOOL,
        compensated=BOOL,
        **_asked_shapes(policies, contract),
    )


def _asked_shapes(policies: Iterable[Policy], contract: Contract) -> dict[str, Shape]:
    """Records with an attribute for each question that the policies ask."""
    found: dict[str, dict[str, Attribute]] = {name: {} for name in ASKED}
    for policy in policies:
        for path in {path for clause in policy.conditions for path in references(clause.body)}:
            if path[:1] and path[0] in ASKED and len(path) > 1:
                asked = ASKED[path[0]]
                try:
                    asked.make(path[1], contract)
                except ValueError as error:
                    raise complain(policy, str(error)) from error
                found[path[0]][path[1]] = Attribute(asked.shape)
    return {name: Shape(Type.RECORD, None, inner) for name, inner in found.items()}


GIVEN: Final = ("action", "arguments", "session", "approvals", "now_ns")
"""The fields of a moment, from which everything is read."""
FIELDS: Final[Mapping[str, str]] = {
    "labels": "session.labels",
    "approvals": "approvals",
    "person": "(action.person or session.person)",
    "depth": "len(action.chain)",
    "hour": "(now_ns % DAY_NS // HOUR_NS)",
    # The epoch was a Thursday, the fourth day of the week.
    "weekday": "((now_ns // DAY_NS + 3) % 7 + 1)",
    "calls": "session.calls",
    "estimate": "estimate(action)",
    "version": "action.actor.version",
    "facts": "facts(action.facts or {})",
}
"""How each attribute of the context is read; the others depend on the contract."""
SOURCES: Final = {"arguments": "arguments", "moment": "m"}
"""What a projector is handed."""


class Sources(NamedTuple):
    """Which attributes of the context some policies read, and how."""

    paths: frozenset[Path]
    """What they read; `()` is the whole context."""
    texts: dict[Path, str]
    """Python for each attribute, in the words of `GIVEN` and `m`, the moment; `derived` one by one."""
    names: dict[str, Any]
    """What else the texts speak of."""


def find_sources(policies: Iterable[Policy], shape: Shape, contract: Contract) -> Sources:
    """Which attributes of the context these policies read, and how.

    The texts are made of the words above; what comes from a contract goes through names.
    """
    paths = frozenset(
        path for policy in policies for clause in policy.conditions for path in references(clause.body)
    )
    tops = set(shape.attributes) if () in paths else {path[0] for path in paths}
    names: dict[str, Any] = {"DAY_NS": DAY_NS, "HOUR_NS": HOUR_NS, "estimate": _estimate, "len": len}
    names |= {"irreversible": contract.irreversible, "egress": contract.egress}
    names |= {"described": is_described(contract), "compensated": contract.compensation is not None}
    texts: dict[Path, str] = {(name,): FIELDS.get(name, name) for name in sorted(tops - {"derived"})}
    if "environment" in tops:
        texts["environment",], names["environment"] = _environment(contract)
    if "args" in tops:
        names["args"] = read_shape(arguments_shape(shape, paths), "")
        texts["args",] = "args(arguments)"
    if "facts" in tops:
        names["facts"] = read_shape(_narrow(FACTS_SHAPE, _below(paths, "facts")), "facts")
    for top in ASKED.keys() & tops:
        names[top] = _answers(top, shape.attributes[top].shape, contract)
        texts[top,] = f"{top}(m)"
    if "derived" in tops:
        wanted = _narrow(shape.attributes["derived"].shape, _below(paths, "derived")).attributes
        names |= {"contract": contract, **{name: PROJECTORS[name].project for name in wanted}}
        texts |= {
            ("derived", name): f"{name}({SOURCES[PROJECTORS[name].reads]}, contract)" for name in wanted
        }
    return Sources(paths, texts, names)


def make_projection(policies: Iterable[Policy], shape: Shape, contract: Contract) -> Project:
    """The function that makes the context which these policies read.

    It is one generated function, because a call for each attribute would cost as much as judging does.
    """
    paths, texts, names = find_sources(policies, shape, contract)
    parts = {path[0]: text for path, text in texts.items() if len(path) == 1}
    if any(path[:1] == ("derived",) for path in paths) or () in paths:
        derived = {path[1]: text for path, text in texts.items() if len(path) > 1}
        parts["derived"] = _literal(derived, whole=("derived",) in paths or () in paths)
    lines = ["def project(m):", *(f" {word} = m.{word}" for word in GIVEN)]
    scope: dict[str, Any] = {"__builtins__": {}, "Record": Record, **names}
    exec("\n".join([*lines, f" return {_literal(parts, whole=() in paths)}"]), scope)  # noqa: S102  # see `find_sources`
    return cast("Project", scope["project"])


def arguments_shape(shape: Shape, paths: frozenset[Path]) -> Shape:
    """The type of the arguments, as far as these paths reach."""
    return _narrow(shape.attributes["args"].shape, _below(paths, "args"))


def _literal(parts: Mapping[str, str], *, whole: bool) -> str:
    """The source of a record; only a policy that compares it as a whole needs more than a dict."""
    items = ", ".join(f"{name!r}: {text}" for name, text in parts.items())
    return f"Record({{{items}}})" if whole else f"{{{items}}}"


def is_described(contract: Contract) -> bool:
    """Whether somebody wrote down which arguments the tool takes, and others are refused."""
    return not contract.inferred and not contract.open and "properties" in contract.parameters


def fixed_values(contract: Contract) -> dict[Path, Any]:
    """What is the same in every context of a tool, because its contract alone says it."""
    fixed: dict[Path, Any] = {
        ("irreversible",): contract.irreversible,
        ("egress",): contract.egress,
        ("described",): is_described(contract),
        ("compensated",): contract.compensation is not None,
    }
    source, value = _environment(contract)
    return {**fixed, ("environment",): value} if source == "environment" else fixed


def _answers(top: str, shape: Shape, contract: Contract) -> Callable[[Moment], Record]:
    """Every answer to what policies ask under one name."""
    answers = tuple((question, ASKED[top].make(question, contract)) for question in shape.attributes)
    return lambda moment: Record((question, answer(moment)) for question, answer in answers)


def _environment(contract: Contract) -> tuple[str, Any]:
    """Where a tool acts is fixed when its contract says so, or when no argument can."""
    named = set(contract.parameters.get("properties", {})) & set(ENVIRONMENT_WORDS)
    if contract.environment or not (named or contract.open):
        return "environment", environment({}, contract)
    return "environment(arguments)", partial(environment, contract=contract)


def references(expression: Any) -> Iterator[Path]:
    """The attributes of the context that an expression reads, as paths; a shorter path means all below it."""
    if isinstance(expression, list):
        for one in cast("list[Any]", expression):
            yield from references(one)
    elif isinstance(expression, dict):
        path = _path(cast("dict[str, Any]", expression))
        if path is not None:
            yield path
        else:
            yield from references(list(cast("dict[str, Any]", expression).values()))


def _path(expression: dict[str, Any]) -> Path | None:
    """`context.a.b` or `context.a has b` as `(a, b)`; anything else is None."""
    if expression.get("Var") == "context":
        return ()
    step = expression.get(".") or expression.get("has")
    if not isinstance(step, dict):
        return None
    owner = _path(cast("dict[str, Any]", step)["left"])
    return None if owner is None else (*owner, str(cast("dict[str, Any]", step)["attr"]))


def _below(paths: Set[Path], top: str) -> set[Path]:
    return {path[1:] for path in paths if path[:1] == (top,)} | ({()} if () in paths else set())


def _narrow(shape: Shape, paths: Set[Path]) -> Shape:
    """The part of a record that these paths reach."""
    if () in paths or shape.type is not Type.RECORD:
        return shape
    kept = {
        name: Attribute(_narrow(attribute.shape, _below(paths, name)), required=attribute.required)
        for name, attribute in shape.attributes.items()
        if any(path[0] == name for path in paths)
    }
    return Shape(Type.RECORD, None, kept)


def read_shape(shape: Shape, name: str) -> Read:
    """The function that turns a plain value into Cedar's; it refuses what has no faithful form."""
    match shape.type:
        case Type.RECORD:
            return _record_reader(shape, name)
        case Type.SET:
            element = read_shape(shape.element or STRING, f"{name}[]")
            return lambda value: make_set(map(element, _expect(value, list, name)))
        case Type.DECIMAL:
            return lambda value: _decimal(value, name)
        case Type.LONG:
            return lambda value: (
                value if type(value) is int and -LONG_MAX < value < LONG_MAX else _long(value, name)
            )
        case Type.BOOL:
            return lambda value: _expect(value, bool, name)
        case _:
            return lambda value: _expect(value, str, name)


PLAIN: Final[Mapping[Type, str]] = {
    Type.STRING: "type(given) is str",
    Type.BOOL: "type(given) is bool",
    Type.LONG: "type(given) is int and -LONG_MAX < given < LONG_MAX",
}
"""For the types whose values are Cedar's as they are: whether one is of the type."""


def _record_reader(shape: Shape, name: str) -> Read:
    """One generated function, because a loop over attributes would cost more than reading them."""
    prefix = f"{name}." if name else ""
    names: dict[str, Any] = {"Record": Record, "LONG_MAX": LONG_MAX}
    # An argument that is null is an argument that is not there: Cedar has no null.
    lines = ["def read(value):", " found = Record()"]
    for place, (inner, one) in enumerate(shape.attributes.items()):
        names |= {f"n{place}": inner, f"r{place}": read_shape(one.shape, prefix + inner)}
        is_plain = PLAIN.get(one.shape.type, "False")
        lines.append(f" given = value.get(n{place})")
        lines.append(f" if given is not None: found[n{place}] = given if {is_plain} else r{place}(given)")
    # The source is made of the words above; whatever a contract says goes through names.
    exec("\n".join([*lines, " return found"]), names)  # noqa: S102
    return cast("Read", names["read"])


def _expect(value: Any, kind: type, name: str) -> Any:
    if type(value) is kind:
        return value
    raise Invalid(f"{name} must be of type {kind.__name__}")


def _long(value: Any, name: str) -> int:
    # JSON Schema takes 1.0 for an integer.
    whole = type(value) is int or (type(value) is float and value.is_integer())
    if whole and LONG_MIN <= value <= LONG_MAX:
        return int(value)
    raise Invalid(f"{name} must be a whole number of at most 64 bits")


def _decimal(value: Any, name: str) -> Decimal:
    if type(value) is int and LONG_MIN <= value * 10_000 <= LONG_MAX:
        return Decimal(value * 10_000)
    if type(value) is float and LONG_MIN <= value * 10_000 <= LONG_MAX:
        number = round(value * 10_000)
        if number / 10_000 == value:
            return Decimal(number)
        raise Invalid(f"{name} has more than four fractional digits, which no rule can judge exactly")
    raise Invalid(f"{name} must be a number between -922337203685477 and 922337203685477")


def _estimate(action: Action) -> Record:
    estimate = action.estimate
    found = Record(tokens=estimate.tokens_in + estimate.tokens_out)
    if estimate.cost_micro_usd is not None:
        found["micro_usd"] = estimate.cost_micro_usd
    return found
