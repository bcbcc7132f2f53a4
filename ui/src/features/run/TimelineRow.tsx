/** One step on the time axis: where it began, how long it took, what was decided. */
import { duration } from "~/lib/time";
import { extent, type Row, type Span } from "~/lib/tree";
import type { Step } from "~/api/types";
import styles from "./TimelineRow.module.css";
import { StepName } from "./TreeRow";

type Props = { row: Row; whole: Span; now: number; selected: boolean; top: number; onSelect: () => void; onToggle: () => void };

const ROOMY = 0.84;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export function Ruler({ whole }: { whole: Span }) {
  const length = whole.to - whole.from;
  return (
    <div className={styles["ruler"]} aria-hidden>
      <span />
      <div className={styles["track"]}>
        {TICKS.map((at) => (
          <span key={at} className={styles["tick"]} style={{ left: `${at * 100}%` }} data-edge={at === 0 ? "start" : at === 1 ? "end" : "middle"}>
            {at === 0 ? "0" : duration(length * at)}
          </span>
        ))}
      </div>
    </div>
  );
}

export function TimelineRow({ row, whole, now, selected, top, onSelect, onToggle }: Props) {
  const { step } = row;
  const { left, width } = extent(step, whole, now);
  const took = step.ended_at ? (step.duration_ms ?? 0) : now - Date.parse(step.started_at);
  return (
    // The tree holds the focus and the keys; a pointer may press a row.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={`step-${step.id}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={selected}
      aria-expanded={row.children > 0 ? row.open : undefined}
      className={`${styles["row"]} ${selected ? styles["selected"] : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onSelect}
    >
      <StepName row={row} onToggle={onToggle} />
      <div className={styles["track"]} title={`${step.name}: ${duration(took)}`}>
        <i className={`${styles["bar"]} ${styles[lookOf(step)]}`} style={{ left: `${left * 100}%`, width: `max(3px, ${width * 100}%)` }} />
        <span className={styles["took"]} style={placed(left, width)}>
          {step.verdict === "deny" || step.verdict === "halt" ? step.verdict : duration(took)}
        </span>
      </div>
    </div>
  );
}

/** Beside the bar where there is room: right, left, or above its end when it fills the axis. */
function placed(left: number, width: number): React.CSSProperties {
  if (left + width < ROOMY) return { left: `calc(${(left + width) * 100}% + 3px)` };
  if (left > 1 - ROOMY) return { right: `calc(${(1 - left) * 100}% + 3px)` };
  return { display: "none" };
}

function lookOf(step: Step): string {
  if (step.kind === "start" || step.kind === "span") return step.state === "running" ? "frameLive" : "frame";
  if (step.state === "running") return "live";
  if (step.state === "waiting" || step.verdict === "ask") return "ask";
  if (step.verdict === "deny" || step.verdict === "halt") return "deny";
  if (step.verdict === "transform") return "transform";
  return "plain";
}
