import { expect, test } from "vitest";
import { insertRule, ruleYaml, scalar } from "./yaml";

test.each([
  ["refund", "refund"],
  ["Refunds are limited.", "Refunds are limited."],
  ["order_*", '"order_*"'],
  ["20:00", '"20:00"'],
  ["yes", '"yes"'],
  ["say: this", '"say: this"'],
  ["# not a comment", '"# not a comment"'],
  ["", '""'],
  [["send", "a, b"], '[send, "a, b"]'],
  [{ region: "eu", count: 2 }, "{region: eu, count: 2}"],
  [{ n: 2 }, '{"n": 2}'],
  [15, "15"],
  [true, "true"],
])("text is quoted wherever YAML could read it as something else: %j", (value, shown) => {
  expect(scalar(value)).toBe(shown);
});

test("a rule joins the end of the rules, in the indent of its neighbours", () => {
  const pack = "pack: x\nrules:\n- a: {}\n# the last\n- b: {}\n\nbudgets:\n  - {}\n";
  const { text, line } = insertRule(pack, "clamp", { tool: "refund", max: 50 });
  expect(text).toBe("pack: x\nrules:\n- a: {}\n# the last\n- b: {}\n- clamp:\n    tool: refund\n    max: 50\n\nbudgets:\n  - {}\n");
  expect(text.split("\n")[line - 1]).toBe("- clamp:");
});

test.each(["", "pack: x\n", "rules: []\n", "rules:"])("a pack without rules gets its first one: %j", (pack) => {
  const { text, line } = insertRule(pack, "allow_agents", {});
  expect(text.split("\n")[line - 1]).toBe("  - allow_agents: {}");
  expect(text.match(/^rules:$/gm)).toHaveLength(1);
});

test("a preset without settings stands on one line", () => {
  expect(ruleYaml("allow_agents", {})).toBe("  - allow_agents: {}\n");
});
