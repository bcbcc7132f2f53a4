import { expect, test } from "vitest";
import type { Approval } from "~/api/types";
import { judge, openRoles } from "./draft";

const ASKED = { customer: "C-4471", percent: 50 };
const SCHEMA = { type: "object", properties: { percent: { type: "number", maximum: 60 } } };

test("an edit is its changes and keeps the contract", () => {
  expect(judge('{"customer": "C-4471", "percent": 15}', ASKED, SCHEMA)).toEqual({
    arguments: { customer: "C-4471", percent: 15 },
    changes: [{ path: "percent", before: 50, after: 15 }],
    problems: [],
  });
});

test("an edit that breaks the contract names the argument", () => {
  expect(judge('{"customer": "C-4471", "percent": 90}', ASKED, SCHEMA).problems).toEqual([{ path: "percent", message: "must be at most 60" }]);
});

test.each(["{", "[]", '"text"', ""])("%j cannot be sent", (text) => {
  const draft = judge(text, ASKED, SCHEMA);
  expect(draft.arguments).toBeNull();
  expect(draft.problems).toHaveLength(1);
});

test("a role that has approved is no longer open", () => {
  const approval = { roles: ["sre", "owner"], answers: [{ role: "sre", verdict: "approve" }] } as Approval;
  expect(openRoles(approval)).toEqual(["owner"]);
});
