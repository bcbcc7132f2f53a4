"""OpenAI Agents SDK: governed copies of an agent's tools each turn, its hand-offs, and every run.

A held tool pauses natively: the run ends with `interruptions`, and goes on from its state. What the program
says of an interruption is never trusted: the approval's state is read from the server when the tool is
about to run.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from types import ModuleType
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

from holdfast.action import Actor, Contract, Kind, parse_arguments
from holdfast.errors import Invalid, Unsuccessful
from holdfast.guard import Guard, Run, Step, contract_of, here, installed, refuse_unless_allowed
from holdfast.guard.doors import Door, Patches
from holdfast.guard.duties import Told
from holdfast.guard.telling import tell
from holdfast.integrations.openai_agents.answers import review_result, review_streamed

FRAMEWORK: Final = "openai-agents"
HANDOFF_MODULES: Final = ("turn_preparation", "run_loop", "turn_resolution")
"""Each imports `get_handoffs` under its own name."""

_relays: WeakKeyDictionary[Run, Step] = WeakKeyDictionary()
"""For each run of a runner: the start of the run that its conversation was handed to last."""


def patch(module: ModuleType, patches: Patches) -> None:
    """Govern tools, hand-offs and runs; a user's own package that is called `agents` is left alone."""
    if not hasattr(module, "AgentBase") or not hasattr(module, "Runner"):
        return
    from importlib import import_module

    patches.replace(module.AgentBase, "get_all_tools", _get_all_tools, expects=("self", "run_context"))
    runner = import_module("agents.run").AgentRunner
    patches.replace(runner, "run", _run, expects=("self", "starting_agent", "input"))
    patches.replace(runner, "run_streamed", _run_streamed, expects=("self", "starting_agent", "input"))
    for name in HANDOFF_MODULES:
        internal = import_module(f"agents.run_internal.{name}")
        patches.replace(internal, "get_handoffs", _get_handoffs, expects=("agent", "context_wrapper"))


DOOR = Door(
    name="openai-agents",
    package="openai-agents",
    tested=("0.24",),
    points={"agents": patch},
    covers="function, MCP and agent tools, hand-offs, every run; pauses with interruptions",
)


# Tools


def _get_all_tools(original: Any) -> Any:
    async def get_all_tools(self: Any, run_context: Any) -> list[Any]:
        tools = await original(self, run_context)
        guard = installed()
        return tools if guard is None else [_govern(tool) for tool in tools]

    return get_all_tools


def _govern(tool: Any) -> Any:
    """A copy of a function tool that is judged before it runs; what the provider runs is out of reach."""
    if not hasattr(tool, "on_invoke_tool") or not hasattr(tool, "params_json_schema"):
        return tool
    governed = _GovernedTool(tool)
    return dataclasses.replace(tool, on_invoke_tool=governed.invoke, needs_approval=governed.needs_approval)


