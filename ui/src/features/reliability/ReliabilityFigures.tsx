/** How well agents do, in five figures with their intervals. */
import type { Ratio, Reliability } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { interval, percent } from "~/lib/shares";
import { duration } from "~/lib/time";
import { Figures, type Figure } from "~/ui/Figures";
import { METRICS } from "./names";

const SHOWN = ["task_success", "tool_validity", "tool_success", "postconditions"] as const;
const S = 1000;

export function ReliabilityFigures({ found }: { found: Reliability }) {
  const { total, safe_fallback: safe } = found;
  const rates = SHOWN.map((id): Figure => {
    const metric = METRICS.find((each) => each.id === id);
    return { label: metric?.label ?? id, value: percent(total[id].value), beside: interval(total[id].low, total[id].high), note: noteOf(total[id], id === "task_success" ? total.unproven : 0), title: metric?.counts };
  });
  const safety: Figure = {
    label: "Time to safety",
    value: duration(safe.p50_s === null ? null : safe.p50_s * S),
    beside: safe.p95_s === null ? "" : `p95 ${duration(safe.p95_s * S)}`,
    note: safe.runs === 0 ? "no run was in trouble" : `${plural(safe.runs, "run")} in trouble${safe.still_open ? ` · ${safe.still_open} open` : ""}`,
    title: "From the first refusal, failure or contradiction to a person, a stop, or the next call that went well",
  };
  return <Figures label="Reliability" figures={[...rates, safety]} />;
}

function noteOf(ratio: Ratio, unproven: number): string {
  const open = unproven ? ` · ${count(unproven)} unproven` : "";
  return ratio.total === 0 ? `nothing counted${open}` : `${count(ratio.good)} of ${count(ratio.total)}${open}`;
}
