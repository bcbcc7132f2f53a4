import { expect, test } from "vitest";
import { loaded } from "./desk";
import { beside, find } from "./finding";
import { merge } from "./flame";
import { aggregate } from "./graph";
import { placed } from "./layers";
import { make, NOW, tangle, type Made } from "./made";
import { INK, pack, ticks } from "./packing";
import { lay, NO_RAIL } from "./rails";
import { arrange, LANES_MAX } from "./sequence";
import { spend } from "./spending";
import { addUp, plant } from "./tree";

function prepared(steps: readonly Made[]) {
  const { columns, names } = make(steps);
  const tree = plant(columns);
  return { columns, names, tree, sums: addUp(columns, tree, NOW) };
}

const LOOP: readonly Made[] = [
  { kind: "start", name: "shop" },
  ...Array.from({ length: 3 }, (): Made[] => [{ parent: 0, kind: "model", name: "gpt" }, { parent: 0, kind: "tool", name: "pay" }]).flat(),
];

test("going round again is one edge back with a counter", () => {
  const { columns, names, tree } = prepared(LOOP);
  const { nodes, edges, layers, back } = aggregate(columns, names, tree);
  expect(nodes.map(({ label, steps }) => [label, steps])).toEqual([["shop", 1], ["gpt", 3], ["pay", 3]]);
  expect(edges.map(({ from, to, count }) => [from, to, count])).toEqual([[0, 1, 1], [1, 2, 3], [2, 1, 2]]);
  expect(back).toEqual([false, false, true]);
  expect(layers).toEqual([0, 1, 2]);
});

test("frames are seen through: what they hold follows what holds them", () => {
  const { columns, names, tree } = prepared([{ kind: "start", name: "shop" }, { parent: 0, kind: "span", name: "batch 1" }, { parent: 1, name: "pay" }, { parent: 0, kind: "span", name: "batch 2" }, { parent: 3, name: "pay" }]);
  const { nodes, edges } = aggregate(columns, names, tree);
  expect(nodes.length).toBe(2);
  expect(edges).toEqual([{ from: 0, to: 1, count: 1 }, { from: 1, to: 1, count: 1 }]);
});

test.each([1, 2, 3, 4])("layers lead downwards wherever no loop is closed (%i)", (seed) => {
  const { columns } = tangle(200, seed);
  const edges = [...columns.parents].flatMap((parent, step) => (parent >= 0 ? [{ from: parent % 40, to: step % 40 }] : []));
  const { layers, back, places, widths } = placed(40, edges);
  edges.forEach(({ from, to }, index) => back[index] || expect(layers[to]).toBeGreaterThan(layers[from]!));
  layers.forEach((layer, node) => expect(places[node]).toBeLessThan(widths[layer]!));
});

test("branches that are called alike are one block, as wide as all of them, the widest first", () => {
  const { columns, names, tree, sums } = prepared([{ kind: "start", name: "shop", took: 100 }, { parent: 0, name: "a", took: 10 }, { parent: 0, name: "b", took: 60 }, { parent: 0, name: "a", took: 30 }]);
  const { blocks, total } = merge(columns, names, tree, sums, "time");
  expect(total).toBe(100);
  expect(blocks.map(({ label, steps, left, width, example }) => [label, steps, left, width, example])).toEqual([["shop", 1, 0, 1, 0], ["b", 1, 0, 0.6, 2], ["a", 2, 0.6, 0.4, 3]]);
});

test.each([1, 2, 3, 4, 5])("blocks stay within their parent and never overlap (%i)", (seed) => {
  const { columns, names } = tangle(500, seed);
  const tree = plant(columns);
  const { blocks } = merge(columns, names, tree, addUp(columns, tree, NOW), "time");
  const right = new Map<number, number>();
  for (const block of blocks) {
    const parent = blocks[block.parent];
    expect(block.left).toBeGreaterThanOrEqual((right.get(block.parent) ?? parent?.left ?? 0) - 1e-9);
    expect(block.left + block.width).toBeLessThanOrEqual((parent ? parent.left + parent.width : 1) + 1e-9);
    right.set(block.parent, block.left + block.width);
  }
});

test("steps that overlap take lanes of their own, trouble is seen over everything", () => {
  const { columns, sums } = prepared([{ start: 0, took: 100 }, { start: 10, took: 20 }, { start: 40, took: 20 }, { start: 41, took: 1, flags: 16 }]);
  const { cells, hidden } = pack(columns, sums, 100, 10, 2);
  expect(hidden).toBe(1);
  expect(Array.from(cells.subarray(0, 10))).toEqual(Array.from({ length: 10 }, () => INK.plain));
  expect(Array.from(cells.subarray(10))).toEqual([0, 2, 2, 0, 3, 2, 0, 0, 0, 0]);
});

