/** One step in the tree: kind, name, verdict, time, tokens, cost. */
import { tokens } from "~/lib/counts";
import { usd } from "~/lib/money";
import { KINDS, STEP_STATES, VERDICTS } from "~/lib/states";
import { duration } from "~/lib/time";
import type { Row } from "~/lib/tree";
import type { Step } from "~/api/types";
import { Badge } from "~/ui/Badge";
import { Icon } from "~/ui/Icon";
import { Elapsed } from "~/ui/Time";
import styles from "./TreeRow.module.css";

type Props = { row: Row; selected: boolean; top: number; onSelect: () => void; onToggle: () => void };

const INDENT_PX = 14;
const DEEPEST = 14;

export function TreeRow({ row, selected, top, onSelect, onToggle }: Props) {
  const { step } = row;
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
      <Mark step={step} />
      <span className={styles["time"]}>{step.ended_at ? duration(step.duration_ms) : <Elapsed since={step.started_at} />}</span>
      <span className={styles["tokens"]}>{step.tokens_in + step.tokens_out > 0 && tokens(step.tokens_in, step.tokens_out)}</span>
      <span className={styles["cost"]}>{step.priced ? Boolean(step.cost_usd) && usd(step.cost_usd) : "unpriced"}</span>
    </div>
  );
}

/** The name with its place in the tree; shared with the timeline. */
export function StepName({ row, onToggle }: { row: Row; onToggle: () => void }) {
  const { step } = row;
  const kind = KINDS[step.kind];
  return (
    <span className={styles["name"]} style={{ paddingLeft: Math.min(row.depth, DEEPEST) * INDENT_PX }}>
      {row.children > 0 ? (
        <button
          type="button"
          tabIndex={-1}
          aria-label={row.open ? "Close" : "Open"}
          className={`${styles["fold"]} ${row.open ? styles["open"] : ""}`}
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          <Icon name="chevron" size={10} />
        </button>
      ) : (
        <i className={styles["fold"]} />
      )}
      <Icon name={kind.icon} label={kind.label} className={styles["kind"]} />
      <span className={styles["text"]} title={`${kind.label} ${step.name}`}>
        {step.name || step.target}
      </span>
      {!row.open && <small>{row.children}</small>}
    </span>
  );
}

/** The verdict where it matters, the state where it goes on; allowed and done stay silent. */
export function Mark({ step }: { step: Step }) {
  if (step.state === "running") return <Badge {...STEP_STATES.running} quiet />;
  if (step.state === "waiting") return <Badge {...STEP_STATES.waiting} quiet />;
  if (step.verdict && step.verdict !== "allow") return <Badge {...VERDICTS[step.verdict]} quiet title={step.reasons[0]?.message ?? ""} />;
  if (step.state === "failed" || step.state === "halted") return <Badge {...STEP_STATES[step.state]} quiet title={step.error} />;
  if (step.verdict === "allow") return <Icon name="allow" size={12} label="allow" className={styles["allowed"]} />;
  return <span />;
}
