/** Every step of a run, as a tree or on a time axis; fifty thousand are as quick as fifty. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Step } from "~/api/types";
import { useKeys } from "~/lib/keys";
import { useNow } from "~/lib/now";
import { rows as arrange, span, type Row } from "~/lib/tree";
import { Ruler, TimelineRow } from "./TimelineRow";
import styles from "./StepList.module.css";
import { TreeRow } from "./TreeRow";

type Props = { steps: readonly Step[]; view: "tree" | "timeline"; selected: string; onSelect: (step: string) => void; onEnd: () => void; foot: string | null };

const ROW_PX = 28;
const OVERSCAN = 10;
const NEAR_END = 200;

export function StepList({ steps, view, selected, onSelect, onEnd, foot }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => arrange(steps, closed), [steps, closed]);
  const at = useMemo(() => shown.findIndex((row) => row.step.id === selected), [shown, selected]);
  const list = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: OVERSCAN, getItemKey: (i) => shown[i]?.step.id ?? i });
  const items = list.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (shown.length > 0 && last >= shown.length - NEAR_END) onEnd();
  }, [last, shown.length, onEnd]);
  useEffect(() => {
    if (at >= 0) list.scrollToIndex(at, { align: "auto" });
    // Only a new selection scrolls; steps that arrive above it must not.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [selected]);
  const toggle = (step: string) => setClosed((old) => toggled(old, step));
  useStepKeys(shown, at, onSelect, (row, open) => row.children > 0 && row.open !== open && toggle(row.step.id));
  const now = useNow();
  const open = useMemo(() => steps.some((step) => step.ended_at === null), [steps]);
  // The axis grows each second only while something is in flight and somebody looks at it.
  const until = view === "timeline" && open ? now : 0;
  const whole = useMemo(() => span(steps, until), [steps, until]);
  return (
    <div ref={scroller} className={styles["scroller"]}>
      {view === "timeline" && <Ruler whole={whole} />}
      <div role="tree" aria-label="Steps" tabIndex={0} aria-activedescendant={at >= 0 ? `step-${selected}` : undefined} className={styles["list"]} style={{ height: list.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const row = shown[index] as Row;
          const props = { row, selected: index === at, top: start, onSelect: () => onSelect(row.step.id), onToggle: () => toggle(row.step.id) };
          return view === "tree" ? <TreeRow key={key} {...props} /> : <TimelineRow key={key} {...props} whole={whole} now={now} />;
        })}
      </div>
      {foot && <p className={styles["foot"]}>{foot}</p>}
    </div>
  );
}

function toggled(set: ReadonlySet<string>, value: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

function useStepKeys(shown: readonly Row[], at: number, onSelect: (step: string) => void, fold: (row: Row, open: boolean) => void) {
  const go = (index: number) => {
    const row = shown[Math.max(0, Math.min(index, shown.length - 1))];
    if (row) onSelect(row.step.id);
  };
  const here = (act: (row: Row) => void) => () => {
    const row = shown[at];
    if (row) act(row);
  };
  const next = () => go(at + 1);
  const previous = () => go(at - 1);
  useKeys({ j: next, ArrowDown: next, k: previous, ArrowUp: previous, ArrowLeft: here((row) => fold(row, false)), ArrowRight: here((row) => fold(row, true)) });
}
