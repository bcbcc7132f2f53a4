"""Fifth: who chose the values that matter, and may those who receive it read what the session holds?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from holdfast.action import Contract, Effect, Kind
from holdfast.decision.case import SILENT, Case, Check, Opinions, Part, opinion
from holdfast.decision.endorsement import leaves
from holdfast.decision.flow.origins import Origins
from holdfast.decision.flow.pointers import pointers, texts
from holdfast.decision.flow.readers import Readers, recipients
from holdfast.decision.flow.registry import Registry
from holdfast.decision.gate import Gate
from holdfast.decision.limits import HELD
from holdfast.decision.session import LABELS, UNTRUSTED
from holdfast.decision.terms import Terms
from holdfast.decision.verdict import Doubt, Verdict

CONFIDENTIAL: Final = frozenset({"confidential", "pii", "private", "secret"})
SENSITIVE: Final = frozenset({"confidential", "pii", "secret"})
"""What text that leaves an untrusted session may not carry unasked; `private` is a house's ordinary work."""
LOSSES: Final = frozenset({Effect.DESTROY, Effect.SPEND})
"""Effects whose object must be chosen in words, not only stand on a list."""
DOUBTS_MAX: Final = 8


def flow_stage(gate: Gate | None, terms: Terms) -> Part | None:
    """Everything that this gate has to say about where values come from and where they go; often nothing."""
    if gate is None:
        return None
    registry, readers = Registry(terms.flow.registry), Readers(terms.flow.readers)
    checks: list[Check] = []
    glances: list[str] = []
    if gate.kind is Kind.TOOL and gate.contract.endorses:
        checks.append(_check_question(gate.contract, registry))
        glances.append("False")
    if readers.labels and (gate.kind is Kind.OUTPUT or gate.contract.egress):
        checks.append(_check_readers(gate, readers))
        glances.append("session.labels.isdisjoint(read_by_few)")
    if readers.labels and gate.kind is Kind.MODEL and terms.flow.models == HELD:
        checks.append(_check_model(readers))
        glances.append("session.labels.isdisjoint(read_by_few)")
    if gate.consequential:
        checks.append(_check_origin(gate.contract, registry, terms.flow.approver))
        glances.append("UNTRUSTED not in session.labels")
    if gate.kind is Kind.OUTPUT:
        checks.append(_check_output(registry, terms.flow.approver))
        glances.append("UNTRUSTED not in session.labels")
    if gate.kind is Kind.MEMORY:
        checks.append(_check_lowering(terms.flow.approver))
        glances.append("action.target != own_labels")
    if not checks:
        return None
    names = {"UNTRUSTED": UNTRUSTED, "read_by_few": readers.labels, "own_labels": LABELS}
    return Part(_in_turn(checks), " and ".join(glances), names)


def _in_turn(checks: list[Check]) -> Check:
    first, *rest = checks

    def check(case: Case) -> Opinions:
        found = first(case)
        for one in rest:
            found += one(case)
        return found

    return check


def _check_question(contract: Contract, registry: Registry) -> Check:
    """An answer is a choice of somebody entitled only if the question was."""
    payload, endorses = frozenset(contract.payload), contract.endorses

    def check(case: Case) -> Opinions:
        holds = case.session.endorsed.holds
        asked = (
            leaf
            for name, value in case.arguments.items()
            if name not in payload
            for leaf in leaves(value)
            if isinstance(leaf, str)
        )
        if all(holds(leaf) or registry.holds(leaf) for leaf in asked):
            case.endorses = endorses
        return SILENT

    return check


def _check_readers(gate: Gate, readers: Readers) -> Check:
    """Refuse what would reach somebody who may not read what the session holds."""
    contract, output = gate.contract, gate.kind is Kind.OUTPUT

    def check(case: Case) -> Opinions:
        limited = readers.labels & case.session.labels
        if not limited:
            return SILENT
        reached = [case.action.person] if output else recipients(contract, case.arguments)
        for one in reached or [""]:
            label = readers.refuses(one, limited)
            if label:
                message = f"{one or 'An unknown recipient'} may not read what is marked {label} here."
                cure = f"Add the recipient to flow: readers: {label}"
                return opinion(Verdict.DENY, "flow", message, rule="holdfast:readers", cure=cure)
        return SILENT

    return check


def _check_model(readers: Readers) -> Check:
    """Refuse to send a model, and so its provider, what neither of them may read."""

    def check(case: Case) -> Opinions:
        model = case.action.target
        provider = model.partition("/")[0]
        for label in sorted(readers.labels & case.session.labels):
            if readers.refuses(model, (label,)) and readers.refuses(provider, (label,)):
                message = f"{provider} may not be sent what is marked {label} here."
                cure = f"Use a model that may read it, or add {provider} to flow: readers: {label}"
                return opinion(Verdict.DENY, "flow", message, rule="holdfast:readers", cure=cure)
        return SILENT

    return check


