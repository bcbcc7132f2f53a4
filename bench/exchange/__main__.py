"""`python -m bench.exchange [--content] [--long] [--profile]`: chat calls through the exchange, no sockets.

1.6 KB are asked under 100 policies, with a budget on a lease and two ledger records on disk; the journal is
flushed, and garbage looked for, as in a worker. With `--content` rules look for secrets in what is asked and
answered; with `--long` a coding agent asks, which has called 60 tools: 100 KB. Function calls, ours and those
into C, are counted apart.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Final

from bench.decision import workload

from holdfast.decision import Source
from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.budgets.exchange import Ask, Borrower, Leased
from holdfast.decision.content import EVERYTHING
from holdfast_server.action.llm.config import Key, Provider, Route, Snapshot, Target, digest_key
from holdfast_server.action.llm.exchange.call import Call
from holdfast_server.action.llm.exchange.governor import Gateway
from holdfast_server.action.llm.exchange.scanning import shared
from holdfast_server.action.llm.messages import Answered, Lent, Start, Used
from holdfast_server.action.llm.seam import Reply, Request, Send
from holdfast_server.action.llm.worker import COLLECT_AFTER

SECRET: Final = b"hf-" + b"b" * 46
CALLS: Final = 20_000
LONG_CALLS: Final = 2_000
COUNTED: Final = 200
"""Calls in which function calls are counted, at the end."""
TURNS: Final = 60
ROUNDS: Final = 10
MODELS: Final = 6
"""Prohibitions about models, beside the 100 policies about tools."""
CONTENT: Final = """
content:
  - {find: [secret], at: [requests], do: deny}
  - {find: [secret, email], at: [answers], do: redact}
