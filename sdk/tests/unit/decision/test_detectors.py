"""Detectors stop loops at their limit and leave work that makes progress alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from holdfast.action import Kind
from holdfast.decision import STARTER, Outcome, Session, Verdict, compile_bundle, decide
from holdfast.decision.detectors.track import REMEMBERED_MAX
from holdfast.errors import PolicySyntaxError


class Agent:
    """Plays moves against one session and remembers the last decision."""

    def __init__(self, act: Any, bundle: Any) -> None:
        self.act, self.bundle, self.session = act, bundle, Session("s" * 32)

    def play(
        self,
        target: str = "search",
        q: str = "x",
        *,
        result: str = "same",
        error: str = "",
        text: str = "",
        tokens: int = 0,
        **given: Any,
    ) -> Any:
        arguments = {"q": q} if target == "search" else {}
        action = self.act(target, arguments, **given)
        decision = decide(action, self.session, self.bundle)
        self.session.take(action, decision)
        if decision.verdict is Verdict.ALLOW:
            status = "failed" if error else "done"
            outcome = Outcome(status, error, result_digest=result, result_text=text, tokens_in=tokens)
            self.session.settle(action, decision, outcome)
        return decision

    def until_stopped(self, *moves: dict[str, Any], limit: int = 60) -> tuple[int, Any]:
        """How many moves went ahead before one was stopped, and that one's decision."""
        for n in range(limit):
            decision = self.play(**moves[n % len(moves)])
            if decision.verdict is not Verdict.ALLOW:
                return n, decision
        return limit, None


@pytest.fixture
def agent(act: Any, compiled: Any) -> Agent:
    return Agent(act, compiled())


def test_the_sixth_identical_call_without_progress_halts(agent: Agent) -> None:
    went, decision = agent.until_stopped({"q": "again"})
    assert (went, decision.verdict, decision.stage) == (5, Verdict.HALT, "detector")
    assert decision.reasons[0].rule == "holdfast:detector:identical_calls"


def test_polling_that_sees_something_new_is_left_alone(agent: Agent) -> None:
    decisions = [agent.play(q="status", result=f"{n} %") for n in range(50)]
    assert {decision.verdict for decision in decisions} == {Verdict.ALLOW}


@pytest.mark.parametrize("period", [2, 3, 4, 5])
def test_a_cycle_halts_after_four_rounds(act: Any, compiled: Any, period: int) -> None:
    # The others are switched off so that only the cycle can speak.
    agent = Agent(act, compiled(yaml="detectors: {identical_calls: off, no_progress: off}\n"))
    went, decision = agent.until_stopped(*({"q": f"step {n}"} for n in range(period)))
    assert (went, decision.verdict) == (4 * period, Verdict.HALT)
    assert f"The same {period} calls" in decision.message


def test_a_cycle_that_changes_something_is_left_alone(agent: Agent) -> None:
    decisions = [agent.play(q=f"step {n % 2}", result=f"round {n // 2}") for n in range(60)]
    assert {decision.verdict for decision in decisions} == {Verdict.ALLOW}


def test_a_repeat_in_a_parallel_run_is_not_counted_here(agent: Agent) -> None:
    runs = [f"{n:032x}" for n in range(20)]
    assert {agent.play(q="same", run=run).verdict for run in runs} == {Verdict.ALLOW}


def test_ping_pong_is_stopped_at_the_tenth_exchange(agent: Agent) -> None:
    """Two agents start each other's runs: nine turns pass, the tenth does not, and the session is over."""
    first = agent.play(target="ada", kind=Kind.START, agent="ada", run="0" * 32)
    exchanges = 0
    for n in range(1, 30):
        who = ("ada", "bob")[n % 2]
        decision = agent.play(target=who, kind=Kind.START, agent=who, run=f"{n:032x}")
        if decision.verdict is not Verdict.ALLOW:
            break
        exchanges += 1
    assert first.verdict is Verdict.ALLOW
    assert (exchanges, decision.verdict, decision.reasons[0].rule) == (
        9,
        Verdict.HALT,
        "holdfast:detector:exchanges",
    )
    assert agent.session.latch is not None
    assert agent.play(run="f" * 32, agent="carol").verdict is Verdict.HALT


