/** Where the time of calls goes: what was spent here, until the first byte came, and on the rest of the answer. */
import type { GatewayCall } from "~/api/types";

export type Split = { name: string; calls: number; ownUs: number | null; ttftMs: number | null; upstreamMs: number | null; upstreamHighMs: number | null };

/** The value below which a share of the values lies; null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);

/** Medians over calls that reached an upstream, and the 95th of a hundred. */
export function splitOf(name: string, calls: readonly GatewayCall[]): Split {
  const ended = calls.filter((call) => call.upstream_ms !== null);
  const upstream = known(ended.map((call) => call.upstream_ms));
  return { name, calls: ended.length, ownUs: quantile(known(calls.map((call) => call.own_us)), 0.5), ttftMs: quantile(known(ended.map((call) => call.ttft_ms)), 0.5), upstreamMs: quantile(upstream, 0.5), upstreamHighMs: quantile(upstream, 0.95) };
}

export const modelOf = (call: Pick<GatewayCall, "provider" | "model">) => [call.provider, call.model].filter(Boolean).join("/");

/** One split for each model, the slowest first. */
export function splitByModel(calls: readonly GatewayCall[]): Split[] {
  const models = [...new Set(calls.filter((call) => call.upstream_ms !== null).map(modelOf))];
  return models.map((model) => splitOf(model, calls.filter((call) => modelOf(call) === model))).toSorted((a, b) => (b.upstreamMs ?? 0) - (a.upstreamMs ?? 0));
}
