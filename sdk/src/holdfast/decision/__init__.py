"""May it: pure functions from an action, a session and a bundle to a decision."""

from holdfast.decision.agents import Agent, Authority
from holdfast.decision.bundle import ENGINE, Bundle, Source, cedar_text, compile_bundle
from holdfast.decision.controls import FREE, Controls, Unattended
from holdfast.decision.counterfactual import Counterfactual
from holdfast.decision.deciding import decide
from holdfast.decision.explaining import Explanation, Keeper, LabelNote, RuleNote, Section, explain
from holdfast.decision.outcome import Outcome
from holdfast.decision.session import LABELS, UNTRUSTED, Latch, Session
from holdfast.decision.situation import Situation
from holdfast.decision.starter import STARTER
from holdfast.decision.verdict import Decision, Opinion, Reason, Verdict, combine, stricter

__all__ = [
    "ENGINE",
    "FREE",
    "LABELS",
    "STARTER",
    "UNTRUSTED",
    "Agent",
    "Authority",
    "Bundle",
    "Controls",
    "Counterfactual",
    "Decision",
    "Explanation",
    "Keeper",
    "LabelNote",
    "Latch",
    "Opinion",
    "Outcome",
    "Reason",
    "RuleNote",
    "Section",
    "Session",
    "Situation",
    "Source",
    "Unattended",
    "Verdict",
    "cedar_text",
    "combine",
    "compile_bundle",
    "decide",
    "explain",
    "stricter",
]
