import { expect, test } from "vitest";
import type { StepLink } from "~/api/types";
import { LANES_MAX, segments, tie } from "./ties";

const link = (step: number, other: number, direction: "to" | "from" = "to", trace = "t"): StepLink => ({ step: `${step}`, direction, other_step: `${other}`, other_trace: trace, other_run: null, agent: "", title: "", at: "2026-01-01T00:00:00Z" });
const OWN = new Set(["t"]);
const within = (rows: number) => (step: string) => (Number(step) < rows ? Number(step) : -1);

test("a link within the run is one bow, though both of its ends tell of it", () => {
  const { bows, lanes, beyond } = tie([link(3, 1), link(1, 3, "from")], OWN, within(5));
  expect(bows).toEqual([{ from: 1, to: 3, lane: 0 }]);
  expect(lanes).toBe(1);
  expect(beyond.size).toBe(0);
});

test("bows that meet no other share a lane, those that overlap stand beside one another", () => {
  const { bows, lanes } = tie([link(2, 0), link(4, 2), link(3, 1)], OWN, within(5));
  expect(bows.map(({ from, to, lane }) => [from, to, lane])).toEqual([[0, 2, 0], [1, 3, 1], [2, 4, 0]]);
  expect(lanes).toBe(2);
});

test("more bows than there are lanes share the last one, and none is lost", () => {
  const { bows, lanes } = tie(Array.from({ length: 9 }, (_, at) => link(10 + at, at)), OWN, within(20));
  expect(bows.length).toBe(9);
  expect(lanes).toBe(LANES_MAX);
});

test("a link to a step of another run is a mark on its row, one of a step that is not here is nowhere", () => {
  const { bows, beyond } = tie([link(1, 0, "to", "other"), link(1, 98, "from"), link(77, 1)], OWN, within(5));
  expect(bows).toEqual([]);
  expect([...beyond].map(([row, told]) => [row, told.map((one) => one.direction)])).toEqual([[1, ["to", "from"]]]);
});

test("a bow leaves the row that is named, passes those between, and has its tip where it is named", () => {
  const ties = tie([link(3, 1)], OWN, within(5));
  const rows = [0, 1, 2, 3, 4].map((row) => segments(ties, row, () => 8, 28));
  expect(rows.map(({ path }) => path)).toEqual(["", "M0 14Q8 14 8 28", "M8 0V28", "M8 0Q8 14 0 14", ""]);
  expect(rows.map(({ tip }) => tip)).toEqual([false, false, false, true, false]);
});
