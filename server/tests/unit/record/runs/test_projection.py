"""Runs are what their leaves say: the counts agree, in whatever batches the leaves came."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from holdfast.record import DecisionRecord, OutcomeRecord
from holdfast_server.record.runs.projection import Projection, Taken

VERDICTS = ("allow", "transform", "ask", "deny")
STATUSES = ("done", "failed", "refused", "halted", "cancelled")


def no_price(provider: str, model: str, usage: object) -> tuple[None, dict[str, Any]]:
    return None, {}


def decision(step: str, kind: str, verdict: str, at_ns: int) -> DecisionRecord:
    known: dict[str, Any] = dict.fromkeys(DecisionRecord.__struct_fields__, "")
    known |= dict.fromkeys(("chain", "rules", "errors", "labels", "unendorsed"), ())
    known |= {
        "at_ns": at_ns,
        "step": step,
        "run": "r",
        "trace": "r",
        "kind": kind,
        "verdict": verdict,
        "v": 1,
    }
    return DecisionRecord(**known | {"hold_micro_usd": 0, "enforced": True})


def outcome(step: str, status: str, at_ns: int, cost: int | None) -> OutcomeRecord:
    return OutcomeRecord(at_ns, "l", step, "r", "s", status, "", cost, 1, 2, "", (), "")


steps = st.lists(
    st.tuples(
        st.sampled_from(("model", "tool", "delegate")),
        st.sampled_from(VERDICTS),
        st.none() | st.tuples(st.sampled_from(STATUSES), st.none() | st.integers(0, 10**6)),
    ),
    max_size=12,
)


def leaves(story: list[Any]) -> list[DecisionRecord | OutcomeRecord]:
    made: list[DecisionRecord | OutcomeRecord] = [decision("start", "start", "allow", 1)]
    for place, (kind, verdict, end) in enumerate(story):
        made.append(decision(f"s{place}", kind, verdict, place * 10 + 2))
        if end:
            made.append(outcome(f"s{place}", end[0], place * 10 + 5, end[1]))
    return made


def fold(batches: list[list[DecisionRecord | OutcomeRecord]]) -> Projection:
    projection = Projection({}, {}, no_price)
    position = 0
    for batch in batches:
        # As the store does between batches: every row through its plain form.
        projection = Projection(
            {
                key: msgspec.convert(msgspec.structs.asdict(row), type(row))
                for key, row in projection.runs.items()
            },
            {
                key: msgspec.convert(msgspec.structs.asdict(row), type(row))
                for key, row in projection.steps.items()
            },
            no_price,
        )
        for leaf in batch:
            projection.take(Taken(position, leaf, {}))
            position += 1
    return projection


@given(steps)
def test_the_counts_agree_with_the_story(story: list[Any]) -> None:
    run = fold([leaves(story)]).runs["r"]
    assert run.steps == len(story)
    assert run.model_calls == sum(kind == "model" for kind, _, _ in story)
    for verdict in VERDICTS:
        assert getattr(run, verdict) == sum(one == verdict for _, one, _ in story) + (verdict == "allow")
    assert run.waiting == sum(verdict == "ask" and end is None for _, verdict, end in story)
    assert run.state == ("waiting" if run.waiting else "running")
    billed = [end[1] for kind, _, end in story if end and kind in ("model", "tool")]
    assert run.cost_micro_usd == sum(cost or 0 for cost in billed)


@given(steps, st.data())
def test_batches_do_not_matter(story: list[Any], data: st.DataObject) -> None:
    whole = leaves(story)
    cut = data.draw(st.integers(0, len(whole)))
    assert fold([whole]).runs == fold([whole[:cut], whole[cut:]]).runs


def test_an_outcome_counts_once() -> None:
    once = [*leaves([("model", "allow", ("done", 7))])]
    assert fold([[*once, once[-1]]]).runs["r"].cost_micro_usd == 7


def test_silence_about_a_price_is_counted_and_never_zero() -> None:
    run = fold([leaves([("model", "allow", ("done", None))])]).runs["r"]
    assert (run.unpriced_calls, run.priced_calls) == (1, 0)


def take(projection: Projection, *leaves: DecisionRecord | OutcomeRecord, framework: str = "gateway") -> str:
    """Fold leaves in as a gateway ships them; the state of the run afterwards."""
    for leaf in leaves:
        payload = {"framework": framework} if isinstance(leaf, DecisionRecord) else {}
        projection.take(Taken(len(projection.steps), leaf, payload))
    return projection.runs["r"].state


def test_a_run_that_only_a_gateway_knows_is_over_between_its_calls() -> None:
    one = Projection({}, {}, no_price)
    assert take(one, decision("a", "model", "allow", 1)) == "running"
    assert take(one, outcome("a", "failed", 2, 0)) == "failed"
    assert take(one, decision("b", "model", "allow", 3)) == "running"
    assert take(one, outcome("b", "done", 4, 5)) == "completed"
    assert (one.runs["r"].ended_ns, one.runs["r"].error) == (4, "")
    refused = (decision("c", "model", "deny", 5), outcome("c", "refused", 6, 0))
    assert take(one, *refused) == "completed"
    assert take(one, decision("d", "model", "halt", 7), outcome("d", "halted", 8, 0)) == "halted"
    assert take(one, decision("e", "model", "deny", 9), outcome("e", "refused", 10, 0)) == "halted"


def test_a_run_whose_agent_tells_of_it_ends_when_the_agent_says_so() -> None:
    one = Projection({}, {}, no_price)
    assert take(one, decision("a", "model", "allow", 1), outcome("a", "done", 2, 0)) == "completed"
    assert take(one, decision("s", "start", "allow", 0), framework="langgraph") == "running"
    assert take(one, decision("b", "model", "allow", 3), outcome("b", "done", 4, 0)) == "running"
    assert take(one, outcome("s", "done", 5, 0)) == "completed"
