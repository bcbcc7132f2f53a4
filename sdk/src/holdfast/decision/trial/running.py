"""Running the tests of policies: each in a session of its own, through the whole of deciding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final, cast

import msgspec

from holdfast.action import NOTHING, Action, Contract, Effect, Estimate, Kind
from holdfast.decision.bundle import Bundle
from holdfast.decision.explaining import explain
from holdfast.decision.session import Session
from holdfast.decision.situation import Situation
from holdfast.decision.supposing import suppose
from holdfast.decision.trial.trial import Outcome, Trial, Trials
from holdfast.decision.verdict import Decision
from holdfast.errors import HoldfastError, Invalid

NOON_NS: Final = 1_767_787_200 * 1_000_000_000
"""Wednesday, 7 January 2026, noon."""
MICRO: Final = 1_000_000
EFFECTS: Final = {Kind.MEMORY: Effect.WRITE, Kind.MESSAGE: Effect.SEND}
TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string"}


def run_trials(bundle: Bundle, trials: Trials) -> Iterator[Outcome]:
    """What comes of every test of a file, in their order.

    Raises:
        PolicySyntaxError: a policy does not fit a contract of the file.
    """
    given = [contract for name, contract in trials.contracts.items() if name not in bundle.contracts]
    bundle = bundle.with_contracts(*given) if given else bundle
    for trial, line in trials.trials:
        yield _run(bundle, trial, line, trials.path)


def _run(bundle: Bundle, trial: Trial, line: int, path: str) -> Outcome:
    name = trial.name or f"{trial.agent} {trial.tool or trial.target}"
    expected = _told(trial)
    try:
        judged = _with_schema(bundle, trial)
        here = Situation(
            _action(judged, trial),
            _session(trial),
            judged,
            now_ns=_instant(trial.at),
            approvals=frozenset(trial.approvals),
        )
        decision = here.decide()
    except HoldfastError as error:
        return Outcome(path, line, name, False, expected, "an error", str(error))
    faults = tuple(_faults(trial, decision))
    got = _shown(decision)
    if not faults:
        return Outcome(path, line, name, True, expected, got, "")
    why = "\n".join((*faults, *explain(decision, here, search=False).lines))
    return Outcome(path, line, name, False, expected, got, why)


def _faults(trial: Trial, decision: Decision) -> Iterator[str]:
    """What is not as it should be."""
    wanted = trial.expected
    if decision.verdict.value != wanted.verdict:
        yield f"the verdict is {decision.verdict}, not {wanted.verdict}"
    rules = [reason.rule for reason in decision.reasons]
    if wanted.rule and not any(fnmatchcase(rule, wanted.rule) for rule in rules):
        yield f"the rule {wanted.rule} does not decide; {', '.join(rules) or 'none'} does"
    if wanted.approver and wanted.approver not in decision.roles:
        yield f"{wanted.approver} is not asked; {', '.join(decision.roles) or 'nobody'} is"
    if wanted.arguments is not None and wanted.arguments != decision.arguments:
        yield f"the arguments that would run are {decision.arguments}"


def _told(trial: Trial) -> str:
    wanted = trial.expected
    parts = (
        wanted.verdict,
        wanted.rule and f"by {wanted.rule}",
        wanted.approver and f"asking {wanted.approver}",
    )
    return " ".join(part for part in parts if part)


def _shown(decision: Decision) -> str:
    rules = ", ".join(reason.rule for reason in decision.reasons)
    asked = f" asking {', '.join(decision.roles)}" if decision.roles else ""
    return f"{decision.verdict}{f' by {rules}' if rules else ''}{asked}"


def _session(trial: Trial) -> Session:
    session = Session("trial", person=trial.person)
    session.label(*trial.labels)
    for text in trial.endorse:
        session.endorse(text)
    session.calls = trial.calls
    return session


def _action(bundle: Bundle, trial: Trial) -> Action:
    contract = bundle.contracts.get(trial.tool) if trial.tool else None
    return suppose(
        trial.kind,
        trial.tool or trial.target,
        trial.arguments,
        agent=trial.agent,
        version=trial.version,
        effect=contract.effect if contract else EFFECTS.get(trial.kind, Effect.READ),
        chain=trial.chain,
        person=trial.person,
        estimate=Estimate(0, 0, round(trial.cost_usd * MICRO)) if trial.cost_usd else NOTHING,
        facts=trial.facts or None,
    )


def _instant(text: str) -> int:
    if not text:
        return NOON_NS
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text} is not a time", hint="Write it as 2026-01-31T09:00:00Z.") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * 1_000_000_000


def _with_schema(bundle: Bundle, trial: Trial) -> Bundle:
    """A tool whose arguments nobody has described takes those of the test; in an agent, its code says."""
    contract = bundle.contracts.get(trial.tool)
    if contract is None or contract.parameters != Contract("").parameters or not trial.arguments:
        return bundle
    return bundle.with_contracts(msgspec.structs.replace(contract, parameters=_schema(trial.arguments)))


def _schema(value: Any) -> dict[str, Any]:
    """The narrowest JSON Schema by type that a value keeps."""
    if isinstance(value, dict):
        fields = {name: _schema(inner) for name, inner in cast("dict[str, Any]", value).items()}
        return {"type": "object", "properties": fields}
    if isinstance(value, list):
        kinds = [_schema(one) for one in cast("list[Any]", value)]
        alike = bool(kinds) and kinds.count(kinds[0]) == len(kinds)
        alike = bool(kinds) and kinds.count(kinds[0]) == len(kinds)
        return {"type": "array", "items": kinds[0]} if alike else {"type": "array"}
    return {"type": TYPES[type(value)]} if type(value) in TYPES else {}