def test_ping_pong_by_delegation_is_stopped_too(agent: Agent) -> None:
    went, decision = agent.until_stopped(
        {"target": "bob", "kind": Kind.DELEGATE, "agent": "ada", "run": "a" * 32, "result": ""},
        {"target": "ada", "kind": Kind.DELEGATE, "agent": "bob", "run": "b" * 32, "result": ""},
    )
    assert (went, decision.verdict) == (9, Verdict.HALT)


def test_returning_to_the_caller_is_no_exchange(agent: Agent) -> None:
    """A supervisor that calls one worker eight times passes the turn eight times, not sixteen."""
    for n in range(8):
        assert (
            agent.play("bob", kind=Kind.DELEGATE, agent="ada", run="a" * 32, result=f"{n}").verdict
            is Verdict.ALLOW
        )
        assert agent.play(q=f"{n}", agent="bob", run=f"{n:032x}").verdict is Verdict.ALLOW
        assert agent.play(q=f"after {n}", agent="ada", run="a" * 32).verdict is Verdict.ALLOW
    assert agent.session.turns.counts == {("ada", "bob"): 8}


def test_agents_side_by_side_pass_no_turns(agent: Agent) -> None:
    for n in range(40):
        who = ("ada", "bob", "cleo")[n % 3]
        assert agent.play(q=f"{n}", agent=who, run=who[0] * 32).verdict is Verdict.ALLOW
    assert sum(agent.session.turns.counts.values()) <= 2


def test_the_same_error_five_times_in_a_row_halts(agent: Agent) -> None:
    for n in range(5):
        assert agent.play(q=f"try {n}", error="Timeout").verdict is Verdict.ALLOW
    assert agent.play(q="once more").reasons[0].rule == "holdfast:detector:same_errors"


def test_a_success_or_another_error_starts_the_count_again(agent: Agent) -> None:
    for n, error in enumerate(["Timeout"] * 4 + [""] + ["Timeout"] * 4 + ["NotFound"] * 4):
        assert agent.play(q=f"try {n}", error=error).verdict is Verdict.ALLOW


def test_a_refused_call_is_not_asked_again_and_again(agent: Agent) -> None:
    decisions = [agent.play("nonsense") for _ in range(4)]
    assert [decision.verdict for decision in decisions] == [Verdict.DENY] * 3 + [Verdict.HALT]
    assert decisions[-1].reasons[0].rule == "holdfast:detector:repeated_denials"


def test_a_detector_can_be_set_and_switched_off(act: Any, compiled: Any) -> None:
    rules = "detectors: {identical_calls: {limit: 2, verdict: ask}, cycles: off}\n"
    agent = Agent(act, compiled(yaml=rules))
    went, decision = agent.until_stopped({"q": "again"})
    assert (went, decision.verdict, decision.roles) == (2, Verdict.ASK, ("owner",))
    approved = decide(
        act("search", {"q": "again"}), agent.session, agent.bundle, approvals=frozenset({"owner"})
    )
    assert approved.verdict is Verdict.ALLOW


def test_what_is_remembered_is_bounded(agent: Agent) -> None:
    for n in range(3 * REMEMBERED_MAX):
        agent.play(q=f"{n}")
        agent.play(f"nonsense {n}")
    track = agent.session.tracks["r" * 32]
    assert len(track.seen) <= REMEMBERED_MAX
    assert len(track.denials) <= REMEMBERED_MAX


def test_results_that_bring_nothing_are_asked_about_at_the_fifth_call(agent: Agent) -> None:
    words = ("old maps", "charts of the coast", "harbour plans", "soundings", "tide tables")
    decisions = [agent.play(q=q, result=q, text=f"No results for {q}") for q in words]
    assert [decision.verdict for decision in decisions] == [Verdict.ALLOW] * 4 + [Verdict.ASK]
    assert decisions[-1].reasons[0].rule == "holdfast:detector:no_progress"


