import { expect, test } from "vitest";
import type { Outline as Wire } from "~/api/types";
import { glance, readOutline } from "./outline";

const WIRE: Wire = {
  run: "r",
  trace: "t",
  started_at: "2026-03-01T12:00:00Z",
  total: 2,
  truncated: false,
  ids: ["a", "b"],
  parents: [-1, 0],
  starts_us: [0, 10],
  durations_us: [5, null],
  kinds: [1, 0],
  kind_names: ["novel", "model"],
  names: [0, 1],
  targets: [0, 0],
  name_table: ["gpt", "pay"],
  states: [0, 1],
  state_names: ["done", "odd"],
  verdicts: [1, 0],
  verdict_names: ["", "deny"],
  costs_micro_usd: [1500, null],
  tokens_in: [7, 0],
  tokens_out: [3, 0],
  agents: [0, 0],
  agent_names: ["shop"],
  flags: [8, 4],
};

test("columns keep what is unknown apart from zero", () => {
  const outline = readOutline(WIRE);
  expect(glance(outline, 0)).toMatchObject({ id: "a", kind: "model", verdict: "deny", durationUs: 5, costUsd: 0.0015 });
  expect(glance(outline, 1)).toMatchObject({ id: "b", durationUs: null, costUsd: null, name: "pay", target: "gpt", label: "pay", agent: "shop" });
});

test("a kind and a state that this console does not know are the plainest there are", () => {
  expect(glance(readOutline(WIRE), 1)).toMatchObject({ kind: "span", state: "done" });
});
