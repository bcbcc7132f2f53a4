/** Every step of a run, as a tree or on a time axis; fifty thousand are as quick as fifty. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { useKeys } from "~/lib/keys";
import { useNow } from "~/lib/now";
import { tookUs } from "./layout/flame";
import { rowOf } from "./layout/rows";
import { lineOf, type Suspicions } from "./line";
import { useNotable, type Laid } from "./outlined";
import { useMoment, type Player } from "./playback";
import { Ruler, TimelineRow } from "./TimelineRow";
import styles from "./StepList.module.css";
import { TreeRow } from "./TreeRow";
import type { Heat, Zoom } from "./view";

type Props = {
  laid: Laid;
  rows: Int32Array;
  view: "tree" | "timeline";
  selected: number;
  closed: ReadonlySet<number>;
  hits: ReadonlySet<number>;
  suspicions: Suspicions;
  heat: Heat;
  zoom: Zoom | null;
  player: Player;
  onSelect: (step: number) => void;
  onFold: (step: number, open: boolean) => void;
};

const ROW_PX = 28;
const OVERSCAN = 10;
const SETTLING_MS = 800;

export function StepList({ laid, rows, view, selected, closed, hits, suspicions, heat, zoom, player, onSelect, onFold }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const { outline, plan } = laid;
  const at = useMemo(() => (selected < 0 ? -1 : rowOf(rows, plan.tree, selected)), [rows, plan, selected]);
  const list = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: OVERSCAN, getItemKey: (row) => outline.ids[rows[row]!] ?? row });
  // What an address led to stands in the middle; later selections move no more than they must.
  const arrived = useRef(false);
  // A step that was just chosen stays in sight while what it was folded into is opened.
  const chosenAt = useRef(0);
  useEffect(() => {
    if (at >= 0) list.scrollToIndex(at, { align: arrived.current ? "auto" : "center" });
    arrived.current = true;
    chosenAt.current = performance.now();
    // Only a new selection scrolls, and the moment it is unfolded; steps that arrive above it must not.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [selected, rows[at] === selected]);
  useEffect(() => {
    if (at >= 0 && performance.now() - chosenAt.current < SETTLING_MS) list.scrollToIndex(at, { align: "auto" });
    // Rows that are folded or unfolded by themselves must not scroll.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [rows]);
  const items = list.getVirtualItems();
  const notable = useNotable(
    laid,
    items.map(({ index }) => rows[index]!),
  );
  const { atUs, playing } = useMoment(player);
  useFollowing(laid, rows, playing ? atUs : null, (row) => list.scrollToIndex(row, { align: "auto" }));
  const seen = { laid, closed, heat, atUs, hits, notable, suspicions };
  useStepKeys(rows, at, onSelect, (step, open) => plan.tree.children[step]! > 0 && closed.has(step) === open && onFold(step, open));
  const now = useNow();
  const whole = zoom ?? { from: 0, to: plan.totalUs };
  const untilUs = (now - outline.startedAt) * 1000;
  return (
    <div ref={scroller} className={styles["scroller"]} data-playing={atUs === null ? undefined : ""}>
      {view === "timeline" && <Ruler whole={whole} atUs={atUs} />}
      <div role="tree" aria-label="Steps" tabIndex={0} aria-activedescendant={at >= 0 ? `step-${outline.ids[rows[at]!]}` : undefined} className={styles["list"]} style={{ height: list.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const step = rows[index]!;
          const line = lineOf(seen, step);
          const props = { line, selected: index === at, top: start, onSelect: () => onSelect(step), onToggle: () => onFold(step, !line.open) };
          return view === "tree" ? <TreeRow key={key} {...props} /> : <TimelineRow key={key} {...props} whole={whole} took={line.step.durationUs ?? Math.max(tookUs(outline.columns, plan.sums, step), untilUs - line.step.startUs)} atUs={atUs} />;
        })}
      </div>
    </div>
  );
}

/** While it plays, the row of the step that began last stays in sight. */
function useFollowing({ outline, plan }: Laid, rows: Int32Array, atUs: number | null, scrollTo: (row: number) => void) {
  const begun = atUs === null ? -1 : lastBegun(outline.columns.starts, atUs);
  const latest = useRef(scrollTo);
  useEffect(() => {
    latest.current = scrollTo;
  });
  useEffect(() => {
    const row = begun < 0 ? -1 : rowOf(rows, plan.tree, begun);
    if (row >= 0) latest.current(row);
  }, [begun, rows, plan]);
}

/** Steps stand in the order they began. */
export function lastBegun(starts: Float64Array, atUs: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= atUs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function useStepKeys(rows: Int32Array, at: number, onSelect: (step: number) => void, fold: (step: number, open: boolean) => void) {
  const go = (row: number) => {
    const step = rows[Math.max(0, Math.min(row, rows.length - 1))];
    if (step !== undefined) onSelect(step);
  };
  const here = (act: (step: number) => void) => () => {
    const step = rows[at];
    if (step !== undefined) act(step);
  };
  const next = () => go(at + 1);
  const previous = () => go(at - 1);
  useKeys({
    j: next,
    "]": next,
    ArrowDown: next,
    k: previous,
    "[": previous,
    ArrowUp: previous,
    Home: () => go(0),
    End: () => go(rows.length - 1),
    PageDown: () => go(at + 20),
    PageUp: () => go(at - 20),
    ArrowLeft: here((step) => fold(step, false)),
    ArrowRight: here((step) => fold(step, true)),
  });
}

