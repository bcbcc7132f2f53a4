import { expect, test } from "vitest";
import { make, NOW, tangle } from "./made";
import { deeperThan, rowOf, seenRows } from "./rows";
import { addUp, pathTo, plant } from "./tree";

const grown = (parents: readonly number[]) => plant(make(parents.map((parent) => ({ parent }))).columns);

test("children follow their parent, in the order they began", () => {
  const tree = grown([-1, 0, -1, 0, 1]);
  expect([...tree.order]).toEqual([0, 1, 4, 3, 2]);
  expect([...tree.depths]).toEqual([0, 1, 0, 1, 2]);
  expect([...tree.ends]).toEqual([4, 3, 5, 4, 3]);
  expect([...tree.children]).toEqual([2, 1, 0, 0, 0]);
  expect(pathTo(tree, 4)).toEqual([0, 1]);
});

test.each([
  ["itself", [0]],
  ["one another", [1, 0]],
  ["a circle with a tail", [2, 0, 1, 2]],
  ["beyond the end", [7]],
])("a step whose parents lead to %s is shown once", (_, parents) => {
  const tree = grown(parents);
  expect([...tree.order].toSorted((a, b) => a - b)).toEqual(parents.map((__, step) => step));
  expect([...tree.parents]).toContain(-1);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("any tangle becomes a tree: every step once, after its parent, within its parent's branch (%i)", (seed) => {
  const { columns } = tangle(400, seed);
  const tree = plant(columns);
  expect(new Set(tree.order).size).toBe(400);
  for (let step = 0; step < 400; step++) {
    const parent = tree.parents[step]!;
    expect(tree.order[tree.place[step]!]).toBe(step);
    if (parent < 0) expect(tree.depths[step]).toBe(0);
    else {
      expect(tree.depths[step]).toBe(tree.depths[parent]! + 1);
      expect(tree.place[step]).toBeGreaterThan(tree.place[parent]!);
      expect(tree.ends[step]).toBeLessThanOrEqual(tree.ends[parent]!);
    }
  }
});

test("a chain of fifty thousand steps is laid out without overflowing", () => {
  const tree = grown(Array.from({ length: 50_000 }, (_, step) => step - 1));
  expect(tree.order.at(-1)).toBe(49_999);
  expect(tree.depths[49_999]).toBe(49_999);
});

test("a branch sums what it and everything beneath it cost, and reaches to its last end", () => {
  const { columns } = make([{ took: 20 }, { parent: 0, cost: 5, tokens: 7, took: 10 }, { parent: 1, cost: 6, took: 100 }, { parent: 0, took: -1 }]);
  const sums = addUp(columns, plant(columns), NOW);
  expect([...sums.costs]).toEqual([11, 11, 6, 0]);
  expect([...sums.tokens]).toEqual([7, 7, 0, 0]);
  expect([...sums.until]).toEqual([NOW, 120, 120, NOW]);
});

test("a closed step hides what is beneath it, and is where what it hides is found", () => {
  const { columns } = make([{}, { parent: 0 }, { parent: 1 }, { parent: 0 }]);
  const tree = plant(columns);
  const rows = seenRows(columns, tree, addUp(columns, tree, NOW), new Set([1]), null);
  expect([...rows]).toEqual([0, 1, 3]);
  expect([rowOf(rows, tree, 3), rowOf(rows, tree, 2)]).toEqual([2, 1]);
  expect(deeperThan(tree, 1)).toEqual([1]);
});

test("a brushed time shows what overlaps it, and what leads there", () => {
  const { columns } = make([{ start: 0, took: 100 }, { parent: 0, start: 0, took: 10 }, { parent: 1, start: 2, took: 3 }, { parent: 0, start: 50, took: 10 }, { parent: 0, start: 90, took: 10 }]);
  const tree = plant(columns);
  expect([...seenRows(columns, tree, addUp(columns, tree, NOW), new Set(), { from: 40, to: 70 })]).toEqual([0, 3]);
});
