"""What a contract asks of whoever makes the call: ended in time, repeated with care, proved."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

import msgspec

from holdfast.action import Contract, Effect
from holdfast.decision.effects import Effects
from holdfast.decision.observed import Finding, Observed, conclude, say
from holdfast.decision.undoing import find_undo
from holdfast.decision.validation import Validator, make_result_validator, problems
from holdfast.errors import Contradicted, Halted, OutputMismatch, Refused, TimedOut, Unconfirmed
from holdfast.guard.conduct import Conduct
from holdfast.guard.duties.probing import as_data, observe, observe_async
from holdfast.guard.duties.rate import Rates
from holdfast.guard.duties.retrying import RetryBudget, may_repeat, passes, wait_s
from holdfast.guard.duties.timing import await_within, call_within, late
from holdfast.guard.signature import plain
from holdfast.guard.step import Step

MISSING: Final = object()
_encode = msgspec.json.Encoder(order="sorted").encode

Thunk = Callable[[], Any]
Read = Callable[[Any], Any]
"""What a door's own form of a result says."""
Check = Callable[[Step], None]
"""Raises when the step may not go on: a person or a rule stopped it in the meantime."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a call that was allowed is not made."""

    rule: str
    message: str
    cure: str = ""


class Duties:
    """Keeps contracts for every call of this process."""

    def __init__(self, check: Check, *, now: Callable[[], float] = time.monotonic) -> None:
        self._check = check
        self._rates = Rates(now)
        self._retries = RetryBudget()
        self._results: dict[str, tuple[dict[str, Any], Validator]] = {}

    def admit(self, step: Step) -> Refusal | None:
        """Take the call's place in its rate, and its idempotency key; a refusal when either is taken."""
        contract = step.contract
        assert contract is not None, "only a tool with a contract has duties"
        step.conduct = conduct = Conduct()
        refusal = self._claim(step, contract, conduct)
        if refusal is not None or conduct.repeats or contract.rate is None:
            return refusal
        after_s = self._rates.take(contract.tool, contract.rate)
        if not after_s:
            return None
        self.withdraw(step)
        told = f"{contract.tool} may be called {contract.rate.calls} times in {contract.rate.per_s:g} s."
        return Refusal("holdfast:rate", told, f"Try again in {after_s:.3g} s.")

    def withdraw(self, step: Step) -> None:
        """The call is not made: its idempotency key is free again."""
        conduct, effects = step.conduct, step.run.session.effects
        if conduct is not None and conduct.key is not None and effects is not None:
            effects.release(conduct.key, step.id)

    def around(self, step: Step, make: Thunk, read: Read = plain) -> Thunk:
        """The call of a plain function with its contract kept around it."""

        def call() -> Any:
            contract, conduct = _of(step)
            if conduct.repeats:
                return self._first_result(step, conduct)
            try:
                result = self._attempt(step, contract, conduct, make)
                data = conduct.claimed = as_data(read(result))
                self._check_result(contract, data)
                known = {"arguments": step.arguments, "result": data}
                conduct.undo = find_undo(contract, known)
                findings = [observe(contract, one, known) for one in contract.postconditions]
                self._conclude(contract, conduct, findings)
            except BaseException as error:
                self._fail(step, contract, conduct, error)
                raise
            self._settle(step, conduct, result=result)
            return result

        return call

    def around_async(
        self, step: Step, make: Callable[[], Awaitable[Any]], read: Read = plain
    ) -> Callable[[], Awaitable[Any]]:
        """The call of a coroutine function with its contract kept around it."""

        async def call() -> Any:
            contract, conduct = _of(step)
            if conduct.repeats:
                return self._first_result(step, conduct)
            try:
                result = await self._attempt_async(step, contract, conduct, make)
                data = conduct.claimed = as_data(read(result))
                self._check_result(contract, data)
                known = {"arguments": step.arguments, "result": data}
                conduct.undo = find_undo(contract, known)
                findings = [await observe_async(contract, one, known) for one in contract.postconditions]
                self._conclude(contract, conduct, findings)
            except BaseException as error:
                self._fail(step, contract, conduct, error)
                raise
            self._settle(step, conduct, result=result)
            return result

        return call

    # Attempts

    def _attempt(self, step: Step, contract: Contract, conduct: Conduct, make: Thunk) -> Any:
        self._retries.earn(contract.tool)
        while True:
            try:
                return call_within(make, contract.timeout_s, tool=contract.tool)
            except BaseException as error:
                pause = self._pause(contract, conduct, error)
                if pause is None:
                    raise
                time.sleep(pause)
            self._check(step)
            conduct.attempts += 1

    async def _attempt_async(
        self, step: Step, contract: Contract, conduct: Conduct, make: Callable[[], Awaitable[Any]]
    ) -> Any:
        self._retries.earn(contract.tool)
        while True:
            try:
                return await await_within(make, contract.timeout_s, tool=contract.tool)
            except BaseException as error:
                pause = self._pause(contract, conduct, error)
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            self._check(step)
            conduct.attempts += 1

    def _pause(self, contract: Contract, conduct: Conduct, error: BaseException) -> float | None:
        """How long to wait before the call is made again; None when it is not."""
        retries = contract.retries
        if retries is None or conduct.attempts > retries.times or not may_repeat(contract):
            return None
        if not passes(error, retries) or not self._retries.take(contract.tool):
            return None
        return wait_s(retries, conduct.attempts)

    # Proof

    def _check_result(self, contract: Contract, data: Any) -> None:
        if not contract.output:
            return
        found = problems(self._validator(contract), data)
        if found:
            raise OutputMismatch(
                f"the result of {contract.tool} is not as its contract says: {'; '.join(found)}",
                hint="It ran; do not rely on what it returned.",
            )

    def _validator(self, contract: Contract) -> Validator:
        known = self._results.get(contract.tool)
        if known is None or known[0] is not contract.output:
            made = make_result_validator(contract.tool, contract.output)
            known = self._results[contract.tool] = (contract.output, made)
        return known[1]

    def _conclude(self, contract: Contract, conduct: Conduct, findings: list[Finding]) -> None:
        """Say what was observed; what is not confirmed is no success.

        Raises:
            Contradicted: the world shows that it did not happen as claimed.
            Unconfirmed: nobody can tell.
        """
        conduct.observed, conduct.detail = conclude(findings)
        told = say(contract.tool, conduct.observed, conduct.detail)
        if conduct.observed == "contradicted":
            raise Contradicted(told, hint=_hint("Do not report it as done.", conduct))
        if conduct.observed == "unknown":
            hint = "Look before it is repeated, and do not report it as done."
            raise Unconfirmed(told, hint=_hint(hint, conduct))

    # Ends

    def _fail(self, step: Step, contract: Contract, conduct: Conduct, error: BaseException) -> None:
        """What is left behind by a call that failed: a doubt when it may have had its effect."""
        in_doubt = not isinstance(error, Halted | Refused) and contract.effect is not Effect.READ
        unclear = isinstance(error, TimedOut | OutputMismatch) or not isinstance(error, Exception)
        if in_doubt and unclear and not conduct.observed:
            conduct.observed, conduct.detail = "unknown", str(error) or type(error).__name__
            conduct.undo = conduct.undo or find_undo(contract, {"arguments": step.arguments})
        if conduct.observed in {"unknown", "contradicted"}:
            self._settle(step, conduct, doubt=True)
        else:
            self.withdraw(step)

    def _settle(self, step: Step, conduct: Conduct, *, result: Any = None, doubt: bool = False) -> None:
        effects = step.run.session.effects
        if conduct.key is not None and effects is not None:
            effects.settle(conduct.key, step.id, result=result, doubt=doubt)

    # Keys

    def _claim(self, step: Step, contract: Contract, conduct: Conduct) -> Refusal | None:
        names = contract.idempotency_key
        if not names:
            return None
        values = [_value(step.arguments, name) for name in names]
        if any(value is MISSING or value is None or value == "" for value in values):
            told = (
                f"{contract.tool} needs {' and '.join(names)}: it names the effect, so that it is had once."
            )
            return Refusal("holdfast:idempotency", told, "Pass a key that is new for each effect.")
        session = step.run.session
        with session.lock:
            effects = session.effects = session.effects or Effects()
        key = (contract.tool, _encode(values).decode())
        claimed = effects.claim(
            key, step=step.id, digest=step.decision.digest, repeatable=contract.idempotent
        )
        if isinstance(claimed, str):
            return Refusal("holdfast:idempotency", claimed)
        conduct.key = key
        if claimed.step != step.id:
            conduct.repeats = claimed.step
        return None

    def _first_result(self, step: Step, conduct: Conduct) -> Any:
        effects = step.run.session.effects
        assert effects is not None, "a repetition was claimed"
        assert conduct.key is not None, "a repetition has a key"
        return effects.result(conduct.key)