def test_something_found_in_between_is_progress(agent: Agent) -> None:
    for n in range(40):
        text = "Not found" if n % 4 else f"page {n}"
        assert agent.play(q=f"words number {n}", result=f"{n}", text=text).verdict is Verdict.ALLOW


def test_what_a_person_lets_go_on_is_counted_anew(agent: Agent) -> None:
    for q in ("one", "two", "three", "four"):
        agent.play(q=q, result=q, text="nothing found")
    action = agent.act("search", {"q": "five"})
    assert decide(action, agent.session, agent.bundle).verdict is Verdict.ASK
    decision = decide(action, agent.session, agent.bundle, approvals=frozenset({"owner"}))
    assert decision.verdict is Verdict.ALLOW
    agent.session.take(action, decision)
    agent.session.settle(action, decision, Outcome(result_digest="five", result_text="nothing found"))
    for q in ("six", "seven", "eight"):
        assert agent.play(q=q, result=q, text="nothing found").verdict is Verdict.ALLOW


REWORDED = (
    "height of the tower",
    "the height of that tower",
    "height of the old tower",
    "tower height of the",
)


def test_the_same_in_other_words_is_told_to_the_model_and_runs(agent: Agent) -> None:
    for q in REWORDED:
        assert not agent.play(q=q, result=q).obligations
    decision = agent.play(q="what is the height of the tower", result="5")
    assert decision.verdict is Verdict.ALLOW
    told = "The last 4 calls asked for the same in other words."
    assert decision.obligations == (f"steer:rewordings:{told}",)
    assert decision.reasons[0].rule == "holdfast:detector:rewordings"


def test_the_same_for_other_numbers_is_work(agent: Agent) -> None:
    for year in range(1990, 2020):
        assert not agent.play(q=f"height of the tower in {year}", result=f"{year}").obligations


def test_a_ladder_grows_stricter(act: Any, compiled: Any) -> None:
    rules = "detectors: {identical_calls: {warn: 1, steer: 2, ask: 3}, no_progress: off}\n"
    agent = Agent(act, compiled(yaml=rules))
    told = [agent.play(q="again") for _ in range(4)]
    assert [decision.verdict for decision in told] == [Verdict.ALLOW] * 3 + [Verdict.ASK]
    assert [decision.obligations[:1] for decision in told[:3]] == [
        (),
        ("warn:identical_calls:The same call was made 1 times and nothing changed.",),
        ("steer:identical_calls:The same call was made 2 times and nothing changed.",),
    ]


def test_the_same_failing_call_is_stopped_before_the_same_kind_of_failure(agent: Agent) -> None:
    went, decision = agent.until_stopped({"q": "x", "result": "e", "error": "Timeout"})
    assert (went, decision.reasons[0].rule) == (4, "holdfast:detector:identical_errors")


def test_retries_are_counted_over_all_calls_of_a_run(act: Any, compiled: Any) -> None:
    rules = "detectors: {retries: {limit: 6, verdict: deny}, identical_errors: off, same_errors: off}\n"
    agent = Agent(act, compiled(yaml=rules))
    calls = [(q, attempt) for q in ("a", "b", "c", "d") for attempt in range(3)]
    verdicts = [agent.play(q=q, result=f"{n}", error="Timeout").verdict for q, n in calls]
    assert verdicts == [Verdict.ALLOW] * 8 + [Verdict.DENY] + [Verdict.ALLOW, Verdict.DENY, Verdict.DENY]


def test_an_error_told_as_text_is_an_error(agent: Agent) -> None:
    for n in range(5):
        agent.play(q=f"number {n}", result=f"{n}", text=f"Error: timed out after {n} s")
    assert agent.play(q="once more").reasons[0].rule == "holdfast:detector:same_errors"


def test_the_same_thought_again_and_again_asks_a_person(agent: Agent) -> None:
    model = {"target": "openai/gpt-4o", "kind": Kind.MODEL, "text": "I should check the order once more."}
    decisions = [agent.play(**model, result=f"{n}") for n in range(5)]
    assert decisions[-1].reasons[0].rule == "holdfast:detector:same_thoughts"


