"""Why a decision came out as it did, for the person who asks: rules, inputs, and what would change it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

import msgspec

from holdfast.action import Action
from holdfast.decision.bundle import ENGINE, Bundle
from holdfast.decision.cedar import Policy
from holdfast.decision.cedar.values import DECIMAL_SCALE, Decimal
from holdfast.decision.counterfactual import Counterfactual, would_pass_if
from holdfast.decision.projection import references
from holdfast.decision.session import Session
from holdfast.decision.situation import Situation
from holdfast.decision.verdict import Decision, Reason, Verdict, Would

VALUE_MAX: Final = 200
WARNED: Final = "warn:"
"""How an obligation begins that changes nothing: the model is told."""
SAID: Final = {
    Verdict.ALLOW: "Allowed",
    Verdict.TRANSFORM: "Allowed with other arguments",
    Verdict.ASK: "Waits for a person",
    Verdict.DENY: "Denied",
    Verdict.HALT: "Halted",
}
SECTIONS: Final = {
    "budget": "budgets",
    "detector": "detectors",
    "flow": "flow",
    "identity": "agents",
    "contract": "tools",
}
"""Where in a policy file the built-in stages take what they judge by."""
ELSEWHERE: Final = {
    "kill": "Whoever may stop agents: `holdfast kills` says who did, `holdfast kill --lift` lets them go on.",
    "arguments": "Whoever writes the tool: the contract's schema stands in its code.",
    "contract": "Whoever writes the tool, with @holdfast.tool, or the policies under `tools:`.",
    "error": "Nobody by a rule: judging itself failed. `holdfast doctor` says what is broken.",
}


class _Moment(msgspec.Struct):
    """What a context is read from."""

    action: Action
    arguments: dict[str, Any]
    session: Session
    approvals: frozenset[str]
    now_ns: int


class Section(msgspec.Struct, frozen=True):
    """One paragraph of an explanation."""

    title: str
    text: str


class RuleNote(msgspec.Struct, frozen=True):
    """One rule that spoke, in its own words."""

    id: str
    category: str
    text: str
    """Cedar, as it judged; empty for a built-in stage."""
    source: str
    line: int
    column: int
    version: str
    """Beginning of the SHA-256 of the text: another text is another version."""
    why: str


class LabelNote(msgspec.Struct, frozen=True, rename={"origin": "from"}):
    """One label of the session, and what brought it."""

    label: str
    since_step: str = ""
    """Empty when no step is known: it came with the session, or from another process."""
    origin: str = ""
    """The tool whose result carried it."""


class Keeper(msgspec.Struct, frozen=True):
    """Who may change one rule, and where."""

    rule: str
    source: str
    line: int
    pack: str
    owner: str
    """As the rule's `@owner` says; empty when nobody is named."""
    roles: tuple[str, ...]
    """Who may lift it for one call."""
    how: str


class Explanation(msgspec.Struct, frozen=True):
    """Everything that is to be said about one decision."""

    verdict: Verdict
    headline: str
    stage: str
    rules: tuple[RuleNote, ...]
    inputs: Mapping[str, Any]
    """What the rules looked at, by its path in their context; without rules, the arguments."""
    labels: tuple[LabelNote, ...]
    chain: tuple[str, ...]
    """On whose behalf, the person first, the agent itself last."""
    timings_us: Mapping[str, float]
    took_us: float
    would_pass_if: tuple[Counterfactual, ...]
    who_may_change: tuple[Keeper, ...]
    arguments: Mapping[str, Any]
    obligations: tuple[str, ...]
    unendorsed: tuple[str, ...]
    errors: tuple[str, ...]
    bundle: str
    engine: str = ENGINE
    would: tuple[Would, ...] = ()
    """What rules would have done that do not count yet."""

    @property
    def sections(self) -> tuple[Section, ...]:
        """The explanation paragraph by paragraph."""
        return tuple(_sections(self))

    @property
    def lines(self) -> tuple[str, ...]:
        """The explanation as lines of text."""
        return tuple(f"{section.title}: {section.text}" for section in self.sections)


