/** One row of a run, put together for drawing: the step, its place in the tree, its sums and what is worth a word. */
import type { Step } from "~/api/types";
import { FLAG, glance, TROUBLE, type Glance } from "~/lib/outline";
import { heatOf } from "./heat";
import type { Laid } from "./outlined";
import { phaseOf, type Phase } from "./playback";
import type { Heat } from "./view";

export type Line = {
  step: Glance;
  depth: number;
  children: number;
  open: boolean;
  /** Steps beneath it, at any depth. */
  beneath: number;
  /** Something beneath it failed or was refused. */
  troubled: boolean;
  /** Dollars of it and everything beneath it; null when nothing had a price. */
  costUsd: number | null;
  summed: boolean;
  heat: number | null;
  phase: Phase;
  hit: boolean;
  /** Why it failed, was refused or waits. */
  word: string;
  /** What speaks against it, when it is where the run may have turned. */
  suspicion: Suspicion | undefined;
  startedAt: string;
};

/** A step that may be where a run turned. */
export type Suspicion = { /** The likeliest of all. */ turned: boolean; text: string };
export type Suspicions = ReadonlyMap<string, Suspicion>;

const MICRO = 1e6;

export type Seen = { laid: Laid; closed: ReadonlySet<number>; heat: Heat; atUs: number | null; hits: ReadonlySet<number>; notable: ReadonlyMap<string, Step>; suspicions: Suspicions };

export function lineOf({ laid, closed, heat, atUs, hits, notable, suspicions }: Seen, index: number): Line {
  const { outline, plan } = laid;
  const { tree, sums } = plan;
  const step = glance(outline, index);
  const children = tree.children[index]!;
  const summed = step.costUsd === null && sums.costs[index]! > 0;
  return {
    step,
    depth: tree.depths[index]!,
    children,
    open: !closed.has(index),
    beneath: tree.ends[index]! - tree.place[index]! - 1,
    troubled: children > 0 && troubleBeneath(laid, index),
    costUsd: summed ? sums.costs[index]! / MICRO : step.costUsd,
    summed,
    heat: heatOf(laid, index, heat),
    phase: phaseOf(atUs, step.startUs, sums.until[index]!),
    hit: hits.has(index),
    word: wordOf(step, notable.get(step.id)),
    suspicion: suspicions.get(step.id),
    startedAt: new Date(outline.startedAt + step.startUs / 1000).toISOString(),
  };
}

/** Troubles are in reading order, and so is a branch: one look by halving. */
export function troubleBeneath({ plan: { tree, troubles } }: Pick<Laid, "plan">, index: number): boolean {
  const from = tree.place[index]!;
  let low = 0;
  let high = troubles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tree.place[troubles[middle]!]! <= from) low = middle + 1;
    else high = middle;
  }
  const next = troubles[low];
  return next !== undefined && tree.place[next]! < tree.ends[index]!;
}

function wordOf(step: Glance, whole: Step | undefined): string {
  if ((step.flags & FLAG.orphan) !== 0 && !whole) return "its parent never arrived";
  if (!whole || (step.flags & (TROUBLE | FLAG.inFlight)) === 0) return whole?.verdict === "transform" ? whole.obligations.join(", ") : "";
  return whole.error || whole.reasons[0]?.message || "";
}
