/** Why people were asked and runs were stopped. */
import { Link } from "react-router";
import type { Escalations } from "~/api/types";
import { count } from "~/lib/counts";
import { VERDICTS } from "~/lib/states";
import { percent } from "~/lib/shares";
import { Badge } from "~/ui/Badge";
import { Empty } from "~/ui/Notice";
import { Panel } from "~/ui/Panel";
import styles from "./Reliability.module.css";

type Props = { found: Escalations; runPath: (run: string) => string };

export function Reasons({ found, runPath }: Props) {
  return (
    <Panel title="Escalations" note={found.total ? count(found.total) : undefined} flush>
      {found.items.length === 0 ? (
        <Empty icon="check" title="Nobody was asked and nothing was stopped" />
      ) : (
        <ul className={styles["list"]} aria-label="Escalations">
          {found.items.map((one) => (
            <li key={`${one.verdict} ${one.stage} ${one.rule}`}>
              <p>
                <Link to={runPath(one.last_run)} title="The latest run">
                  <code>{one.rule || one.stage}</code>
                </Link>
              </p>
              <p className={styles["end"]}>
                <b>{count(one.count)}</b> <span className={styles["quiet"]}>{percent(one.share)}</span>
              </p>
              <p className={styles["quiet"]}>{one.agents.join(", ")}</p>
              <p className={styles["end"]}>
                <Badge {...VERDICTS[one.verdict]} quiet />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
