import { expect, test } from "vitest";
import { shownValue } from "./inputs";

test.each([
  [null, "not there"],
  [[], "none"],
  [["sales-lead", "owner"], "sales-lead, owner"],
  ["production", '"production"'],
  [50, "50"],
  [{ tokens: 3 }, '{"tokens":3}'],
])("what a rule looked at is read at a glance: %j", (value, shown) => {
  expect(shownValue(value)).toBe(shown);
});

test("a long value is cut, and says so", () => {
  expect(shownValue("x".repeat(5000))).toMatch(/^"x{239}…$/);
});
