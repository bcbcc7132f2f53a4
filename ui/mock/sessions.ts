/** Sessions of the story: its runs, added up. */
import type { Attribution, RunSummary, SessionSummary } from "../src/api/types.ts";
import { ok, page, problem, type Answer } from "./http.ts";
import { runsOf, type World } from "./world.ts";

const BADLY = new Set(["failed", "halted", "lost"]);

export function listSessions(world: World, id: string, verb: string, query: URLSearchParams): Answer {
  const runs = runsOf(world).filter((run) => run.session === id);
  if (verb === "runs") return ok(page(runs, query));
  if (id) return runs.length ? ok(sumUp(runs)) : problem(404, "not_found", "Not Found", `there is no session ${id}`, "List them at /v1/sessions.");
  const text = (query.get("q") ?? "").toLowerCase();
  const ids = new Set(runsOf(world).map((run) => run.session));
  const found = [...ids].map((session) => sumUp(runsOf(world).filter((run) => run.session === session))).filter((session) => `${session.id} ${session.title} ${session.agents} ${session.people}`.toLowerCase().includes(text));
  return ok(page(found.toSorted((a, b) => b.last_at.localeCompare(a.last_at)), query));
}

function sumUp(runs: readonly RunSummary[]): SessionSummary {
  const ordered = runs.toSorted((a, b) => a.started_at.localeCompare(b.started_at));
  const first = ordered[0]!;
  const sum = (of: (run: RunSummary) => number) => runs.reduce((total, run) => total + of(run), 0);
  const live = (["waiting", "running"] as const).find((state) => runs.some((run) => run.state === state));
  const priced = runs.filter((run) => run.cost_usd !== null);
  return {
    id: first.session,
    title: first.title,
    state: live ?? ordered.at(-1)!.state,
    runs: runs.length,
    failed: runs.filter((run) => BADLY.has(run.state)).length,
    agents: [...new Set(runs.map((run) => run.agent))].toSorted(),
    people: [...new Set(runs.map((run) => run.person))].filter(Boolean).toSorted(),
    started_at: first.started_at,
    last_at: runs.reduce((last, run) => (run.last && run.last.at > last ? run.last.at : last), first.started_at),
    steps: sum((run) => run.steps),
    model_calls: sum((run) => run.model_calls),
    tool_calls: sum((run) => run.tool_calls),
    denied: sum((run) => run.denied),
    asked: sum((run) => run.asked),
    tokens_in: sum((run) => run.tokens_in),
    tokens_out: sum((run) => run.tokens_out),
    cost_usd: priced.length ? sum((run) => run.cost_usd ?? 0) : null,
    unpriced_calls: sum((run) => run.unpriced_calls),
  };
}

/** Refused and failed steps speak against themselves; the story knows no more. */
export function attribution(world: World, run: string): Answer {
  const told = world.told.get(run);
  if (!told) return problem(404, "run_not_found", "There is no such run");
  const own = told.steps.filter((step) => step.kind !== "start");
  const evidence: Attribution["evidence"] = [];
  for (const [kind, weight, bad] of [["policy", 0.7, own.find((step) => step.state === "refused" || step.state === "halted")], ["error", 0.45, own.find((step) => step.state === "failed")]] as const) {
    if (bad) evidence.push({ kind, weight, step: bad.id, agent: bad.agent, target: bad.target, at: bad.started_at, text: kind === "policy" ? `Refused: ${bad.reasons[0]?.message ?? bad.stage}` : `${bad.target} failed: ${bad.error}` });
  }
  const suspects = evidence.map(({ step, agent, target, at, weight, kind }) => ({ step, agent, target, at, score: weight, kinds: [kind] })).toSorted((a, b) => b.score - a.score);
  const failed = own.find((step) => step.state === "failed");
  return ok({ run, state: told.run.state, turned_at: suspects[0]?.step ?? null, suspects, evidence, baselines: { first_step: own[0]?.id ?? null, last_step: own.at(-1)?.id ?? null, first_error: failed?.id ?? null }, sibling: null, opinion: null, acts: own.length } satisfies Attribution);
}
