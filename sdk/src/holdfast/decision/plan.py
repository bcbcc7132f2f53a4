"""A plan: how the actions of one gate are judged, at a glance and stage by stage."""

from __future__ import annotations

import msgspec

from holdfast.decision.case import SILENT, Case, Check, Opinions, Part, Refuse
from holdfast.decision.directory import Directory
from holdfast.decision.gate import Gate
from holdfast.decision.glance import Glance, make_glance
from holdfast.decision.stages import STAGES
from holdfast.decision.terms import Terms


class Plan(msgspec.Struct, frozen=True):
    """What is compiled of every stage for one gate."""

    stages: tuple[tuple[str, Check], ...]
    """By name, in order: each glances before it looks."""
    looks: tuple[tuple[str, Check], ...]
    """The same without the glance."""
    glance: Glance
    """All of them at once: the first that has to look closer, if any has."""
    refusals: tuple[tuple[str, Refuse], ...]
    """By name: what each of them refuses without a look."""
    brings: tuple[str, ...] = ()
    """Labels that a result brings into the session."""
    fixed_micro_usd: int = 0
    """What every call costs, beside what is estimated for it."""


def make_plan(gate: Gate | None, terms: Terms) -> Plan:
    """Compile the stages; no gate stands for a tool without a contract."""
    made = [(name, stage(gate, terms)) for name, stage in STAGES]
    parts = [(name, part) for name, part in made if part is not None]
    return Plan(
        tuple((name, _stage(part, terms.directory)) for name, part in parts),
        tuple((name, part.look) for name, part in parts),
        make_glance([part for _, part in parts], terms.directory),
        tuple((name, part.refuse) for name, part in parts),
        gate.brings if gate is not None else (),
        gate.fixed_micro_usd if gate is not None else 0,
    )


def _stage(part: Part, directory: Directory) -> Check:
    """One stage by itself; its own glance is compiled when it is needed first."""
    if not part.glance:
        return part.look
    glance: Glance | None = None

    def check(case: Case) -> Opinions:
        nonlocal glance
        glance = glance or make_glance((part,), directory)
        try:
            # A glance sees the arguments as they were asked for; what was changed since is looked at.
            quiet = case.arguments is case.action.arguments and (
                glance(case.action, case.session, case.controls, case.now_ns, case.approvals) is None
            )
        except Exception:  # noqa: BLE001  # what failed is for the look to say
            quiet = False
        return SILENT if quiet else part.look(case)

    return check
