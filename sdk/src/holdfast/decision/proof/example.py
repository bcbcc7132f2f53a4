"""From a solver's model to a request that anybody can send, and what both bundles make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import msgspec

from holdfast.action import Action, Contract, Effect, Estimate, Kind
from holdfast.decision.cedar import Decimal, Record, Shape, Type, make_set
from holdfast.decision.cedar.values import Datetime, Duration
from holdfast.decision.projectors import ENVIRONMENT_WORDS, PROJECTORS
from holdfast.decision.proof.symbols import Symbols
from holdfast.decision.session import Session
from holdfast.decision.supposing import suppose

HOUR_NS: Final = 3_600_000_000_000
DAY_NS: Final = 24 * HOUR_NS
UNITS: Final = {Type.DECIMAL: Decimal, Type.DATETIME: Datetime, Type.DURATION: Duration}
SAMPLES: Final[Mapping[str, Any]] = {
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": False,
    "array": [],
}
PROBE: Final = 12_345
SQL: Final = ("sql", "query", "statement")
Tree = dict[str, Any]


class Request(msgspec.Struct):
    """One request, and everything that a context is read from; what projecting asks of a moment."""

    action: Action
    arguments: Tree
    session: Session
    approvals: frozenset[str]
    now_ns: int


def read_model(symbols: Symbols, model: Any) -> Tree:
    """The context that a model stands for, as Cedar's values."""
    made = Record()
    for path, symbol in symbols.values.items():
        if all(_is_there(symbols, model, path[: n + 1]) for n in range(len(path))):
            _put(made, path, _read(symbols, model, symbol, symbols.shapes[path]))
    for path, members in symbols.sets.items():
        if all(_is_there(symbols, model, path[: n + 1]) for n in range(len(path))):
            held = [one for one, symbol in members.held.items() if _truth(symbols, model, symbol)]
            _put(made, path, make_set(held))
    for path, symbol in symbols.present.items():
        if _truth(symbols, model, symbol) and all(
            _is_there(symbols, model, path[:n]) for n in range(1, len(path))
        ):
            shape = _shape_at(symbols.about.shape, path)
            if shape.type is Type.RECORD:
                _put(made, path, _get(made, path) or Record())
    return made


def make_request(
    kind: Kind, target: str, agent: str, context: Tree, contract: Contract, *, filler: str = "text"
) -> Request:
    """A request whose projection should be this context.

    Args:
        kind: of the action.
        target: what is acted on.
        agent: who acts.
        context: what the projection should come to.
        contract: says what else must be there.
        filler: what stands in texts that must be there and that the context does not speak of.
    """
    arguments = _arguments(context, contract, filler) if kind is Kind.TOOL else {}
    estimate = context.get("estimate", {})
    depth = int(context.get("depth", 1))
    action = suppose(
        kind,
        target,
        arguments,
        agent=agent,
        version=str(context.get("version", "")),
        effect=contract.effect if kind is Kind.TOOL else Effect.READ,
        chain=[f"{agent}-{n}" for n in range(1, depth)],
        person=str(context.get("person", "")),
        estimate=Estimate(int(estimate.get("tokens", 0)), 0, estimate.get("micro_usd")),
        facts={name: plain_value(value) for name, value in context.get("facts", {}).items()} or None,
    )
    session = Session("diff")
    session.label(*sorted(context.get("labels", ())))
    session.calls = int(context.get("calls", 0))
    days = (int(context.get("weekday", 3)) - 4) % 7
    now_ns = days * DAY_NS + int(context.get("hour", 12)) * HOUR_NS
    return Request(action, action.arguments, session, frozenset(context.get("approvals", ())), now_ns)


def show_context(context: Tree) -> Tree:
    """The context without the arguments, as plain data; what is empty is left out."""
    return _without_empty({name: plain_value(value) for name, value in context.items() if name != "args"})


def _without_empty(tree: Tree) -> Tree:
    shown = {
        name: _without_empty(cast("Tree", one)) if isinstance(one, dict) else one
        for name, one in tree.items()
    }
    return {name: one for name, one in shown.items() if one not in ("", [], {})}


