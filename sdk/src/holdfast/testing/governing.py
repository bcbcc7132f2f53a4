"""Governing a test: a real guard, real policies and a real ledger in a temporary folder, and no server."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import holdfast
from holdfast.decision import STARTER, Verdict
from holdfast.record import DecisionRecord
from holdfast.testing.decisions import read_decisions


class Governed:
    """What Holdfast decided while a test ran."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._kept: tuple[DecisionRecord, ...] | None = None

    def decisions(self, target: str = "*") -> list[DecisionRecord]:
        """Every decision about a target (with `*` as wildcard), in order; also after the governing ended."""
        records = read_decisions(self._data) if self._kept is None else self._kept
        return [record for record in records if fnmatchcase(record.target, target)]

    def keep(self) -> None:
        """Remember the decisions: the folder they are in goes away."""
        self._kept = tuple(read_decisions(self._data))


@contextmanager
def governed(
    *policies: str | Path, integrations: bool | Iterable[str] = True, person: str = ""
) -> Generator[Governed]:
    """Govern everything inside, under these policies alone.

    Args:
        policies: YAML text, or paths of policy files; without any the starter pack is in force.
        integrations: which frameworks to govern: all, none, or by name.
        person: on whose behalf agents run.
    """
    with tempfile.TemporaryDirectory(prefix="holdfast-test-") as home:
        data = Path(home, "data")
        rules = _lay_out(policies or (STARTER.text,), Path(home, "policies"))
        holdfast.init(server="", policies=rules, data=data, integrations=integrations, person=person)
        seen = Governed(data)
        try:
            yield seen
        finally:
            holdfast.shutdown()
            seen.keep()


def assert_allowed(seen: Governed, target: str) -> None:
    """Some action on the target was decided, and every one may run."""
    found = _about(seen, target)
    stopped = [record for record in found if record.verdict not in {Verdict.ALLOW, Verdict.TRANSFORM}]
    assert not stopped, f"{target} was stopped: {_tell(stopped)}"


def assert_denied(seen: Governed, target: str, *, rule: str = "*") -> None:
    """Some action on the target was refused, by such a rule."""
    _assert_verdict(seen, target, Verdict.DENY, rule)


def assert_asked(seen: Governed, target: str, *, rule: str = "*") -> None:
    """A person was to be asked about some action on the target, because of such a rule."""
    _assert_verdict(seen, target, Verdict.ASK, rule)


def assert_halted(seen: Governed, *, rule: str = "*") -> None:
    """Some run was halted, by such a rule."""
    _assert_verdict(seen, "*", Verdict.HALT, rule)


def _assert_verdict(seen: Governed, target: str, verdict: Verdict, rule: str) -> None:
    found = _about(seen, target)
    for record in found:
        if record.verdict == verdict and any(fnmatchcase(spoke, rule) for spoke in record.rules):
            return
    raise AssertionError(f"no {verdict} by {rule} about {target}: {_tell(found)}")


def _about(seen: Governed, target: str) -> list[DecisionRecord]:
    found = seen.decisions(target)
    if not found:
        raise AssertionError(f"nothing was decided about {target}: {_tell(seen.decisions())}")
    return found


def _tell(records: list[DecisionRecord]) -> str:
    told = (
        f"{record.target}: {record.verdict} by {', '.join(record.rules) or record.stage}"
        for record in records
    )
    return "; ".join(told) or "nothing"


def _lay_out(policies: tuple[str | Path, ...], folder: Path) -> Path:
    """Write the policies down, each in a folder of its own so that it keeps its name."""
    for number, policy in enumerate(policies):
        place = folder / f"{number:03}"
        place.mkdir(parents=True)
        if isinstance(policy, Path):
            shutil.copy(policy, place)
        else:
            (place / "policy.yaml").write_text(policy, encoding="utf-8")
    return folder