test("a ruler says round moments", () => {
  expect(ticks(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(130, 470, 4)).toEqual([200, 300, 400]);
  expect(ticks(0, 150e6, 5)).toEqual([0, 30e6, 60e6, 90e6, 120e6, 150e6]);
  expect(ticks(5, 5, 4).length).toBeLessThan(3);
});

test("what a step starts runs on a rail of its own until its last step", () => {
  const { columns, tree } = prepared([{ kind: "start", name: "shop" }, { parent: 0, kind: "delegate", name: "helper" }, { parent: 1, name: "a" }, { parent: 1, name: "b" }, { parent: 0, name: "c" }]);
  const { at, opens, through, width } = lay(columns, tree);
  expect([...at]).toEqual([0, 1, 2, 2, 1]);
  expect([...opens]).toEqual([1, 2, NO_RAIL, NO_RAIL, NO_RAIL]);
  expect([...through]).toEqual([0b10, 0b110, 0b110, 0b10, 0]);
  expect(width).toBe(3);
});

test("every call is an arrow from the agent that made it", () => {
  const { columns, names, tree } = prepared([{ kind: "start", name: "shop" }, { parent: 0, kind: "model", name: "gpt" }, { parent: 0, kind: "delegate", name: "helper" }, { parent: 2, kind: "tool", name: "pay", agent: "helper" }, { parent: 0, kind: "output", name: "output" }]);
  const { lanes, from, to } = arrange(columns, names, tree);
  const label = (lane: number) => lanes[lane]!.label;
  expect([...from].map((lane, arrow) => `${label(lane)} → ${label(to[arrow]!)}`)).toEqual(["Person → shop", "shop → gpt", "shop → helper", "helper → pay", "shop → Person"]);
});

test("more participants than columns share the last one, and none is lost", () => {
  const { columns, names, tree } = prepared(Array.from({ length: 60 }, (_, i) => ({ name: `tool-${i}` })));
  const { lanes, to, folded } = arrange(columns, names, tree);
  expect(lanes.length).toBe(LANES_MAX);
  expect(folded).toBe(61 - (LANES_MAX - 1));
  expect(Math.max(...to)).toBe(LANES_MAX - 1);
});

test("money adds up by model, tool and agent, and what has no price is counted apart", () => {
  const { columns, names, sums } = prepared([{ kind: "start", name: "shop" }, { kind: "model", name: "gpt", cost: 5, tokens: 3 }, { kind: "model", name: "gpt", cost: 7 }, { kind: "tool", name: "pay", cost: 4 }, { kind: "model", name: "odd", flags: 32 }]);
  const { groups, total, unpriced, dearest, sums: series } = spend(columns, names, sums, 50, 5);
  expect(groups.model.map(({ label, calls, cost, unpriced: none }) => [label, calls, cost, none])).toEqual([["gpt", 2, 12, 0], ["odd", 1, 0, 1]]);
  expect(groups.agent).toMatchObject([{ label: "shop", calls: 4, cost: 16 }]);
  expect([total, unpriced]).toEqual([16, 1]);
  expect([...dearest]).toEqual([2, 1, 3]);
  expect([...series]).toEqual([0, 0, 5, 12, 16]);
});

test("every word must be met, in any of the columns", () => {
  const { columns, names, tree } = prepared([{ name: "pay", agent: "shop" }, { name: "pay", agent: "desk", flags: 2 }, { kind: "model", name: "gpt" }]);
  const found = (text: string) => [...find(columns, names, tree, text)];
  expect(found("PAY")).toEqual([0, 1]);
  expect(found("pay desk")).toEqual([1]);
  expect(found("error")).toEqual([1]);
  expect(found("model")).toEqual([2]);
  expect([found("  "), found("nothing")]).toEqual([[], []]);
});

test("the next and the previous go round at the ends", () => {
  const place = Int32Array.from([0, 1, 2, 3]);
  const found = Int32Array.from([1, 3]);
  expect([beside(found, place, 1, true), beside(found, place, 3, true), beside(found, place, 1, false), beside(found, place, -1, true)]).toEqual([3, 1, 3, 1]);
  expect(beside(new Int32Array(), place, 0, true)).toBe(-1);
});

test("fifty thousand steps are laid out every way there is, and each way knows all of them", () => {
  const { columns, names } = tangle(50_000, 7);
  const desk = loaded({ type: "load", columns, words: names.words, agents: names.agents, nowUs: NOW });
  const shown = [...columns.kinds].filter((kind) => kind !== 7).length;
  expect(desk.answer({ type: "rows", closed: new Int32Array(), window: null })).toHaveLength(50_000);
  expect(desk.answer({ type: "rails" })).toHaveProperty("steps.length", shown);
  expect(desk.answer({ type: "sequence" })).toHaveProperty("steps.length", shown);
  for (const ask of [{ type: "flame", by: "cost" }, { type: "graph" }, { type: "raster", bins: 600, lanes: 24 }, { type: "spending", bins: 100 }] as const) expect(desk.answer(ask)).toBeTruthy();
});
