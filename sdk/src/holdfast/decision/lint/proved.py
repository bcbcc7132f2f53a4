"""The same questions put to z3, which misses nothing that is translated: dead, idle and needless rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from holdfast.action import Kind
from holdfast.decision.agents import ANY
from holdfast.decision.cedar import Policy
from holdfast.decision.cedar.naming import entities_of
from holdfast.decision.gate import Gate
from holdfast.decision.lint.finding import Lint, Severity, about
from holdfast.decision.lint.overlap import in_gates
from holdfast.decision.lint.written import Written
from holdfast.decision.plausible import context_of
from holdfast.decision.proof.engine import load_engine
from holdfast.decision.proof.outlook import Outlook, find_principals, find_resources, look_out
from holdfast.decision.proof.symbols import Symbols, constants_of

TIMEOUT_MS: Final = 250
"""A lint that takes longer is not worth waiting for: nothing is said then."""
GATES_MAX: Final = 40
"""Tools in which a general rule is tried; one that says something new in none of them is told."""


def prove_overlap(written: Written) -> Iterator[Lint]:
    """Rules that never apply, permits that are always forbidden, rules that add nothing to the others.

    Raises:
        Misconfigured: z3 is not installed.
    """
    rooms = _Rooms(load_engine(), written)
    for policy, gates in in_gates(written):
        if len(gates) > GATES_MAX:
            continue
        lint = rooms.examine(policy, gates)
        if lint is not None:
            yield lint


class _Rooms:
    """The formulas of every gate, made when they are first asked for."""

    def __init__(self, z3: Any, written: Written) -> None:
        self.z3 = z3
        self.bundle = written.bundle
        named = {name for policy in written.policies for name in entities_of(policy.form, "Agent")}
        self.agents = (*sorted({*self.bundle.agents, *named} - {ANY}), "somebody")
        self.rooms: dict[str, tuple[Any, Outlook]] = {}

    def examine(self, policy: Policy, gates: list[Gate]) -> Lint | None:
        """What is wrong with one policy in all the gates that it is in."""
        if not self._somewhere(policy, gates, self._applies):
            message = "no request can make this apply"
            return about(
                policy, "never-true", message, suggestion="Look for two conditions that exclude each other."
            )
        if policy.effect == "permit" and not self._somewhere(policy, gates, self._permits):
            message = "nothing comes of this permit: whatever it permits is forbidden"
            return about(
                policy, "contradiction", message, suggestion="Narrow a forbid, or delete the permit."
            )
        if not self._somewhere(policy, gates, self._adds):
            message = "the other rules say all of this already"
            return about(
                policy,
                "shadowed",
                message,
                suggestion="Delete it, or narrow the others.",
                severity=Severity.INFO,
            )
        return None

    def _somewhere(self, policy: Policy, gates: list[Gate], question: Any) -> bool:
        """Whether the answer is yes in some gate; what cannot be decided counts as yes."""
        for gate in gates:
            solver, outlook = self._room(gate)
            if solver.check(question(policy, gate, outlook)) != self.z3.unsat:
                return True
        return False

    def _applies(self, policy: Policy, gate: Gate, outlook: Outlook) -> Any:
        del gate
        return self.z3.Or(outlook.each[policy.id].holds, outlook.each[policy.id].fails)

    def _permits(self, policy: Policy, gate: Gate, outlook: Outlook) -> Any:
        final = [
            one for one in gate.policies if one.effect == "forbid" and not one.on.startswith("transform:")
        ]
        forbidden = [outlook.each[one.id].holds for one in final if not one.cure]
        return self.z3.And(outlook.each[policy.id].holds, self.z3.Not(self.z3.Or(False, *forbidden)))

    def _adds(self, policy: Policy, gate: Gate, outlook: Outlook) -> Any:
        alike = [
            one
            for one in gate.policies
            if one.id != policy.id
            and (one.effect, one.cure, one.on) == (policy.effect, policy.cure, policy.on)
        ]
        said = self.z3.Or(False, *(outlook.each[one.id].holds for one in alike))
        return self.z3.And(outlook.each[policy.id].holds, self.z3.Not(said))

    def _room(self, gate: Gate) -> tuple[Any, Outlook]:
        name = gate.contract.tool
        if name not in self.rooms:
            symbols = Symbols(self.z3, context_of(gate.contract, gate.policies), constants_of(gate.policies))
            principals = find_principals(self.bundle, self.agents, name, Kind.TOOL)
            outlook = look_out(symbols, gate, principals, find_resources(gate, (name,)))
            solver = self.z3.Solver()
            solver.set("timeout", TIMEOUT_MS)
            who = symbols.who
            solver.add(*symbols.limits, who >= 0, who < len(self.agents), symbols.what == 0)
            # Formulas that were narrowed to named values cannot prove that nothing else is said.
            self.rooms[name] = (solver if not symbols.narrowed else _Undecided(), outlook)
        return self.rooms[name]


class _Undecided:
    """Stands for a solver where nothing would be proved."""

    def check(self, *_: Any) -> None:
        """Decide nothing."""
