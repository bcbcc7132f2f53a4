/** One session: its sums, and its runs in the order they began. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { sessionRunsQuery } from "~/api/sessions";
import type { RunSummary, SessionSummary } from "~/api/types";
import { CompletenessBadge } from "~/features/completeness/CompletenessBadge";
import { count, plural, tokens } from "~/lib/counts";
import { usd } from "~/lib/money";
import { RUN_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { CopyId } from "~/ui/CopyId";
import { Loaded } from "~/ui/Loaded";
import { Pane } from "~/ui/Pane";
import { Facts } from "~/ui/Panel";
import { Section } from "~/ui/Section";
import table from "~/ui/Table.module.css";
import { Ago } from "~/ui/Time";
import { cost } from "./cost";
import styles from "./SessionPane.module.css";

type Props = { session: SessionSummary; runPath: (run: string) => string; onClose: () => void };

export function SessionPane({ session, runPath, onClose }: Props) {
  const query = useInfiniteQuery(sessionRunsQuery(session.id));
  const runs = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Pane label={`Session ${session.title || session.id}`} what="session" title={session.title || session.id} tip={session.title} actions={<Badge {...RUN_STATES[session.state]} />} onClose={onClose}>
      <Facts
        facts={[
          { name: "Agents", value: session.agents.join(", ") },
          { name: "For", value: session.people.join(", ") },
          { name: "Began", value: <Ago at={session.started_at} /> },
          { name: "Last active", value: <Ago at={session.last_at} /> },
          { name: "Steps", value: `${count(session.steps)} (${plural(session.model_calls, "model call")}, ${plural(session.tool_calls, "tool call")})` },
          { name: "Refused", value: session.denied + session.asked > 0 ? `${count(session.denied)} denied, ${count(session.asked)} asked` : "" },
          { name: "Tokens", value: tokens(session.tokens_in, session.tokens_out) },
          { name: "Cost", value: cost(session) },
          { name: "Session", value: <CopyId value={session.id} label="session id" /> },
        ]}
      />
      <Section title="Runs" note={session.failed > 0 ? `${count(session.runs)}, ${count(session.failed)} of them failed` : count(session.runs)}>
        <Loaded query={query} rows={4}>
          {() => <Runs runs={runs} runPath={runPath} />}
        </Loaded>
        {query.hasNextPage && <Button onClick={() => void query.fetchNextPage()}>Show older runs</Button>}
      </Section>
    </Pane>
  );
}

function Runs({ runs, runPath }: { runs: readonly RunSummary[]; runPath: Props["runPath"] }) {
  return (
    <table className={table["table"]}>
      <thead>
        <tr>
          <th className={styles["run"]}>Run</th>
          <th>Agent</th>
          <th>State</th>
          <th>Complete</th>
          <th className={table["end"]}>Cost</th>
          <th className={table["end"]}>Began</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td>
              <Link to={runPath(run.id)} className={styles["link"]} title={run.title}>
                {run.title || run.id}
              </Link>
            </td>
            <td>{run.agent}</td>
            <td>
              <Badge {...RUN_STATES[run.state]} quiet />
            </td>
            <td>
              <CompletenessBadge told={run.completeness} />
            </td>
            <td className={table["end"]}>{usd(run.cost_usd)}</td>
            <td className={table["end"]}>
              <Ago at={run.started_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
