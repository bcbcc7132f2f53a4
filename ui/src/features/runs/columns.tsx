/** The columns of the list of runs. */
import { Link } from "react-router";
import type { RunSummary, Verdict } from "~/api/types";
import { compact, count } from "~/lib/counts";
import { costOf, usd } from "~/lib/money";
import { RUN_STATES, VERDICTS } from "~/lib/states";
import { duration } from "~/lib/time";
import { Badge } from "~/ui/Badge";
import type { Column } from "~/ui/Grid";
import { Icon } from "~/ui/Icon";
import { Ago, Elapsed } from "~/ui/Time";
import styles from "./columns.module.css";
import type { Filters, Sort } from "./filters";

/** Verdicts worth a mark in a list: all but the usual one. */
const NOTABLE: readonly Verdict[] = ["transform", "ask", "deny", "halt"];

export function columns(filters: Filters, narrow: boolean, pathOf: (run: string) => string): Column<RunSummary>[] {
  const sorted = (id: Sort) => (filters.sort === id ? (filters.ascending ? "ascending" : "descending") : "none");
  const all: (Column<RunSummary> & { wide?: boolean })[] = [
    { id: "state", label: "State", width: "96px", cell: (run) => <Badge {...RUN_STATES[run.state]} quiet /> },
    { id: "run", label: "Run", width: "minmax(180px, 3fr)", cell: (run) => <Title run={run} path={pathOf(run.id)} /> },
    { id: "agent", label: "Agent", width: "minmax(96px, 1fr)", cell: (run) => run.agent },
    { id: "verdicts", label: "Verdicts", width: "116px", cell: (run) => <Verdicts run={run} /> },
    { id: "person", label: "For", width: "minmax(90px, 0.8fr)", cell: (run) => <span className={styles["quiet"]}>{run.person || "–"}</span>, wide: true },
    { id: "steps", label: "Steps", width: "58px", end: true, sort: sorted("steps"), cell: (run) => count(run.steps) },
    { id: "tokens", label: "Tokens", width: "66px", end: true, sort: sorted("tokens"), cell: (run) => <span className={styles["quiet"]}>{compact(run.tokens_in + run.tokens_out)}</span>, wide: true },
    { id: "cost", label: "Cost", width: "78px", end: true, sort: sorted("cost"), cell: (run) => <Cost run={run} /> },
    { id: "duration", label: "Duration", width: "74px", end: true, sort: sorted("duration"), cell: (run) => (run.ended_at ? duration(run.duration_ms) : <Elapsed since={run.started_at} />) },
    { id: "started", label: "Started", width: "72px", end: true, sort: sorted("started"), cell: (run) => <Ago at={run.started_at} /> },
  ];
  return all.filter((column) => !(narrow && column.wide));
}

function Title({ run, path }: { run: RunSummary; path: string }) {
  return (
    <Link to={path} className={styles["title"]} title={run.stopped_by?.message ?? (run.error || run.title)} tabIndex={-1}>
      <b>{run.title || run.id}</b>
      {!run.governed && <small>not governed</small>}
    </Link>
  );
}

function Verdicts({ run }: { run: RunSummary }) {
  const marks = NOTABLE.filter((verdict) => run.verdicts[verdict] > 0);
  return (
    <span className={styles["verdicts"]}>
      {marks.map((verdict) => (
        <span key={verdict} className={styles[verdict]} title={`${run.verdicts[verdict]} ${verdict}`}>
          <Icon name={VERDICTS[verdict].icon} size={12} label={verdict} />
          {run.verdicts[verdict]}
        </span>
      ))}
    </span>
  );
}

function Cost({ run }: { run: RunSummary }) {
  if (!run.unpriced_calls) return costOf(run);
  const note = `${run.unpriced_calls} model calls of unknown price not included`;
  return <span title={note}>{run.cost_usd === null ? "unknown" : `≥ ${usd(run.cost_usd)}`}</span>;
}
