import { expect, test } from "vitest";
import type { GatewayUpstream } from "~/api/types";
import { healthOf } from "./health";

const model = (name: string, part: Partial<GatewayUpstream> = {}): GatewayUpstream => ({ name, state: "closed", requests: 2, errors: 1, p50_ms: null, ttft_ms: null, ...part });

test("a provider does as badly as the worst of its models, and as slowly as the slowest", () => {
  const asked = [model("openai/gpt-5", { p50_ms: 40, ttft_ms: 9 }), model("openai/ft:a/b", { state: "open", p50_ms: 90 }), model("openai-eu/gpt-5", { state: "half-open" })];
  expect(healthOf("openai", asked)).toEqual({ name: "openai", state: "open", requests: 4, errors: 2, p50_ms: 90, ttft_ms: 9 });
});

test("of whom nobody asked a model, nothing is known", () => {
  expect(healthOf("openai", [model("openai-eu/gpt-5")])).toBeUndefined();
});
