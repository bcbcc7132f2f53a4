/** What a dialog says beneath its form: what will happen, or why it did not. */
import type { ReactNode } from "react";
import { asProblem } from "~/api/problem";
import styles from "./BudgetPane.module.css";

export function Said({ error, children }: { error: unknown; children: ReactNode }) {
  if (!error) return <p className={styles["quiet"]}>{children}</p>;
  const { message, detail, hint } = asProblem(error);
  return (
    <p role="alert" className={styles["problem"]}>
      <b>{message}.</b> {detail} {hint}
    </p>
  );
}
