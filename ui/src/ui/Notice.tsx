/** What stands where content would be: nothing yet, or something went wrong. */
import type { ReactNode } from "react";
import { Button } from "./Button";
import { CopyLine } from "./CopyLine";
import { Icon } from "./Icon";
import type { IconName } from "./icons";
import styles from "./Notice.module.css";

type EmptyProps = { icon: IconName; title: string; children?: ReactNode; command?: string; /** The button that does it from here. */ action?: ReactNode };

/** Says what would be here, and the command that fills it. */
export function Empty({ icon, title, children, command, action }: EmptyProps) {
  return (
    <div className={styles["notice"]}>
      <Icon name={icon} size={20} className={styles["icon"]} />
      <p className={styles["title"]}>{title}</p>
      {children && <div className={styles["text"]}>{children}</div>}
      {command && (
        <div className={styles["command"]}>
          <CopyLine label="Command" text={command} />
        </div>
      )}
      {action}
    </div>
  );
}

type FaultProps = { title: string; detail?: string | undefined; hint?: string | undefined; onRetry?: (() => void) | undefined };

/** A problem document in words: what happened, what to do, and another try. */
export function Fault({ title, detail, hint, onRetry }: FaultProps) {
  return (
    <div className={styles["notice"]} role="alert">
      <Icon name="warning" size={20} className={styles["icon"]} />
      <p className={styles["title"]}>{title}</p>
      {detail && <p className={styles["text"]}>{detail}</p>}
      {hint && <p className={styles["hint"]}>{hint}</p>}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