class _GovernedTool:
    """One function tool of one turn."""

    def __init__(self, tool: Any) -> None:
        self._tool = tool
        self._failures: dict[str, BaseException] = {}
        self._invoke = _telling_failures(tool, self._failures).on_invoke_tool
        self._needs_approval = tool.needs_approval
        self._entered: dict[str, Step] = {}
        self._contract = contract_of(getattr(tool, "_wrapped_callable", None)) or Contract(
            tool.name, description=tool.description or "", parameters=tool.params_json_schema, inferred=True
        )

    async def needs_approval(self, context: Any, arguments: dict[str, Any], call_id: str) -> bool:
        """Judge the call; True pauses the run until a person has answered."""
        guard = installed()
        if guard is not None:
            step = await self._enter(guard, arguments, call_id)
            self._entered[call_id] = step
            if step.waiting and await _off_loop(guard.ask, step):
                return True
        if callable(self._needs_approval):
            return bool(await cast("Any", self._needs_approval)(context, arguments, call_id))
        return bool(self._needs_approval)

    async def invoke(self, context: Any, raw: str) -> Any:
        """Run the tool with what was judged, or tell the model why not."""
        guard = installed()
        if guard is None:
            return await self._invoke(context, raw)
        call_id = str(getattr(context, "tool_call_id", ""))
        step = self._entered.pop(call_id, None)
        if step is None:
            try:
                step = await self._enter(guard, parse_arguments(raw), call_id)
            except Invalid as error:
                return f"Refused: {error}"
        await _off_loop(guard.look, step) if step.waiting else None
        await guard.wait_async(step)
        if not step.allowed:
            return step.message
        try:
            with step:
                result = await guard.keep_async(
                    step, lambda: self._attempt(context, step, raw, call_id), dress=str
                )()
        except Told as failure:
            told = tell(step, failure.words)
            guard.leave(step, result=failure.words, error=failure.error)
            return told
        except Unsuccessful as error:
            guard.leave(step, error=error)
            return f"Failed: {error}"
        except BaseException as error:
            guard.leave(step, error=error)
            raise
        told = tell(step, result)
        guard.leave(step, result=result)
        return told

    async def _attempt(self, context: Any, step: Step, raw: str, call_id: str) -> Any:
        """Run the tool once.

        Raises:
            Told: it failed, and its own handling has put that into words.
        """
        result = await self._invoke(context, json.dumps(step.arguments) if step.changed else raw)
        error = self._failures.pop(call_id, None)
        if error is not None:
            raise Told(error, result)
        return result

    async def _enter(self, guard: Guard, arguments: dict[str, Any], call_id: str) -> Step:
        guard.learn(self._contract)
        return await guard.enter_async(
            Kind.TOOL, self._tool.name, arguments, call_id=call_id, framework=FRAMEWORK
        )


def _telling_failures(tool: Any, failures: dict[str, BaseException]) -> Any:
    """The tool, keeping the error of each call that its own failure handling turns into words."""
    from agents import tool as module

    resolve = getattr(module, "resolve_function_tool_failure_error_function", None)
    if resolve is None or not hasattr(tool, "_use_default_failure_error_function"):
        return tool

    def tell(context: Any, error: Exception) -> Any:
        words = resolve(tool, context)
        if words is None:
            return None  # nobody handles it: it is raised
        failures[str(getattr(context, "tool_call_id", ""))] = error
        return words(context, error)

    return dataclasses.replace(tool, _failure_error_function=tell, _use_default_failure_error_function=False)


async def _off_loop(function: Any, *args: Any) -> Any:
    import asyncio

    return await asyncio.to_thread(function, *args)


# Hand-offs


def _get_handoffs(original: Any) -> Any:
    async def get_handoffs(agent: Any, context_wrapper: Any) -> list[Any]:
        handoffs = await original(agent, context_wrapper)
        return handoffs if installed() is None else [_govern_handoff(agent, one) for one in handoffs]

    return get_handoffs


def _govern_handoff(agent: Any, handoff: Any) -> Any:
    """A copy of a hand-off that is judged; a refused one stays with the agent and tells the model why."""
    refusals: list[str] = []

    async def invoke(context: Any, raw: str) -> Any:
        guard = installed()
        if guard is None:
            return await handoff.on_invoke_handoff(context, raw)
        step = await guard.enter_async(
            Kind.DELEGATE, handoff.agent_name, {"input": raw or ""}, framework=FRAMEWORK
        )
        await guard.wait_async(step)
        if not step.allowed:
            refusals.append(step.message)
            return agent
        try:
            with step:
                to = await handoff.on_invoke_handoff(context, raw)
                _hand_over(guard, to)
        except BaseException as error:
            guard.leave(step, error=error)
            raise
        guard.leave(step, result=handoff.agent_name)
        return to

    governed = dataclasses.replace(handoff, on_invoke_handoff=invoke)
    told = governed.get_transfer_message

    def tell(to: Any) -> str:
        return refusals.pop() if refusals else told(to)

    governed.get_transfer_message = tell
    return governed


def _hand_over(guard: Guard, to: Any) -> None:
    """Let the other agent act from now on, in a run of its own with the authority of both."""
    outer = here().run
    if outer is None:
        return
    start = refuse_unless_allowed(guard.begin(Actor(to.name), framework=FRAMEWORK, takes_over=True))
    _end_relay(guard, outer)
    _relays[outer] = start
    outer.hand_over(start.run)


