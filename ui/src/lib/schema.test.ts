import { expect, test } from "vitest";
import { violations } from "./schema";

const DISCOUNT = {
  type: "object",
  required: ["customer", "percent"],
  additionalProperties: false,
  properties: {
    customer: { type: "string", pattern: "^C-[0-9]{4}$" },
    percent: { type: "number", minimum: 0, exclusiveMaximum: 60 },
    months: { type: "integer", maximum: 36 },
    plan: { enum: ["basic", "full"] },
    tags: { type: "array", maxItems: 2, items: { type: "string", minLength: 2 } },
  },
};

test("arguments that keep the contract have no violations", () => {
  expect(violations({ customer: "C-4471", percent: 15, months: 24, plan: "full", tags: ["ab"] }, DISCOUNT)).toEqual([]);
});

test.each([
  [{ percent: 15 }, "customer", "is required"],
  [{ customer: "4471", percent: 15 }, "customer", "must match ^C-[0-9]{4}$"],
  [{ customer: "C-4471", percent: "15" }, "percent", "must be number"],
  [{ customer: "C-4471", percent: 60 }, "percent", "must be less than 60"],
  [{ customer: "C-4471", percent: -1 }, "percent", "must be at least 0"],
  [{ customer: "C-4471", percent: 1, months: 1.5 }, "months", "must be integer"],
  [{ customer: "C-4471", percent: 1, plan: "free" }, "plan", 'must be one of "basic", "full"'],
  [{ customer: "C-4471", percent: 1, tags: ["ab", "c"] }, "tags[1]", "must have at least 2 characters"],
  [{ customer: "C-4471", percent: 1, discount: 9 }, "discount", "is not an argument of this tool"],
])("%j is refused at %s: %s", (value, path, message) => {
  expect(violations(value, DISCOUNT)).toEqual([{ path, message }]);
});

test("a schema that is not understood lets everything through, for the server judges", () => {
  expect(violations({ a: 1 }, { $ref: "elsewhere" })).toEqual([]);
  expect(violations("x", { type: "string", pattern: "(?P<name>x)" })).toEqual([]);
  expect(violations({ a: 1 }, undefined)).toEqual([]);
});
