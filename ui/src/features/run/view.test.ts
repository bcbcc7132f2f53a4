import { expect, test } from "vitest";
import { formatRunView, parseRunView, type RunView } from "./view";

const PLAIN: RunView = { view: "tree", step: "", tab: "decision", find: "", zoom: null, heat: "off", expanded: false, byCost: false };

test("what is usual is not in the address", () => {
  expect(formatRunView(PLAIN).toString()).toBe("");
  expect(parseRunView(new URLSearchParams())).toEqual(PLAIN);
});

test("every view comes back from its address", () => {
  const view: RunView = { view: "timeline", step: "a1", tab: "call", find: "pay desk", zoom: { from: 10, to: 500 }, heat: "cost", expanded: true, byCost: true };
  expect(parseRunView(formatRunView(view))).toEqual(view);
});

test.each(["view=none", "zoom=9-3", "zoom=x", "heat=hot", "tab=9"])("an address that says %s shows what is usual", (text) => {
  expect(parseRunView(new URLSearchParams(text))).toEqual(PLAIN);
});
