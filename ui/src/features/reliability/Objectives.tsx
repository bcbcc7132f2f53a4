/** What shall hold, how much of each error budget is left, and what rings. */
import type { Slo, SloAlert } from "~/api/types";
import { percent } from "~/lib/shares";
import { Badge } from "~/ui/Badge";
import { Empty } from "~/ui/Notice";
import { Panel } from "~/ui/Panel";
import { Ago } from "~/ui/Time";
import { STATES, wanted } from "./names";
import styles from "./Reliability.module.css";

type Props = { slos: readonly Slo[]; alerts: readonly SloAlert[] };

export function Objectives({ slos, alerts }: Props) {
  return (
    <>
      <Panel title="Objectives" note={slos.length || undefined} flush>
        {slos.length === 0 ? (
          <Empty icon="reliability" title="Nothing has to hold yet" command="holdfast slos set tools --indicator tool_success --objective 0.99" />
        ) : (
          <ul className={styles["list"]} aria-label="Objectives">
            {slos.map((slo) => (
              <Objective key={slo.name} slo={slo} />
            ))}
          </ul>
        )}
      </Panel>
      {alerts.length > 0 && (
        <Panel title="Alerts" note={alerts.filter((one) => one.state === "firing").length || undefined} flush>
          <ul className={styles["list"]} aria-label="Alerts">
            {alerts.map((one) => (
              <li key={one.id}>
                <p>
                  {one.slo} <span className={styles["quiet"]}>{one.severity === "page" ? "now" : "this week"}</span>
                </p>
                <p className={styles["end"]}>
                  <Badge icon={one.state === "firing" ? "warning" : "check"} tone={one.state === "firing" ? "deny" : "plain"} label={one.state} quiet />
                </p>
                <p className={styles["quiet"]}>burned {one.burn_long.toFixed(1)} times too fast, rings from {one.threshold.toFixed(1)}</p>
                <p className={`${styles["end"]} ${styles["quiet"]}`}>
                  <Ago at={one.began_at} />
                </p>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

function Objective({ slo }: { slo: Slo }) {
  const left = Math.max(0, Math.min(1, slo.budget_left ?? 0));
  const state = STATES[slo.state];
  return (
    <li>
      <p>
        <b>{slo.name}</b>
      </p>
      <p className={styles["end"]}>
        <Badge icon={slo.state === "ok" ? "check" : slo.state === "no data" ? "lost" : "warning"} tone={state.tone} label={state.label} quiet />
      </p>
      <p className={styles["quiet"]}>
        {percent(slo.objective)} {wanted(slo)}
      </p>
      <p className={`${styles["end"]} ${styles["quiet"]}`}>{slo.value === null ? "–" : percent(slo.value)}</p>
      <span role="meter" aria-label={`Error budget of ${slo.name} that is left`} aria-valuemin={0} aria-valuemax={1} aria-valuenow={left} aria-valuetext={percent(left)} className={`${styles["budget"]} ${slo.state === "burning" ? styles["burning"] : ""}`} title={`${percent(left)} of the error budget is left`}>
        <i style={{ width: `${left * 100}%` }} />
      </span>
    </li>
  );
}
