"""Tests of policies from YAML; a mistake in one is an error where it stands."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from holdfast.action import Contract, Kind
from holdfast.decision.cedar import did_you_mean
from holdfast.decision.trial.trial import TRIALS_MAX, Trial, Trials

SECTIONS: Final = ("tests", "contracts")


def read_trials(text: str, *, path: str) -> Trials:
    """Read one file of tests.

    Raises:
        PolicySyntaxError: at file, line and column.
    """
    from holdfast.decision.pack.document import read_document  # YAML is imported when a file is read

    document = read_document(text, name=path)
    for word in document.read(dict[str, Any]):
        if word not in SECTIONS:
            raise document.problem(f"unknown key {word}", (word,), hint=did_you_mean(word, SECTIONS))
    count = len(document.read(list[Any], ("tests",))) if "tests" in document.data else 0
    if not count:
        raise document.problem("there are no tests", hint="Begin with: tests:")
    if count > TRIALS_MAX:
        raise document.problem(f"more than {TRIALS_MAX} tests", ("tests",))
    trials: list[tuple[Trial, int]] = []
    for n in range(count):
        trial = document.read(Trial, ("tests", n))
        if bool(trial.tool) == bool(trial.target) or (trial.tool and trial.kind is not Kind.TOOL):
            raise document.problem("a test names one tool, or one target and its kind", ("tests", n))
        trials.append((trial, document.place(("tests", n))[0]))
    contracts: dict[str, Contract] = {}
    for tool in document.read(dict[str, Any], ("contracts",)) if "contracts" in document.data else ():
        said = document.read(dict[str, Any], ("contracts", tool))
        try:
            contracts[tool] = msgspec.convert({**said, "tool": tool}, Contract)
        except msgspec.ValidationError as error:
            raise document.problem(str(error), ("contracts", tool)) from error
    return Trials(path, tuple(trials), contracts)
