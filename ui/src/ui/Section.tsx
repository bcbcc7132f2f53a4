/** A part of a pane: a small heading and its content. */
import type { ReactNode } from "react";
import styles from "./Section.module.css";

export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles["section"]} aria-label={title}>
      <h3>
        {title}
        {note !== undefined && <span>{note}</span>}
      </h3>
      {children}
    </section>
  );
}
