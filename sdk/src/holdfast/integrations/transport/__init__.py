"""Model calls, at the one place that nearly every client passes: `send` of httpx and httpx2.

A request is a model call by its path, whatever the host. It is judged before anything is sent; a refusal is
an answer with status 403 that no client retries. All other traffic passes untouched, and so does every byte
of an answer, unless rules about content have something to do with what models answer, or a budget ends it.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from holdfast.action import Kind
from holdfast.guard import Guard, Step, here, installed
from holdfast.guard.doors import Door, Patches
from holdfast.integrations.transport.exchange import Call, Exchange, read_call
from holdfast.integrations.transport.listening import bytes_stream, tee
from holdfast.integrations.transport.through import counted_by, tell

FRAMEWORK: Final = "http"
BODY_HEADERS: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_EXPECTED: Final = ("self", "request", "stream")


def patch(module: ModuleType, patches: Patches) -> None:
    """Govern the clients of httpx, or of httpx2."""
    patches.replace(module.Client, "send", lambda send: _sync(module, send), expects=_EXPECTED)
    patches.replace(module.AsyncClient, "send", lambda send: _async(module, send), expects=_EXPECTED)


HTTPX = Door(
    name="httpx",
    package="httpx",
    tested=("0.28",),
    points={"httpx": patch},
    covers="model calls of clients on httpx: OpenAI chat and responses, Anthropic messages",
)
HTTPX2 = Door(
    name="httpx2",
    package="httpx2",
    tested=("2",),
    points={"httpx2": patch},
    covers="model calls of clients on httpx2: OpenAI chat and responses, Anthropic messages",
)


def _sync(http: ModuleType, send: Any) -> Any:
    def governed_send(self: Any, request: Any, **options: Any) -> Any:
        guard = installed()
        if guard is not None and guard.replaying is not None:
            request = _reread(http, guard, request)
        call = _read(guard, request)
        if guard is None or call is None:
            return send(self, request, **options)
        step = guard.wait(
            guard.enter(
                Kind.MODEL,
                call.target,
                call.arguments,
                estimate=call.estimate,
                framework=FRAMEWORK,
                texts=call.texts,
            )
        )
        if not step.allowed:
            return _refusal(http, request, call, step)
        exchange = Exchange(guard, call, step)
        try:
            with step:
                asked = _changed(http, request, call, step)
                tell(asked, step)
                response = _played(http, guard, asked, step, **options) or send(self, asked, **options)
        except BaseException as error:
            guard.leave(step, error=error)
            raise
        exchange.counted_by = counted_by(asked, response)
        return _listen(http, exchange, response, streaming=options.get("stream", False))

    return governed_send


def _async(http: ModuleType, send: Any) -> Any:
    async def governed_send(self: Any, request: Any, **options: Any) -> Any:
        guard = installed()
        if guard is not None and guard.replaying is not None:
            request = _reread(http, guard, request)
        call = _read(guard, request)
        if guard is None or call is None:
            return await send(self, request, **options)
        step = await guard.wait_async(
            await guard.enter_async(
                Kind.MODEL,
                call.target,
                call.arguments,
                estimate=call.estimate,
                framework=FRAMEWORK,
                texts=call.texts,
            )
        )
        if not step.allowed:
            return _refusal(http, request, call, step)
        exchange = Exchange(guard, call, step)
        try:
            with step:
                asked = _changed(http, request, call, step)
                tell(asked, step)
                response = _played(http, guard, asked, step, asynchronous=True, **options) or await send(
                    self, asked, **options
                )
        except BaseException as error:
            guard.leave(step, error=error)
            raise
        exchange.counted_by = counted_by(asked, response)
        return _listen(http, exchange, response, streaming=options.get("stream", False))

    return governed_send


def _read(guard: Guard | None, request: Any) -> Call | None:
    """The model call in a request; a body that is itself a stream is no model call that we know."""
    if guard is None or guard.closed or request.method != "POST":
        return None
    try:
        content = request.content
    except Exception:  # noqa: BLE001  # RequestNotRead of either library: an upload, not a model call
        return None
    return read_call(guard, request.method, request.url.host, request.url.path, content)


def _changed(http: ModuleType, request: Any, call: Call, step: Step) -> Any:
    body = call.changed_body(step)
    return request if body is None else _with_body(http, request, body)


def _with_body(http: ModuleType, request: Any, body: bytes) -> Any:
    headers = {
        k: v for k, v in request.headers.items() if k.lower() not in {"content-length", "content-encoding"}
    }
    return http.Request(
        request.method, request.url, headers=headers, content=body, extensions=request.extensions
    )


def _reread(http: ModuleType, guard: Guard, request: Any) -> Any:
    """The request as a replay words it."""
    call, run = _read(guard, request), here().run
    if call is None or run is None or guard.replaying is None:
        return request
    content = guard.replaying.rewrite(run.active.actor.agent, request.content)
    return request if content == request.content else _with_body(http, request, content)


def _played(
    http: ModuleType,
    guard: Guard,
    request: Any,
    step: Step,
    *,
    stream: bool = False,
    asynchronous: bool = False,
    **_: Any,
) -> Any:
    """The answer that a replay gives; None when the model is really asked."""
    if guard.replaying is None:
        return None
    played = guard.replaying.answer(step, request.url.path, request.content)
    if played is None:
        return None
    headers = {"content-type": played.content_type, "x-should-retry": "false"}
    if not stream:
        return http.Response(played.status, headers=headers, content=played.body, request=request)
    body = bytes_stream(http, played.body, asynchronous=asynchronous)
    return http.Response(played.status, headers=headers, stream=body, request=request)


def _refusal(http: ModuleType, request: Any, call: Call, step: Step) -> Any:
    headers = {"content-type": "application/json", "x-should-retry": "false", "x-holdfast-step": step.id}
    return http.Response(403, headers=headers, content=call.refusal(step), request=request)


def _listen(http: ModuleType, exchange: Exchange, response: Any, *, streaming: bool) -> Any:
    """Read what is there already, or listen to what comes; touch only what rules about content want."""
    headers = response.headers
    coding = headers.get("content-encoding", "")
    # What was read already has no coding any more.
    rewriter = exchange.begin(
        response.status_code,
        headers.get("content-type", ""),
        coding if streaming else "",
        streaming=streaming,
    )
    if streaming:
        response.stream = tee(http, response.stream, exchange, rewriter, exchange.cutter)
        if rewriter is not None or exchange.cutter is not None:
            headers.pop("content-encoding", None)
            headers.pop("content-length", None)
        return response
    if rewriter is not None:
        content = rewriter.feed(response.content) + rewriter.finish()
        response = _reworded(http, response, content, withheld=rewriter.withheld)
    exchange.read(response.content)
    return response


def _reworded(http: ModuleType, response: Any, content: bytes, *, withheld: bool) -> Any:
    """The response with another body."""
    if content == response.content:
        return response
    kept = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in BODY_HEADERS]
    if withheld:
        kept += [("x-should-retry", "false")]
    made = http.Response(
        403 if withheld else response.status_code,
        headers=kept,
        content=content,
        request=response.request,
        extensions=response.extensions,
    )
    made.history = response.history
    return made
