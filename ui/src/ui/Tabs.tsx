/** Tabs over a panel; ←/→ move between them. */
import type { ReactNode } from "react";
import styles from "./Tabs.module.css";

export type Tab<Id extends string> = { id: Id; label: string; note?: ReactNode };

type Props<Id extends string> = { label: string; tabs: readonly Tab<Id>[]; value: Id; onChange: (id: Id) => void; look?: "line" | "segments" };

export function Tabs<Id extends string>({ label, tabs, value, onChange, look = "line" }: Props<Id>) {
  const move = (event: React.KeyboardEvent, index: number) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = step ? tabs[(index + step + tabs.length) % tabs.length] : undefined;
    if (!next) return;
    event.preventDefault();
    onChange(next.id);
    const buttons = event.currentTarget.parentElement?.querySelectorAll<HTMLElement>("[role=tab]");
    buttons?.[tabs.indexOf(next)]?.focus();
  };
  return (
    <div role="tablist" aria-label={label} className={styles[look]}>
      {tabs.map((tab, index) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          aria-selected={tab.id === value}
          tabIndex={tab.id === value ? 0 : -1}
          onClick={() => onChange(tab.id)}
          onKeyDown={(event) => move(event, index)}
        >
          {tab.label}
          {tab.note !== undefined && <span className={styles["note"]}>{tab.note}</span>}
        </button>
      ))}
    </div>
  );
}
