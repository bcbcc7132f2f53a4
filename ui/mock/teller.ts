/** Tells one run, step after step, on a clock of its own. */
import type { Message, Reason, RunSummary, Step, StepKind, Verdict } from "../src/api/types.ts";
import { random, type Random } from "./random.ts";
import { commit, enter, recount, type Detail, type Told, type World } from "./world.ts";

export type Opening = {
  seed: number;
  agent: string;
  title: string;
  startedAt: number;
  session?: string;
  person?: string;
  owner?: string;
  framework?: string;
  version?: string;
  parent?: { run: RunSummary; step: Step };
  governed?: boolean;
};

export type Act = {
  kind: StepKind;
  target: string;
  name?: string;
  ms?: number;
  effect?: string;
  verdict?: Verdict;
  stage?: string;
  reasons?: Reason[];
  into?: number;
  out?: number;
  cost?: number | null;
  error?: string;
  /** Left running or waiting instead of ended. */
  open?: boolean;
  unendorsed?: string[];
  would?: Step["would"];
  /** The world shows the effect, and this call takes it back. */
  undo?: Step["undo"];
  detail?: Detail;
  gap?: number;
};

export const BUNDLE = "b3f1c07a9e44d2186f0a";
const OVERHEAD_MS = 14;
const TIMINGS: Record<string, [number, number]> = { kill: [0.1, 0.3], identity: [0.3, 0.7], contract: [0.8, 1.9], project: [0.5, 1.1], cedar: [1.4, 3.2], flow: [0.3, 0.8], detectors: [0.6, 1.4], budgets: [0.4, 0.9] };

export class Teller {
  readonly told: Told;
  readonly root: Step;
  private readonly random: Random;
  private at: number;
  private parent: Step;

  constructor(
    private readonly world: World,
    private readonly opening: Opening,
  ) {
    this.random = random(opening.seed);
    this.at = opening.startedAt;
    const run = newRun(opening, this.random.hex(32), this.random.hex(32), this.iso());
    const around = { chain: opening.parent ? [run.person, opening.parent.run.agent, run.agent] : [run.person, run.agent], labels: [] as string[], budgets: [], parts: [] };
    this.told = { run, around, steps: [], messages: [] };
    world.told.set(run.id, this.told);
    this.root = this.act({ kind: "start", target: run.agent, open: true });
    this.parent = this.root;
  }

  get run(): RunSummary {
    return this.told.run;
  }

  act(act: Act): Step {
    this.at += act.gap ?? OVERHEAD_MS;
    const step = this.newStep(act);
    this.told.steps.push(step);
    this.world.steps.set(step.id, step);
    this.world.details.set(step.id, { timings_us: this.timings(step), ...act.detail });
    if (!act.open) this.close(step, act);
    else if (act.kind !== "start") step.state = act.verdict === "ask" ? "waiting" : "running";
    if (act.kind !== "start" || this.told.steps.length === 1) enter(this.world, step);
    recount(this.told);
    return step;
  }

  say(role: Message["role"], step: Step, ...parts: Message["parts"]): void {
    const id = `${step.id}-${this.told.messages.length}`;
    this.told.messages.push({ id, step: step.id, agent: this.run.agent, role, at: step.started_at, parts });
  }

  /** Everything told inside happens beneath the step. */
  within(step: Step, tell: () => void): void {
    const outer = this.parent;
    this.parent = step;
    tell();
    this.parent = outer;
  }

  /** The clock moves on to at least this moment. */
  until(at: number): void {
    this.at = Math.max(this.at, at);
  }

  get now(): number {
    return this.at;
  }

  end(state: RunSummary["state"], error = ""): void {
    const { run } = this.told;
    run.state = state;
    run.error = error;
    run.ended_at = this.iso();
    run.duration_ms = this.at - this.opening.startedAt;
    this.root.state = state === "completed" ? "done" : state === "halted" ? "halted" : "failed";
    this.root.ended_at = run.ended_at;
    this.root.duration_ms = run.duration_ms;
    this.root.error = error;
    recount(this.told);
  }

