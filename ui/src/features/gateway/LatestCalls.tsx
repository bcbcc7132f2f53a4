/** What passes now and what passed last. */
import type { GatewayCall } from "~/api/types";
import { Link } from "react-router";
import { usd } from "~/lib/money";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import { Panel } from "~/ui/Panel";
import table from "~/ui/Table.module.css";
import { Ago, Elapsed } from "~/ui/Time";
import styles from "./Overview.module.css";
import { callLook } from "./looks";
import { modelOf } from "./split";

type Props = { calls: readonly GatewayCall[]; stepPath: (run: string, step: string) => string; allPath: string };

const SHOWN = 8;

export const isLive = (call: GatewayCall) => ["waiting", "asked", "sending", "streaming"].includes(call.state);

export function LatestCalls({ calls, stepPath, allPath }: Props) {
  const live = calls.filter(isLive).length;
  return (
    <Panel
      title="Latest calls"
      note={live > 0 ? `${live} live` : undefined}
      actions={
        <Link to={allPath} className={styles["link"]}>
          All calls
        </Link>
      }
      flush
    >
      <table className={table["table"]} aria-label="Latest calls">
        <thead>
          <tr>
            <th scope="col" className={styles["state"]}>
              State
            </th>
            <th scope="col">Agent</th>
            <th scope="col" className={styles["model"]}>
              Model
            </th>
            <th scope="col" className={table["end"]}>
              Took
            </th>
            <th scope="col" className={table["end"]}>
              Cost
            </th>
            <th scope="col" className={table["end"]}>
              Began
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.slice(0, SHOWN).map((call) => (
            <tr key={call.id}>
              <td>
                <Badge {...callLook(call)} quiet />
              </td>
              <td>
                <Link to={stepPath(call.run, call.id)} className={styles["link"]}>
                  {call.agent}
                </Link>
              </td>
              <td title={modelOf(call)}>
                {modelOf(call)} {call.route && <span className={styles["quiet"]}>by {call.route}</span>}
              </td>
              <td className={table["end"]}>{isLive(call) ? <Elapsed since={call.began_at} /> : took(call)}</td>
              <td className={table["end"]}>{isLive(call) ? "" : usd(call.cost_usd)}</td>
              <td className={`${table["end"]} ${table["quiet"]}`}>
                <Ago at={call.began_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** The whole of it: the provider's time and our own. */
export const took = (call: GatewayCall) => duration((call.upstream_ms ?? 0) + (call.own_us ?? 0) / 1000);
