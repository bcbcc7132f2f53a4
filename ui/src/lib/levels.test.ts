import { expect, test } from "vitest";
import { levelWord, nextLevel, type Level } from "./levels";

test("a rule climbs from shadow to enforce in small steps and then stays", () => {
  const way: string[] = [];
  for (let at: { level: Level; percent: number } | null = { level: "shadow", percent: 100 }; at; at = nextLevel(at.level, at.percent)) way.push(levelWord(at.level, at.percent));
  expect(way).toEqual(["shadow", "warn", "sample 10 %", "sample 50 %", "enforce"]);
});

test("a level reads the same from a step and from a rule", () => {
  expect(levelWord("sample:25")).toBe(levelWord("sample", 25));
});
