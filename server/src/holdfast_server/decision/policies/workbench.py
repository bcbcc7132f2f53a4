"""Trying policies before they are in force: do they load, pass their tests, and what would they change."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from holdfast.action import Contract
from holdfast.decision import Bundle, Source, compile_bundle
from holdfast.decision.lint import Lint, lint_bundle, of_error
from holdfast.decision.proof import diff_bundles
from holdfast.decision.trial import is_trial_file, read_trials, run_trials
from holdfast_server.decision.policies.edition import (
    Checked,
    Compared,
    LintView,
    SourceAsk,
    TrialView,
    Tried,
    kind_of,
)
from holdfast_server.errors import Misconfigured, PolicySyntaxError, Unprocessable
from holdfast_server.kit.wire import NS_PER_MS

CASES_MAX = 5_000


def as_sources(asked: Iterable[SourceAsk]) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """The policies and the tests among what was sent."""
    sources = [Source(one.name, one.text, one.kind or kind_of(one.name)) for one in asked]
    tests = tuple(one for one in sources if is_trial_file(one.name))
    return tuple(one for one in sources if one not in tests), tests


def check(
    sources: Sequence[Source], contracts: Sequence[Contract], *, approvers: Sequence[str] = ()
) -> Checked:
    """Whether these files can be used, and what is odd about them.

    Args:
        sources: the files.
        contracts: the tools that are known.
        approvers: the roles that people have; empty when nobody said.
    """
    try:
        bundle = compile_bundle(sources, contracts=contracts)
    except PolicySyntaxError as error:
        return Checked(ok=False, errors=[show(of_error(error))], lints=[], hash="")
    except Misconfigured as error:
        told = LintView(
            code=error.code,
            severity="error",
            message=error.message,
            path="",
            line=0,
            column=0,
            suggestion=error.hint,
        )
        return Checked(ok=False, errors=[told], lints=[], hash="")
    lints = lint_bundle(bundle, approvers=approvers or None)
    return Checked(ok=True, errors=[], lints=[show(one) for one in lints], hash=bundle.hash)


def try_out(bundle: Bundle, tests: Iterable[Source]) -> Tried:
    """Run tests of policies.

    Raises:
        Unprocessable: a file of tests cannot be read; its place is named.
    """
    cases: list[TrialView] = []
    for source in tests:
        try:
            trials = read_trials(source.text, path=source.name)
            cases += [TrialView(**msgspec.to_builtins(one)) for one in run_trials(bundle, trials)]
        except PolicySyntaxError as error:
            raise Unprocessable(error.message, hint=error.hint) from error
        if len(cases) > CASES_MAX:
            raise Unprocessable(f"over {CASES_MAX} tests at once", hint="Send fewer files.")
    failed = sum(not one.ok for one in cases)
    return Tried(passed=len(cases) - failed, failed=failed, cases=cases)


def compare(old: Bundle, new: Bundle) -> Compared:
    """What the new policies change, proved.

    Raises:
        Misconfigured: z3 is not installed.
    """
    began = time.perf_counter_ns()
    found = diff_bundles(old, new)
    told: dict[str, Any] = msgspec.to_builtins(found)
    took_ms = (time.perf_counter_ns() - began) / NS_PER_MS
    return Compared.model_validate({"same": found.same, "took_ms": took_ms, **told})


def compile_asked(sources: Sequence[Source], contracts: Sequence[Contract]) -> Bundle:
    """Compile files that somebody sent.

    Raises:
        Unprocessable: they cannot be used; the place is named.
    """
    try:
        return compile_bundle(sources, contracts=contracts)
    except Misconfigured as error:
        raise Unprocessable(error.message, hint=error.hint) from error


def show(lint: Lint) -> LintView:
    """A lint as it travels."""
    return LintView(**msgspec.to_builtins(lint))
