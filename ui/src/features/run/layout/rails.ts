/** A run as it ran: one row a step, a rail for everything that holds steps, branching off and ending like tracks. */
import type { Columns } from "~/lib/outline";
import { scopesOf } from "./graph";
import type { Tree } from "./tree";

/** One entry a row; rails are numbered from the left, at most `RAILS_MAX`. */
export type Rails = {
  steps: Int32Array;
  /** The rail the step stands on. */
  at: Uint8Array;
  /** The rail that branches off here; 255 for none. */
  opens: Uint8Array;
  /** Rails that go on to the next row, as bits. */
  through: Uint32Array;
  width: number;
};

export const RAILS_MAX = 24;
export const NO_RAIL = 255;

const SPAN = 7;

export function lay(columns: Columns, tree: Tree): Rails {
  const scopes = scopesOf(columns, tree);
  const steps = Int32Array.from({ length: columns.count }, (_, step) => step).filter((step) => columns.kinds[step] !== SPAN);
  const last = lastRows(steps, scopes);
  const rails: Rails = { steps, at: new Uint8Array(steps.length), opens: new Uint8Array(steps.length).fill(NO_RAIL), through: new Uint32Array(steps.length), width: 1 };
  const railOf = new Map<number, number>([[-1, 0]]);
  const ends = new Int32Array(RAILS_MAX).fill(-1);
  ends[0] = last.get(-1) ?? -1;
  steps.forEach((step, row) => {
    rails.at[row] = railOf.get(scopes[step]!) ?? 0;
    const until = last.get(step);
    if (until !== undefined) rails.opens[row] = open(rails.at[row]!, row, until, ends);
    if (until !== undefined) railOf.set(step, rails.opens[row]!);
    let through = 0;
    for (let rail = 0; rail < RAILS_MAX; rail++) {
      if (ends[rail]! <= row) continue;
      through |= 1 << rail;
      rails.width = Math.max(rails.width, rail + 1);
    }
    rails.through[row] = through >>> 0;
  });
  return rails;
}

/** The last row that stands within each step; -1 is the run itself. */
function lastRows(steps: Int32Array, scopes: Int32Array): Map<number, number> {
  const last = new Map<number, number>();
  steps.forEach((step, row) => last.set(scopes[step]!, row));
  return last;
}

/** The first free rail to the right; the last one is shared when all are taken. */
function open(from: number, row: number, until: number, ends: Int32Array): number {
  for (let rail = from + 1; rail < RAILS_MAX; rail++) {
    if (ends[rail]! > row) continue;
    ends[rail] = until;
    return rail;
  }
  ends[RAILS_MAX - 1] = Math.max(ends[RAILS_MAX - 1]!, until);
  return RAILS_MAX - 1;
}
