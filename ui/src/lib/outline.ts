/** A whole run as columns of numbers: fifty thousand steps in a few hundred kilobytes, handed between threads without copying words. */
import type { Outline as Wire, StepKind, StepState, Verdict } from "~/api/types";

export const KINDS = ["start", "model", "tool", "delegate", "message", "output", "memory", "span"] as const satisfies readonly StepKind[];
export const STATES = ["running", "waiting", "done", "refused", "failed", "halted"] as const satisfies readonly StepState[];
export const VERDICTS = ["", "allow", "transform", "ask", "deny", "halt"] as const satisfies readonly (Verdict | "")[];

export const FLAG = { orphan: 1, error: 2, inFlight: 4, decided: 8, refused: 16, unpriced: 32 } as const;

/** What has gone wrong with a step: it failed, or it was refused. */
export const TROUBLE = FLAG.error | FLAG.refused;

/** One entry a step in every column, in the order they began. */
export type Columns = {
  count: number;
  /** Index of the step it belongs to; -1 for none. */
  parents: Int32Array;
  /** Microseconds since the first step began. */
  starts: Float64Array;
  /** Microseconds; -1 while in flight. */
  durations: Float64Array;
  kinds: Uint8Array;
  names: Uint32Array;
  targets: Uint32Array;
  agents: Uint32Array;
  states: Uint8Array;
  verdicts: Uint8Array;
  /** Micro-dollars; NaN where it cost nothing or nobody knows. */
  costs: Float64Array;
  tokensIn: Float64Array;
  tokensOut: Float64Array;
  flags: Uint8Array;
};

export type Outline = {
  run: string;
  trace: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  total: number;
  truncated: boolean;
  ids: readonly string[];
  /** What `names` and `targets` index. */
  words: readonly string[];
  agentNames: readonly string[];
  columns: Columns;
};

/** The server's answer as typed columns; names that this console does not know become the plainest of their kind. */
export function readOutline(wire: Wire): Outline {
  return {
    run: wire.run,
    trace: wire.trace,
    startedAt: Date.parse(wire.started_at),
    total: wire.total,
    truncated: wire.truncated,
    ids: wire.ids,
    words: wire.name_table,
    agentNames: wire.agent_names,
    columns: {
      count: wire.ids.length,
      parents: Int32Array.from(wire.parents),
      starts: Float64Array.from(wire.starts_us),
      durations: Float64Array.from(wire.durations_us, (us) => us ?? -1),
      kinds: recoded(wire.kinds, wire.kind_names, KINDS, "span"),
      names: Uint32Array.from(wire.names),
      targets: Uint32Array.from(wire.targets),
      agents: Uint32Array.from(wire.agents),
      states: recoded(wire.states, wire.state_names, STATES, "done"),
      verdicts: recoded(wire.verdicts, wire.verdict_names, VERDICTS, ""),
      costs: Float64Array.from(wire.costs_micro_usd, (micro) => micro ?? Number.NaN),
      tokensIn: Float64Array.from(wire.tokens_in),
      tokensOut: Float64Array.from(wire.tokens_out),
      flags: Uint8Array.from(wire.flags),
    },
  };
}

function recoded(codes: readonly number[], theirs: readonly string[], ours: readonly string[], otherwise: string): Uint8Array {
  const rest = ours.indexOf(otherwise);
  const code = theirs.map((name) => {
    const at = ours.indexOf(name);
    return at < 0 ? rest : at;
  });
  return Uint8Array.from(codes, (each) => code[each] ?? rest);
}

/** One step of an outline, put back into words. */
export type Glance = {
  index: number;
  id: string;
  kind: StepKind;
  name: string;
  target: string;
  /** What it is called where its kind is seen beside it: the tool, the model, the agent; else its name. */
  label: string;
  agent: string;
  state: StepState;
  verdict: Verdict | "";
  startUs: number;
  /** Null while in flight. */
  durationUs: number | null;
  costUsd: number | null;
  tokensIn: number;
  tokensOut: number;
  flags: number;
};

const MICRO = 1e6;

export function glance(outline: Outline, index: number): Glance {
  const { columns, words } = outline;
  const duration = columns.durations[index] ?? -1;
  const cost = columns.costs[index] ?? Number.NaN;
  const kind = KINDS[columns.kinds[index] ?? 7] ?? "span";
  const name = words[columns.names[index] ?? 0] ?? "";
  const target = words[columns.targets[index] ?? 0] ?? "";
  return {
    index,
    id: outline.ids[index] ?? "",
    kind,
    name,
    target,
    label: (kind === "span" ? name : target) || name || target || kind,
    agent: outline.agentNames[columns.agents[index] ?? 0] ?? "",
    state: STATES[columns.states[index] ?? 2] ?? "done",
    verdict: VERDICTS[columns.verdicts[index] ?? 0] ?? "",
    startUs: columns.starts[index] ?? 0,
    durationUs: duration < 0 ? null : duration,
    costUsd: Number.isNaN(cost) ? null : cost / MICRO,
    tokensIn: columns.tokensIn[index] ?? 0,
    tokensOut: columns.tokensOut[index] ?? 0,
    flags: columns.flags[index] ?? 0,
  };
}
