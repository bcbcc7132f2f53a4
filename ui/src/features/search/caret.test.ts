import { expect, test } from "vitest";
import { accept, pointer } from "./caret";

test("a field waits for its value, a value makes room for the next term", () => {
  expect(accept({ text: "ag", at: 2 }, { start: 0, end: 2 }, "agent:")).toEqual({ text: "agent:", at: 6 });
  expect(accept({ text: "agent:re", at: 8 }, { start: 6, end: 8 }, "refunds")).toEqual({ text: "agent:refunds ", at: 14 });
});

test("what stands behind the cursor stays", () => {
  expect(accept({ text: "st x", at: 2 }, { start: 0, end: 2 }, "state:")).toEqual({ text: "state: x", at: 6 });
  expect(accept({ text: "state:f x", at: 7 }, { start: 6, end: 7 }, "failed")).toEqual({ text: "state:failed x", at: 12 });
});

test("a list stays open", () => {
  expect(accept({ text: "state:(failed,ha", at: 16 }, { start: 14, end: 16 }, "halted")).toEqual({ text: "state:(failed,halted", at: 20 });
});

test("a mistake is pointed at", () => {
  expect(pointer(1)).toBe("^");
  expect(pointer(5)).toBe("    ^");
});