"""
SAID: Final = "Please tell me where the order is and what it cost. " * 28
HEADERS: Final = [
    (b"Accept", b"application/json"),
    (b"Content-Type", b"application/json"),
    (b"User-Agent", b"OpenAI/Python 3.0.0"),
    (b"X-Stainless-Lang", b"python"),
    (b"X-Stainless-Package-Version", b"3.0.0"),
    (b"X-Stainless-OS", b"Linux"),
    (b"X-Stainless-Arch", b"x64"),
    (b"X-Stainless-Runtime", b"CPython"),
    (b"X-Stainless-Runtime-Version", b"3.11"),
    (b"Authorization", b"Bearer " + SECRET),
    (b"Accept-Encoding", b"gzip, deflate"),
]
ANSWERED: Final = [(b"content-type", b"application/json"), (b"x-request-id", b"req_1")]


class Bank:
    """Lends whatever is asked."""

    async def lend(self, borrower: Borrower, asks: tuple[Ask, ...]) -> Lent:
        del borrower
        leases = tuple(
            Leased(
                ask.budget, ask.key, lease="lea_1", fence=1, amount=10**15, state="open",
                starts_ns=0, ends_ns=2**62, limit=10**15, total=0,
            )
            for ask in asks
        )  # fmt: skip
        return Lent(0, leases, 1e9)

    async def ask_person(self, request: dict[str, object], wait_s: float) -> Answered:
        del request, wait_s
        return Answered(0, "pending")

    async def use_approval(self, approval: str, digest: str, step: str) -> Used:
        del approval, digest, step
        return Used(0, ok=True)


def snapshot(*, content: bool = False) -> Snapshot:
    """One key, one provider, one route, 100 policies, one budget, and perhaps rules about content."""
    forbids = "\n".join(
        f'@id("model-{n}") forbid (principal, action == Action::"holdfast:model", resource)'
        f' when {{ resource.name like "barred-{n}/*" }};'
        for n in range(MODELS)
    )
    permit = (
        '@id("permit") permit (principal in Role::"worker", action == Action::"holdfast:model", resource);'
    )
    sources = (
        Source("settings.yaml", workload.SETTINGS + (CONTENT if content else ""), "yaml"),
        Source("rules.cedar", f"{permit}\n{forbids}\n{workload.cedar()}", "cedar"),
    )
    return Snapshot(
        1,
        keys=(Key("key_1", digest_key(SECRET), "worker-1"),),
        providers=(Provider("openai", "http://127.0.0.1:1", apis=("chat",), secret="sk-up"),),
        routes=(Route("gpt-4o-mini", (Target("openai", "gpt-4o-mini"),)),),
        sources=sources,
        contracts=tuple(workload.contract(n) for n in range(workload.TOOLS)),
        budgets=(BudgetTerms("bud_1", "agent", "*", "usd", 10**15),),
    )


def talk(*, long: bool) -> Iterator[dict[str, object]]:
    """What was said before the answer."""
    yield {"role": "system", "content": "You are helpful."}
    yield {"role": "user", "content": SAID}
    for n in range(TURNS if long else 0):
        arguments = json.dumps({"file_path": f"/src/{n}.py", "limit": 100})
        call = {"id": f"call_{n}", "type": "function", "function": {"name": "read", "arguments": arguments}}
        yield {"role": "assistant", "content": None, "tool_calls": [call], "model": "gpt-4o-mini"}
        yield {"role": "tool", "tool_call_id": f"call_{n}", "content": 'def f(x):\n    return "x"\n' * 48}


def bodies(*, long: bool = False) -> tuple[bytes, bytes]:
    """A question of 1.6 KB, or of 100, and its answer."""
    said = list(talk(long=long))
    asked = {"model": "gpt-4o-mini", "messages": said, "max_tokens": 256, "temperature": 0.2}
    usage = {"prompt_tokens": 400, "completion_tokens": 80, "total_tokens": 480}
    message = {"role": "assistant", "content": "It is on its way. " * 50}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    answer = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini"}
    written = json.dumps(asked, separators=(",", ":") if long else None).encode()
    return written, json.dumps({**answer, "choices": [choice], "usage": usage}).encode()


def settle_down(*, content: bool) -> None:
    """Wait until the automata are made, and look for garbage as seldom as a worker does."""
    while content and shared().families("", EVERYTHING, outside=False, deep=True):
        time.sleep(0.05)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def exchange(gateway: Gateway, asked: bytes, answer: bytes) -> int:
    """One call, and how many nanoseconds it took."""
    now = time.monotonic_ns()
    request = Request(b"POST", b"/v1/chat/completions", list(HEADERS), asked, "peer", now)
    began = time.perf_counter_ns()
    call = gateway.admit(request)
    assert isinstance(call, Call), "it is admitted"
    send = call.next()
    if not isinstance(send, Send | Reply):
        send = await send  # the first one leases
    assert isinstance(send, Send), "it may be sent"
    call.head(200, ANSWERED)
    call.whole(200, list(ANSWERED), answer)
    return time.perf_counter_ns() - began


async def count(gateway: Gateway, asked: bytes, answer: bytes) -> float:
    """How many functions one call calls, ours and those in C."""
    seen = 0

    def note(frame: object, event: str, about: object) -> None:
        nonlocal seen
        del frame, about
        seen += event in {"call", "c_call"}

    for _ in range(COUNTED):
        sys.setprofile(note)
        await exchange(gateway, asked, answer)
        sys.setprofile(None)
    return round(seen / COUNTED, 1)


async def measure(*, content: bool, long: bool, profile: bool) -> dict[str, float]:
    """Time every call by itself; the figures are those of the quietest round."""
    asked, answer = bodies(long=long)
    calls = LONG_CALLS if long else CALLS
    took: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Start("bench", "", 0, folder, f"{folder}/keys/ledger.ed25519"), Bank())
        gateway.configure(snapshot(content=content))
        settle_down(content=content)
        profiler = cProfile.Profile()
        used = time.process_time()
        for n in range(calls):
            if n == ROUNDS and profile:
                profiler.enable()
            took.append(await exchange(gateway, asked, answer))
            if n % (calls // 40) == 0:
                gateway.ended.clear()
                await gateway.work()
        used = time.process_time() - used
        profiler.disable()
        if profile:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
        functions = await count(gateway, asked, answer)
        await gateway.close()
    length = len(took) // ROUNDS
    rounds = [sorted(took[n * length : (n + 1) * length]) for n in range(1, ROUNDS)]
    quietest = min(rounds, key=statistics.median_low)
    figures = {"p50_us": quietest[length // 2], "p99_us": quietest[int(length * 0.99)]}
    cpu_us = round(used / calls * 1_000_000, 2)
    return {
        "question_bytes": len(asked),
        "cpu_us_a_call": cpu_us,
        "functions_a_call": functions,
        **{name: round(ns / 1000, 2) for name, ns in figures.items()},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--content", action="store_true", help="with rules about content, both ways")
    parser.add_argument("--long", action="store_true", help="the call of a coding agent, 100 KB")
    parser.add_argument("--profile", action="store_true")
    said = parser.parse_args()
    print(json.dumps(asyncio.run(measure(content=said.content, long=said.long, profile=said.profile))))


if __name__ == "__main__":
    main()
