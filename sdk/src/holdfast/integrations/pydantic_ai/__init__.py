"""Pydantic AI: one capability, added to every run, that stands around each tool.

A held tool pauses natively when the agent may answer with `DeferredToolRequests`; else it waits where it
is. What a deferred result says is never trusted: the approval's state is read from the server when the tool
is to run.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final, cast, get_args

from holdfast.action import Actor, Contract, Kind
from holdfast.errors import Unsuccessful
from holdfast.guard import Guard, Step, contract_of, installed, refuse_unless_allowed
from holdfast.guard.doors import Door, Patches
from holdfast.guard.signature import plain
from holdfast.guard.telling import tell
from holdfast.integrations.pydantic_ai.answers import hold_response, review_run

FRAMEWORK: Final = "pydantic-ai"
UNNAMED: Final = "agent"
DEFERRED: Final = "DeferredToolRequests"

_may_defer: ContextVar[bool] = ContextVar("holdfast_may_defer", default=False)
"""Whether the run around can end with open questions."""


def patch(module: ModuleType, patches: Patches) -> None:
    """Add the capability to every run; all ways to run an agent go through `iter`."""
    expected = ("self", "user_prompt", "capabilities", "deferred_tool_results")
    patches.replace(module.Agent, "iter", _iter, expects=expected)
    responses = import_module("pydantic_ai.models").StreamedResponse
    patches.replace(responses, "__aiter__", hold_response, expects=("self",))


DOOR = Door(
    name="pydantic-ai",
    package="pydantic-ai-slim",
    tested=("2",),
    points={"pydantic_ai": patch},
    covers="every tool and run of every agent; pauses with DeferredToolRequests",
)


def _iter(original: Any) -> Any:
    @asynccontextmanager
    async def governed_iter(self: Any, user_prompt: Any = None, **options: Any) -> AsyncGenerator[Any]:
        guard = installed()
        if guard is None:
            async with original(self, user_prompt, **options) as run:
                yield run
            return
        options["capabilities"] = [*(options.get("capabilities") or ()), _capability()]
        start = refuse_unless_allowed(await guard.wait_async(_begin(guard, self, user_prompt, options)))
        token = _may_defer.set(_allows_deferral(options.get("output_type") or self.output_type))
        run = None
        try:
            with start:
                async with original(self, user_prompt, **options) as run:
                    yield run
                await review_run(guard, start, run)
        except BaseException as error:
            guard.end(start, error=error)
            raise
        finally:
            _forget(token)
        _finish(guard, start, run)

    return governed_iter


def _forget(token: Any) -> None:
    try:
        _may_defer.reset(token)
    except ValueError:
        return  # closed from another task, whose context ends with it


def _begin(guard: Guard, agent: Any, prompt: Any, options: dict[str, Any]) -> Step:
    """Begin a run, or go on with the one whose open questions are answered here."""
    results = options.get("deferred_tool_results")
    for call_id in getattr(results, "approvals", None) or ():
        paused = guard.resume(_key(call_id))
        if paused is not None:
            return paused
    return guard.begin(
        Actor(agent.name or UNNAMED),
        input=_words(prompt),
        session=str(options.get("conversation_id") or ""),
        framework=FRAMEWORK,
    )


def _finish(guard: Guard, start: Step, run: Any) -> None:
    """End the run, unless it ended with questions that a person must answer first."""
    result = getattr(run, "result", None)
    output = getattr(result, "output", None)
    approvals = getattr(output, "approvals", None) if type(output).__name__ == DEFERRED else None
    keys = [_key(call.tool_call_id) for call in approvals or ()]
    if keys and start.run.waiting:
        for key in keys:
            guard.pause(key, start)
        return
    guard.end(start, result=output)


def _key(call_id: str) -> str:
    return f"{FRAMEWORK}\0{call_id}"


@cache
def _capability() -> Any:
    """The capability; its base class exists only once the framework is imported."""
    from pydantic_ai.capabilities import AbstractCapability

    class Holdfast(AbstractCapability[Any]):
        """Judges every tool call before it runs."""

        async def wrap_tool_execute(
            self, ctx: Any, *, call: Any, tool_def: Any, args: dict[str, Any], handler: Any
        ) -> Any:
            guard = installed()
            return await (
                handler(args) if guard is None else _execute(guard, ctx, call, tool_def, args, handler)
            )

    return Holdfast()


async def _execute(  # noqa: PLR0917  # the hook's own parameters
    guard: Guard, ctx: Any, call: Any, tool_def: Any, args: dict[str, Any], handler: Any
) -> Any:
    from pydantic_ai.exceptions import ApprovalRequired, ToolFailed

    guard.learn(_contract(tool_def))
    judged, only = _as_data(tool_def, args)
    step = await guard.enter_async(
        Kind.TOOL, call.tool_name, judged, call_id=call.tool_call_id, framework=FRAMEWORK
    )
    if step.waiting and _may_defer.get() and not ctx.tool_call_approved and await _ask(guard, step):
        raise ApprovalRequired(metadata={"holdfast": step.approval, "why": step.decision.message})
    await guard.wait_async(step)
    if not step.allowed:
        raise ToolFailed(step.message)
    try:
        with step:
            result = await guard.keep_async(step, lambda: handler(_judged_arguments(step, args, only)))()
    except Unsuccessful as error:
        guard.leave(step, error=error)
        raise ToolFailed(f"Failed: {error}") from error
    except BaseException as error:
        guard.leave(step, error=error)
        raise
    told = tell(step, result)
    guard.leave(step, result=result)
    return told


async def _ask(guard: Guard, step: Step) -> bool:
    return await asyncio.to_thread(guard.ask, step)


def _as_data(tool_def: Any, args: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The validated arguments as the data that the tool's schema describes.

    The schema of a tool whose one argument is an object is that object's own; its name is then given as well.
    """
    data = {name: plain(value) for name, value in args.items()}
    described: dict[str, Any] = tool_def.parameters_json_schema.get("properties") or {}
    if len(data) == 1 and not data.keys() & described.keys():
        [(name, inner)] = data.items()
        if isinstance(inner, dict):
            return cast("dict[str, Any]", inner), name
    return data, ""


