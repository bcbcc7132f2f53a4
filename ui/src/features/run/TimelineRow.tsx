/** One step on the time axis: where it began, how long it took, what was decided. */
import type { Glance } from "~/lib/outline";
import { duration } from "~/lib/time";
import { gradeOf } from "./heat";
import { ticks } from "./layout/packing";
import type { Line } from "./line";
import styles from "./TimelineRow.module.css";
import { StepName } from "./TreeRow";
import type { Zoom } from "./view";

type Props = { line: Line; whole: Zoom; /** Microseconds. */ took: number; atUs: number | null; selected: boolean; top: number; onSelect: () => void; onToggle: () => void };

const ROOMY = 0.84;
const TICKS = 5;

const shareOf = ({ from, to }: Zoom, us: number) => (us - from) / Math.max(to - from, 1);

export function Ruler({ whole, atUs }: { whole: Zoom; atUs: number | null }) {
  const length = whole.to - whole.from;
  return (
    <div className={styles["ruler"]} aria-hidden>
      <span className={styles["window"]}>{whole.from > 0 ? `from ${duration(whole.from / 1000)}, ${duration(length / 1000)} long` : ""}</span>
      <div className={styles["track"]}>
        {ticks(whole.from, whole.to, TICKS).map((us) => {
          const at = shareOf(whole, us);
          return (
            <span key={us} className={styles["tick"]} style={{ left: `${at * 100}%` }} data-edge={at < 0.05 ? "start" : at > 0.92 ? "end" : "middle"}>
              {us === 0 ? "0" : duration(us / 1000)}
            </span>
          );
        })}
        <Playhead whole={whole} atUs={atUs} />
      </div>
    </div>
  );
}

export function Playhead({ whole, atUs }: { whole: Zoom; atUs: number | null }) {
  const at = atUs === null ? -1 : shareOf(whole, atUs);
  return at >= 0 && at <= 1 ? <i className={styles["playhead"]} style={{ left: `${at * 100}%` }} /> : null;
}

export function TimelineRow({ line, whole, took, atUs, selected, top, onSelect, onToggle }: Props) {
  const { step } = line;
  const left = shareOf(whole, step.startUs);
  const right = shareOf(whole, step.startUs + took);
  const from = Math.max(0, left);
  const width = Math.max(0, Math.min(1, right) - from);
  return (
    // The tree holds the focus and the keys; a pointer may press a row.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={`step-${step.id}`}
      role="treeitem"
      aria-level={line.depth + 1}
      aria-selected={selected}
      aria-expanded={line.children > 0 ? line.open : undefined}
      className={`${styles["row"]} ${selected ? styles["selected"] : ""}`}
      data-phase={line.phase}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onSelect}
    >
      <StepName line={line} onToggle={onToggle} />
      <div className={styles["track"]} title={`${step.name}: ${duration(took / 1000)}, began after ${duration(step.startUs / 1000)}`}>
        {ticks(whole.from, whole.to, TICKS).map((us) => (
          <i key={us} className={styles["line"]} style={{ left: `${shareOf(whole, us) * 100}%` }} />
        ))}
        <i className={`${styles["bar"]} ${styles[lookOf(step)]}`} data-heat={line.heat === null ? undefined : gradeOf(line.heat)} style={{ left: `${from * 100}%`, width: `max(3px, ${width * 100}%)` }} />
        <span className={styles["took"]} style={placed(from, width)}>
          {step.verdict === "deny" || step.verdict === "halt" ? step.verdict : duration(took / 1000)}
        </span>
        <Playhead whole={whole} atUs={atUs} />
      </div>
    </div>
  );
}

/** Beside the bar where there is room: right, left, or not at all when it fills the axis. */
function placed(left: number, width: number): React.CSSProperties {
  if (left + width < ROOMY) return { left: `calc(${(left + width) * 100}% + 3px)` };
  if (left > 1 - ROOMY) return { right: `calc(${(1 - left) * 100}% + 3px)` };
  return { display: "none" };
}

export function lookOf(step: Pick<Glance, "kind" | "state" | "verdict">): string {
  if (step.state === "failed") return "failed";
  if (step.kind === "start" || step.kind === "span") return step.state === "running" ? "frameLive" : "frame";
  if (step.state === "running") return "live";
  if (step.state === "waiting" || step.verdict === "ask") return "ask";
  if (step.verdict === "deny" || step.verdict === "halt" || step.state === "refused") return "deny";
  if (step.verdict === "transform") return "transform";
  return "plain";
}
