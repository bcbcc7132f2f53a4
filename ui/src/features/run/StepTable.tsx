/** Steps of one sort, a row each, with what the server knows of those in view. */
import type { ReactNode } from "react";
import type { Step } from "~/api/types";
import { glance, type Glance } from "~/lib/outline";
import { useWindow, type Laid } from "./outlined";
import styles from "./StepTable.module.css";
import { useWalked } from "./walked";

export type StepColumn = { label: string; width: string; end?: boolean; cell: (step: Glance, whole: Step | undefined) => ReactNode };

type Props = { label: string; laid: Laid; steps: Int32Array; columns: readonly StepColumn[]; selected: number; onSelect: (step: number) => void };

const ROW_PX = 30;

const end = (column: StepColumn) => (column.end ? styles["end"] : undefined);

export function StepTable({ label, laid, steps, columns, selected, onSelect }: Props) {
  const { scroller, at, items, height } = useWalked(steps, ROW_PX, selected, onSelect);
  const whole = useWindow(
    laid.outline.run,
    items.map(({ index }) => laid.outline.ids[steps[index]!]!),
  );
  const template = { gridTemplateColumns: columns.map((column) => column.width).join(" ") };
  return (
    <div ref={scroller} className={styles["table"]} role="grid" aria-label={label} aria-rowcount={steps.length + 1} tabIndex={0} aria-activedescendant={at >= 0 ? `line-${at}` : undefined}>
      <div role="row" aria-rowindex={1} className={styles["head"]} style={template}>
        {columns.map((column) => (
          <span key={column.label} role="columnheader" className={end(column)}>
            {column.label}
          </span>
        ))}
      </div>
      <div role="rowgroup" className={styles["rows"]} style={{ height }}>
        {items.map(({ index, start }) => {
          const step = glance(laid.outline, steps[index]!);
          return (
            // The grid holds the focus and the keys; a pointer may press a row.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div key={step.id} id={`line-${index}`} role="row" aria-rowindex={index + 2} aria-selected={index === at} className={styles["row"]} style={{ ...template, transform: `translateY(${start}px)` }} onClick={() => onSelect(step.index)}>
              {columns.map((column) => (
                <span key={column.label} role="gridcell" className={end(column)}>
                  {column.cell(step, whole.get(step.id))}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