def _end_relay(guard: Guard, outer: Run, *, result: Any = None, error: BaseException | None = None) -> None:
    relay = _relays.pop(outer, None)
    outer.hand_over(None)
    if relay is not None:
        guard.end(relay, result=result, error=error)


# Runs


def _run(original: Any) -> Any:
    async def run(self: Any, starting_agent: Any, input: Any, **options: Any) -> Any:  # noqa: A002  # the SDK's own name
        guard = installed()
        if guard is None:
            return await original(self, starting_agent, input, **options)
        start = refuse_unless_allowed(await guard.wait_async(_begin(guard, starting_agent, input, options)))
        try:
            with start:
                result = await original(self, starting_agent, input, **options)
                await review_result(guard, start, result)
        except BaseException as error:
            _end(guard, start, error=error)
            raise
        _finish(guard, start, result)
        return result

    return run


def _run_streamed(original: Any) -> Any:
    def run_streamed(self: Any, starting_agent: Any, input: Any, **options: Any) -> Any:  # noqa: A002  # the SDK's own name
        guard = installed()
        if guard is None:
            return original(self, starting_agent, input, **options)
        start = refuse_unless_allowed(guard.wait(_begin(guard, starting_agent, input, options)))
        try:
            with start:
                streamed = original(self, starting_agent, input, **options)
        except BaseException as error:
            _end(guard, start, error=error)
            raise
        review_streamed(guard, start, streamed, _ended(guard, start, streamed))
        return streamed

    return run_streamed


def _ended(guard: Guard, start: Step, streamed: Any) -> Any:
    """Told once how a streamed run ended."""

    def ended(error: BaseException | None) -> None:
        _finish(guard, start, streamed) if error is None else _end(guard, start, error=error)

    return ended


def _finish(guard: Guard, start: Step, result: Any) -> None:
    """End the run, unless it waits for people and can go on from its state."""
    keys = [_key(item) for item in getattr(result, "interruptions", None) or ()]
    if keys and start.run.waiting:
        for key in keys:
            guard.pause(key, start)
        return
    _end(guard, start, result=str(getattr(result, "final_output", "") or ""))


def _end(guard: Guard, start: Step, *, result: Any = None, error: BaseException | None = None) -> None:
    _end_relay(guard, start.run, result=result, error=error)
    guard.end(start, result=result, error=error)


def _begin(guard: Guard, agent: Any, given: Any, options: dict[str, Any]) -> Step:
    """Begin a run, or go on with the one whose state is given."""
    if hasattr(given, "get_interruptions"):
        paused = [guard.resume(_key(item)) for item in given.get_interruptions()]
        found = next(filter(None, paused), None)
        if found is not None:
            return found
    return guard.begin(
        Actor(str(agent.name)), input=_words(given), session=_conversation(options), framework=FRAMEWORK
    )


def _conversation(options: dict[str, Any]) -> str:
    config, session = options.get("run_config"), options.get("session")
    named = (
        options.get("conversation_id")
        or getattr(session, "session_id", "")
        or getattr(config, "group_id", "")
    )
    return str(named or "")


def _key(interruption: Any) -> str:
    raw = getattr(interruption, "raw_item", None)
    call_id = raw.get("call_id", "") if isinstance(raw, dict) else getattr(raw, "call_id", "")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  # the SDK gives both
    return f"{FRAMEWORK}\0{call_id}"


def _words(given: Any) -> str:
    """What the person said: the last user message."""
    if isinstance(given, str):
        return given
    said = [item for item in given if isinstance(item, dict)] if isinstance(given, Iterable) else []  # pyright: ignore[reportUnknownVariableType]  # input items are free-form
    for item in reversed(said):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # as above
        if item.get("role") == "user":  # pyright: ignore[reportUnknownMemberType]  # as above
            content = item.get("content", "")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # as above
            return content if isinstance(content, str) else json.dumps(content)
    return ""
