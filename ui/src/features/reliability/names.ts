/** What the metrics are called, and what exactly they count. */
import type { Metric, Slo } from "~/api/types";

export const METRICS: readonly { id: Metric; label: string; counts: string }[] = [
  { id: "task_success", label: "Task success", counts: "runs that succeeded, of those that are proven either way" },
  { id: "tool_validity", label: "Valid calls", counts: "calls of tools that exist, with arguments their contracts allow" },
  { id: "tool_success", label: "Tool success", counts: "tool calls that ran and did not fail" },
  { id: "model_success", label: "Model success", counts: "model calls that ran and did not fail" },
  { id: "postconditions", label: "Effects shown", counts: "effects that the world was seen to show; unknown counts against" },
];

export const STATES: Record<Slo["state"], { label: string; tone: "allow" | "ask" | "deny" | "plain" }> = {
  ok: { label: "Holds", tone: "allow" },
  burning: { label: "Burns too fast", tone: "deny" },
  spent: { label: "Budget spent", tone: "ask" },
  "no data": { label: "No data", tone: "plain" },
};

/** What an objective counts, in words: `99 % of tool calls succeed`. */
export function wanted(slo: Slo): string {
  const name = METRICS.find((each) => each.id === slo.indicator)?.label.toLowerCase() ?? slo.indicator.replace("_", " ");
  const limit = slo.indicator === "run_cost" ? ` ≤ $${slo.threshold}` : slo.threshold ? ` ≤ ${slo.threshold} s` : "";
  return `${name}${limit} for ${slo.agent || "everything"}${slo.version && `@${slo.version}`}, ${slo.days} days`;
}
