"""AGENT-HOOKS 0.1: an agent context comes in, a verdict goes out; the decision is one like any other.

```text
agent_startup → start      pre_model_call → model     output → output
input         → message    pre_tool_call  → tool      post_…_call, agent_shutdown → outcomes

allow → allow      transform → transform      ask → deny, with approval      deny · halt → deny
```

The contract's specification: github.com/responsibleai/agent-hooks, spec/AGENT-HOOKS-0.1.md.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any, Final, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, model_validator

from holdfast.decision.content.passing import RULE
from holdfast.record import estimate_max
from holdfast_server.decision.decisions.decider import Decider
from holdfast_server.decision.decisions.question import (
    ActorNote,
    Answered,
    EstimateNote,
    OutcomeNote,
    Question,
)
from holdfast_server.errors import NotFound
from holdfast_server.kit.wire import MICRO, Wire

Point = Literal[
    "agent_startup",
    "input",
    "pre_model_call",
    "post_model_call",
    "pre_tool_call",
    "post_tool_call",
    "output",
    "agent_shutdown",
]
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "agent_startup": ("agent_init",),
    "input": ("input",),
    "pre_model_call": ("model", "messages"),
    "post_model_call": ("model", "response"),
    "pre_tool_call": ("tool_call",),
    "post_tool_call": ("tool_call", "tool_result"),
    "output": ("output",),
    "agent_shutdown": ("summary",),
}
"""What a context must hold at each point."""
HookKind = Literal["start", "model", "tool", "message", "output"]
SESSION_MAX: Final = 128
TEXT_MAX: Final = 4096
OUTPUT_TOKENS: Final = 4096
"""Reserved for the answer of a model call that names no limit."""
BYTES_PER_TOKEN: Final = 3
UNCHANGED: Final = "something had to be taken out of this, and only text can be changed here"


class _Part(BaseModel):
    """A part of a context; what a newer host says beside it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class AgentPart(_Part):
    """Who acts."""

    id: str = Field(min_length=1, max_length=256)
    framework: str = Field(default="", max_length=256)
    version: str = Field(default="", max_length=256)


class SessionPart(_Part):
    """In which conversation."""

    id: str = Field(min_length=1, max_length=1024)


class InputPart(_Part):
    """What came in."""

    content: Any = None
    role: Literal["user", "system", "external"] = "external"


class ModelPart(_Part):
    """Which model."""

    id: str = Field(min_length=1, max_length=200)
    vendor: str = Field(default="", max_length=50)
    params: dict[str, Any] = Field(default_factory=dict)


class ToolCallPart(_Part):
    """Which tool, and how it is called."""

    id: str = Field(min_length=1, max_length=1024)
    name: str = Field(min_length=1, max_length=256)
    args: dict[str, Any] = Field(default_factory=dict)


class ToolResultPart(_Part):
    """What came of it."""

    value: Any = None
    is_error: bool = False


class ActorPart(_Part):
    """On whose behalf."""

    id: str = Field(default="", max_length=256)


class UsagePart(_Part):
    """What a model call used."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)


class AgentContext(_Part):
    """What a host says at one interception point (AGENT-HOOKS 0.1, section 4)."""

    spec: str = Field(pattern=r"^agent-hooks/0\.[0-9]+$")
    interception_point: Point
    sequence: int = Field(ge=0)
    agent: AgentPart
    session: SessionPart
    target: Any = None
    agent_init: dict[str, Any] | None = None
    input: InputPart | None = None
    model: ModelPart | None = None
    messages: list[Any] | None = None
    request_id: str = Field(default="", max_length=1024)
    response: dict[str, Any] | None = None
    usage: UsagePart = UsagePart()
    tool_call: ToolCallPart | None = None
    tool_result: ToolResultPart | None = None
    output: dict[str, Any] | None = None
    summary: dict[str, Any] | None = None
    actor: ActorPart = ActorPart()

    @model_validator(mode="after")
    def _is_whole(self) -> AgentContext:
        missing = [name for name in NEEDS[self.interception_point] if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{self.interception_point} needs {', '.join(missing)}")
        return self


class HookVerdict(Wire):
    """A verdict (AGENT-HOOKS 0.1, section 5); what is absent is not sent."""

    decision: Literal["allow", "deny", "transform"]
    reason: str | None = None
    message: str | None = None
    approval: dict[str, Any] | None = None
    transform: dict[str, Any] | None = None
    result_labels: list[str] | None = None


class HookResponse(Wire):
    """The response of a hosted interceptor (section 5.5)."""

    verdict: HookVerdict
    extensions: dict[str, Any]
    """Under `holdfast`: the decision, for hosts that want more than the verdict."""


class Hooks:
    """Speaks AGENT-HOOKS to hosts, and asks the decider."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider

    async def intercept(self, context: AgentContext) -> HookResponse:
        """Judge what happens at one interception point.

        Raises:
            Invalid: it holds what has no plain form; the host must refuse.
        """
        match context.interception_point:
            case "post_model_call" | "post_tool_call" | "agent_shutdown":
                return await self._ended(context)
            case _:
                return _say(context, await self._decider.decide(_question(context)))

    async def _ended(self, context: AgentContext) -> HookResponse:
        # Where nothing was judged before, there is no step to end.
        with contextlib.suppress(NotFound):
            taken = await self._decider.settle(_outcome(context))
            if taken.result is not msgspec.UNSET and context.interception_point != "agent_shutdown":
                return HookResponse(verdict=_transform(context, taken.result, None, None), extensions={})
        return HookResponse(verdict=HookVerdict(decision="allow"), extensions={})


