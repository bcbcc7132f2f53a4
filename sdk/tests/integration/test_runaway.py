"""Loops are told to the model before they are stopped; what is down is spared for everyone in the process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.guard import installed

pytestmark = pytest.mark.integration
Records = Callable[[], list[dict[str, Any]]]

STEERING = """
agents: {"*": {}}
tools:
  search: {effect: read, output_labels: []}
  fetch: {effect: read, output_labels: []}
  job: {effect: read, polling: {every_s: 3600}}
rules: [{allow_agents: {}}, {allow_effects: {effects: [read]}}]
detectors: {identical_calls: {steer: 2, halt: 4}, no_progress: off}
breakers: {tools: {consecutive: 3, open_s: 3600}}
rates: [{of: tool, name: search, calls: 6, per_s: 3600}]
"""


@pytest.fixture
def steering(govern: Any, tmp_path: Path) -> Callable[[], holdfast.Guard]:
    """Begin to govern under rules that steer, break and hold a rate."""
    rules = tmp_path / "steering.yaml"
    rules.write_text(STEERING)
    return lambda: govern(policies=rules)


NOTE = "[holdfast] The same call was made 2 times and nothing changed."


def test_the_model_is_told_below_the_result_then_the_run_is_halted(steering: Any, records: Records) -> None:
    steering()
    found: list[str] = []

    @holdfast.tool
    def search(q: str) -> str:
        return f"nothing about {q}"

    @holdfast.agent("searcher")
    def work() -> None:
        while True:
            found.append(search("x"))

    with pytest.raises(holdfast.Halted, match="made 4 times"):
        work()
    assert found[:2] == ["nothing about x"] * 2
    assert found[2] == f"nothing about x\n\n{NOTE}"
    steered = [one for one in records() if one["type"] == "decision" and one.get("rules")]
    assert steered[0]["verdict"] == "allow"
    assert steered[0]["rules"] == ["holdfast:detector:identical_calls"]


def test_what_a_program_reads_as_data_is_left_alone_and_the_note_waits(steering: Any) -> None:
    steering()

    @holdfast.tool
    def fetch(q: str) -> str:
        return '{"pages": 0}'

    @holdfast.tool
    def search(q: str) -> str:
        return "a page"

    @holdfast.agent("reader")
    def work() -> tuple[list[str], str]:
        return [fetch("x") for _ in range(3)], search("y")

    assert work() == (['{"pages": 0}'] * 3, f"a page\n\n{NOTE}")


def test_a_tool_that_is_down_is_spared_in_every_session_until_a_person_resets_it(steering: Any) -> None:
    steering()
    attempts: list[str] = []
    down = True

    @holdfast.tool
    def fetch(q: str) -> str:
        attempts.append(q)
        if down:
            raise TimeoutError("no answer")
        return "a page"

    @holdfast.agent("reader")
    def read(q: str) -> str:
        return fetch(q)

    for n in range(3):
        with holdfast.session(), pytest.raises(TimeoutError):
            read(f"{n}")
    with holdfast.session(), pytest.raises(holdfast.Denied, match="3 failures in a row with TimeoutError"):
        read("once more")
    assert len(attempts) == 3
    guard = installed()
    assert guard is not None
    [shown] = [one for one in guard.traffic.snapshot() if one["scope"] == "tool"]
    assert (shown["name"], shown["state"], shown["failures"]) == ("fetch", "open", 3)
    down = False
    assert guard.traffic.reset("tool", "fetch")
    with holdfast.session():
        assert read("after") == "a page"


def test_refusals_of_our_own_never_trip_a_breaker(steering: Any) -> None:
    steering()

    @holdfast.tool(effect="destroy")
    def fetch_not(q: str) -> str:
        raise AssertionError("it ran")

    @holdfast.agent("reader")
    def read(q: str) -> str:
        return fetch_not(q)

    for n in range(6):
        with holdfast.session(), pytest.raises(holdfast.Denied):
            read(f"{n}")
    guard = installed()
    assert guard is not None
    assert guard.traffic.snapshot() == []


def test_a_rate_holds_for_all_sessions_together(steering: Any) -> None:
    steering()

    @holdfast.tool
    def search(q: str) -> str:
        return q

    @holdfast.agent("searcher")
    def work(q: str) -> str:
        return search(q)

    for n in range(6):
        with holdfast.session():
            assert work(f"{n}") == f"{n}"
    with holdfast.session(), pytest.raises(holdfast.Denied, match="6 times in 3600 s"):
        work("seventh")


def test_a_poll_that_comes_too_soon_is_told_to_wait(steering: Any) -> None:
    steering()

    @holdfast.tool
    def job(name: str) -> str:
        return "pending"

    @holdfast.agent("poller")
    def poll(name: str) -> str:
        return job(name)

    with holdfast.session():
        assert [poll("a"), poll("b")] == ["pending"] * 2
        with pytest.raises(holdfast.Denied, match="every 3600 s") as denied:
            poll("a")
    assert "Try again in" in denied.value.hint


def test_retries_of_every_layer_come_out_of_one_budget(govern: Any, tmp_path: Path) -> None:
    """The contract repeats within the step, and the agent calls again: both count."""
    rules = tmp_path / "retries.yaml"
    rules.write_text(
        'agents: {"*": {}}\n'
        "tools: {fetch: {effect: read, retries: {times: 3, wait_s: 0.001}}}\n"
        "rules: [{allow_agents: {}}, {allow_effects: {effects: [read]}}]\n"
        "detectors: {retries: {deny: 5}, identical_errors: off, same_errors: off, repeated_denials: off}\n"
    )
    govern(policies=rules)
    attempts: list[str] = []

    @holdfast.tool
    def fetch(q: str) -> str:
        attempts.append(q)
        raise TimeoutError("no answer")

    @holdfast.agent("reader")
    def read() -> None:
        for _ in range(10):
            with pytest.raises((TimeoutError, holdfast.Denied)):
                fetch("x")

    read()
    assert 5 <= len(attempts) <= 7, "the first call, five repetitions, and the one that was under way"


def test_a_framework_hands_the_note_to_the_model_with_the_message_of_the_tool(steering: Any) -> None:
    tools = pytest.importorskip("langchain_core.tools")
    steering()

    @tools.tool
    def fetch(q: str) -> str:
        """Fetch a page."""
        return '{"pages": 0}'

    @holdfast.agent("reader")
    def read() -> list[Any]:
        call = {"name": "fetch", "args": {"q": "x"}, "id": "call_1", "type": "tool_call"}
        return [fetch.invoke({**call, "id": f"call_{n}"}) for n in range(3)]

    messages = read()
    assert [one.content for one in messages] == ['{"pages": 0}'] * 2 + ['{"pages": 0}' + f"\n\n{NOTE}"]
