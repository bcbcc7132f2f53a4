/** A long list of steps: the rows in view, one of them selected, walked with the keys. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { useKeys } from "~/lib/keys";

const OVERSCAN = 12;

export function useWalked(steps: Int32Array, rowPx: number, selected: number, onSelect: (step: number) => void) {
  const scroller = useRef<HTMLDivElement>(null);
  const at = useMemo(() => (selected < 0 ? -1 : steps.indexOf(selected)), [steps, selected]);
  const list = useVirtualizer({ count: steps.length, getScrollElement: () => scroller.current, estimateSize: () => rowPx, overscan: OVERSCAN });
  useEffect(() => {
    if (at >= 0) list.scrollToIndex(at, { align: "auto" });
    // Only a new selection scrolls; steps that arrive must not.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [selected]);
  const go = (row: number) => {
    const step = steps[Math.max(0, Math.min(row, steps.length - 1))];
    if (step !== undefined) onSelect(step);
  };
  const next = () => go(at + 1);
  const previous = () => go(at - 1);
  useKeys({ j: next, ArrowDown: next, "]": next, k: previous, ArrowUp: previous, "[": previous, Home: () => go(0), End: () => go(steps.length - 1) });
  return { scroller, at, items: list.getVirtualItems(), height: list.getTotalSize() };
}
