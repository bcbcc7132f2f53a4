/** A long table: virtual rows, sortable heads, one active row moved by keys. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useId, useRef, type ReactNode } from "react";
import styles from "./Grid.module.css";
import { Icon } from "./Icon";

export type Column<T> = { id: string; label: string; width: string; end?: boolean; cell: (item: T) => ReactNode; sort?: "ascending" | "descending" | "none" };

type Props<T> = {
  label: string;
  columns: readonly Column<T>[];
  items: readonly T[];
  keyOf: (item: T) => string | number;
  active: number;
  onActive: (index: number) => void;
  onOpen: (item: T) => void;
  onEnd?: () => void;
  onSort?: (column: string) => void;
  foot?: ReactNode;
};

const ROW_PX = 34;
const OVERSCAN = 12;
const NEAR_END = 30;

export function Grid<T>({ label, columns, items, keyOf, active, onActive, onOpen, onEnd, onSort, foot }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const rows = useVirtualizer({ count: items.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: OVERSCAN, getItemKey: (i) => keyOf(items[i] as T) });
  const shown = rows.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (items.length > 0 && lastShown >= items.length - NEAR_END) onEnd?.();
  }, [lastShown, items.length, onEnd]);
  useEffect(() => {
    if (active >= 0) rows.scrollToIndex(active, { align: "auto" });
  }, [active, rows]);
  const template = { gridTemplateColumns: columns.map((column) => column.width).join(" ") };
  return (
    <div ref={scroller} className={styles["grid"]} role="grid" aria-label={label} aria-rowcount={items.length + 1} tabIndex={0} aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}>
      <div role="row" aria-rowindex={1} className={styles["head"]} style={template}>
        {columns.map((column) => (
          <Head key={column.id} column={column} onSort={onSort} />
        ))}
      </div>
      <div className={styles["rows"]} style={{ height: rows.getTotalSize() }} role="rowgroup">
        {shown.map(({ index, key, start }) => {
          const item = items[index] as T;
          return (
            // Rows are moved by keys on the page; the grid itself holds the focus.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={key}
              id={`${id}-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={index === active}
              className={styles["row"]}
              style={{ ...template, transform: `translateY(${start}px)` }}
              onClick={() => {
                onActive(index);
                onOpen(item);
              }}
            >
              {columns.map((column) => (
                <div key={column.id} role="gridcell" className={column.end ? styles["end"] : undefined}>
                  {column.cell(item)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {foot && <p className={styles["foot"]}>{foot}</p>}
    </div>
  );
}

function Head<T>({ column, onSort }: { column: Column<T>; onSort: ((column: string) => void) | undefined }) {
  const { sort } = column;
  const look = column.end ? styles["end"] : undefined;
  if (!sort || !onSort) {
    return (
      <div role="columnheader" className={look}>
        {column.label}
      </div>
    );
  }
  return (
    <div role="columnheader" aria-sort={sort} className={look}>
      <button type="button" onClick={() => onSort(column.id)}>
        {column.label}
        {sort !== "none" && <Icon name={sort === "ascending" ? "up" : "down"} size={10} />}
      </button>
    </div>
  );
}
