/** How two calls differ: path, before, after. */
import type { Change } from "~/lib/json";
import styles from "./Changes.module.css";

const shown = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));

export function Changes({ changes, none }: { changes: readonly Change[]; none: string }) {
  if (changes.length === 0) return <p className={styles["none"]}>{none}</p>;
  return (
    <ul className={styles["changes"]} aria-label="Changes">
      {changes.map((change) => (
        <li key={change.path}>
          <code className={styles["path"]}>{change.path}</code>
          <del>{shown(change.before)}</del>
          <span aria-hidden>→</span>
          <ins>{shown(change.after)}</ins>
        </li>
      ))}
    </ul>
  );
}
