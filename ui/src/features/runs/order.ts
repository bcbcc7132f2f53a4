/** The order of runs. The server lists newest first; other orders arrange what is loaded. */
import type { RunSummary } from "~/api/types";
import type { Sort } from "./filters";

const KEYS: Record<Sort, (run: RunSummary) => number | null> = {
  started: (run) => Date.parse(run.started_at),
  duration: (run) => run.duration_ms,
  steps: (run) => run.steps,
  tokens: (run) => run.tokens_in + run.tokens_out,
  cost: (run) => run.cost_usd,
};

/** Sorted runs; what is unknown stands last either way. */
export function ordered(runs: readonly RunSummary[], sort: Sort, ascending: boolean): readonly RunSummary[] {
  if (sort === "started" && !ascending) return runs;
  const key = KEYS[sort];
  return runs.toSorted((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return ascending ? x - y : y - x;
  });
}
