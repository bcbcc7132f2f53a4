"""What is refused at load although Cedar would take it: rules that can never apply, arguments nobody has.

Cedar's validator checks types. It takes `context has labls` for a question whose answer is no, and
`context.hour > 24` for one whose answer is not known. Here both are mistakes, told where they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from holdfast.action import Contract
from holdfast.decision.cedar import Attribute, Knowledge, Known, Policy, Shape, Why, did_you_mean, refute
from holdfast.decision.cedar.shapes import UNKNOWN, Type
from holdfast.decision.cedar.spelling import Path, path_of
from holdfast.decision.cedar.syntax import complain
from holdfast.decision.projection import context_shape
from holdfast.decision.projectors import ENVIRONMENTS
from holdfast.decision.projectors.asked import ASKED
from holdfast.errors import PolicySyntaxError

NO_SCHEMA: Final = {"type": "object"}
"""The parameters of a contract whose arguments nobody has described."""


def _environment(text: str) -> str:
    plain = text.strip().lower()
    return ENVIRONMENTS.get(plain, plain)


ALWAYS: Final[Knowledge] = {
    ("hour",): Known(0, 23),
    ("weekday",): Known(1, 7),
    ("depth",): Known(0),
    ("calls",): Known(0),
    ("estimate", "tokens"): Known(0),
    ("estimate", "micro_usd"): Known(0),
    ("derived", "amount"): Known(0),
    ("derived", "recipient_domains"): Known(normal=str.lower),
    ("derived", "url_hosts"): Known(normal=str.lower),
    ("derived", "sql_verbs"): Known(normal=str.lower),
    ("environment",): Known(normal=_environment),
}
"""What is known of every context, whatever the tool."""


class Context(NamedTuple):
    """What is known of the contexts that a policy judges."""

    shape: Shape
    known: Knowledge
    contract: Contract | None = None
    """Of the tool that they are all about, if they are."""


def context_of(contract: Contract, policies: Iterable[Policy] = ()) -> Context:
    """The contexts of one tool, as its policies see them.

    While nobody has described the tool's arguments, any may be there.
    """
    shape = context_shape(contract, policies=policies)
    if is_undescribed(contract):
        return Context(_open(shape, "args"), ALWAYS, contract)
    return Context(shape, {**ALWAYS, **dict(_promises(contract, shape.attributes["args"].shape))}, contract)


def find_never(policy: Policy, about: Context) -> Why | None:
    """Why a policy can never hold."""
    return refute(policy, shape=about.shape, known=about.known)


def refuse_never(policies: Iterable[Policy], about: Context) -> None:
    """Refuse a rule that can never hold.

    A preset writes several policies for one rule: it is refused when none of them can hold.

    Args:
        policies: those of one rule, or one that a person wrote.
        about: the contexts they judge.

    Raises:
        PolicySyntaxError: at its place, with what to write instead where that is known.
    """
    reasons = [(policy, find_never(policy, about)) for policy in policies]
    if reasons and all(why for _, why in reasons):
        policy, why = reasons[0]
        raise never_error(policy, cast("Why", why))


def refuse_unknown(policy: Policy, about: Context) -> None:
    """Refuse a policy that asks whether something is there which never is.

    Raises:
        PolicySyntaxError: at the name, with the nearest one that is known.
    """
    for path, name, known in unknown_attributes(policy, about.shape):
        owner = ".".join(("context", *path))
        hint = did_you_mean(name, known)
        raise complain(policy, f"`{owner}` never has `{name}`", needle=name, hint=hint)
    argument, contract = argument_of(policy.on), about.contract
    if contract is not None and argument and not has_argument(contract, argument):
        message = f"{contract.tool} has no argument {argument} to change"
        known = about.shape.attributes["args"].shape.attributes
        raise complain(policy, message, needle=argument, hint=did_you_mean(argument, known))


def never_error(policy: Policy, why: Why) -> PolicySyntaxError:
    """The refusal of a policy that can never hold."""
    return complain(policy, f"this never applies: {why.message}", needle=why.needle, hint=why.hint)


def unknown_attributes(policy: Policy, shape: Shape) -> Iterator[tuple[Path, str, Mapping[str, Attribute]]]:
    """What a policy asks for with `has` and nothing has: the owner's path, the name, the names there are."""
    for form in _forms(policy.form["conditions"], "has"):
        path = path_of(form["left"])
        owner = None if path is None else _at(shape, path)
        if owner is not None and owner.type is Type.RECORD and form["attr"] not in owner.attributes:
            yield cast("Path", path), str(form["attr"]), owner.attributes


def is_undescribed(contract: Contract) -> bool:
    """Whether nobody has said what arguments the tool takes."""
    return contract.parameters == NO_SCHEMA


def has_argument(contract: Contract, argument: str) -> bool:
    """Whether a tool takes an argument, as far as anybody has said."""
    described: Any = contract.parameters
    for step in argument.split("."):
        properties: Any = cast("Any", described).get("properties") if isinstance(described, dict) else None
        if not isinstance(properties, dict):
            return True
        if step not in properties:
            return contract.open
        described = cast("dict[str, Any]", properties)[step]
    return True


def argument_of(on: str) -> str:
    """The argument that a `transform:…` changes."""
    word, _, rest = on.removeprefix("transform:").partition(":")
    return rest.partition(":")[0] if word in {"clamp", "redact", "strip"} else ""


def _at(shape: Shape, path: Path) -> Shape | None:
    for step in path:
        found = shape.attributes.get(step)
        if found is None:
            return None
        shape = found.shape
    return shape


def _promises(contract: Contract, arguments: Shape) -> Iterator[tuple[Path, Known]]:
    """What a contract promises of single arguments.

    What the tool does to the world stays open: a rule may guard against the day when its contract says worse.
    """
    for name, attribute in arguments.attributes.items():
        said: Any = contract.parameters.get("properties", {}).get(name)
        if isinstance(said, dict):
            found = _promise(cast("dict[str, Any]", said), attribute.shape.type)
            if found is not None:
                yield ("args", name), found


def _promise(said: Mapping[str, Any], kind: Type) -> Known | None:
    match kind:
        case Type.STRING if isinstance(said.get("enum"), list):
            return Known(among=frozenset(one for one in said["enum"] if isinstance(one, str)))
        case Type.LONG:
            return Known(_limit(said, "minimum", 1), _limit(said, "maximum", 1))
        case Type.DECIMAL:
            return Known(_limit(said, "minimum", 10_000), _limit(said, "maximum", 10_000))
        case _:
            return None


def _limit(said: Mapping[str, Any], word: str, unit: int) -> int | None:
    value = said.get(word)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    # Rounded outwards: nothing is called impossible that is not.
    return int(value * unit // 1) if word == "minimum" else -int(-value * unit // 1)


def _forms(form: Any, operator: str) -> Iterator[dict[str, Any]]:
    if isinstance(form, list):
        for one in cast("list[Any]", form):
            yield from _forms(one, operator)
    elif isinstance(form, dict):
        inner = cast("dict[str, Any]", form)
        if isinstance(inner.get(operator), dict):
            yield inner[operator]
        for one in inner.values():
            yield from _forms(one, operator)


def _open(shape: Shape, *names: str) -> Shape:
    """The shape with records in which anything may be."""
    return Shape(Type.RECORD, None, {**shape.attributes, **dict.fromkeys(names, Attribute(UNKNOWN))})


ANY_CONTEXT: Final = Context(_open(context_shape(Contract("any")), "args", *ASKED), ALWAYS)
"""The contexts of any action."""
