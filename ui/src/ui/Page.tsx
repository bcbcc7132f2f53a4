/** The frame of a page: what it is, what can be done here, and the content. */
import { useEffect, type ReactNode } from "react";
import styles from "./Page.module.css";

type Props = { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode; /** The content scrolls by itself, pane by pane. */ fixed?: boolean };

export function Page({ title, note, actions, children, fixed = false }: Props) {
  useEffect(() => {
    document.title = `${title} · Holdfast`;
  }, [title]);
  return (
    <div className={styles["page"]}>
      <header className={styles["head"]}>
        <h1>{title}</h1>
        {note !== undefined && <div className={styles["note"]}>{note}</div>}
        {actions && <div className={styles["actions"]}>{actions}</div>}
      </header>
      <div className={fixed ? styles["fixed"] : styles["body"]}>{children}</div>
    </div>
  );
}
