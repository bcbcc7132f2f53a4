/** What keeps one thing from working, where it stands. */
import { Icon } from "~/ui/Icon";
import styles from "./KeyPane.module.css";

export function Problem({ text }: { text: string }) {
  return (
    <p role="alert" className={styles["problem"]}>
      <Icon name="warning" />
      {text}
    </p>
  );
}