def explain(
    decision: Decision,
    here: Situation,
    *,
    origins: Iterable[LabelNote] = (),
    search: bool = True,
) -> Explanation:
    """Say which rules spoke, in their own words, on what they looked, and what would change the verdict.

    Args:
        decision: what is explained.
        here: the situation in which it was made; the session as it was before it took the decision.
        origins: which step brought which label, where that is known.
        search: look for what would let it pass, which takes some milliseconds.
    """
    action, bundle = here.action, here.bundle
    policies = {reason.rule: bundle.rule(reason.rule.removeprefix("error:")) for reason in decision.reasons}
    known = {note.label: note for note in origins}
    chain = (action.person, *(actor.agent for actor in action.chain or (action.actor,)))
    return Explanation(
        verdict=decision.verdict,
        headline=_headline(decision),
        stage=decision.stage,
        rules=tuple(_rule(reason, policies[reason.rule]) for reason in decision.reasons),
        inputs=_inputs(here, [policy for policy in policies.values() if policy]),
        labels=tuple(known.get(label, LabelNote(label)) for label in decision.labels),
        chain=tuple(filter(None, chain)),
        timings_us={stage: took / 1000 for stage, took in decision.timings_ns},
        took_us=decision.took_ns / 1000,
        would_pass_if=would_pass_if(here, decision) if search else (),
        who_may_change=tuple(
            _keeper(reason, policies[reason.rule], bundle)
            for reason in {reason.rule: reason for reason in decision.reasons}.values()
        ),
        arguments=decision.arguments or action.arguments,
        obligations=decision.obligations,
        unendorsed=decision.unendorsed,
        errors=decision.errors,
        bundle=decision.bundle,
        would=decision.would,
    )


def _headline(decision: Decision) -> str:
    said = SAID[decision.verdict]
    if decision.reasons:
        return f"{said} at the stage {decision.stage}: {decision.message}"
    return f"{said}: no rule {'that counts ' if decision.would else ''}objects."


def _rule(reason: Reason, policy: Policy | None) -> RuleNote:
    if policy is None:
        return RuleNote(reason.rule, reason.category, "", "", 0, 0, ENGINE, reason.message)
    version = hashlib.sha256(policy.text.encode()).hexdigest()[:12]
    place = (policy.source, policy.line, policy.column)
    return RuleNote(reason.rule, reason.category, policy.text, *place, version, reason.message)


def _keeper(reason: Reason, policy: Policy | None, bundle: Bundle) -> Keeper:
    cure = reason.cure.removeprefix("approval:") if reason.cure.startswith("approval:") else ""
    roles = (cure,) if cure else ()
    if policy is not None:
        pack = policy.id.partition("/")[0] if policy.generated else ""
        owner = policy.annotations.get("owner", "")
        how = f"Whoever may write {policy.source}: edit line {policy.line}, then `holdfast policy check`."
        return Keeper(reason.rule, policy.source, policy.line, pack, owner, roles, how)
    if budget := _set_elsewhere(reason, bundle):
        how = f"Whoever may set budgets: `holdfast budgets edit {budget}`."
        return Keeper(reason.rule, "", 0, "", "", roles, how)
    section = SECTIONS.get(reason.category, "")
    source, line = _section_place(bundle, section) if section else ("", 0)
    if reason.rule == "holdfast:silence":
        how = f"Whoever may write the policies: {reason.cure}."
    elif source:
        how = f"Whoever may write {source}: the section `{section}` on line {line}."
    else:
        how = ELSEWHERE.get(reason.category, "Whoever may write the policies; the default is in force now.")
    return Keeper(reason.rule, source, line, "", "", roles, how)


