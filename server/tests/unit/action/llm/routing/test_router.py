"""What a router promises whoever makes the calls."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from holdfast_server.action.llm.config import EscalateTerms, Provider, Route, Target
from holdfast_server.action.llm.routing import Chosen, Kind, Plan, Router, Wait, kind_of, read_retry_after

SECOND = 1_000_000_000
NOW = 1_790_000_000 * SECOND

EAST = Provider("east", "https://east.example", apis=("chat", "responses"), models=("gpt-*", "embed-*"))
WEST = Provider("west", "https://west.example", apis=("messages",), models=("claude-*",))
HOME = Provider("home", "http://127.0.0.1:8000", apis=("chat", "embeddings"))
ALL = (EAST, WEST, HOME)


def router(*routes: Route, chance: float = 0.5, providers: tuple[Provider, ...] = ALL, **more) -> Router:
    return Router(routes, providers, chance=lambda: chance, **more)


def route(*names: str, **more) -> Route:
    return Route("smart", tuple(Target(*name.split("/")) for name in names), **more)


def plan_of(given: Router, asked: str = "smart", **more) -> Plan:
    plan = given.targets(asked, "chat", **{"now_ns": NOW, **more})
    assert plan is not None
    return plan


def chosen(plan: Plan, now_ns: int = NOW) -> Chosen:
    found = plan.next(now_ns)
    assert isinstance(found, Chosen), found
    return found


def fail(given: Router, plan: Plan, kind: Kind = Kind.ERROR, *, now_ns: int = NOW, **more) -> Chosen:
    one = chosen(plan, now_ns)
    given.told(one, kind, now_ns=now_ns, **more)
    return one


def answer(given: Router, plan: Plan, now_ns: int = NOW, **more) -> str:
    one = chosen(plan, now_ns)
    given.told(one, Kind.GOOD, now_ns=now_ns, **more)
    return one.place.provider


# What a name stands for


def test_an_alias_stands_for_its_targets_in_order() -> None:
    given = router(route("east/gpt-5", "west/claude-5"))
    plan = plan_of(given)
    first = fail(given, plan)
    second = fail(given, plan)
    assert [(one.place, one.why) for one in (first, second)] == [
        (("east", "gpt-5"), "first"),
        (("west", "claude-5"), "fallback"),
    ]


def test_a_provider_may_be_named_before_its_model() -> None:
    one = chosen(plan_of(router(), "home/gpt-oss"))
    assert one.place == ("home", "gpt-oss")


def test_a_name_with_a_slash_that_is_no_provider_is_a_model() -> None:
    assert chosen(plan_of(router(), "meta/llama")).place == ("home", "meta/llama")


def test_the_first_provider_whose_models_fit_answers_for_a_plain_model() -> None:
    assert chosen(plan_of(router(), "gpt-5")).place.provider == "east"


def test_a_provider_of_the_same_api_goes_before_one_that_needs_translation() -> None:
    wide = (Provider("a", "https://a.example", apis=("messages",)), Provider("b", "https://b.example"))
    assert chosen(plan_of(router(providers=wide), "any")).place.provider == "b"


def test_another_api_is_said_so_that_the_call_is_translated() -> None:
    one = chosen(plan_of(router(), "claude-5"))
    assert (one.place.provider, one.candidate.api) == ("west", "messages")


@pytest.mark.parametrize(("asked", "api"), [("gpt-5", "embeddings"), ("claude-5", "embeddings")])
def test_what_nobody_has_or_can_translate_is_none(asked: str, api) -> None:
    assert router(providers=(EAST, WEST)).targets(asked, api, now_ns=NOW) is None
    assert router(providers=()).targets(asked, "chat", now_ns=NOW) is None


def test_a_route_without_a_usable_target_is_none() -> None:
    assert router(route("gone/gpt-5")).targets("smart", "chat", now_ns=NOW) is None


def test_what_needs_no_model_goes_to_who_serves_it() -> None:
    files = Provider("files", "https://files.example", apis=("files",), models=("gpt-*",))
    for asked in ("", "files", "batches"):
        plan = router(providers=(EAST, files)).targets(asked, "files", now_ns=NOW)
        assert plan is not None
        assert chosen(plan).place.provider == "files"


def test_what_cannot_be_translated_goes_to_a_target_that_speaks_the_same() -> None:
    here = Provider("here", "https://here.example", apis=("chat",))
    there = Provider("there", "https://there.example", apis=("messages",))
    both = Route("both", (Target("here", "m"), Target("there", "m")))
    made = router(both, providers=(here, there))
    for exactly, name in ((False, "here"), (True, "there")):
        plan = made.targets("both", "messages", exactly=exactly, now_ns=NOW)
        assert plan is not None
        assert chosen(plan).place.provider == name
    assert made.targets("here/m", "messages", exactly=True, now_ns=NOW) is None


# What happens after a failure


@pytest.mark.parametrize("kind", [Kind.CONNECT, Kind.TIMEOUT, Kind.BROKEN, Kind.ERROR, Kind.RATE_LIMIT])
def test_the_next_target_is_asked_at_once(kind: Kind) -> None:
    given = router(route("east/gpt-5", "west/claude-5"))
    plan = plan_of(given)
    fail(given, plan, kind)
    assert chosen(plan).place.provider == "west"


@pytest.mark.parametrize("kind", [Kind.CONTENT_FILTER, Kind.REJECTED])
def test_what_another_may_allow_is_asked_of_another_and_never_of_the_same(kind: Kind) -> None:
    given = router(route("east/gpt-5", "west/claude-5", tries=9))
    plan = plan_of(given)
    fail(given, plan, kind)
    fail(given, plan, kind)
    assert plan.next(NOW) is None


@pytest.mark.parametrize("kind", [Kind.INVALID, Kind.GONE, Kind.GOOD])
def test_what_is_wrong_or_over_everywhere_is_tried_nowhere_else(kind: Kind) -> None:
    given = router(route("east/gpt-5", "west/claude-5"))
    plan = plan_of(given)
    fail(given, plan, kind)
    assert plan.next(NOW) is None


def test_a_call_is_tried_as_often_as_its_route_says_and_no_more() -> None:
    given = router(route("east/a", "west/b", "home/c", tries=2))
    plan = plan_of(given)
    fail(given, plan)
    fail(given, plan)
    assert plan.next(NOW) is None


def test_the_same_target_is_asked_again_after_a_wait_that_chance_shortens() -> None:
    given = router(route("east/gpt-5"), chance=0.5)
    plan = plan_of(given)
    fail(given, plan)
    wait = plan.next(NOW)
    assert wait == Wait(0.125)
    later = NOW + SECOND // 8
    again = chosen(plan, later)
    assert (again.why, again.attempt) == ("repeat", 2)
    given.told(again, Kind.ERROR, now_ns=later)
    assert plan.next(later) == Wait(0.25)


def test_asking_too_early_gets_the_rest_of_the_wait() -> None:
    given = router(route("east/gpt-5"))
    plan = plan_of(given)
    fail(given, plan)
    plan.next(NOW)
    assert plan.next(NOW + SECOND // 16) == Wait(0.0625)


def test_what_the_provider_asks_for_is_waited_out() -> None:
    given = router(route("east/gpt-5"), chance=0.0)
    plan = plan_of(given)
    fail(given, plan, Kind.RATE_LIMIT, retry_after="3")
    assert plan.next(NOW) == Wait(3.0)


def test_a_date_to_wait_for_is_understood() -> None:
    given = router(route("east/gpt-5"), chance=0.0)
    plan = plan_of(given)
    fail(given, plan, Kind.RATE_LIMIT, retry_after=formatdate(NOW // SECOND + 4, usegmt=True))
    assert plan.next(NOW) == Wait(4.0)


def test_nobody_waits_for_as_long_as_an_hour() -> None:
    given = router(route("east/gpt-5"))
    plan = plan_of(given)
    fail(given, plan, Kind.RATE_LIMIT, retry_after="3600")
    assert plan.next(NOW) is None


def test_repetitions_come_out_of_a_budget_that_calls_earn() -> None:
    given = router(route("east/gpt-5", retry_ratio=0.2, tries=2))
    repeated = 0
    for call in range(200):
        now_ns = NOW + call * 100 * SECOND  # far enough apart for a breaker to let a probe through
        plan = plan_of(given, now_ns=now_ns)
        fail(given, plan, Kind.RATE_LIMIT, now_ns=now_ns)
        repeated += isinstance(plan.next(now_ns), Wait)
    assert repeated == pytest.approx(10 + 200 * 0.2, abs=1)


def test_falling_back_costs_no_budget() -> None:
    given = router(route("east/gpt-5", "west/claude-5", retry_ratio=0))
    for call in range(50):
        now_ns = NOW + call * 10 * SECOND
        plan = plan_of(given, now_ns=now_ns)
        fail(given, plan, Kind.RATE_LIMIT, now_ns=now_ns)
        assert answer(given, plan, now_ns) == "west"


def test_a_dead_kept_connection_is_no_try() -> None:
    given = router(providers=(HOME,))
    plan = plan_of(given, "any")
    fail(given, plan, kind_of(failed="stale"))
    again = chosen(plan)
    assert again.attempt == 1
    given.told(again, Kind.STALE, now_ns=NOW)
    assert plan.next(NOW) is None
    assert all(one.errors == 0 and not one.is_down for one in given.upstreams())


def test_a_model_without_a_route_is_asked_once_and_its_own_refusal_is_passed_on() -> None:
    given = router(providers=(HOME,))
    fail(given, plan_of(given, "any"), Kind.RATE_LIMIT, retry_after="30")
    second = plan_of(given, "any")
    fail(given, second, Kind.RATE_LIMIT)
    assert second.next(NOW) is None


# Health


def trip(given: Router, now_ns: int = NOW) -> None:
    for _ in range(5):
        fail(given, plan_of(given, now_ns=now_ns), Kind.CONNECT, now_ns=now_ns)


def test_what_is_down_is_passed_over_and_probed_after_a_while() -> None:
    given = router(route("east/gpt-5", "west/claude-5"))
    trip(given)
    assert answer(given, plan_of(given)) == "west"
    later = NOW + 6 * SECOND
    probe = chosen(plan_of(given, now_ns=later), later)
    beside = chosen(plan_of(given, now_ns=later), later)
    assert (probe.place.provider, beside.place.provider) == ("east", "west")
    given.told(probe, Kind.GOOD, now_ns=later)
    assert answer(given, plan_of(given, now_ns=later), later) == "east"


def test_when_all_are_down_the_call_fails_at_once_and_says_when_to_come_back() -> None:
    given = router(route("east/gpt-5"))
    trip(given)
    plan = plan_of(given)
    assert plan.next(NOW) is None
    assert plan.waits_s == pytest.approx(5.0)
    assert plan.last is None


def test_a_breaker_stays_open_for_a_minute_at_most() -> None:
    given = router(route("east/gpt-5"))
    trip(given)
    now_ns = NOW
    for _ in range(12):
        now_ns += 61 * SECOND
        fail(given, plan_of(given, now_ns=now_ns), Kind.TIMEOUT, now_ns=now_ns)
    assert given.upstreams()[0].breaker.retry_ns <= now_ns + 60 * SECOND


def test_a_client_that_leaves_and_a_wrong_request_say_nothing_of_health() -> None:
    given = router(route("east/gpt-5"))
    for kind in (Kind.GONE, Kind.INVALID, Kind.REJECTED, Kind.CONTENT_FILTER) * 10:
        fail(given, plan_of(given), kind)
    assert answer(given, plan_of(given)) == "east"


def test_an_upstream_that_has_too_much_is_left_alone_by_all_calls() -> None:
    given = router(route("east/gpt-5", "west/claude-5"))
    plan = plan_of(given)
    fail(given, plan, Kind.RATE_LIMIT, retry_after="20")
    assert answer(given, plan_of(given)) == "west"
    assert answer(given, plan_of(given, now_ns=NOW + 21 * SECOND), NOW + 21 * SECOND) == "east"


def test_a_client_on_its_own_account_is_alone_with_its_limit() -> None:
    own = Provider("east", "https://east.example", auth="client")
    given = router(route("east/gpt-5", "west/claude-5"), providers=(own, WEST))
    fail(given, plan_of(given), Kind.RATE_LIMIT, retry_after="20")
    assert answer(given, plan_of(given)) == "east"


def test_a_new_configuration_keeps_what_is_known() -> None:
    one = route("east/gpt-5", "west/claude-5")
    given = router(one)
    trip(given)
    given.adopt([one], ALL)
    assert answer(given, plan_of(given)) == "west"


# Balance


def test_the_cheapest_goes_first_and_an_unknown_price_last() -> None:
    prices = {("west", "b"): 2.0, ("home", "c"): 1.0}
    given = router(
        route("east/a", "west/b", "home/c", strategy="cost"), cost=lambda *place: prices.get(place)
    )
    plan = plan_of(given)
    assert [fail(given, plan).place.provider for _ in range(3)] == ["home", "west", "east"]


def test_the_quickest_goes_first_once_all_are_known() -> None:
    given = router(route("east/a", "west/b", strategy="latency"))
    assert answer(given, plan_of(given), ttft_ms=900.0, total_ms=2000.0) == "east"
    assert answer(given, plan_of(given), ttft_ms=100.0, total_ms=2000.0) == "west"
    assert answer(given, plan_of(given), ttft_ms=100.0, total_ms=2000.0) == "west"


def test_the_quickest_is_not_swamped() -> None:
    given = router(route("east/a", "west/b", strategy="latency"))
    answer(given, plan_of(given), ttft_ms=150.0)
    answer(given, plan_of(given), ttft_ms=100.0)
    under_way = [chosen(plan_of(given)).place.provider for _ in range(50)]
    assert under_way.count("west") == pytest.approx(30, abs=2)


def test_a_session_stays_where_it_was_answered() -> None:
    given = router(route("east/a", "west/b", strategy="latency"))
    assert answer(given, plan_of(given, session="s"), ttft_ms=900.0) == "east"
    assert answer(given, plan_of(given), ttft_ms=100.0) == "west"
    assert answer(given, plan_of(given, session="s")) == "east"
    assert answer(given, plan_of(given, session="t")) == "west"


def test_a_session_that_had_to_leave_the_first_target_comes_back_after_a_while() -> None:
    given = router(route("east/a", "west/b"))
    plan = plan_of(given, session="s")
    fail(given, plan)
    assert answer(given, plan) == "west"
    for minutes, where in ((1, "west"), (4, "west"), (6, "east")):
        now_ns = NOW + minutes * 60 * SECOND
        assert answer(given, plan_of(given, session="s", now_ns=now_ns), now_ns) == where


def test_a_session_leaves_what_is_down() -> None:
    given = router(route("east/a", "west/b"))
    answer(given, plan_of(given, session="s"))
    trip(given)
    assert answer(given, plan_of(given, session="s")) == "west"


def test_a_route_that_does_not_stick_does_not() -> None:
    given = router(route("east/a", "west/b", sticky=False))
    plan = plan_of(given, session="s")
    fail(given, plan)
    answer(given, plan)
    assert answer(given, plan_of(given, session="s")) == "east"


# Hedging and escalation


def test_nothing_is_hedged_unless_the_route_says_so() -> None:
    given = router(route("east/a", "west/b"))
    plan = plan_of(given)
    chosen(plan)
    assert plan.hedge(NOW) is None


def test_a_hedge_goes_to_another_target_and_the_first_answer_ends_the_plan() -> None:
    given = router(route("east/a", "west/b", hedge_ms=500))
    plan = plan_of(given)
    first = chosen(plan)
    second = plan.hedge(NOW)
    assert second is not None
    assert (second.place.provider, second.why) == ("west", "hedge")
    given.told(second, Kind.GOOD, now_ns=NOW)
    given.told(first, Kind.GONE, now_ns=NOW)
    assert plan.next(NOW) is None


def test_an_answer_that_is_not_believed_goes_to_the_next_target() -> None:
    given = router(route("home/small", "east/large", escalate=EscalateTerms(threshold=0.7)))
    plan = plan_of(given)
    assert answer(given, plan) == "home"
    assert not plan.escalates(0.8)
    assert plan.escalates(0.6)
    assert chosen(plan).why == "escalation"


def test_a_question_that_looks_hard_begins_with_the_strong_target() -> None:
    given = router(route("home/small", "east/large", escalate=EscalateTerms(threshold=0.7)))
    assert answer(given, plan_of(given, confidence=lambda _: 0.9)) == "home"
    assert answer(given, plan_of(given, confidence=lambda _: 0.1)) == "east"


# Reading


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("2", 2.0),
        ("0.5", 0.5),
        (" 7 ", 7.0),
        ("-3", 0.0),
        ("1e9", 86_400.0),
        ("inf", 86_400.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Fri, 99 Foo 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nothing_else(text: str, wait_s: float | None) -> None:
    assert read_retry_after(text, NOW) == wait_s


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Kind.GOOD),
        (400, Kind.INVALID),
        (401, Kind.REJECTED),
        (404, Kind.REJECTED),
        (408, Kind.TIMEOUT),
        (413, Kind.INVALID),
        (422, Kind.INVALID),
        (429, Kind.RATE_LIMIT),
        (500, Kind.ERROR),
        (503, Kind.ERROR),
        (504, Kind.TIMEOUT),
        (529, Kind.RATE_LIMIT),
        (302, Kind.BROKEN),
    ],
)
def test_a_status_says_what_a_try_came_to(status: int, kind: Kind) -> None:
    assert kind_of(status) is kind


def test_a_filtered_answer_is_no_good_answer_whatever_its_status() -> None:
    assert kind_of(200, filtered=True) is kind_of(400, filtered=True) is Kind.CONTENT_FILTER


# What other workers found out


def test_an_upstream_that_another_worker_found_resting_is_left_alone_where_there_is_another() -> None:
    given = router(route("east/gpt-5", "home/llama"))
    given.rest("east/gpt-5", NOW + SECOND)
    assert answer(given, plan_of(given)) == "home"
    later = NOW + 2 * SECOND
    assert answer(given, plan_of(given, now_ns=later), later) == "east"


def test_a_call_that_has_nowhere_else_to_go_finds_out_for_itself() -> None:
    given = router(route("east/gpt-5"))
    given.rest("east/gpt-5", NOW + 60 * SECOND)
    assert answer(given, plan_of(given)) == "east"
