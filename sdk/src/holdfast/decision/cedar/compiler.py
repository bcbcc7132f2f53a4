"""Cedar to Python: the policies about one action become one function, in one of two modes.

*Checked* keeps every type check that Cedar makes: right for any policy and any context. *Fast* leaves out
what the context's shape proves: only for policies that were validated against that shape, judging contexts
that were projected to it. The property test test_cedar.py holds both modes equal to stock Cedar: in decision,
in determining policies and in errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from holdfast.decision.cedar.operations import RUNTIME, World
from holdfast.decision.cedar.shapes import UNKNOWN, Shape
from holdfast.decision.cedar.syntax import Policy
from holdfast.decision.cedar.values import Entity
from holdfast.decision.cedar.views import View
from holdfast.decision.cedar.writer import Writer, read_entities, read_entity

Judged = tuple[tuple[Policy, ...], tuple[Policy, ...], tuple[Policy, ...]]
"""The permits that hold, the forbids that hold, the policies that failed."""
Judge = Callable[[Entity, frozenset[Entity], Entity, frozenset[Entity], dict[str, Any], World], Judged]
"""Principal and its ancestors, resource and its ancestors, context, world."""
Permits = Callable[..., bool]
"""The same, for whoever only wants to know whether it is allowed: principal and its ancestors, resource and
its ancestors, then context and world; with a view, then the world and what the view is given."""
Forbids = Callable[..., int]
"""The same, with a view, for whoever wants to know why it is not."""


def compile_checked(policies: Iterable[Policy], *, action: Entity, groups: frozenset[Entity]) -> Judge:
    """Make the function that judges one action and checks every type as it goes.

    Args:
        policies: those about other actions are left out.
        action: the action itself.
        groups: the action and everything it is in.

    Raises:
        PolicySyntaxError: a policy is nested too deeply.
    """
    return _compile(policies, action, groups, UNKNOWN)


def compile_fast(
    policies: Iterable[Policy], *, action: Entity, groups: frozenset[Entity], context: Shape
) -> Judge:
    """Make the function that judges one action and checks only what the context's shape does not prove.

    A broken promise cannot allow anything: whatever is raised makes the policy fail, a permit that fails
    permits nothing, and a forbid that fails counts.

    Args:
        policies: those about other actions are left out; the others were validated against the shape.
        action: the action itself.
        groups: the action and everything it is in.
        context: the types that every context will have, as `projection.make_projection` makes it.

    Raises:
        PolicySyntaxError: a policy is nested too deeply.
    """
    return _compile(policies, action, groups, context)


def compile_permits(
    policies: Iterable[Policy],
    *,
    action: Entity,
    groups: frozenset[Entity],
    context: Shape,
    view: View | None = None,
) -> Permits:
    """Make the function that says only whether a request is plainly allowed: no reasons, no tuples.

    It is true exactly when a permit holds, no forbid does and none fails. Where one fails it raises, and what
    that means is for the judge to say; that is why every permit is evaluated. With a view there is no
    context: attributes are read into local variables.
    """
    writer = Writer(action, groups, context, view)
    permits, forbids = _terms(policies, writer, action, groups)
    answer = f"not ({' or '.join(forbids) or False}) and ({' | '.join(permits) or False})"
    given, lines = ("C, W", ()) if view is None else (f"W, {view.given}", view.lines)
    return cast("Permits", _function(given, (*lines, f"return {answer}"), writer, action))


def compile_forbids(
    policies: Iterable[Policy], *, action: Entity, groups: frozenset[Entity], context: Shape, view: View
) -> Forbids:
    """Make the function that says which forbids hold where a permit does: bit n for the n-th of them.

    It says 0 where no permit holds, and raises where any policy fails.
    """
    writer = Writer(action, groups, context, view)
    permits, forbids = _terms(policies, writer, action, groups)
    bits = " | ".join(f"{term} << {n}" for n, term in enumerate(forbids))
    answer = f"({bits or 0}) if {' | '.join(permits) or False} else 0"
    return cast("Forbids", _function(f"W, {view.given}", (*view.lines, f"return {answer}"), writer, action))


def _terms(
    policies: Iterable[Policy], writer: Writer, action: Entity, groups: frozenset[Entity]
) -> tuple[list[str], list[str]]:
    """The conditions of those permits and forbids that can speak about the action."""
    terms: dict[str, list[str]] = {"permit": [], "forbid": []}
    for policy in policies:
        if applies(policy.action, action, groups):
            terms[policy.effect].append(f"({writer.condition(policy)})")
    return terms["permit"], terms["forbid"]


def _function(given: str, lines: Iterable[str], writer: Writer, action: Entity) -> Callable[..., Any]:
    body = "\n ".join(lines)
    return _made(f"def asked(P, PA, R, RA, {given}):\n {body}", writer, action)["asked"]


def _compile(policies: Iterable[Policy], action: Entity, groups: frozenset[Entity], context: Shape) -> Judge:
    writer = Writer(action, groups, context)
    lines = ["def judge(P, PA, R, RA, C, W):", " permits = forbids = failed = ()"]
    for policy in policies:
        if not applies(policy.action, action, groups):
            continue
        name = writer.constant(policy)
        kept = "permits" if policy.effect == "permit" else "forbids"
        lines += [
            " try:",
            f"  if {writer.condition(policy)}: {kept} += ({name},)",
            f" except Exception: failed += ({name},)",
        ]
    lines.append(" return permits, forbids, failed")
    return cast("Judge", _made("\n".join(lines), writer, action)["judge"])


def _made(source: str, writer: Writer, action: Entity) -> dict[str, Any]:
    scope: dict[str, Any] = {"__builtins__": {"Exception": Exception}, **RUNTIME, **writer.constants}
    assert scope.keys().isdisjoint(writer.view.names), "a view uses a name of the compiler's"
    scope |= writer.view.names
    # The source holds nothing a policy's author wrote; see the module's first paragraph.
    exec(compile(source, f"<policies for {action.id!r}>", "exec"), scope)  # noqa: S102
    return scope


def applies(scope: Mapping[str, Any], action: Entity, groups: frozenset[Entity]) -> bool:
    """Whether a policy with this action scope can speak about the action at all."""
    match scope["op"]:
        case "==":
            return read_entity(scope["entity"]) == action
        case "in":
            return not groups.isdisjoint(read_entities(scope))
        case _:
            return True
