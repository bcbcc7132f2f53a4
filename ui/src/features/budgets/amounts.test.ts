import { expect, test } from "vitest";
import { amount, fillOf, resetWords, whose } from "./amounts";

const budget = (part: object) => fillOf({ used: 0, held: 0, in_doubt: 0, limit: 100, soft: null, ...part });

test.each([
  [4.7, "usd", "$4.70"],
  [12_400, "tokens", "12.4k tokens"],
  [1, "calls", "1 call"],
  [125, "seconds", "2m 05s"],
  [500, "records", "500 records"],
] as const)("%d %s reads %s", (value, unit, shown) => {
  expect(amount(value, unit)).toBe(shown);
});

test("the parts of a gauge never pass its end, and what is in doubt is shown once", () => {
  expect(budget({ used: 90, held: 30, in_doubt: 5 })).toMatchObject({ used: 0.9, doubt: 0.05, held: expect.closeTo(0.05) });
  expect(budget({ used: 20, held: 10, in_doubt: 10 })).toMatchObject({ used: 0.2, doubt: 0.1, held: 0 });
  expect(budget({ used: 130, held: 4 })).toMatchObject({ used: 1, held: 0 });
});

test("a limit of nothing is full", () => {
  expect(budget({ limit: 0 }).used).toBe(1);
});

test("a budget says whose it is, and when it begins anew where it counts", () => {
  expect(whose({ scope: "session", key: "*" })).toBe("each session");
  expect(whose({ scope: "org", key: "" })).toBe("everything");
  expect(resetWords("2026-11-21T23:00:00Z", "Europe/Berlin")).toContain("00:00");
  expect(resetWords("2026-11-21T23:00:00Z", "No/Where")).toBe("2026-11-21 23:00 UTC");
});
