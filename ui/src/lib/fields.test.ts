import { expect, test } from "vitest";
import { fieldsOf, fill } from "./fields";

const SCHEMA = {
  type: "object",
  required: ["effects", "tools"],
  properties: {
    message: { type: "string", default: "" },
    effects: { type: "array", items: { $ref: "#/$defs/Effect" }, minItems: 1 },
    tools: { type: "array", items: { type: "string", minLength: 1 }, minItems: 1 },
    over: { anyOf: [{ type: "number", minimum: 0 }, { type: "null" }], default: null },
    weekdays: { type: "array", items: { type: "integer", minimum: 1, maximum: 7 } },
    irreversible: { type: "boolean", default: false },
    where: {},
    periods: { type: "array", items: { type: "object", properties: { from: { type: "string" } }, required: ["from"], additionalProperties: false } },
  },
  $defs: { Effect: { enum: ["read", "send"], description: "What it does to the world." } },
};

const fields = fieldsOf(SCHEMA);

test("what must be given stands first, references and absent branches are seen through", () => {
  expect(fields.map(({ name, kind, required }) => `${name} ${kind}${required ? " *" : ""}`)).toEqual(["effects choices *", "tools list *", "message text", "over number", "weekdays list", "irreversible flag", "where json", "periods json"]);
  expect(fields[0]?.options).toEqual(["read", "send"]);
});

test("what was typed becomes values; defaults and empty fields are left out", () => {
  const { values, problems } = fill(fields, { effects: ["send"], tools: "refund, order_*", over: "15", weekdays: "1,2", irreversible: true, message: " ", where: '{"region":"eu"}' });
  expect(problems).toEqual({});
  expect(values).toEqual({ effects: ["send"], tools: ["refund", "order_*"], over: 15, weekdays: [1, 2], irreversible: true, where: { region: "eu" } });
});

test("what cannot be is named by its field", () => {
  const { problems } = fill(fields, { effects: [], tools: "a", over: "-1", weekdays: "9", where: "{" });
  expect(problems).toEqual({ effects: "is required", over: "must be at least 0", weekdays: "must be at most 7", where: "must be JSON" });
  expect(fill(fields, { effects: ["send"], tools: "a", periods: '[{"form": "2026-12-24"}]' }).problems).toEqual({ periods: "[0].from is required" });
});
