"""Spans against a real HTTP server that goes away, dawdles and talks nonsense."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("opentelemetry.proto", reason="SKIPPED: opentelemetry-proto is not installed")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast.client import Endpoint, Limits, Recorder, identify
from holdfast.record import Process, Scope, Span, tool_span
from holdfast.testing.sink import Request, Response, Sink, accept

SCOPE = Scope(trace="ab" * 16, run="cd" * 16, session="s", agent="a")
QUICK = Limits(interval_s=0.01, backoff_s=(0.01, 0.05))
ME = identify()


def me() -> Process:
    return ME


def span(number: int, *, filler: str = "") -> Span:
    arguments = b'{"n":%d,"filler":"%s"}' % (number, filler.encode())
    return tool_span(
        SCOPE,
        "look_up",
        step=f"{number:016x}",
        parent="",
        start_ns=number,
        end_ns=number + 1,
        arguments=arguments,
    )


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def spans(sink: Sink) -> list[int]:
    """The numbers of the spans that arrived, in order."""
    found: list[int] = []
    for body in sink.bodies("/v1/traces"):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            found += [int.from_bytes(one.span_id) for scope in resource.scope_spans for one in scope.spans]
    return found


def dropped(sink: Sink) -> int:
    """What the newest batch says was dropped."""
    (resource,) = ExportTraceServiceRequest.FromString(sink.bodies("/v1/traces")[-1]).resource_spans
    (value,) = (
        one.value.int_value for one in resource.resource.attributes if one.key == "holdfast.dropped_spans"
    )
    return value


def test_every_span_arrives_once_and_in_order(sink: Sink, tmp_path: Path) -> None:
    recorder = Recorder(Endpoint(sink.url, "key"), me, data=tmp_path, limits=QUICK)
    for number in range(1, 3001):
        recorder.record(span(number))
    assert recorder.flush(20)
    recorder.close()
    assert spans(sink) == list(range(1, 3001))
    assert recorder.dropped == dropped(sink) == 0
    assert {request.headers["authorization"] for request in sink.requests} == {"Bearer key"}
    assert (
        max(len(ExportTraceServiceRequest.FromString(b).resource_spans) for b in sink.bodies("/v1/traces"))
        == 1
    )


def test_nothing_is_lost_while_the_server_is_away(sink: Sink, tmp_path: Path) -> None:
    recorder = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=QUICK)
    recorder.record(span(1))
    assert recorder.flush(20)
    sink.away()
    for number in range(2, 2000):
        recorder.record(span(number))
        if number % 400 == 0:
            time.sleep(0.03)
    assert sink.wait_for(lambda: any((tmp_path / "spool").rglob("*.spool")))
    sink.back()
    for number in range(2000, 2100):
        recorder.record(span(number))
    assert recorder.flush(20)
    recorder.close()
    # A batch whose answer the outage cut off is sent again; the server knows a span by its id.
    assert list(dict.fromkeys(spans(sink))) == list(range(1, 2100))
    assert recorder.dropped == 0


def say_nonsense(request: Request) -> Response:
    return Response(200, b"<html>welcome to the hotel</html>", "text/html")


def flood(request: Request) -> Response:
    return Response(200, b"x" * 1_000_000, "application/x-protobuf")


def be_busy(request: Request) -> Response:
    return Response(429, b"", headers={"retry-after": "0"})


def break_down(request: Request) -> Response:
    return Response(500, b"oops", "text/plain")


def forget_the_key(request: Request) -> Response:
    return Response(401, b"{}")


def hang_up(request: Request) -> Response:
    raise ConnectionAbortedError


@pytest.mark.parametrize("trouble", [say_nonsense, flood, be_busy, break_down, forget_the_key, hang_up])
def test_nothing_is_lost_to_a_server_in_trouble(sink: Sink, tmp_path: Path, trouble: object) -> None:
    tried: list[int] = []

    def answer(request: Request) -> Response:
        tried.append(1)
        return trouble(request)  # type: ignore[operator]

    recorder = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=QUICK)
    sink.answer = answer
    for number in range(1, 51):
        recorder.record(span(number))
    assert sink.wait_for(lambda: len(tried) > 2)
    sink.answer = accept
    assert recorder.flush(20)
    recorder.close()
    assert list(dict.fromkeys(spans(sink))) == list(range(1, 51))
    assert recorder.dropped == 0


def test_what_the_server_will_never_take_is_counted_and_told(sink: Sink, tmp_path: Path) -> None:
    recorder = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=QUICK)
    sink.answer = lambda _: Response(400, b"no")
    for number in range(1, 11):
        recorder.record(span(number))
    assert sink.wait_for(lambda: recorder.dropped == 10)
    sink.answer = accept
    recorder.record(span(11))
    assert recorder.flush(20)
    recorder.close()
    assert (spans(sink), dropped(sink)) == ([11], 10)


def test_a_slow_server_never_slows_the_agent(sink: Sink, tmp_path: Path) -> None:
    may_answer = threading.Event()

    def dawdle(request: Request) -> Response:
        may_answer.wait(30)
        return accept(request)

    sink.answer = dawdle
    recorder = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=QUICK)
    for number in range(1, 2001):
        recorder.record(span(number))
    may_answer.set()  # everything was handed over before a single answer
    assert recorder.flush(20)
    recorder.close()
    assert spans(sink) == list(range(1, 2001))


def test_a_full_queue_and_a_full_spool_drop_and_count_every_span(sink: Sink, tmp_path: Path) -> None:
    limits = Limits(queue_max=400, spool_bytes_max=6_000, interval_s=0.005, backoff_s=(0.01, 0.05))
    recorder = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=limits)
    sink.away()
    for number in range(1, 3001):
        recorder.record(span(number, filler=os.urandom(60).hex()))
        if number % 100 == 0:
            time.sleep(0.005)
    assert sink.wait_for(lambda: recorder.dropped > 0)
    sink.back()
    assert recorder.flush(20)
    recorder.record(span(9999))
    assert recorder.flush(20)
    recorder.close()
    arrived = spans(sink)
    assert len(arrived) == len(set(arrived))
    assert len(arrived) - 1 + recorder.dropped == 3000
    assert dropped(sink) == recorder.dropped > 0
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.spool")) <= 6_000


def test_what_a_process_could_not_send_the_next_one_does(sink: Sink, tmp_path: Path) -> None:
    sink.away()
    first = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=QUICK)
    for number in range(1, 101):
        first.record(span(number))
    first.close()
    sink.back()
    second = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=QUICK)
    second.record(span(101))
    assert second.flush(20)
    second.close()
    assert spans(sink) == list(range(1, 102))
    assert not list(tmp_path.rglob("*.spool"))


def test_without_a_data_folder_what_cannot_be_sent_is_counted(sink: Sink) -> None:
    recorder = Recorder(Endpoint(sink.url), me, data=None, limits=QUICK)
    sink.away()
    for number in range(1, 11):
        recorder.record(span(number))
    assert sink.wait_for(lambda: recorder.dropped == 10)
    recorder.close()


def test_a_program_that_just_ends_delivers_what_it_recorded(sink: Sink, tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from holdfast.client import Endpoint, Recorder, identify
from holdfast.record import Scope, tool_span
me = identify()
recorder = Recorder(Endpoint(sys.argv[1]), lambda: me, data=Path(sys.argv[2]))
def record(number):
    scope = Scope("ab" * 16, "cd" * 16, "s", "a")
    step = f"{number:016x}"
    recorder.record(tool_span(scope, "t", step=step, parent="", start_ns=1, end_ns=2, arguments=b"{}"))
for number in range(1, 11): record(number)
child = os.fork()
if child == 0:
    for number in range(11, 21): record(number)
    recorder.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-c", code, sink.url, str(tmp_path)], check=True, timeout=60)
    assert sorted(spans(sink)) == list(range(1, 21)), "each once, the child's own by the child"


def test_large_spans_travel_in_bodies_that_the_server_takes(sink: Sink, tmp_path: Path) -> None:
    recorder = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=Limits(interval_s=0.1))
    for number in range(1, 101):
        recorder.record(span(number, filler=os.urandom(50_000).hex()))
    assert recorder.flush(20)
    recorder.close()
    assert spans(sink) == list(range(1, 101))
    assert max(len(body) for body in sink.bodies("/v1/traces")) <= 4 * 1024 * 1024


def test_closing_with_a_server_that_hangs_is_bounded_and_spools(sink: Sink, tmp_path: Path) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def hang(request: Request) -> Response:
        asked.set()
        may_answer.wait(30)
        return accept(request)

    sink.answer = hang
    recorder = Recorder(Endpoint(sink.url), me, data=tmp_path, limits=QUICK)
    for number in range(1, 11):
        recorder.record(span(number))
    assert asked.wait(20)
    recorder.close(0.5)
    assert list(tmp_path.rglob("*.spool")), "closed before any answer came"
    may_answer.set()
