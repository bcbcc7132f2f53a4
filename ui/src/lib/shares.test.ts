import { expect, test } from "vitest";
import { interval, percent } from "./shares";

test.each([
  [1, "100 %"],
  [0.99996, "> 99.9 %"],
  [0.974, "97.4 %"],
  [0.0001, "< 0.1 %"],
  [0, "0 %"],
  [null, "–"],
])("a share of %j reads %s: what is not all never reads as all", (share, shown) => {
  expect(percent(share)).toBe(shown);
});

test("an interval names both ends once", () => {
  expect(interval(0.7719, 1)).toBe("77.2–100 %");
  expect(interval(null, null)).toBe("");
});
