/** Steps as a tree, and the tree as the rows a virtual list draws. */
import type { Step } from "~/api/types";

export type Row = { step: Step; depth: number; children: number; open: boolean };

const MAX_DEPTH = 400;

/** Rows in reading order; a step whose parent is not loaded stands at the root. Linear in the number of steps. */
export function rows(steps: readonly Step[], closed: ReadonlySet<string>): Row[] {
  const known = new Set(steps.map((step) => step.id));
  const childrenOf = new Map<string | null, Step[]>();
  for (const step of steps) {
    const parent = known.has(step.parent) && step.parent !== step.id ? step.parent : null;
    const siblings = childrenOf.get(parent);
    if (siblings) siblings.push(step);
    else childrenOf.set(parent, [step]);
  }
  return walk(childrenOf, closed);
}

// An explicit stack: recursion would overflow on the deep chains a runaway agent makes.
function walk(childrenOf: ReadonlyMap<string | null, Step[]>, closed: ReadonlySet<string>): Row[] {
  const result: Row[] = [];
  const stack = (childrenOf.get(null) ?? []).toReversed().map((step) => ({ step, depth: 0 }));
  for (let top = stack.pop(); top; top = stack.pop()) {
    const children = childrenOf.get(top.step.id) ?? [];
    const open = !closed.has(top.step.id);
    result.push({ step: top.step, depth: top.depth, children: children.length, open });
    if (!open || top.depth >= MAX_DEPTH) continue;
    for (const step of children.toReversed()) stack.push({ step, depth: top.depth + 1 });
  }
  return result;
}

/** Where a step lies within its run, as fractions of the whole. */
export type Extent = { left: number; width: number };

export type Span = { from: number; to: number };

/** First start and last end; a step still in flight reaches to `now`. */
export function span(steps: readonly Step[], now: number): Span {
  let from = Infinity;
  let to = -Infinity;
  for (const step of steps) {
    from = Math.min(from, Date.parse(step.started_at));
    to = Math.max(to, step.ended_at ? Date.parse(step.ended_at) : now);
  }
  return Number.isFinite(from) ? { from, to: Math.max(to, from + 1) } : { from: 0, to: 1 };
}

export function extent(step: Step, whole: Span, now: number): Extent {
  const length = whole.to - whole.from;
  const start = Date.parse(step.started_at);
  const end = step.ended_at ? Date.parse(step.ended_at) : now;
  return { left: (start - whole.from) / length, width: Math.max(0, end - start) / length };
}
