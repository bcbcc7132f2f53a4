/** The quiet part of the day: runs that simply ended, one way or another. */
import { random } from "../random.ts";
import { Teller } from "../teller.ts";
import type { World } from "../world.ts";

const MINUTE = 60_000;
const GPT = "openai/gpt-5-mini";

const AGENTS = [
  { agent: "invoices", owner: "finance", framework: "langgraph", tool: "read_invoice", titles: ["Match invoice 20417 with its order", "Match invoice 20418 with its order", "Post the freight invoices of October"] },
  { agent: "support", owner: "service", framework: "openai-agents", tool: "search_articles", titles: ["Why was I billed twice?", "Reset the second factor for a locked account", "Where is my parcel?"] },
  { agent: "renewals", owner: "sales", framework: "langgraph", tool: "find_customer", titles: ["Prepare the renewal offer for customer C-2210", "Summarise usage for customer C-1093"] },
  { agent: "researcher", owner: "research", framework: "langgraph", tool: "web_search", titles: ["Find tariff changes of the last quarter", "List open standards for cold-chain sensors"] },
  { agent: "quotes", owner: "logistics", framework: "pydantic-ai", tool: "lookup_rate", titles: ["Quote two pallets to Porto", "Quote an express letter to Oslo"] },
] as const;

const HISTORY = 140;

export function history(world: World, now: number): void {
  const dice = random(7);
  for (let i = 0; i < HISTORY; i += 1) {
    const who = dice.pick(AGENTS);
    const told = new Teller(world, { seed: 1000 + i, agent: who.agent, title: dice.pick(who.titles), startedAt: now - (9 + i * dice.between(4, 9)) * MINUTE, owner: who.owner, framework: who.framework, person: dice.pick(["on-call", "account-team", "service-desk"]) });
    const rounds = Math.floor(dice.between(1, 5));
    for (let round = 0; round < rounds; round += 1) {
      told.act({ kind: "model", target: GPT, into: Math.floor(dice.between(600, 3200)), out: Math.floor(dice.between(40, 500)), ms: dice.between(700, 3600) });
      told.act({ kind: "tool", target: who.tool, ms: dice.between(30, 700), detail: { arguments: { q: i, round }, result: { ok: true } } });
    }
    if (i % 9 === 4) told.act({ kind: "tool", target: "issue_refund", effect: "spend", verdict: "transform", stage: "policy", reasons: [{ rule: "refund.clamp", category: "policy", message: "Refunds are limited to $50.", cure: "" }], detail: { arguments: { order: `O-${3000 + i}`, amount: 50 } } });
    if (i % 13 === 6) told.act({ kind: "tool", target: "send_email", effect: "send", verdict: "deny", stage: "flow", reasons: [{ rule: "flow.outbound-untrusted", category: "flow", message: "The recipient comes from untrusted content.", cure: "" }], unendorsed: ["to=billing@example.net"], detail: { arguments: { to: "billing@example.net", subject: "Statement" } } });
    told.act({ kind: "output", target: "answer", ms: 1 });
    told.end("completed");
  }
}

export function failed(world: World, now: number): void {
  const told = new Teller(world, { seed: 61, agent: "quotes", title: "Quote a reefer container to Valencia", startedAt: now - 33 * MINUTE, owner: "logistics", framework: "pydantic-ai" });
  told.act({ kind: "model", target: GPT, into: 810, out: 64 });
  told.act({ kind: "tool", target: "lookup_rate", ms: 10_020, error: "TimeoutError: no answer within 10 s", detail: { arguments: { from: "HAM", to: "VLC", reefer: true } } });
  told.end("failed", "TimeoutError: no answer within 10 s");
}

export function lost(world: World, now: number): void {
  const told = new Teller(world, { seed: 71, agent: "researcher", title: "Watch the tender portal for new lots", startedAt: now - 178 * MINUTE, owner: "research" });
  told.act({ kind: "model", target: "local/llama-3.3-70b", into: 1200, out: 80, cost: null });
  const open = told.act({ kind: "tool", target: "web_search", open: true });
  told.run.state = "lost";
  told.run.in_flight = [];
  open.state = "failed";
}

/** Told by traces alone: nothing of it was decided. */
export function traced(world: World, now: number): void {
  const told = new Teller(world, { seed: 81, agent: "legacy-summary", title: "Summarise yesterday's tickets", startedAt: now - 66 * MINUTE, owner: "", person: "", framework: "openinference", governed: false });
  told.act({ kind: "span", target: "load tickets", ms: 410 });
  told.act({ kind: "model", target: GPT, into: 9200, out: 700, ms: 6200 });
  told.end("completed");
}
