/** Runs in flight and the step each is in, ticking. */
import { Link } from "react-router";
import type { RunSummary } from "~/api/types";
import { drillCommand } from "~/lib/commands";
import { tokens } from "~/lib/counts";
import { usd } from "~/lib/money";
import { KINDS, RUN_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { Panel } from "~/ui/Panel";
import table from "~/ui/Table.module.css";
import { Elapsed } from "~/ui/Time";
import styles from "./RunningNow.module.css";

type Props = { runs: readonly RunSummary[]; pathOf: (run: string) => string; onStop: (run: string) => void };

export function RunningNow({ runs, pathOf, onStop }: Props) {
  return (
    <Panel title="Now" note={runs.length} flush>
      {runs.length === 0 ? (
        <p className={styles["none"]}>
          Nothing runs at the moment. To watch something: <code>{drillCommand()}</code>
        </p>
      ) : (
        <table className={`${table["table"]} ${styles["now"]}`}>
          <colgroup>
            <col className={styles["state"]} />
            <col />
            <col className={styles["step"]} />
            <col className={styles["number"]} />
            <col className={styles["tokens"]} />
            <col className={styles["number"]} />
            <col className={styles["stop"]} />
          </colgroup>
          <thead>
            <tr>
              <th>State</th>
              <th>Run</th>
              <th>In flight</th>
              <th className={table["end"]}>For</th>
              <th className={table["end"]}>Tokens</th>
              <th className={table["end"]}>Cost</th>
              <th>
                <span className="visually-hidden">Stop</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <Row key={run.id} run={run} path={pathOf(run.id)} onStop={() => onStop(run.id)} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function Row({ run, path, onStop }: { run: RunSummary; path: string; onStop: () => void }) {
  return (
    <tr>
      <td>
        <Badge {...RUN_STATES[run.state]} quiet />
      </td>
      <td>
        <Link to={path} className={styles["run"]} title={run.title}>
          <span>{run.title || run.id}</span>
          <small>{run.agent}</small>
        </Link>
      </td>
      <td>
        <InFlight run={run} />
      </td>
      <td className={table["end"]}>
        <Elapsed since={run.started_at} />
      </td>
      <td className={`${table["end"]} ${table["quiet"]}`}>{tokens(run.tokens_in, run.tokens_out)}</td>
      <td className={table["end"]}>{usd(run.cost_usd)}</td>
      <td className={table["end"]}>
        <Button look="quiet" icon="halt" aria-label={`Stop run ${run.title}`} title="Stop this run" onClick={onStop} />
      </td>
    </tr>
  );
}

function InFlight({ run }: { run: RunSummary }) {
  const [first, ...others] = run.in_flight;
  const shown = first ?? run.last;
  if (!shown) return <span className={table["quiet"]}>–</span>;
  return (
    <span className={`${styles["flight"]} ${first ? "" : styles["past"]}`} title={`${KINDS[shown.kind].label} ${shown.target}`}>
      <Icon name={KINDS[shown.kind].icon} />
      <span>{shown.target}</span>
      {first && (
        <small>
          <Elapsed since={first.since} />
        </small>
      )}
      {others.length > 0 && <small>+{others.length}</small>}
    </span>
  );
}
