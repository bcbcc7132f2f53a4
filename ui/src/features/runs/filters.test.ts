import { expect, test } from "vitest";
import type { RunSummary } from "~/api/types";
import { formatFilters, fromView, isNarrowed, NO_FILTERS, parseFilters, toQuery, toSearch, type Filters } from "./filters";
import { ordered } from "./order";

const FULL: Filters = { q: "refund & more", state: ["failed", "halted"], verdict: ["deny"], agent: ["support", "invoices"], session: "s-1", period: "24h", view: "view_1", sort: "cost", ascending: false };

test("a view survives its address", () => {
  expect(parseFilters(formatFilters(FULL))).toEqual(FULL);
  expect(parseFilters(formatFilters({ ...NO_FILTERS, ascending: true }))).toEqual({ ...NO_FILTERS, ascending: true });
});

test("the usual view has a bare address", () => {
  expect(formatFilters(NO_FILTERS).toString()).toBe("");
  expect(isNarrowed(NO_FILTERS)).toBe(false);
  expect(isNarrowed(FULL)).toBe(true);
});

test("what an address does not mean is left out", () => {
  const params = new URLSearchParams("state=gone&state=failed&verdict=maybe&sort=-colour&period=1y");
  expect(parseFilters(params)).toEqual({ ...NO_FILTERS, state: ["failed"] });
});

test("a period asks from a whole minute, so that the question holds still", () => {
  const now = Date.parse("2026-03-01T12:00:42.123Z");
  expect(toQuery({ ...NO_FILTERS, period: "1h" }, now)).toEqual({ since: "2026-03-01T11:00:00.000Z" });
  expect(toQuery(NO_FILTERS, now)).toEqual({});
});

test("runs of unknown cost stand last, whichever way costs are sorted", () => {
  const runs = [{ id: "a", cost_usd: 1 }, { id: "b", cost_usd: null }, { id: "c", cost_usd: 2 }] as RunSummary[];
  expect(ordered(runs, "cost", true).map((run) => run.id)).toEqual(["a", "c", "b"]);
  expect(ordered(runs, "cost", false).map((run) => run.id)).toEqual(["c", "a", "b"]);
});

test("all filters together are one query", () => {
  expect(toSearch(FULL)).toBe("refund & more state:(failed,halted) verdict:deny agent:(support,invoices) session:s-1 started:>-24h");
  expect(toSearch({ ...NO_FILTERS, q: "a OR b", agent: ['say "hi"'] })).toBe('(a OR b) agent:"say \\"hi\\""');
  expect(toSearch(NO_FILTERS)).toBe("");
});

test("a saved view brings its query and its order", () => {
  expect(fromView({ id: "view_1", q: "cost:>1", sort: "-cost" })).toEqual({ ...NO_FILTERS, q: "cost:>1", sort: "cost", view: "view_1" });
});
