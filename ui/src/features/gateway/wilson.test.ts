import { expect, test } from "vitest";
import { wilson } from "./wilson";

test("nothing counted is sure of nothing", () => {
  expect(wilson(0, 0)).toEqual([0, 1]);
});

test("none found in a hundred is not surely none", () => {
  const [low, high] = wilson(0, 100);
  expect(low).toBeCloseTo(0, 12);
  expect(high).toBeCloseTo(0.037, 3);
});
