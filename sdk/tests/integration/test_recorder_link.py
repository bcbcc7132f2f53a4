"""The line to the control plane, against one that answers, floods, talks nonsense or is not there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.action import Contract
from holdfast.client import Approval, ApprovalRequest, Endpoint, Link, Served, calls, identify
from holdfast.record import Process
from holdfast.testing.sink import Request, Response, Sink

ME = identify()
REQUEST = ApprovalRequest(
    step="12" * 8,
    run="a" * 32,
    session="s",
    trace="a" * 32,
    agent="sales",
    kind="tool",
    target="discount",
    effect="spend",
    arguments={"percent": 50},
    digest="d1",
    reasons=({"rule": "limit", "category": "policy", "message": "too much", "cure": "approval:lead"},),
    roles=("lead",),
)


def me() -> Process:
    return ME


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "BACKOFF_S", (0.005, 0.02))


class Control:
    """A control plane in a few lines: one approval, one bundle, and a stream that can be written to."""

    def __init__(self) -> None:
        self.approval: dict[str, Any] = {"id": "ap1", "state": "pending", "newer_field": 1}
        self.bundle: bytes = json.dumps(
            {"hash": "h1", "sources": [{"name": "p", "text": "x", "kind": "cedar"}]}
        ).encode()
        self.events: list[bytes] = []
        self.closed = threading.Event()

    def __call__(self, request: Request) -> Response:  # noqa: PLR0911  # one return for each route
        path = request.path.partition("?")[0]
        match request.method, path:
            case "GET", "/v1/control":
                return Response(body=self.stream(), content_type="text/event-stream")
            case "GET", "/v1/bundle":
                hash_ = f'"{hash(self.bundle)}"'
                if request.headers.get("if-none-match") == hash_:
                    return Response(304, b"", headers={"etag": hash_})
                return Response(body=self.bundle, headers={"etag": hash_})
            case "POST", "/v1/approvals":
                return Response(201, json.dumps(self.approval).encode())
            case "GET", "/v1/approvals/ap1":
                return Response(body=json.dumps(self.approval).encode())
            case "POST", "/v1/approvals/ap1/use":
                if request.json()["digest"] != "d1" or self.approval["state"] != "approved":
                    return Response(409, b'{"title":"used"}', "application/problem+json")
                self.approval["state"] = "used"
                return Response(body=json.dumps(self.approval).encode())
            case "POST", _:
                return Response()
            case _:
                return Response(404)

    def stream(self) -> Iterable[bytes]:
        sent = 0
        yield b": welcome\n\n"
        while not self.closed.is_set():
            for event in self.events[sent:]:
                sent += 1
                yield event
            time.sleep(0.002)

    def push(self, name: str, data: object) -> None:
        self.events.append(f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n".encode())


@pytest.fixture
def control() -> Control:
    return Control()


@pytest.fixture
def sink(control: Control) -> Iterator[Sink]:
    with Sink() as running:
        running.answer = control
        yield running
        control.closed.set()


@pytest.fixture
def link(sink: Sink, tmp_path: Path) -> Iterator[Link]:
    made = Link(Endpoint(sink.url), me, cache=tmp_path / "cache")
    yield made
    made.close()


def asked(sink: Sink, path: str) -> list[Any]:
    return [request.json() for request in sink.requests if request.path == path and request.method == "POST"]


def test_a_question_is_asked_answered_and_its_answer_used_exactly_once(
    link: Link, control: Control, sink: Sink
) -> None:
    question = link.ask(REQUEST)
    assert question is not None
    assert question.pending
    assert asked(sink, "/v1/approvals")[0]["arguments"] == {"percent": 50}
    assert sink.requests[0].headers["idempotency-key"] == REQUEST.step
    assert not link.use("ap1", "d1", REQUEST.step), "nobody has approved yet"

    control.approval |= {"state": "approved", "edited": True, "approved_arguments": {"percent": 10}}
    answer = link.answer("ap1", 0)
    assert isinstance(answer, Approval)
    assert (answer.state, answer.approved_arguments) == ("approved", {"percent": 10})
    assert not link.use("ap1", "another digest", REQUEST.step)
    assert link.use("ap1", "d1", REQUEST.step)
    assert not link.use("ap1", "d1", REQUEST.step)


def test_kills_take_effect_as_they_are_pushed_and_are_confirmed(
    link: Link, control: Control, sink: Sink
) -> None:
    link.start()
    assert link.controls.kills == frozenset()
    kill = {"id": "k1", "scope": "agent", "target": "sales", "reason": "r", "at": "2026-01-01T00:00:00Z"}
    everything = {"id": "k2", "scope": "org", "target": "acme", "at": ""}
    control.push("kills", {"kills": [kill, everything], "seq": 1})
    assert sink.wait_for(lambda: link.controls.kills == {("agent", "sales"), ("org", "*")})
    assert sink.wait_for(lambda: len(asked(sink, "/v1/control/seen")) == 2)
    seen = asked(sink, "/v1/control/seen")[0]
    assert (seen["process"], seen["kill"]) == (ME.id, "k1")
    assert seen["latency_ms"] > 0

    control.push("kills", {"kills": [{**kill, "lifted_at": "2026-01-02T00:00:00Z"}], "seq": 2})
    assert sink.wait_for(lambda: link.controls.kills == frozenset())


def test_kills_in_force_outlive_a_restart_while_the_server_is_away(
    link: Link, control: Control, sink: Sink, tmp_path: Path
) -> None:
    link.start()
    control.push("kills", {"kills": [{"id": "k", "scope": "tool", "target": "t"}]})
    assert sink.wait_for(lambda: bool(link.controls.kills))
    link.close()
    again = Link(Endpoint("http://127.0.0.1:9"), me, cache=tmp_path / "cache")
    assert again.controls.kills == {("tool", "t")}
    again.close()


@pytest.mark.parametrize(
    "nonsense",
    [b"event: kills\ndata: {oops\n\n", b"data\n\n", b"\xff\xfe\n\n", b"event: kills\ndata: {}\n\n"],
)
def test_nonsense_on_the_stream_changes_nothing(
    link: Link, control: Control, sink: Sink, nonsense: bytes
) -> None:
    link.start()
    control.push("kills", {"kills": [{"id": "k", "scope": "tool", "target": "t"}]})
    control.events.append(nonsense)
    control.push(
        "kills",
        {"kills": [{"id": "k", "scope": "tool", "target": "t"}, {"id": "l", "scope": "run", "target": "r"}]},
    )
    assert sink.wait_for(lambda: link.controls.kills == {("tool", "t"), ("run", "r")})


def test_the_stream_comes_back_after_the_server_was_away(link: Link, control: Control, sink: Sink) -> None:
    link.start()
    assert sink.wait_for(lambda: link.state == "connected")
    sink.away()
    assert sink.wait_for(lambda: link.state == "away")
    control.push("kills", {"kills": [{"id": "k", "scope": "tool", "target": "t"}]})
    sink.back()
    assert sink.wait_for(lambda: link.state == "connected" and bool(link.controls.kills))


def test_the_lease_runs_out_while_the_server_is_away_and_comes_back_with_it(
    sink: Sink, tmp_path: Path
) -> None:
    link = Link(Endpoint(sink.url), me, cache=tmp_path, lease_s=0.15, unattended="nothing")
    assert link.controls.lease_ok
    assert link.controls.unattended == "nothing"
    assert sink.wait_for(lambda: not link.controls.lease_ok)
    link.start()
    assert sink.wait_for(lambda: link.controls.lease_ok)
    link.close()


def test_policies_are_fetched_kept_and_replaced_when_they_change(
    control: Control, sink: Sink, tmp_path: Path
) -> None:
    told: list[str] = []
    link = Link(Endpoint(sink.url), me, cache=tmp_path, on_bundle=lambda served: told.append(served.hash))
    first = link.bundle()
    assert isinstance(first, Served)
    assert (first.hash, first.sources[0].text, first.fresh) == ("h1", "x", True)
    again = link.bundle()
    assert again is not None
    assert again.hash == "h1"
    link.start()
    assert sink.wait_for(lambda: link.state == "connected")
    control.bundle = control.bundle.replace(b"h1", b"h2")
    control.push("bundle", {"hash": "h2"})
    assert sink.wait_for(lambda: told == ["h2"])
    link.close()

    sink.away()
    later = Link(Endpoint(sink.url), me, cache=tmp_path)
    kept = later.bundle()
    assert kept is not None
    assert (kept.hash, kept.fresh) == ("h2", False)
    later.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        Response(200, b"<html>hotel</html>", "text/html"),
        Response(200, b'{"hash": 3}'),
        Response(200, b"[" * 100_000),
        Response(200, b"x" * (9 * 1024 * 1024)),
        Response(500, b"{}"),
        Response(404, b"{}"),
        Response(200, b""),
    ],
    ids=["html", "shape", "deep", "flood", "500", "404", "empty"],
)
def test_garbage_is_no_answer_and_no_exception(sink: Sink, tmp_path: Path, nonsense: Response) -> None:
    sink.answer = lambda _: nonsense
    link = Link(Endpoint(sink.url), me, cache=tmp_path)
    link.start()
    assert link.bundle() is None
    assert link.ask(REQUEST) is None
    assert link.answer("ap1", 0) is None
    assert not link.use("ap1", "d1", "s")
    link.register(agents=[{"agent": "a"}], tools=[Contract("t")])
    link.close()
    assert not (tmp_path / "bundle.json").exists()


def test_an_id_that_is_none_never_reaches_the_wire(link: Link, sink: Sink) -> None:
    for bad in ("", "../kills", "a b", "x" * 65, "a?b"):
        assert link.answer(bad, 0) is None
        assert not link.use(bad, "d", "s")
    assert sink.requests == []


def test_agents_and_tools_are_announced_also_after_the_server_came_back(link: Link, sink: Sink) -> None:
    link.start()
    assert sink.wait_for(lambda: link.state == "connected")
    link.register(agents=[{"agent": "sales", "version": "1"}], tools=[Contract("discount")])
    assert sink.wait_for(lambda: bool(asked(sink, "/v1/registry")))
    assert asked(sink, "/v1/registry")[0]["tools"][0]["tool"] == "discount"
    sink.away()
    sink.requests.clear()
    sink.back()
    assert sink.wait_for(lambda: bool(asked(sink, "/v1/registry")))


def test_without_a_server_everything_has_the_answer_of_no_server(tmp_path: Path) -> None:
    link = Link(None, me, cache=tmp_path)
    link.start()
    link.register(tools=[Contract("t")])
    assert (link.state, link.bundle(), link.ask(REQUEST), link.answer("a", 9)) == ("off", None, None, None)
    assert not link.use("a", "d", "s")
    assert link.controls.lease_ok
    link.close()
    link.close()