def _question(context: AgentContext) -> Question:
    kind, target, arguments = _action(context)
    said = context.input
    endorse = [_text(said.content)[:TEXT_MAX]] if said is not None and said.role == "user" else []
    return Question(
        kind=kind,
        target=target,
        arguments=arguments,
        actor=ActorNote(context.agent.id, context.agent.version),
        session=session_of(context),
        id=step_of(context),
        person=context.actor.id,
        estimate=_estimate(context),
        endorse=endorse,
        title=_text(said.content)[:200] if said is not None else "",
    )


def _action(context: AgentContext) -> tuple[HookKind, str, dict[str, Any]]:
    match context.interception_point:
        case "pre_tool_call" if context.tool_call is not None:
            return "tool", context.tool_call.name, context.tool_call.args
        case "pre_model_call" if context.model is not None:
            vendor = context.model.vendor
            return "model", f"{vendor}/{context.model.id}" if vendor else context.model.id, {}
        case "output":
            return "output", context.agent.id, {"content": _text((context.output or {}).get("content"))}
        case "input" if context.input is not None:
            return "message", context.agent.id, {"input": _text(context.input.content)[:TEXT_MAX]}
        case _:
            return "start", context.agent.id, {}


def _estimate(context: AgentContext) -> EstimateNote:
    if context.interception_point != "pre_model_call" or context.model is None:
        return EstimateNote()
    most = context.model.params.get("max_tokens")
    tokens_in = len(msgspec.json.encode(context.messages)) // BYTES_PER_TOKEN + 1
    tokens_out = most if type(most) is int and most > 0 else OUTPUT_TOKENS
    micro = estimate_max(context.model.id, tokens_in, tokens_out)
    return EstimateNote(
        tokens_in=tokens_in, tokens_out=tokens_out, cost_usd=None if micro is None else micro / MICRO
    )


def _outcome(context: AgentContext) -> OutcomeNote:
    result = context.tool_result
    if result is not None:
        status = "failed" if result.is_error else "done"
        return OutcomeNote(step=step_of(context), status=status, result=result.value)
    if context.interception_point == "agent_shutdown":
        completed = (context.summary or {}).get("reason") == "completed"
        return OutcomeNote(step=step_of(context), status="done" if completed else "failed")
    return OutcomeNote(
        step=step_of(context),
        status="done",
        result=_text((context.response or {}).get("content")),
        tokens_in=context.usage.input_tokens,
        tokens_out=context.usage.output_tokens,
        model=context.model.id if context.model else "",
    )


def session_of(context: AgentContext) -> str:
    """The host's own name of the session, or a digest of one that is too long."""
    name = context.session.id
    return name if len(name) <= SESSION_MAX else hashlib.sha256(name.encode()).hexdigest()[:32]


def step_of(context: AgentContext) -> str:
    """The step of a point; what begins a step and what ends it come to the same one."""
    match context.interception_point:
        case "pre_tool_call" | "post_tool_call" if context.tool_call is not None:
            about = f"tool\0{context.tool_call.id}"
        case "pre_model_call" | "post_model_call" if context.request_id:
            about = f"model\0{context.request_id}"
        case "post_model_call":
            # Without a request id a model's answer is the point right after its question.
            about = f"model\0#{context.sequence - 1}"
        case "pre_model_call":
            about = f"model\0#{context.sequence}"
        case "agent_startup" | "agent_shutdown":
            about = "start"
        case point:
            about = f"{point}\0{context.sequence}"
    return hashlib.sha256(f"{context.session.id}\0{about}".encode()).hexdigest()[:16]


def _say(context: AgentContext, answered: Answered) -> HookResponse:
    extension = {
        "verdict": answered.verdict,
        "step": answered.step,
        "stage": answered.stage,
        "roles": list(answered.roles),
        "labels": list(answered.labels),
        "unendorsed": list(answered.unendorsed),
        "digest": answered.digest,
        "bundle": answered.bundle,
        "ledger_index": answered.ledger_index,
    }
    return HookResponse(verdict=_verdict(context, answered), extensions={"holdfast": extension})


def _verdict(context: AgentContext, answered: Answered) -> HookVerdict:
    first = answered.reasons[0] if answered.reasons else None
    reason, message = (first.rule, first.message) if first else (None, None)
    match answered.verdict:
        case "allow":
            return HookVerdict(decision="allow")
        case "transform":
            return _transform(context, answered.arguments, reason, message)
        case "ask":
            approval = {"roles": list(answered.roles), "step": answered.step, "digest": answered.digest}
            return HookVerdict(decision="deny", reason=reason, message=message, approval=approval)
        case _:
            return HookVerdict(decision="deny", reason=reason or "holdfast:denied", message=message)


def _transform(context: AgentContext, value: Any, reason: str | None, message: str | None) -> HookVerdict:
    """What may go on instead; words go where words stood, and nothing else can be put in their place."""
    path = "$target"
    match context.interception_point:
        case "input":
            path, old, value = "$target.content", context.input and context.input.content, value["input"]
        case "output":
            path, old, value = "$target.content", (context.output or {}).get("content"), value["content"]
        case "post_model_call":
            path, old = "$target.content", (context.response or {}).get("content")
        case _:
            old = ""
    if not isinstance(old, str):
        return HookVerdict(decision="deny", reason=reason or RULE, message=message or UNCHANGED)
    return HookVerdict(
        decision="transform", reason=reason, message=message, transform={"path": path, "value": value}
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
