import { expect, test } from "vitest";
import type { Step } from "~/api/types";
import { extent, rows, span } from "./tree";

const AT = Date.parse("2026-03-01T12:00:00Z");

function step(id: string, parent: string, from = 0, to: number | null = from + 1000): Step {
  return { id, parent, started_at: new Date(AT + from).toISOString(), ended_at: to === null ? null : new Date(AT + to).toISOString() } as Step;
}

test("children follow their parent, in the order they began", () => {
  const shown = rows([step("a", ""), step("b", "a"), step("c", ""), step("d", "a"), step("e", "b")], new Set());
  expect(shown.map((row) => `${"-".repeat(row.depth)}${row.step.id}`)).toEqual(["a", "-b", "--e", "-d", "c"]);
});

test("a closed step hides what is beneath it and says how many children it has", () => {
  const shown = rows([step("a", ""), step("b", "a"), step("c", "b")], new Set(["a"]));
  expect(shown).toMatchObject([{ step: { id: "a" }, children: 1, open: false }]);
});

test("a step whose parent is missing, or is itself, stands at the root", () => {
  expect(rows([step("a", "gone"), step("b", "b")], new Set()).map((row) => row.depth)).toEqual([0, 0]);
});

test("a chain of fifty thousand steps is arranged without overflowing", () => {
  const chain = Array.from({ length: 50_000 }, (_, i) => step(String(i), i === 0 ? "" : String(i - 1)));
  expect(rows(chain, new Set()).length).toBeGreaterThan(300);
});

test("a step in flight reaches to now", () => {
  const steps = [step("a", "", 0, 2000), step("b", "", 1000, null)];
  const whole = span(steps, AT + 4000);
  expect(whole).toEqual({ from: AT, to: AT + 4000 });
  expect(extent(steps[1]!, whole, AT + 4000)).toEqual({ left: 0.25, width: 0.75 });
});
