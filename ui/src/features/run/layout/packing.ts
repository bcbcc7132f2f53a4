/** A run seen from afar: every step packed into the first lane that is free, drawn on a small raster. */
import { FLAG, TROUBLE, type Columns } from "~/lib/outline";
import type { Sums } from "./tree";

export const INK = { none: 0, frame: 1, plain: 2, trouble: 3 } as const;

/** `bins` cells a lane, lane after lane. */
export type Raster = { bins: number; lanes: number; cells: Uint8Array; /** Steps that found no lane. */ hidden: number };

const SPAN = 7;
const START = 0;

/**
 * Pack steps into lanes so that no two in one lane overlap; those that find none are counted and left out.
 * Trouble is drawn over everything else, so that one refusal among fifty thousand steps is seen.
 */
export function pack(columns: Columns, sums: Sums, totalUs: number, bins: number, lanes: number): Raster {
  const cells = new Uint8Array(bins * lanes);
  const free = new Float64Array(lanes).fill(-1);
  const whole = Math.max(totalUs, 1);
  let hidden = 0;
  for (let step = 0; step < columns.count; step++) {
    const start = columns.starts[step]!;
    const end = columns.durations[step]! < 0 ? sums.until[step]! : start + columns.durations[step]!;
    const flags = columns.flags[step]!;
    let lane = 0;
    while (lane < lanes && free[lane]! > start) lane++;
    const troubled = (flags & TROUBLE) !== 0;
    if (lane === lanes) {
      hidden++;
      if (!troubled) continue;
      lane = lanes - 1;
    } else free[lane] = Math.max(end, start + whole / bins / 4);
    const ink = troubled ? INK.trouble : columns.kinds[step] === SPAN || columns.kinds[step] === START ? INK.frame : INK.plain;
    const from = Math.min(bins - 1, Math.max(0, Math.floor((start / whole) * bins)));
    const to = Math.max(from + 1, Math.min(bins, Math.ceil((end / whole) * bins)));
    // Trouble marks where it began: a run that failed after an hour is not red for an hour.
    const until = troubled && (flags & FLAG.inFlight) === 0 ? from + 1 : to;
    for (let bin = from; bin < until; bin++) {
      const cell = lane * bins + bin;
      if (cells[cell]! < ink) cells[cell] = ink;
    }
  }
  return { bins, lanes, cells, hidden };
}

const DECIMAL = [1, 2, 5];
const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Above a second, clocks are read rather than rulers. */
const CLOCK = [1, 2, 5, 10, 15, 30].flatMap((n) => [n * SECOND, n * MINUTE, n * HOUR]).toSorted((a, b) => a - b);

/** Round moments between two, at most so many: what a ruler says. */
export function ticks(fromUs: number, toUs: number, most: number): number[] {
  const length = Math.max(toUs - fromUs, 1);
  const rough = length / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const decimal = (DECIMAL.find((each) => each * power >= rough) ?? 10) * power;
  const step = rough < SECOND / 2 ? decimal : (CLOCK.find((each) => each >= rough) ?? decimal);
  const first = Math.ceil(fromUs / step);
  return Array.from({ length: Math.max(0, Math.floor(toUs / step) - first + 1) }, (_, i) => (first + i) * step);
}
