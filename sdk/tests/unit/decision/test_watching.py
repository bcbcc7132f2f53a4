"""Recorded runs are judged as they would have been live, in bounded memory, whatever a line holds."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.decision.alarms import Alarm, Detectors
from holdfast.decision.detectors.known import KNOWN
from holdfast.decision.detectors.reading import class_of, read_result
from holdfast.decision.detectors.steps import RecordedStep
from holdfast.decision.detectors.watching import Watch, Watched


def steps(*lines: dict[str, Any]) -> list[RecordedStep]:
    return [msgspec.convert({"run": "r", "tool": "search", **line}, RecordedStep) for line in lines]


def watch(told: list[RecordedStep], detectors: Detectors | None = None, **given: Any) -> Watched:
    watching = Watch(detectors or Detectors(), **given)
    for step in told:
        watching.see(step)
    return list(watching.end())[-1]


def fired(
    told: list[RecordedStep], detectors: Detectors | None = None, **given: Any
) -> list[tuple[Any, ...]]:
    return [(one.detector, one.step, one.verdict) for one in watch(told, detectors, **given).fired]


SAME = {"args": {"q": "x"}, "result": "a page"}


def test_a_detector_fires_at_the_step_that_fills_the_measure() -> None:
    assert fired(steps(*[SAME] * 5)) == [("identical_calls", 4, "halt"), ("no_progress", 4, "ask")]


def test_each_rung_of_a_ladder_fires_once() -> None:
    ladder = Detectors(identical_calls=Alarm(warn=2, steer=3, halt=5), no_progress=None, cycles=None)
    assert fired(steps(*[SAME] * 9), ladder) == [
        ("identical_calls", 1, "warn"),
        ("identical_calls", 2, "steer"),
        ("identical_calls", 4, "halt"),
    ]


def test_a_changing_result_and_a_moving_error_are_progress() -> None:
    moving = [{"args": "x", "error": f"line {n}\nSyntaxError"} for n in range(4)]
    assert fired(steps(*moving)) == []
    assert fired(steps(*({"args": "x", "result": f"{n} %"} for n in range(50)))) == []


def test_ids_of_steps_are_those_of_the_source() -> None:
    told = steps(*[SAME | {"step": f"s{n}"} for n in range(5)])
    assert {one[1] for one in fired(told)} == {"s4"}


def test_two_agents_that_pass_the_turn_are_seen_at_the_tenth_exchange() -> None:
    told = steps(
        *({"agent": ("ada", "bob")[n % 2], "args": f"draft {n}", "result": f"{n}"} for n in range(30))
    )
    assert ("exchanges", 10, "halt") in fired(told)


def test_what_a_person_says_begins_other_work() -> None:
    person = {"tool": "", "agent": "user", "args": "go on"}
    told = watch(steps(*[SAME] * 5, person, SAME), KNOWN["openhands-interactive"])
    assert (told.fired, [one.detector for one in told.withdrawn]) == ([], ["identical_calls"])
    assert watch(steps(*[SAME] * 3, person, SAME), KNOWN["openhands"]).fired[0].step == 4


def test_a_monologue_ends_when_the_world_answers() -> None:
    say = {"tool": "message", "args": "I am doing well, thanks for asking."}
    assert fired(steps(say, say, say), KNOWN["openhands"]) == [("same_thoughts", 2, "halt")]
    assert fired(steps(say, say, say | {"result": "and so am I"}, say, say), KNOWN["openhands"]) == []


def test_compactions_count_only_in_a_row() -> None:
    compact = {"tool": "", "kind": "compaction"}
    assert fired(steps(*[compact] * 10), KNOWN["openhands"]) == [("compactions", 9, "halt")]
    worked = [one for n in range(12) for one in (compact, {"args": f"{n}", "result": f"{n}"})]
    assert fired(steps(*worked), KNOWN["openhands"]) == []


def test_a_polling_tool_has_its_own_limit() -> None:
    assert fired(steps(*[SAME] * 20), polling={"search": 30}) == []
    assert fired(steps(*[SAME] * 30), polling={"search": 30}) == [("polls", 29, "halt")]


def test_runs_may_be_mixed_and_only_so_many_are_followed() -> None:
    watching = Watch(Detectors(), runs_max=3)
    forgotten = [
        over.run
        for n in range(10)
        for step in steps({"run": n, "args": "x", "result": "y"})
        if (over := watching.see(step)[1]) is not None
    ]
    assert forgotten == list(range(7))
    assert [one.run for one in watching.end()] == [7, 8, 9]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("No results found.", "nothing"),
        ("Could not find [x]. Similar: ['y']", "nothing"),
        ("user not found", "nothing"),
        ("[]", "silence"),
        ("", "silence"),
        ("Error: user not found", "error"),
        ("Traceback (most recent call last):", "error"),
        ('{"order": 1, "status": "not delivered"}', "something"),
        ("Errors are part of life, she said", "something"),
        ("A page about finding nothing in particular", "something"),
    ],
)
def test_a_result_is_read_by_how_it_begins(text: str, reading: str) -> None:
    assert read_result(text) == reading


def test_an_error_is_known_by_its_words_up_to_the_first_particular() -> None:
    assert class_of("Error: user 17 not found") == class_of("Error: user 4 not found") == "user"
    assert class_of("ValueError: bad") == "valueerror"
    assert class_of("{}") == "{}"


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.lists(
        st.fixed_dictionaries({"tool": st.text(max_size=3), "args": plain, "result": plain, "error": plain})
    )
)
def test_no_line_breaks_it_and_what_fires_is_a_step_that_was_there(lines: list[dict[str, Any]]) -> None:
    told = msgspec.json.decode(json.dumps([{"run": 1, **line} for line in lines]), type=list[RecordedStep])
    watching = Watch(Detectors())
    seen = [one.step for step in told for one in watching.see(step)[0]]
    assert set(seen) <= set(range(len(lines)))
