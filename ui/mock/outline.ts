/** Runs in columns, two runs side by side, and runs as files, as the server would answer. */
import type { Comparison, Outline, Step } from "../src/api/types.ts";
import { KINDS, STATES, VERDICTS } from "../src/lib/outline.ts";
import { CROWD, crowdStep, isCrowd } from "./chapters/crowd.ts";
import { ok, problem, type Answer } from "./http.ts";
import { stepsOf, type World } from "./world.ts";

/** Every step of a run's trace; the crowd's are made as they are asked for. */
export function allSteps(world: World, id: string): Step[] | null {
  const told = world.told.get(id);
  if (!told) return null;
  const root = told.steps[0]!;
  return isCrowd(told.run.steps) ? Array.from({ length: CROWD }, (_, index) => crowdStep(root, index)) : stepsOf(world, told.run.trace);
}

export function outline(world: World, id: string): Answer {
  const steps = allSteps(world, id);
  return steps ? ok(columns(id, steps)) : problem(404, "run_not_found", "There is no such run");
}

function code(table: Map<string, number>, word: string): number {
  if (!table.has(word)) table.set(word, table.size);
  return table.get(word) ?? 0;
}

function columns(run: string, steps: readonly Step[]): Outline {
  const base = Date.parse(steps[0]?.started_at ?? new Date(0).toISOString());
  const place = new Map(steps.map((step, index) => [step.id, index]));
  const words = new Map<string, number>();
  const agents = new Map<string, number>();
  return {
    run,
    trace: steps[0]?.trace ?? run,
    started_at: new Date(base).toISOString(),
    total: steps.length,
    truncated: false,
    ids: steps.map((step) => step.id),
    parents: steps.map((step) => place.get(step.parent) ?? -1),
    starts_us: steps.map((step) => (Date.parse(step.started_at) - base) * 1000),
    durations_us: steps.map((step) => (step.ended_at ? Math.round((step.duration_ms ?? 0) * 1000) : null)),
    kinds: steps.map((step) => KINDS.indexOf(step.kind)),
    kind_names: [...KINDS],
    names: steps.map((step) => code(words, step.name)),
    targets: steps.map((step) => code(words, step.target)),
    name_table: [...words.keys()],
    states: steps.map((step) => STATES.indexOf(step.state)),
    state_names: [...STATES],
    verdicts: steps.map((step) => VERDICTS.indexOf(step.verdict ?? "")),
    verdict_names: [...VERDICTS],
    costs_micro_usd: steps.map((step) => (step.cost_usd === null ? null : Math.round(step.cost_usd * 1e6))),
    tokens_in: steps.map((step) => step.tokens_in),
    tokens_out: steps.map((step) => step.tokens_out),
    agents: steps.map((step) => code(agents, step.agent)),
    agent_names: [...agents.keys()],
    flags: steps.map((step) => flags(step, place)),
  };
}

function flags(step: Step, place: ReadonlyMap<string, number>): number {
  const orphan = step.parent !== "" && !place.has(step.parent) ? 1 : 0;
  const error = step.state === "failed" ? 2 : 0;
  const open = step.ended_at === null ? 4 : 0;
  const decided = step.verdict ? 8 : 0;
  const refused = step.state === "refused" || step.verdict === "deny" || step.verdict === "halt" ? 16 : 0;
  return orphan + error + open + decided + refused + (step.priced ? 0 : 32);
}

/** Row by row in the order they began: the story needs no cleverer alignment. */
export function compare(world: World, id: string, other: string): Answer {
  const [ours, theirs] = [allSteps(world, id), allSteps(world, other)];
  const [left, right] = [world.told.get(id)?.run, world.told.get(other)?.run];
  if (!ours || !theirs || !left || !right) return problem(404, "run_not_found", "There is no such run");
  const rows = rowsOf(ours, theirs);
  const marks = rows.map(([a, b]) => (a < 0 ? 4 : b < 0 ? 3 : ours[a]!.state === theirs[b]!.state && ours[a]!.verdict === theirs[b]!.verdict ? 0 : 2));
  const first = marks.findIndex((mark) => mark > 1);
  const name = first < 0 ? "" : (ours[rows[first]![0]] ?? theirs[rows[first]![1]])!.name;
  const body: Comparison = {
    left_run: left,
    right_run: right,
    left: rows.map(([a]) => a),
    right: rows.map(([, b]) => b),
    marks,
    depths: rows.map(([a, b]) => depthOf(a < 0 ? theirs : ours, a < 0 ? b : a)),
    diverged: first < 0 ? null : first,
    arguments_diverged: null,
    text: first < 0 ? "Both did the same." : marks[first] === 2 ? `${name}: ${ours[rows[first]![0]]!.state} on the left, ${theirs[rows[first]![1]]!.state} on the right.` : `Only the ${marks[first] === 4 ? "right" : "left"} did ${name}.`,
    truncated: false,
  };
  return ok(body);
}

function rowsOf(ours: readonly Step[], theirs: readonly Step[]): [number, number][] {
  const rows: [number, number][] = [];
  let b = 0;
  ours.forEach((step, a) => {
    const meets = theirs.findIndex((each, at) => at >= b && each.kind === step.kind && (each.target === step.target || step.kind === "start"));
    if (meets < 0) rows.push([a, -1]);
    else {
      for (; b < meets; b++) rows.push([-1, b]);
      rows.push([a, b++]);
    }
  });
  for (; b < theirs.length; b++) rows.push([-1, b]);
  return rows;
}

function depthOf(steps: readonly Step[], index: number): number {
  const parent = steps.find((step) => step.id === steps[index]!.parent);
  return parent ? depthOf(steps, steps.indexOf(parent)) + 1 : 0;
}
