/** The processes that pass calls on. */
import type { GatewayWorker } from "~/api/types";
import { count } from "~/lib/counts";
import { WORKER_STATES } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Panel } from "~/ui/Panel";
import { Ago } from "~/ui/Time";
import styles from "./Overview.module.css";

export function Workers({ workers }: { workers: readonly GatewayWorker[] }) {
  return (
    <Panel title="Workers" note={workers.length} flush>
      <ul className={styles["list"]} aria-label="Workers">
        {workers.map((worker) => (
          <li key={worker.name}>
            <p>
              {worker.name} <span className={styles["quiet"]}>process {worker.pid}</span>
            </p>
            <Badge {...WORKER_STATES[worker.state]} quiet />
            <p className={styles["quiet"]}>
              {count(worker.connections)} connections, {count(worker.streams)} streams, {worker.rate.toFixed(1)}/s
            </p>
            <p className={`${styles["quiet"]} ${styles["end"]}`}>
              own {duration(worker.own_us === null ? null : worker.own_us / 1000)} · {worker.rss_mb.toFixed(0)} MB · since <Ago at={worker.started_at} />
            </p>
            {worker.shed > 0 && <p>{count(worker.shed)} payloads or spans were left out of the records for want of room; no money and no verdict was.</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
