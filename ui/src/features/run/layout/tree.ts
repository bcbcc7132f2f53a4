/** The steps of a run as a tree, laid flat in reading order, and the sums of every branch. Linear in the number of steps. */
import type { Columns } from "~/lib/outline";

export type Tree = {
  /** Steps in reading order: a parent before its children, both in the order they began. */
  order: Int32Array;
  /** Place of a step in `order`. */
  place: Int32Array;
  /** By step: how deep it stands. */
  depths: Uint16Array;
  /** By step: the place after the last step beneath it. */
  ends: Int32Array;
  /** By step: how many steps stand directly beneath it. */
  children: Uint32Array;
  /** By step: the parent it stands under; -1 at the root, also where following parents would lead in a circle. */
  parents: Int32Array;
};

/** By step: what it and everything beneath it came to. */
export type Sums = { costs: Float64Array; tokens: Float64Array; /** Microseconds since the run began; a step in flight ends now. */ until: Float64Array };

const DEEPEST = 65_535;

export function plant(columns: Columns): Tree {
  const { count } = columns;
  const parents = uprooted(columns.parents, count);
  const children = new Uint32Array(count);
  // Sibling lists as two arrays of links: no allocation a step.
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  let firstRoot = -1;
  for (let step = count - 1; step >= 0; step--) {
    const parent = parents[step]!;
    if (parent < 0) {
      nextSibling[step] = firstRoot;
      firstRoot = step;
    } else {
      nextSibling[step] = firstChild[parent]!;
      firstChild[parent] = step;
      children[parent]!++;
    }
  }
  const order = new Int32Array(count);
  const place = new Int32Array(count);
  const depths = new Uint16Array(count);
  const ends = new Int32Array(count);
  let at = 0;
  let step = firstRoot;
  while (step >= 0) {
    order[at] = step;
    place[step] = at;
    at++;
    const parent = parents[step]!;
    depths[step] = parent < 0 ? 0 : Math.min(depths[parent]! + 1, DEEPEST);
    if (firstChild[step]! >= 0) {
      step = firstChild[step]!;
      continue;
    }
    ends[step] = at;
    while (nextSibling[step]! < 0 && parents[step]! >= 0) {
      step = parents[step]!;
      ends[step] = at;
    }
    step = nextSibling[step]!;
  }
  return { order, place, depths, ends, children, parents };
}

/** Parents without circles: the first step of a circle that is met becomes a root. */
function uprooted(given: Int32Array, count: number): Int32Array {
  const parents = Int32Array.from(given, (parent, step) => (parent === step || parent >= count ? -1 : parent));
  const seen = new Int32Array(count);
  for (let step = 0; step < count; step++) {
    let walker = step;
    while (walker >= 0 && seen[walker] === 0) {
      seen[walker] = step + 1;
      walker = parents[walker]!;
    }
    if (walker >= 0 && seen[walker] === step + 1) parents[walker] = -1;
  }
  return parents;
}

/** Add every branch up. */
export function addUp(columns: Columns, tree: Tree, nowUs: number): Sums {
  const { count, costs, tokensIn, tokensOut, starts, durations } = columns;
  const sums: Sums = { costs: new Float64Array(count), tokens: new Float64Array(count), until: new Float64Array(count) };
  for (let at = count - 1; at >= 0; at--) {
    const step = tree.order[at]!;
    const own = costs[step]!;
    if (!Number.isNaN(own)) sums.costs[step]! += own;
    sums.tokens[step]! += tokensIn[step]! + tokensOut[step]!;
    const duration = durations[step]!;
    sums.until[step] = Math.max(sums.until[step]!, duration < 0 ? nowUs : starts[step]! + duration);
    const parent = tree.parents[step]!;
    if (parent < 0) continue;
    sums.costs[parent]! += sums.costs[step]!;
    sums.tokens[parent]! += sums.tokens[step]!;
    sums.until[parent] = Math.max(sums.until[parent]!, sums.until[step]!);
  }
  return sums;
}

/** The steps that lead to this one, outermost first. */
export function pathTo(tree: Pick<Tree, "parents">, step: number): number[] {
  const path: number[] = [];
  for (let at = tree.parents[step] ?? -1; at >= 0; at = tree.parents[at]!) path.push(at);
  return path.toReversed();
}
