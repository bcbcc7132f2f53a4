import { expect, test } from "vitest";
import { axisName, readDays, sinceOf } from "./periods";

const NOW = new Date(2026, 2, 3, 14, 20).getTime();

test("a week begins at midnight six days ago, a day 24 hours ago", () => {
  expect(new Date(sinceOf("7", NOW)).getTime()).toBe(new Date(2026, 1, 25).getTime());
  expect(new Date(sinceOf("1", NOW)).getTime()).toBe(new Date(2026, 2, 2, 15).getTime());
});

test("a time nobody offers is the usual one", () => {
  expect(readDays("3")).toBe("7");
  expect(readDays("90")).toBe("90");
});

test("hours are named by the clock, days by the date", () => {
  const at = new Date(2026, 2, 3, 9).toISOString();
  expect(axisName(at, "1")).toBe("09:00");
  expect(axisName(at, "30")).toBe("3 Mar");
});
