import { expect, test } from "vitest";
import { asValue, quote } from "./query";

test("what is quoted stands for itself", () => {
  expect(quote('say "hi" \\ bye')).toBe(String.raw`"say \"hi\" \\ bye"`);
});

test("quotation marks stand only where they are needed", () => {
  expect(["refunds", "a.b@c", "OR", "1..2", "-x", "ref*", "a b", ""].map(asValue)).toEqual(["refunds", "a.b@c", '"OR"', '"1..2"', '"-x"', '"ref*"', '"a b"', '""']);
});
