import { expect, test } from "vitest";
import type { GatewayCall } from "~/api/types";
import { quantile, splitByModel, splitOf } from "./split";

const call = (part: Partial<GatewayCall>): GatewayCall => ({ id: "1", run: "", agent: "", key: "", route: "", provider: "openai", model: "gpt-4o", state: "done", streamed: true, began_at: "", ttft_ms: 200, own_us: 40, upstream_ms: 1000, tokens_in: 1, tokens_out: 1, cost_usd: null, verdict: "allow", cache: "", ...part });

test("a median of nothing is unknown, not zero", () => {
  expect(quantile([], 0.5)).toBeNull();
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, 4], 0.95)).toBe(4);
});

test("an answer from a cache counts as our own time, and not as the upstream's", () => {
  const split = splitOf("all", [call({}), call({ upstream_ms: null, ttft_ms: null, own_us: 20, cache: "exact" })]);
  expect(split).toMatchObject({ calls: 1, upstreamMs: 1000, ttftMs: 200, ownUs: 40 });
});

test("models stand apart, the slowest first, and one that never answered is left out", () => {
  const calls = [call({}), call({ provider: "anthropic", model: "claude", upstream_ms: 2000 }), call({ provider: "local", model: "llama", upstream_ms: null })];
  expect(splitByModel(calls).map((split) => split.name)).toEqual(["anthropic/claude", "openai/gpt-4o"]);
});