def _set_elsewhere(reason: Reason, bundle: Bundle) -> str:
    """The id of a budget that refused and that no policy file says: somebody set it on the server."""
    budget = reason.rule.removeprefix("holdfast:budget:")
    said = {terms.id for one in bundle.budgets for terms in one.terms}
    return budget if budget.startswith("bud_") and budget not in said else ""


def _section_place(bundle: Bundle, section: str) -> tuple[str, int]:
    """The last file that speaks of it, which is the one that counts."""
    for source in reversed(bundle.sources):
        found = re.search(rf"(?m)^{section}:", source.text) if source.kind == "yaml" else None
        if found:
            return source.name, source.text.count("\n", 0, found.start()) + 1
    return "", 0


def _inputs(here: Situation, policies: list[Policy]) -> dict[str, Any]:
    """The part of the context that these policies read, as plain data."""
    paths = sorted(
        {path for one in policies for clause in one.conditions for path in references(clause.body)}
    )
    gate = here.bundle.gate(here.action)
    if not paths or gate is None:
        return {f"args.{name}": value for name, value in here.arguments.items()}
    try:
        context: Any = gate.project(
            _Moment(here.action, here.arguments, here.session, here.approvals, here.now_ns)
        )
    except Exception as error:  # noqa: BLE001  # what could not be projected is the reason; explaining goes on
        return {"error": f"{type(error).__name__}: {error}"[:VALUE_MAX]}
    return {".".join(path): _plain(_at(context, path)) for path in paths if path}


def _at(context: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        context = cast("dict[str, Any]", context).get(step) if isinstance(context, dict) else None
    return context


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return value / DECIMAL_SCALE
        case None | bool() | int() | str():
            return value
        case frozenset() | set() | list() | tuple():
            return sorted((_plain(one) for one in value), key=str)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # Cedar's own values
        case dict():
            return {str(name): _plain(one) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # Cedar's own values
        case _:
            return str(value)


def _sections(told: Explanation) -> Iterator[Section]:
    yield Section(
        "Verdict", f"{told.verdict}, settled by the stage {told.stage}: {told.headline.partition(': ')[2]}"
    )
    for rule in told.rules:
        where = f" ({rule.source}:{rule.line}:{rule.column})\n{rule.text}" if rule.text else ""
        yield Section(f"Rule {rule.id}", rule.why + where)
    for one in told.would:
        yield Section(
            "Does not count yet", f"{one.rule}, {one.level or 'watched'}: {one.verdict}. {one.message}"
        )
    if told.errors:
        yield Section("Failed", ", ".join(told.errors))
    for one in told.would_pass_if:
        yield Section("Would pass if", one.text)
    yield Section("Asked by", " → ".join(told.chain) or "nobody named")
    shown = msgspec.json.encode(told.arguments).decode()
    yield Section("Arguments", shown if len(shown) <= VALUE_MAX else f"{shown[:VALUE_MAX]}…")
    warned = [one for one in told.obligations if one.startswith(WARNED)]
    if changed := [one for one in told.obligations if one not in warned]:
        yield Section("Changed", ", ".join(changed))
    if warned:
        yield Section("Warned", ", ".join(one.removeprefix(WARNED) for one in warned))
    yield Section("Labels", ", ".join(map(_label, told.labels)) or "none: nothing untrusted has come in")
    if told.unendorsed:
        yield Section("Chosen by nobody entitled", ", ".join(told.unendorsed))
    for keeper in dict.fromkeys(one.how for one in told.who_may_change):
        yield Section("Who may change it", keeper)
    yield Section("Bundle", f"{told.bundle[:16]} (engine {told.engine})")
    if told.timings_us:
        parts = ", ".join(f"{stage} {took:.1f}" for stage, took in told.timings_us.items())
        yield Section("Took", f"{told.took_us:.1f} µs ({parts})")


def _label(note: LabelNote) -> str:
    if not note.since_step:
        return note.label
    return f"{note.label} (since step {note.since_step}{', ' + note.origin if note.origin else ''})"
