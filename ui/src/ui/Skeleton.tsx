/** The shape of what is coming; no spinner. */
import styles from "./Skeleton.module.css";

const WIDTHS = ["62%", "48%", "71%", "55%", "66%", "40%", "58%"];

export function Skeleton({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className={styles["skeleton"]}>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className={styles["row"]}>
          <span style={{ width: WIDTHS[i % WIDTHS.length] }} />
          <span />
        </div>
      ))}
    </div>
  );
}