def _of(step: Step) -> tuple[Contract, Conduct]:
    contract = step.contract
    assert contract is not None, "only a tool with a contract has duties"
    if step.conduct is None:
        step.conduct = Conduct()
    return contract, step.conduct


def _hint(hint: str, conduct: Conduct) -> str:
    return f"{hint} This takes back what there is of it: {conduct.undo}" if conduct.undo else hint


def _value(arguments: dict[str, Any], name: str) -> Any:
    value: Any = arguments
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return MISSING
        value = value[part]  # pyright: ignore[reportUnknownVariableType]  # any JSON-like object
    return value  # pyright: ignore[reportUnknownVariableType]  # as above


def within(step: Step, seconds: float, make: Callable[[], Any]) -> Callable[[], Any]:
    """A generator's call that ends in time: looked at between two items: none can be broken off."""

    def call() -> Any:
        ends = time.monotonic() + seconds
        inner = make()
        sent: Any = None
        try:
            while True:
                if time.monotonic() > ends:
                    raise late(step.action.target, seconds)
                item = inner.send(sent) if sent is not None else next(inner)
                sent = yield item  # pyright: ignore[reportUnknownVariableType]  # whatever is sent in
        except StopIteration as stop:
            return stop.value
        finally:
            inner.close()

    return call


def within_async(step: Step, seconds: float, make: Callable[[], Any]) -> Callable[[], AsyncGenerator[Any]]:
    """An async generator's call that ends in time: an item that takes too long is cancelled."""

    async def call() -> AsyncGenerator[Any]:
        ends = time.monotonic() + seconds
        inner = make()
        sent: Any = None
        try:
            while True:
                left = max(ends - time.monotonic(), 0.001)
                item = await await_within(functools.partial(inner.asend, sent), left, tool=step.action.target)
                sent = yield item
        except StopAsyncIteration:
            return
        finally:
            await inner.aclose()

    return call


def observed_of(step: Step) -> Observed:
    """What was observed of a step; empty when nobody had to look."""
    return step.conduct.observed if step.conduct is not None else ""
