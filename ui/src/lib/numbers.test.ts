import { expect, test } from "vitest";
import { compact, count, plural, short, tokens } from "./counts";
import { costOf, perHour, usd } from "./money";

test("an unknown price is never shown as zero", () => {
  expect(usd(null)).toBe("–");
  expect(usd(0)).toBe("$0.00");
});

test("small sums keep the digits that say something", () => {
  expect([0.000312, 0.0412, 0.5, 4.7, 47_000].map(usd)).toEqual(["$0.000312", "$0.0412", "$0.5000", "$4.70", "$47,000.00"]);
  expect(usd(0.0000001)).toBe("<$0.000001");
  expect(perHour(3.2)).toBe("$3.20/h");
});

test("counts are grouped, or shortened where space is short", () => {
  expect(count(50_000)).toBe("50,000");
  expect([940, 12_400, 310_000, 2_310_000].map(compact)).toEqual(["940", "12.4k", "310k", "2.31M"]);
  expect(tokens(1200, 340)).toBe("1.2k → 340");
  expect(tokens(0, 0)).toBe("–");
  expect([plural(1, "step"), plural(1200, "process", "processes")]).toEqual(["1 step", "1,200 processes"]);
  expect([short("reconcile-november"), short("adb0651eca5b96b0bcd4edccfaa022b4")]).toEqual(["reconcile-november", "adb0651e"]);
});

test("a run in which nothing has a price costs nothing that could be named", () => {
  expect(costOf({ cost_usd: 0, model_calls: 0 })).toBe("–");
  expect(costOf({ cost_usd: 0, model_calls: 1 })).toBe("$0.00");
  expect(costOf({ cost_usd: 0.5, model_calls: 0 })).toBe("$0.5000");
});
