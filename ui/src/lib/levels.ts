/** How much a rule counts: from only being written down to refusing. */

export const LEVELS = ["shadow", "warn", "sample", "enforce"] as const;
export type Level = (typeof LEVELS)[number];

/** A level as it is read: `sample:25` becomes `sample 25 %`. */
export function levelWord(level: string, percent = 100): string {
  const [word = "", share] = level.split(":");
  const part = Number(share ?? percent);
  return word === "sample" ? `sample ${part} %` : word;
}

/** The step after this one on the way to enforcing: more of the runs, then all of them. */
export function nextLevel(level: Level, percent: number): { level: Level; percent: number } | null {
  if (level === "shadow") return { level: "warn", percent: 100 };
  if (level === "warn") return { level: "sample", percent: 10 };
  if (level === "enforce") return null;
  return percent < 50 ? { level: "sample", percent: 50 } : { level: "enforce", percent: 100 };
}

/** What a level does, in a sentence. */
export const MEANINGS: Record<Level, string> = {
  shadow: "It judges and is recorded; nobody is refused or told.",
  warn: "It judges, and the agent's run carries a warning; nobody is refused.",
  sample: "It counts for a share of the runs.",
  enforce: "It counts for every run.",
};
