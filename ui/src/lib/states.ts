/** How every state and verdict looks: a tone, an icon and a word. A state without a row here does not compile. */
import type { AgentState, ApprovalState, Breaker, Budget, CallState, GatewayKey, GatewayUpstream, GatewayWorker, RunState, StepKind, StepState, Verdict } from "~/api/types";
import type { BadgeLook } from "~/ui/Badge";
import type { Level } from "./levels";
import type { IconName } from "~/ui/icons";

export const VERDICTS: Record<Verdict, BadgeLook> = {
  allow: { tone: "allow", icon: "allow", label: "allow" },
  transform: { tone: "transform", icon: "transform", label: "transform" },
  ask: { tone: "ask", icon: "ask", label: "ask" },
  deny: { tone: "deny", icon: "deny", label: "deny" },
  halt: { tone: "halt", icon: "halt", label: "halt" },
};

export const RUN_STATES: Record<RunState, BadgeLook> = {
  running: { tone: "live", icon: "running", label: "running" },
  waiting: { tone: "ask", icon: "waiting", label: "waiting" },
  completed: { tone: "plain", icon: "check", label: "completed" },
  failed: { tone: "strong", icon: "failed", label: "failed" },
  halted: { tone: "halt", icon: "halt", label: "halted" },
  lost: { tone: "strong", icon: "lost", label: "lost" },
};

export const STEP_STATES: Record<StepState, BadgeLook> = {
  running: { tone: "live", icon: "running", label: "running" },
  waiting: { tone: "ask", icon: "waiting", label: "waiting" },
  done: { tone: "plain", icon: "check", label: "done" },
  refused: { tone: "deny", icon: "deny", label: "refused" },
  failed: { tone: "strong", icon: "failed", label: "failed" },
  halted: { tone: "halt", icon: "halt", label: "halted" },
};

export const APPROVAL_STATES: Record<ApprovalState, BadgeLook> = {
  pending: { tone: "ask", icon: "waiting", label: "pending" },
  approved: { tone: "allow", icon: "allow", label: "approved" },
  used: { tone: "allow", icon: "used", label: "used" },
  refused: { tone: "deny", icon: "deny", label: "refused" },
  expired: { tone: "plain", icon: "lost", label: "expired" },
  withdrawn: { tone: "plain", icon: "lost", label: "withdrawn" },
};

export const AGENT_STATES: Record<AgentState, BadgeLook> = {
  running: { tone: "live", icon: "running", label: "running" },
  waiting: { tone: "ask", icon: "waiting", label: "waiting" },
  idle: { tone: "plain", icon: "idle", label: "idle" },
  killed: { tone: "halt", icon: "halt", label: "killed" },
};

export const BUDGET_STATES: Record<Budget["state"], BadgeLook> = {
  ok: { tone: "plain", icon: "check", label: "within" },
  soft: { tone: "ask", icon: "warning", label: "warns" },
  spent: { tone: "deny", icon: "deny", label: "spent" },
};

export const BREAKER_STATES: Record<Breaker["state"], BadgeLook> = {
  closed: { tone: "plain", icon: "check", label: "closed" },
  open: { tone: "deny", icon: "failed", label: "open" },
  "half-open": { tone: "ask", icon: "waiting", label: "half-open" },
};

export const CALL_STATES: Record<CallState, BadgeLook> = {
  waiting: { tone: "live", icon: "running", label: "waiting" },
  asked: { tone: "ask", icon: "waiting", label: "asks" },
  sending: { tone: "live", icon: "running", label: "sending" },
  streaming: { tone: "live", icon: "running", label: "streaming" },
  done: { tone: "plain", icon: "check", label: "done" },
  refused: { tone: "deny", icon: "deny", label: "refused" },
  failed: { tone: "strong", icon: "failed", label: "failed" },
  halted: { tone: "halt", icon: "halt", label: "halted" },
  cancelled: { tone: "plain", icon: "lost", label: "cancelled" },
};

export const KEY_STATES: Record<GatewayKey["state"], BadgeLook> = {
  active: { tone: "plain", icon: "check", label: "active" },
  expired: { tone: "plain", icon: "lost", label: "expired" },
  revoked: { tone: "deny", icon: "deny", label: "revoked" },
};

export const UPSTREAM_STATES: Record<GatewayUpstream["state"], BadgeLook> = {
  closed: { tone: "plain", icon: "check", label: "healthy" },
  open: { tone: "deny", icon: "failed", label: "down" },
  "half-open": { tone: "ask", icon: "waiting", label: "trying" },
};

export const WORKER_STATES: Record<GatewayWorker["state"], BadgeLook> = {
  starting: { tone: "ask", icon: "waiting", label: "starting" },
  ready: { tone: "plain", icon: "check", label: "ready" },
  draining: { tone: "ask", icon: "waiting", label: "draining" },
  gone: { tone: "deny", icon: "failed", label: "gone" },
};

export const LEVEL_LOOKS: Record<Level, BadgeLook> = {
  shadow: { tone: "plain", icon: "shadow", label: "shadow" },
  warn: { tone: "plain", icon: "warning", label: "warn" },
  sample: { tone: "strong", icon: "sample", label: "sample" },
  enforce: { tone: "strong", icon: "enforce", label: "enforce" },
};

export const KINDS: Record<StepKind, { icon: IconName; label: string }> = {
  start: { icon: "start", label: "Start" },
  model: { icon: "model", label: "Model" },
  tool: { icon: "tool", label: "Tool" },
  delegate: { icon: "delegate", label: "Delegate" },
  message: { icon: "message", label: "Message" },
  output: { icon: "output", label: "Output" },
  memory: { icon: "memory", label: "Memory" },
  span: { icon: "span", label: "Span" },
};