def _judged_arguments(step: Step, args: dict[str, Any], only: str) -> dict[str, Any]:
    """What runs: the validated values, and in the place of each one that was changed the changed one."""
    if not step.changed:
        return args
    if only:
        return {only: _like(args[only], step.arguments)}
    asked = step.asked_arguments
    changed = {
        name: _like(args.get(name), value)
        for name, value in step.arguments.items()
        if name not in asked or asked[name] != value
    }
    kept = {name: value for name, value in args.items() if name in step.arguments}
    return kept | changed


def _like(before: Any, value: Any) -> Any:
    """A changed value in the type of the one it replaces."""
    validate = getattr(before, "model_validate", None)
    return validate(value) if callable(validate) else value


def _contract(tool_def: Any) -> Contract:
    return contract_of(getattr(tool_def, "function", None)) or Contract(
        tool_def.name,
        description=tool_def.description or "",
        parameters=tool_def.parameters_json_schema,
        inferred=True,
    )


def _allows_deferral(output_type: Any) -> bool:
    """Whether an output type has room for open questions."""
    if getattr(output_type, "__name__", "") == DEFERRED:
        return True
    parts: Iterable[Any] = (
        cast("Iterable[Any]", output_type) if isinstance(output_type, list | tuple) else get_args(output_type)
    )
    return any(_allows_deferral(part) for part in parts)


def _words(prompt: Any) -> str:
    if isinstance(prompt, str):
        return prompt
    parts = cast("Iterable[Any]", prompt) if isinstance(prompt, list | tuple) else ()
    return "\n".join(part for part in parts if isinstance(part, str))