  close(step: Step, act: Pick<Act, "ms" | "error">): void {
    const refused = step.verdict === "deny" || step.verdict === "halt";
    const ms = refused ? 0.4 : (act.ms ?? this.random.between(40, 900));
    this.at = Math.max(this.at, Date.parse(step.started_at)) + ms;
    step.ended_at = this.iso();
    step.duration_ms = ms;
    step.error = act.error ?? "";
    step.state = step.verdict === "halt" ? "halted" : refused ? "refused" : act.error ? "failed" : "done";
  }

  private newStep(act: Act): Step {
    const governed = this.opening.governed ?? true;
    const verdict = governed ? (act.verdict ?? "allow") : null;
    const { run } = this.told;
    const model = act.kind === "model";
    return {
      id: this.random.hex(16),
      run: run.id,
      session: run.session,
      trace: run.trace,
      parent: act.kind === "start" ? (this.opening.parent?.step.id ?? "") : this.parent.id,
      agent: run.agent,
      kind: act.kind,
      name: act.name ?? act.target,
      target: act.target,
      effect: act.effect ?? (act.kind === "tool" ? "read" : ""),
      state: "running",
      verdict,
      stage: act.stage ?? (verdict ? "allow" : ""),
      reasons: act.reasons ?? [],
      obligations: verdict === "transform" ? ["clamp:amount:50"] : [],
      bundle: governed ? BUNDLE : "",
      enforced: true,
      took_us: governed ? Math.round(this.random.between(6, 11) * 10) / 10 : null,
      started_at: this.iso(),
      ended_at: null,
      duration_ms: null,
      tokens_in: act.into ?? 0,
      tokens_out: act.out ?? 0,
      cost_usd: act.cost === undefined ? (model ? ((act.into ?? 0) * 2.5 + (act.out ?? 0) * 10) / 1e6 : null) : act.cost,
      priced: !(model && act.cost === null),
      model: model ? act.target.split("/").at(-1)! : "",
      provider: model ? act.target.split("/")[0]! : "",
      error: "",
      labels: [...this.told.around.labels],
      unendorsed: act.unendorsed ?? [],
      would: act.would ?? [],
      approval: null,
      ledger: { decision: null, outcome: null },
      governed,
      orphan: false,
      observed: act.undo ? "confirmed" : "",
      observed_detail: "",
      attempts: 1,
      repeats: null,
      undo: act.undo ?? null,
    };
  }

  private timings(step: Step): Record<string, number> {
    if (!step.governed) return {};
    return Object.fromEntries(Object.entries(TIMINGS).map(([stage, [low, high]]) => [stage, Math.round(this.random.between(low, high) * 100) / 100]));
  }

  private iso(): string {
    return new Date(this.at).toISOString();
  }
}

function newRun(opening: Opening, id: string, session: string, at: string): RunSummary {
  return {
    id,
    trace: opening.parent?.run.trace ?? id,
    session: opening.session ?? opening.parent?.run.session ?? session,
    parent_run: opening.parent?.run.id ?? null,
    agent: opening.agent,
    version: opening.version ?? commit(opening.agent).slice(0, 8),
    owner: opening.owner ?? "platform",
    person: opening.person ?? "on-call",
    framework: opening.framework ?? "langgraph",
    title: opening.title,
    state: "running",
    started_at: at,
    ended_at: null,
    duration_ms: null,
    steps: 0,
    model_calls: 0,
    tool_calls: 0,
    denied: 0,
    asked: 0,
    tokens_in: 0,
    tokens_out: 0,
    cost_usd: null,
    unpriced_calls: 0,
    error: "",
    governed: opening.governed ?? true,
    observed: "",
    completeness: { sent: null, accepted: 0, stored: 0, duplicates: 0, dropped: 0, missing: 0, late: 0, orphaned: 0, state: "unknown", text: "" },
    last: null,
    in_flight: [],
    stopped_by: null,
    verdicts: { allow: 0, transform: 0, ask: 0, deny: 0, halt: 0 },
  };
}
