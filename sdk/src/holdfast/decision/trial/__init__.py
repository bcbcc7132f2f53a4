"""Unit tests of policies: what should come of an action, written beside the rules, and what does."""

from holdfast.decision.trial.reading import read_trials
from holdfast.decision.trial.running import run_trials
from holdfast.decision.trial.trial import Expectation, Outcome, Trial, Trials, is_trial_file

__all__ = ["Expectation", "Outcome", "Trial", "Trials", "is_trial_file", "read_trials", "run_trials"]