def plain_value(value: Any) -> Any:
    """One of Cedar's values as plain data."""
    match value:
        case Decimal():
            number = int(value) / 10_000
            return int(number) if number.is_integer() else number
        case frozenset():
            return sorted(plain_value(one) for one in cast("frozenset[Any]", value))
        case dict():
            return {name: plain_value(inner) for name, inner in cast("Tree", value).items()}
        case bool() | str():
            return value
        case _:
            return int(value)


def _arguments(context: Tree, contract: Contract, filler: str) -> Tree:
    """Arguments the context speaks of, those that must be there, and what derived values are read off."""
    arguments: Tree = plain_value(context.get("args", {}))
    properties: Tree = contract.parameters.get("properties", {})
    for name in contract.parameters.get("required", ()):
        if name not in arguments and isinstance(properties.get(name), dict):
            arguments[name] = _sample(properties[name], filler)
    named = set(context.get("args", {}))
    if context.get("environment"):
        place = next((one for one in ENVIRONMENT_WORDS if one in properties and one not in named), None)
        arguments |= {place: context["environment"]} if place else {}
    for name, value in _derive(context.get("derived", {}), contract, named):
        arguments[name] = value
    return arguments


def _derive(derived: Tree, contract: Contract, taken: set[str]) -> Iterator[tuple[str, Any]]:
    """Arguments off which the derived values can be read; where there is no place for one, it is left."""
    properties: Tree = contract.parameters.get("properties", {})
    free = [name for name, said in properties.items() if name not in taken and "enum" not in said]
    kinds = {name: properties[name].get("type") for name in free}
    for name, value in derived.items():
        if isinstance(value, int):
            said = [
                one for one in free if kinds[one] in {"number", "integer"} and _reads(name, one, contract)
            ]
            yield from ((one, plain_value(value)) for one in said[:1])
    texts = [one for one in free if kinds[one] == "string"]
    mails = [
        *_texts(derived, "recipients"),
        *(f"someone@{one}" for one in _texts(derived, "recipient_domains")),
    ]
    words = [*mails, *(f"https://{host}/" for host in _texts(derived, "url_hosts"))]
    places = [one for one in texts if one not in contract.payload and one not in SQL]
    if words and places:
        yield places[0], " ".join(words)
    queries, verbs = [one for one in texts if one in SQL], _texts(derived, "sql_verbs")
    if verbs and queries:
        yield queries[0], "; ".join(f"{verb} x" for verb in verbs)


def _texts(derived: Tree, name: str) -> list[str]:
    found: frozenset[str] = derived.get(name, frozenset())
    return sorted(found)


def _reads(derived: str, argument: str, contract: Contract) -> bool:
    """Whether a derived number is read off an argument; tried out, so that nothing is assumed of it here."""
    projector = PROJECTORS[derived]
    if projector.reads != "arguments":
        return False
    return plain_value(projector.project({argument: PROBE}, contract)) == PROBE


def _sample(said: Any, filler: str) -> Any:
    said = cast("Tree", said) if isinstance(said, dict) else {}
    if said.get("enum"):
        return said["enum"][0]
    if said.get("type") == "integer":
        return max(1, int(said.get("minimum", 1)))
    if said.get("type") == "object":
        inner = said.get("properties", {})
        return {name: _sample(inner[name], filler) for name in said.get("required", ()) if name in inner}
    return SAMPLES.get(str(said.get("type")), filler)


def _read(symbols: Symbols, model: Any, symbol: Any, shape: Shape) -> Any:
    value = model.eval(symbol, model_completion=True)
    if shape.type is Type.BOOL:
        return symbols.z3.is_true(value)
    if shape.type is Type.STRING:
        return value.as_string()
    return UNITS.get(shape.type, int)(value.as_long())


def _truth(symbols: Symbols, model: Any, symbol: Any) -> bool:
    return symbols.z3.is_true(model.eval(symbol, model_completion=True))


def _is_there(symbols: Symbols, model: Any, path: tuple[str, ...]) -> bool:
    symbol = symbols.present.get(path)
    return symbol is None or _truth(symbols, model, symbol)


def _put(tree: Tree, path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, Record())
    tree[path[-1]] = value


def _get(tree: Tree, path: tuple[str, ...]) -> Any:
    found: Any = tree
    for step in path:
        found = cast("Tree", found).get(step) if isinstance(found, dict) else None
    return found


def _shape_at(shape: Shape, path: tuple[str, ...]) -> Shape:
    for step in path:
        shape = shape.attributes[step].shape
    return shape
