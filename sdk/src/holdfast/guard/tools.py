"""`@holdfast.tool`: the contract sits on the function, and every call goes through the guard."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Final, ParamSpec, TypeVar, Unpack, cast, overload
from weakref import WeakValueDictionary

import msgspec

from holdfast.action import Contract, Effect, Kind, Origin
from holdfast.errors import BudgetSpent, Denied, Expired, Misconfigured, Refused, Rejected
from holdfast.guard.around import Thunk, surround
from holdfast.guard.declaring import Duties, Probes, check_declared, read_duties
from holdfast.guard.duties import functions, probes, within, within_async
from holdfast.guard.here import here
from holdfast.guard.process import current, installed
from holdfast.guard.replaying import as_data, items, items_async
from holdfast.guard.signature import Shape, describe
from holdfast.guard.step import Step
from holdfast.guard.telling import tell

P = ParamSpec("P")
R = TypeVar("R")

_REFUSALS: Final[dict[str, type[Refused]]] = {
    "holdfast:refused": Rejected,
    "holdfast:expired": Expired,
}
_declared: WeakValueDictionary[str, Tool] = WeakValueDictionary()
"""Every governed function that still exists, by the name of its tool."""


class Tool:
    """One governed function: its contract, its shape, and what stands around each call."""

    def __init__(
        self, function: Callable[..., Any], contract: Contract, shape: Shape, own_probes: Probes
    ) -> None:
        self.contract = contract
        self.probes = own_probes
        """Its post-conditions that are functions, by name."""
        self._function = function
        self._shape = shape

    def passes(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether this very call was judged a moment ago, when the framework around it entered the tool."""
        judged = here().judged
        if judged is None or judged[0] != self.contract.tool:
            return False
        return self._shape.is_call_of(judged[1], args, kwargs)

    def enter(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Step, Thunk]:
        """Judge a call, waiting for a person when one must be asked.

        Raises:
            Denied, Rejected, Expired, BudgetSpent: it does not run.
        """
        guard = current()
        guard.learn(self.contract)
        arguments, injected = self._shape.bind(args, kwargs)
        step = guard.wait(guard.enter(Kind.TOOL, self.contract.tool, arguments))
        return self._allowed(step, injected)

    async def enter_async(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Step, Thunk]:
        """`enter`, without stopping the event loop."""
        guard = current()
        guard.learn(self.contract)
        arguments, injected = self._shape.bind(args, kwargs)
        step = await guard.wait_async(await guard.enter_async(Kind.TOOL, self.contract.tool, arguments))
        return self._allowed(step, injected)

    def leave(self, step: Step, *, result: Any = None, error: BaseException | None = None) -> Any:
        """Record what came of a call, and hand its result on."""
        told = tell(step, result, to_model=False)
        current().leave(step, result=result, error=error)
        return told

    def _allowed(self, step: Step, injected: dict[str, Any]) -> tuple[Step, Thunk]:
        """The step and the call of the function with exactly what was judged, if it may run."""
        refuse_unless_allowed(step)

        def make() -> Any:
            args, kwargs = self._shape.call(step.arguments, injected)
            return self._function(*args, **kwargs)

        guard = current()
        plain = step.conduct is None and not guard.rules.bundle.content and guard.replaying is None
        return step, make if plain else self._keep(step, make)

    def _keep(self, step: Step, make: Thunk) -> Thunk:
        """The call with its contract kept around it, as the kind of function it is."""
        guard, told = current(), self._told
        generates = inspect.isasyncgenfunction(self._function) or inspect.isgeneratorfunction(self._function)
        played = guard.replaying.around(step, told) if generates and guard.replaying is not None else None
        if played is not None:
            again = items_async if inspect.isasyncgenfunction(self._function) else items
            return lambda: again(played)
        seconds = step.contract.timeout_s if step.contract is not None else 0
        if inspect.isasyncgenfunction(self._function):
            read = guard.items(step)
            shown = make if read is None else lambda: read.over_async(make)
            return within_async(step, seconds, shown) if seconds else shown
        if inspect.isgeneratorfunction(self._function):
            read = guard.items(step)
            shown = make if read is None else lambda: read.over(make)
            return within(step, seconds, shown) if seconds else shown
        if inspect.iscoroutinefunction(self._function):
            return guard.keep_async(step, make, dress=told)
        return guard.keep(step, make, dress=told)

    def _told(self, text: str) -> Any:
        """A recorded result as the function would return it."""
        returns = getattr(self._function, "__annotations__", {}).get("return")
        return text if returns in {str, "str"} else as_data(text)


