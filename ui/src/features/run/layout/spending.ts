/** What a run cost, by what it was spent on, and when. */
import { FLAG, type Columns } from "~/lib/outline";
import { labelOf, type Names } from "./naming";
import { tookUs } from "./flame";
import type { Sums } from "./tree";

export const GROUPS = ["model", "tool", "agent"] as const;
export type Group = (typeof GROUPS)[number];

export type Spent = {
  label: string;
  /** Steps that count here. */
  calls: number;
  /** Micro-dollars of those with a price. */
  cost: number;
  unpriced: number;
  tokensIn: number;
  tokensOut: number;
  us: number;
  trouble: number;
  /** The dearest, or else the longest, of them. */
  example: number;
};

/** Money as it was spent: the sum after each of so many equal stretches of time, and the dearest steps. */
export type Spending = { groups: Record<Group, Spent[]>; sums: Float64Array; dearest: Int32Array; total: number; unpriced: number };

const [MODEL, TOOL] = [1, 2];
const ROWS_MAX = 200;
const DEAREST = 50;

export function spend(columns: Columns, names: Names, sums: Sums, totalUs: number, bins: number): Spending {
  const by: Record<Group, Map<string, Spent>> = { model: new Map(), tool: new Map(), agent: new Map() };
  const added = new Float64Array(bins);
  let total = 0;
  let unpriced = 0;
  for (let step = 0; step < columns.count; step++) {
    const kind = columns.kinds[step];
    const cost = columns.costs[step]!;
    if (kind === MODEL) count(by.model, labelOf(columns, names, step), columns, sums, step);
    if (kind === TOOL) count(by.tool, labelOf(columns, names, step), columns, sums, step);
    if (kind === MODEL || kind === TOOL) count(by.agent, names.agents[columns.agents[step]!] || "unnamed", columns, sums, step);
    if ((columns.flags[step]! & FLAG.unpriced) !== 0) unpriced++;
    if (!(cost > 0)) continue;
    total += cost;
    const end = columns.starts[step]! + tookUs(columns, sums, step);
    added[Math.min(bins - 1, Math.max(0, Math.floor((end / Math.max(totalUs, 1)) * bins)))]! += cost;
  }
  for (let bin = 1; bin < bins; bin++) added[bin]! += added[bin - 1]!;
  const groups = Object.fromEntries(GROUPS.map((group) => [group, ranked(by[group])])) as Record<Group, Spent[]>;
  return { groups, sums: added, dearest: dearest(columns), total, unpriced };
}

function count(into: Map<string, Spent>, label: string, columns: Columns, sums: Sums, step: number) {
  let spent = into.get(label);
  if (!spent) {
    spent = { label, calls: 0, cost: 0, unpriced: 0, tokensIn: 0, tokensOut: 0, us: 0, trouble: 0, example: step };
    into.set(label, spent);
  }
  const cost = columns.costs[step]!;
  const flags = columns.flags[step]!;
  spent.calls++;
  if (cost > 0) spent.cost += cost;
  if ((flags & FLAG.unpriced) !== 0) spent.unpriced++;
  if ((flags & (FLAG.error | FLAG.refused)) !== 0) spent.trouble++;
  spent.tokensIn += columns.tokensIn[step]!;
  spent.tokensOut += columns.tokensOut[step]!;
  const took = tookUs(columns, sums, step);
  spent.us += took;
  const best = columns.costs[spent.example]!;
  if (cost > 0 ? !(best >= cost) : !(best > 0) && took > tookUs(columns, sums, spent.example)) spent.example = step;
}

const ranked = (found: ReadonlyMap<string, Spent>) => [...found.values()].toSorted((a, b) => b.cost - a.cost || b.us - a.us).slice(0, ROWS_MAX);

function dearest({ count: steps, costs }: Columns): Int32Array {
  const paid = Int32Array.from({ length: steps }, (_, step) => step).filter((step) => costs[step]! > 0);
  return paid.toSorted((a, b) => costs[b]! - costs[a]!).slice(0, DEAREST);
}