def _check_origin(contract: Contract, registry: Registry, approver: str) -> Check:
    """Ask before untrusted text chooses a recipient, an amount, or anything that cannot be undone."""
    find = _doubter(contract, registry)
    consequence = f"The session has read untrusted content, and {contract.tool} has consequences."
    carries = (
        f"The session has read untrusted content, and {contract.tool} could carry personal or secret data."
    )
    reads = contract.effect is Effect.READ
    outward = contract.egress and not reads and bool(contract.payload)

    def check(case: Case) -> Opinions:
        labels = case.session.labels
        if UNTRUSTED not in labels:
            return SILENT
        case.doubts = tuple(find(case))
        if case.doubts:
            message = _message(case.doubts)
        elif not case.arguments and not reads:
            message = consequence
        elif outward and not labels.isdisjoint(SENSITIVE) and not _said(case, contract.payload):
            message = carries
        else:
            return SILENT
        return _ask(case, approver, message)

    return check


def _doubter(contract: Contract, registry: Registry) -> Callable[[Case], Iterator[Doubt]]:
    """Finds the values of one tool's calls that nobody entitled has chosen."""
    critical, payload = contract.critical, frozenset(contract.payload)
    reads, egress = contract.effect is Effect.READ, contract.egress
    loss = contract.effect in LOSSES

    def find(case: Case) -> Iterator[Doubt]:
        arguments, endorsed = case.arguments, case.session.endorsed
        chosen = endorsed.chose if loss else endorsed.holds
        names = tuple([name for name in critical if _given(arguments.get(name))])
        if not names and not (reads and case.session.labels.isdisjoint(CONFIDENTIAL)):
            # Nothing says what it is about, so everything it says must have been chosen.
            names = tuple(arguments)
        found = ((name, leaf) for name in names for leaf in leaves(arguments[name]))
        doubts = [one for one in found if not chosen(one[1]) and not registry.holds(one[1])]
        if egress:
            doubts += [
                (name, pointer)
                for name in (payload or arguments.keys())
                if name in arguments and name not in names
                for text in texts(arguments[name])
                for pointer in pointers(text)
                if not endorsed.holds(pointer) and not registry.holds(pointer)
            ]
        return _traced(case, doubts)

    return find


def _given(value: Any) -> bool:
    return any(leaf is not None and leaf != "" for leaf in leaves(value))


def _traced(case: Case, doubts: list[tuple[str, Any]]) -> Iterator[Doubt]:
    origins = case.session.origins
    for name, value in doubts[:DOUBTS_MAX]:
        yield Doubt(name, value, str(origins.trace(value) or _nowhere(origins)))
    if len(doubts) > DOUBTS_MAX:
        yield Doubt("…", f"{len(doubts) - DOUBTS_MAX} more")


def _nowhere(origins: Origins) -> str:
    """What is known of a value that nothing shows which was read here: since when there is a doubt."""
    since = origins.tell(UNTRUSTED)
    return since and f"in nothing that was read here; {since}"


def _check_output(registry: Registry, approver: str) -> Check:
    """Ask before an answer leads its reader somewhere with what an untrusted session knows."""

    def check(case: Case) -> Opinions:
        labels = case.session.labels
        if UNTRUSTED not in labels or labels.isdisjoint(CONFIDENTIAL):
            return SILENT
        endorsed, origins = case.session.endorsed, case.session.origins
        led = [
            pointer
            for value in case.arguments.values()
            for text in texts(value)
            for pointer in pointers(text)
            # A link that came in as it stands carries nothing out; one that was made here may.
            if not endorsed.holds(pointer) and not registry.holds(pointer) and origins.trace(pointer) is None
        ]
        if not led:
            return SILENT
        case.doubts = tuple(_traced(case, [("output", pointer) for pointer in led]))
        return _ask(case, approver, _message(case.doubts))

    return check


def _check_lowering(approver: str) -> Check:
    """Only a person takes a label off a session."""

    def check(case: Case) -> Opinions:
        if case.action.target != LABELS:
            return SILENT
        labels = [str(one) for one in leaves(case.arguments.get("labels")) if one is not None]
        told = f"This takes {', '.join(labels) or 'no label'} off the session"
        since = ", ".join(filter(None, map(case.session.origins.tell, labels)))
        return _ask(case, approver, f"{told}; {since}." if since else f"{told}.")

    return check


def _said(case: Case, names: tuple[str, ...]) -> bool:
    holds = case.session.endorsed.holds
    return all(holds(leaf) for name in names for leaf in leaves(case.arguments.get(name)))


def _message(doubts: tuple[Doubt, ...]) -> str:
    values = ", ".join(str(Doubt(one.argument, one.value)) for one in doubts)
    return f"Nobody entitled has chosen {values}; the session has read untrusted content."


def _ask(case: Case, approver: str, message: str) -> Opinions:
    if approver in case.approvals:
        return SILENT
    return opinion(Verdict.ASK, "flow", message, rule="holdfast:flow", cure=f"approval:{approver}")
