/** Runs that go on while somebody watches. */
import { Teller } from "../teller.ts";
import type { Step } from "../../src/api/types.ts";
import { enter, recount, type World } from "../world.ts";

const MINUTE = 60_000;
const GPT = "openai/gpt-5-mini";
const LONGEST = 60;

export function invoices(world: World, now: number): Teller {
  const told = new Teller(world, { seed: 91, agent: "invoices", title: "Reconcile the freight invoices of November", startedAt: now - 3.1 * MINUTE, person: "accounts-payable", owner: "finance" });
  told.told.around.labels.push("untrusted", "financial");
  told.told.around.budgets.push({ scope: "run", unit: "usd", limit: 1, used: 0.0612, held: 0.006 }, { scope: "session", unit: "calls", limit: 200, used: 31, held: 1 }, { scope: "agent/day", unit: "usd", limit: 25, used: 21.4, held: 0.3 });
  for (let i = 0; i < 12; i += 1) {
    told.act({ kind: "model", target: GPT, into: 1900 + i * 140, out: 120, ms: 5200 });
    told.act({ kind: "tool", target: "read_invoice", ms: 340, detail: { arguments: { invoice: 20_420 + i }, result: { supplier: `S-${110 + i}`, total_usd: 420.5 + i * 17, lines: 6 } } });
  }
  told.act({ kind: "tool", target: "issue_refund", effect: "spend", verdict: "transform", stage: "policy", reasons: [{ rule: "refund.clamp", category: "policy", message: "Refunds are limited to $50.", cure: "" }], undo: { tool: "reverse_refund", arguments: { order: "O-7719" } }, detail: { arguments: { order: "O-7719", amount: 50 }, result: { refunded: 50 } } });
  told.act({ kind: "tool", target: "send_email", effect: "send", verdict: "deny", stage: "flow", reasons: [{ rule: "flow.outbound-untrusted", category: "flow", message: "The recipient comes from untrusted content.", cure: "" }], unendorsed: ["to=refunds@example.net"], would: [{ rule: "mail.first-contact", verdict: "deny", message: "This recipient was never written to before.", level: "shadow" }], detail: { arguments: { to: "refunds@example.net", subject: "Bank details", body: "…" }, explanation: [{ title: "Why", text: "`to` was first seen in the result of read_invoice (invoice 20425), which is untrusted. Nobody entitled has chosen it." }, { title: "Would pass if", text: "the recipient came from the person, the supplier registry or a trusted tool." }] } });
  return told;
}

export function support(world: World, now: number): Teller {
  const told = new Teller(world, { seed: 95, agent: "support", title: "My invoice shows a plan I never ordered", startedAt: now - 1.4 * MINUTE, person: "service-desk", owner: "service", framework: "openai-agents" });
  for (let i = 0; i < 4; i += 1) {
    const thought = told.act({ kind: "model", target: "anthropic/claude-sonnet-4-5", into: 1400 + i * 300, out: 180, ms: 6400 });
    told.say("assistant", thought, { type: "text", text: `Looking at article ${i + 1}.` });
    told.act({ kind: "tool", target: "search_articles", ms: 180, detail: { arguments: { query: "plan change invoice", page: i + 1 }, result: { articles: 3 } } });
  }
  return told;
}

/** One more breath of a running story: end what is open, begin what comes next. Gives back the steps that changed. */
export function breathe(world: World, told: Teller, now: number): Step[] {
  if (told.run.state !== "running" || told.told.steps.length > LONGEST) return [];
  const open = told.told.steps.filter((step) => step.state === "running" && step.kind !== "start");
  for (const step of open) {
    told.close(step, { ms: now - Date.parse(step.started_at) });
    if (step.kind === "model") Object.assign(step, { tokens_in: 2400, tokens_out: 160, cost_usd: 0.0076 });
    enter(world, step);
  }
  const before = open.at(-1)?.kind === "model";
  told.until(now - 14);
  const next = before ? told.act({ kind: "tool", target: "read_invoice", open: true }) : told.act({ kind: "model", target: GPT, open: true, cost: null });
  next.priced = true;
  recount(told.told);
  return [...open, next];
}
