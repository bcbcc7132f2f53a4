/** Two runs row by row: what both did stands side by side, what only one did faces a gap. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { Comparison } from "~/api/types";
import { useKeys } from "~/lib/keys";
import { usd } from "~/lib/money";
import { glance, type Outline } from "~/lib/outline";
import { KINDS, STEP_STATES, VERDICTS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Icon } from "~/ui/Icon";
import { differences, nextDifference } from "./rows";
import styles from "./Rows.module.css";

type Props = { comparison: Comparison; left: Outline; right: Outline; row: number; onRow: (row: number) => void; onOpen: (run: string, step: string) => void };

const ROW_PX = 28;
const OVERSCAN = 12;
const INDENT_PX = 14;
const DEEPEST = 10;
const MARKS = ["", "arguments", "outcome", "left", "right"] as const;
const SAID: Record<(typeof MARKS)[number], string> = { "": "", arguments: "other arguments", outcome: "other outcome", left: "only left", right: "only right" };

export function Rows({ comparison, left, right, row, onRow, onOpen }: Props) {
  const { marks, depths, diverged } = comparison;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({ count: marks.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: OVERSCAN });
  const shownFirst = useRef(false);
  useEffect(() => {
    if (row < 0) return;
    list.scrollToIndex(row, { align: shownFirst.current ? "auto" : "center" });
    shownFirst.current = true;
    // Only a new row scrolls.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [row]);
  const go = (to: number) => onRow(Math.max(0, Math.min(to, marks.length - 1)));
  const next = () => go(row + 1);
  const previous = () => go(row - 1);
  const open = () => {
    const ours = comparison.left[row] ?? -1;
    const theirs = comparison.right[row] ?? -1;
    if (ours >= 0) onOpen(left.run, left.ids[ours] ?? "");
    else if (theirs >= 0) onOpen(right.run, right.ids[theirs] ?? "");
  };
  useKeys({ j: next, ArrowDown: next, k: previous, ArrowUp: previous, e: (event) => go(nextDifference(marks, row, !event.shiftKey)), Enter: open, Home: () => go(0), End: () => go(marks.length - 1) });
  return (
    <>
      <p className={styles["note"]}>
        {differences(marks)} <kbd>e</kbd> next difference, <kbd>Enter</kbd> opens the step
      </p>
      <div ref={scroller} className={styles["scroller"]} role="grid" aria-label="Steps of both runs" aria-rowcount={marks.length} tabIndex={0} aria-activedescendant={row >= 0 ? `pair-${row}` : undefined}>
        <div className={styles["rows"]} role="rowgroup" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map(({ index, start }) => {
            const mark = MARKS[marks[index] ?? 0] ?? "";
            return (
              // The grid holds the focus and the keys; a pointer may press a row.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
              <div key={index} id={`pair-${index}`} role="row" aria-rowindex={index + 1} aria-selected={index === row} className={styles["row"]} data-mark={mark || undefined} data-first={index === diverged || undefined} style={{ transform: `translateY(${start}px)` }} onClick={() => onRow(index)} onDoubleClick={open}>
                <Side outline={left} step={comparison.left[index] ?? -1} depth={depths[index] ?? 0} />
                <span role="gridcell" className={styles["mark"]}>
                  {SAID[mark]}
                </span>
                <Side outline={right} step={comparison.right[index] ?? -1} depth={depths[index] ?? 0} />
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

function Side({ outline, step, depth }: { outline: Outline; step: number; depth: number }) {
  if (step < 0) return <span role="gridcell" className={styles["gap"]} aria-label="nothing" />;
  const one = glance(outline, step);
  return (
    <span role="gridcell" className={styles["side"]} style={{ paddingLeft: 16 + Math.min(depth, DEEPEST) * INDENT_PX }}>
      <Icon name={KINDS[one.kind].icon} label={KINDS[one.kind].label} />
      <span title={one.name}>{one.label}</span>
      {one.verdict && one.verdict !== "allow" ? <Badge {...VERDICTS[one.verdict]} quiet /> : one.state !== "done" && <Badge {...STEP_STATES[one.state]} quiet />}
      <small>{one.durationUs === null ? "" : duration(one.durationUs / 1000)}</small>
      <small>{one.costUsd ? usd(one.costUsd) : ""}</small>
    </span>
  );
}
