/** Runs that would not have ended by themselves, and what stopped them. */
import type { Reason } from "../../src/api/types.ts";
import { Teller } from "../teller.ts";
import type { World } from "../world.ts";

const MINUTE = 60_000;
const GPT = "openai/gpt-5-mini";
const PAIR_LIMIT = 10;

const stopped = (reason: Reason) => ({ rule: reason.rule, message: reason.message, stage: reason.category });

export function pingPong(world: World, now: number): void {
  const reason: Reason = { rule: "holdfast:pair-exchanges", category: "detector", message: "writer and reviewer have exchanged 10 messages without progress.", cure: "A person may start a new session." };
  const writer = new Teller(world, { seed: 31, agent: "writer", title: "Draft the quarterly market brief", startedAt: now - 24 * MINUTE, person: "research-desk", owner: "research" });
  const first = writer.act({ kind: "model", target: GPT, into: 920, out: 610 });
  writer.say("user", first, { type: "text", text: "Draft the quarterly market brief and have it reviewed." });
  let reviewer: Teller | null = null;
  for (let exchange = 1; exchange <= PAIR_LIMIT; exchange += 1) {
    const over = exchange === PAIR_LIMIT;
    const hand = writer.act({ kind: "delegate", target: "reviewer", name: "reviewer", ms: 5, detail: { arguments: { text: "Please review the draft.", round: exchange } }, ...(over ? { verdict: "halt" as const, stage: "detector", reasons: [reason], detail: { arguments: { text: "Please review the draft.", round: exchange }, explanation: [{ title: "Why", text: "Ten exchanges between the same two agents in one session; the last six drafts differ by less than 2 %." }, { title: "Would pass if", text: "the session had made progress: a new tool result, or a person's message." }] } } : {}) });
    if (over) break;
    reviewer ??= new Teller(world, { seed: 32, agent: "reviewer", title: "Please review the draft.", startedAt: writer.now, parent: { run: writer.run, step: hand }, owner: "research" });
    reviewer.until(writer.now);
    const thought = reviewer.act({ kind: "model", target: GPT, into: 1400 + exchange * 610, out: 120, ms: 1900 });
    reviewer.say("assistant", thought, { type: "text", text: `Round ${exchange}: please tighten the second paragraph and send it again.` });
    writer.until(reviewer.now);
    const again = writer.act({ kind: "model", target: GPT, into: 1500 + exchange * 720, out: 640, ms: 3100 });
    writer.say("assistant", again, { type: "text", text: `Here is draft ${exchange + 1} with a tighter second paragraph.` });
  }
  writer.run.stopped_by = stopped(reason);
  if (reviewer) {
    reviewer.run.stopped_by = stopped(reason);
    reviewer.until(writer.now);
    reviewer.end("halted");
  }
  writer.end("halted");
}

export function retryStorm(world: World, now: number): void {
  const reason: Reason = { rule: "holdfast:same-error", category: "detector", message: "lookup_rate failed 5 times with the same error; it is not retried again.", cure: "Mend the tool, then start a new run." };
  const told = new Teller(world, { seed: 41, agent: "quotes", title: "Quote 40 kg from Hamburg to Lyon", startedAt: now - 52 * MINUTE, owner: "logistics", framework: "pydantic-ai" });
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    told.act({ kind: "model", target: GPT, into: 600 + attempt * 180, out: 60, ms: 900 });
    told.act({ kind: "tool", target: "lookup_rate", ms: 120, error: "400 unknown parameter: weight_kg", detail: { arguments: { from: "HAM", to: "LYS", weight_kg: 40, attempt }, result: null } });
  }
  told.act({ kind: "model", target: GPT, into: 1600, out: 60, ms: 900 });
  told.act({ kind: "tool", target: "lookup_rate", verdict: "halt", stage: "detector", reasons: [reason], detail: { arguments: { from: "HAM", to: "LYS", weight_kg: 40, attempt: 6 } } });
  told.run.stopped_by = stopped(reason);
  told.end("halted");
}

export function costSpiral(world: World, now: number): void {
  const reason: Reason = { rule: "holdfast:budget", category: "budget", message: "The run's budget of $0.50 is spent; this call would hold $0.0712 more.", cure: "Raise the run budget, or narrow the task." };
  const told = new Teller(world, { seed: 51, agent: "researcher", title: "Compare battery recyclers in northern Europe", startedAt: now - 95 * MINUTE, owner: "research", framework: "langgraph" });
  told.told.around.budgets.push({ scope: "run", unit: "usd", limit: 0.5, used: 0.4631, held: 0 });
  told.told.around.labels.push("untrusted");
  for (let round = 1; round <= 9; round += 1) {
    told.act({ kind: "model", target: "openai/gpt-5", into: 4200 * round, out: 480, ms: 4200 });
    told.act({ kind: "tool", target: "web_search", ms: 730, detail: { arguments: { query: `battery recycling capacity ${2017 + round}` }, result: { results: 10 } } });
  }
  told.act({ kind: "model", target: "openai/gpt-5", verdict: "halt", stage: "budget", reasons: [reason], cost: null });
  told.run.stopped_by = stopped(reason);
  told.end("halted");
  told.run.unpriced_calls = 0;
}
