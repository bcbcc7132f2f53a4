/** Who called whom, in order: agents, models and tools as columns, every step as an arrow between two of them. */
import { VERDICTS, type Columns } from "~/lib/outline";
import { scopesOf } from "./graph";
import { labelOf, type Names } from "./naming";
import type { Tree } from "./tree";

export type Lane = { label: string; kind: "person" | "agent" | "model" | "tool" | "memory"; calls: number };

/** One entry an arrow in the order they began. */
export type Sequence = { lanes: Lane[]; steps: Int32Array; from: Uint8Array; to: Uint8Array; /** Participants that share the last column. */ folded: number };

export const LANES_MAX = 20;

const [START, MODEL, TOOL, DELEGATE, MESSAGE, OUTPUT, MEMORY, SPAN] = [0, 1, 2, 3, 4, 5, 6, 7];
const RANK: Record<Lane["kind"], number> = { person: 0, agent: 1, model: 2, tool: 3, memory: 4 };

export const stopsShort = (verdict: number) => VERDICTS[verdict] === "deny" || VERDICTS[verdict] === "halt";

export function arrange(columns: Columns, names: Names, tree: Tree): Sequence {
  const scopes = scopesOf(columns, tree);
  const lanes = new Map<string, Lane>();
  const steps = Int32Array.from({ length: columns.count }, (_, step) => step).filter((step) => columns.kinds[step] !== SPAN);
  const ends: [string, string][] = [];
  for (const step of steps) {
    const pair = [caller(columns, names, scopes, step), callee(columns, names, step)] as const;
    for (const lane of pair) {
      const key = `${lane.kind} ${lane.label}`;
      const known = lanes.get(key);
      if (known) known.calls++;
      else lanes.set(key, { ...lane, calls: 1 });
    }
    ends.push([`${pair[0].kind} ${pair[0].label}`, `${pair[1].kind} ${pair[1].label}`]);
  }
  return folded(lanes, steps, ends);
}

function folded(lanes: ReadonlyMap<string, Lane>, steps: Int32Array, ends: readonly [string, string][]): Sequence {
  const all = [...lanes];
  const kept = all.length <= LANES_MAX ? all : all.toSorted(([, a], [, b]) => b.calls - a.calls).slice(0, LANES_MAX - 1);
  const names = new Set(kept.map(([key]) => key));
  const shown = all.filter(([key]) => names.has(key)).toSorted(([, a], [, b]) => RANK[a.kind] - RANK[b.kind]);
  const at = new Map(shown.map(([key], place) => [key, place]));
  const rest = shown.length;
  const place = (key: string) => at.get(key) ?? rest;
  const left = all.length - kept.length;
  const others: Lane[] = left > 0 ? [{ label: `${left} others`, kind: "tool", calls: 0 }] : [];
  return {
    lanes: [...shown.map(([, lane]) => lane), ...others],
    steps,
    from: Uint8Array.from(ends, ([from]) => place(from)),
    to: Uint8Array.from(ends, ([, to]) => place(to)),
    folded: left,
  };
}

type End = Pick<Lane, "label" | "kind">;

const PERSON: End = { label: "Person", kind: "person" };
const agent = (label: string): End => ({ label: label || "agent", kind: "agent" });

function caller(columns: Columns, names: Names, scopes: Int32Array, step: number): End {
  const kind = columns.kinds[step];
  const scope = scopes[step]!;
  if (kind === START || kind === DELEGATE) return scope < 0 ? PERSON : agent(names.agents[columns.agents[scope]!] ?? "");
  return agent(names.agents[columns.agents[step]!] ?? "");
}

function callee(columns: Columns, names: Names, step: number): End {
  const label = labelOf(columns, names, step);
  switch (columns.kinds[step]) {
    case MODEL:
      return { label, kind: "model" };
    case TOOL:
      return { label, kind: "tool" };
    case MEMORY:
      return { label, kind: "memory" };
    case OUTPUT:
      return PERSON;
    case DELEGATE:
    case MESSAGE:
      return agent(label);
    default:
      return agent(names.agents[columns.agents[step]!] ?? label);
  }
}
