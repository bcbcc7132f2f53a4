import { expect, test } from "vitest";
import { tell } from "./story.ts";
import { runsOf, stepsOf } from "./world.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");

test("the same moment tells the same story", () => {
  expect(runsOf(tell(NOW).world)).toEqual(runsOf(tell(NOW).world));
});

test("every run state and every verdict has somebody who shows it", () => {
  const runs = runsOf(tell(NOW).world);
  expect(new Set(runs.map((run) => run.state))).toEqual(new Set(["running", "waiting", "completed", "failed", "halted", "lost"]));
  for (const verdict of ["allow", "transform", "ask", "deny", "halt"] as const) {
    expect(runs.some((run) => run.verdicts[verdict] > 0), verdict).toBe(true);
  }
});

test("the ledger has no gaps and every step knows its place in it", () => {
  const { world } = tell(NOW);
  expect(world.ledger.map((entry) => entry.index)).toEqual(world.ledger.map((_, index) => index));
  for (const run of runsOf(world)) {
    for (const step of stepsOf(world, run.trace)) {
      const place = step.ledger.decision ?? null;
      if (place !== null) expect(world.ledger[place]?.step).toBe(step.id);
    }
  }
});
