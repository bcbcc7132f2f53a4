import { expect, test } from "vitest";
import { readTargets, writeTargets } from "./targets";

test("what is written is read back the same", () => {
  const targets = [
    { provider: "anthropic", model: "claude-sonnet-4-5", weight: 3, resumes: false },
    { provider: "openrouter", model: "meta/llama-3.3-70b", weight: 1, resumes: false },
  ];
  expect(readTargets(writeTargets(targets))).toEqual({ targets, problem: undefined });
});

test.each([
  ["", "Name at least one target"],
  ["openai/gpt-4o\n\ngpt-4o", "Line 3: a target is provider/model"],
  ["openai/", "Line 1: a target is provider/model"],
  ["openai/gpt-4o heavy", "Line 1: a weight is one number above 0"],
  ["openai/gpt-4o -1", "Line 1: a weight is one number above 0"],
])("%j is refused at its line", (text, problem) => {
  expect(readTargets(text).problem).toBe(problem);
});