def test_a_context_that_only_grows_is_noted(agent: Agent) -> None:
    for n in range(1, 16):
        decision = agent.play("openai/gpt-4o", kind=Kind.MODEL, result=f"{n}", tokens=100 * n)
        assert decision.verdict is Verdict.ALLOW
    assert decision.obligations[0].startswith("warn:growing_context:")


def test_a_polling_tool_keeps_its_own_time(act: Any, compiled: Any) -> None:
    rules = "tools: {status: {effect: read, polling: {every_s: 1, max: 20}}}\n"
    agent = Agent(act, compiled(yaml=rules))
    went, decision = agent.until_stopped({"target": "status", "result": "pending"})
    assert (went, decision.verdict) == (20, Verdict.HALT)
    assert decision.reasons[0].rule == "holdfast:detector:polls"


@pytest.mark.parametrize(
    ("alarm", "told"),
    [
        ("{}", "give a limit"),
        ("{limit: 3, halt: 5}", "give a limit"),
        ("{steer: 5, halt: 3}", "halt must come later"),
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused_where_it_stands(
    compiled: Any, alarm: str, told: str
) -> None:
    with pytest.raises(PolicySyntaxError, match=told) as refused:
        compiled(yaml=f"detectors:\n  cycles: {alarm}\n")
    assert refused.value.line == 3  # the bundle of the tests begins with a line of its own


def test_a_storm_of_sub_agents_is_stopped_by_number_rate_and_depth(act: Any, compiled: Any) -> None:
    rules = "detectors: {spawns: {deny: 8}, spawn_rate: {deny: 4}, spawn_depth: {deny: 4}, exchanges: off}\n"
    bundle, session = compiled(yaml=rules), Session("s" * 32)

    def spawn(n: int, at_s: int, *chain: str) -> Any:
        action = act(f"worker {n}", kind=Kind.START, agent=f"worker {n}", run=f"{n:032x}", chain=chain)
        action = msgspec.structs.replace(action, trace="t" * 32)
        decision = decide(action, session, bundle, now_ns=at_s * 1_000_000_000)
        session.take(action, decision)
        if decision.verdict is Verdict.ALLOW:
            session.started(action, at_s * 1_000_000_000)
        return decision

    told = [spawn(n, 0, "ada") for n in range(4)]
    assert [one.verdict for one in told] == [Verdict.ALLOW] * 3 + [Verdict.DENY]
    assert told[-1].reasons[0].rule == "holdfast:detector:spawn_rate"
    assert spawn(5, 61, "ada", "bob", "cleo").reasons[0].rule == "holdfast:detector:spawn_depth"
    more = [spawn(n, 61 * n, "ada") for n in range(6, 11)]
    assert [one.verdict for one in more] == [Verdict.ALLOW] * 4 + [Verdict.DENY]
    assert more[-1].reasons[0].rule == "holdfast:detector:spawns"


def test_the_starter_stops_a_ping_pong_at_the_tenth_exchange(act: Any) -> None:
    agent = Agent(act, compile_bundle([STARTER]))
    turns = ({"target": who, "kind": Kind.START, "agent": who} for who in ("ada", "bob") * 10)
    decisions = [agent.play(**turn, run=f"{n:032x}") for n, turn in enumerate(turns)]
    # The first start hands nothing over; after it nine exchanges happen and the tenth does not.
    assert [one.verdict for one in decisions[:11]] == [Verdict.ALLOW] * 10 + [Verdict.HALT]


def test_repetitions_are_a_budget_that_every_ten_calls_add_to(act: Any) -> None:
    from holdfast.decision.detectors.track import Track

    track = Track("ada")
    for n in range(30):
        track.note(f"call {n}", moves=True)
    track.close(("tool", "fetch"), "call 0", result="", error="TimeoutError")
    for _ in range(5):
        track.note("call 0", moves=True)
    assert (track.retries, track.overdrawn) == (5, 2)
