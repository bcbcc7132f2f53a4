/** What every chart has: one line that reads a point out, and the same figures as a table. */
import { useState, type ReactNode } from "react";
import table from "../Table.module.css";
import { Tabs } from "../Tabs";
import styles from "./Chart.module.css";

export type Figures = { head: readonly string[]; rows: readonly (readonly string[])[] };

type Props = { label: string; readout: ReactNode; figures: Figures; actions?: ReactNode; children: ReactNode };

const VIEWS = [
  { id: "chart", label: "Chart" },
  { id: "table", label: "Table" },
] as const;

export function ChartFrame({ label, readout, figures, actions, children }: Props) {
  const [view, setView] = useState<"chart" | "table">("chart");
  return (
    <figure className={styles["frame"]} aria-label={label}>
      <div className={styles["tools"]}>
        <p className={styles["readout"]} aria-live="polite">
          {readout}
        </p>
        {actions}
        <Tabs look="segments" label={`${label}: shown as`} tabs={VIEWS} value={view} onChange={setView} />
      </div>
      {view === "chart" ? children : <AsTable label={label} figures={figures} />}
    </figure>
  );
}

function AsTable({ label, figures }: { label: string; figures: Figures }) {
  return (
    // A table that is longer than its place is scrolled by keys as well.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={`${label}, figures`}>
      <table className={table["table"]} aria-label={label}>
        <thead>
          <tr>
            {figures.head.map((name, i) => (
              <th key={name} scope="col" className={i ? table["end"] : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figures.rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, i) => (
                <td key={figures.head[i]} className={i ? table["end"] : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
