/** What cost far more than the same agent's own past says. */
import { Link } from "react-router";
import type { Anomalies } from "~/api/types";
import { count } from "~/lib/counts";
import { usd } from "~/lib/money";
import { percent } from "~/lib/shares";
import { Empty } from "~/ui/Notice";
import { Panel } from "~/ui/Panel";
import { Ago } from "~/ui/Time";
import styles from "./Spend.module.css";

type Props = { found: Anomalies; runPath: (run: string) => string };

export function Standouts({ found, runPath }: Props) {
  return (
    <Panel title="Out of the ordinary" note={found.items.length || undefined} flush>
      {found.items.length === 0 ? (
        <Empty icon="check" title="Nothing cost far more than usual">
          {count(found.looked_at)} runs and hours were compared with their agent&apos;s past
          {found.learning.length > 0 && `; ${found.learning.join(", ")} ${found.learning.length === 1 ? "has" : "have"} too little of one`}
        </Empty>
      ) : (
        <ul className={styles["list"]} aria-label="Out of the ordinary">
          {found.items.map((one) => (
            <li key={`${one.kind} ${one.agent} ${one.run} ${one.at}`}>
              <p>{one.kind === "run" ? <Link to={runPath(one.run)}>A run of {one.agent}</Link> : `An hour of ${one.agent}`}</p>
              <p className={styles["end"]}>
                <b>{usd(one.cost_usd)}</b>
              </p>
              <p className={styles["quiet"]}>
                {count(Math.round(one.times))} times the usual {usd(one.usual_usd)}, of {count(one.baseline)}; false alarms at most {percent(one.false_alarm_rate)}
              </p>
              <p className={`${styles["end"]} ${styles["quiet"]}`}>
                <Ago at={one.at} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
