"""What speaks against a step can be seen in the run, and says where."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast_server.insight.attribution.act import Act
from holdfast_server.insight.attribution.evidence import FINDERS, find_all, find_divergence
from holdfast_server.insight.attribution.ranking import WEIGHTS, guess, rank


def say(text: str, **more: Any) -> Act:
    return Act(step=more.pop("step", text[:8]), kind="say", agent="refunds", text=text, **more)


def call(target: str, asked: str = '{"id":7}', **more: Any) -> Act:
    return Act(
        step=more.pop("step", target), kind="call", agent="refunds", target=target, asked=asked, **more
    )


PERSON = Act(step="p", kind="person", text="Refund order 7 for Ann Miller")


def kinds(*acts: Act, good: tuple[Act, ...] = ()) -> dict[str, int]:
    return {one.kind: one.place for one in find_all(acts, good)}


def test_a_clean_run_has_only_what_its_answer_rests_on() -> None:
    clean = (PERSON, call("lookup", result='{"order": 7}'), say("Order 7 of Ann Miller is refunded."))
    assert kinds(*clean) == {"basis": 1}


def test_the_first_of_each_kind_is_named_once() -> None:
    found = kinds(
        PERSON,
        call("lookup", result="{}"),
        call("refund", error="timeout"),
        call("refund", error="timeout"),
        call("pay", refused="above the cap"),
        call("pay", refused="above the cap"),
        call("mail", observed="contradicted"),
        call("mail", '{"id":8}', observed="unknown"),
    )
    assert {kind: found[kind] for kind in ("error", "policy", "contradicted", "repeat")} == {
        "error": 2,
        "policy": 4,
        "contradicted": 6,
        "repeat": 3,
    }


def test_a_refusal_is_no_error() -> None:
    assert "error" not in kinds(PERSON, call("pay", refused="no", error="no"))


@pytest.mark.parametrize(
    "text",
    [
        "Since the file is missing, let's assume it is 1,000.",
        "I will use placeholder values.",
        "a mock answer",
    ],
)
def test_what_is_thought_up_is_seen(text: str) -> None:
    assert kinds(PERSON, say(text))["invented"] == 1


def test_facts_from_nowhere_speak_against_a_claim_and_known_ones_do_not() -> None:
    claim = "I have checked: Subway (1985) is at 6.6, Diabolique (1996) at 5.4, La Gifle at 7.1."
    assert kinds(PERSON, call("lookup", result="{}"), say(claim))["unsupported"] == 2
    known = call("lookup", result="Subway 1985 6.6 Diabolique 1996 5.4 La Gifle 7.1")
    assert "unsupported" not in kinds(PERSON, known, say(claim))


def test_a_plan_claims_nothing() -> None:
    plan = "Here is the plan: 1. look at 2019, 2. look at 2020, 3. look at 2021, 4. look at 2022."
    assert "unsupported" not in kinds(PERSON, call("lookup"), say(plan))


def test_what_came_before_an_admission_is_named() -> None:
    acts = (PERSON, call("fetch", result="captcha"), say("I was unable to open the page."))
    assert kinds(*acts)["undone"] == 1


def test_the_answer_after_which_the_same_is_asked_again_is_named() -> None:
    first = '{"request": "find supermarkets near Lincoln Park in Chicago"}'
    again = '{"request": "find supermarkets near Lincoln Park Chicago please"}'
    assert kinds(PERSON, call("web", first), call("web", again))["asked_again"] == 1


def test_the_first_change_that_a_good_run_never_made_is_named() -> None:
    good = (call("lookup", effect="read"), call("refund", '{"order": 7}', effect="spend"))
    bad = (
        PERSON,
        call("search", effect="read"),
        call("refund", '{ "order":7 }', effect="spend"),
        call("refund", '{"order": 8}', effect="spend"),
    )
    (one,) = find_divergence(bad, good)
    assert (one.place, one.text) == (3, "The run that succeeded called refund with other arguments.")
    assert list(find_divergence(bad, ())) == []


def test_what_most_speaks_against_stands_first_and_of_equals_the_earlier() -> None:
    acts = (PERSON, call("a", error="x"), say("I assume it is 7."), call("b", refused="no"))
    ranked = rank(find_all(acts))
    assert [one.place for one in ranked] == [3, 2, 1]
    assert ranked[0].score == pytest.approx(WEIGHTS["policy"] + WEIGHTS["basis"])
    assert rank([]) == []


def test_every_kind_has_a_finder_and_a_weight() -> None:
    assert {*FINDERS, "divergence"} == set(WEIGHTS)


def test_guesses_leave_the_person_out() -> None:
    acts = (PERSON, call("a"), call("b", error="x"), say("Done."))
    assert guess(acts) == {"first_step": 1, "last_step": 3, "first_error": 2}
    assert guess(()) == {}


def test_a_run_of_nothing_says_nothing() -> None:
    assert find_all(()) == []
    assert find_all((PERSON,)) == []
