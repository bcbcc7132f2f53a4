/** A part of a pane: a small heading and its content. */
import type { ReactNode } from "react";
import styles from "./Section.module.css";

type Props = { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode };

export function Section({ title, note, actions, children }: Props) {
  return (
    <section className={styles["section"]} aria-label={title}>
      <h3>
        {title}
        {note !== undefined && <span>{note}</span>}
        {actions && <div className={styles["actions"]}>{actions}</div>}
      </h3>
      {children}
    </section>
  );
}
