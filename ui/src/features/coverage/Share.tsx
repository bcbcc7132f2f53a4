/** The one number: how much of what agents do is decided. */
import type { Coverage } from "~/api/types";
import { count } from "~/lib/counts";
import { percent } from "~/lib/shares";
import { Icon } from "~/ui/Icon";
import styles from "./Coverage.module.css";

export function Share({ coverage }: { coverage: Coverage }) {
  const { share, seen, governed, problem } = coverage;
  return (
    <section className={styles["share"]} aria-label="Governed">
      <p className={styles["number"]}>{percent(share)}</p>
      <div>
        <p>{seen === 0 ? "No call was seen in this time." : `of ${count(seen)} calls were decided by a contract and a policy, and enforced`}</p>
        <p className={styles["quiet"]}>{seen === 0 ? "What neither sends spans nor passes a guard is not seen by anybody." : `${count(seen - governed)} ${seen - governed === 1 ? "was" : "were"} not`}</p>
        {problem && (
          <p role="alert" className={styles["problem"]}>
            <Icon name="warning" size={12} />
            {problem}
          </p>
        )}
      </div>
      <span role="meter" aria-label="Governed share" aria-valuemin={0} aria-valuemax={1} aria-valuenow={share} aria-valuetext={percent(share)} className={styles["bar"]}>
        <i style={{ width: `${share * 100}%` }} />
      </span>
    </section>
  );
}
