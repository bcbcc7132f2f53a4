/** What a step is called when many are counted together: its target, or its name with the numbers taken out. */
import type { Columns } from "~/lib/outline";

export type Names = { words: readonly string[]; agents: readonly string[]; /** `words` without their numbers. */ plain: readonly string[] };

const NUMBERS = /\d+/g;
const SPAN = 7;

export function namesOf(words: readonly string[], agents: readonly string[]): Names {
  return { words, agents, plain: words.map((word) => word.replace(NUMBERS, "#")) };
}

export function labelOf(columns: Columns, { words, plain }: Names, step: number): string {
  const target = words[columns.targets[step]!] ?? "";
  if (target && columns.kinds[step] !== SPAN) return target;
  // Frames are often numbered ("batch 12"); their number is not what they do.
  return plain[columns.names[step]!] || target || "step";
}
