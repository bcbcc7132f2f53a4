import { describe, expect, test } from "vitest";
import { bottomOf, spaced, stretches, ticks } from "./scale";

describe("ticks", () => {
  test.each([
    [0.83, [0, 0.25, 0.5, 0.75, 1]],
    [1, [0, 0.25, 0.5, 0.75, 1]],
    [47_000, [0, 20_000, 40_000, 60_000]],
    [0.000_3, [0, 0.0001, 0.0002, 0.0003]],
    [0, [0, 1]],
  ])("an axis up to %d has round steps and reaches it", (top, expected) => {
    expect(ticks(top)).toEqual(expected);
  });
});

test("an axis of shares begins below everything drawn on it", () => {
  expect([0.97, 0.62, 0.3, 0].map(bottomOf)).toEqual([0.9, 0.5, 0, 0]);
});

test("labels never crowd, and the latest is always named", () => {
  expect([...spaced(30, 7)].toSorted((a, b) => a - b)).toEqual([4, 9, 14, 19, 24, 29]);
  expect(spaced(3, 7).size).toBe(3);
});

test("a missing value breaks the line", () => {
  expect(stretches([1, null, 2, 3], (one) => one !== null)).toEqual([
    { from: 0, items: [1] },
    { from: 2, items: [2, 3] },
  ]);
});
