import { expect, test } from "vitest";
import type { Attribution } from "~/api/types";
import { marksOf } from "./marks";

const at = "2026-11-21T18:00:00Z";
const about = { agent: "refunds", target: "pay", at };

const TOLD: Attribution = {
  run: "r",
  state: "failed",
  turned_at: "b",
  suspects: [
    { ...about, step: "b", score: 0.9, kinds: ["policy", "basis"] },
    { ...about, step: "a", score: 0.45, kinds: ["error"] },
  ],
  evidence: [
    { ...about, step: "a", kind: "error", weight: 0.45, text: "pay failed: timeout" },
    { ...about, step: "b", kind: "policy", weight: 0.7, text: "Refused: above the cap" },
    { ...about, step: "b", kind: "basis", weight: 0.2, text: "It is the last call." },
  ],
  baselines: { first_step: "a", last_step: "b", first_error: "a" },
  sibling: null,
  opinion: null,
  acts: 4,
};

test("every suspect has one mark with all that speaks against it, the turn first", () => {
  expect(marksOf(TOLD)).toEqual([
    { step: "b", turned: true, score: 0.9, text: "Refused: above the cap It is the last call." },
    { step: "a", turned: false, score: 0.45, text: "pay failed: timeout" },
  ]);
});

test("a run that nothing speaks against has no mark", () => {
  expect(marksOf({ ...TOLD, turned_at: null, suspects: [], evidence: [] })).toEqual([]);
});
