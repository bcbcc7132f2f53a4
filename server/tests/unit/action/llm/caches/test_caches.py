"""What is given again, and what never is."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import Unavailable
from holdfast_server.action.llm.caches import Caches, Kept, Lookup, Scope, read_lookup
from holdfast_server.action.llm.caches.nearest import FRAME_MAX, Frame, Index
from holdfast_server.action.llm.caches.shelf import OVERHEAD, Shelf
from holdfast_server.action.llm.config import CacheTerms, Route, Target

SECOND = 1_000_000_000
NOW = 1_790_000_000 * SECOND
SCOPE = Scope("default", "helper", frozenset(), "bundle-1")


def route(**terms) -> Route:
    return Route("smart", (Target("east", "gpt-5"),), cache=CacheTerms(**{"exact": True, **terms}))


def kept(text: str = "Paris.", *, body: bytes = b"{}", status: int = 200, cost: int | None = 70) -> Kept:
    return Kept(status, [(b"content-type", b"application/json")], body, text, "east", "gpt-5", 9, 3, cost)


def asked(text: str = "What is the capital of France?", given_route: Route | None = None, **more) -> Lookup:
    body = json.dumps({"messages": [{"role": "user", "content": text}], **more}).encode()
    found = read_lookup(
        given_route or route(semantic=True), "chat", target=b"/v1/x", body=body, headers=[], scope=SCOPE
    )
    assert found is not None
    return found


class Angles:
    """An embedder whose texts lie where the test says."""

    def __init__(self, **degrees: float) -> None:
        self.degrees = degrees
        self.texts: list[str] = []
        self.fails = False

    async def __call__(self, model: str, body: bytes) -> bytes:  # noqa: ARG002  # the shape of a post
        if self.fails:
            raise OSError("nobody there")
        text = json.loads(body)["input"]
        self.texts.append(text)
        words = [word.strip("?.").lower() for word in text.split()]
        turn = math.radians(sum(self.degrees.get(word, 0.0) for word in words))
        return json.dumps({"data": [{"embedding": [3 * math.cos(turn), 3 * math.sin(turn)]}]}).encode()


class Reaching(Caches):
    """One that reaches the endpoint of a test, whoever asks."""

    def __init__(self, post, **more) -> None:
        super().__init__(**more)
        self.post = post

    async def find_alike(self, lookup, now_ns, post=None):
        return await super().find_alike(lookup, now_ns, post or self.post)

    async def judge(self, lookup, hit, text, post=None):
        return await super().judge(lookup, hit, text, post or self.post)


def made(angles: Angles, *, chance: float = 0.5, **terms) -> tuple[Caches, Route]:
    one = route(**{"semantic": True, "embeddings": "east/embed", "threshold": 0.97, **terms})
    caches = Reaching(angles, chance=lambda: chance)
    caches.adopt([one])
    return caches, one


def run(task):
    return asyncio.run(task)


def teach(caches: Caches, one: Route, text: str, answer: Kept | None = None) -> None:
    lookup = asked(text, one)
    assert run(caches.find_alike(lookup, NOW)) is None
    caches.keep(lookup, answer or kept(), NOW)


# The very same request


def test_the_same_request_gets_the_same_answer_and_its_cost_counts_as_avoided() -> None:
    caches = Caches()
    caches.adopt([route()])
    lookup = asked(given_route=route())
    assert caches.find(lookup, NOW) is None
    caches.keep(lookup, kept(body=b"the very bytes"), NOW)
    hit = caches.find(lookup, NOW + 2 * SECOND)
    assert hit is not None
    assert (hit.kind, hit.kept.body, hit.age_s, hit.sampled) == ("exact", b"the very bytes", 2.0, False)
    use = caches.use()
    assert (use.hits, use.misses, use.avoided_micro_usd) == (1, 1, 70)


def test_an_answer_gets_old() -> None:
    caches = Caches()
    caches.adopt([route(ttl_s=10)])
    lookup = asked(given_route=route(ttl_s=10))
    caches.keep(lookup, kept(), NOW)
    assert caches.find(lookup, NOW + 10 * SECOND) is not None
    assert caches.find(lookup, NOW + 11 * SECOND) is None


def test_an_error_is_not_kept() -> None:
    caches = Caches()
    caches.adopt([route()])
    caches.keep(asked(given_route=route()), kept(status=500), NOW)
    assert caches.find(asked(given_route=route()), NOW) is None


def test_other_terms_begin_anew_and_the_same_ones_go_on() -> None:
    caches = Caches()
    caches.adopt([route()])
    caches.keep(asked(given_route=route()), kept(), NOW)
    caches.adopt([route()])
    assert caches.find(asked(given_route=route()), NOW) is not None
    caches.adopt([route(ttl_s=1)])
    assert caches.find(asked(given_route=route()), NOW) is None
    caches.adopt([])
    caches.keep(asked(given_route=route()), kept(), NOW)
    assert caches.find(asked(given_route=route()), NOW) is None


def test_an_unknown_cost_avoids_nothing_that_could_be_counted() -> None:
    caches = Caches()
    caches.adopt([route()])
    caches.keep(asked(given_route=route()), kept(cost=None), NOW)
    assert caches.find(asked(given_route=route()), NOW) is not None
    assert caches.use().avoided_micro_usd == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3_000)), max_size=60))
def test_a_shelf_never_holds_more_than_it_may(puts: list[tuple[int, int]]) -> None:
    shelf = Shelf(8 * 4_096, 60)
    for name, size in puts:
        shelf.put(b"%d" % name, kept(body=b"x" * size))
        assert shelf.bytes <= shelf.bytes_max
    held = [found for name in range(21) if (found := shelf.find(b"%d" % name, 0)) is not None]
    assert shelf.bytes == sum(one.size for one in held)
    assert len(shelf) == len(held)


def test_what_takes_too_much_of_a_shelf_is_not_kept() -> None:
    shelf = Shelf(8 * OVERHEAD, 60)
    assert not shelf.put(b"a", kept(body=b"x" * OVERHEAD))
    assert len(shelf) == 0


# What means the same


def test_a_request_that_means_the_same_gets_the_answer() -> None:
    caches, one = made(Angles(capital=0, city=8))
    teach(caches, one, "What is the capital of France?")
    hit = run(caches.find_alike(asked("What is the city of France?", one), NOW))
    assert hit is not None
    assert (hit.kind, hit.sampled) == ("semantic", False)
    assert hit.score == pytest.approx(math.cos(math.radians(8)), abs=1e-4)
    assert caches.use().hits == 1


def test_what_is_not_close_enough_does_not() -> None:
    caches, one = made(Angles(city=20))
    teach(caches, one, "What is the capital of France?")
    assert run(caches.find_alike(asked("What is the city of France?", one), NOW)) is None


def test_close_is_not_enough_where_a_name_differs() -> None:
    caches, one = made(Angles())
    teach(caches, one, "What is the capital of France?")
    assert run(caches.find_alike(asked("What is the capital of Spain?", one), NOW)) is None


def test_other_surroundings_are_another_question() -> None:
    caches, one = made(Angles())
    teach(caches, one, "What is the capital of France?")
    assert run(caches.find_alike(asked("What is the capital of France?", one, temperature=1), NOW)) is None


def test_an_answer_that_got_old_is_not_given_for_its_meaning_either() -> None:
    caches, one = made(Angles(city=8))
    teach(caches, one, "What is the capital of France?")
    assert run(caches.find_alike(asked("What is the city of France?", one), NOW + 400 * SECOND)) is None


def test_an_endpoint_that_fails_is_a_miss_and_is_left_alone_for_a_while() -> None:
    angles = Angles(city=8)
    caches, one = made(angles)
    teach(caches, one, "What is the capital of France?")
    angles.fails = True
    again = asked("What is the city of France?", one)
    assert run(caches.find_alike(again, NOW)) is None
    angles.fails = False
    assert run(caches.find_alike(again, NOW + 59 * SECOND)) is None
    assert run(caches.find_alike(again, NOW + 61 * SECOND)) is not None


@pytest.mark.parametrize("answer", [b"", b"{}", b'{"data":[]}', b'{"data":[{"embedding":[0,0]}]}', b"\xff"])
def test_an_endpoint_that_talks_nonsense_is_a_miss(answer: bytes) -> None:
    async def post(model: str, body: bytes) -> bytes:
        return answer

    caches = Reaching(post)
    one = route(semantic=True, embeddings="east/embed")
    caches.adopt([one])
    assert run(caches.find_alike(asked("Hello there?", one), NOW)) is None


def test_an_endpoint_that_nobody_can_reach_is_a_miss_and_no_other_model_steps_in() -> None:
    caches = Caches()
    one = route(semantic=True, embeddings="east/embed")
    caches.adopt([one])
    assert run(caches.find_alike(asked("Hello there?", one), NOW)) is None
    assert caches.use().misses == 1


def test_unavailable_is_a_miss() -> None:
    async def post(model: str, body: bytes) -> bytes:
        raise Unavailable("away")

    caches = Reaching(post)
    one = route(semantic=True, embeddings="east/embed")
    caches.adopt([one])
    assert run(caches.find_alike(asked("Hello there?", one), NOW)) is None
    assert caches.use().misses == 1


# Measuring


def test_a_sampled_hit_is_not_given_and_what_it_would_have_said_is_compared() -> None:
    caches, one = made(Angles(city=8, lyon=90), chance=0.0)
    teach(caches, one, "What is the capital of France?", kept("Paris"))
    lookup = asked("What is the city of France?", one)
    hit = run(caches.find_alike(lookup, NOW))
    assert hit is not None
    assert hit.sampled
    assert caches.use().hits == caches.use().avoided_micro_usd == 0
    assert run(caches.judge(lookup, hit, "  paris "))
    assert not run(caches.judge(lookup, hit, "Lyon"))
    assert (caches.use().sampled, caches.use().false_hits) == (2, 1)


@pytest.mark.parametrize(("given_answer", "fresh"), [("Yes, it may.", "No, it may."), ("Paris", "")])
def test_an_answer_turned_round_is_false_however_close(given_answer: str, fresh: str) -> None:
    caches, one = made(Angles(city=8), chance=0.0)
    teach(caches, one, "What is the capital of France?", kept(given_answer))
    lookup = asked("What is the city of France?", one)
    hit = run(caches.find_alike(lookup, NOW))
    assert hit is not None
    assert not run(caches.judge(lookup, hit, fresh))


def test_a_route_that_is_measured_wrong_too_often_stops_guessing() -> None:
    caches, one = made(Angles(city=8), chance=0.0)
    teach(caches, one, "What is the capital of France?", kept("Yes."))
    lookup = asked("What is the city of France?", one)
    for _ in range(4):
        hit = run(caches.find_alike(lookup, NOW))
        if hit is not None:
            run(caches.judge(lookup, hit, "No."))
    assert run(caches.find_alike(lookup, NOW)) is None
    assert caches.find(asked("What is the capital of France?", one), NOW) is not None


# The index


@given(
    st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=1, max_size=50), st.integers(0, 49)
)
def test_the_closest_is_found_as_by_comparing_all(vectors: Sequence[Sequence[float]], place: int) -> None:
    rows = np.asarray(vectors, dtype=np.float32) + np.float32(0.001)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    frame = Frame(3)
    for number, row in enumerate(rows):
        frame.add(str(number), b"%d" % number, row)
    wanted = rows[place % len(rows)]
    found = frame.nearest(wanted, -1.0)
    assert found[0].score == pytest.approx(float((rows @ wanted).max()), abs=1e-5)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_frame_forgets_its_oldest_text() -> None:
    frame = Frame(2)
    for number in range(FRAME_MAX + 5):
        frame.add(str(number), b"", np.asarray([1.0, 0.0], dtype=np.float32))
    assert len(frame) == FRAME_MAX


def test_vectors_of_another_length_are_never_compared() -> None:
    index = Index()
    index.add(b"f", "a", b"a", np.asarray([1.0, 0.0], dtype=np.float32))
    assert index.nearest(b"f", np.asarray([1.0, 0.0, 0.0], dtype=np.float32), 0.0) == []
