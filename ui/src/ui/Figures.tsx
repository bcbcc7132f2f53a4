/** A few figures in one strip, each with what is to be known of it beneath. */
import type { ReactNode } from "react";
import styles from "./Figures.module.css";

export type Figure = { label: string; value: ReactNode; /** Smaller, behind the value. */ beside?: ReactNode; note?: ReactNode; title?: string | undefined };

export function Figures({ label, figures }: { label: string; figures: readonly Figure[] }) {
  return (
    <section className={styles["strip"]} aria-label={label}>
      {figures.map((figure) => (
        <div key={figure.label} className={styles["figure"]} title={figure.title}>
          <p className={styles["label"]}>{figure.label}</p>
          <p className={styles["value"]}>
            {figure.value} {figure.beside && <small>{figure.beside}</small>}
          </p>
          <p className={styles["note"]}>{figure.note}</p>
        </div>
      ))}
    </section>
  );
}
