/** A titled part of a page, and a list of named facts. */
import type { ReactNode } from "react";
import styles from "./Panel.module.css";

type PanelProps = { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode; flush?: boolean };

export function Panel({ title, note, actions, children, flush = false }: PanelProps) {
  return (
    <section className={styles["panel"]} aria-label={title}>
      <header className={styles["head"]}>
        <h2>{title}</h2>
        {note !== undefined && <span className={styles["note"]}>{note}</span>}
        {actions && <div className={styles["actions"]}>{actions}</div>}
      </header>
      <div className={flush ? undefined : styles["inner"]}>{children}</div>
    </section>
  );
}

export type Fact = { name: string; value: ReactNode };

/** Names on the left, values on the right; facts without a value are left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles["facts"]}>
      {facts
        .filter(({ value }) => value !== null && value !== undefined && value !== false && value !== "")
        .map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
