/** One step in the tree: kind, name, verdict, time, tokens, cost. */
import { compact, tokens } from "~/lib/counts";
import { usd } from "~/lib/money";
import { FLAG, type Glance } from "~/lib/outline";
import { percent } from "~/lib/shares";
import { KINDS, STEP_STATES, VERDICTS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Icon } from "~/ui/Icon";
import { Elapsed } from "~/ui/Time";
import { gradeOf } from "./heat";
import type { Line } from "./line";
import styles from "./TreeRow.module.css";

type Props = { line: Line; selected: boolean; top: number; onSelect: () => void; onToggle: () => void };

export const INDENT_PX = 14;
export const DEEPEST = 14;

export function TreeRow({ line, selected, top, onSelect, onToggle }: Props) {
  const { step } = line;
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
      <Mark step={step} word={line.word} />
      <span className={styles["time"]}>
        {step.durationUs === null ? <Elapsed since={line.startedAt} /> : duration(step.durationUs / 1000)}
        <HeatBar line={line} />
      </span>
      <span className={styles["tokens"]}>{step.tokensIn + step.tokensOut > 0 && tokens(step.tokensIn, step.tokensOut)}</span>
      <span className={styles["cost"]}>
        {line.summed && <i title="with everything beneath it">∑ </i>}
        {(step.flags & FLAG.unpriced) === 0 ? Boolean(line.costUsd) && usd(line.costUsd) : "unpriced"}
      </span>
    </div>
  );
}

/** How much of the parent's time or money it took: longer and darker from half of it on. */
function HeatBar({ line: { heat } }: { line: Line }) {
  if (heat === null) return null;
  return <b className={styles[gradeOf(heat)]} style={{ width: `${Math.max(2, heat * 100)}%` }} title={`${percent(heat)} of its parent`} />;
}

/** The name with its place in the tree; shared with the timeline. */
export function StepName({ line, onToggle }: { line: Line; onToggle: () => void }) {
  const { step } = line;
  const kind = KINDS[step.kind];
  const indent = Math.min(line.depth, DEEPEST) * INDENT_PX;
  return (
    <span className={styles["name"]} style={{ paddingLeft: indent, "--guides": `${indent}px` } as React.CSSProperties}>
      {line.children > 0 ? (
        <button
          type="button"
          tabIndex={-1}
          aria-label={line.open ? "Close" : "Open"}
          className={`${styles["fold"]} ${line.open ? styles["open"] : ""}`}
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
      <span className={`${styles["text"]} ${line.hit ? styles["hit"] : ""}`} title={`${kind.label} ${step.name}${line.word && `: ${line.word}`}`}>
        {step.label}
      </span>
      {line.suspicion && (
        <em className={line.suspicion.turned ? styles["turned"] : undefined} title={line.suspicion.text}>
          {line.suspicion.turned ? "turned here" : "suspect"}
        </em>
      )}
      {!line.open && (
        <small className={line.troubled ? styles["troubled"] : undefined} title={`${line.beneath} beneath${line.troubled ? ", trouble among them" : ""}`}>
          {compact(line.beneath)}
        </small>
      )}
      {line.word && <span className={styles["word"]}>{line.word}</span>}
    </span>
  );
}

/** The verdict where it matters, the state where it goes on; allowed and done stay silent. */
export function Mark({ step, word = "" }: { step: Pick<Glance, "state" | "verdict">; word?: string }) {
  if (step.state === "running") return <Badge {...STEP_STATES.running} quiet />;
  if (step.state === "waiting") return <Badge {...STEP_STATES.waiting} quiet />;
  if (step.verdict && step.verdict !== "allow") return <Badge {...VERDICTS[step.verdict]} quiet title={word} />;
  if (step.state === "failed" || step.state === "halted") return <Badge {...STEP_STATES[step.state]} quiet title={word} />;
  if (step.verdict === "allow") return <Icon name="allow" size={12} label="allow" className={styles["allowed"]} />;
  return <span />;
}
