"""What an edit of the policies newly allows, refuses or asks, with a request that shows it.

z3 looks for a request on which the two bundles differ; the request is then judged by both compiled bundles,
and told only when they do differ as foreseen. What could not be decided or confirmed is told as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from holdfast.action import Contract, Effect
from holdfast.decision.bundle import Bundle
from holdfast.decision.cedar import parse
from holdfast.decision.cedar.naming import scope_actions
from holdfast.decision.enforcement import graded
from holdfast.decision.gate import GROUPS
from holdfast.decision.pack import read_pack
from holdfast.decision.proof.change import Change, Diff, Undecided
from holdfast.decision.proof.comparison import Comparison
from holdfast.decision.proof.engine import load_engine
from holdfast.decision.proof.settings import settings_changed
from holdfast.errors import PolicySyntaxError


def diff_bundles(old: Bundle, new: Bundle) -> Diff:
    """Compare two bundles, tool by tool.

    Raises:
        Misconfigured: z3 is not installed.
    """
    z3 = load_engine()
    changes: list[Change] = []
    undecided: list[Undecided] = []
    general = _general_rules(old) != _general_rules(new)
    for stand_in in _stand_ins(old, new) if general else ():
        try:
            old, new = old.with_contracts(stand_in), new.with_contracts(stand_in)
        except PolicySyntaxError as error:
            why = f"no such tool is known, and the rules fit none that nobody described: {error.message}"
            undecided.append(Undecided(stand_in.tool, "", why))
    touched = [name for name in sorted({*old.gates, *new.gates}) if _is_touched(name, old, new)]
    for name in touched:
        for found in Comparison(z3, name, old, new).run():
            (changes if isinstance(found, Change) else undecided).append(cast("Any", found))
    undecided += _uncompared(old, new)
    return Diff(tuple(changes), tuple(undecided), tuple(settings_changed(old, new)), len(touched))


def _stand_ins(old: Bundle, new: Bundle) -> Iterator[Contract]:
    """A tool for every effect that no known tool has: rules about groups of tools are compared on those."""
    known = [one for bundle in (old, new) for one in bundle.contracts.values()]
    leaving = any(one.egress for one in known)
    for effect in Effect:
        if not any(one.effect is effect for one in known):
            yield Contract(f"any {effect} tool", effect=effect, egress=effect is Effect.SEND and not leaving)


def _general_rules(bundle: Bundle) -> set[str]:
    """The texts of the rules that name no tool."""
    found: set[str] = set()
    for source in bundle.sources:
        if source.kind == "cedar":
            policies = parse(source.text, source=source.name)
            found |= {one.text for one in policies if not {*scope_actions(one)} - GROUPS}
        else:
            pack = read_pack(source.text, source=source.name)
            found |= {rule.cedar(None) for rule in pack.rules if not rule.preset.about} | {*pack.extends}
    return found


def _is_touched(name: str, old: Bundle, new: Bundle) -> bool:
    """Whether an edit could change anything for this action."""
    before, after = old.gates.get(name), new.gates.get(name)
    if before is None or after is None:
        return True
    forms = [[policy.form for policy in gate.policies] for gate in (before, after)]
    levels = [graded(gate.policies, one.terms.enforcement) for gate, one in ((before, old), (after, new))]
    return (
        forms[0] != forms[1]
        or levels[0] != levels[1]
        or before.fingerprint != after.fingerprint
        or old.agents != new.agents
    )


def _uncompared(old: Bundle, new: Bundle) -> Iterator[Undecided]:
    """Tools that a changed rule is about and whose contract neither bundle knows."""
    if old.sources == new.sources:
        return
    before, after = ({*_rules_of_strangers(bundle)} for bundle in (old, new))
    for tool in sorted({tool for tool, _ in before ^ after} - {*old.gates} - {*new.gates}):
        yield Undecided(tool, "", "its contract is not known here, so the rules about it were not compared")


def _rules_of_strangers(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Each tool without a contract that a rule is about, and that rule's text."""
    for source in bundle.sources:
        if source.kind == "cedar":
            for policy in parse(source.text, source=source.name):
                yield from ((tool, policy.text) for tool in scope_actions(policy) if tool not in GROUPS)
        else:
            for rule in read_pack(source.text, source=source.name).rules:
                if rule.preset.about:
                    yield rule.preset.about, rule.cedar(None)
