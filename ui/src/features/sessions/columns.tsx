/** The columns of the list of sessions. */
import type { SessionSummary } from "~/api/types";
import { compact, count, short } from "~/lib/counts";
import { RUN_STATES } from "~/lib/states";
import { Badge } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import { Ago } from "~/ui/Time";
import styles from "./columns.module.css";
import { cost } from "./cost";

export const COLUMNS: readonly Column<SessionSummary>[] = [
  { id: "state", label: "State", width: "96px", cell: (session) => <Badge {...RUN_STATES[session.state]} quiet /> },
  { id: "title", label: "Session", width: "minmax(180px, 3fr)", cell: (session) => <Title session={session} /> },
  { id: "agents", label: "Agents", width: "minmax(110px, 1.2fr)", cell: (session) => <span title={session.agents.join(", ")}>{session.agents.join(", ")}</span> },
  { id: "people", label: "For", width: "minmax(80px, 0.7fr)", cell: (session) => <span className={styles["quiet"]}>{session.people.join(", ") || "–"}</span> },
  { id: "runs", label: "Runs", width: "84px", end: true, cell: (session) => <Runs session={session} /> },
  { id: "steps", label: "Steps", width: "58px", end: true, cell: (session) => count(session.steps) },
  { id: "tokens", label: "Tokens", width: "66px", end: true, cell: (session) => <span className={styles["quiet"]}>{compact(session.tokens_in + session.tokens_out)}</span> },
  { id: "cost", label: "Cost", width: "82px", end: true, cell: (session) => cost(session) },
  { id: "last", label: "Active", width: "72px", end: true, cell: (session) => <Ago at={session.last_at} /> },
];

function Title({ session }: { session: SessionSummary }) {
  return (
    <span className={styles["title"]} title={session.title}>
      {session.title || short(session.id)}
      <small>{short(session.id)}</small>
    </span>
  );
}

function Runs({ session }: { session: SessionSummary }) {
  return (
    <span title={`${session.failed} failed, halted or lost`}>
      {count(session.runs)}
      {session.failed > 0 && <small className={styles["failed"]}>{count(session.failed)} failed</small>}
    </span>
  );
}
