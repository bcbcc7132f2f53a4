import { expect, test } from "vitest";
import type { Policies } from "~/api/types";
import { rowsOf, sourcesWith, textOf } from "./sources";

const policies = {
  packs: [
    { name: "a.yaml", kind: "yaml", text: "a", rules: [{ id: "a/one" }] },
    { name: "b.cedar", kind: "cedar", text: "b", rules: [] },
  ],
  tests: [{ name: "a.test.yaml", kind: "yaml", text: "t" }],
  lints: [{ path: "a.yaml" }, { path: "a.yaml" }],
} as unknown as Policies;

test("a draft takes the place of its file, and everything else stays", () => {
  const tried = sourcesWith(policies, { name: "b.cedar", kind: "cedar", text: "edited" });
  expect(tried.map(({ name, text }) => [name, text])).toEqual([["a.yaml", "a"], ["b.cedar", "edited"], ["a.test.yaml", "t"]]);
});

test("a new file joins the others", () => {
  expect(sourcesWith(policies, { name: "c.yaml", kind: "yaml", text: "" })).toHaveLength(4);
  expect(textOf(policies, "c.yaml")).toBeNull();
});

test("rules stand beneath their file, and a draft of a new file stands last", () => {
  const drafts = new Map([["new.yaml", { name: "new.yaml", kind: "yaml" as const, text: "" }]]);
  const rows = rowsOf(policies, [{ rule: "a/one/approve", refused: 3 }, { rule: "a/one-more", refused: 9 }] as never, drafts);
  expect(rows.map((row) => row.id)).toEqual(["a.yaml", "a.yaml a/one", "b.cedar", "a.test.yaml", "new.yaml"]);
  expect(rows[0]).toMatchObject({ lints: 2, draft: false });
  expect(rows[1]).toMatchObject({ levels: [{ refused: 3 }] });
});
