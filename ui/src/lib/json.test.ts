import { expect, test } from "vitest";
import { changes, parse, pretty, reindent } from "./json";

test("a changed leaf is named by its path, with both values", () => {
  const before = { percent: 50, terms: { months: 24, tags: ["a", "b"] } };
  const after = { percent: 15, terms: { months: 24, tags: ["a"] }, note: "agreed" };
  expect(changes(before, after)).toEqual([
    { path: "percent", before: 50, after: 15 },
    { path: "terms.tags[1]", before: "b", after: undefined },
    { path: "note", before: undefined, after: "agreed" },
  ]);
});

test("equal values have no changes", () => {
  expect(changes({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
});

test("null and missing differ", () => {
  expect(changes({ a: null }, {})).toEqual([{ path: "a", before: null, after: undefined }]);
});

test("what cannot be parsed says so, with the line where the engine knows it", () => {
  expect(parse('{\n  "a": 1\n  "b": 2}')).toMatchObject({ ok: false, line: 3 });
  expect(parse("{")).toMatchObject({ ok: false });
});

test("text laid out anew keeps every digit and looks as parsed text would", () => {
  expect(reindent('{"at_ns":1795265160916116573}')).toBe('{\n  "at_ns": 1795265160916116573\n}');
  const value = { a: [], b: {}, c: [1, { d: 'x, {y}: "z"' }], e: null };
  expect(reindent(JSON.stringify(value))).toBe(pretty(value));
});
