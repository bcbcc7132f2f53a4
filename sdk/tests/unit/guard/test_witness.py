"""One in so many decisions is asked of stock Cedar, beside the caller's path; a disagreement is an alarm."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from holdfast.action import Contract, Effect, Kind
from holdfast.decision import Bundle, Session, Source, compile_bundle
from holdfast.decision.supposing import suppose
from holdfast.guard.witness import Disagreement, Moment, Witness, read_tallies

HOUR_NS = 3_600_000_000_000
TOOL = Contract(
    "pay",
    parameters={
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "rate": {"type": "number"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    },
    effect=Effect.SPEND,
)
RULES = """
@id("open") permit (principal, action, resource);
@id("much") forbid (principal in Role::"worker", action == Action::"pay", resource)
when { context.args has amount && context.args.amount * 1000000000000 > 5000000000000 };
@id("odd") forbid (principal, action, resource is Tool)
when { context.args has rate && context.args.rate.greaterThan(decimal("0.5")) &&
  context.args has tags && context.args.tags.contains("x") };
@id("late") forbid (principal, action, resource)
when { context.hour > 25 - 3 || context.labels.contains("pii") };
"""


@pytest.fixture
def bundle() -> Bundle:
    sources = [Source("a.yaml", "agents: {'*': {roles: [worker]}}"), Source("r.cedar", RULES, "cedar")]
    return compile_bundle(sources, contracts=[TOOL])


def step(arguments: dict[str, Any]) -> Any:
    action = suppose(Kind.TOOL, "pay", arguments, agent="ada")
    run = SimpleNamespace(session=SimpleNamespace(state=Session("s")))
    return SimpleNamespace(action=action, run=run, started_ns=12 * HOUR_NS)


def moment(bundle: Bundle, arguments: dict[str, Any], *, hour: int = 12, label: str = "") -> Moment:
    session = Session("s")
    session.label(*([label] if label else []))
    action = suppose(Kind.TOOL, "pay", arguments, agent="ada")
    return Moment(action, action.arguments, session, frozenset(), hour * HOUR_NS, bundle)


def settled(witness: Witness, count: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if witness.tally.checked + witness.tally.skipped >= count:
            return True
        time.sleep(0.005)
    return False


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"amount": 3},
        {"amount": 6},
        {"amount": 2**62},
        {"rate": 0.75},
        {"rate": 0.75, "tags": ["x"]},
        {"rate": 0.2},
    ],
)
@pytest.mark.parametrize("hour", [12, 23])
@pytest.mark.parametrize("label", ["", "pii"])
def test_both_engines_agree_also_on_what_fails(
    bundle: Bundle, arguments: dict[str, Any], hour: int, label: str
) -> None:
    found: list[Disagreement] = []
    witness = Witness(1, alarm=found.append)
    witness.examine(moment(bundle, arguments, hour=hour, label=label))
    assert (witness.tally.checked, found) == (1, [])


def test_one_in_so_many_is_taken_and_none_on_the_callers_thread(bundle: Bundle) -> None:
    witness = Witness(10, alarm=pytest.fail)
    seen: list[str] = []
    examine = witness.examine
    witness.examine = lambda one: (seen.append(threading.current_thread().name), examine(one))[1]  # type: ignore[method-assign]
    for _ in range(35):
        witness.see(step({"amount": 1}), bundle)
    assert settled(witness, 3)
    witness.close()
    assert witness.tally.checked == 3
    assert set(seen) == {"holdfast-witness"}


def test_a_disagreement_is_told_with_both_answers(bundle: Bundle, tmp_path: Path, caplog: Any) -> None:
    found: list[Disagreement] = []
    gate = bundle.gates["pay"]
    broken = msgspec.structs.replace(gate, judge=lambda *_: ((gate.policies[0],), (), ()))
    bundle._gates["pay"] = broken
    witness = Witness(1, alarm=found.append, file=tmp_path / "witness" / "a.json")
    witness.see(step({"amount": 9}), bundle)
    assert settled(witness, 1)
    witness.close()
    (one,) = found
    assert (one.ours.allowed, one.stock.allowed, one.stock.deciding) == (True, False, frozenset({"much"}))
    assert "stock Cedar says deny by much" in caplog.text
    tally = read_tallies(tmp_path)
    assert (tally.checked, tally.disagreed) == (1, 1)
    assert "compiled says allow" in tally.last


def test_a_full_queue_drops_samples_and_counts_them(bundle: Bundle) -> None:
    blocked = threading.Event()
    witness = Witness(1, alarm=pytest.fail)
    witness.examine = lambda _: blocked.wait(10)  # type: ignore[method-assign, assignment]
    for _ in range(100):
        witness.see(step({"amount": 1}), bundle)
    assert 30 <= witness.tally.skipped <= 36
    blocked.set()
    witness.close()


def test_what_no_policy_was_asked_about_is_not_compared(bundle: Bundle) -> None:
    witness = Witness(1, alarm=pytest.fail)
    action = suppose(Kind.TOOL, "unheard_of", {}, agent="ada")
    witness.examine(Moment(action, {}, Session("s"), frozenset(), 0, bundle))
    assert (witness.tally.checked, witness.tally.skipped) == (0, 1)
