"""What `holdfast decide` reads: one action as a person writes it down, and the session it happens in."""

from __future__ import annotations

import hashlib
from typing import Any, Final, NamedTuple, cast

import msgspec

from holdfast.action import (
    NOTHING,
    Action,
    Actor,
    Contract,
    Effect,
    Estimate,
    Kind,
    canonicalise,
    digest,
    parse_arguments,
)
from holdfast.decision import Bundle, Session
from holdfast.errors import Invalid, PolicySyntaxError
from holdfast.guard.judging import EFFECTS

ANONYMOUS: Final = "agent"
"""The agent's name when the question gives none."""
NO_SCHEMA: Final = "Nobody wrote a schema for this tool, so one was read off the arguments."
TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string"}
MICRO: Final = 1_000_000


class Using(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The most the action can use."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One action that asks to be judged; only a target is needed."""

    kind: Kind = Kind.TOOL
    target: str = ""
    tool: str = ""
    """The same as `target`, for tools."""
    arguments: dict[str, Any] = {}
    agent: str = ANONYMOUS
    version: str = ""
    owner: str = ""
    person: str = ""
    session: str = "decide"
    chain: tuple[str, ...] = ()
    """Agents through whom it was delegated, outermost first; the agent itself may be left out."""
    labels: tuple[str, ...] = ()
    """What the session carries already, such as `untrusted`."""
    endorse: tuple[str, ...] = ()
    """Texts whose values the person has chosen."""
    approvals: tuple[str, ...] = ()
    """Roles that have approved exactly this."""
    contract: dict[str, Any] | None = None
    """The tool's contract, when the policies do not know it."""
    estimate: Using | None = None
    facts: dict[str, Any] = {}
    """What the program around the agent says of it, beyond the arguments."""


class Asked(NamedTuple):
    """A question, made ready for `decide`."""

    notes: tuple[str, ...]
    """What the reader must know about how it was read."""

    action: Action
    session: Session
    bundle: Bundle
    approvals: frozenset[str]


def parse_question(text: bytes) -> Question:
    """Read a question.

    Raises:
        Invalid: it is not one JSON object, or a value does not fit; the message names the path.
    """
    try:
        return msgspec.convert(parse_arguments(text), Question)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"the action cannot be read: {error}", hint="docs/guides/cli.md shows its shape."
        ) from error


def prepare(question: Question, bundle: Bundle) -> Asked:
    """Make the values that deciding needs.

    Raises:
        Invalid: the question contradicts itself or its arguments are not plain data.
        PolicySyntaxError: a policy does not fit the contract given.
    """
    target = _target(question)
    plain, canonical = canonicalise(question.arguments)
    if question.contract is not None:
        bundle = bundle.with_contracts(_contract(question.contract, target))
    bundle, notes = _with_schema(question, target, bundle)
    session = Session(question.session, person=question.person)
    session.label(*question.labels)
    for text in question.endorse:
        session.endorse(text)
    return Asked(
        notes,
        _action(question, target, bundle, plain, canonical),
        session,
        bundle,
        frozenset(question.approvals),
    )


def _target(question: Question) -> str:
    if question.tool and question.kind is not Kind.TOOL:
        raise Invalid(f"$.tool does not belong to kind `{question.kind}`; name the $.target")
    if question.tool and question.target and question.tool != question.target:
        raise Invalid("$.tool and $.target say different things; one of them is enough")
    target = question.target or question.tool
    if not target:
        raise Invalid("$.target is missing: the tool, model or agent that is acted on")
    return target


def _with_schema(question: Question, tool: str, bundle: Bundle) -> tuple[Bundle, tuple[str, ...]]:
    """Read a schema off the arguments when nobody wrote one: in an agent, the tool's code would bring it."""
    contract = bundle.contracts.get(tool) if question.kind is Kind.TOOL else None
    if contract is None or contract.parameters != Contract("").parameters or not question.arguments:
        return bundle, ()
    inferred = msgspec.structs.replace(contract, parameters=infer_schema(question.arguments))
    try:
        return bundle.with_contracts(inferred), (NO_SCHEMA,)
    except PolicySyntaxError as error:
        # A rule judges an argument that is not there; without a schema the tool stays refused.
        return bundle, (f"{NO_SCHEMA} The rules ask for another: {error.message}",)


def infer_schema(value: Any) -> dict[str, Any]:
    """The narrowest JSON Schema by type that a value keeps."""
    match value:
        case bool() | int() | float() | str():
            return {"type": TYPES[type(value)]}
        case list():
            kinds = [infer_schema(one) for one in cast("list[Any]", value)]
            same = bool(kinds) and all(kind == kinds[0] for kind in kinds)
            return {"type": "array", "items": kinds[0]} if same else {"type": "array"}
        case dict():
            fields = {name: infer_schema(inner) for name, inner in cast("dict[str, Any]", value).items()}
            return {"type": "object", "properties": fields, "additionalProperties": False}
        case _:
            return {}


def _contract(given: dict[str, Any], tool: str) -> Contract:
    if given.get("tool", tool) != tool:
        raise Invalid(f"$.contract.tool is not the tool {tool}")
    try:
        return msgspec.convert({**given, "tool": tool}, Contract)
    except msgspec.ValidationError as error:
        raise Invalid(f"the contract cannot be read: {error}".replace("`$", "`$.contract")) from error


def _action(
    question: Question, target: str, bundle: Bundle, plain: dict[str, Any], canonical: bytes
) -> Action:
    actor = Actor(question.agent, question.version, question.owner)
    chain = tuple(Actor(name) for name in question.chain if name != question.agent)
    contract = bundle.contracts.get(target) if question.kind is Kind.TOOL else None
    named = digest(question.kind, target, canonical)
    # Ids follow from the question: the same question is the same action, and nothing random is judged.
    seed = hashlib.sha256(f"{named}\0{question.session}".encode()).hexdigest()
    return Action(
        id=seed[:16],
        kind=question.kind,
        actor=actor,
        target=target,
        arguments=plain,
        canonical=canonical,
        digest=named,
        effect=contract.effect if contract else EFFECTS.get(question.kind, Effect.EXECUTE),
        run=seed[:32],
        session=question.session,
        trace=seed[:32],
        chain=(*chain, actor),
        person=question.person,
        estimate=_estimate(question.estimate),
        facts=question.facts or None,
    )


def _estimate(using: Using | None) -> Estimate:
    if using is None:
        return NOTHING
    cost = None if using.cost_usd is None else round(using.cost_usd * MICRO)
    return Estimate(using.tokens_in, using.tokens_out, cost)
