/** One thing beside its list: its name, what can be done with it, and the rest, which scrolls. */
import type { ReactNode } from "react";
import { Button } from "./Button";
import styles from "./Pane.module.css";

type Props = {
  /** What screen readers call it. */
  label: string;
  /** The kind of thing, for `Close …`. */
  what: string;
  title: ReactNode;
  /** Said small behind the title. */
  note?: ReactNode;
  /** The whole of a title that may be cut off. */
  tip?: string;
  actions?: ReactNode;
  onClose: () => void;
  children: ReactNode;
  /** The content scrolls by itself, part by part. */
  fixed?: boolean;
};

export function Pane({ label, what, title, note, tip, actions, onClose, children, fixed = false }: Props) {
  return (
    <section className={styles["pane"]} aria-label={label}>
      <header className={styles["head"]}>
        <h2 title={tip}>
          {title}
          {note && <span>{note}</span>}
        </h2>
        {actions}
        <Button look="quiet" icon="close" aria-label={`Close ${what}`} title="Close (Esc)" onClick={onClose} />
      </header>
      {fixed ? children : <div className={styles["body"]}>{children}</div>}
    </section>
  );
}
