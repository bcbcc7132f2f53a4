/** What a dialog says beneath its form: what will happen, or why it did not. */
import type { ReactNode } from "react";
import styles from "./Said.module.css";

type Told = { message: string; detail?: string; hint?: string };

export function Said({ error, children }: { error: unknown; children?: ReactNode }) {
  if (!error) return children ? <p className={styles["quiet"]}>{children}</p> : null;
  const { message, detail, hint }: Told = error instanceof Error ? error : { message: String(error) };
  return (
    <p role="alert" className={styles["problem"]}>
      <b>{message}.</b> {detail} {hint}
    </p>
  );
}
