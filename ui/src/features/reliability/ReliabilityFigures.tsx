/** How well agents do, in five figures with their intervals. */
import type { ReactNode } from "react";
import type { Ratio, Reliability } from "~/api/types";
import { count, plural } from "~/lib/counts";
import { interval, percent } from "~/lib/shares";
import { duration } from "~/lib/time";
import { METRICS } from "./names";
import styles from "./Reliability.module.css";

const SHOWN = ["task_success", "tool_validity", "tool_success", "postconditions"] as const;
const S = 1000;

export function ReliabilityFigures({ found }: { found: Reliability }) {
  const { total, safe_fallback: safe } = found;
  return (
    <section className={styles["strip"]} aria-label="Reliability">
      {SHOWN.map((id) => {
        const metric = METRICS.find((each) => each.id === id);
        return <Figure key={id} label={metric?.label ?? id} value={percent(total[id].value)} beside={interval(total[id].low, total[id].high)} note={noteOf(total[id], id === "task_success" ? total.unproven : 0)} title={metric?.counts} />;
      })}
      <Figure
        label="Time to safety"
        value={duration(safe.p50_s === null ? null : safe.p50_s * S)}
        beside={safe.p95_s === null ? "" : `p95 ${duration(safe.p95_s * S)}`}
        note={safe.runs === 0 ? "no run was in trouble" : `${plural(safe.runs, "run")} in trouble${safe.still_open ? ` · ${safe.still_open} open` : ""}`}
        title="From the first refusal, failure or contradiction to a person, a stop, or the next call that went well"
      />
    </section>
  );
}

function noteOf(ratio: Ratio, unproven: number): string {
  const open = unproven ? ` · ${count(unproven)} unproven` : "";
  return ratio.total === 0 ? `nothing counted${open}` : `${count(ratio.good)} of ${count(ratio.total)}${open}`;
}

type FigureProps = { label: string; value: ReactNode; beside: ReactNode; note: ReactNode; title: string | undefined };

function Figure({ label, value, beside, note, title }: FigureProps) {
  return (
    <div className={styles["figure"]} title={title}>
      <p className={styles["label"]}>{label}</p>
      <p className={styles["value"]}>
        {value} <small>{beside}</small>
      </p>
      <p className={styles["note"]}>{note}</p>
    </div>
  );
}
