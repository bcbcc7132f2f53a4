from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from holdfast.cli.server import PAGE_ITEMS, Server, segment
from holdfast.errors import (
    Conflict,
    HoldfastError,
    Invalid,
    Misconfigured,
    NotFound,
    NotPermitted,
    Unavailable,
)

URL = "http://127.0.0.1:7420"


def a_server(answer: Callable[[httpx.Request], httpx.Response], *, key: str = "") -> Server:
    return Server(URL, key=key, transport=httpx.MockTransport(answer))


def numbers(total: int) -> Callable[[httpx.Request], httpx.Response]:
    """A server that lists `total` numbers and keeps to the limit asked for."""

    def answer(request: httpx.Request) -> httpx.Response:
        start, limit = int(request.url.params.get("cursor", 0)), int(request.url.params["limit"])
        assert 0 < limit <= PAGE_ITEMS
        end = min(start + limit, total)
        following = str(end) if end < total else None
        return httpx.Response(200, json={"items": list(range(start, end)), "next": following})

    return answer


@pytest.mark.parametrize(
    ("total", "limit", "seen", "following"),
    [
        (3, 10, 3, None),
        (30, 10, 10, "10"),
        (1200, 1100, 1100, "1100"),
        (1200, 5000, 1200, None),
        (0, 5, 0, None),
    ],
)
def test_pages_are_followed_up_to_the_limit(total: int, limit: int, seen: int, following: str | None) -> None:
    page = a_server(numbers(total)).page("/v1/runs", limit=limit)
    assert page == {"items": list(range(seen)), "next": following}


def test_a_server_that_gives_empty_pages_for_ever_is_not_followed_for_ever() -> None:
    endless = httpx.Response(200, json={"items": [], "next": "again"})
    page = a_server(lambda _: endless).page("/v1/runs", limit=10)
    assert page == {"items": [], "next": "again"}


def test_what_was_not_asked_for_is_not_in_the_query() -> None:
    seen: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return httpx.Response(200, json={"items": []})

    a_server(answer).get("/v1/runs", {"q": "", "state": ("running", "waiting"), "agent": (), "limit": 5})
    assert seen[0].query == b"state=running&state=waiting&limit=5"


def test_the_access_key_travels_as_a_bearer_token() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"said": request.headers.get("authorization")})

    assert a_server(answer, key="secret-key").get("/v1/health") == {"said": "Bearer secret-key"}
    assert a_server(answer).get("/v1/health") == {"said": None}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, NotPermitted),
        (403, NotPermitted),
        (404, NotFound),
        (409, Conflict),
        (422, Invalid),
        (429, Unavailable),
        (503, Unavailable),
    ],
)
def test_a_problem_becomes_our_error_with_its_detail_and_hint(status: int, kind: type[HoldfastError]) -> None:
    problem = {"title": "No", "detail": "It was answered already.", "hint": "Ask again.", "code": "x"}
    with pytest.raises(kind, match=r"It was answered already\.") as caught:
        a_server(lambda _: httpx.Response(status, json=problem)).get("/v1/approvals/1")
    assert caught.value.hint == "Ask again."


def test_a_missing_key_says_where_to_put_it() -> None:
    with pytest.raises(NotPermitted) as caught:
        a_server(lambda _: httpx.Response(401, json={"detail": "Who are you?"})).get("/v1/runs")
    assert "HOLDFAST_ACCESS__KEY" in caught.value.hint


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b"[1, 2]", b"\xff\xfe"])
def test_somebody_else_at_the_address_is_no_server(body: bytes) -> None:
    with pytest.raises(Unavailable, match="something else than a Holdfast server"):
        a_server(lambda _: httpx.Response(200, content=body)).get("/v1/runs")


def test_nobody_at_the_address_is_said_with_the_address() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=request)

    with pytest.raises(Unavailable, match=URL) as caught:
        a_server(refuse).get("/v1/runs")
    assert "holdfast up" in caught.value.hint


@pytest.mark.parametrize("url", ["127.0.0.1:7420", "ftp://host", "http://", "nonsense"])
def test_what_is_no_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(Misconfigured, match="not the address of a server"):
        Server(url)


def test_a_body_is_sent_as_json_with_any_method() -> None:
    seen: list[tuple[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, json.loads(request.content)))
        return httpx.Response(200, json={})

    a_server(answer).ask("DELETE", "/v1/kills/1", body={"by": "ada"})
    assert seen == [("DELETE", {"by": "ada"})]


def test_an_id_stays_one_segment_of_the_path() -> None:
    assert segment("../runs?x=1#y") == "..%2Fruns%3Fx%3D1%23y"
