/** Every agent seen today: state, work, refusals and cost. */
import { Link } from "react-router";
import type { FleetAgent } from "~/api/types";
import { count } from "~/lib/counts";
import { perHour, usd } from "~/lib/money";
import { AGENT_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Panel } from "~/ui/Panel";
import table from "~/ui/Table.module.css";
import { Ago } from "~/ui/Time";
import styles from "./Agents.module.css";

type Props = { agents: readonly FleetAgent[]; pathOf: (agent: string) => string; onStop: (agent: string) => void };

export function Agents({ agents, pathOf, onStop }: Props) {
  return (
    <Panel title="Agents" note={agents.length} flush>
      <table className={`${table["table"]} ${styles["agents"]}`}>
        <thead>
          <tr>
            <th>State</th>
            <th>Agent</th>
            <th>Owner</th>
            <th className={table["end"]}>Runs today</th>
            <th className={table["end"]}>Denied</th>
            <th className={table["end"]}>Cost today</th>
            <th className={table["end"]}>Burn</th>
            <th className={table["end"]}>Seen</th>
            <th>
              <span className="visually-hidden">Stop</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {agents.map((agent) => (
            <tr key={agent.agent}>
              <td>
                <Badge {...AGENT_STATES[agent.state]} quiet />
              </td>
              <td title={`${agent.agent} ${agent.version}`}>
                <Link to={pathOf(agent.agent)} className={styles["name"]}>
                  {agent.agent}
                </Link>{" "}
                <code className={table["quiet"]}>{agent.version.slice(0, 8)}</code>
              </td>
              <td className={table["quiet"]}>{agent.owner || "–"}</td>
              <td className={table["end"]}>{count(agent.runs_today)}</td>
              <td className={`${table["end"]} ${agent.denied_today ? styles["denied"] : styles["zero"]}`}>{count(agent.denied_today)}</td>
              <td className={table["end"]}>{usd(agent.cost_today_usd)}</td>
              <td className={`${table["end"]} ${agent.burn_usd_per_hour ? "" : styles["zero"]}`}>{perHour(agent.burn_usd_per_hour)}</td>
              <td className={`${table["end"]} ${table["quiet"]}`}>{agent.last_seen ? <Ago at={agent.last_seen} /> : "–"}</td>
              <td className={table["end"]}>
                <Button look="quiet" icon="halt" aria-label={`Stop agent ${agent.agent}`} title="Stop this agent" disabledReason={agent.state === "killed" ? "It is stopped already" : undefined} onClick={() => onStop(agent.agent)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
