"""LangGraph and LangChain: every tool ends in `BaseTool.run`, every run in `Pregel.stream`.

A held tool pauses natively, with `interrupt()`, when the graph has a checkpointer to resume from; else it
waits where it is. What a resumption says is never trusted: the approval's state is read from the server.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Generator, Mapping
from types import ModuleType
from typing import Any, Final

from holdfast.action import Actor, Contract, Kind
from holdfast.errors import Unsuccessful
from holdfast.guard import (
    Guard,
    Step,
    contract_of,
    disclose,
    disclose_async,
    here,
    installed,
    refuse_unless_allowed,
    stream,
    stream_async,
)
from holdfast.guard.doors import Door, Patches
from holdfast.guard.replaying import as_data
from holdfast.guard.telling import tell
from holdfast.integrations.langgraph.chunks import CHUNKS, as_map, content_of, last_words, resumes

FRAMEWORK: Final = "langgraph"
UNNAMED: Final = "LangGraph"
"""What a compiled graph is called when nobody named it."""
TOOLS_MAX: Final = 1_024
_CHECKPOINTER: Final = "__pregel_checkpointer"

_contracts: OrderedDict[int, tuple[Any, Contract]] = OrderedDict()


def patch_tools(module: ModuleType, patches: Patches) -> None:
    """Govern every tool."""
    expected = ("self", "tool_input", "config", "tool_call_id")
    patches.replace(module.BaseTool, "run", _run, expects=expected)
    patches.replace(module.BaseTool, "arun", _arun, expects=expected)


def patch_graphs(module: ModuleType, patches: Patches) -> None:
    """Make every invocation of a graph a run; `invoke` is `stream` to its end."""
    expected = ("self", "input", "config")
    patches.replace(module.Pregel, "stream", _stream, expects=expected)
    patches.replace(module.Pregel, "astream", _astream, expects=expected)


DOOR = Door(
    name="langgraph",
    package="langchain-core",
    tested=("1",),
    points={"langchain_core.tools.base": patch_tools, "langgraph.pregel.main": patch_graphs},
    covers="every LangChain tool, every LangGraph graph and subgraph; pauses with interrupt()",
)


def _run(original: Any) -> Any:
    def run(self: Any, tool_input: Any, *args: Any, **options: Any) -> Any:
        guard = installed()
        if guard is None:
            return original(self, tool_input, *args, **options)
        call = _Call(guard, self, tool_input, options)
        step = guard.enter(Kind.TOOL, self.name, call.arguments, call_id=call.id, framework=FRAMEWORK)
        if step.waiting:
            _pause(guard, step) if call.resumable else guard.wait(step)
        if not step.allowed:
            return call.refusal(step)
        try:
            with step:
                result = guard.keep(
                    step,
                    lambda: original(self, call.judged_input(step), *args, **options),
                    read=content_of,
                    dress=call.answer,
                )()
        except Unsuccessful as error:
            guard.leave(step, error=error)
            return call.failure(error)
        except BaseException as error:
            guard.leave(step, error=error)
            raise
        told = tell(step, result)
        guard.leave(step, result=content_of(result))
        return told

    return run


def _arun(original: Any) -> Any:
    async def arun(self: Any, tool_input: Any, *args: Any, **options: Any) -> Any:
        guard = installed()
        if guard is None:
            return await original(self, tool_input, *args, **options)
        call = _Call(guard, self, tool_input, options)
        step = await guard.enter_async(
            Kind.TOOL, self.name, call.arguments, call_id=call.id, framework=FRAMEWORK
        )
        if step.waiting:
            await _pause_async(guard, step) if call.resumable else await guard.wait_async(step)
        if not step.allowed:
            return call.refusal(step)
        try:
            with step:
                result = await guard.keep_async(
                    step,
                    lambda: original(self, call.judged_input(step), *args, **options),
                    read=content_of,
                    dress=call.answer,
                )()
        except Unsuccessful as error:
            guard.leave(step, error=error)
            return call.failure(error)
        except BaseException as error:
            guard.leave(step, error=error)
            raise
        told = tell(step, result)
        guard.leave(step, result=content_of(result))
        return told

    return arun


class _Call:
    """One call of a tool: what of its input is data, and what LangGraph put in."""

    def __init__(self, guard: Guard, tool: Any, tool_input: Any, options: Mapping[str, Any]) -> None:
        self.tool = tool
        self.id: str = options.get("tool_call_id") or ""
        self._config = as_map(options.get("config"))
        contract = guard.learn(_contract(tool))
        self._text: Any = None if isinstance(tool_input, Mapping) else tool_input
        given = dict(as_map(tool_input)) if self._text is None else {_only_argument(contract): self._text}
        injected = _injected_names(tool)
        self._injected = {name: value for name, value in given.items() if name in injected}
        self.arguments = {name: value for name, value in given.items() if name not in injected}

    @property
    def resumable(self) -> bool:
        """Whether the graph around can be paused and resumed."""
        return bool(as_map(self._config.get("configurable")).get(_CHECKPOINTER))

    def judged_input(self, step: Step) -> Any:
        """What runs: the judged arguments, and what LangGraph put in."""
        if self._text is not None:
            return next(iter(step.arguments.values()))
        return {**step.arguments, **self._injected}

    def answer(self, text: str) -> Any:
        """The text of a recorded result as the tool hands it on: a message for the model, or data."""
        if not self.id:
            return as_data(text)
        from langchain_core.messages import ToolMessage

        return ToolMessage(text, tool_call_id=self.id, name=self.tool.name)

    def refusal(self, step: Step) -> Any:
        """The framework's own tool error: the model reads it and goes on.

        Raises:
            ToolException: no model made this call, so nobody would read a message.
        """
        if not self.id:
            from langchain_core.tools import ToolException

            raise ToolException(step.message)
        return self._error(step.message)

    def failure(self, error: Unsuccessful) -> Any:
        """What ran without success, as the framework's own tool error.

        Raises:
            Unsuccessful: no model made this call, so nobody would read a message.
        """
        if not self.id:
            raise error
        return self._error(f"Failed: {error}")

    def _error(self, told: str) -> Any:
        from langchain_core.messages import ToolMessage

        return ToolMessage(told, tool_call_id=self.id, name=self.tool.name, status="error")


def _pause(guard: Guard, step: Step) -> None:
    """Pause the graph until the person has answered; each time it is resumed, the server is asked."""
    from langgraph.types import interrupt

    while step.waiting and guard.ask(step):
        interrupt(_question(step))
        guard.look(step)


async def _pause_async(guard: Guard, step: Step) -> None:
    from langgraph.types import interrupt

    while step.waiting and await asyncio.to_thread(guard.ask, step):
        interrupt(_question(step))
        await asyncio.to_thread(guard.look, step)


def _question(step: Step) -> dict[str, Any]:
    """What the caller of the graph finds under `__interrupt__`."""
    return {
        "holdfast": "approval",
        "approval": step.approval,
        "step": step.id,
        "tool": step.action.target,
        "arguments": step.action.arguments,
        "why": step.decision.message,
        "roles": list(step.decision.roles),
    }


def _stream(original: Any) -> Any:
    def governed_stream(
        self: Any,
        input: Any,  # noqa: A002  # LangGraph's own name
        config: Any = None,
        **options: Any,
    ) -> Generator[Any, Any, Any]:
        guard = installed()
        if guard is None:
            yield from original(self, input, config, **options)
            return
        run = _GraphRun(guard, self, input, config)
        start = run.begin()
        if start.waiting:
            guard.wait(start)
        refuse_unless_allowed(start)
        yield from stream(
            start,
            lambda: disclose(guard, lambda: original(self, input, config, **options), CHUNKS),
            run.leave,
            kept=deque(maxlen=1),
        )

    return governed_stream


def _astream(original: Any) -> Any:
    async def governed_stream(
        self: Any,
        input: Any,  # noqa: A002  # LangGraph's own name
        config: Any = None,
        **options: Any,
    ) -> AsyncGenerator[Any, Any]:
        guard = installed()
        if guard is None:
            inner = original(self, input, config, **options)
        else:
            run = _GraphRun(guard, self, input, config)
            start = run.begin()
            if start.waiting:
                await guard.wait_async(start)
            refuse_unless_allowed(start)
            inner = stream_async(
                start,
                lambda: disclose_async(guard, lambda: original(self, input, config, **options), CHUNKS),
                run.leave,
                kept=deque(maxlen=1),
            )
        try:
            async for item in inner:
                yield item
        finally:
            await inner.aclose()

    return governed_stream


class _GraphRun:
    """One invocation of a graph as a run, which a pause does not end."""

    def __init__(self, guard: Guard, graph: Any, given: Any, config: Any) -> None:
        self._guard, self._given = guard, given
        bound, around = as_map(getattr(graph, "config", None)), as_map(config)
        options = {**as_map(bound.get("configurable")), **as_map(around.get("configurable"))}
        self._thread = str(options.get("thread_id") or "")
        self._key = f"{self._thread}\0{options.get('checkpoint_ns', '')}\0{graph.name}"
        self._name = _agent_name(graph, around)

    def begin(self) -> Step:
        """Begin the run, or go on with the one that was paused here."""
        if resumes(self._given) or here().run is not None:
            paused = self._guard.resume(self._key)
            if paused is not None:
                return paused
        return self._guard.begin(
            Actor(self._name), input=last_words(self._given), session=self._thread, framework=FRAMEWORK
        )

    def leave(self, start: Step, *, result: Any = None, error: BaseException | None = None) -> None:
        """End the run, unless it waits for people and can be resumed."""
        if self._thread and (error is None or _is_pause(error)) and self._guard.pause(self._key, start):
            return
        last = result[-1] if isinstance(result, list) and result else result  # pyright: ignore[reportUnknownVariableType]  # chunks are Any
        self._guard.end(start, result=last_words(last), error=None if _hands_over(error) else error)


def _hands_over(error: BaseException | None) -> bool:
    """Whether this is a hand-over to another agent of the graph around: the end of a run, not its failure."""
    return any(kind.__name__ == "ParentCommand" for kind in type(error).__mro__)


def _is_pause(error: BaseException) -> bool:
    return any(kind.__name__ == "GraphBubbleUp" for kind in type(error).__mro__)


def _agent_name(graph: Any, config: Mapping[str, Any]) -> str:
    """The graph's own name; an unnamed subgraph is called after the node that it is."""
    name = str(getattr(graph, "name", "") or UNNAMED)
    if name != UNNAMED or here().run is None:
        return name
    metadata = as_map(config.get("metadata"))
    return str(metadata.get("lc_agent_name") or metadata.get("langgraph_node") or name)


def _contract(tool: Any) -> Contract:
    """What a tool says about itself; its function's own contract when it has one."""
    known = _contracts.get(id(tool))
    if known is not None and known[0] is tool:
        return known[1]
    function = getattr(tool, "func", None) or getattr(tool, "coroutine", None)
    written = contract_of(function)
    contract = written or Contract(
        tool.name, description=tool.description or "", parameters=_schema(tool), inferred=True
    )
    _contracts[id(tool)] = (tool, contract)
    if len(_contracts) > TOOLS_MAX:
        _contracts.popitem(last=False)
    return contract


def _schema(tool: Any) -> dict[str, Any]:
    shape = tool.tool_call_schema
    return {"type": "object", **(as_map(shape) or shape.model_json_schema())}


def _injected_names(tool: Any) -> frozenset[str]:
    """Arguments that LangGraph fills in and no model sees: state, store, runtime."""
    full, seen = tool.get_input_schema(), tool.tool_call_schema
    if isinstance(seen, Mapping) or not hasattr(full, "model_fields"):
        return frozenset()
    return frozenset(full.model_fields) - frozenset(seen.model_fields)


def _only_argument(contract: Contract) -> str:
    return next(iter(contract.parameters.get("properties") or {}), "input")
