/** Fleet, runs and steps, as the server would answer. */
import type { Fleet, FleetAgent, Kill, RunSummary } from "../src/api/types.ts";
import { CROWD, crowdStep, isCrowd } from "./chapters/crowd.ts";
import { bounds, ok, page, problem, type Answer } from "./http.ts";
import { linksOf } from "./links.ts";
import { random } from "./random.ts";
import { narrowed } from "./search.ts";
import { runsOf, stepsOf, type World } from "./world.ts";

const DAY = 86_400_000;

export function listRuns(world: World, query: URLSearchParams): Answer {
  const read = narrowed(world, query.get("q") ?? "");
  if (!Array.isArray(read)) return read;
  const among = (name: string, has: (value: string) => boolean) => query.getAll(name).length === 0 || query.getAll(name).some(has);
  const since = query.get("since") ?? "";
  const found = read.filter(
    (run) =>
      among("state", (state) => run.state === state) &&
      among("agent", (agent) => run.agent === agent) &&
      among("verdict", (verdict) => run.verdicts[verdict as keyof typeof run.verdicts] > 0) &&
      (!query.get("session") || run.session === query.get("session")) &&
      (!since || run.started_at >= since),
  );
  return ok(page(found, query));
}

export function oneRun(world: World, id: string): Answer {
  const told = world.told.get(id);
  if (!told) return problem(404, "run_not_found", "There is no such run", `No run has the id ${id}.`, "It may have been removed by retention; look it up in the ledger.");
  const others = runsOf(world).filter((run) => run.trace === told.run.trace && run.id !== id);
  return ok({ ...told.run, ...told.around, runs: others.toReversed(), kill: covering(world, told.run) });
}

function covering(world: World, run: RunSummary): Kill | null {
  const hits = (kill: Kill) => kill.scope === "org" || [run.agent, run.id, run.session].includes(kill.target);
  return world.kills.find((kill) => !kill.lifted_at && hits(kill)) ?? null;
}

export function listSteps(world: World, id: string, query: URLSearchParams): Answer {
  const told = world.told.get(id);
  if (!told) return problem(404, "run_not_found", "There is no such run");
  const ids = query.get("ids");
  if (ids) return ok({ items: ids.split(",").flatMap((one) => world.steps.get(one) ?? crowdOf(world, one) ?? []), next: null });
  if (!isCrowd(told.run.steps)) return ok(page(stepsOf(world, told.run.trace), query));
  const { from, limit } = bounds(query);
  const to = Math.min(CROWD, from + limit);
  const root = told.steps[0]!;
  return ok({ items: Array.from({ length: to - from }, (_, i) => crowdStep(root, from + i)), next: to < CROWD ? String(to) : null });
}

export function oneStep(world: World, id: string): Answer {
  const step = world.steps.get(id) ?? crowdOf(world, id);
  if (!step) return problem(404, "step_not_found", "There is no such step");
  const attributes = { "gen_ai.operation.name": step.kind === "model" ? "chat" : "execute_tool", "gen_ai.request.model": step.model || undefined, "holdfast.decision.verdict": step.verdict, "holdfast.decision.took_us": step.took_us };
  const said = world.told.get(step.run)?.messages ?? [];
  const nothing = { arguments: null, result: null, attributes, events: [], links: linksOf(world, step.run).filter((link) => link.step === id), timings_us: {}, explanation: [], price: null };
  const price = step.kind === "model" && step.cost_usd !== null ? { source: "built-in table", version: "2026-11-01", model: step.model, warnings: [] } : null;
  const at = said.findIndex((message) => message.step === id);
  const spoken = step.kind === "model" ? { messages_in: said.slice(0, Math.max(at, 0)).concat(said.filter((m) => m.step === id && m.role !== "assistant")), messages_out: said.filter((m) => m.step === id && m.role === "assistant") } : { messages_in: [], messages_out: [] };
  return ok({ ...step, ...nothing, price, ...spoken, ...world.details.get(id) });
}

function crowdOf(world: World, id: string) {
  const index = Number.parseInt(id, 16) - 0xc0de_0000_0000;
  const told = [...world.told.values()].find(({ run }) => isCrowd(run.steps));
  return told && index > 0 && index < CROWD ? crowdStep(told.steps[0]!, index) : null;
}

export function fleet(world: World, now: number): Fleet {
  const runs = runsOf(world);
  const today = runs.filter((run) => now - Date.parse(run.started_at) < DAY);
  const count = (has: (run: RunSummary) => boolean) => today.filter(has).length;
  const dice = random(5);
  const series = Array.from({ length: 60 }, (_, i) => ({ at: new Date(now - (59 - i) * 60_000).toISOString(), usd: Math.max(0, dice.between(-0.01, 0.04) + (i > 34 && i < 41 ? 0.12 : 0)) }));
  return {
    agents: [...new Set(runs.map((run) => run.agent))].map((agent) => activity(world, today, agent)),
    running: runs.filter((run) => run.state === "running" || run.state === "waiting"),
    waiting: world.approvals.filter((approval) => approval.state === "pending"),
    kills: world.kills.filter((kill) => !kill.lifted_at),
    burn: { usd_per_hour: series.slice(-10).reduce((sum, point) => sum + point.usd, 0) * 6, today_usd: today.reduce((sum, run) => sum + (run.cost_usd ?? 0), 0), series, unpriced_today: 1 },
    totals: { running: count((run) => run.state === "running"), waiting: count((run) => run.state === "waiting"), denied_today: today.reduce((sum, run) => sum + run.denied, 0), halted_today: count((run) => run.state === "halted"), runs_today: today.length },
  };
}

function activity(world: World, today: RunSummary[], agent: string): FleetAgent {
  const mine = today.filter((run) => run.agent === agent);
  const running = mine.filter((run) => run.state === "running").length;
  const waiting = mine.filter((run) => run.state === "waiting").length;
  const killed = world.kills.some((kill) => !kill.lifted_at && (kill.scope === "org" || (kill.scope === "agent" && kill.target === agent)));
  const priced = mine.filter((run) => run.cost_usd !== null);
  return {
    agent,
    version: mine[0]?.version ?? "",
    owner: mine[0]?.owner ?? "",
    state: killed ? "killed" : running ? "running" : waiting ? "waiting" : "idle",
    running,
    waiting,
    runs_today: mine.length,
    denied_today: mine.reduce((sum, run) => sum + run.denied, 0),
    cost_today_usd: priced.length ? priced.reduce((sum, run) => sum + (run.cost_usd ?? 0), 0) : null,
    burn_usd_per_hour: running ? 0.42 * running : 0,
    last_seen: mine[0]?.last?.at ?? mine[0]?.started_at ?? null,
  };
}
