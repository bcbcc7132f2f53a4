/** Why, in the words of the rules: message, rule, category, and who may lift it. */
import type { Reason } from "~/api/types";
import { Icon } from "~/ui/Icon";
import styles from "./Reasons.module.css";

export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  return (
    <ul className={styles["reasons"]}>
      {reasons.map((reason) => (
        <li key={reason.rule + reason.message}>
          <p className={styles["message"]}>{reason.message}</p>
          <p className={styles["rule"]}>
            <code>{reason.rule}</code>
            <span>{reason.category}</span>
            {reason.cure && (
              <span className={styles["cure"]}>
                <Icon name="approvals" size={12} />
                {reason.cure.replace(/^approval:/, "lifted by ")}
              </span>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}