def refuse_unless_allowed(step: Step) -> Step:
    """The step, if it may run.

    Raises:
        Denied, Rejected, Expired, BudgetSpent: it may not; the hint is the next step.
    """
    if step.allowed:
        return step
    reason = step.decision.reasons[0] if step.decision.reasons else None
    kind = _REFUSALS.get(reason.rule, Denied) if reason else Denied
    if reason and reason.category == "budget":
        kind = BudgetSpent
    hint = reason.cure if reason and not reason.cure.startswith("approval:") else ""
    raise kind(step.decision.message, hint=hint)


@overload
def tool(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def tool(
    *,
    name: str = "",
    effect: Effect | str = Effect.EXECUTE,
    reversible: bool = False,
    critical: Iterable[str] = (),
    payload: Iterable[str] = (),
    labels: Iterable[str] = ("untrusted",),
    egress: bool = False,
    environment: str = "",
    cost_usd: float = 0.0,
    inject: Iterable[str] = (),
    description: str = "",
    **duties: Unpack[Duties],
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str = "",
    effect: Effect | str = Effect.EXECUTE,
    reversible: bool = False,
    critical: Iterable[str] = (),
    payload: Iterable[str] = (),
    labels: Iterable[str] = ("untrusted",),
    egress: bool = False,
    environment: str = "",
    cost_usd: float = 0.0,
    inject: Iterable[str] = (),
    description: str = "",
    **duties: Unpack[Duties],
) -> Any:
    """Govern a function: sync, async, generator or async generator.

    The schema is read off the type hints, the description off the docstring. Calls that may not run raise
    `Denied`, `Rejected`, `Expired` or `BudgetSpent`; a halted run raises `Halted`; what ran without the
    success that its contract promises raises `Unsuccessful`.

    Args:
        function: the function, when the decorator stands bare.
        name: the tool's name; the function's when empty.
        effect: what it does to the world; the suspicious default is `execute`.
        reversible: whether its effect can be undone.
        critical: arguments whose value must come from someone entitled to choose it.
        payload: arguments that carry content outward.
        labels: what its result brings into the conversation; `()` marks a trusted tool.
        egress: whether the call leaves the house.
        environment: where it acts, e.g. `production`.
        cost_usd: what one call costs.
        inject: parameters that are live objects rather than data; they are neither judged nor recorded.
        description: instead of the docstring's first paragraph.
        duties: what is kept around every call: `holdfast.guard.declaring.Duties` names them.
    """

    def govern(function: Callable[..., Any]) -> Callable[..., Any]:
        shape = Shape(function, inject)
        asked, own_probes = read_duties(duties)
        contract = Contract(
            name or shape.name,
            description=description or describe(function),
            parameters=shape.parameters,
            effect=Effect(effect),
            reversible=reversible,
            critical=_known(critical, shape),
            payload=_known(payload, shape),
            output_labels=tuple(labels),
            egress=egress,
            environment=environment,
            cost_micro_usd=round(cost_usd * 1_000_000),
            open=shape.open,
            origin=Origin.DECORATOR,
        )
        contract = msgspec.structs.replace(contract, **asked)
        _known(contract.idempotency_key, shape)
        check_declared(contract, function)
        governed = Tool(function, contract, shape, own_probes)
        declare(governed)
        wrapped = surround(function, governed)
        cast("Any", wrapped).__holdfast__ = governed
        functions[contract.tool] = wrapped
        return wrapped

    return govern if function is None else govern(function)


def declare(governed: Tool) -> None:
    """Remember a governed function, and tell the guard when there is one already."""
    _declared[governed.contract.tool] = governed
    for word, probe in governed.probes.items():
        probes[governed.contract.tool, word] = probe
    guard = installed()
    if guard is not None:
        guard.learn(governed.contract)


def declared() -> tuple[Contract, ...]:
    """The contract of every governed function there is."""
    return tuple(governed.contract for governed in _declared.values())


def contract_of(function: Any) -> Contract | None:
    """The contract of a decorated function; None when it is not governed by one."""
    found = getattr(function, "__holdfast__", None)
    return found.contract if isinstance(found, Tool) else None


def _known(names: Iterable[str], shape: Shape) -> tuple[str, ...]:
    names = tuple(names)
    for name in names:
        if name not in shape.signature.parameters and not shape.open:
            raise Misconfigured(f"{shape.name} has no parameter {name!r}")
    return names
