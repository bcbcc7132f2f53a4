/** Which rows of a tree are seen: what is folded away and what lies outside the brushed time is left out. */
import type { Columns } from "~/lib/outline";
import type { Sums, Tree } from "./tree";

/** Microseconds since the run began. */
export type Window = { from: number; to: number };

/** Steps in reading order, those beneath a closed step and those wholly outside the window left out. */
export function seenRows(columns: Columns, tree: Tree, sums: Sums, closed: ReadonlySet<number>, window: Window | null): Int32Array {
  const rows = new Int32Array(columns.count);
  let seen = 0;
  for (let at = 0; at < columns.count; ) {
    const step = tree.order[at]!;
    if (window && (columns.starts[step]! > window.to || sums.until[step]! < window.from)) {
      // Nothing of a branch can be inside when all of it is outside; one that only begins later may still reach in.
      at = sums.until[step]! < window.from ? tree.ends[step]! : at + 1;
      continue;
    }
    rows[seen++] = step;
    at = closed.has(step) ? tree.ends[step]! : at + 1;
  }
  return rows.slice(0, seen);
}

/** Every step that has steps beneath it at this depth or deeper: what closing to a depth closes. */
export function deeperThan(tree: Tree, depth: number): number[] {
  const found: number[] = [];
  for (const step of tree.order) if (tree.children[step]! > 0 && tree.depths[step]! >= depth) found.push(step);
  return found;
}

/** Which row shows a step: itself, or the closed step it is folded into; -1 when neither is there. */
export function rowOf(rows: Int32Array, tree: Pick<Tree, "place" | "parents">, step: number): number {
  for (let at = step; at >= 0; at = tree.parents[at]!) {
    const found = search(rows, tree.place, tree.place[at]!);
    if (found >= 0) return found;
  }
  return -1;
}

/** Rows are in reading order, so a place is found by halving. */
function search(rows: Int32Array, place: Int32Array, wanted: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const here = place[rows[middle]!]!;
    if (here === wanted) return middle;
    if (here < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
