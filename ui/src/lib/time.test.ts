import { expect, test } from "vitest";
import { absolute, ago, duration, elapsed, remaining } from "./time";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const before = (ms: number) => new Date(NOW - ms).toISOString();

test.each([
  [null, "–"],
  [0.4, "400 µs"],
  [8, "8 ms"],
  [1240, "1.24 s"],
  [45_900, "45.9 s"],
  [125_000, "2m 05s"],
  [11_520_000, "3h 12m"],
  [180_000_000, "2d 2h"],
])("a duration of %s ms reads %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("a running clock shows whole seconds and never goes below zero", () => {
  expect(elapsed(before(14_900), NOW)).toBe("14s");
  expect(elapsed(before(125_000), NOW)).toBe("2m 05s");
  expect(elapsed(before(-5_000), NOW)).toBe("0s");
});

test("the past is told in its largest unit", () => {
  expect([500, 42_000, 7 * 60_000, 3 * 3_600_000, 12 * 86_400_000].map((ms) => ago(before(ms), NOW))).toEqual(["now", "42s ago", "7m ago", "3h ago", "12d ago"]);
});

test("what is left ends at zero", () => {
  expect(remaining(before(-90_000), NOW)).toBe("1m 30s");
  expect(remaining(before(90_000), NOW)).toBe("0s");
});

test("the exact moment names UTC to the millisecond", () => {
  expect(absolute("2026-03-01T12:00:00.512Z").split("\n")[1]).toBe("2026-03-01 12:00:00.512 UTC");
});
