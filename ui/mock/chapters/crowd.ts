/** A run of fifty thousand steps, made on demand: the page must stay quick. */
import type { Step } from "../../src/api/types.ts";
import { Teller, BUNDLE } from "../teller.ts";
import type { World } from "../world.ts";

export const CROWD = 50_000;
const FAN = 40;

/** Only the run and its first step are told; `crowdStep` makes the rest. */
export function crowd(world: World, now: number): void {
  const told = new Teller(world, { seed: 99, agent: "backfill", title: "Classify fifty thousand archived tickets", startedAt: now - 6 * 3_600_000, owner: "service", person: "data-team" });
  told.until(now - 2 * 3_600_000);
  told.end("completed");
  Object.assign(told.run, { steps: CROWD, model_calls: 24_400, tool_calls: 24_375, tokens_in: 31_200_000, tokens_out: 2_410_000, cost_usd: 102.1, verdicts: { allow: CROWD - 31, transform: 12, ask: 0, deny: 19, halt: 0 }, denied: 19 });
}

export const isCrowd = (steps: number) => steps === CROWD;

/** The nth step: a batch every forty, model and tool calls in turn beneath it. */
export function crowdStep(root: Step, index: number): Step {
  if (index === 0) return root;
  const batch = Math.floor((index - 1) / FAN);
  const head = (index - 1) % FAN === 0;
  const model = index % 2 === 0;
  const startedAt = Date.parse(root.started_at) + index * 280;
  const denied = !head && index % 2617 === 0;
  return {
    ...root,
    id: id(index),
    parent: head ? root.id : id(batch * FAN + 1),
    kind: head ? "span" : model ? "model" : "tool",
    name: head ? `batch ${batch + 1}` : model ? "openai/gpt-5-mini" : "label_ticket",
    target: head ? "batch" : model ? "openai/gpt-5-mini" : "label_ticket",
    effect: model || head ? "" : "write",
    state: denied ? "refused" : "done",
    verdict: head ? null : denied ? "deny" : "allow",
    governed: !head,
    stage: denied ? "policy" : "allow",
    reasons: denied ? [{ rule: "tickets.legal-hold", category: "policy", message: "The ticket is under legal hold.", cure: "" }] : [],
    bundle: BUNDLE,
    started_at: new Date(startedAt).toISOString(),
    ended_at: new Date(startedAt + (head ? FAN * 280 : 240)).toISOString(),
    duration_ms: head ? FAN * 280 : 240,
    tokens_in: model ? 1280 : 0,
    tokens_out: model ? 99 : 0,
    cost_usd: model ? 0.004184 : null,
    ledger: { decision: null, outcome: null },
  };
}

const id = (index: number) => (0xc0de_0000_0000 + index).toString(16).padStart(16, "0");
