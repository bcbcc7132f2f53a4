/** Everything the fake server knows, and the questions it can be asked. */
import type { Approval, Kill, LedgerEntry, Message, Run, RunSummary, Step, StepDetail, Verdict } from "../src/api/types.ts";

export type Detail = Partial<Omit<StepDetail, keyof Step>>;

export type Told = {
  run: RunSummary;
  around: Pick<Run, "chain" | "labels" | "budgets" | "parts">;
  steps: Step[];
  messages: Message[];
};

export type World = {
  told: Map<string, Told>;
  steps: Map<string, Step>;
  details: Map<string, Detail>;
  approvals: Approval[];
  kills: Kill[];
  ledger: LedgerEntry[];
  tamperedAt: number | null;
};

export const emptyWorld = (): World => ({ told: new Map(), steps: new Map(), details: new Map(), approvals: [], kills: [], ledger: [], tamperedAt: null });

/** Runs, newest first. */
export function runsOf(world: World): RunSummary[] {
  return [...world.told.values()].map(({ run }) => run).toSorted((a, b) => b.started_at.localeCompare(a.started_at));
}

/** The steps of a whole trace in the order they began. */
export function stepsOf(world: World, trace: string): Step[] {
  return [...world.told.values()]
    .filter(({ run }) => run.trace === trace)
    .flatMap(({ steps }) => steps)
    .toSorted((a, b) => a.started_at.localeCompare(b.started_at));
}

/** Bring a run's sums up to date with its steps. */
/** Our SDK counts its spans; others do not. */
function counted({ steps, governed }: RunSummary): RunSummary["completeness"] {
  const text = governed ? `${steps} of ${steps} spans that its agent made are here.` : `${steps} spans came; their sender does not count them. Nothing is known to be missing.`;
  return { sent: governed ? steps : null, accepted: steps, stored: steps, duplicates: 0, dropped: 0, missing: 0, late: 0, orphaned: 0, state: governed ? "whole" : "unknown", text };
}

export function recount({ run, steps }: Told): void {
  const known = steps.filter((step) => step.cost_usd !== null);
  const verdict = (name: Verdict) => steps.filter((step) => step.verdict === name).length;
  run.steps = steps.length;
  run.model_calls = steps.filter((step) => step.kind === "model").length;
  run.tool_calls = steps.filter((step) => step.kind === "tool").length;
  run.tokens_in = steps.reduce((sum, step) => sum + step.tokens_in, 0);
  run.tokens_out = steps.reduce((sum, step) => sum + step.tokens_out, 0);
  run.cost_usd = known.length ? known.reduce((sum, step) => sum + (step.cost_usd ?? 0), 0) : null;
  run.completeness = counted(run);
  run.unpriced_calls = steps.filter((step) => !step.priced).length;
  run.verdicts = { allow: verdict("allow"), transform: verdict("transform"), ask: verdict("ask"), deny: verdict("deny"), halt: verdict("halt") };
  run.denied = run.verdicts.deny;
  run.asked = run.verdicts.ask;
  const active = steps.filter((step) => (step.state === "running" || step.state === "waiting") && step.kind !== "start");
  run.in_flight = active.map((step) => ({ step: step.id, kind: step.kind, target: step.target, since: step.started_at }));
  const last = steps.at(-1);
  run.last = last ? { step: last.id, kind: last.kind, target: last.target, at: last.started_at } : null;
}

/** Write a step's decision, and its outcome when there is one, to the log. */
export function enter(world: World, step: Step): void {
  if (!step.governed) return;
  if (step.ledger.decision === null) {
    step.ledger.decision = append(world, step, "decision", step.started_at);
  }
  if (step.ended_at && step.ledger.outcome === null && step.verdict !== "deny" && step.verdict !== "halt") {
    step.ledger.outcome = append(world, step, "outcome", step.ended_at);
  }
}

function append(world: World, step: Step, type: "decision" | "outcome", at: string): number {
  const index = world.ledger.length;
  const shared = { type, v: 1, at_ns: Date.parse(at) * 1_000_000, step: step.id, run: step.run, session: step.session };
  const record =
    type === "decision"
      ? { ...shared, agent: step.agent, kind: step.kind, target: step.target, effect: step.effect, args_commit: commit(step.id, "arguments"), verdict: step.verdict, stage: step.stage, rules: step.reasons.map((reason) => reason.rule), labels: step.labels, bundle: step.bundle, enforced: step.enforced }
      : { ...shared, status: step.state, result_commit: commit(step.id, "result"), cost_micro_usd: step.cost_usd === null ? null : Math.round(step.cost_usd * 1e6), tokens_in: step.tokens_in, tokens_out: step.tokens_out };
  world.ledger.push({
    index,
    type,
    at,
    agent: step.agent,
    run: step.run,
    step: step.id,
    target: step.target,
    verdict: type === "decision" ? (step.verdict ?? "") : "",
    rules: type === "decision" ? step.reasons.map((reason) => reason.rule) : [],
    status: type === "outcome" ? step.state : "",
    leaf_hash: commit(step.id, type),
    record,
  });
  return index;
}

/** Looks like a hash and tells two texts apart; a story needs no more. */
export function commit(...parts: string[]): string {
  let a = 0x811c9dc5;
  return Array.from({ length: 8 }, (_, round) => {
    for (const char of parts.join("|") + round) a = Math.imul(a ^ char.charCodeAt(0), 0x01000193) >>> 0;
    return a.toString(16).padStart(8, "0");
  }).join("");
}
