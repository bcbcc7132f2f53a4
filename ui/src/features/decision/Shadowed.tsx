/** What rules that do not count yet would have done. */
import type { Would } from "~/api/types";
import { levelWord } from "~/lib/levels";
import { VERDICTS } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import styles from "./Reasons.module.css";

export function Shadowed({ would }: { would: readonly Would[] }) {
  return (
    <ul className={styles["would"]} aria-label="Rules that do not count yet">
      {would.map((one) => (
        <li key={one.rule}>
          <Badge {...(one.verdict in VERDICTS ? VERDICTS[one.verdict as keyof typeof VERDICTS] : VERDICTS.deny)} quiet />
          <span>{one.message}</span>
          <span className={styles["rule"]}>
            <code>{one.rule}</code>
            <span>{levelWord(one.level)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
