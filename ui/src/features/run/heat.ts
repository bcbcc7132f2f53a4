/** Heat: how much of its parent's time or money a step took. */
import { tookUs } from "./layout/flame";
import type { Laid } from "./outlined";
import type { Heat } from "./view";

/** The share of the parent, 0 to 1; null where there is nothing to share. */
export function heatOf({ outline: { columns }, plan: { tree, sums } }: Laid, step: number, heat: Heat): number | null {
  const parent = tree.parents[step]!;
  if (heat === "off" || parent < 0) return null;
  const own = heat === "cost" ? sums.costs[step]! : tookUs(columns, sums, step);
  const whole = heat === "cost" ? sums.costs[parent]! : tookUs(columns, sums, parent);
  return whole > 0 ? Math.min(1, own / whole) : null;
}

/** Warm from half of the parent on, hot from three quarters. */
export const gradeOf = (share: number): "cool" | "warm" | "hot" => (share >= 0.75 ? "hot" : share >= 0.5 ? "warm" : "cool");
