"""What policies imply, proved with z3: what an edit changes, which rules are dead or say nothing new."""

from holdfast.decision.proof.change import Change, Diff, Setting, Undecided
from holdfast.decision.proof.diff import diff_bundles
from holdfast.decision.proof.engine import HOW_TO_INSTALL, has_engine

__all__ = ["HOW_TO_INSTALL", "Change", "Diff", "Setting", "Undecided", "diff_bundles", "has_engine"]
