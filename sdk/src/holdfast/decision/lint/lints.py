"""Every lint, over one bundle: what can be loaded and is probably not what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from holdfast.decision.bundle import Bundle
from holdfast.decision.lint.finding import Lint, Severity
from holdfast.decision.lint.names import (
    check_actions,
    check_agents,
    check_approvers,
    check_arguments,
    check_cover,
)
from holdfast.decision.lint.overlap import check_duplicates, check_never, check_shadows
from holdfast.decision.lint.proved import prove_overlap
from holdfast.decision.lint.texts import check_domains, check_hidden, check_scripts
from holdfast.decision.lint.units import check_units
from holdfast.decision.lint.written import Written, read_written
from holdfast.decision.proof.engine import has_engine

CHECKS: Final[tuple[Callable[[Written], Iterable[Lint]], ...]] = (
    check_hidden,
    check_scripts,
    check_domains,
    check_cover,
    check_actions,
    check_agents,
    check_arguments,
    check_never,
    check_units,
    check_duplicates,
    check_shadows,
)
LINTS_MAX: Final = 1_000
WORST_FIRST: Final = tuple(Severity)


def lint_bundle(
    bundle: Bundle, *, approvers: Iterable[str] | None = None, prove: bool | None = None
) -> tuple[Lint, ...]:
    """Look for what is probably a mistake.

    Args:
        bundle: compiled, so without load errors.
        approvers: the roles that people have; without them, only slips between the policies' own are found.
        prove: ask z3 as well; by default, whether it is installed decides.

    Raises:
        Misconfigured: proving was asked for, and z3 is not installed.
    """
    found = [*_lints(bundle, approvers, prove=has_engine() if prove is None else prove)]
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=_order)[:LINTS_MAX])


def _lints(bundle: Bundle, approvers: Iterable[str] | None, *, prove: bool) -> Iterator[Lint]:
    written = read_written(bundle)
    found = [lint for check in CHECKS for lint in check(written)]
    yield from found
    yield from check_approvers(written, approvers)
    if prove:
        yield from (one for one in prove_overlap(written) if not any(_same(one, other) for other in found))


def _same(proved: Lint, other: Lint) -> bool:
    """Whether a cheap check has told it already, or told worse of the same rule."""
    here = (proved.path, proved.line, proved.column) == (other.path, other.line, other.column)
    return here and (proved.code == other.code or (proved.code == "shadowed" and other.code in OVERLAPS))


OVERLAPS: Final = frozenset({"never-true", "contradiction", "duplicate"})


def _order(lint: Lint) -> tuple[int, str, int, int, str]:
    return WORST_FIRST.index(lint.severity), lint.path, lint.line, lint.column, lint.code
