/** Counting and walking the rows at which two runs differ. */
import { plural } from "~/lib/counts";

/** `3 differences in 40 rows`. */
export function differences(marks: readonly number[]): string {
  const found = marks.reduce((sum, mark) => sum + (mark > 0 ? 1 : 0), 0);
  return `${found === 0 ? "No difference" : plural(found, "difference")} in ${plural(marks.length, "row")}.`;
}

/** The next row that differs after this one, or before it; round again at the ends. */
export function nextDifference(marks: readonly number[], row: number, forward: boolean): number {
  const count = marks.length;
  for (let by = 1; by <= count; by++) {
    const at = (((forward ? row + by : row - by) % count) + count) % count;
    if ((marks[at] ?? 0) > 0) return at;
  }
  return row;
}
