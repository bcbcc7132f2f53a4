/** Why a step of the story was decided as it was. */
import type { Explanation, Json, Pack, Step } from "../src/api/types.ts";
import { findRule } from "./rules.ts";
import { commit, type World } from "./world.ts";

const SAID = { allow: "Allowed", transform: "Changed", ask: "A person must answer", deny: "Refused", halt: "The run was stopped" } as const;

const INPUTS: Record<string, Record<string, Json>> = {
  "discount.over-15": { "args.percent": 50, approvals: [] },
  "production.no-shell": { environment: "production" },
  "production.destroy": { environment: "production", approvals: [] },
  "refund.clamp": { "args.amount": 210 },
  "flow.outbound-untrusted": { "args.to": "refunds@example.net", labels: ["financial", "untrusted"], "derived.recipient_domains": ["example.net"] },
};

const WAYS: Record<string, Explanation["would_pass_if"]> = {
  "discount.over-15": [
    { text: "percent were at most 15", verdict: "allow", changes: { "args.percent": 15 } },
    { text: "a sales-lead approved this exact call", verdict: "allow", changes: { approvals: ["sales-lead"] } },
  ],
  "production.no-shell": [{ text: 'environment were not "production"', verdict: "allow", changes: { environment: "staging" } }],
  "production.destroy": [{ text: "a sre-lead and a service-owner approved this exact call", verdict: "allow", changes: { approvals: ["sre-lead", "service-owner"] } }],
  "flow.outbound-untrusted": [
    { text: "the person or a trusted tool had chosen to", verdict: "allow", changes: { "args.to": "billing@supplier.example" } },
    { text: "the session had not read read_invoice, which brought untrusted", verdict: "allow", changes: { labels: [] } },
  ],
};

/** Put an explanation together from what the story tells. */
export function explain(world: World, packs: readonly Pack[], step: Step): Explanation {
  const told = world.told.get(step.run);
  const verdict = step.verdict ?? "allow";
  const details = world.details.get(step.id);
  const found = step.reasons.map((reason) => ({ reason, at: findRule(packs, reason.rule) }));
  const first = step.reasons[0]?.rule ?? "";
  const brought = told?.steps.find((one) => one.kind === "tool" && one.started_at < step.started_at);
  return {
    step: step.id,
    verdict,
    headline: `${SAID[verdict]} at the stage ${step.stage}: ${step.reasons.map((reason) => reason.message).join(" ") || "no rule objected."}`,
    stage: step.stage,
    rules: found.map(({ reason, at }) => ({ id: reason.rule, category: reason.category, text: at?.rule.cedar ?? "", source: at?.pack.name ?? "", line: at?.rule.line ?? 0, column: 1, version: commit(reason.rule).slice(0, 16), why: reason.message })),
    inputs: INPUTS[first] ?? {},
    labels: step.labels.map((label) => ({ label, since_step: brought?.id ?? null, from: brought?.target ?? "" })),
    chain: told?.around.chain ?? [],
    timings_us: details?.timings_us ?? {},
    took_us: step.took_us ?? 0,
    would_pass_if: WAYS[first] ?? [],
    who_may_change: found.map(({ reason, at }) => ({ rule: reason.rule, source: at?.pack.name ?? "", line: at?.rule.line ?? 0, pack: at?.pack.name ?? "", owner: "", roles: [reason.cure.replace("approval:", "")].filter(Boolean), how: how(reason.rule, at, reason.cure) })),
    arguments: (details?.arguments as Record<string, unknown> | undefined) ?? {},
    obligations: step.obligations,
    unendorsed: step.unendorsed,
    errors: [],
    would: [],
    bundle: step.bundle,
    engine: "holdfast/1",
    exact: true,
    notes: [],
    sections: [],
  };
}

function how(rule: string, at: ReturnType<typeof findRule>, cure: string): string {
  if (!at) return rule.startsWith("flow.") ? "Whoever writes the policies: this is judged by what stands under `flow:`." : "Whoever writes the policies: this is judged by what stands under `detectors:` and `budgets:`.";
  const role = cure.replace("approval:", "");
  return `Whoever may edit ${at.pack.name}, line ${at.rule.line}.${role ? ` A ${role} may lift it for one call.` : " No approval lifts it."}`;
}
